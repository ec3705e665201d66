/* delta-chain export: the states or records of a history, one after another. */
#include "chain/chain.h"
#include "chain/name.h"
#include "chain/part.h"
#include "chain/record.h"
#include "chain/step.h"
#include "cli/unmatched.h"

#include <inttypes.h>

struct export_options {
    struct record_options record;
    bool records, states, salvage;
};

const struct cli_option chain_export_options[] = {
    {CLI_FLAG, 0, "records", NULL,
     "a stream of records, the first a full one; a complete one begins with the options",
     CLI_AT(struct export_options, records)},
    {CLI_FLAG, 0, "states", NULL, "states, one a line", CLI_AT(struct export_options, states)},
    {CLI_FLAG, 0, "salvage", NULL, "all that can still be proved good of a damaged history",
     CLI_AT(struct export_options, salvage)},
    RECORDFORMAT_OPTIONS(struct export_options, record.how, record_format_streams,
                         "format of the records"),
    {CLI_BYTES, 0, "max-record", "BYTES", "end at a record larger than this",
     CLI_AT(struct export_options, record.most), .least = 1, .most = INT64_MAX},
    FILTERING_OPTIONS(struct export_options, record.filtering),
    {0},
};

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
        if (options->states) {
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
    cli_verbose(cli, "%s: %" PRIu64 " states", cli->operands[0], salvaging.written);
    return lost ? CLI_NO : CLI_OK;
}

int chain_export(struct cli *cli, int argc, char **argv) {
    struct export_options options = {
        .record = {.how.format = FORMAT_UNSET, .width = STEP_NO_WIDTH}};
    struct record_format *how = &options.record.how;
    struct delta_err err = {0};
    uint32_t first, last;
    enum delta_range_kind kind;
    bool empty;
    int status = cli_parse(cli, argc, argv, &options);
    if (status != CLI_GO || (status = cli_operands(cli, 1, 2, "HISTORY A..B")) != CLI_GO)
        return status;
    if (options.records == options.states)
        return cli_usage(cli, "expected --records or --states");
    if (options.states &&
        (options.record.most || how->level || how->standalone || how->format != FORMAT_UNSET))
        return cli_usage(cli, "no effect: %s with --states",
                         options.record.most ? "--max-record"
                         : how->level        ? "-z"
                         : how->standalone   ? "--standalone"
                                             : "-f");
    if (options.records && (status = chain_record_check(cli, &options.record)) != CLI_GO)
        return status;
    if (options.salvage && cli->operand_count > 1)
        return cli_usage(cli, "--salvage takes no range: indices may not be what they were");
    if (options.salvage && filtering_given(&options.record.filtering))
        return cli_usage(cli, "--salvage cannot be combined with filters");
    struct delta_history *history = chain_open(cli, DELTA_HISTORY_READ);
    if (!history)
        return CLI_TROUBLE;
    if (options.salvage) {
        status = export_salvaged(cli, history, &options);
        delta_history_close(history);
        return status;
    }
    struct delta_arena *arena = delta_arena_new();
    struct part part = {0};
    status = arena ? filtering_make(cli, &options.record.filtering, arena, &part.filter)
                   : cli_fail(cli, "out of memory");
    if (status == CLI_OK && !(part.unmatched = unmatched_new(cli, &options.record.filtering)))
        status = CLI_TROUBLE;
    if (status == CLI_OK)
        status = chain_range(cli, history, &first, &last, &kind, &empty);
    bool packed = options.records && record_format_is_packed(&options.record.how);
    if (status == CLI_OK && cli_output_open(cli, packed) < 0)
        status = CLI_TROUBLE;
    /* What counts of a history is another one. */
    if (status == CLI_OK && options.records && cli->operand_count == 1 && !part.filter)
        status = put_export_header(cli, history);
    if (status == CLI_OK && !empty) {
        bool after = kind == DELTA_RANGE_AFTER;
        err = (struct delta_err){0};
        bool skips = after && options.states && !part.filter && first < last;
        struct delta_history_iterator *iterator =
            delta_history_iterator_new(history, first + skips, last, true, &err);
        if (after && first == last)
            status = CLI_OK;
        else
            status = iterator ? export_steps(cli, history, iterator, &options, &part, first + after)
                              : chain_damage(cli, &err);
        delta_history_iterator_free(iterator);
    }
    if (status != CLI_TROUBLE)
        unmatched_warn(part.unmatched, "in any state");
    part_free(&part);
    delta_arena_free(arena);
    delta_history_close(history);
    return status;
}
