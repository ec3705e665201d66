/* The options of delta-merge. */
#ifndef MERGE_OPTIONS_H
#define MERGE_OPTIONS_H

#include "cli/cli.h"
#include "cli/filter_options.h"
#include "cli/record_format.h"
#include "cli/unmatched.h"
#include "merge/conflict_markers.h"

struct options {
    bool three_way, git, virtual_base, invert, concurrent, by_time, keyed;
    const char *base;
    struct record_format how;
    struct cli_pairs metadata;
    struct cli_time timestamp;
    uint64_t max_size; /* 0: 4G */
    struct cli_list prefer;
    const char *conflicts, *resolve;
    enum conflict_style style;
    struct cli_pairs array_keys, tolerances;
    struct cli_list unordered;
    bool numeric;
};

/* Refuses options of records that do not go together: CLI_GO, or the status to end with. */
int options_check_records(struct cli *cli, const struct options *options);

/* The options of delta_merge, in the memory of the command. CLI_OK, or the status to end with. */
int options_merge(struct cli *cli, const struct options *options,
                  struct delta_merge_options *merge);

/* The patterns that may select nothing; NULL (reported) without memory. */
struct unmatched *options_unmatched(struct cli *cli, const struct options *options);

#endif
