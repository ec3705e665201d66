/* delta-chain log: the states of a history, one a line. */
#include "chain/chain.h"
#include "chain/name.h"
#include "chain/several.h"
#include "chain/step.h"
#include "chain/store.h"
#include "cli/filter_options.h"
#include "cli/unmatched.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct log_options {
    bool json, patch, stat, reverse;
    enum step_form form;
    uint64_t count, width;
    struct cli_time since, until;
    struct filtering filtering;
};

const struct cli_option chain_log_options[] = {
    {CLI_FLAG, 0, "json", NULL, "one JSON object a line", CLI_AT(struct log_options, json)},
    {CLI_FLAG, 'p', "patch", NULL, "with what changed", CLI_AT(struct log_options, patch)},
    {CLI_FLAG, 0, "stat", NULL, "with a summary of what changed", CLI_AT(struct log_options, stat)},
    {CLI_CHOICE, 'f', "format", "FORM", "only the changes, as text or JSON, one on a line",
     CLI_AT(struct log_options, form), .words = step_forms},
    {CLI_NUMBER, 0, "width", "N", "cut lines of changes to N columns, 0 for no limit",
     CLI_AT(struct log_options, width), .most = 1000000},
    {CLI_GROUP, .help = "Which states"},
    {CLI_NUMBER, 'n', "max-count", "N", "only the last N", CLI_AT(struct log_options, count),
     .least = 1, .most = UINT32_MAX},
    {CLI_FLAG, 0, "reverse", NULL, "newest first", CLI_AT(struct log_options, reverse)},
    {CLI_MOMENT, 0, "since", "TIME", "only states at or after this time",
     CLI_AT(struct log_options, since)},
    {CLI_MOMENT, 0, "until", "TIME", "only states at or before this time",
     CLI_AT(struct log_options, until)},
    FILTERING_OPTIONS(struct log_options, filtering),
    {0},
};

static const char *const kinds[] = {
    [DELTA_ENTRY_KEYFRAME] = "keyframe",
    [DELTA_ENTRY_RECORD] = "record",
    [DELTA_ENTRY_BLOCK] = "block",
};

/* The names of a state as an array of strings. */
static const struct delta_value *names_array(struct delta_arena *arena,
                                             const struct delta_history_name *names, size_t count,
                                             struct delta_err *err) {
    const struct delta_value *array = NULL, **texts = calloc(count, sizeof(*texts));
    for (size_t i = 0; texts && i < count; i++)
        texts[i] = delta_value_string_of(arena, names[i].name, err);
    if (texts && err->code == DELTA_OK)
        array = delta_value_array(arena, texts, count, err);
    free(texts);
    return array;
}

/* All that is known of a state, as an object. */
static const struct delta_value *entry_object(struct delta_arena *arena, const char *label,
                                              const struct delta_history_entry *entry,
                                              const struct chain_names *names,
                                              struct delta_err *err) {
    char seconds[CHAIN_TIME_TEXT], digest[DELTA_DIGEST_TEXT];
    size_t count, name_count;
    const struct delta_history_name *own = chain_names_of(names, entry->index, &name_count);
    delta_digest_format(entry->digest, digest);
    chain_seconds(seconds, entry->time);
    struct delta_member members[17] = {
        {"history", 7, label ? delta_value_string_of(arena, label, err) : NULL},
        {"index", 5, delta_value_u64(arena, entry->index, err)},
        {"timestamp", 9, delta_value_number(arena, seconds, strlen(seconds), err)},
        {"digest", 6, delta_value_string_of(arena, digest, err)},
        {"size", 4, delta_value_u64(arena, entry->size, err)},
        {"kind", 4, delta_value_string_of(arena, kinds[entry->kind], err)},
        {"chain", 5, delta_value_u64(arena, entry->chain, err)},
        {"stored", 6, delta_value_u64(arena, entry->stored, err)},
        {"set", 3, entry->uncounted ? NULL : delta_value_u64(arena, entry->set, err)},
        {"removed", 7, entry->uncounted ? NULL : delta_value_u64(arena, entry->removed, err)},
    };
    count = 10;
    if (entry->strategy != DELTA_AUTO) {
        const char *strategy = delta_strategy_name(entry->strategy);
        members[count++] =
            (struct delta_member){"strategy", 8, delta_value_string_of(arena, strategy, err)};
    }
    members[count++] =
        (struct delta_member){"serial", 6, delta_value_u64(arena, entry->serial, err)};
    if (entry->source) {
        members[count++] = (struct delta_member){
            "source", 6, delta_value_string(arena, entry->source, entry->source_length, err)};
        members[count++] = (struct delta_member){"seq", 3, delta_value_u64(arena, entry->seq, err)};
    }
    if (entry->ended)
        members[count++] = (struct delta_member){"ended", 5, delta_value_literal(DELTA_TRUE, err)};
    if (name_count) {
        const struct delta_value *list = names_array(arena, own, name_count, err);
        if (!list)
            return NULL;
        members[count++] = (struct delta_member){"names", 5, list};
    }
    if (entry->metadata)
        members[count++] = (struct delta_member){"metadata", 8, entry->metadata};
    return err->code == DELTA_OK ? delta_value_object(arena, members, count, err) : NULL;
}

/* What was listed and is not written yet: all of it for a pager, for --reverse and for -n. */
struct listing {
    struct cli *cli;
    const struct log_options *options;
    struct step_view view;
    struct chain_names names;
    const char *label; /* of the history, where there are several; or NULL */
    struct unmatched *unmatched;
    bool compare;           /* states are compared with the ones before */
    uint32_t first;         /* the first state that may be listed */
    struct delta_buf *kept; /* one a state; a ring of `capacity` where -n limits it */
    size_t count, capacity, oldest;
};

/* A line for the entry. */
static int log_line(const struct listing *listing, struct delta_arena *arena,
                    const struct delta_history_entry *entry, struct delta_buf *out) {
    struct cli *cli = listing->cli;
    char time[CHAIN_TIME_TEXT], size[CLI_SIZE_TEXT], digest[DELTA_DIGEST_TEXT];
    struct delta_err err = {0};
    int failed = 0;
    if (listing->options->json) {
        const struct delta_value *object =
            entry_object(arena, listing->label, entry, &listing->names, &err);
        failed = object ? chain_put_value(object, DELTA_COMPACT, out, &err) : -1;
    } else {
        delta_digest_format(entry->digest, digest);
        delta_buf_printf(out, "%6" PRIu32 "  %-24s  %.12s  %10s  ", entry->index,
                         chain_time(time, entry->time), digest,
                         cli_size(size, entry->size, cli_is_terminal(cli)));
        if (entry->uncounted)
            delta_buf_printf(out, "+? -?");
        else
            delta_buf_printf(out, "+%" PRIu64 " -%" PRIu64, entry->set, entry->removed);
        if (entry->ended)
            delta_buf_printf(out, "  ended");
        chain_names_put(&listing->names, entry->index, "  (", ")", out);
        if (entry->metadata) {
            delta_buf_put(out, "  ", 2);
            failed = chain_put_value(entry->metadata, DELTA_COMPACT, out, &err);
        }
    }
    delta_buf_put(out, "\n", 1);
    return failed ? cli_error(cli, &err) : CLI_OK;
}

static bool keeps(const struct listing *listing) {
    return listing->options->count || listing->options->reverse || cli_is_terminal(listing->cli);
}

/* Where the text of the next state goes. */
static struct delta_buf *next_kept(struct listing *listing) {
    uint64_t most = listing->options->count;
    if (most && listing->count == most) {
        struct delta_buf *oldest = &listing->kept[listing->oldest];
        listing->oldest = (listing->oldest + 1) % listing->count;
        delta_buf_free(oldest);
        return oldest;
    }
    if (!delta_array_reserve(&listing->kept, &listing->capacity, listing->count + 1,
                             sizeof *listing->kept))
        return NULL;
    listing->kept[listing->count] = (struct delta_buf){0};
    return &listing->kept[listing->count++];
}

static int put_listed(struct listing *listing, struct delta_buf *text) {
    if (text->failed) {
        delta_buf_free(text);
        return cli_fail(listing->cli, "out of memory");
    }
    if (!keeps(listing)) {
        int status = cli_write_buf(listing->cli, text) < 0 ? CLI_TROUBLE : CLI_OK;
        delta_buf_free(text);
        return status;
    }
    struct delta_buf *kept = next_kept(listing);
    if (!kept) {
        delta_buf_free(text);
        return cli_fail(listing->cli, "out of memory");
    }
    *kept = *text;
    return CLI_OK;
}

static int put_kept(struct listing *listing) {
    struct delta_buf all = {0};
    for (size_t i = 0; i < listing->count; i++) {
        size_t at = listing->options->reverse ? listing->count - 1 - i : i;
        const struct delta_buf *text = &listing->kept[(listing->oldest + at) % listing->count];
        delta_buf_put(&all, text->data, text->length);
    }
    int status = all.failed ? cli_fail(listing->cli, "out of memory")
                 : all.length && cli_page(listing->cli, &all) ? CLI_TROUBLE
                                                              : CLI_OK;
    delta_buf_free(&all);
    return status;
}

static void end_listing(struct listing *listing) {
    for (size_t i = 0; i < listing->count; i++)
        delta_buf_free(&listing->kept[i]);
    free(listing->kept);
}

/* The entry's line and changes, unless nothing in it counts. */
static int list_entry(struct listing *listing, struct delta_arena *arena,
                      const struct delta_history_entry *entry, const struct delta_value *before) {
    const struct log_options *options = listing->options;
    const struct delta_record *record = NULL;
    const struct delta_value *base = NULL;
    struct delta_buf text = {0};
    bool counts = true;
    int status = CLI_OK;
    if ((options->since.given && entry->time < options->since.nanoseconds) ||
        (options->until.given && entry->time > options->until.nanoseconds))
        return CLI_OK;
    if (listing->compare) {
        record = step_record(&listing->view, arena, before, entry, &base, &counts);
        if (!record)
            return CLI_TROUBLE;
        if (!counts && listing->view.filter)
            return CLI_OK;
    }
    struct delta_history_entry shown = *entry;
    struct delta_err err = {0};
    if (step_mask(listing->view.filter, arena, &shown, &err))
        return cli_error(listing->cli, &err);
    if (listing->view.form != STEP_CHANGES)
        status = log_line(listing, arena, &shown, &text);
    if (status == CLI_OK && (options->patch || listing->view.form != STEP_TEXT))
        status = step_write(&listing->view, arena, record, base, entry, &text);
    if (status != CLI_OK) {
        delta_buf_free(&text);
        return status;
    }
    return put_listed(listing, &text);
}

static int list_entries(struct listing *listing, struct delta_history_iterator *iterator) {
    struct delta_history_entry entry;
    const struct delta_value *before = NULL;
    int status = CLI_OK;
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(listing->cli, "out of memory");
    for (;;) {
        struct delta_err err = {0};
        int got = delta_history_iterator_next(iterator, &entry, &err);
        if (got == 0)
            break;
        /* One that is lost is named, and the others still listed. */
        if (got < 0) {
            before = NULL;
            if (entry.index >= listing->first || err.code != DELTA_ERR_DAMAGED)
                status = chain_damage(listing->cli, &err);
            if (status == CLI_TROUBLE)
                break;
            continue;
        }
        if (entry.index >= listing->first && chain_entry_damage(listing->cli, &entry) != CLI_OK)
            status = CLI_NO;
        int listed = CLI_OK;
        if (unmatched_look(listing->unmatched, listing->view.filter, arena, entry.value, &err))
            listed = cli_error(listing->cli, &err);
        else if (entry.index >= listing->first)
            listed = list_entry(listing, arena, &entry, before);
        if (listed != CLI_OK) {
            status = listed;
            break;
        }
        delta_arena_clear(arena);
        before = entry.ended ? NULL : entry.value;
    }
    delta_arena_free(arena);
    return status;
}

struct logging {
    struct log_options options;
    const struct delta_filter *filter;
    struct unmatched *unmatched;
};

static int list_states(struct cli *cli, struct delta_history *history, const char *label,
                       const struct logging *logging, uint32_t first, uint32_t last) {
    const struct log_options *options = &logging->options;
    const struct delta_filter *filter = logging->filter;
    struct delta_err err = {0};
    struct listing listing = {.cli = cli,
                              .options = options,
                              .unmatched = logging->unmatched,
                              .compare = filter || options->patch || options->stat ||
                                         options->form != STEP_TEXT,
                              .first = first};
    step_view_begin(&listing.view, cli, options->stat ? STEP_STAT : options->form, options->width,
                    filter);
    listing.label = listing.view.key = label;
    /* What is left out at the beginning anyway is not read. */
    if (options->count && !filter && !options->since.given && !options->until.given &&
        last - first >= options->count)
        listing.first = first = last - (uint32_t)options->count + 1;
    struct delta_history_iterator *iterator = delta_history_iterator_new(
        history, first - (listing.compare && first), last, listing.compare, &err);
    int status =
        iterator ? chain_names_read(cli, history, &listing.names) : chain_damage(cli, &err);
    if (status == CLI_OK)
        status = list_entries(&listing, iterator);
    delta_history_iterator_free(iterator);
    int written = status == CLI_TROUBLE ? CLI_OK : put_kept(&listing);
    end_listing(&listing);
    return status == CLI_OK ? written : status;
}

/* An option that has no effect beside the others, or NULL. */
static const char *idle_log_option(const struct log_options *options) {
    bool shown = options->patch || options->stat;
    return options->json && shown                           ? "--json with -p or --stat"
           : options->form == STEP_CHANGES && options->json ? "--json with -f changes"
           : options->form == STEP_CHANGES && shown         ? "-p or --stat with -f changes"
           : options->patch && options->stat                ? "-p with --stat"
           : options->width != STEP_NO_WIDTH && !shown      ? "--width without -p or --stat"
           : options->filtering.mask.count && !shown && options->form != STEP_CHANGES
               ? "--mask without -p"
               : NULL;
}

static int log_one(struct cli *cli, const char *label, void *context) {
    const struct logging *logging = context;
    uint32_t first, last;
    bool empty, lines = !logging->options.json && logging->options.form != STEP_CHANGES;
    struct delta_history *history = chain_open(cli, DELTA_HISTORY_READ);
    if (!history)
        return CLI_TROUBLE;
    int status = lines ? chain_heading(cli, label) : CLI_OK;
    if (status == CLI_OK)
        status = chain_steps(cli, history, &first, &last, &empty);
    if (status == CLI_OK && !empty)
        status = list_states(cli, history, label, logging, first, last);
    delta_history_close(history);
    return status;
}

int chain_log(struct cli *cli, int argc, char **argv) {
    struct logging logging = {.options = {.width = STEP_NO_WIDTH}};
    int status = cli_parse(cli, argc, argv, &logging.options);
    if (status == CLI_GO)
        status = cli_operands(cli, 1, SIZE_MAX, "HISTORY A..B");
    if (status != CLI_GO)
        return status;
    if (idle_log_option(&logging.options))
        return cli_usage(cli, "no effect: %s", idle_log_option(&logging.options));
    struct delta_arena *arena = delta_arena_new();
    status = arena ? filtering_make(cli, &logging.options.filtering, arena, &logging.filter)
                   : cli_fail(cli, "out of memory");
    if (status == CLI_OK && !(logging.unmatched = unmatched_new(cli, &logging.options.filtering)))
        status = CLI_TROUBLE;
    if (status == CLI_OK)
        status = chain_each(cli, true, log_one, &logging);
    if (logging.unmatched && status != CLI_TROUBLE)
        unmatched_warn(logging.unmatched, "in any state");
    delta_arena_free(arena);
    return status;
}
