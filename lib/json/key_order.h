/* The members of an object in the order of their keys. */
#ifndef JSON_KEY_ORDER_H
#define JSON_KEY_ORDER_H

#include "json/value.h"

/* Eight bytes of a member's key as a number that orders like them, zeros behind a shorter one. */
struct key_word {
    uint64_t word;
    uint32_t index; /* of the member */
    uint32_t place; /* the caller's */
};

/* Sorts `count` words, one or more, that name members by their index, by the keys of these; `word`
 * is filled in. False, and nothing sorted, when out of memory. O(count) for most keys, and
 * O(n log n) comparisons of keys at worst. */
bool key_order_sort(const struct value_member *members, struct key_word *words, uint32_t count);

#endif
