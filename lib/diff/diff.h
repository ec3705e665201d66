/* Two values to the patch that leads from one to the other. */
#ifndef DIFF_DIFF_H
#define DIFF_DIFF_H

#include "patch/patch.h"
#include "json/pattern_matcher.h"

struct delta_places;

/* Options of a diff; zero is the default. */
struct diff_options {
    bool shallow; /* objects by whole top-level keys only */
    bool fine;    /* arrays element by element even where the new array whole would be smaller */
    bool whole_arrays; /* the new array whole, of those that differ */
    /* Arrays whose changed elements are paired by the member that is the pattern's label; places
     * below an array are named by the new index. NULL for none. */
    const struct pointer_patterns *array_keys;
    /* Arrays whose elements a filter has paired. NULL for none. */
    const struct delta_places *places;
};

/* apply(a, diff(a,b)) = b. The patch shares `a` and `b`, which must outlive it. NULL when out of
 * memory. Near linear: O(members of the objects that differ), O(n log n) for arrays and long
 * strings; what it may spend on one gap of an array is bounded, at the price of a larger patch. */
const struct delta_patch *diff_values(struct delta_arena *arena, const struct delta_value *a,
                                      const struct delta_value *b,
                                      const struct diff_options *options, struct delta_err *err);

#endif
