/* delta-chain get, delta, diff: one state of a history, or the record between two. */
#include "chain/chain.h"
#include "chain/record.h"
#include "chain/step.h"
#include "cli/unmatched.h"

enum { DEFAULT_INDENT = 2, MOST_INDENT = 16 };

/* ---- get ------------------------------------------------------------------------------------- */

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
    struct get_options options = {.indent = CHAIN_CANONICAL};
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
        status = state ? chain_write_state(cli, state, options.indent) : chain_damage(cli, &err);
    }
    delta_arena_free(arena);
    delta_history_close(history);
    return status;
}

/* ---- delta, diff ----------------------------------------------------------------------------- */

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

/* One record from the state at `first` (DELTA_NO_STATE: none) to the one at `last`. */
static int write_between(struct cli *cli, struct delta_history *history,
                         const struct record_options *options, uint32_t first, uint32_t last) {
    struct delta_err err = {0};
    struct delta_history_entry entry;
    const struct delta_value *old_state = NULL;
    const struct delta_filter *filter;
    int status = CLI_OK;
    if (first == DELTA_NO_STATE && filtering_given(&options->filtering))
        return cli_usage(cli, "filters need a state before: state 0 has none");
    if (first == DELTA_NO_STATE && record_format_is_patch(&options->how))
        return cli_usage(cli, "a patch needs a state before: state 0 has none");
    struct delta_arena *arena = delta_arena_new();
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(history, last, last, true, &err);
    if (!arena)
        status = cli_fail(cli, "out of memory");
    else if (!iterator || delta_history_iterator_next(iterator, &entry, &err) < 0 ||
             (first != DELTA_NO_STATE &&
              !(old_state = delta_history_get(history, arena, first, &err))))
        status = chain_damage(cli, &err);
    else if ((status = filtering_make(cli, &options->filtering, arena, &filter)) == CLI_OK)
        status = chain_record_write(cli, arena, options, filter,
                                    filter || (first != DELTA_NO_STATE && first >= last) ? NULL
                                                                                         : history,
                                    old_state, &entry);
    if (status == CLI_OK)
        status = warn_unmatched(cli, options, filter, arena, old_state, entry.value);
    delta_history_iterator_free(iterator);
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
    status = chain_record_check(cli, &options);
    if (status == CLI_GO)
        status = chain_revision(cli, history, cli->operands[1], &index);
    if (status == CLI_OK)
        status = write_between(cli, history, &options, index ? index - 1 : DELTA_NO_STATE, index);
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
    if ((status = chain_record_check(cli, &options)) != CLI_GO) {
        /* reported */
    } else if (cli->operand_count == 2) {
        status = chain_range(cli, history, &first, &last, &kind, &empty);
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
