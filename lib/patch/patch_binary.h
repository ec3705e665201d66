/* The patch as bytes, as small as it can be before compression: operations as varints, the values
 * they set behind them as one JSON array (the format stands in pack.c and delta-record(5)).
 *
 * Bound, it names old members by their position in canonical key order, and can be read only
 * beside its base; standalone, by their keys. */
#ifndef PATCH_PATCH_BINARY_H
#define PATCH_PATCH_BINARY_H

#include "base/buf.h"
#include "patch/patch.h"

/* Appends the packed patch; bound to `base`, which the patch must fit, unless `base` is NULL.
 * O(patch + members, sorted, of the objects it changes). */
int pack_patch(const struct delta_patch *patch, const struct delta_value *base,
               struct delta_buf *out, struct delta_err *err);

/* Reads all of `bytes` back; `base` must be what pack_patch was given (NULL for none). The patch
 * points into `bytes` and `base`, which must outlive it. Fails with DELTA_ERR_DAMAGED when they
 * are no packed patch, with DELTA_ERR_BASE when it does not fit. `bytes` must be followed by
 * READER_PADDING zero bytes. */
const struct delta_patch *unpack_patch(struct delta_arena *arena, const char *bytes, size_t length,
                                       const struct delta_value *base, struct delta_err *err);

#endif
