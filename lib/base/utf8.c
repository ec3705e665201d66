#include "base/utf8.h"

#include <string.h>

static const uint64_t HIGH_BITS = 0x8080808080808080u;
static const uint64_t LOW_BITS = 0x0101010101010101u;

static inline uint64_t load8(const unsigned char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Bytes from `at` on that can be passed over in wholes of eight because all are ASCII. */
static inline size_t skip_ascii(const unsigned char *bytes, size_t at, size_t length) {
    while (length - at >= 16 && !((load8(bytes + at) | load8(bytes + at + 8)) & HIGH_BITS))
        at += 16;
    if (length - at >= 8 && !(load8(bytes + at) & HIGH_BITS))
        at += 8;
    return at;
}

/* Bytes of the well-formed sequence at `bytes`, of which `left` are there; 0 when it is none. The
 * first byte decides the length and the range of the second (RFC 3629 section 4), and with that
 * rules out overlong forms, surrogates and numbers past U+10FFFF. */
static inline size_t sequence(const unsigned char *bytes, size_t left) {
    unsigned char first = bytes[0];
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    size_t width = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (left < width)
        return 0;
    unsigned char lowest = 0x80;
    unsigned char highest = 0xbf;
    if (first == 0xe0)
        lowest = 0xa0;
    else if (first == 0xed)
        highest = 0x9f;
    else if (first == 0xf0)
        lowest = 0x90;
    else if (first == 0xf4)
        highest = 0x8f;
    if (bytes[1] < lowest || bytes[1] > highest)
        return 0;
    for (size_t i = 2; i < width; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    return width;
}

size_t utf8_check(const char *text, size_t length) {
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;
    while (at < length) {
        at = skip_ascii(bytes, at, length);
        /* Text that is not ASCII here is seldom ASCII again eight bytes on. */
        for (unsigned i = 0; i < 8 && at < length; i++) {
            size_t width = sequence(bytes + at, length - at);
            if (!width)
                return at;
            at += width;
        }
    }
    return length;
}

bool utf8_has_surrogate(const char *text, size_t length) {
    const char *end = text + length;
    for (const char *at = text; at < end; at++) {
        at = memchr(at, 0xed, (size_t)(end - at));
        if (!at)
            return false;
        if ((unsigned char)at[1] >= 0xa0)
            return true;
    }
    return false;
}

/* How many of eight bytes are continuation bytes, 10xxxxxx: top bit set, the next one clear. */
static inline size_t continuations(uint64_t word) {
    uint64_t marks = (word >> 7) & (~word >> 6) & LOW_BITS;
    return (size_t)((marks * LOW_BITS) >> 56);
}

size_t utf8_count(const char *text, size_t length) {
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;
    size_t inner = 0;
    for (; length - at >= 8; at += 8)
        inner += continuations(load8(bytes + at));
    for (; at < length; at++)
        inner += (bytes[at] & 0xc0) == 0x80;
    return length - inner;
}

size_t utf8_offset(const char *text, size_t length, size_t count) {
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;
    /* A word that starts fewer code points than are left holds none of those after them. */
    while (length - at >= 8) {
        size_t starts = 8 - continuations(load8(bytes + at));
        if (starts >= count)
            break;
        count -= starts;
        at += 8;
    }
    for (; at < length; at++)
        if ((bytes[at] & 0xc0) != 0x80 && count-- == 0)
            break;
    return at;
}
