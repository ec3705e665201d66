/* Differences that are not wanted, left out of the new value before it is compared. */
#ifndef DIFF_FILTER_H
#define DIFF_FILTER_H

#include "json/pattern.h"
#include "json/value.h"

/* What counts; zero counts everything. */
struct delta_filter {
    struct pointer_patterns ignore;     /* places that do not count */
    struct pointer_patterns only;       /* places that alone count; none: all do */
    struct pointer_patterns unordered;  /* arrays whose order does not count */
    struct pointer_patterns mask;       /* places whose values are not shown: mask.h */
    struct pointer_patterns array_keys; /* label: the member that names an element */
    struct pointer_patterns embedded;   /* strings that hold JSON, which counts as such */
    struct pointer_patterns tolerance;  /* label: by how much a number may differ */
    bool numeric;                       /* numbers count by what they are worth */
    bool keys_only;                     /* scalars do not count, only that they are there */
    bool either_way; /* a tolerance in percent is of either number: neither is the old one */
};

/* Makes tolerances ready, in `arena`; shares their texts. DELTA_ERR_USAGE for a bound or a pattern
 * that is not valid. */
int filter_compile_tolerances(struct delta_arena *arena, const struct delta_tolerance *tolerances,
                              size_t count, struct pointer_patterns *out, struct delta_err *err);

#endif
