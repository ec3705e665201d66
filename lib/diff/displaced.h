/* Content that is under one key in one state of an array and under another in the other: what tells
 * a key from a position, a rank, or a value that is unique by chance. */
#ifndef DIFF_DISPLACED_H
#define DIFF_DISPLACED_H

#include "diff/keyed.h"

/* How displaced content counts. */
struct displaced_rule {
    bool any;     /* also where neither key is in both states: the key may be unique by chance */
    bool lenient; /* not where it may be the same by chance: no member of it is in just one element,
                     and it is of at most one element to DISPLACED_FEW that keep such a member */
};

enum { DISPLACED_FEW = 20 };

/* Stores in `*displaced` whether what else is in an element, but for its key, is under another key
 * in the other state, and counts. `keyed` are the keys of the pair. What is in several elements of
 * a state, or less than some bytes, does not count. O(members). -1 when out of memory. */
int displaced_find(struct delta_arena *arena, const struct identity_pair *pair,
                   const struct identity_key *key, const struct keyed *keyed,
                   struct displaced_rule rule, bool *displaced, struct delta_err *err);

#endif
