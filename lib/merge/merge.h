/* What two sides made of one base, in one.
 *
 * Both sides are patches on the base, merged part by part: different keys, different elements and
 * insertions at different places all go in. What both changed alike goes in once. What they
 * changed differently is a conflict; the first side, ours, is then in the result, unless told
 * otherwise. */
#ifndef MERGE_MERGE_H
#define MERGE_MERGE_H

#include "merge/merge_context.h"

/* The patch that does what both patches of one base do. `base` may be NULL: values that both
 * change are then merged only as far as the patches tell. NULL as above, and with DELTA_ERR_JOIN
 * and the pointer where they cannot have one base. */
const struct delta_patch *merge_patches(struct delta_arena *arena, const struct delta_value *base,
                                        const struct delta_patch *ours,
                                        const struct delta_patch *theirs,
                                        const struct merge_options *options,
                                        struct merge_conflicts *conflicts, struct delta_err *err);

/* Whether something other than equality decides what counts as a change: then states are compared,
 * patches do not tell. */
bool merge_compares_states(const struct merge_options *options);

/* The three-way merge of states, in `*out`: shares all three. Equal when the sides are exchanged
 * and nothing conflicts. `conflicts` must be zeroed. -1 for want of memory or DELTA_ERR_LIMIT.
 * Costs two diffs and, for each array changed on both sides, O(n log n). */
int merge_values(struct delta_arena *arena, const struct delta_value *base,
                 const struct delta_value *ours, const struct delta_value *theirs,
                 const struct merge_options *options, struct delta_value *out,
                 struct merge_conflicts *conflicts, struct delta_err *err);

/* The options of a merge, compiled; NULL for none. DELTA_ERR_USAGE for a pattern or key that is
 * invalid. */
int merge_options_compile(struct delta_arena *arena, const struct delta_merge_options *options,
                          struct merge_options *out, struct delta_err *err);

#endif
