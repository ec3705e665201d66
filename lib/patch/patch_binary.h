/* The patch as bytes, as small as it can be before compression: operations as varints, the values
 * they set behind them as one JSON array (the format stands in pack.c and delta-record(5)).
 *
 * Bound, it names old members by their position in canonical key order, and can be read only
 * beside its base; standalone, by their keys. */
#ifndef PATCH_PATCH_BINARY_H
#define PATCH_PATCH_BINARY_H

#include "base/buf.h"
#include "base/varint.h"
#include "patch/patch.h"

/* Operations of a bound object patch, in the lowest two bits of a varint. */
enum { PATCH_OP_SET, PATCH_OP_REMOVE, PATCH_OP_NEST, PATCH_OP_ADD };

/* Members of an object up to which a patch in two parts does not say where new ones belong: it
 * would be one byte in a hundred of a large patch, and all members can be near. */
enum { PATCH_NARROW = 32 };

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

/* A patch packed in two parts. */
struct patch_parts {
    struct delta_buf ops, values;
    bool could_step; /* some of its numbers could be set by steps */
};

/* The same in two parts; `steps` has numbers set by steps where they can be. The parts are freed by
 * patch_parts_free, and are empty after a failure. */
int pack_patch_parts(const struct delta_patch *patch, const struct delta_value *base, bool steps,
                     struct patch_parts *out, struct delta_err *err);
void patch_parts_free(struct patch_parts *parts);

/* Reads both parts back as unpack_patch does. */
const struct delta_patch *unpack_patch_parts(struct delta_arena *arena, struct byte_span ops,
                                             struct byte_span values,
                                             const struct delta_value *base, struct delta_err *err);

/* What an item of an array or string begins with: all but its values and its patch. */
struct patch_item_head {
    enum patch_item_kind kind;
    bool replaces;  /* INSERT: in the place of as many old elements */
    uint64_t count; /* EDIT: 1 */
    int64_t step;   /* COPY, EDIT: from where the last old element used ended */
};

/* Takes one off the operations; false where there is none. */
bool patch_item_head_get(struct varint_cursor *ops, bool parts, enum patch_kind kind,
                         struct patch_item_head *head);

#endif
