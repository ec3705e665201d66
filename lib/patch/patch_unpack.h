/* Patches read from their bytes (patch_binary.h). */
#ifndef PATCH_PATCH_UNPACK_H
#define PATCH_PATCH_UNPACK_H

#include "base/buf.h"
#include "patch/member_orders.h"
#include "patch/patch.h"

/* Reads all of `bytes` back; `base` must be what pack_patch was given (NULL for none). The patch
 * points into `bytes` and `base`, which must outlive it. Fails with DELTA_ERR_DAMAGED when they
 * are not a packed patch, with DELTA_ERR_BASE when it does not fit. `bytes` must be followed by
 * READER_PADDING zero bytes. */
const struct delta_patch *unpack_patch(struct delta_arena *arena, const char *bytes, size_t length,
                                       const struct delta_value *base, struct delta_err *err);

/* Reads both parts of pack_patch_parts back as unpack_patch does; `ways`: PATCH_NEIGHBOURS if it
 * was packed so, PATCH_COLUMNS if the values are by columns, which both need a base. */
const struct delta_patch *unpack_patch_parts(struct delta_arena *arena, struct byte_span ops,
                                             struct byte_span values,
                                             const struct delta_value *base, unsigned ways,
                                             struct member_orders *orders, struct delta_err *err);

#endif
