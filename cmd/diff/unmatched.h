/* Warnings of filters that select nothing: a mistyped --mask would show what it should hide. */
#ifndef DIFF_UNMATCHED_H
#define DIFF_UNMATCHED_H

#include "cli/filter_options.h"

/* Warns of each pattern of --mask, --only and --array-key in `given` that selects nothing in either
 * state, `embedded` JSON included. A state that is not there is NULL. CLI_OK, or the status to end
 * with. O(states) for each of these patterns. */
int unmatched_warn(struct cli *cli, const struct filtering *given,
                   const struct delta_filter *filter, struct delta_arena *arena,
                   const struct delta_value *const states[2]);

#endif
