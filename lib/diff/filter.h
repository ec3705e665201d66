/* Differences that are not wanted, left out of the new value before it is compared. */
#ifndef DIFF_FILTER_H
#define DIFF_FILTER_H

#include "json/pointer.h"
#include "json/value.h"

/* What counts; zero counts everything. */
struct delta_filter {
    struct pointer_patterns ignore;     /* places that do not count */
    struct pointer_patterns only;       /* places that alone count; none: all do */
    struct pointer_patterns unordered;  /* arrays whose order does not count */
    struct pointer_patterns mask;       /* places whose values are not shown: mask.h */
    struct pointer_patterns array_keys; /* label: the member that names an element */
    bool numeric;                       /* numbers count by what they are worth */
};

/* The value that a patch is to lead to so that only what counts has changed: `new`, with everything
 * else as it is in `old`; `old` itself where nothing counts that differs. Shares both.
 *
 * Places are named by the index in `new`, those of elements that are gone by the one in `old`. An
 * ignored place keeps its old value, or stays absent; a change of what it lies in is a change.
 * Under `only` a value that came, went or was replaced counts where it holds, before or after, a
 * place that counts. O(size of what differs, times the depth of its arrays). */
int filter_effective(struct delta_arena *arena, const struct delta_filter *filter,
                     const struct delta_value *old, const struct delta_value *new,
                     struct delta_value *out, struct delta_err *err);

#endif
