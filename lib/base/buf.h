/* Bytes that grow. Appending never fails visibly: `failed` is asked once, at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "delta.h"

#include <string.h>

/* Bytes owned elsewhere; NULL and 0 for none. */
struct byte_span {
    const char *bytes;
    size_t length;
};

/* Makes room for `more` bytes after the present ones; false (and `failed`) when it cannot. `data`
 * is never null after it, not even for 0 bytes: a place in it can be pointed at. Amortised O(1) a
 * byte. */
bool buf_reserve(struct delta_buf *buf, size_t more);

static inline void buf_put(struct delta_buf *buf, const void *bytes, size_t length) {
    if (buf->capacity - buf->length < length && !buf_reserve(buf, length))
        return;
    if (length)
        memcpy(buf->data + buf->length, bytes, length);
    buf->length += length;
}

static inline void buf_put_char(struct delta_buf *buf, char c) {
    if (buf->capacity == buf->length && !buf_reserve(buf, 1))
        return;
    buf->data[buf->length++] = c;
}

static inline void buf_put_text(struct delta_buf *buf, const char *text) {
    buf_put(buf, text, strlen(text));
}

void buf_printf(struct delta_buf *buf, const char *format, ...) DELTA_PRINTF(2, 3);

/* -1 with DELTA_ERR_MEMORY when any append failed, else 0. */
int buf_check(const struct delta_buf *buf, struct delta_err *err);

struct delta_arena;

/* Copies the bytes into the arena and frees the buffer, also on failure: -1 with DELTA_ERR_MEMORY,
 * when an append had failed too. O(length). */
int buf_move(struct delta_buf *buf, struct delta_arena *arena, struct byte_span *span,
             struct delta_err *err);

#endif
