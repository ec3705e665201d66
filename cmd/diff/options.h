/* What delta-diff was asked for. */
#ifndef DIFF_OPTIONS_H
#define DIFF_OPTIONS_H

#include "cli/cli.h"
#include "cli/feed.h"
#include "cli/filter_options.h"
#include "cli/keyed_lines.h"
#include "cli/record_format.h"
#include "report/report.h"
#include "tree/tree.h"

#define NO_WIDTH UINT64_MAX

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
    struct keyed_options keyed;
    struct feed_options feed;
    uint64_t cache; /* NO_CACHE when it was not given */
    enum report_form report;
    struct tree_filter files;
    const char *fail_on;
};

#define NO_CACHE UINT64_MAX

/* Chooses the format where -f was not given: text for a person at a terminal, else a record. */
void options_choose_format(struct cli *cli, struct options *options);

/* CLI_GO, or the status to end with. */
int options_check(struct cli *cli, const struct options *options);

/* Two operands: either both are directories, or none is. CLI_GO, or the status to end with. */
int options_check_directories(struct cli *cli, const struct options *options,
                              const bool is_directory[2]);

/* True for --by with two files. */
bool options_keyed_files(const struct options *options);

/* Whether what is written is a record, rather than its patch in another format. */
bool options_write_records(const struct options *options);

/* True for what shows changes, where those within embedded JSON are reported one by one. */
bool options_show_changes(const struct options *options);

/* Columns to which text is cut; 0: it is not. */
size_t options_text_width(const struct cli *cli, const struct options *options);

/* The sections of the rules that are for a file named so: NEW, or OLD where that is absent. */
uint64_t options_path_sections(const struct cli *cli, const struct options *options);

/* The options to make a record with. What they point to is in the arena. */
int options_make(struct cli *cli, const struct options *options, struct delta_arena *arena,
                 struct delta_diff_options *diff);

/* The kinds of --fail-on, as bits; all when it was not given. False if it names another word. */
bool options_failing_kinds(const char *words, unsigned *kinds);

/* True when an operand is /dev/null. */
bool options_one_is_absent(const struct cli *cli);

#endif
