/* What both sides added under one key. */
#ifndef MERGE_ARRAYS_ADDED_H
#define MERGE_ARRAYS_ADDED_H

#include "merge/arrays.h"

/* Elements that both sides added under one key become one element, of ours. O(entries). */
int arrays_join_added(struct arrays *arrays);

#endif
