/* The first of equal values, which is to stand for all of them. */
#ifndef MERGE_FIRST_EQUAL_H
#define MERGE_FIRST_EQUAL_H

#include "diff/symbols.h"
#include "json/value.h"

/* Zero is empty; first_equal_free when done. */
struct first_equal {
    struct symbols symbols;
    ARRAY(struct delta_value) values; /* the first value of each private hash, by symbol */
    bool replaced;                    /* any value was another one than the first */
};

/* Replaces the value with the first one that was put with this private hash, which says what is
 * equal. -1 when out of memory. Amortised O(1). */
int first_equal_put(struct first_equal *first, uint64_t hash, struct delta_value *value,
                    struct delta_err *err);

void first_equal_free(struct first_equal *first);

#endif
