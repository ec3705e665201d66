/* delta-chain get, delta, diff, export: what comes out of a history. */
#include "chain/chain.h"
#include "chain/name.h"
#include "chain/part.h"
#include "chain/step.h"
#include "cli/filter_options.h"
#include "cli/record_format.h"
#include "cli/unmatched.h"

#include <inttypes.h>
#include <string.h>

enum { DEFAULT_LEVEL = 9, DEFAULT_INDENT = 2, MOST_INDENT = 16, CANONICAL = 99 };

/* ---- States ---------------------------------------------------------------------------------- */

static int write_state(struct cli *cli, const struct delta_value *state, uint64_t indent) {
    struct delta_err err = {0};
    struct delta_buf text = {0};
    int status = CLI_TROUBLE;
    bool indented = indent != CANONICAL;
    if (delta_write(state, indented ? DELTA_INDENTED : DELTA_CANONICAL, (unsigned)indent, &text,
                    &err) < 0)
        status = cli_error(cli, &err);
    else if (cli_write_buf(cli, &text) == 0 && cli_write(cli, "\n", 1) == 0)
        status = CLI_OK;
    delta_buf_free(&text);
    return status;
}

struct get_options {
    uint64_t indent;
};

const struct cli_option chain_get_options[] = {
    {CLI_NUMBER, 0, "indent", "N", "indent by N spaces (2), 0 for tabs",
     CLI_AT(struct get_options, indent), .optional = true, .absent = DEFAULT_INDENT,
     .most = MOST_INDENT},
    {0},
};

int chain_get(struct cli *cli, int argc, char **argv) {
    struct get_options options = {.indent = CANONICAL};
    struct delta_err err = {0};
    uint32_t index;
    struct delta_history *history;
    struct chain_operands operands = {1, 2, "HISTORY REV", DELTA_HISTORY_READ};
    int status = chain_begin(cli, argc, argv, &options, operands, &history);
    if (status != CLI_GO)
        return status;
    struct delta_arena *arena = delta_arena_new();
    status =
        arena ? chain_revision_or_tip(cli, history, 1, &index) : cli_fail(cli, "out of memory");
    if (status == CLI_OK) {
        const struct delta_value *state = delta_history_get(history, arena, index, &err);
        status = state ? write_state(cli, state, options.indent) : chain_damage(cli, &err);
    }
    delta_arena_free(arena);
    delta_history_close(history);
    return status;
}

/* ---- Records --------------------------------------------------------------------------------- */

struct record_options {
    enum delta_strategy strategy;
    uint64_t most; /* bytes of one record; 0: any number */
    uint64_t width;
    bool stat;
    struct record_format how;
    struct filtering filtering;
};

const struct cli_option chain_record_options[] = {
    {CLI_CHOICE, 's', "strategy", "HOW", "how the record represents the new state",
     CLI_AT(struct record_options, strategy), .words = cli_strategies},
    RECORDFORMAT_OPTIONS(struct record_options, how, record_format_structural,
                         "format of the record"),
    {CLI_FLAG, 0, "stat", NULL, "text: summary with a bar for each top-level path",
     CLI_AT(struct record_options, stat)},
    {CLI_NUMBER, 0, "width", "N", "text: cut lines to N columns, 0 for no limit",
     CLI_AT(struct record_options, width), .most = 1000000},
    {CLI_BYTES, 0, "max-record", "BYTES", "refuse to write a record larger than this",
     CLI_AT(struct record_options, most), .least = 1, .most = INT64_MAX},
    FILTERING_OPTIONS(struct record_options, filtering),
    {0},
};

/* Settles the format, and refuses an option that has no effect beside the others: CLI_GO, or the
 * status to end with. */
static int check_record_options(struct cli *cli, struct record_options *options) {
    struct record_format *how = &options->how;
    bool text = options->stat || options->width != STEP_NO_WIDTH;
    if (how->format == FORMAT_UNSET)
        how->format = text ? FORMAT_TEXT : FORMAT_JSON;
    bool foreign = !record_format_is_record(how), patch = record_format_is_patch(how);
    const char *idle =
        text && how->format != FORMAT_TEXT       ? "--stat and --width without -f text"
        : foreign && options->strategy           ? "-s with text, changes or a patch"
        : foreign && how->level                  ? "-z with text, changes or a patch"
        : patch && options->filtering.mask.count ? "--mask with a patch, which would set the values"
        : how->standalone && !record_format_is_packed(how) ? "--standalone without -z or -f packed"
                                                           : NULL;
    return idle ? cli_usage(cli, "no effect: %s", idle) : CLI_GO;
}

/* Appends the record as it is to be written. */
static int format_record(struct cli *cli, struct delta_arena *arena,
                         const struct record_options *options, const struct delta_filter *filter,
                         const struct delta_record *record, const struct delta_value *base,
                         const struct delta_history_entry *entry, struct delta_buf *bytes) {
    struct delta_err err = {0};
    struct step_view view;
    if (options->how.format == FORMAT_TEXT || options->how.format == FORMAT_CHANGES) {
        enum step_form form = options->how.format == FORMAT_CHANGES ? STEP_CHANGES
                              : options->stat                       ? STEP_STAT
                                                                    : STEP_TEXT;
        step_view_begin(&view, cli, form, options->width, filter);
        return step_write(&view, arena, record, base, entry, bytes);
    }
    return record_format_write(cli, &options->how, record, base, bytes, &err) < 0
               ? cli_error(cli, &err)
               : CLI_OK;
}

/* The position of a state, its own or that of the history; none where both are unknown. */
static int set_position(struct cli *cli, struct delta_arena *arena,
                        const struct delta_history *history,
                        const struct delta_history_entry *entry, struct delta_diff_options *diff) {
    struct delta_err err = {0};
    size_t length;
    const char *source = chain_position(history, entry, &length, &diff->seq);
    if (!length || (!entry->source && !entry->serial))
        return CLI_OK;
    diff->source = delta_value_string(arena, source, length, &err);
    return diff->source ? CLI_OK : cli_error(cli, &err);
}

/* Writes the record from one state (NULL: none) to another, as the history noted it; with the
 * position of the new state, unless `history` is NULL. */
static int put_record(struct cli *cli, struct delta_arena *arena,
                      const struct record_options *options, const struct delta_filter *filter,
                      const struct delta_history *history, const struct delta_value *old_state,
                      const struct delta_history_entry *entry) {
    struct delta_err err = {0};
    struct delta_buf bytes = {0};
    bool foreign = !record_format_is_record(&options->how);
    struct delta_diff_options diff = {.strategy = options->strategy,
                                      .packed = record_format_is_packed(&options->how),
                                      .level = (int)options->how.level,
                                      .standalone = options->how.standalone,
                                      .elementwise = foreign,
                                      .filter = filter,
                                      .has_timestamp = true,
                                      .timestamp = entry->time,
                                      .metadata = entry->metadata};
    bool ended = entry->ended && old_state && !foreign;
    const struct delta_value *new_state = entry->value;
    int status = history ? set_position(cli, arena, history, entry, &diff) : CLI_OK;
    if (status != CLI_OK)
        return status;
    status = CLI_TROUBLE;
    /* Listed or counted part by part, as log does, where there is nothing before. */
    if (!old_state && (options->stat || options->how.format == FORMAT_CHANGES) &&
        delta_value_type(new_state) == DELTA_OBJECT)
        old_state = delta_value_object(arena, NULL, 0, &err);
    if (filter && old_state)
        new_state = delta_filter_apply(arena, filter, old_state, new_state, &err);
    if (foreign && old_state)
        diff.strategy = DELTA_DICT;
    const struct delta_record *record =
        new_state ? delta_diff(arena, old_state, ended ? NULL : new_state, &diff, &err) : NULL;
    if (!record) {
        status = cli_error(cli, &err);
    } else if (format_record(cli, arena, options, filter, record, old_state, entry, &bytes) !=
               CLI_OK) {
        status = CLI_TROUBLE;
    } else if (options->most && bytes.length > options->most) {
        status = cli_fail(
            cli, "%s: the record of state %" PRIu32 " has %zu bytes, more than --max-record allows",
            cli->operands[0], entry->index, bytes.length);
    } else if (record_format_put(cli, &options->how, &bytes) == 0) {
        status = CLI_OK;
    }
    delta_buf_free(&bytes);
    return status;
}

/* Warns of patterns that select nothing in either state. */
static int warn_unmatched(struct cli *cli, const struct record_options *options,
                          const struct delta_filter *filter, struct delta_arena *arena,
                          const struct delta_value *old_state,
                          const struct delta_value *new_state) {
    struct unmatched *unmatched = unmatched_new(cli, &options->filtering);
    struct delta_err err = {0};
    if (!unmatched)
        return CLI_TROUBLE;
    if (unmatched_look(unmatched, filter, arena, old_state, &err) ||
        unmatched_look(unmatched, filter, arena, new_state, &err))
        return cli_error(cli, &err);
    unmatched_warn(unmatched, "in either state");
    return CLI_OK;
}

/* One record from the state at `first` (UINT32_MAX: none) to the one at `last`. */
static int write_between(struct cli *cli, struct delta_history *history,
                         const struct record_options *options, uint32_t first, uint32_t last) {
    struct delta_err err = {0};
    struct delta_history_entry entry;
    const struct delta_value *old_state = NULL;
    const struct delta_filter *filter;
    int status = CLI_OK;
    if (first == UINT32_MAX && filtering_given(&options->filtering))
        return cli_usage(cli, "filters need a state before: state 0 has none");
    if (first == UINT32_MAX && record_format_is_patch(&options->how))
        return cli_usage(cli, "a patch needs a state before: state 0 has none");
    struct delta_arena *arena = delta_arena_new();
    struct delta_history_iterator *walk =
        delta_history_iterator_new(history, last, last, true, &err);
    if (!arena)
        status = cli_fail(cli, "out of memory");
    else if (!walk || delta_history_iterator_next(walk, &entry, &err) < 0 ||
             (first != UINT32_MAX && !(old_state = delta_history_get(history, arena, first, &err))))
        status = chain_damage(cli, &err);
    else if ((status = filtering_make(cli, &options->filtering, arena, &filter)) == CLI_OK)
        status = put_record(cli, arena, options, filter,
                            filter || (first != UINT32_MAX && first >= last) ? NULL : history,
                            old_state, &entry);
    if (status == CLI_OK)
        status = warn_unmatched(cli, options, filter, arena, old_state, entry.value);
    delta_history_iterator_free(walk);
    delta_arena_free(arena);
    return status;
}

int chain_delta(struct cli *cli, int argc, char **argv) {
    struct record_options options = {.how.format = FORMAT_UNSET, .width = STEP_NO_WIDTH};
    uint32_t index;
    struct delta_history *history;
    struct chain_operands operands = {2, 2, "HISTORY REV", DELTA_HISTORY_READ};
    int status = chain_begin(cli, argc, argv, &options, operands, &history);
    if (status != CLI_GO)
        return status;
    status = check_record_options(cli, &options);
    if (status == CLI_GO)
        status = chain_revision(cli, history, cli->operands[1], &index);
    if (status == CLI_OK)
        status = write_between(cli, history, &options, index ? index - 1 : UINT32_MAX, index);
    delta_history_close(history);
    return status;
}

int chain_diff(struct cli *cli, int argc, char **argv) {
    struct record_options options = {.how.format = FORMAT_UNSET, .width = STEP_NO_WIDTH};
    uint32_t first, last;
    enum delta_range_kind kind;
    bool empty;
    struct delta_history *history;
    struct chain_operands operands = {2, 3, "HISTORY A B", DELTA_HISTORY_READ};
    int status = chain_begin(cli, argc, argv, &options, operands, &history);
    if (status != CLI_GO)
        return status;
    if ((status = check_record_options(cli, &options)) != CLI_GO) {
        /* reported */
    } else if (cli->operand_count == 2) {
        status = chain_range(cli, history, 1, &first, &last, &kind, &empty);
        if (status == CLI_OK && kind == DELTA_RANGE_STATE)
            status = cli_usage(cli, "expected two states: A B, or A..B");
    } else {
        status = chain_revision(cli, history, cli->operands[1], &first);
        if (status == CLI_OK)
            status = chain_revision(cli, history, cli->operands[2], &last);
    }
    if (status == CLI_OK)
        status = write_between(cli, history, &options, first, last);
    delta_history_close(history);
    return status;
}

/* ---- export ---------------------------------------------------------------------------------- */

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
                        struct delta_history_iterator *walk, const struct export_options *options,
                        struct part *part, uint32_t first) {
    struct delta_history_entry entry;
    struct cli_progress progress;
    const struct delta_value *before = NULL;
    int got, status = CLI_OK;
    cli_progress_begin(cli, &progress, "states", 0);
    for (uint64_t done = 0; status == CLI_OK; done++) {
        struct delta_err err = {0};
        got = delta_history_iterator_next(walk, &entry, &err);
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
            status = write_state(cli, entry.value, CANONICAL);
        } else {
            struct delta_arena *arena = delta_arena_new();
            status = arena ? put_record(cli, arena, &options->record, NULL,
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
        salvaging->status = write_state(cli, entry->value, CANONICAL);
    } else {
        delta_arena_clear(salvaging->arena);
        salvaging->status = put_record(cli, salvaging->arena, &salvaging->options->record, NULL,
                                       salvaging->history, salvaging->before, entry);
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
    if (options.records && (status = check_record_options(cli, &options.record)) != CLI_GO)
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
        status = chain_range(cli, history, 1, &first, &last, &kind, &empty);
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
        struct delta_history_iterator *walk =
            delta_history_iterator_new(history, first + skips, last, true, &err);
        if (after && first == last)
            status = CLI_OK;
        else
            status = walk ? export_steps(cli, history, walk, &options, &part, first + after)
                          : chain_damage(cli, &err);
        delta_history_iterator_free(walk);
    }
    if (status != CLI_TROUBLE)
        unmatched_warn(part.unmatched, "in any state");
    part_free(&part);
    delta_arena_free(arena);
    delta_history_close(history);
    return status;
}
