/* Which part of one state's container is which part of another's. */
#ifndef FORMAT_COUNTERPART_H
#define FORMAT_COUNTERPART_H

#include "base/array.h"
#include "json/value.h"

/* Fills `part[j]`, for each part j of the container `of`, with the index of the part of `in` (of
 * the same type) in whose place it is, or NO_INDEX; none twice. Members go by key. Elements
 * go by identity (diff/identity.h), and those between two that have a counterpart take the places,
 * in order, of those that are there no more. `part` has of->length elements. O(parts), for arrays
 * that differ as identity_align. -1 when out of memory. */
int counterpart_find(struct delta_arena *arena, const struct delta_value *of,
                     const struct delta_value *in, uint32_t *part, struct delta_err *err);

#endif
