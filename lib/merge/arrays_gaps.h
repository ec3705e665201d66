/* The gaps between anchors, each merged by itself. */
#ifndef MERGE_ARRAYS_GAPS_H
#define MERGE_ARRAYS_GAPS_H

#include "merge/arrays.h"

/* Fills the result, without what is within its elements. O(entries of both sides). */
int arrays_merge_gaps(struct arrays *arrays);

#endif
