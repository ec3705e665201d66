/* Code points and their bytes: UTF-8 (RFC 3629), and WTF-8 as strings in memory are encoded.
 *
 * WTF-8 is UTF-8 that also allows a lone surrogate, U+D800..U+DFFF, as the three bytes its number
 * would have. A high surrogate followed by a low one is never written so: the pair is one code
 * point of four bytes. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "delta.h"

enum { UTF8_LONGEST = 4 }; /* bytes of one code point at most */

/* Offset of the first byte that is not strict UTF-8 (overlong forms, surrogates, numbers past
 * U+10FFFF and cut sequences are not): the first byte of the bad sequence. `length` when all is
 * well. O(length); ASCII goes 16 bytes at a time. */
size_t utf8_check(const char *text, size_t length);

/* True when valid WTF-8 holds a lone surrogate, that is, when it is no UTF-8. O(length). */
bool utf8_has_surrogate(const char *text, size_t length);

/* Code points of valid WTF-8; a lone surrogate counts as one. O(length). */
size_t utf8_count(const char *text, size_t length);

/* Bytes of the first `count` code points of valid WTF-8, or `length` when there are no more than
 * that. O(result). */
size_t utf8_offset(const char *text, size_t length, size_t count);

/* Writes `code` (at most U+10FFFF, surrogates allowed) and returns how many bytes it took. Whoever
 * appends a low surrogate after a high one joins them first, with utf8_pair. */
static inline size_t utf8_encode(uint32_t code, char out[UTF8_LONGEST]) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* Reads the code point at `text`, which must be valid WTF-8 there, and returns its bytes. */
static inline size_t utf8_decode(const char *text, uint32_t *code) {
    const unsigned char *bytes = (const unsigned char *)text;
    if (bytes[0] < 0x80) {
        *code = bytes[0];
        return 1;
    }
    if (bytes[0] < 0xe0) {
        *code = (bytes[0] & 0x1fu) << 6 | (bytes[1] & 0x3fu);
        return 2;
    }
    if (bytes[0] < 0xf0) {
        *code = (bytes[0] & 0x0fu) << 12 | (bytes[1] & 0x3fu) << 6 | (bytes[2] & 0x3fu);
        return 3;
    }
    *code = (bytes[0] & 0x07u) << 18 | (bytes[1] & 0x3fu) << 12 | (bytes[2] & 0x3fu) << 6 |
            (bytes[3] & 0x3fu);
    return 4;
}

static inline bool utf8_is_high(uint32_t code) {
    return code >= 0xd800 && code < 0xdc00;
}

static inline bool utf8_is_low(uint32_t code) {
    return code >= 0xdc00 && code < 0xe000;
}

/* The code point that a high surrogate and the low one after it encode. */
static inline uint32_t utf8_pair(uint32_t high, uint32_t low) {
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

#endif
