#include "merge/merger.h"

#include "cli/record_options.h"
#include "merge/merge_states.h"
#include "report/section.h"

#include <stdlib.h>
#include <string.h>

static int out_of_memory(struct cli *cli) {
    return cli_fail(cli, "out of memory");
}

/* ---- What is done with the records that come ---- */

void merge_item_drop(struct merge_item *item) {
    delta_arena_free(item->arena);
    free(item->name);
    *item = (struct merge_item){0};
}

/* Hands a record to the squash, which owns its arena from then on. */
static int squash_item(struct merger *merger, struct merge_item *item) {
    struct delta_err err = {0};
    if (!merger->squash)
        merger->squash = delta_squash_new(merger->base, &err);
    int failed = 1;
    if (merger->squash) {
        failed = delta_squash_add(merger->squash, item->arena, item->record, item->name, &err);
        item->arena = NULL;
    }
    merge_item_drop(item);
    return failed ? cli_error(merger->cli, &err) : CLI_OK;
}

static int keep_item(struct merger *merger, const struct merge_item *item) {
    if (!delta_array_reserve(&merger->items, &merger->capacity, merger->count + 1,
                             sizeof *merger->items))
        return out_of_memory(merger->cli);
    merger->items[merger->count] = *item;
    merger->items[merger->count].index = merger->count;
    merger->count++;
    return CLI_OK;
}

int merger_take(struct merger *merger, struct merge_item *item) {
    bool all = merger->options->by_time || merger->options->concurrent;
    int status = CLI_OK;
    if (merger->squash)
        return squash_item(merger, item);
    if (merger->count == 1 && !all) {
        status = squash_item(merger, &merger->items[0]);
        merger->count = 0;
        if (status == CLI_OK)
            return squash_item(merger, item);
    } else {
        status = keep_item(merger, item);
        if (status == CLI_OK)
            return CLI_OK;
    }
    merge_item_drop(item);
    return status;
}

void merger_free(struct merger *merger) {
    if (!merger)
        return;
    delta_squash_free(merger->squash);
    for (size_t i = 0; i < merger->count; i++)
        merge_item_drop(&merger->items[i]);
    free(merger->items);
    free(merger->key);
    delta_arena_free(merger->arena);
    free(merger);
}

struct merger *merger_new(struct cli *cli, const struct options *options,
                          const struct delta_value *base, const char *key, size_t length) {
    struct merger *merger = calloc(1, sizeof *merger);
    if (!merger)
        return NULL;
    *merger = (struct merger){.cli = cli,
                              .options = options,
                              .base = base,
                              .arena = delta_arena_new(),
                              .key_length = length};
    if (key && (merger->key = malloc(length + 1)))
        memcpy(merger->key, key, length);
    if (merger->arena && (!key || merger->key))
        return merger;
    merger_free(merger);
    return NULL;
}

/* ---- The order of time ---- */

static int compare_times(const void *a, const void *b) {
    const struct merge_item *left = a;
    const struct merge_item *right = b;
    if (left->timestamp != right->timestamp)
        return left->timestamp < right->timestamp ? -1 : 1;
    return (left->index > right->index) - (left->index < right->index);
}

static int sort_items(struct merger *merger) {
    for (size_t i = 0; i < merger->count; i++) {
        struct delta_record_info info;
        delta_record_info(merger->items[i].record, &info);
        if (!info.has_timestamp)
            return cli_fail(merger->cli, "%s has no timestamp to sort by", merger->items[i].name);
        merger->items[i].timestamp = info.timestamp;
    }
    qsort(merger->items, merger->count, sizeof *merger->items, compare_times);
    if (merger->count == 1)
        return CLI_OK;
    int status = CLI_OK;
    for (size_t i = 0; i < merger->count && status == CLI_OK; i++)
        status = squash_item(merger, &merger->items[i]);
    if (status == CLI_OK)
        merger->count = 0;
    return status;
}

/* ---- The resulting record ---- */

static int write_bsdiff(struct merger *merger, const struct delta_record *record) {
    struct delta_record_info info;
    delta_record_info(record, &info);
    if (info.strategy != DELTA_BINARY)
        return cli_fail(
            merger->cli,
            "not a record of the strategy binary: name its base with --base to convert it");
    return record_format_put_bsdiff(merger->cli, record) < 0 ? CLI_TROUBLE : CLI_OK;
}

/* The record as a line that begins with its key. */
static int write_keyed(const struct merger *merger, const struct delta_buf *bytes) {
    struct delta_buf line = {0};
    record_format_keyed(merger->key, merger->key_length,
                        record_format_is_packed(&merger->options->how), bytes, &line);
    int status = line.failed                         ? out_of_memory(merger->cli)
                 : cli_write_buf(merger->cli, &line) ? CLI_TROUBLE
                                                     : CLI_OK;
    delta_buf_free(&line);
    return status;
}

/* `base` is the state that the record leads away from, or NULL. */
static int write_record(struct merger *merger, const struct delta_record *record,
                        const struct delta_value *base) {
    const struct record_format *how = &merger->options->how;
    struct delta_err err = {0};
    struct delta_buf bytes = {0};
    int status = CLI_TROUBLE;
    if (how->format == FORMAT_BSDIFF)
        return write_bsdiff(merger, record);
    if (record_format_write(merger->cli, how, record, base, &bytes, &err) < 0)
        status = cli_error(merger->cli, &err);
    else if (merger->options->keyed && record_format_is_record(&merger->options->how))
        status = write_keyed(merger, &bytes);
    else if (how->format == FORMAT_TEXT)
        status = cli_page(merger->cli, &bytes) ? CLI_TROUBLE : CLI_OK;
    else if (record_format_put(merger->cli, how, &bytes) == 0)
        status = CLI_OK;
    delta_buf_free(&bytes);
    return status;
}

/* Text of one of several keys: a heading, and the changes below it. */
static int write_section(struct merger *merger, const struct delta_record *record) {
    struct cli *cli = merger->cli;
    const struct delta_text_options text = {.width = cli_is_terminal(cli) ? cli_columns(cli) : 0,
                                            .color = cli_color(cli),
                                            .indent = 2,
                                            .changes_only = true};
    struct delta_record_info info;
    struct delta_err err = {0};
    struct delta_buf out = {0};
    delta_record_info(record, &info);
    bool removed = info.strategy == DELTA_REMOVED;
    bool added = !info.has_base && (info.strategy == DELTA_NONE || info.strategy == DELTA_COMPRESS);
    const char *key = merger->key ? merger->key : "(no key)";
    section_heading(&out, cli_color(cli),
                    removed ? "- "
                    : added ? "+ "
                            : "",
                    key, merger->key ? merger->key_length : strlen(key));
    int status = CLI_OK;
    if (!removed && !added && delta_text_write(record, NULL, &text, &out, &err))
        status = cli_error(cli, &err);
    else if (out.failed)
        status = out_of_memory(cli);
    else if (cli_write_buf(cli, &out))
        status = CLI_TROUBLE;
    delta_buf_free(&out);
    return status;
}

static int amend(struct merger *merger, const struct delta_record **record) {
    const struct options *options = merger->options;
    struct delta_err err = {0};
    const struct delta_value *metadata;
    int status = record_options_metadata(merger->cli, &options->metadata, merger->arena, &metadata);
    if (status != CLI_OK)
        return status;
    *record = delta_record_amend(merger->arena, *record,
                                 options->timestamp.given ? &options->timestamp.nanoseconds : NULL,
                                 metadata, &err);
    return *record ? CLI_OK : cli_error(merger->cli, &err);
}

/* A record that is passed on unchanged must be for the base that is given. */
static int check_base(struct merger *merger, const struct delta_record *record) {
    struct delta_record_info info;
    delta_record_info(record, &info);
    struct delta_digest have = delta_value_digest(merger->base);
    if (!info.has_base || delta_digest_equal(info.base, have))
        return CLI_OK;
    (void)cli_fail(merger->cli, "%s: the record is for a different base", merger->options->base);
    return CLI_NO;
}

static const struct delta_record *close_squash(struct merger *merger, struct delta_err *err) {
    struct delta_diff_options diff = {
        .strategy = merger->options->how.format == FORMAT_BSDIFF ? DELTA_BINARY : DELTA_AUTO,
        .packed = record_format_is_packed(&merger->options->how),
        .level = (int)merger->options->how.level,
        .standalone = merger->options->how.standalone};
    return delta_squash_close(merger->squash, merger->arena, &diff, err);
}

/* One record, given with its base, can be made anew as a binary patch. */
static int remake(struct merger *merger) {
    if (merger->squash || !merger->base || merger->options->how.format != FORMAT_BSDIFF)
        return CLI_OK;
    merger->count = 0;
    return squash_item(merger, &merger->items[0]);
}

static int finish(struct merger *merger, bool section) {
    const struct delta_apply_options apply = {.max_size = merger->options->max_size};
    struct delta_err err = {0};
    int status = remake(merger);
    if (status != CLI_OK)
        return status;
    const struct delta_value *from = merger->base;
    const struct delta_record *record =
        merger->squash ? close_squash(merger, &err) : merger->items[0].record;
    if (!record)
        return cli_error(merger->cli, &err);
    if (!merger->squash && from) {
        status = check_base(merger, record);
        if (status != CLI_OK)
            return status;
    }
    if (merger->options->invert) {
        if (from)
            from = delta_apply(merger->arena, record, from, &apply, NULL, &err);
        if (merger->base && !from)
            return cli_error(merger->cli, &err);
        record = delta_record_invert(merger->arena, record, merger->base, &err);
        if (!record)
            return cli_error(merger->cli, &err);
    }
    status = amend(merger, &record);
    if (status == CLI_OK && section)
        return write_section(merger, record);
    return status == CLI_OK ? write_record(merger, record, from) : status;
}

/* ---- Two records side by side ---- */

/* Warns of patterns that select nothing in the base and in what the records make of it. */
static int warn_unmatched(struct merger *merger) {
    struct unmatched *unmatched = options_unmatched(merger->cli, merger->options);
    const struct delta_apply_options apply = {.max_size = merger->options->max_size};
    struct delta_err err = {0};
    if (!unmatched || !merger->base)
        return unmatched ? CLI_OK : CLI_TROUBLE;
    if (unmatched_look(unmatched, NULL, merger->arena, merger->base, &err))
        return cli_error(merger->cli, &err);
    for (size_t i = 0; i < merger->count && unmatched_any(unmatched); i++) {
        const struct delta_value *state =
            delta_apply(merger->arena, merger->items[i].record, merger->base, &apply, NULL, &err);
        if (!state || unmatched_look(unmatched, NULL, merger->arena, state, &err))
            return cli_error(merger->cli, &err);
    }
    unmatched_warn(unmatched, "in any state");
    return CLI_OK;
}

static int finish_concurrent(struct merger *merger) {
    struct delta_merge_options merge;
    struct delta_conflicts conflicts;
    struct delta_err err = {0};
    if (merger->count != 2)
        return cli_usage(merger->cli, "--concurrent joins two records; there %s %zu",
                         merger->count == 1 ? "is" : "are", merger->count);
    int status = options_merge(merger->cli, merger->options, &merge);
    if (status != CLI_OK)
        return status;
    const struct delta_record *record =
        delta_record_concurrent(merger->arena, merger->items[0].record, merger->items[1].record,
                                merger->base, &merge, &conflicts, &err);
    if (!record)
        return cli_error(merger->cli, &err);
    if ((status = warn_unmatched(merger)) != CLI_OK)
        return status;
    status = merge_states_report(merger->cli, NULL, &conflicts, merger->options->conflicts);
    if (status != CLI_OK)
        return status;
    status = amend(merger, &record);
    return status == CLI_OK ? write_record(merger, record, merger->base) : status;
}

/* ---- The end ---- */

int merger_finish(struct merger *merger, bool section) {
    int status = merger->options->by_time ? sort_items(merger) : CLI_OK;
    if (status != CLI_OK)
        return status;
    return merger->options->concurrent ? finish_concurrent(merger) : finish(merger, section);
}
