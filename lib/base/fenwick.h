/* Counts of places below a place, each O(log n): a Fenwick tree ("A New Data Structure for
 * Cumulative Frequency Tables", 1994). */
#ifndef BASE_FENWICK_H
#define BASE_FENWICK_H

#include "delta.h"

struct fenwick {
    uint32_t *sums;
    uint32_t size;
};

/* `size` places, all 0. Close it in any case. */
int fenwick_open(struct fenwick *fenwick, uint32_t size, struct delta_err *err);
void fenwick_close(struct fenwick *fenwick);

/* Adds to a place, modulo 2^32. */
void fenwick_add(struct fenwick *fenwick, uint32_t place, uint32_t amount);

/* The sum of the places [0, place). */
uint32_t fenwick_below(const struct fenwick *fenwick, uint32_t place);

#endif
