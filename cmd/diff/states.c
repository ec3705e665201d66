#include "diff/states.h"

#include "cli/unmatched.h"
#include "diff/directory.h"
#include "diff/explain.h"
#include "diff/record_output.h"
#include "report/change_list.h"

/* The options to make the record with where one of the states is absent: a full record, or one of
 * the removal. */
static struct delta_diff_options absent_options(const struct options *options,
                                                const struct delta_diff_options *diff) {
    struct delta_diff_options own = *diff;
    if (!options_write_records(options))
        own.strategy = DELTA_AUTO;
    return own;
}

/* True when the changes have kinds of --fail-on. */
static int fails(struct cli *cli, const struct options *options, struct delta_arena *arena,
                 const struct delta_places *places, const struct delta_value *old_state,
                 const struct delta_value *new_state) {
    const struct delta_diff_options dict = {
        .strategy = DELTA_DICT, .elementwise = true, .places = places};
    struct delta_err err = {0};
    uint64_t counts[CHANGE_KINDS];
    unsigned kinds;
    if (old_state && new_state && delta_value_equal(old_state, new_state))
        return CLI_OK;
    if (!options->fail_on)
        return CLI_NO;
    const struct delta_record *record =
        delta_diff(arena, old_state, new_state, old_state ? &dict : NULL, &err);
    if (!record || change_list_count(record, old_state, counts, &err))
        return cli_error(cli, &err);
    (void)options_failing_kinds(options->fail_on, &kinds);
    for (unsigned i = 0; i < CHANGE_KINDS; i++)
        if (counts[i] && kinds >> i & 1)
            return CLI_NO;
    return CLI_OK;
}

/* Reads the states where one is absent, and is then NULL. CLI_OK, or the status to end with. */
static int read_one(struct cli *cli, struct delta_arena *arena,
                    const struct delta_value *states[2]) {
    struct delta_err err = {0};
    size_t there = tree_is_absent(cli->operands[0]);
    states[1 - there] = NULL;
    states[there] = delta_read_file(arena, cli->operands[there], &err);
    return states[there] ? CLI_OK : cli_error(cli, &err);
}

/* Reads two files, and takes from the second what counts, which the options place. 0, or -1 with
 * `err`. */
static int read_filtered(const struct cli *cli, struct delta_arena *arena, bool expanded,
                         struct delta_diff_options *diff, const struct delta_value *states[2],
                         struct delta_err *err) {
    if (delta_read_pair(arena, cli->operands[0], cli->operands[1], states, err))
        return -1;
    for (size_t i = 0; expanded && i < 2; i++)
        if (!(states[i] = delta_filter_expand(arena, diff->filter, states[i], err)))
            return -1;
    if (diff->filter)
        states[1] =
            delta_filter_place(arena, diff->filter, states[0], states[1], &diff->places, err);
    return states[1] ? 0 : -1;
}

/* Whether the states differ in what counts. */
static int compare_pair(struct cli *cli, struct delta_arena *arena, struct delta_diff_options *diff,
                        const struct delta_value *states[2]) {
    struct delta_err err = {0};
    if (options_one_is_absent(cli))
        return read_one(cli, arena, states);
    return read_filtered(cli, arena, false, diff, states, &err) ? cli_error(cli, &err) : CLI_OK;
}

/* Writes the difference of two files as `diff` says. */
static int diff_pair(struct cli *cli, const struct options *options, struct delta_arena *arena,
                     struct delta_diff_options *diff, struct report *report,
                     const struct delta_value *states[2]) {
    struct delta_err err = {0};
    const struct delta_record *record;
    if (options_one_is_absent(cli)) {
        const struct delta_diff_options own = absent_options(options, diff);
        int status = read_one(cli, arena, states);
        if (status != CLI_OK)
            return status;
        record = delta_diff(arena, states[0], states[1], &own, &err);
    } else if (diff->filter) {
        record = read_filtered(cli, arena, options_show_changes(options), diff, states, &err)
                     ? NULL
                     : delta_diff(arena, states[0], states[1], diff, &err);
    } else {
        record = delta_diff_files(arena, cli->operands[0], cli->operands[1], diff, states, &err);
    }
    if (!record)
        return cli_error(cli, &err);
    if (cli_output_open(cli, diff->packed))
        return CLI_TROUBLE;
    int status = record_output(cli, options, diff, record, states[0], report);
    if (status == CLI_OK)
        report_end(cli, report, options->report);
    return status;
}

/* Warns of patterns that select nothing in either of the two. */
static int warn_unmatched(struct cli *cli, const struct options *options,
                          const struct delta_filter *filter, struct delta_arena *arena,
                          const struct delta_value *const states[2]) {
    struct delta_err err = {0};
    struct unmatched *unmatched = unmatched_new(cli, &options->given);
    if (!unmatched)
        return CLI_TROUBLE;
    for (int i = 0; i < 2; i++)
        if (unmatched_look(unmatched, filter, arena, states[i], &err))
            return cli_error(cli, &err);
    unmatched_warn(unmatched, "in either state");
    return CLI_OK;
}

int diff_files(struct cli *cli, const struct options *options, struct delta_arena *arena,
               bool directories) {
    struct delta_diff_options diff;
    struct directory_options directory = {.diff = &diff,
                                          .filtering = &options->filtering,
                                          .how = &options->how,
                                          .files = options->files,
                                          .records = directories && options_write_records(options),
                                          .brief = options->brief,
                                          .stat = options->stat,
                                          .exit_zero = options->exit_zero,
                                          .has_width = options->width != NO_WIDTH,
                                          .width = (size_t)options->width};
    int status = options_make(cli, options, arena, &diff);
    if (status != CLI_OK)
        return status;
    (void)options_failing_kinds(options->fail_on, &directory.failing);
    if (directories && (status = directory_rules(cli, &options->filtering, &directory)) != CLI_OK)
        return status;
    struct explain explain = {0};
    directory.unmatched = unmatched_new(cli, &options->given);
    if (!directory.unmatched)
        return CLI_TROUBLE;
    if (options->explain) {
        directory.explain = &explain;
        if ((status = explain_make(cli, &options->filtering, arena, &explain)) != CLI_OK)
            return status;
    }
    status = directories ? directory_diff(cli, &directory) : directory_diff_files(cli, &directory);
    if (options->explain)
        explain_end(cli, &explain);
    unmatched_warn(directory.unmatched, directories ? "in any file" : "in either state");
    return status;
}

/* Says what the rules left out of the difference of two files. */
static int explain_states(struct cli *cli, const struct options *options,
                          struct delta_arena *arena) {
    const struct delta_value *states[2];
    struct explain explain = {0};
    struct delta_err err = {0};
    int status = explain_make(cli, &options->filtering, arena, &explain);
    if (status != CLI_OK || options_one_is_absent(cli))
        return status;
    if (delta_read_pair(arena, cli->operands[0], cli->operands[1], states, &err) ||
        explain_add(&explain, options_path_sections(cli, options), states[0], states[1],
                    explain.left_out, &err))
        return cli_error(cli, &err);
    explain_end(cli, &explain);
    return CLI_OK;
}

int diff_states(struct cli *cli, const struct options *options, struct delta_arena *arena) {
    struct delta_diff_options diff;
    struct report report;
    const struct delta_value *states[2];
    report_begin(&report);
    int status = options_make(cli, options, arena, &diff);
    if (status == CLI_OK)
        status = options->brief ? compare_pair(cli, arena, &diff, states)
                                : diff_pair(cli, options, arena, &diff, &report, states);
    if (status == CLI_OK)
        status = warn_unmatched(cli, options, diff.filter, arena, states);
    if (status == CLI_OK && options->explain)
        status = explain_states(cli, options, arena);
    if (status != CLI_OK)
        return status;
    return options->exit_zero ? CLI_OK
                              : fails(cli, options, arena, diff.places, states[0], states[1]);
}
