/* Parts of a value's canonical form, without all of it being made. */
#ifndef JSON_CANONICAL_PARTS_H
#define JSON_CANONICAL_PARTS_H

#include "base/ranges.h"
#include "json/value.h"

/* Appends what `ranges`, all of which begin within it, have of the canonical form of `value`, one
 * after the other. DELTA_ERR_MEMORY. Recursion as deep as the value. O(members of the containers
 * around them, sorted, and bytes appended), and where a range has a part of a string or number,
 * all of that. */
int canonical_parts_write(const struct delta_value *value, const struct ranges *ranges,
                          struct delta_buf *out, struct delta_err *err);

#endif
