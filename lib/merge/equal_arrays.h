/* Rewrites arrays that differ in their order alone, where that does not count, to the same one. */
#ifndef MERGE_EQUAL_ARRAYS_H
#define MERGE_EQUAL_ARRAYS_H

#include "json/pattern.h"

/* Replaces every array in `count` states that is at a place of `unordered` with the first one there
 * that has the same elements: in the order of the states, and within a state depth first, so that
 * what is in an array was replaced before it. `*replaced` is set if any was another one. Shares the
 * states, and has what it makes in `arena`. Fails for want of memory only. O(size below the
 * places).
 */
int equal_arrays_join(struct delta_arena *arena, struct delta_value *states, size_t count,
                      const struct pointer_patterns *unordered, bool *replaced,
                      struct delta_err *err);

#endif
