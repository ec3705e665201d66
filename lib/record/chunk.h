/* A part of a packed record or of a history: bytes, compressed if that is smaller.
 *
 *     byte    encoding (0 raw, 1 zstd, 2 zstd with the base's canonical form as prefix)
 *             + 4 when a patch in it names the members of its base by position
 *     varint  bytes of the content, unless raw
 *     varint  bytes that follow
 *     …       the content, or a zstd frame without magic number */
#ifndef RECORD_CHUNK_H
#define RECORD_CHUNK_H

#include "base/buf.h"
#include "base/varint.h"
#include "codec/strategy.h"
#include "codec/zstd_prefix.h"
#include "patch/patch.h"

/* Bytes compressed: what a prefix could save of less is little, and indexing a large base for it is
 * much. */
enum { CHUNK_WORTH_A_PREFIX = 64 };

enum chunk_encoding { CHUNK_RAW, CHUNK_ZSTD, CHUNK_PREFIXED };

struct chunk {
    enum chunk_encoding encoding;
    bool positional;   /* a patch that is bound to its base by positions */
    uint64_t content;  /* bytes of the content */
    const char *bytes; /* as carried; NULL: there is none */
    size_t length;
};

/* Compresses `content`, with `prefix` (no bytes: without) where that is smaller. The bytes
 * are made in the arena. O(content + prefix), by level. */
int chunk_close(struct delta_arena *arena, struct byte_span content, struct byte_span prefix,
                int level, struct chunk *chunk, struct delta_err *err);

/* Compresses the same content with a prefix, and keeps what is smaller. Worth a try only where
 * chunk_wants_prefix. */
int chunk_try_prefix(struct delta_arena *arena, struct byte_span content, struct byte_span prefix,
                     int level, struct chunk *chunk, struct delta_err *err);

/* The same with a prefix that is indexed already, which gains nothing for content of over
 * ZSTD_PREFIX_SMALL bytes. */
int chunk_try_index(struct delta_arena *arena, struct byte_span content,
                    const struct zstd_prefix_index *index, struct chunk *chunk,
                    struct delta_err *err);

/* True when a prefix could save more than it costs to index. */
bool chunk_wants_prefix(const struct chunk *chunk);

/* The content, in the arena, followed by READER_PADDING zero bytes; `prefix` as it was given to
 * chunk_close. Content of more than `max` bytes is refused before it is allocated. */
char *chunk_open(struct delta_arena *arena, const struct chunk *chunk, struct byte_span prefix,
                 uint64_t max, struct delta_err *err);

/* Appends the chunk as above; reads one, whose bytes stay where they are. */
void chunk_put(const struct chunk *chunk, struct delta_buf *buf);
int chunk_get(struct varint_cursor *cursor, struct chunk *chunk, struct delta_err *err);

#endif
