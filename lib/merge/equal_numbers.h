/* Rewrites equal numbers to the same text, for merges that ignore how numbers are written. */
#ifndef MERGE_EQUAL_NUMBERS_H
#define MERGE_EQUAL_NUMBERS_H

#include "json/value.h"

/* Writes every number in `count` states as the first one that is equal to it: in the order of the
 * states, and within a state depth first. `*replaced` is set if any was written in another way.
 * Shares the states, and has what it makes in `arena`. Fails for want of memory only. O(size). */
int equal_numbers_join(struct delta_arena *arena, struct delta_value *states, size_t count,
                       bool *replaced, struct delta_err *err);

#endif
