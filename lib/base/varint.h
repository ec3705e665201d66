/* Numbers as few bytes: unsigned LEB128, seven bits a byte, lowest first, the top bit set on all
 * bytes but the last. Each number has one form, the shortest; all others are refused. */
#ifndef BASE_VARINT_H
#define BASE_VARINT_H

#include "base/buf.h"
#include "delta.h"

enum { VARINT_LONGEST = 10 }; /* bytes of one number at most */

void varint_put(struct delta_buf *buf, uint64_t number);

/* Bytes that varint_put appends for `number`: 1..VARINT_LONGEST. */
size_t varint_size(uint64_t number);

/* Signed numbers with small ones first: 0, -1, 1, -2, … become 0, 1, 2, 3, … */
static inline uint64_t varint_zigzag(int64_t number) {
    return ((uint64_t)number << 1) ^ (number < 0 ? UINT64_MAX : 0);
}

static inline int64_t varint_unzigzag(uint64_t number) {
    uint64_t bits = (number >> 1) ^ (number & 1 ? UINT64_MAX : 0);
    return (int64_t)bits;
}

/* What is left of a run of bytes that someone else owns. Reading never goes past `end`. */
struct varint_cursor {
    const unsigned char *next;
    const unsigned char *end;
};

static inline struct varint_cursor varint_cursor(const void *bytes, size_t length) {
    const unsigned char *start = bytes;
    return (struct varint_cursor){.next = start, .end = length ? start + length : start};
}

static inline size_t varint_left(const struct varint_cursor *cursor) {
    return (size_t)(cursor->end - cursor->next);
}

/* Each of these takes what it returns off the front; when it is not all there, or a number is
 * longer than it need be or than 64 bits hold, it returns false and leaves the cursor alone. */
__attribute__((warn_unused_result)) bool varint_get(struct varint_cursor *cursor, uint64_t *number);

__attribute__((warn_unused_result)) static inline bool varint_get_byte(struct varint_cursor *cursor,
                                                                       unsigned char *byte) {
    if (cursor->next == cursor->end)
        return false;
    *byte = *cursor->next++;
    return true;
}

/* `length` bytes, in place. */
__attribute__((warn_unused_result)) static inline bool
varint_get_bytes(struct varint_cursor *cursor, uint64_t length, const void **bytes) {
    if (length > varint_left(cursor))
        return false;
    *bytes = cursor->next;
    cursor->next += length;
    return true;
}

/* A varint that counts the bytes after it, then those: what varint_put_run appends. */
__attribute__((warn_unused_result)) bool varint_get_run(struct varint_cursor *cursor,
                                                        const void **bytes, size_t *length);

void varint_put_run(struct delta_buf *buf, const void *bytes, size_t length);

#endif
