/* zstd of bytes whose parts differ: one frame with a block boundary at the end of each part, so
 * that each gets entropy codes of its own (RFC 8878, 3.1.1.2). */
#ifndef CODEC_ZSTD_PARTS_H
#define CODEC_ZSTD_PARTS_H

#include "base/buf.h"

enum { ZSTD_PARTS_LEAST = 256 }; /* bytes: a smaller part is not worth a code */

/* Where parts end, ascending. Zero it first; free `items`. */
struct zstd_parts {
    size_t *items;
    size_t count, capacity;
};

/* Ends a part there, unless it would have fewer than ZSTD_PARTS_LEAST bytes. Amortised O(1). */
int zstd_parts_end(struct zstd_parts *parts, size_t end, struct delta_err *err);

/* Appends `plain` as one frame; its last part may go on past the last end. DELTA_ERR_MEMORY. */
int zstd_parts_compress(const struct delta_buf *plain, const struct zstd_parts *parts, int level,
                        struct delta_buf *out, struct delta_err *err);

#endif
