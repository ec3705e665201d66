/* What the parts of a merge share: options, conflicts, the path to the value being merged. */
#ifndef MERGE_MERGE_CONTEXT_H
#define MERGE_MERGE_CONTEXT_H

#include "diff/identity.h"
#include "patch/patch.h"
#include "json/pattern.h"

/* The unresolved conflicts, in the order of the base. */
struct merge_conflicts {
    struct delta_conflict *list; /* in the arena of the merge */
    size_t count, capacity;
};

struct merge_options {
    enum delta_prefer prefer;
    struct pointer_patterns preferred; /* overrides it; label: "ours", "theirs" or "union" */
    struct pointer_patterns keyed;     /* label: the key of the array */
    struct pointer_patterns unordered; /* arrays whose order is ignored */
    struct pointer_patterns tolerance; /* label: by how much a number may differ */
    bool numeric;                      /* numbers are compared by value */
};

struct merge_context;
struct merge_path;

/* Merges two patches of one value; `base` is NULL if it is unknown. NULL on failure. */
typedef const struct delta_patch *merge_any_function(struct merge_context *context,
                                                     const struct merge_path *path,
                                                     const struct delta_value *base,
                                                     const struct delta_patch *ours,
                                                     const struct delta_patch *theirs);

/* Merges two values that both sides added at one path: objects member by member, arrays by key or
 * as a union. `*out` is NULL, without a failure, if that is not possible. */
typedef int merge_added_function(struct merge_context *context, const struct merge_path *path,
                                 const struct delta_value *ours, const struct delta_value *theirs,
                                 const struct delta_patch **out);

struct merge_context {
    struct delta_arena *arena;
    const struct merge_options *options;
    struct merge_conflicts *conflicts;
    struct delta_err *err;

    /* For the recursion of the merge of arrays (merge.c). */
    merge_any_function *any;
    merge_added_function *added;

    /* Within a string, whose lines are merged as the elements of an array are: their conflicts
     * become one of the string. */
    bool by_lines;
    bool lines_conflict;

    bool trial; /* conflicts are counted, not reported */

    bool selects; /* a pattern of the options has a step `[m=v]` */

    /* Within an element of an array, whose changes are made by diffs that have arrays whole: a diff
     * into them at every level, and a patch applied at every level, would be quadratic in the
     * depth. */
    bool whole_arrays;
    bool applied; /* the merged patch is applied, and may have arrays whole */

    uint64_t met; /* conflicts found so far, resolved or not */
};

/* A step of a path, linked from the value up to the root. */
struct merge_path {
    const struct merge_path *above; /* NULL at the root */
    const struct value_key *key;    /* NULL: `index` */
    uint32_t index;
    /* For `[m=v]`: the value in base, ours and theirs; NULL where it is absent or unknown. */
    const struct delta_value *values[3];
};

/* The three values of a conflict; NULL where one is absent or unknown. */
struct merge_sides {
    const struct delta_value *base, *ours, *theirs;
    /* The elements of an array that are in conflict; zero for other values, or if unknown. */
    struct delta_span base_span, ours_span, theirs_span;
    const struct identity_key *key; /* of the array, for the label; NULL: none */
};

/* Resolves a conflict as the options say: 1 to take ours, 0 for theirs. If they do not say, adds it
 * to the list and takes ours. `union_ours` says which side equals the union of both: 1 ours, 0
 * theirs, -1 neither. -1 when out of memory. */
int merge_conflict(struct merge_context *context, const struct merge_path *path,
                   enum delta_conflict_kind kind, const struct merge_sides *sides, int union_ours);

/* Sets path->values to the base and the results of the patches; each of the three may be NULL.
 * Needed only if the merge `selects`. -1 if a patch does not fit, or when out of memory. Costs one
 * application of each patch. */
int merge_path_values(struct merge_context *context, struct merge_path *path,
                      const struct delta_value *base, const struct delta_patch *ours,
                      const struct delta_patch *theirs);

/* The enum delta_prefer of conflicts at `path`; -1 when out of memory. */
int merge_prefer(struct merge_context *context, const struct merge_path *path);

/* The key that the options give for the array at `path`, in `*text`; NULL: none. -1 when out of
 * memory. */
int merge_array_key(struct merge_context *context, const struct merge_path *path,
                    const char **text);

/* 1 if the options say to ignore the order of the array at `path`, 0 if not, -1 when out of memory.
 */
int merge_is_unordered(struct merge_context *context, const struct merge_path *path);

/* The value that a patch leads to, in `*result`; NULL if the base is unknown and the patch does not
 * replace it whole. It may be in `storage`. -1 if the patch does not fit. */
int merge_result(struct merge_context *context, const struct delta_value *base,
                 const struct delta_patch *patch, struct delta_value *storage,
                 const struct delta_value **result);

/* Merges two patches of one array; `base` is NULL if it is unknown. NULL on failure. O(n log n) for
 * n elements, and up to ten matches (merge_align.h). */
const struct delta_patch *merge_arrays(struct merge_context *context, const struct merge_path *path,
                                       const struct delta_value *base,
                                       const struct delta_patch *ours,
                                       const struct delta_patch *theirs);

/* Merges strings line by line. `*out` is NULL if the base has a single line. */
int merge_lines(struct merge_context *context, const struct merge_path *path,
                const struct merge_sides *sides, const struct delta_patch **out);

/* Merges two patches of one string whose base is unknown. `*out` is NULL if they change the same or
 * adjacent characters. */
int merge_texts(struct merge_context *context, const struct delta_patch *ours,
                const struct delta_patch *theirs, const struct delta_patch **out);

#endif
