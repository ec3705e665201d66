/* The keys of a text that is being read, most of them once each, however often they are in it. */
#ifndef JSON_KEY_TABLE_H
#define JSON_KEY_TABLE_H

#include "json/value.h"

/* Groups of places, a power of two of them, never over half full: a tag for each place, 0 where it
 * is free, and the key (json/key_tags). Zeroed before use. */
struct key_table {
    struct value_key **keys; /* the tags are behind them */
    uint16_t *tags;
    size_t mask;         /* of the index of a group */
    size_t count, found; /* keys put in and keys found since the table was made or emptied */
    size_t first;        /* places that it begins with */
    size_t emptied;      /* how often */
    bool brief;          /* new keys have no notes (struct value_noted_key) */
};

/* A key of these characters: the one that was made for them before, if that is known; else one
 * made in `arena` over the string's text. NULL when out of memory. O(length). */
struct value_key *key_table_intern(struct key_table *table, struct delta_arena *arena,
                                   const struct delta_value *string);

/* Begins an empty table, zeroed, for a text of `length` bytes: with as many places as it is likely
 * to need, up to those that the processor's cache holds, so that it need not grow. */
void key_table_open(struct key_table *table, size_t length);
void key_table_free(struct key_table *table);

#endif
