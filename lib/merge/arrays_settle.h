/* What cannot go together, element by element: removed here and changed or moved there, moved to
 * two places. */
#ifndef MERGE_ARRAYS_SETTLE_H
#define MERGE_ARRAYS_SETTLE_H

#include "merge/arrays.h"

/* Settles each such element and rebuilds the side that gives in. O(elements). */
int arrays_settle_elements(struct arrays *arrays);

#endif
