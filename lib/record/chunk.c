/* The content is tried as it is, compressed, and, if that still has enough bytes, compressed beside
 * the prefix; the smallest is kept.
 *
 * Why these constants: 1,500 states of 46 services and 900 of 40 to 300 members, of which few
 * change each time, as streams of packed records, and three of the four into histories; bytes and
 * millions of instructions:
 *
 *     WORTH_COMPRESSING          12: 109,025 and 577     24: 110,824 and 562    48: 110,848 and 542
 *     CHUNK_WORTH_A_PREFIX       32: 110,797 and 565     64: 110,824 and 562   128: 110,824 and 563
 *       histories                    126,069 and 267         126,512 and 232        129,556 and 165
 */
#include "record/chunk.h"

#include "base/err.h"
#include "codec/zstd_prefix.h"
#include "json/reader.h"

#include <string.h>

enum {
    WORTH_COMPRESSING = 24, /* bytes of content */
    POSITIONAL = 4,
};

static int keep(struct delta_arena *arena, const struct delta_buf *bytes,
                enum chunk_encoding encoding, struct chunk *chunk, struct delta_err *err) {
    if (buf_check(bytes, err))
        return -1;
    chunk->bytes = arena_copy(arena, bytes->data, bytes->length);
    if (!chunk->bytes)
        return err_memory(err);
    chunk->length = bytes->length;
    chunk->encoding = encoding;
    return 0;
}

int chunk_close(struct delta_arena *arena, struct byte_span content, struct byte_span prefix,
                int level, struct chunk *chunk, struct delta_err *err) {
    *chunk = (struct chunk){.content = content.length};
    struct delta_buf alone = {0};
    struct delta_buf raw = {.data = (char *)(uintptr_t)content.bytes, .length = content.length};
    int status = 0;
    if (content.length >= WORTH_COMPRESSING)
        status = zstd_prefix_compress(content.bytes, content.length, NULL, 0, level,
                                      ZSTD_PREFIX_MAGICLESS, &alone, err);
    bool smaller = alone.length && alone.length < raw.length;
    if (status == 0)
        status = keep(arena, smaller ? &alone : &raw, smaller ? CHUNK_ZSTD : CHUNK_RAW, chunk, err);
    delta_buf_free(&alone);
    if (status || !prefix.length || !chunk_wants_prefix(chunk))
        return status;
    return chunk_try_prefix(arena, content, prefix, level, chunk, err);
}

bool chunk_wants_prefix(const struct chunk *chunk) {
    return chunk->length > CHUNK_WORTH_A_PREFIX;
}

/* Keeps a frame that was made with a prefix, if it is smaller, and frees it. */
static int keep_smaller(struct delta_arena *arena, struct delta_buf *prefixed, struct chunk *chunk,
                        struct delta_err *err) {
    int status = 0;
    if (prefixed->length < chunk->length)
        status = keep(arena, prefixed, CHUNK_PREFIXED, chunk, err);
    delta_buf_free(prefixed);
    return status;
}

int chunk_try_prefix(struct delta_arena *arena, struct byte_span content, struct byte_span prefix,
                     int level, struct chunk *chunk, struct delta_err *err) {
    struct delta_buf prefixed = {0};
    if (zstd_prefix_compress(content.bytes, content.length, prefix.bytes, prefix.length, level,
                             ZSTD_PREFIX_MAGICLESS, &prefixed, err)) {
        delta_buf_free(&prefixed);
        return -1;
    }
    return keep_smaller(arena, &prefixed, chunk, err);
}

int chunk_try_index(struct delta_arena *arena, struct byte_span content,
                    const struct zstd_prefix_index *index, struct chunk *chunk,
                    struct delta_err *err) {
    struct delta_buf prefixed = {0};
    if (zstd_prefix_compress_indexed(content.bytes, content.length, index, ZSTD_PREFIX_MAGICLESS,
                                     &prefixed, err)) {
        delta_buf_free(&prefixed);
        return -1;
    }
    return keep_smaller(arena, &prefixed, chunk, err);
}

char *chunk_open(struct delta_arena *arena, const struct chunk *chunk, struct byte_span prefix,
                 uint64_t max, struct delta_err *err) {
    if (chunk->content > max)
        return err_null(err_set(err, DELTA_ERR_LIMIT,
                                "content of %llu bytes, more than --max-size allows",
                                (unsigned long long)chunk->content));
    struct delta_buf content = {0};
    if (chunk->encoding == CHUNK_RAW)
        buf_put(&content, chunk->bytes, chunk->length);
    else if (zstd_prefix_decompress(chunk->bytes, chunk->length,
                                    chunk->encoding == CHUNK_PREFIXED ? prefix.bytes : NULL,
                                    chunk->encoding == CHUNK_PREFIXED ? prefix.length : 0,
                                    chunk->content, ZSTD_PREFIX_MAGICLESS, &content, err))
        goto failed;
    if (buf_check(&content, err))
        goto failed;
    if (content.length != chunk->content) {
        err_set(err, DELTA_ERR_DAMAGED, "corrupt record: its content has the wrong length");
        goto failed;
    }
    char *text = reader_copy(arena, content.data, content.length);
    if (!text) {
        err_memory(err);
        goto failed;
    }
    delta_buf_free(&content);
    return text;
failed:
    delta_buf_free(&content);
    return NULL;
}

void chunk_put(const struct chunk *chunk, struct delta_buf *buf) {
    buf_put_char(buf, (char)(chunk->encoding | (chunk->positional ? POSITIONAL : 0)));
    if (chunk->encoding != CHUNK_RAW)
        varint_put(buf, chunk->content);
    varint_put_run(buf, chunk->bytes, chunk->length);
}

int chunk_get(struct varint_cursor *cursor, struct chunk *chunk, struct delta_err *err) {
    unsigned char head;
    const void *bytes;
    *chunk = (struct chunk){0};
    if (!varint_get_byte(cursor, &head))
        return err_set(err, DELTA_ERR_TRUNCATED, "truncated packed record");
    unsigned encoding = head & (POSITIONAL - 1);
    if (head >= 2 * POSITIONAL || encoding > CHUNK_PREFIXED)
        return err_set(err, DELTA_ERR_UNSUPPORTED,
                       "a reserved bit is set in the record: damaged, or made by a newer version");
    if ((encoding != CHUNK_RAW && !varint_get(cursor, &chunk->content)) ||
        !varint_get_run(cursor, &bytes, &chunk->length))
        return err_set(err, DELTA_ERR_TRUNCATED, "truncated packed record");
    chunk->encoding = (enum chunk_encoding)encoding;
    chunk->positional = head & POSITIONAL;
    chunk->bytes = bytes;
    if (encoding == CHUNK_RAW)
        chunk->content = chunk->length;
    return 0;
}
