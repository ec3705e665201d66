/* What an old state has near the places that a bound packed patch touches: the prefix beside which
 * the patch's values are compressed. Only the operations are needed to find it, so that a reader
 * can make it too; it is a small part of a large state, and has most of what new values resemble.
 */
#ifndef PATCH_SURROUNDINGS_H
#define PATCH_SURROUNDINGS_H

#include "base/buf.h"
#include "patch/member_orders.h"
#include "json/value.h"

enum { SURROUNDINGS_WIDEST = 64 };

/* Appends them for the operations of a patch in two parts (patch_binary.h) that is bound to `base`:
 * up to `width` (1 to SURROUNDINGS_WIDEST) members or elements on either side of each place. Ends
 * with 1 when they are more than `limit` bytes; else 0, or -1 with DELTA_ERR_DAMAGED,
 * DELTA_ERR_BASE or DELTA_ERR_MEMORY. O(operations, members of the objects they change, sorted, and
 * bytes appended). */
int surroundings_write(struct byte_span ops, const struct delta_value *base,
                       struct member_orders *orders, uint32_t width, uint64_t limit,
                       struct delta_buf *out, struct delta_err *err);

#endif
