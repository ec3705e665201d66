/* delta-merge: many records to one, and three states to one. */
#include "cli/cli.h"
#include "cli/filter_options.h"
#include "cli/record_format.h"
#include "cli/record_input.h"
#include "cli/record_options.h"
#include "cli/unmatched.h"
#include "merge/git_driver.h"
#include "merge/merge_states.h"
#include "merge/resolution.h"
#include "report/section.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Characters of a conflict marker, as in git. */
enum { MARKER_SIZE = 7 };

struct options {
    bool three_way, git, virtual_base, invert, concurrent, by_time, keyed;
    const char *base;
    struct record_format how;
    struct cli_pairs metadata;
    struct cli_time timestamp;
    struct cli_list prefer;
    const char *conflicts, *resolve;
    enum conflict_style style;
    struct cli_pairs array_keys;
    struct cli_list unordered;
    bool numeric;
};

static const struct cli_option options_table[] = {
    {CLI_GROUP, .help = "Records"},
    {CLI_TEXT, 0, "base", "STATE", "the base of the first record, for records that require it",
     CLI_AT(struct options, base)},
    {CLI_FLAG, 0, "by-time", NULL, "apply records in the order of their timestamps",
     CLI_AT(struct options, by_time)},
    {CLI_FLAG, 0, "invert", NULL, "write the reverse record", CLI_AT(struct options, invert)},
    {CLI_FLAG, 0, "concurrent", NULL, "merge two records of one base",
     CLI_AT(struct options, concurrent)},
    RECORDFORMAT_OPTIONS(struct options, how, record_format_all, "format of the record"),
    {CLI_FLAG, 0, "keyed", NULL, "records are lines that begin with their key and a tab",
     CLI_AT(struct options, keyed)},
    {CLI_METADATA, 'm', "metadata", "KEY=VALUE", "add to the record's metadata",
     CLI_AT(struct options, metadata)},
    {CLI_TIME, 't', "timestamp", "TIME", "timestamp of the record: seconds since 1970, or ISO 8601",
     CLI_AT(struct options, timestamp)},
    {CLI_GROUP, .help = "States"},
    {CLI_FLAG, '3', "three-way", NULL, "three-way merge of the states OURS and THEIRS",
     CLI_AT(struct options, three_way)},
    {CLI_FLAG, 0, "git", NULL, "the same, as a merge driver of git", CLI_AT(struct options, git)},
    {CLI_FLAG, 0, "virtual-base", NULL, "with --git: merge the bases of a merge with several",
     CLI_AT(struct options, virtual_base)},
    {CLI_GROUP, .help = "Conflicts"},
    {CLI_LIST, 0, "prefer", "[PATTERN=]SIDE",
     "resolve conflicts, everywhere or at PATTERN, in favour of a side or as a union",
     CLI_AT(struct options, prefer)},
    {CLI_TEXT, 0, "conflicts", "FILE", "write the remaining conflicts to FILE, as JSON",
     CLI_AT(struct options, conflicts)},
    {CLI_TEXT, 0, "resolve", "FILE", "resolve conflicts as the members \"take\" in FILE say",
     CLI_AT(struct options, resolve)},
    {CLI_CHOICE, 0, "conflict-style", "STYLE",
     "with -3 and --git: our version, or both with markers", CLI_AT(struct options, style),
     .words = conflict_styles},
    {CLI_MEMBERS, 0, "array-key", "POINTER=MEMBER", "match elements of this array by a member",
     CLI_AT(struct options, array_keys)},
    {CLI_POINTERS, 0, "unordered", "POINTER", "ignore the order of this array",
     CLI_AT(struct options, unordered)},
    {CLI_FLAG, 0, "numeric", NULL, "compare numbers by value: 1 equals 1.0",
     CLI_AT(struct options, numeric)},
    {0},
};

static const struct cli_command command = {
    .name = "delta-merge",
    .usage = "[OPTION]... [DELTA]...\n--invert [OPTION]... [DELTA]...\n"
             "--concurrent [OPTION]... DELTA DELTA\n-3 [OPTION]... BASE OURS THEIRS\n"
             "--git [OPTION]... %O %A %B %L %P",
    .summary = "Merges records into one for each key, or two states with their common base.",
    .options = options_table,
    .limited = true,
    .notes = "Records come from standard input when no DELTA is named.\n"
             "Status: 0 merged, 1 conflicts, or records that do not join, 2 trouble.",
};

static int out_of_memory(struct cli *cli) {
    return cli_fail(cli, "out of memory");
}

/* ---- What is done with the records that come ---- */

/* One record, and the arena that it and its bytes are in. */
struct item {
    struct delta_arena *arena;
    const struct delta_record *record;
    char *name; /* what errors call it */
    int64_t timestamp;
    size_t index;
};

/* The records of one key. They are squashed as they come, but the first waits for a second: one
 * alone is converted. With --by-time and --concurrent all wait for all. */
struct merger {
    struct cli *cli;
    const struct options *options;
    char *key; /* NULL: the records have none */
    size_t key_length;
    struct delta_arena *arena; /* of the base, and of the result */
    const struct delta_value *base;
    struct item *items;
    size_t count, capacity;
    struct delta_squash *squash; /* NULL: there was one record at most */
    bool section;                /* text is written below a heading */
};

/* All records of a run, in the order in which their keys came. The table is a tree by key
 * (tsearch(3)). */
struct mergers {
    struct cli *cli;
    const struct options *options;
    struct merger **items;
    size_t count, capacity;
    void *table;
    size_t taken;                   /* records */
    const struct delta_value *base; /* of the one key that there is then */
};

static void drop_item(struct item *item) {
    delta_arena_free(item->arena);
    free(item->name);
    *item = (struct item){0};
}

/* Hands a record to the squash, which owns its arena from then on. */
static int squash_item(struct merger *merger, struct item *item) {
    struct delta_err err = {0};
    if (!merger->squash)
        merger->squash = delta_squash_new(merger->base, &err);
    int failed = 1;
    if (merger->squash) {
        failed = delta_squash_add(merger->squash, item->arena, item->record, item->name, &err);
        item->arena = NULL;
    }
    drop_item(item);
    return failed ? cli_error(merger->cli, &err) : CLI_OK;
}

static int keep_item(struct merger *merger, const struct item *item) {
    if (merger->count == merger->capacity) {
        size_t capacity = 2 * merger->capacity + 8;
        struct item *items = reallocarray(merger->items, capacity, sizeof *items);
        if (!items)
            return out_of_memory(merger->cli);
        merger->items = items;
        merger->capacity = capacity;
    }
    merger->items[merger->count] = *item;
    merger->items[merger->count].index = merger->count;
    merger->count++;
    return CLI_OK;
}

static int take_item(struct merger *merger, struct item *item) {
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
    drop_item(item);
    return status;
}

/* ---- The keys ---- */

static void free_merger(struct merger *merger) {
    if (!merger)
        return;
    delta_squash_free(merger->squash);
    for (size_t i = 0; i < merger->count; i++)
        drop_item(&merger->items[i]);
    free(merger->items);
    free(merger->key);
    delta_arena_free(merger->arena);
    free(merger);
}

static struct merger *new_merger(const struct mergers *mergers, const char *key, size_t length) {
    struct merger *merger = calloc(1, sizeof *merger);
    if (!merger)
        return NULL;
    merger->cli = mergers->cli;
    merger->options = mergers->options;
    merger->base = mergers->base;
    merger->arena = delta_arena_new();
    merger->key_length = length;
    if (key && (merger->key = malloc(length + 1)))
        memcpy(merger->key, key, length);
    if (merger->arena && (!key || merger->key))
        return merger;
    free_merger(merger);
    return NULL;
}

/* No key comes before all others. */
static int compare_keys(const void *a, const void *b) {
    const struct merger *left = a, *right = b;
    size_t least = left->key_length < right->key_length ? left->key_length : right->key_length;
    if (!left->key || !right->key)
        return (left->key != NULL) - (right->key != NULL);
    int order = least ? memcmp(left->key, right->key, least) : 0;
    return order ? order
                 : (left->key_length > right->key_length) - (left->key_length < right->key_length);
}

static int keep_merger(struct mergers *mergers, struct merger *merger) {
    if (mergers->count == mergers->capacity) {
        size_t capacity = 2 * mergers->capacity + 8;
        struct merger **items = reallocarray(mergers->items, capacity, sizeof *items);
        if (!items)
            return -1;
        mergers->items = items;
        mergers->capacity = capacity;
    }
    if (!tsearch(merger, &mergers->table, compare_keys))
        return -1;
    mergers->items[mergers->count++] = merger;
    return 0;
}

/* The merger of a key, which is made when it is new; NULL (reported) without memory. */
static struct merger *find_merger(struct mergers *mergers, const struct delta_value *key) {
    struct merger wanted = {0};
    wanted.key = key ? (char *)(uintptr_t)delta_value_text(key, &wanted.key_length) : NULL;
    struct merger **known = tfind(&wanted, &mergers->table, compare_keys);
    if (known)
        return *known;
    struct merger *merger = new_merger(mergers, wanted.key, wanted.key_length);
    if (merger && keep_merger(mergers, merger) == 0)
        return merger;
    free_merger(merger);
    out_of_memory(mergers->cli);
    return NULL;
}

static void keep_node(void *node) {
    (void)node; /* mergers are freed by their list */
}

/* All records of one stream, of which there must be one. */
static int take_stream(struct mergers *mergers, const char *path) {
    struct record_input input;
    size_t count = 0;
    uint64_t most = mergers->cli->max_size;
    int status = mergers->options->keyed
                     ? record_input_open_keyed(mergers->cli, &input, path, most)
                     : record_input_open(mergers->cli, &input, path, most, false);
    bool file = strcmp(path, "-") != 0;
    while (status == CLI_OK) {
        struct item item = {.arena = delta_arena_new()};
        int got = item.arena ? record_input_next(mergers->cli, &input, item.arena, &item.record)
                             : (out_of_memory(mergers->cli), -1);
        if (got <= 0) {
            drop_item(&item);
            status = got ? CLI_TROUBLE : CLI_OK;
            break;
        }
        count++;
        if (asprintf(&item.name, file && count == 1 ? "%s" : "%s, record %zu", input.name, count) <
            0) {
            item.name = NULL;
            status = out_of_memory(mergers->cli);
            drop_item(&item);
        } else {
            struct merger *one = find_merger(mergers, input.key);
            mergers->taken++;
            status = one ? take_item(one, &item) : CLI_TROUBLE;
            if (!one)
                drop_item(&item);
        }
    }
    if (status == CLI_OK && count == 0 && !mergers->options->keyed)
        status = cli_fail(mergers->cli, "%s: empty input: expected a record", input.name);
    record_input_close(&input);
    return status;
}

/* ---- The order of time ---- */

static int compare_times(const void *a, const void *b) {
    const struct item *left = a;
    const struct item *right = b;
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

/* ---- The record that comes of it ---- */

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

/* A record that comes unchanged must be for the base that is named. */
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

/* One record that comes with its base can be made anew as a binary patch. */
static int remake(struct merger *merger) {
    if (merger->squash || !merger->base || merger->options->how.format != FORMAT_BSDIFF)
        return CLI_OK;
    merger->count = 0;
    return squash_item(merger, &merger->items[0]);
}

static int finish(struct merger *merger) {
    const struct delta_apply_options apply = {.max_size = merger->cli->max_size};
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
    if (status == CLI_OK && merger->section)
        return write_section(merger, record);
    return status == CLI_OK ? write_record(merger, record, from) : status;
}

/* ---- Two records side by side ---- */

/* SIDE, or PATTERN=SIDE where `*pattern` is not NULL. */
static bool parse_prefer(struct cli *cli, const char *text, char **pattern,
                         enum delta_prefer *side) {
    struct cli_pair pair;
    *pattern = NULL;
    if (resolution_side(text, strlen(text), side))
        return true;
    if (!argument_pair(text, true, &pair) || !argument_pointer(pair.left, pair.left_length) ||
        !resolution_side(pair.right, strlen(pair.right), side))
        return false;
    *pattern = cli_alloc(cli, pair.left_length + 1, 1);
    if (*pattern)
        memcpy(*pattern, pair.left, pair.left_length);
    return *pattern != NULL;
}

static int merge_options(struct cli *cli, const struct options *options,
                         struct delta_merge_options *merge) {
    *merge = (struct delta_merge_options){
        .keys = filtering_keys(cli, &options->array_keys),
        .key_count = options->array_keys.count,
        .unordered = {.items = options->unordered.items, .count = options->unordered.count},
        .numeric = options->numeric};
    struct delta_prefer_at *at = cli_alloc(cli, options->prefer.count + 1, sizeof *at);
    if (!merge->keys || !at)
        return CLI_TROUBLE;
    merge->prefer_at = at;
    for (size_t i = 0; i < options->prefer.count; i++) {
        const char *text = options->prefer.items[i];
        enum delta_prefer side = DELTA_PREFER_NONE;
        char *pattern;
        if (!parse_prefer(cli, text, &pattern, &side))
            return cli_usage(cli,
                             "--prefer is ours, theirs or union, for all conflicts or those at a "
                             "pattern ('/a/*=ours'), not '%s'",
                             text);
        if (pattern)
            at[merge->prefer_at_count++] = (struct delta_prefer_at){pattern, side};
        else
            merge->prefer = side;
    }
    return options->resolve ? resolution_read(cli, options->resolve, merge) : CLI_OK;
}

/* The patterns that may select nothing. */
static struct unmatched *watch(struct cli *cli, const struct options *options) {
    const struct filtering given = {.array_keys = options->array_keys,
                                    .unordered = options->unordered};
    return unmatched_new(cli, &given);
}

/* Warns of patterns that select nothing in the base and in what the records make of it. */
static int warn_unmatched(struct merger *merger) {
    struct unmatched *unmatched = watch(merger->cli, merger->options);
    const struct delta_apply_options apply = {.max_size = merger->cli->max_size};
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
    int status = merge_options(merger->cli, merger->options, &merge);
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

/* ---- The command ---- */

static int finish_key(struct merger *merger) {
    int status = merger->options->by_time ? sort_items(merger) : CLI_OK;
    if (status != CLI_OK)
        return status;
    return merger->options->concurrent ? finish_concurrent(merger) : finish(merger);
}

/* What is for one state only. */
static int check_keys(const struct mergers *mergers) {
    const struct options *options = mergers->options;
    const char *option = options->base                          ? "--base"
                         : options->concurrent                  ? "--concurrent"
                         : options->how.format == FORMAT_BSDIFF ? "--format=bsdiff"
                                                                : NULL;
    if (mergers->count > 1 && option)
        return cli_fail(mergers->cli, "%s is for records of one key; here are %zu", option,
                        mergers->count);
    return CLI_OK;
}

static int merge_records(struct mergers *mergers) {
    struct cli *cli = mergers->cli;
    int status = CLI_OK;
    if (cli->operand_count == 0)
        status = take_stream(mergers, "-");
    for (size_t i = 0; i < cli->operand_count && status == CLI_OK; i++)
        status = take_stream(mergers, cli->operands[i]);
    if (status == CLI_OK)
        status = check_keys(mergers);
    if (status == CLI_OK)
        cli_verbose(cli, "%zu records were read", mergers->taken);
    for (size_t i = 0; i < mergers->count && status == CLI_OK; i++) {
        mergers->items[i]->section =
            mergers->count > 1 && mergers->options->how.format == FORMAT_TEXT;
        status = finish_key(mergers->items[i]);
    }
    return status;
}

/* Options that do not go together. */
static int check_options(struct cli *cli, const struct options *options) {
    if (options->keyed && (options->base || options->concurrent))
        return cli_usage(cli, "--keyed cannot be combined with --base or --concurrent");
    if (options->keyed && options->how.format == FORMAT_BSDIFF)
        return cli_usage(cli, "--keyed cannot be combined with --format=bsdiff");
    if (options->how.level && !record_format_is_record(&options->how))
        return cli_usage(cli, "--compress needs packed records");
    if (options->how.standalone && !record_format_is_packed(&options->how))
        return cli_usage(cli, "--standalone has no effect with %s",
                         options->how.format == FORMAT_JSON ? "JSON; it needs --compress"
                                                            : "this --format");
    if ((options->metadata.count || options->timestamp.given) &&
        !record_format_is_record(&options->how))
        return cli_usage(cli, "%s has no effect with this --format",
                         options->metadata.count ? "--metadata" : "--timestamp");
    if (options->how.format == FORMAT_BSDIFF && (options->invert || options->concurrent))
        return cli_usage(cli, "--format=bsdiff cannot be combined with --invert or --concurrent");
    if (record_format_is_patch(&options->how) && !options->base)
        return cli_usage(cli,
                         "this format requires the base of the first record: name it with --base");
    if (options->concurrent && (options->invert || options->by_time))
        return cli_usage(cli, "--concurrent cannot be combined with --invert or --by-time");
    if (!options->concurrent &&
        (options->prefer.count || options->conflicts || options->resolve ||
         options->array_keys.count || options->unordered.count || options->numeric))
        return cli_usage(cli, "--prefer, --conflicts, --resolve, --array-key, --unordered and "
                              "--numeric need -3 or --concurrent");
    if (options->style != CONFLICT_UNSET)
        return cli_usage(cli, "--conflict-style needs -3 or --git");
    if (options->virtual_base)
        return cli_usage(cli, "--virtual-base needs --git");
    if (!options->base && (options->unordered.count || options->numeric))
        return cli_usage(
            cli, "--unordered and --numeric require the base of the records: name it with --base");
    return CLI_GO;
}

static int run_records(struct cli *cli, const struct options *options) {
    bool stdin_base = options->base && strcmp(options->base, "-") == 0;
    int status = check_options(cli, options);
    if (status != CLI_GO || (status = cli_stdin_once(cli)) != CLI_GO)
        return status;
    for (size_t i = 0; stdin_base && i <= cli->operand_count; i++)
        if (i == cli->operand_count ? i == 0 : strcmp(cli->operands[i], "-") == 0)
            return cli_usage(cli, "standard input cannot be both the base and a record");
    struct mergers mergers = {.cli = cli, .options = options};
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    if (!arena)
        status = out_of_memory(cli);
    else if (options->base && !(mergers.base = delta_read_file(arena, options->base, &err)))
        status = cli_error(cli, &err);
    else
        status = merge_records(&mergers);
    tdestroy(mergers.table, keep_node);
    for (size_t i = 0; i < mergers.count; i++)
        free_merger(mergers.items[i]);
    free(mergers.items);
    delta_arena_free(arena);
    return status;
}

static int run_states(struct cli *cli, const struct options *options) {
    if (options->base || options->by_time || options->invert || options->concurrent ||
        options->keyed || options->how.format != FORMAT_JSON || options->how.level ||
        options->how.standalone || options->metadata.count || options->timestamp.given ||
        cli->max_size)
        return cli_usage(cli, "options of records have no effect with -3 and --git");
    if (options->git && (options->three_way || cli->output))
        return cli_usage(cli, "--git takes neither -3 nor --output: the result replaces %%A");
    if (options->virtual_base && !options->git)
        return cli_usage(cli, "--virtual-base needs --git");
    if (options->virtual_base && (options->conflicts || options->style != CONFLICT_UNSET))
        return cli_usage(cli, "--virtual-base has no conflicts to show or write");
    struct merge_how how = {.marks = {.style = options->style,
                                      .size = MARKER_SIZE,
                                      .labels = {"base", "ours", "theirs"}},
                            .conflicts_path = options->conflicts,
                            .virtual_base = options->virtual_base};
    /* The patterns of a merge driver are for many files. */
    if (!options->git && !(how.unmatched = watch(cli, options)))
        return CLI_TROUBLE;
    int status = merge_options(cli, options, &how.options);
    if (status != CLI_OK)
        return status;
    if (options->git)
        return git_driver_run(cli, &how);
    status = cli_operands(cli, 3, 3, "BASE OURS THEIRS");
    if (status != CLI_GO || (status = cli_stdin_once(cli)) != CLI_GO)
        return status;
    return merge_states_run(cli, &how);
}

int main(int argc, char **argv) {
    struct options options = {0};
    struct cli cli;
    cli_begin(&cli, &command);
    int status = cli_parse(&cli, argc, argv, &options);
    if (status == CLI_GO && options.conflicts && strcmp(options.conflicts, "-") == 0)
        status =
            cli_usage(&cli, "--conflicts must name a file: the result goes to standard output");
    if (status == CLI_GO)
        status = options.three_way || options.git ? run_states(&cli, &options)
                                                  : run_records(&cli, &options);
    return cli_finish(&cli, status);
}
