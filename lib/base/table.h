/* A hash table from the hash of an item to its index in an array of the owner, which also
 * compares the items: open addressing with linear probing, a power of two of slots of which at most
 * half are taken. Items are not removed. Inlined: a look-up is a few instructions. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct table {
    uint32_t *slots; /* the index + 1, 0 where none is; NULL: there is no table */
    uint32_t mask;
};

/* How many slots a table of `count` items needs. */
static inline size_t table_size(size_t count) {
    size_t size = 16;
    while (size < 2 * count)
        size *= 2;
    return size;
}

/* An empty table in `slots`, room for `size` of them (table_size). O(size). */
static inline struct table table_in(uint32_t *slots, size_t size) {
    memset(slots, 0, size * sizeof *slots);
    return (struct table){.slots = slots, .mask = (uint32_t)(size - 1)};
}

/* Gives a table of `count` items, whose slots are malloc'ed, room for one more: 0; 1 where it is a
 * larger one for that, empty, into which they are to be put again; -1 when out of memory. */
static inline int table_reserve(struct table *table, size_t count) {
    if (table->slots && 2 * (count + 1) <= (size_t)table->mask + 1)
        return 0;
    size_t size = table_size(count + 1);
    uint32_t *slots = size < UINT32_MAX ? reallocarray(table->slots, size, sizeof *slots) : NULL;
    if (!slots)
        return -1;
    *table = table_in(slots, size);
    return 1;
}

/* Adds an item, also where an equal one is. O(1). */
static inline void table_put(struct table *table, uint64_t hash, uint32_t index) {
    uint32_t slot = (uint32_t)hash & table->mask;
    while (table->slots[slot])
        slot = (slot + 1) & table->mask;
    table->slots[slot] = index + 1;
}

/* The loop over the indices, in `index`, of the items that may have this hash, in the order in
 * which they were put in. */
#define TABLE_EACH(table, hash, index)                                                             \
    for (uint32_t index##_slot = (uint32_t)(hash) & (table)->mask, index;                          \
         (table)->slots[index##_slot] && (index = (table)->slots[index##_slot] - 1, true);         \
         index##_slot = (index##_slot + 1) & (table)->mask)

#endif
