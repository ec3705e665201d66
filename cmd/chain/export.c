/* delta-chain export: the states or records of a history, or of all histories of a store, one after
 * another. */
#include "chain/chain.h"
#include "chain/name.h"
#include "chain/part.h"
#include "chain/record.h"
#include "chain/several.h"
#include "chain/step.h"
#include "chain/store.h"
#include "cli/local_time.h"
#include "cli/unmatched.h"

#include <inttypes.h>
#include <string.h>

struct export_options {
    struct record_options record;
    bool records, states, salvage;
    const char *since; /* REV or seq=N; NULL: everything */
    uint64_t since_seq;
    struct cli_time at;
};

const struct cli_option chain_export_options[] = {
    {CLI_FLAG, 0, "records", NULL,
     "a stream of records, the first a full one; without a range, the options come before it",
     CLI_AT(struct export_options, records)},
    {CLI_FLAG, 0, "states", NULL, "states, one a line", CLI_AT(struct export_options, states)},
    {CLI_FLAG, 0, "salvage", NULL, "what is still known to be intact in a damaged history",
     CLI_AT(struct export_options, salvage)},
    {CLI_TEXT, 0, "since", "REV", "only states after this revision, or after a position: seq=N",
     CLI_AT(struct export_options, since)},
    RECORDFORMAT_OPTIONS(struct export_options, record.how, record_format_streams,
                         "format of the records"),
    {CLI_BYTES, 0, "max-record", "BYTES", "end at a record larger than this",
     CLI_AT(struct export_options, record.most), .least = 1, .most = INT64_MAX},
    {CLI_GROUP, .help = "Stores"},
    {CLI_FLAG, 0, "keyed", NULL, "a line is a key, a tab and a record",
     CLI_AT(struct export_options, record.keyed)},
    {CLI_MOMENT, 0, "at", "TIME", "the state of each key at this time, behind the key and a tab",
     CLI_AT(struct export_options, at)},
    FILTERING_OPTIONS(struct export_options, record.filtering),
    {0},
};

/* Writes KEY TAB STATE; no state at the end of a thing. */
static int put_keyed_state(struct cli *cli, const struct record_options *record,
                           const struct delta_value *state) {
    struct delta_buf line = {0};
    struct delta_err err = {0};
    delta_buf_put(&line, record->key, record->key_length);
    delta_buf_put(&line, "\t", 1);
    int failed = state ? delta_write(state, DELTA_CANONICAL, 0, &line, &err) : 0;
    delta_buf_put(&line, "\n", 1);
    int status = failed                      ? cli_error(cli, &err)
                 : line.failed               ? cli_fail(cli, "out of memory")
                 : cli_write_buf(cli, &line) ? CLI_TROUBLE
                                             : CLI_OK;
    delta_buf_free(&line);
    return status;
}

/* What the history is, besides its states. */
static int put_export_header(struct cli *cli, struct delta_history *history) {
    struct delta_err err = {0};
    struct delta_buf line = {0};
    struct delta_export_header export_header;
    int status = CLI_TROUBLE;
    if (!delta_history_export_header(history, &export_header)) {
        cli_warn(cli, "%s: its options are corrupt, and left out", cli->operands[0]);
        return CLI_OK;
    }
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(cli, "out of memory");
    if (chain_names_export(cli, history, arena, &export_header.names) == CLI_OK) {
        if (delta_export_header_write(&export_header, &line, &err) < 0)
            status = cli_error(cli, &err);
        else if (cli_write_buf(cli, &line) == 0)
            status = CLI_OK;
    }
    delta_buf_free(&line);
    delta_arena_free(arena);
    return status;
}

/* Writes the states from `first`; an earlier one that the iterator has is what the first record
 * leads away from. */
static int export_steps(struct cli *cli, const struct delta_history *history,
                        struct delta_history_iterator *iterator,
                        const struct export_options *options, struct part *part, uint32_t first) {
    struct delta_history_entry entry;
    struct cli_progress progress;
    const struct delta_value *before = NULL;
    int got, status = CLI_OK;
    cli_progress_begin(cli, &progress, "states", 0);
    for (uint64_t done = 0; status == CLI_OK; done++) {
        struct delta_err err = {0};
        got = delta_history_iterator_next(iterator, &entry, &err);
        if (got < 0)
            status = chain_damage(cli, &err);
        if (got <= 0)
            break;
        bool changed = true;
        if (part->filter)
            status = part_next(cli, part, entry.value, &entry.value, &changed);
        if (entry.index < first || !changed || status != CLI_OK) {
            before = entry.ended ? NULL : entry.value;
            continue;
        }
        if (options->states && options->record.key) {
            status = put_keyed_state(cli, &options->record, entry.ended ? NULL : entry.value);
        } else if (options->states) {
            status = chain_write_state(cli, entry.value, CHAIN_CANONICAL);
        } else {
            struct delta_arena *arena = delta_arena_new();
            status = arena ? chain_record_write(cli, arena, &options->record, NULL,
                                                part->filter ? NULL : history, before, &entry)
                           : cli_fail(cli, "out of memory");
            delta_arena_free(arena);
        }
        before = entry.ended ? NULL : entry.value;
        cli_progress_update(&progress, done + 1);
    }
    cli_progress_end(&progress);
    return status;
}

/* A damaged history whose states are written as far as they are good. */
struct salvaging {
    struct cli *cli;
    const struct delta_history *history;
    const struct export_options *options;
    const struct delta_value *before; /* the state that was written last */
    struct delta_arena *arena;        /* of one record */
    uint64_t written;
    int status;
};

static int write_salvaged(void *context, const struct delta_history_entry *entry) {
    struct salvaging *salvaging = context;
    struct cli *cli = salvaging->cli;
    if (salvaging->options->states) {
        salvaging->status = chain_write_state(cli, entry->value, CHAIN_CANONICAL);
    } else {
        delta_arena_clear(salvaging->arena);
        salvaging->status = chain_record_write(cli, salvaging->arena, &salvaging->options->record,
                                               NULL, salvaging->history, salvaging->before, entry);
    }
    salvaging->before = entry->ended ? NULL : entry->value;
    salvaging->written += salvaging->status == CLI_OK;
    return salvaging->status;
}

static void report_left_out(void *context, bool state, uint32_t index, const char *what) {
    struct salvaging *salvaging = context;
    (void)state;
    (void)index;
    cli_warn(salvaging->cli, "%s: %s", salvaging->cli->operands[0], what);
}

static int export_salvaged(struct cli *cli, struct delta_history *history,
                           const struct export_options *options) {
    struct salvaging salvaging = {.cli = cli, .history = history, .options = options};
    struct delta_err err = {0};
    if (cli_output_open(cli, options->records && record_format_is_packed(&options->record.how)) < 0)
        return CLI_TROUBLE;
    salvaging.arena = delta_arena_new();
    if (!salvaging.arena)
        return cli_fail(cli, "out of memory");
    int64_t lost =
        delta_history_salvage(history, write_salvaged, report_left_out, &salvaging, &err);
    delta_arena_free(salvaging.arena);
    if (salvaging.status != CLI_OK)
        return salvaging.status;
    if (lost < 0)
        return chain_damage(cli, &err);
    cli_verbose(cli, "%s: %" PRIu64 " %s", cli->operands[0], salvaging.written,
                chain_states(salvaging.written));
    return lost ? CLI_NO : CLI_OK;
}

/* ---- What is exported ------------------------------------------------------------------------ */

/* States from `first` to `last`; none when `first` is behind it. */
struct span {
    uint32_t first, last;
    bool after; /* the state before the first is what it leads away from */
};

/* The number of states that are at or before a time (`seq` NULL), or up to the last one before the
 * first whose position is above `seq`. O(states). */
static int count_before(struct cli *cli, struct delta_history *history, int64_t time,
                        const uint64_t *seq, uint32_t *before) {
    struct delta_history_entry entry;
    struct delta_err err = {0};
    uint32_t count = delta_history_count(history);
    *before = seq ? count : 0;
    struct delta_history_iterator *iterator =
        count ? delta_history_iterator_new(history, 0, count - 1, false, &err) : NULL;
    if (!iterator)
        return count ? chain_damage(cli, &err) : CLI_OK;
    for (int got = 1; got;) {
        struct delta_err why = {0};
        size_t length;
        uint64_t number;
        got = delta_history_iterator_next(iterator, &entry, &why);
        if (got < 0 && why.code != DELTA_ERR_DAMAGED) {
            delta_history_iterator_free(iterator);
            return cli_error(cli, &why);
        }
        if (got <= 0)
            continue;
        (void)chain_position(history, &entry, &length, &number);
        if (seq && number > *seq) {
            *before = entry.index;
            break;
        }
        if (!seq && entry.time <= time)
            *before = entry.index + 1;
    }
    delta_history_iterator_free(iterator);
    return CLI_OK;
}

/* What --since leaves. */
static int span_since(struct cli *cli, struct delta_history *history,
                      const struct export_options *options, struct span *span) {
    uint32_t before = 0;
    int64_t time;
    int status;
    if (strncmp(options->since, "seq=", strlen("seq=")) == 0) {
        status = count_before(cli, history, 0, &options->since_seq, &before);
    } else if (options->since[0] == '@' && local_time_parse(options->since + 1, &time)) {
        status = count_before(cli, history, time, NULL, &before);
    } else {
        status = chain_revision(cli, history, options->since, &before);
        before++;
    }
    *span = (struct span){before, delta_history_count(history) - 1, before > 0};
    return status;
}

static int find_span(struct cli *cli, struct delta_history *history,
                     const struct export_options *options, struct span *span) {
    enum delta_range_kind kind;
    bool empty;
    if (options->since)
        return span_since(cli, history, options, span);
    int status = chain_range(cli, history, &span->first, &span->last, &kind, &empty);
    span->after = kind == DELTA_RANGE_AFTER;
    span->first += span->after || empty;
    return status;
}

static int export_history(struct cli *cli, struct delta_history *history,
                          const struct export_options *options, struct part *part) {
    struct span span = {0};
    struct delta_err err = {0};
    int status = find_span(cli, history, options, &span);
    bool whole = !options->since && cli->operand_count == 1 && !options->record.key;
    /* What counts of a history is another one. */
    if (status == CLI_OK && options->records && whole && !part->filter)
        status = put_export_header(cli, history);
    if (status != CLI_OK || span.first > span.last || !delta_history_count(history))
        return status;
    bool reads_before = span.after && (options->records || part->filter);
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(history, span.first - reads_before, span.last, true, &err);
    status = iterator ? export_steps(cli, history, iterator, options, part, span.first)
                      : chain_damage(cli, &err);
    delta_history_iterator_free(iterator);
    return status;
}

/* ---- Stores ---------------------------------------------------------------------------------- */

struct exporting {
    struct export_options *options;
    struct part *part; /* its filter, and what that matched */
};

static int export_moment(struct cli *cli, struct delta_history *history,
                         const struct export_options *options) {
    struct delta_history_entry entry;
    struct delta_err err = {0};
    uint32_t before;
    int status = count_before(cli, history, options->at.nanoseconds, NULL, &before);
    if (status != CLI_OK || !before)
        return status;
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(history, before - 1, before - 1, true, &err);
    status = iterator && delta_history_iterator_next(iterator, &entry, &err) > 0
                 ? CLI_OK
                 : chain_damage(cli, &err);
    if (status == CLI_OK && !entry.ended)
        status = put_keyed_state(cli, &options->record, entry.value);
    delta_history_iterator_free(iterator);
    return status;
}

/* A line can hold a key that has no control character; only one typed for --key has any. */
static bool is_one_line(const char *key, size_t length) {
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)key[i] < ' ')
            return false;
    return true;
}

static int export_key(struct cli *cli, const char *key, size_t length, void *context) {
    struct exporting *exporting = context;
    struct export_options *options = exporting->options;
    bool lines = !options->records || options->record.keyed;
    struct part part = {.filter = exporting->part->filter, .unmatched = exporting->part->unmatched};
    if (lines && !is_one_line(key, length))
        return cli_fail(cli, "%s: the key has a control character: it does not fit into a line",
                        cli->operands[0]);
    struct delta_history *history = chain_open(cli, DELTA_HISTORY_READ);
    if (!history)
        return CLI_TROUBLE;
    options->record.key = key;
    options->record.key_length = length;
    int status = options->at.given ? export_moment(cli, history, options)
                                   : export_history(cli, history, options, &part);
    part_free(&part);
    delta_history_close(history);
    return status;
}

/* ---- The verb -------------------------------------------------------------------------------- */

static int check_what(struct cli *cli, const struct export_options *options) {
    const struct record_format *how = &options->record.how;
    bool states = options->states || options->at.given;
    if (options->at.given && (options->records || options->states))
        return cli_usage(cli, "no effect: --records and --states with --at");
    if (!options->at.given && options->records == options->states)
        return cli_usage(cli, "expected --records or --states");
    if (states && (options->record.most || how->level || how->standalone || options->record.keyed ||
                   how->format != FORMAT_UNSET))
        return cli_usage(cli, "no effect: %s with %s",
                         options->record.most    ? "--max-record"
                         : how->level            ? "-z"
                         : how->standalone       ? "--standalone"
                         : options->record.keyed ? "--keyed"
                                                 : "-f",
                         options->at.given ? "--at" : "--states");
    return CLI_GO;
}

static int check_which(struct cli *cli, struct export_options *options, bool store) {
    bool filtered = filtering_given(&options->record.filtering);
    if (options->salvage && cli->operand_count > 1)
        return cli_usage(cli, "--salvage takes no range: indices may not be what they were");
    if (options->salvage && (filtered || options->since))
        return cli_usage(cli, "--salvage cannot be combined with %s",
                         filtered ? "filters" : "--since");
    if (options->since && cli->operand_count > 1)
        return cli_usage(cli, "--since and a range exclude each other");
    if (options->since && options->at.given)
        return cli_usage(cli, "no effect: --since with --at");
    if (options->since && strncmp(options->since, "seq=", strlen("seq=")) == 0 &&
        !argument_number(options->since + strlen("seq="), &options->since_seq))
        return cli_usage(cli, "--since: '%s' is not a position", options->since + strlen("seq="));
    if (!store && options->record.keyed)
        return cli_usage(cli, "no effect: --keyed without a store");
    if (!store && options->at.given)
        return cli_usage(cli, "no effect: --at without a store; see 'get HISTORY @TIME'");
    if (options->at.given && filtered)
        return cli_usage(cli, "no effect: filters with --at");
    if (store && options->salvage)
        return cli_usage(cli, "--salvage is for one history: use --key");
    if (store && cli->operand_count > 1)
        return cli_usage(cli, "a range is of one history: use --key, or --since=@TIME");
    if (store && options->since && options->since[0] != '@' &&
        strncmp(options->since, "seq=", strlen("seq=")) != 0)
        return cli_usage(cli, "--since: expected @TIME or seq=N, for histories of many keys");
    return CLI_GO;
}

static int export_all(struct cli *cli, struct export_options *options, bool store,
                      struct part *part) {
    struct exporting exporting = {options, part};
    if (store)
        return chain_each_key(cli, cli->operands[0], export_key, &exporting);
    struct delta_history *history = chain_open(cli, DELTA_HISTORY_READ);
    if (!history)
        return CLI_TROUBLE;
    int status = options->salvage ? export_salvaged(cli, history, options)
                                  : export_history(cli, history, options, part);
    delta_history_close(history);
    return status;
}

int chain_export(struct cli *cli, int argc, char **argv) {
    struct export_options options = {
        .record = {.how.format = FORMAT_UNSET, .width = STEP_NO_WIDTH}};
    struct part part = {0};
    int status = cli_parse(cli, argc, argv, &options);
    if (status != CLI_GO || (status = cli_operands(cli, 1, 2, "HISTORY A..B")) != CLI_GO)
        return status;
    bool store = !cli->key && store_is_one(cli->operands[0]);
    if ((status = check_what(cli, &options)) != CLI_GO ||
        (options.records && (status = chain_record_check(cli, &options.record)) != CLI_GO) ||
        (status = check_which(cli, &options, store)) != CLI_GO)
        return status;
    struct delta_arena *arena = delta_arena_new();
    status = arena ? filtering_make(cli, &options.record.filtering, arena, &part.filter)
                   : cli_fail(cli, "out of memory");
    if (status == CLI_OK && !(part.unmatched = unmatched_new(cli, &options.record.filtering)))
        status = CLI_TROUBLE;
    bool packed = options.records && record_format_is_packed(&options.record.how);
    if (status == CLI_OK && cli_output_open(cli, packed && !options.record.keyed) < 0)
        status = CLI_TROUBLE;
    if (status == CLI_OK)
        status = export_all(cli, &options, store, &part);
    if (status != CLI_TROUBLE && !options.salvage)
        unmatched_warn(part.unmatched, "in any state");
    part_free(&part);
    delta_arena_free(arena);
    return status;
}
