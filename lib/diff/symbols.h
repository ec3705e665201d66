/* Symbols: small numbers, from 0 on, that are equal where elements are equal, by their private
 * hashes. */
#ifndef DIFF_SYMBOLS_H
#define DIFF_SYMBOLS_H

#include "base/array.h"
#include "base/table.h"

/* Zero is empty; symbols_free when done. */
struct symbols {
    struct table table;
    ARRAY(uint64_t) hashes; /* of the symbols */
    uint32_t count;         /* symbols given so far: the alphabet */
};

/* Elements as symbols. */
struct sequence {
    const uint32_t *symbols; /* each below the alphabet, or NO_INDEX, which matches nothing */
    uint32_t count;
};

/* The symbol of an element with this private hash; NO_INDEX when out of memory. Amortised O(1). */
uint32_t symbols_put(struct symbols *symbols, uint64_t hash);

/* The same of one that was put before; NO_INDEX when it was not. O(1). */
uint32_t symbols_find(const struct symbols *symbols, uint64_t hash);

void symbols_free(struct symbols *symbols);

#endif
