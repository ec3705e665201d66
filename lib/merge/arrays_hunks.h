/* Hunks: what is between two anchors, merged one by one. */
#ifndef MERGE_ARRAYS_HUNKS_H
#define MERGE_ARRAYS_HUNKS_H

#include "merge/arrays.h"

/* Fills `result` with the elements of the merged array, not yet merged within. O(entries of both
 * sides). */
int arrays_merge_hunks(struct arrays *arrays);

#endif
