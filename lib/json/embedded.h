/* JSON inside a string of a state (kubectl's `last-applied-configuration`, for one). */
#ifndef JSON_EMBEDDED_H
#define JSON_EMBEDDED_H

#include "delta.h"

/* Finds the array or object whose JSON `string` holds: `*held`, in `arena`, which does not keep the
 * string's bytes; NULL where there is none. `depth` is the levels that the string is nested in:
 * both together stay within DELTA_MAX_DEPTH, or else whatever walks the result would go as deep as
 * its writer liked. Fails for want of memory only. O(length). */
int embedded_value(struct delta_arena *arena, const struct delta_value *string, uint32_t depth,
                   const struct delta_value **held, struct delta_err *err);

#endif
