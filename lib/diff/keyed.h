/* Where each key is on both sides of an array: one pass over the elements. */
#ifndef DIFF_KEYED_H
#define DIFF_KEYED_H

#include "diff/identity_key.h"

#define KEYED_SEVERAL (NO_INDEX - 1) /* elements have this key */

/* The keys of a pair's elements, as symbols. */
struct keyed {
    uint32_t *a_key, *b_key; /* by element: its symbol, or NO_INDEX */
    uint32_t *a_at, *b_at;   /* by symbol: the element that has it, NO_INDEX or KEYED_SEVERAL */
    uint32_t count;          /* of symbols */
    uint32_t a_having, b_having;
    uint32_t shared; /* keys that are on both sides */
    bool repeated;   /* a side has a key twice */
};

/* Whether an element whose key has this symbol is known by it: each side has at most one. */
static inline bool keyed_identifies(const struct keyed *keyed, uint32_t symbol) {
    return symbol != NO_INDEX && keyed->a_at[symbol] != KEYED_SEVERAL &&
           keyed->b_at[symbol] != KEYED_SEVERAL;
}

/* Fills `keyed`, whose arrays are in the arena. O(elements). -1 when out of memory. */
int keyed_find(struct delta_arena *arena, const struct identity_pair *pair,
               const struct identity_key *key, struct keyed *keyed, struct delta_err *err);

#endif
