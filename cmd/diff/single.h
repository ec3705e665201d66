/* Single states: their canonical form and their digests. */
#ifndef DIFF_SINGLE_H
#define DIFF_SINGLE_H

#include "cli/unmatched.h"
#include "diff/options.h"

/* The canonical form of the operand, and a newline. `filter`, which may be NULL, masks; the states
 * are held against `unmatched`. */
int write_canonical(struct cli *cli, struct delta_arena *arena, const struct delta_filter *filter,
                    struct unmatched *unmatched);

/* A line like sha256sum's for each operand, so that the lines of many states can be distinguished.
 */
int write_digests(struct cli *cli, const struct delta_filter *filter, struct unmatched *unmatched);

/* The canonical form or the digest of each state of a stream, one a line; with --keyed after its
 * key and a tab. */
int write_stream(struct cli *cli, const struct options *options, const struct delta_filter *filter,
                 struct unmatched *unmatched);

#endif
