/* Elements that both sides of an array added. */
#ifndef MERGE_ARRAYS_ADDED_H
#define MERGE_ARRAYS_ADDED_H

#include "merge/arrays.h"

/* Merges elements that both sides added with the same key into one, an entry of ours; and where
 * order does not count equal ones, each with another one. O(entries). */
int arrays_join_added(struct arrays *arrays);

/* Whether the result of an array without a key may contain one element twice: the sides added equal
 * values between different anchors, so that one side may have moved what the other added. Counted
 * are values that the base, if known, does not have and each side added once (not so for lines of
 * text, which repeat); and all values, if one side added none that the other did not add too. The
 * sides must be free of conflicts. O(elements), and sorting what was added. */
int arrays_added_twice(struct arrays *arrays, bool *twice);

#endif
