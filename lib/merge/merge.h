/* The three-way merge of a base and two sides, ours and theirs.
 *
 * Both sides are patches of the base. Changes to different members, to different elements and at
 * different positions of an array are combined. A change that both made is applied once. Different
 * changes of one value are a conflict: the result has ours there, unless the options say
 * otherwise. */
#ifndef MERGE_MERGE_H
#define MERGE_MERGE_H

#include "merge/merge_context.h"

/* Merges two patches of one base. `base` may be NULL: a value that both change is then merged as
 * far as the patches alone allow. The result is in `arena` and shares both patches. NULL on
 * failure: DELTA_ERR_MEMORY, DELTA_ERR_LIMIT, or DELTA_ERR_JOIN with a pointer if the patches do
 * not share a base. */
const struct delta_patch *merge_patches(struct delta_arena *arena, const struct delta_value *base,
                                        const struct delta_patch *ours,
                                        const struct delta_patch *theirs,
                                        const struct merge_options *options,
                                        struct merge_conflicts *conflicts, struct delta_err *err);

/* Whether the options ignore some differences: then states must be merged, not patches, which do
 * not have what they ignore. */
bool merge_compares_states(const struct merge_options *options);

/* The three-way merge of states, in `*out`, which shares all three. Without conflicts it is the
 * same if the sides are exchanged. `conflicts` must be zeroed. -1 on failure: DELTA_ERR_MEMORY,
 * DELTA_ERR_LIMIT. Costs two diffs and, for each array that both sides changed, O(n log n). */
int merge_values(struct delta_arena *arena, const struct delta_value *base,
                 const struct delta_value *ours, const struct delta_value *theirs,
                 const struct merge_options *options, struct delta_value *out,
                 struct merge_conflicts *conflicts, struct delta_err *err);

/* Compiles the options of a merge, into `arena`; NULL for none. DELTA_ERR_USAGE for an invalid
 * pattern or key. */
int merge_options_compile(struct delta_arena *arena, const struct delta_merge_options *options,
                          struct merge_options *out, struct delta_err *err);

#endif
