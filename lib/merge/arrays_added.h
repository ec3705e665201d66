/* What both sides added. */
#ifndef MERGE_ARRAYS_ADDED_H
#define MERGE_ARRAYS_ADDED_H

#include "merge/arrays.h"

/* Elements that both sides added under one key become one element, of ours. O(entries). */
int arrays_join_added(struct arrays *arrays);

/* Whether the sides, of an array without a key, added equal elements between different anchors, so
 * that they may be one element that a side moved: one that no known base has and each side added
 * once, or any where a side added nothing that the other did not add, too. Lines of text only in
 * the second case. For sides without conflicts. O(elements, and sorting what was added). */
int arrays_added_apart(struct arrays *arrays, bool *apart);

#endif
