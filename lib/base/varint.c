#include "base/varint.h"

void varint_put(struct delta_buf *buf, uint64_t number) {
    unsigned char bytes[VARINT_LONGEST];
    size_t used = 0;
    for (; number >= 0x80; number >>= 7)
        bytes[used++] = (unsigned char)(number | 0x80);
    bytes[used++] = (unsigned char)number;
    buf_put(buf, bytes, used);
}

size_t varint_size(uint64_t number) {
    size_t size = 1;
    while (number >>= 7)
        size++;
    return size;
}

bool varint_get(struct varint_cursor *cursor, uint64_t *number) {
    const unsigned char *at = cursor->next;
    uint64_t value = 0;
    for (unsigned shift = 0; at < cursor->end; shift += 7) {
        unsigned char byte = *at++;
        if (shift == 63 && byte > 1)
            return false; /* past 64 bits, or an eleventh byte to come */
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            if (byte == 0 && shift)
                return false; /* the bytes before would have done */
            cursor->next = at;
            *number = value;
            return true;
        }
    }
    return false;
}

bool varint_get_run(struct varint_cursor *cursor, const void **bytes, size_t *length) {
    struct varint_cursor ahead = *cursor;
    uint64_t count;
    if (!varint_get(&ahead, &count) || !varint_get_bytes(&ahead, count, bytes))
        return false;
    *cursor = ahead;
    *length = (size_t)count;
    return true;
}

void varint_put_run(struct delta_buf *buf, const void *bytes, size_t length) {
    varint_put(buf, length);
    buf_put(buf, bytes, length);
}
