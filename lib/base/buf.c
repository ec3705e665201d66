#include "base/buf.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { SMALLEST = 256 };

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
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void buf_printf(struct delta_buf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        buf->failed = true;
    else if (buf_reserve(buf, (size_t)length + 1)) {
        vsnprintf(buf->data + buf->length, (size_t)length + 1, format, again);
        buf->length += (size_t)length;
    }
    va_end(again);
}

int buf_check(const struct delta_buf *buf, struct delta_err *err) {
    return buf->failed ? err_memory(err) : 0;
}

void delta_buf_free(struct delta_buf *buf) {
    free(buf->data);
    *buf = (struct delta_buf){0};
}
