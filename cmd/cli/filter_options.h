/* The options that say what counts as a change: --ignore, --only and their like. */
#ifndef CLI_FILTER_OPTIONS_H
#define CLI_FILTER_OPTIONS_H

#include "cli/argument.h"
#include "cli/command.h"

/* As they were given; lists of pointers, and POINTER=MEMBER. */
struct filtering {
    struct cli_list ignore, only, mask, unordered;
    struct cli_pairs array_keys;
    bool numeric;
};

/* The filter, in `arena`, or NULL in `*filter` when no such option was given. CLI_OK, or the status
 * to end with (reported). */
int filtering_make(struct cli *cli, const struct filtering *filtering, struct delta_arena *arena,
                   const struct delta_filter **filter);

/* The pairs of --array-key, `pairs->count` of them; freed by cli_finish. NULL (and reported) for
 * want of memory. */
const struct delta_array_key *filtering_keys(struct cli *cli, const struct cli_pairs *pairs);

#endif
