/* A merge under way: what its parts share. */
#ifndef MERGE_MERGE_CONTEXT_H
#define MERGE_MERGE_CONTEXT_H

#include "diff/identity.h"
#include "patch/patch.h"
#include "json/pattern.h"

/* The conflicts that remain, in the order of the base. */
struct merge_conflicts {
    struct delta_conflict *list; /* in the arena of the merge */
    size_t count, capacity;
};

struct merge_options {
    enum delta_prefer prefer;
    struct pointer_patterns preferred; /* label: "ours", "theirs" or "union", instead of that */
    struct pointer_patterns keyed;     /* label: the key of the array */
    struct pointer_patterns unordered; /* arrays whose order does not count */
    struct pointer_patterns tolerance; /* label: by how much a number may differ */
    bool numeric;                      /* numbers count by value */
};

struct merging;
struct merging_path;

/* Merges any two patches of one value; `base` NULL when it is not known. NULL on failure. */
typedef const struct delta_patch *merging_any_function(struct merging *merging,
                                                       const struct merging_path *path,
                                                       const struct delta_value *base,
                                                       const struct delta_patch *ours,
                                                       const struct delta_patch *theirs);

/* Merges two values that were added at one place: objects member by member, arrays by key or as a
 * union. NULL (and no failure) in `*out` when that cannot be. */
typedef int merging_added_function(struct merging *merging, const struct merging_path *path,
                                   const struct delta_value *ours, const struct delta_value *theirs,
                                   const struct delta_patch **out);

struct merging {
    struct delta_arena *arena;
    const struct merge_options *options;
    struct merge_conflicts *conflicts;
    struct delta_err *err;

    /* What the merge of an array recurses by (merge.c). */
    merging_any_function *any;
    merging_added_function *added;

    /* Within a long string, whose lines are merged as an array's elements are: conflicts are then
     * only noted, and told of the string. */
    bool of_lines;
    bool lines_conflict;

    bool counts_only; /* a trial: conflicts are counted, not reported */

    bool selects; /* a pattern of the options has a step `[m=v]` */

    uint64_t met; /* conflicts met so far, settled or not */
};

/* From a value up to the root. */
struct merging_path {
    const struct merging_path *above; /* NULL at the root */
    const struct value_key *key;      /* NULL: `index` */
    uint32_t index;
    /* For `[m=v]`: the value in base, ours and theirs; NULL where it is absent or not known. */
    const struct delta_value *values[3];
};

/* What a conflict is between; a value that is not there, or not known, is NULL. */
struct merging_sides {
    const struct delta_value *base, *ours, *theirs;
    /* In an array, which elements: zero where it is not one, or not known. */
    struct delta_span base_span, ours_span, theirs_span;
    const struct identity_key *key; /* of the array, for the label; may be NULL */
};

/* Settles a conflict as the options say: true for ours, false for theirs. One that nothing settles
 * is put on the list, and is ours. `union_ours` is what the union of both comes to: 1 ours, 0
 * theirs, -1 when there is none. -1 when out of memory. */
int merging_conflict(struct merging *merging, const struct merging_path *path,
                     enum delta_conflict_kind kind, const struct merging_sides *sides,
                     int union_ours);

/* Fills in the values at `path` from the base and what the patches make of it; each of the three
 * may be NULL. For a merge that `selects`. -1 when a patch does not fit, or out of memory. Costs
 * one application of each patch. */
int merging_path_values(struct merging *merging, struct merging_path *path,
                        const struct delta_value *base, const struct delta_patch *ours,
                        const struct delta_patch *theirs);

/* How a conflict at `path` is to be settled; -1 when out of memory. */
int merging_prefer(struct merging *merging, const struct merging_path *path);

/* The key that was given for the array at `path`, in `*text`, or NULL. */
int merging_array_key(struct merging *merging, const struct merging_path *path, const char **text);

/* 1 when the order of the array at `path` does not count, 0 when it does. -1 when out of memory. */
int merging_is_unordered(struct merging *merging, const struct merging_path *path);

/* The value that a patch makes of `base`; NULL when the base is not known, and the patch is not of
 * a whole value. -1 when the patch does not fit. */
int merging_result(struct merging *merging, const struct delta_value *base,
                   const struct delta_patch *patch, struct delta_value *room,
                   const struct delta_value **result);

/* Merges two patches of one array. */
const struct delta_patch *merging_arrays(struct merging *merging, const struct merging_path *path,
                                         const struct delta_value *base,
                                         const struct delta_patch *ours,
                                         const struct delta_patch *theirs);

/* Merges strings line by line. `*out` is NULL when they have no lines to merge by. */
int merging_lines(struct merging *merging, const struct merging_path *path,
                  const struct merging_sides *sides, const struct delta_patch **out);

/* Merges two text patches whose base is not known. `*out` is NULL when they touch one place. */
int merging_texts(struct merging *merging, const struct delta_patch *ours,
                  const struct delta_patch *theirs, const struct delta_patch **out);

#endif
