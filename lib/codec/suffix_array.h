/* The suffixes of some bytes in order (a suffix array), by libdivsufsort: what is longest found of
 * other bytes in these is found by halving. */
#ifndef CODEC_SUFFIX_ARRAY_H
#define CODEC_SUFFIX_ARRAY_H

#include "delta.h"

#include <endian.h>
#include <string.h>

struct suffix_array {
    const unsigned char *bytes;
    size_t length;
    int32_t *narrow; /* 32-bit numbers do for up to 2 GiB, */
    int64_t *wide;   /* these for more */
};

/* Sorts the suffixes of `bytes`, which must stay where they are. Fails for want of memory, and with
 * DELTA_ERR_UNSUPPORTED where libdivsufsort, or libdivsufsort64 for 2 GiB and more, is not
 * installed. O(n log n), 4 or 8 bytes a byte. Free it in any case. */
int suffix_array_sort(struct suffix_array *suffix_array, const void *bytes, size_t length,
                      struct delta_err *err);
void suffix_array_free(struct suffix_array *suffix_array);

/* Where something is found, and how far it is equal there. */
struct suffix_array_match {
    size_t position, length;
};

/* The longest match of the beginning of `target`, of `most` bytes, anywhere in the sorted bytes.
 * O(log n) comparisons. */
struct suffix_array_match suffix_array_longest(const struct suffix_array *suffix_array,
                                               const unsigned char *target, size_t most);

/* How many of the first `most` bytes are equal. */
static inline size_t suffix_array_common(const unsigned char *a, const unsigned char *b,
                                         size_t most) {
    size_t at = 0;
    for (; most - at >= 8; at += 8) {
        uint64_t x;
        uint64_t y;
        memcpy(&x, a + at, 8);
        memcpy(&y, b + at, 8);
        if (x != y)
            return at + (size_t)__builtin_ctzll(le64toh(x ^ y)) / 8;
    }
    while (at < most && a[at] == b[at])
        at++;
    return at;
}

#endif
