/* delta-diff: the difference of two states, as a record. */
#include "cli/cli.h"
#include "cli/filter_options.h"
#include "cli/record_format.h"
#include "cli/record_options.h"
#include "diff/directory.h"
#include "diff/explain.h"
#include "diff/git_diff.h"
#include "diff/unmatched.h"
#include "report/file_report.h"
#include "report/report.h"

#include <string.h>

struct options {
    enum delta_strategy strategy;
    struct record_format how;
    bool include_unchanged, reversible, shallow;
    struct cli_pairs metadata;
    struct cli_time timestamp;
    struct filtering filtering;
    struct filtering given; /* of the command line alone */
    bool test, brief, stat, exit_zero, explain;
    uint64_t width; /* NO_WIDTH when it was not given */
    bool git, canonical, digest, ndjson;
    enum report_form report;
    struct tree_filter files;
    const char *fail_on;
};

#define NO_WIDTH UINT64_MAX

static const struct cli_word reports[] = {
    {"text", REPORT_TEXT},
    {"json", REPORT_JSON},
    {NULL, 0},
};

static const struct cli_option options_table[] = {
    {CLI_GROUP, .help = "The record"},
    {CLI_CHOICE, 's', "strategy", "HOW", "how the record represents the new state",
     CLI_AT(struct options, strategy), .words = cli_strategies},
    RECORDFORMAT_OPTIONS(struct options, how, record_format_reports, "output format"),
    {CLI_FLAG, 'u', "include-unchanged", NULL, "include the unchanged top-level members",
     CLI_AT(struct options, include_unchanged)},
    {CLI_FLAG, 'r', "reversible", NULL, "include a reverse patch",
     CLI_AT(struct options, reversible)},
    {CLI_FLAG, 0, "shallow", NULL, "compare only whole top-level members",
     CLI_AT(struct options, shallow)},
    {CLI_METADATA, 'm', "metadata", "KEY=VALUE", "add to the record's metadata",
     CLI_AT(struct options, metadata)},
    {CLI_TIME, 't', "timestamp", "TIME", "timestamp of the record: seconds since 1970, or ISO 8601",
     CLI_AT(struct options, timestamp)},
    {CLI_FLAG, 0, "test", NULL, "json-patch: a test before each replace and remove",
     CLI_AT(struct options, test)},
    FILTERING_OPTIONS(struct options, filtering),
    {CLI_GROUP, .help = "Output"},
    {CLI_FLAG, 'q', "brief", NULL, "no output, only the exit status",
     CLI_AT(struct options, brief)},
    {CLI_FLAG, 0, "stat", NULL, "summary with a bar for each top-level path",
     CLI_AT(struct options, stat)},
    {CLI_NUMBER, 0, "width", "N", "text: cut lines to N columns, 0 for no limit",
     CLI_AT(struct options, width), .most = 1000000},
    {CLI_FLAG, 0, "exit-zero", NULL, "exit with 0 even if the states differ",
     CLI_AT(struct options, exit_zero)},
    {CLI_TEXT, 0, "fail-on", "KINDS",
     "exit with 1 only for these kinds of changes (comma-separated): add, remove, change, move",
     CLI_AT(struct options, fail_on)},
    {CLI_FLAG, 0, "explain", NULL, "report on standard error what each rule left out",
     CLI_AT(struct options, explain)},
    {CLI_CHOICE, 0, "report", "FORM", "summary of sizes and times on standard error, as",
     CLI_AT(struct options, report), .words = reports, .optional = true, .absent = REPORT_TEXT},
    {CLI_GROUP, .help = "Directories"},
    {CLI_LIST, 0, "include", "GLOB", "compare files that match (*.json)",
     CLI_AT(struct options, files.include)},
    {CLI_LIST, 0, "exclude", "GLOB", "skip files and directories that match",
     CLI_AT(struct options, files.exclude)},
    {CLI_GROUP, .help = "Single states and streams"},
    {CLI_FLAG, 0, "canonical", NULL, "write the canonical form of a state",
     CLI_AT(struct options, canonical)},
    {CLI_FLAG, 0, "digest", NULL, "write the digest of each state", CLI_AT(struct options, digest)},
    {CLI_FLAG, 0, "ndjson", NULL,
     "read one state a line, write one record a line, the first a full one",
     CLI_AT(struct options, ndjson)},
    {CLI_FLAG, 0, "git", NULL, "run by git as an external diff: text output, status 0",
     CLI_AT(struct options, git)},
    {0},
};

static const struct cli_habit habits[] = {
    {"text", "use '--format=text'"},
    {"json", "use '--format=json'"},
    {"unified", "use '--format=text'"},
    {"side-by-side", "use '--format=text'"},
    {"recursive", "two directories are compared without an option"},
    {"quiet", "use '--brief'"},
    {NULL, NULL},
};

static const struct cli_command command = {
    .name = "delta-diff",
    .usage = "[OPTION]... OLD NEW\n[OPTION]... OLD-DIRECTORY NEW-DIRECTORY\n--ndjson [OPTION]... "
             "[FILE]\n--canonical STATE\n--digest STATE...",
    .summary = "Compares two JSON states by structure.",
    .options = options_table,
    .habits = habits,
    .notes = "Status: 0 if the states are the same, 1 if they differ, 2 for errors.",
};

/* ---- One state ---- */

/* Reads a state, masked. NULL on failure. */
static const struct delta_value *read_masked(struct delta_arena *arena, const char *path,
                                             const struct delta_filter *filter,
                                             struct delta_err *err) {
    const struct delta_value *state = delta_read_file(arena, path, err);
    return state && filter ? delta_filter_mask(arena, filter, state, err) : state;
}

static int write_canonical(struct cli *cli, struct delta_arena *arena,
                           const struct delta_filter *filter) {
    struct delta_err err = {0};
    struct delta_buf text = {0};
    int status = CLI_TROUBLE;
    const struct delta_value *state = read_masked(arena, cli->operands[0], filter, &err);
    if (!state || delta_write(state, DELTA_CANONICAL, 0, &text, &err))
        status = cli_error(cli, &err);
    else if (cli_write_buf(cli, &text) == 0 && cli_write(cli, "\n", 1) == 0)
        status = CLI_OK;
    delta_buf_free(&text);
    return status;
}

/* A line like sha256sum's, so that the lines of many states can be told apart. */
static int write_digests(struct cli *cli, const struct delta_filter *filter) {
    for (size_t i = 0; i < cli->operand_count; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        const struct delta_value *state =
            arena ? read_masked(arena, cli->operands[i], filter, &err) : NULL;
        int status = CLI_OK;
        if (!state)
            status = arena ? cli_error(cli, &err) : cli_fail(cli, "out of memory");
        else {
            char digest[DELTA_DIGEST_TEXT];
            delta_digest_format(delta_value_digest(state), digest);
            if (cli_printf(cli, "%s  ", digest) ||
                cli_write_visible(cli, cli->operands[i], strlen(cli->operands[i])) ||
                cli_write_text(cli, "\n"))
                status = CLI_TROUBLE;
        }
        delta_arena_free(arena);
        if (status != CLI_OK)
            return status;
    }
    return CLI_OK;
}

/* ---- Two states ---- */

/* Options that only records have: the name of one that was given, or NULL. */
static const char *record_option(const struct options *options) {
    return options->strategy != DELTA_AUTO ? "--strategy"
           : options->how.level            ? "--compress"
           : options->how.standalone       ? "--standalone"
           : options->reversible           ? "--reversible"
           : options->include_unchanged    ? "--include-unchanged"
           : options->metadata.count       ? "--metadata"
           : options->timestamp.given      ? "--timestamp"
           : options->shallow              ? "--shallow"
                                           : NULL;
}

/* Options that need two states. */
static const char *comparing_option(const struct options *options) {
    const struct filtering *filtering = &options->filtering;
    return filtering->rules.count               ? "--rules"
           : filtering->ignore.count            ? "--ignore"
           : filtering->only.count              ? "--only"
           : filtering->array_keys.count        ? "--array-key"
           : filtering->unordered.count         ? "--unordered"
           : filtering->numeric                 ? "--numeric"
           : filtering->embedded.count          ? "--embedded"
           : filtering->keys_only               ? "--keys-only"
           : filtering->tolerances.count        ? "--tolerance"
           : options->how.format != FORMAT_JSON ? "--format"
           : options->brief                     ? "--brief"
           : options->stat                      ? "--stat"
           : options->width != NO_WIDTH         ? "--width"
           : options->exit_zero                 ? "--exit-zero"
           : options->test                      ? "--test"
           : options->report                    ? "--report"
                                                : NULL;
}

/* Chooses the format where -f was not given: text for a person at a terminal, else a record. */
static void choose_format(struct cli *cli, struct options *options) {
    if (options->how.format != FORMAT_UNSET)
        return;
    if (cli_is_terminal(cli) && !options->brief && !options->git &&
        (options->reversible || options->include_unchanged))
        cli_warn(cli, "-%s makes a record; for text, leave it out",
                 options->reversible ? "r" : "u");
    bool one = options->canonical || options->digest || options->ndjson || options->git;
    bool text = options->width != NO_WIDTH || (cli_is_terminal(cli) && !record_option(options));
    options->how.format =
        text && !one && !options->brief && !options->test ? FORMAT_TEXT : FORMAT_JSON;
}

/* Whether what is written is a record, rather than its patch in another spelling. */
static bool writes_records(const struct options *options) {
    return !options->stat &&
           (options->how.format == FORMAT_JSON || options->how.format == FORMAT_PACKED ||
            options->how.format == FORMAT_BSDIFF);
}

/* The sections of the rules that are for a file named so: NEW, or OLD where that is absent. */
static uint64_t path_sections(const struct cli *cli, const struct options *options) {
    bool absent = tree_is_absent(cli->operands[1]);
    if (tree_is_directory(cli->operands[1]))
        return 0;
    return rules_sections(&options->filtering.read, cli->operands[absent ? 0 : 1]);
}

static int make_options(struct cli *cli, const struct options *options, struct delta_arena *arena,
                        struct delta_diff_options *diff) {
    bool record = writes_records(options);
    *diff = (struct delta_diff_options){
        .strategy = options->how.format == FORMAT_BSDIFF ? DELTA_BINARY
                    : record                             ? options->strategy
                                                         : DELTA_DICT,
        .packed = record && (options->how.format == FORMAT_PACKED || options->how.level),
        .elementwise = !record,
        .level = (int)options->how.level,
        .standalone = options->how.standalone,
        .reversible = options->reversible,
        .include_unchanged = options->include_unchanged,
        .shallow = options->shallow,
        .has_timestamp = true,
    };
    uint64_t sections = options->ndjson ? 0 : path_sections(cli, options);
    int status = filtering_make_sections(cli, &options->filtering, sections, arena, &diff->filter);
    if (status == CLI_OK)
        status = record_options_time(cli, &options->timestamp, &diff->timestamp);
    if (status == CLI_OK)
        status = record_options_metadata(cli, &options->metadata, arena, &diff->metadata);
    return status;
}

static int write_record(struct cli *cli, const struct delta_record *record,
                        const struct delta_value *old_state,
                        const struct delta_diff_options *diff) {
    struct delta_record_format format = {
        .packed = diff->packed, .level = diff->level, .standalone = diff->standalone};
    struct delta_buf bytes = {0};
    struct delta_err err = {0};
    int status = CLI_TROUBLE;
    if (delta_record_write(record, old_state, &format, &bytes, &err))
        status = cli_error(cli, &err);
    else if (cli_write_buf(cli, &bytes) == 0)
        status = CLI_OK;
    delta_buf_free(&bytes);
    return status;
}

/* The record for people: on a terminal through the pager, its values cut to the width. */
static int write_text(struct cli *cli, bool stat, uint64_t width, const struct delta_record *record,
                      const struct delta_value *old_state, const struct delta_diff_options *diff) {
    const struct delta_text_options text = {.width = width != NO_WIDTH      ? (size_t)width
                                                     : cli_is_terminal(cli) ? cli_columns(cli)
                                                                            : 0,
                                            .color = cli_color(cli),
                                            .filter = diff->filter};
    struct delta_buf buf = {0};
    struct delta_err err = {0};
    int status = CLI_TROUBLE;
    if (stat ? delta_stat_write(record, old_state, &text, &buf, &err)
             : delta_text_write(record, old_state, &text, &buf, &err))
        status = cli_error(cli, &err);
    else if (cli_page(cli, &buf) == 0)
        status = CLI_OK;
    delta_buf_free(&buf);
    return status;
}

/* A JSON Patch or a merge patch, and a newline. */
static int write_foreign(struct cli *cli, const struct options *options,
                         const struct delta_record *record, const struct delta_value *old_state) {
    struct delta_buf buf = {0};
    struct delta_err err = {0};
    int status = CLI_TROUBLE;
    if (options->how.format == FORMAT_JSON_PATCH
            ? delta_json_patch_write(record, old_state, options->test, &buf, &err)
            : delta_merge_patch_write(record, old_state, &buf, &err))
        status = cli_error(cli, &err);
    else if (cli_write_buf(cli, &buf) == 0 && cli_write(cli, "\n", 1) == 0)
        status = CLI_OK;
    delta_buf_free(&buf);
    return status;
}

/* Writes the record that leads away from the old state. */
static int put_record(struct cli *cli, const struct options *options,
                      const struct delta_diff_options *diff, const struct delta_record *record,
                      const struct delta_value *old_state, struct report *report) {
    report_add(report, record);
    if (options->stat || options->how.format == FORMAT_TEXT)
        return write_text(cli, options->stat, options->width, record, old_state, diff);
    if (!writes_records(options))
        return write_foreign(cli, options, record, old_state);
    if (options->how.format == FORMAT_BSDIFF)
        return record_format_put_bsdiff(cli, record) < 0 ? CLI_TROUBLE : CLI_OK;
    return write_record(cli, record, old_state, diff);
}

/* The kinds of --fail-on, as bits; all when it was not given. False: it names another word. */
static bool failing_kinds(const char *words, unsigned *kinds) {
    *kinds = words ? 0 : (1u << CHANGE_KINDS) - 1;
    while (words) {
        size_t length = strcspn(words, ",");
        unsigned kind = 0;
        while (kind < CHANGE_KINDS && (strlen(delta_change_name(kind)) != length ||
                                       strncmp(words, delta_change_name(kind), length) != 0))
            kind++;
        if (kind == CHANGE_KINDS)
            return false;
        *kinds |= 1u << kind;
        words = words[length] ? words + length + 1 : NULL;
    }
    return true;
}

/* The options to make the record with where one of the states is absent: a full record, or one of
 * the removal. */
static struct delta_diff_options absent_options(const struct options *options,
                                                const struct delta_diff_options *diff) {
    struct delta_diff_options own = *diff;
    if (!writes_records(options))
        own.strategy = DELTA_AUTO;
    return own;
}

/* True when the changes have kinds of --fail-on. */
static int fails(struct cli *cli, const struct options *options, struct delta_arena *arena,
                 const struct delta_value *old_state, const struct delta_value *new_state) {
    const struct delta_diff_options dict = {.strategy = DELTA_DICT, .elementwise = true};
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
    (void)failing_kinds(options->fail_on, &kinds);
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

static bool one_is_absent(const struct cli *cli) {
    return tree_is_absent(cli->operands[0]) || tree_is_absent(cli->operands[1]);
}

/* Whether the states differ in what counts. */
static int compare_pair(struct cli *cli, struct delta_arena *arena,
                        const struct delta_diff_options *diff,
                        const struct delta_value *states[2]) {
    struct delta_err err = {0};
    if (one_is_absent(cli))
        return read_one(cli, arena, states);
    if (delta_read_pair(arena, cli->operands[0], cli->operands[1], states, &err))
        return cli_error(cli, &err);
    if (diff->filter)
        states[1] = delta_filter_apply(arena, diff->filter, states[0], states[1], &err);
    return states[1] ? CLI_OK : cli_error(cli, &err);
}

/* True for what shows changes, where those within embedded JSON are told one by one. */
static bool shows_changes(const struct options *options) {
    return options->stat || options->how.format == FORMAT_TEXT ||
           options->how.format == FORMAT_CHANGES;
}

/* The record between two files whose embedded JSON is shown. */
static const struct delta_record *diff_shown(const struct cli *cli, struct delta_arena *arena,
                                             const struct delta_diff_options *diff,
                                             const struct delta_value *states[2],
                                             struct delta_err *err) {
    if (delta_read_pair(arena, cli->operands[0], cli->operands[1], states, err))
        return NULL;
    for (size_t i = 0; i < 2; i++)
        if (!(states[i] = delta_filter_expand(arena, diff->filter, states[i], err)))
            return NULL;
    states[1] = delta_filter_apply(arena, diff->filter, states[0], states[1], err);
    return states[1] ? delta_diff(arena, states[0], states[1], diff, err) : NULL;
}

/* Writes the difference of two files as `diff` says. */
static int diff_pair(struct cli *cli, const struct options *options, struct delta_arena *arena,
                     const struct delta_diff_options *diff, struct report *report,
                     const struct delta_value *states[2]) {
    struct delta_err err = {0};
    const struct delta_record *record;
    if (one_is_absent(cli)) {
        const struct delta_diff_options own = absent_options(options, diff);
        int status = read_one(cli, arena, states);
        if (status != CLI_OK)
            return status;
        record = delta_diff(arena, states[0], states[1], &own, &err);
    } else if (shows_changes(options) && diff->filter) {
        record = diff_shown(cli, arena, diff, states, &err);
    } else {
        record = delta_diff_files(arena, cli->operands[0], cli->operands[1], diff, states, &err);
    }
    if (!record)
        return cli_error(cli, &err);
    if (cli_output_open(cli, diff->packed))
        return CLI_TROUBLE;
    int status = put_record(cli, options, diff, record, states[0], report);
    if (status == CLI_OK)
        report_end(cli, report, options->report);
    return status;
}

/* Two directories, or two files as one of the formats that are made for many. */
static int diff_files(struct cli *cli, const struct options *options, struct delta_arena *arena,
                      bool directories) {
    struct delta_diff_options diff;
    struct directory_options directory = {.diff = &diff,
                                          .filtering = &options->filtering,
                                          .how = &options->how,
                                          .files = options->files,
                                          .records = directories && writes_records(options),
                                          .brief = options->brief,
                                          .stat = options->stat,
                                          .exit_zero = options->exit_zero,
                                          .has_width = options->width != NO_WIDTH,
                                          .width = (size_t)options->width};
    int status = make_options(cli, options, arena, &diff);
    if (status != CLI_OK)
        return status;
    (void)failing_kinds(options->fail_on, &directory.failing);
    if (directories && (status = directory_rules(cli, &options->filtering, &directory)) != CLI_OK)
        return status;
    struct explain explain = {0};
    if (options->explain) {
        directory.explain = &explain;
        if ((status = explain_make(cli, &options->filtering, arena, &explain)) != CLI_OK)
            return status;
    }
    status = directories ? directory_diff(cli, &directory) : directory_diff_files(cli, &directory);
    if (options->explain)
        explain_end(cli, &explain);
    return status;
}

/* Says what the rules left out of the difference of two files. */
static int explain_states(struct cli *cli, const struct options *options,
                          struct delta_arena *arena) {
    const struct delta_value *states[2];
    struct explain explain = {0};
    struct delta_err err = {0};
    int status = explain_make(cli, &options->filtering, arena, &explain);
    if (status != CLI_OK || one_is_absent(cli))
        return status;
    if (delta_read_pair(arena, cli->operands[0], cli->operands[1], states, &err) ||
        explain_add(&explain, path_sections(cli, options), states[0], states[1], explain.left_out,
                    &err))
        return cli_error(cli, &err);
    explain_end(cli, &explain);
    return CLI_OK;
}

static int diff_states(struct cli *cli, const struct options *options, struct delta_arena *arena) {
    struct delta_diff_options diff;
    struct report report;
    const struct delta_value *states[2];
    report_begin(&report);
    int status = make_options(cli, options, arena, &diff);
    if (status == CLI_OK)
        status = options->brief ? compare_pair(cli, arena, &diff, states)
                                : diff_pair(cli, options, arena, &diff, &report, states);
    if (status == CLI_OK)
        status = unmatched_warn(cli, &options->given, diff.filter, arena, states);
    if (status == CLI_OK && options->explain)
        status = explain_states(cli, options, arena);
    if (status != CLI_OK)
        return status;
    return options->exit_zero ? CLI_OK : fails(cli, options, arena, states[0], states[1]);
}

/* ---- A stream of states ---- */

/* A line of the stream, and its state. The text is kept for the places of changes only. */
struct stream_line {
    struct delta_arena *arena;
    const struct delta_value *state; /* NULL: there is no line before the first */
    struct delta_buf text;
    uint64_t number;
};

/* What counts of a line's state: `state` itself, or a copy in an arena of its own, which takes the
 * place of `*arena`, for it shares with the state before, whose arena is going to be freed. */
static const struct delta_value *filter_line(struct delta_arena **arena,
                                             const struct delta_filter *filter,
                                             const struct delta_value *before,
                                             const struct delta_value *state,
                                             struct delta_err *err) {
    const struct delta_value *counted = delta_filter_apply(*arena, filter, before, state, err);
    if (!counted || counted == state)
        return counted;
    struct delta_arena *own = delta_arena_new();
    const struct delta_value *copy = own ? delta_value_copy(own, counted, err) : NULL;
    if (!copy) {
        delta_arena_free(own);
        return NULL;
    }
    delta_arena_free(*arena);
    *arena = own;
    return copy;
}

/* Writes the changes from the line before to this one, at their places in the lines. */
static int put_changes(struct cli *cli, const struct delta_diff_options *diff,
                       const struct delta_record *record, const struct stream_line *before,
                       const struct stream_line *line) {
    const struct change_state states[2] = {{before->state, before->text.data, before->text.length},
                                           {line->state, line->text.data, line->text.length}};
    struct delta_arena *arena = delta_arena_new();
    struct change_list list = {0};
    struct delta_buf out = {0};
    struct delta_err err = {0};
    const struct change_origin origin = {0};
    if (!arena)
        return cli_fail(cli, "out of memory");
    change_list_make(arena, record, &states[0], &states[1], diff->filter, &list, &err);
    for (size_t i = 0; i < list.count && err.code == DELTA_OK; i++) {
        struct change_row *row = &list.rows[i];
        if (row->line)
            row->line = row->kind == DELTA_CHANGE_REMOVE ? before->number : line->number;
        change_row_write(arena, row, &origin, &out, &err);
    }
    int status = err.code != DELTA_OK                     ? cli_error(cli, &err)
                 : out.failed                             ? cli_fail(cli, "out of memory")
                 : out.length && cli_write_buf(cli, &out) ? CLI_TROUBLE
                                                          : CLI_OK;
    change_list_free(&list);
    delta_buf_free(&out);
    delta_arena_free(arena);
    return status;
}

/* One line: its state, and the record that leads to it from the state before. `*before` becomes
 * this line. */
static int diff_line(struct cli *cli, const struct options *options,
                     const struct delta_diff_options *diff, const struct cli_lines *lines,
                     const char *text, size_t length, struct stream_line *before,
                     struct report *report) {
    struct delta_err err = {0};
    struct stream_line line = {.number = lines->number};
    struct delta_arena *arena = delta_arena_new();
    struct delta_arena *scratch = delta_arena_new();
    int status = CLI_OK;
    const struct delta_value *next = NULL;
    if (!arena || !scratch)
        status = cli_fail(cli, "out of memory");
    else if (!(next = delta_read_for(arena, DELTA_USE_COMPARE | DELTA_USE_DIGEST, text, length,
                                     lines->name, &err))) {
        cli_lines_place(lines, &err);
        status = cli_error(cli, &err);
    } else if (diff->filter && shows_changes(options) &&
               !(next = delta_filter_expand(arena, diff->filter, next, &err))) {
        status = cli_error(cli, &err);
    } else if (diff->filter && before->state &&
               !(next = filter_line(&arena, diff->filter, before->state, next, &err))) {
        status = cli_error(cli, &err);
    } else {
        struct delta_diff_options own = *diff;
        if (!before->state && own.strategy != DELTA_COMPRESS && own.strategy != DELTA_NONE)
            own.strategy = DELTA_AUTO; /* a full one, whatever the others are */
        const struct delta_record *record = delta_diff(scratch, before->state, next, &own, &err);
        line.state = next;
        if (!record) {
            status = cli_error(cli, &err);
        } else if (options->how.format == FORMAT_CHANGES) {
            delta_buf_put(&line.text, text, length);
            status = put_changes(cli, diff, record, before, &line);
        } else {
            status = put_record(cli, options, &own, record, before->state, report);
        }
    }
    delta_arena_free(scratch);
    line.arena = arena;
    struct stream_line *useless = status == CLI_OK ? before : &line;
    delta_arena_free(useless->arena);
    delta_buf_free(&useless->text);
    if (status == CLI_OK)
        *before = line;
    return status;
}

static int diff_stream(struct cli *cli, const struct options *options, struct delta_arena *arena) {
    struct delta_diff_options diff;
    struct report report;
    struct cli_lines lines;
    struct stream_line before = {0};
    const char *text;
    size_t length;
    int got, status = make_options(cli, options, arena, &diff);
    if (status != CLI_OK || (status = cli_lines_open(cli, &lines, cli->operands[0], 0)) != CLI_OK)
        return status;
    report_begin(&report);
    cli_output_keep(cli);
    if (cli_output_open(cli, diff.packed))
        status = CLI_TROUBLE;
    while (status == CLI_OK && (got = cli_lines_next(cli, &lines, &text, &length)) != 0)
        status = got < 0 ? CLI_TROUBLE
                         : diff_line(cli, options, &diff, &lines, text, length, &before, &report);
    if (status == CLI_OK)
        report_end(cli, &report, options->report);
    delta_arena_free(before.arena);
    delta_buf_free(&before.text);
    cli_lines_close(&lines);
    return status;
}

/* CLI_GO, or the status to end with. */
static int check_usage(struct cli *cli, const struct options *options) {
    bool other = !writes_records(options);
    if (options->canonical + options->digest + options->ndjson + options->git > 1)
        return cli_usage(cli, "--canonical, --digest, --ndjson and --git do not go together");
    bool changes = options->ndjson && options->how.format == FORMAT_CHANGES;
    if ((options->ndjson || options->git) && file_reports_has(options->how.format) && !changes)
        return cli_usage(cli, "this --format needs two files or directories");
    if (options->ndjson && ((other && !changes) || options->stat ||
                            options->how.format == FORMAT_BSDIFF || options->brief))
        return cli_usage(cli, "--ndjson writes records or changes: no %s",
                         options->brief  ? "--brief"
                         : options->stat ? "--stat"
                                         : "other --format than json, packed and changes");
    if (other && (options->how.level || options->how.standalone || options->reversible ||
                  options->include_unchanged || options->metadata.count))
        return cli_usage(cli, "-z, -r, -u, -m and --standalone have no effect with %s",
                         options->stat ? "--stat" : "this --format");
    unsigned kinds;
    if (!failing_kinds(options->fail_on, &kinds))
        return cli_usage(
            cli, "--fail-on is a comma-separated list of add, remove, change and move, not '%s'",
            options->fail_on);
    if (options->fail_on && (options->exit_zero || options->canonical || options->digest ||
                             options->ndjson || options->git))
        return cli_usage(cli, "--fail-on has no effect with --exit-zero, --canonical, --digest, "
                              "--ndjson and --git");
    const char *useless = options->canonical || options->digest ? comparing_option(options) : NULL;
    if (!useless && (options->canonical || options->digest || options->git || options->brief))
        useless = record_option(options);
    if (useless)
        return cli_usage(cli, "%s has no effect with %s", useless,
                         options->canonical ? "--canonical"
                         : options->digest  ? "--digest"
                         : options->git     ? "--git"
                                            : "--brief");
    if (options->explain &&
        (options->canonical || options->digest || options->ndjson || options->git))
        return cli_usage(cli, "--explain needs two files or directories");
    if (options->explain && !filtering_given(&options->filtering))
        return cli_usage(
            cli, "--explain reports what --ignore, --rules and the like leave out; none is given");
    if (options->width != NO_WIDTH && options->how.format != FORMAT_TEXT)
        return cli_usage(cli, "--width has no effect without --format=text or --stat");
    if ((options->files.include.count || options->files.exclude.count) &&
        (options->canonical || options->digest || options->ndjson || options->git))
        return cli_usage(cli, "--include and --exclude need two directories");
    if (options->test && options->how.format != FORMAT_JSON_PATCH)
        return cli_usage(cli, "--test needs --format=json-patch");
    if (options->filtering.mask.count &&
        (options->how.format == FORMAT_JSON_PATCH || options->how.format == FORMAT_MERGE_PATCH))
        return cli_usage(
            cli, "--mask has no effect on this --format: a patch would set the masked values");
    return CLI_GO;
}

/* Two operands: either both are directories, or none is. */
static int check_directories(struct cli *cli, const struct options *options, bool directories) {
    for (size_t i = 0; i < 2 && !directories; i++)
        if (tree_is_directory(cli->operands[i]))
            return cli_usage(cli, "'%s' is a directory and '%s' is not", cli->operands[i],
                             cli->operands[1 - i]);
    if (!directories && (options->files.include.count || options->files.exclude.count))
        return cli_usage(cli, "--include and --exclude need two directories");
    bool patch = options->how.format == FORMAT_JSON_PATCH ||
                 options->how.format == FORMAT_MERGE_PATCH || options->how.format == FORMAT_BSDIFF;
    if (!directories && tree_is_absent(cli->operands[0]) && tree_is_absent(cli->operands[1]))
        return cli_usage(cli, "OLD and NEW are both /dev/null");
    if (!directories && patch && one_is_absent(cli))
        return cli_usage(cli, "/dev/null is an absent state: no patch of this format leads from or "
                              "to it");
    if (!directories)
        return CLI_GO;
    if (patch)
        return cli_usage(cli, "this --format is for two files, not for directories");
    if (options->report || options->test)
        return cli_usage(cli, "--report and --test have no effect on directories");
    if (options->width != NO_WIDTH && options->stat)
        return cli_usage(cli, "--width has no effect with --stat of directories");
    return CLI_GO;
}

static int run_git(struct cli *cli, const struct options *options, struct delta_arena *arena) {
    const struct delta_filter *filter;
    uint64_t sections = rules_sections(&options->filtering.read, cli->operands[0]);
    int status = filtering_make_sections(cli, &options->filtering, sections, arena, &filter);
    return status == CLI_OK ? git_diff(cli, filter) : status;
}

static int run(struct cli *cli, const struct options *options) {
    int status = check_usage(cli, options);
    if (status == CLI_GO)
        status = options->digest      ? cli_operands(cli, 1, SIZE_MAX, "STATE")
                 : options->canonical ? cli_operands(cli, 1, 1, "STATE")
                 : options->ndjson    ? cli_operands(cli, 0, 1, "FILE")
                 : options->git       ? cli_operands(cli, 1, 9, "PATH OLD-FILE")
                                      : cli_operands(cli, 2, 2, "OLD NEW");
    if (status != CLI_GO || (!options->git && (status = cli_stdin_once(cli)) != CLI_GO))
        return status;
    bool two = !options->canonical && !options->digest && !options->ndjson && !options->git;
    bool directories =
        two && tree_is_directory(cli->operands[0]) && tree_is_directory(cli->operands[1]);
    if (two && (status = check_directories(cli, options, directories)) != CLI_GO)
        return status;
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(cli, "out of memory");
    const struct delta_filter *filter = NULL;
    if (options->canonical || options->digest)
        status = filtering_make(cli, &options->filtering, arena, &filter);
    if (options->canonical || options->digest) {
        if (status == CLI_OK)
            status = options->canonical ? write_canonical(cli, arena, filter)
                                        : write_digests(cli, filter);
        delta_arena_free(arena);
        return status;
    }
    status = options->ndjson ? diff_stream(cli, options, arena)
             : options->git  ? run_git(cli, options, arena)
             : directories || file_reports_has(options->how.format)
                 ? diff_files(cli, options, arena, directories)
                 : diff_states(cli, options, arena);
    delta_arena_free(arena);
    return status;
}

/* What the environment says counts only where people or reports read the result. */
static int read_rules(struct cli *cli, struct options *options) {
    bool states = options->canonical || options->digest || options->ndjson || options->brief;
    bool people = options->git || options->stat || options->how.format == FORMAT_TEXT ||
                  file_reports_has(options->how.format);
    int status = CLI_OK;
    options->given = options->filtering;
    if (people && !states)
        status = filtering_environment(cli, &options->filtering);
    return status == CLI_OK ? filtering_read(cli, &options->filtering) : status;
}

int main(int argc, char **argv) {
    struct options options = {
        .strategy = DELTA_AUTO, .how.format = FORMAT_UNSET, .width = NO_WIDTH};
    struct cli cli;
    cli_begin(&cli, &command);
    int status = cli_parse(&cli, argc, argv, &options);
    if (status == CLI_GO) {
        choose_format(&cli, &options);
        status = read_rules(&cli, &options);
        if (status == CLI_OK)
            status = run(&cli, &options);
    }
    return cli_finish(&cli, status);
}
