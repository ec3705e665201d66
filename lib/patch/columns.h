/* The values of a packed patch by columns: what is set under one key, wherever that is in the
 * state, is alike, and compresses better when it is put together. The operations and the base
 * determine the column of each value, so that a reader can put it back in its place. */
#ifndef PATCH_COLUMNS_H
#define PATCH_COLUMNS_H

#include "base/buf.h"
#include "patch/member_orders.h"
#include "json/value.h"

/* For each of the `count` values that the operations of a bound patch in two parts take, in their
 * order, its index when they are put by columns. DELTA_ERR_DAMAGED when the operations are none, or
 * take another number of values; DELTA_ERR_BASE when they do not fit `base`; DELTA_ERR_MEMORY.
 * O(operations, and members of the objects they change, sorted). */
int columns_order(struct byte_span ops, const struct delta_value *base,
                  struct member_orders *orders, uint32_t count, uint32_t *indices,
                  struct delta_err *err);

#endif
