/* Counts of places below a place, each O(log n): a Fenwick tree ("A New Data Structure for
 * Cumulative Frequency Tables", 1994). */
#ifndef BASE_FENWICK_H
#define BASE_FENWICK_H

#include "delta.h"

struct tally {
    uint32_t *sums;
    uint32_t size;
};

/* `size` places, all 0. Close it in any case. */
int tally_open(struct tally *tally, uint32_t size, struct delta_err *err);
void tally_close(struct tally *tally);

/* Adds to a place, modulo 2^32. */
void tally_add(struct tally *tally, uint32_t place, uint32_t amount);

/* The sum of the places [0, place). */
uint32_t tally_below(const struct tally *tally, uint32_t place);

#endif
