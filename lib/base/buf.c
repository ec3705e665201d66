#include "base/buf.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/pages.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SMALLEST = 256,
    LARGE = 4 * 1024 * 1024, /* at least one whole huge page */
    ROOM_TO_TRY = 64, /* bytes: most of what is formatted is shorter, and then formatted once */
};

bool buf_reserve(struct delta_buf *buf, size_t more) {
    if (buf->failed)
        return false;
    if (buf->data && buf->capacity - buf->length >= more)
        return true;
    size_t wanted;
    if (__builtin_add_overflow(buf->length, more, &wanted) || wanted > SIZE_MAX / 2) {
        buf->failed = true;
        return false;
    }
    size_t capacity = buf->capacity < SMALLEST ? SMALLEST : buf->capacity + buf->capacity / 2;
    if (capacity < wanted)
        capacity = wanted;
    char *data = realloc(buf->data, capacity);
    if (!data) {
        buf->failed = true;
        return false;
    }
    if (capacity >= LARGE)
        pages_prefer_huge(data, capacity);
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

static void put_formatted(struct delta_buf *buf, const char *format, va_list args)
    DELTA_PRINTF(2, 0);

static void put_formatted(struct delta_buf *buf, const char *format, va_list args) {
    va_list again;
    if (!buf_reserve(buf, ROOM_TO_TRY))
        return;
    va_copy(again, args);
    size_t room = buf->capacity - buf->length;
    int length = vsnprintf(buf->data + buf->length, room, format, args);
    if (length < 0)
        buf->failed = true;
    else if ((size_t)length >= room && buf_reserve(buf, (size_t)length + 1))
        vsnprintf(buf->data + buf->length, (size_t)length + 1, format, again);
    if (!buf->failed)
        buf->length += (size_t)length;
    va_end(again);
}

void buf_printf(struct delta_buf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    put_formatted(buf, format, args);
    va_end(args);
}

void delta_buf_printf(struct delta_buf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    put_formatted(buf, format, args);
    va_end(args);
}

int buf_check(const struct delta_buf *buf, struct delta_err *err) {
    return buf->failed ? err_memory(err) : 0;
}

int buf_move(struct delta_buf *buf, struct delta_arena *arena, struct byte_span *span,
             struct delta_err *err) {
    int status = buf_check(buf, err);
    if (status == 0) {
        span->length = buf->length;
        span->bytes = arena_copy(arena, buf->data, buf->length);
        if (!span->bytes)
            status = err_memory(err);
    }
    delta_buf_free(buf);
    return status;
}

void delta_buf_put(struct delta_buf *buf, const void *bytes, size_t length) {
    buf_put(buf, bytes, length);
}

void delta_buf_free(struct delta_buf *buf) {
    free(buf->data);
    *buf = (struct delta_buf){0};
}
