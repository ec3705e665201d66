/* zstd of bytes, with other bytes as a reference prefix where there are any: what the source
 * shares with the prefix costs next to nothing (RFC 8878; zstd.h, "prefix").
 *
 * A result is one frame that says its content's size, and nothing after it. Equal source, prefix,
 * level and flags give equal bytes. */
#ifndef CODEC_ZSTD_PREFIX_H
#define CODEC_ZSTD_PREFIX_H

#include "base/buf.h"
#include "delta.h"

enum {
    ZSTD_PREFIX_LOWEST = 1,
    ZSTD_PREFIX_HIGHEST = 22,
    ZSTD_PREFIX_DEFAULT = 9,
};

/* Flags; reading needs those that were written with. */
enum {
    ZSTD_PREFIX_CHECKSUM = 1,  /* four bytes at the end that detect damage */
    ZSTD_PREFIX_MAGICLESS = 2, /* without the four bytes that name the format */
};

/* Sources up to this size can be compressed with an index that was made ahead. */
enum { ZSTD_PREFIX_SMALL = 64 * 1024 };

/* Appends `source` as one frame. `prefix` may be NULL with length 0. Fails with DELTA_ERR_USAGE for
 * a level there is not, and DELTA_ERR_MEMORY; the buffer is then as long as before.
 *
 * Cost of 13 MB of prefix and a few kB of source: 60 ms and 1 byte of memory a byte at level 9,
 * 2 s and 6.5 bytes at level 19. */
int zstd_prefix_compress(const void *source, size_t length, const void *prefix,
                         size_t prefix_length, int level, unsigned flags, struct delta_buf *buf,
                         struct delta_err *err);

/* A prefix made ready: nearly all that a small source costs is looking through its prefix, which
 * can be done before the source is known, once for many sources, and in another thread. */
struct zstd_prefix_index;

/* `prefix` must stay until the index is freed; NULL with a failure. */
struct zstd_prefix_index *zstd_prefix_index_new(const void *prefix, size_t length, int level,
                                                struct delta_err *err);

void zstd_prefix_index_free(struct zstd_prefix_index *index);

/* The same bytes as zstd_prefix_compress gives with the index's prefix and level. A source longer
 * than ZSTD_PREFIX_SMALL gains nothing from the index. Threads may share one. */
int zstd_prefix_compress_indexed(const void *source, size_t length,
                                 const struct zstd_prefix_index *index, unsigned flags,
                                 struct delta_buf *buf, struct delta_err *err);

/* Appends what `frame` holds. Before anything is allocated for it, the frame's size is found to be
 * stated, at most `max`, and no more than its blocks can hold. Fails with DELTA_ERR_DAMAGED for
 * anything but one whole frame with nothing after it, or the wrong prefix as far as that shows;
 * DELTA_ERR_LIMIT beyond `max`; DELTA_ERR_MEMORY. The buffer is then as long as before. */
int zstd_prefix_decompress(const void *frame, size_t length, const void *prefix,
                           size_t prefix_length, size_t max, unsigned flags, struct delta_buf *buf,
                           struct delta_err *err);

#endif
