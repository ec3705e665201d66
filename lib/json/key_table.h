/* The keys of a text that is being read, most of them once each, however often they are in it. */
#ifndef JSON_KEY_TABLE_H
#define JSON_KEY_TABLE_H

#include "json/value.h"

struct key_slot;

/* Open addressing, a power of two of slots, never over half full. Zeroed before use. */
struct key_table {
    struct key_slot *slots;
    size_t mask;
    size_t count, found; /* keys put in and keys found since the table was made or emptied */
    bool brief;          /* new keys have no notes (struct value_noted_key) */
};

/* A key of these characters: the one that was made for them before, if that is known; else one
 * made in `arena` over the string's text. NULL when out of memory. O(length). */
struct value_key *key_table_intern(struct key_table *table, struct delta_arena *arena,
                                   const struct delta_value *string);

void key_table_free(struct key_table *table);

#endif
