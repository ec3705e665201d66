/* Elements that both sides of an array added. */
#ifndef MERGE_ARRAYS_ADDED_H
#define MERGE_ARRAYS_ADDED_H

#include "diff/symbols.h"
#include "merge/arrays.h"

/* Merges elements that both sides added with the same key, and makes them pairs; where order does
 * not count, ours has them, and one of each two equal ones, alone. O(entries). */
int arrays_join_added(struct arrays *arrays);

/* Counts the equal new values among entries [start, end) of a side that are in no pair: `counts`,
 * by symbol, with room for as many as there are entries. -1 when out of memory. O(entries). */
int arrays_count_added(const struct arrays *arrays, int which, uint32_t start, uint32_t end,
                       struct symbols *values, uint32_t *counts);

/* Whether a value is among those that were counted, which are then one fewer. O(1). */
bool arrays_take_added(const struct symbols *values, uint32_t *counts,
                       const struct delta_value *value);

/* Whether the result may contain an element that no key identifies twice: the sides added equal
 * values between different anchors, so that one side may have moved what the other added. Counted
 * are values that the base, if known, does not have and each side added once (not so for lines of
 * text, which repeat); and all values, if one side added none that the other did not add too. The
 * sides must be free of conflicts. O(elements), and sorting what was added. */
int arrays_added_twice(struct arrays *arrays, bool *twice);

#endif
