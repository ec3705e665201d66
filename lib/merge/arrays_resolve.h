/* Conflicts over single elements: removed by one side and changed or moved by the other, or moved
 * by both to different places. */
#ifndef MERGE_ARRAYS_RESOLVE_H
#define MERGE_ARRAYS_RESOLVE_H

#include "merge/arrays.h"

/* Resolves or reports each, and rebuilds the side that was not taken. O(elements). */
int arrays_resolve_elements(struct arrays *arrays);

#endif
