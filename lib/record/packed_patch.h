/* A patch as a part of a packed record: its operations and its values, each compressed by itself.
 *
 *     byte    1 when the operations are compressed
 *             + 2 * how the values are: 0 raw, 1 zstd, 2 zstd with the base's canonical form as
 *               prefix, 3 zstd with a part of the base
 *             + 8 when it names the members of its base by position
 *             + 16 when the values are by columns (columns.h), else in the order of the operations
 *             + 32 when new members may have the value that is beside them (patch_binary.h)
 *             + 64 with excerpts of the base, behind the surroundings only
 *     varint  bytes of the operations; when they are compressed, a varint of the bytes they take
 *     varint  bytes of the values; likewise
 *     varint  with a part of the base: the width of the surroundings of the operations
 *             (surroundings.h), 0: the base without its repetitions (repetitions.h)
 *     ranges  with excerpts: which ranges of the base's canonical form (ranges.h) come behind the
 *             surroundings
 *     …       operations, values: raw, or a zstd frame without magic number */
#ifndef RECORD_PACKED_PATCH_H
#define RECORD_PACKED_PATCH_H

#include "record/chunk.h"
#include "record/prefix.h"

/* Surroundings of 16 on either side are taken up to such a part of the base. */
enum { PACKED_PATCH_SHARE = 16 };

enum {
    PACKED_PATCH_ZSTD_OPS = 1,
    PACKED_PATCH_VALUES = 1, /* bits that how the values are is shifted by */
    PACKED_PATCH_VALUES_MASK = 3,
    PACKED_PATCH_PART = 3, /* the others are as enum chunk_encoding */
    PACKED_PATCH_POSITIONAL = 8,
    PACKED_PATCH_COLUMNS = 16,
    PACKED_PATCH_NEIGHBOURS = 32,
    PACKED_PATCH_EXCERPTS = 64,
    PACKED_PATCH_KNOWN = 127,
};

struct packed_patch {
    struct chunk ops; /* RAW or ZSTD; no bytes: there is no patch */
    struct chunk values;
    bool positional;
    unsigned ways;             /* PATCH_COLUMNS, PATCH_NEIGHBOURS */
    bool part;                 /* the values' prefix is a part of the base: */
    uint32_t width;            /* surroundings of this width, 0: the base without its repetitions */
    struct byte_span excerpts; /* ranges of the base behind the surroundings, as carried; no bytes:
                                  there are none */
};

/* True when it can be read beside its base only. */
bool packed_patch_is_bound(const struct packed_patch *packed);

/* Bytes of operations and values as they are carried; and of all that packed_patch_put appends. */
uint64_t packed_patch_length(const struct packed_patch *packed);
uint64_t packed_patch_size(const struct packed_patch *packed);

/* Packs `patch` at a zstd level; bound to `base`, of which `prefix` is made, unless that is NULL
 * and `prefix` with it. The bytes are in the arena. O(patch), and of a base only what the patch
 * touches if that is little; else O(base), by level. */
int packed_patch_close(struct delta_arena *arena, const struct delta_patch *patch,
                       const struct delta_value *base, struct prefix *prefix, int level,
                       struct packed_patch *packed, struct delta_err *err);

/* The patch, in the arena; `base` and its canonical form `base_text` (where packed->values has that
 * as prefix; else no bytes) if it is bound. More than `max` bytes are refused before they are
 * allocated. */
const struct delta_patch *packed_patch_open(struct delta_arena *arena,
                                            const struct packed_patch *packed,
                                            const struct delta_value *base,
                                            struct byte_span base_text, uint64_t max,
                                            struct delta_err *err);

/* Appends the patch as above; reads one, whose bytes stay where they are. */
void packed_patch_put(const struct packed_patch *packed, struct delta_buf *buf);
int packed_patch_get(struct varint_cursor *cursor, struct packed_patch *packed,
                     struct delta_err *err);

#endif
