/* delta-diff: the difference of two states, as a record. */
#include "diff/git_diff.h"
#include "diff/options.h"
#include "diff/single.h"
#include "diff/states.h"
#include "diff/stream.h"
#include "report/file_reports.h"

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
    {CLI_TIME, 't', "timestamp", "TIME", "its timestamp: seconds since 1970, or ISO 8601",
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
    {CLI_TEXT, 0, "fail-on", "KINDS", "exit with 1 only for: add, remove, change, move",
     CLI_AT(struct options, fail_on)},
    {CLI_FLAG, 0, "explain", NULL, "report on standard error what each rule left out",
     CLI_AT(struct options, explain)},
    {CLI_CHOICE, 0, "report", "FORM", "sizes and times on standard error",
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
    {CLI_FLAG, 0, "git", NULL, "run by git as an external diff", CLI_AT(struct options, git)},
    {CLI_FLAG, 0, "ndjson", NULL, "read states and write records, one a line",
     CLI_AT(struct options, ndjson)},
    KEYED_OPTIONS(struct options, keyed),
    {CLI_FLAG, 0, "keyed", NULL, "the same, for lines that begin with a key and a tab",
     CLI_AT(struct options, keyed.keyed)},
    {CLI_BYTES, 0, "cache", "BYTES", "memory for the states of many things (64M)",
     CLI_AT(struct options, cache)},
    {CLI_TEXT, 0, "state-from", "POINTER", "where a line has the state (all of it)",
     CLI_AT(struct options, feed.state_from)},
    {CLI_TEXT, 0, "time-from", "POINTER", "where a line has the record's time",
     CLI_AT(struct options, feed.time_from)},
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
             "[FILE]\n--by=POINTER [OPTION]... OLD NEW\n--canonical STATE | --digest STATE...",
    .summary = "Compares two JSON states by structure.",
    .options = options_table,
    .habits = habits,
    .notes = "Status: 0 if the states are the same, 1 if they differ, 2 for errors.",
};

static int run_git(struct cli *cli, const struct options *options, struct delta_arena *arena) {
    const struct delta_filter *filter;
    uint64_t sections = rules_sections(&options->filtering.read, cli->operands[0]);
    int status = filtering_make_sections(cli, &options->filtering, sections, arena, &filter);
    return status == CLI_OK ? git_diff(cli, filter) : status;
}

static int run_single(struct cli *cli, const struct options *options, struct delta_arena *arena) {
    const struct delta_filter *filter;
    struct unmatched *unmatched = unmatched_new(cli, &options->given);
    int status = unmatched ? filtering_make(cli, &options->filtering, arena, &filter) : CLI_TROUBLE;
    if (status == CLI_OK)
        status = options->ndjson      ? write_stream(cli, options, filter, unmatched)
                 : options->canonical ? write_canonical(cli, arena, filter, unmatched)
                                      : write_digests(cli, filter, unmatched);
    if (status == CLI_OK)
        unmatched_warn(unmatched, cli->operand_count == 1 ? "in the state" : "in any state");
    return status;
}

static int run(struct cli *cli, const struct options *options) {
    int status = options_check(cli, options);
    if (status == CLI_GO)
        status = options->ndjson      ? cli_operands(cli, 0, 1, "FILE")
                 : options->digest    ? cli_operands(cli, 1, SIZE_MAX, "STATE")
                 : options->canonical ? cli_operands(cli, 1, 1, "STATE")
                 : options->git       ? cli_operands(cli, 1, 9, "PATH OLD-FILE")
                                      : cli_operands(cli, 2, 2, "OLD NEW");
    if (status != CLI_GO || (!options->git && (status = cli_stdin_once(cli)) != CLI_GO))
        return status;
    bool two = !options->canonical && !options->digest && !options->ndjson && !options->git;
    bool files = options_keyed_files(options);
    bool is_directory[2] = {false, false};
    for (size_t i = 0; i < 2 && two && !files; i++)
        is_directory[i] = tree_is_directory(cli->operands[i]);
    if (two && !files && (status = options_check_directories(cli, options, is_directory)) != CLI_GO)
        return status;
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(cli, "out of memory");
    if (options->canonical || options->digest) {
        status = run_single(cli, options, arena);
        delta_arena_free(arena);
        return status;
    }
    status = options->ndjson ? diff_stream(cli, options, arena)
             : options->git  ? run_git(cli, options, arena)
             : files         ? diff_keyed_files(cli, options, arena)
             : is_directory[0] || file_reports_has(options->how.format)
                 ? diff_files(cli, options, arena, is_directory[0])
                 : diff_states(cli, options, arena);
    delta_arena_free(arena);
    return status;
}

/* What the environment says counts only where people or reports read the result. */
static int read_rules(struct cli *cli, struct options *options) {
    bool records = options->ndjson && options->how.format != FORMAT_TEXT;
    bool states = options->canonical || options->digest || records || options->brief;
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
        .strategy = DELTA_AUTO, .how.format = FORMAT_UNSET, .width = NO_WIDTH, .cache = NO_CACHE};
    struct cli cli;
    cli_begin(&cli, &command);
    int status = cli_parse(&cli, argc, argv, &options);
    if (status == CLI_GO) {
        options.ndjson |= options.keyed.keyed; /* which is one of its forms */
        options_choose_format(&cli, &options);
        status = read_rules(&cli, &options);
        if (status == CLI_OK)
            status = run(&cli, &options);
    }
    return cli_finish(&cli, status);
}
