#include "json/key_table.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_SLOTS = 64,
    SLOTS_CACHED = 4096, /* slots that fit into the processor's cache, */
    SLOTS_NEAREST = 512, /* into the first level of it together with all else */
};

/* The hash again, so that most probes need not look at the key. */
struct key_slot {
    uint64_t hash;
    struct value_key *key;
};

static bool grow(struct key_table *table) {
    size_t slots = table->slots ? 4 * (table->mask + 1) : FIRST_SLOTS;
    struct key_slot *grown = reallocarray(NULL, slots, sizeof *grown);
    if (!grown)
        return false;
    /* Not calloc: pages that are first read and then written are mapped twice, and another thread
     * that reads a state is interrupted for each. */
    memset(grown, 0, slots * sizeof *grown);
    for (size_t i = 0; table->slots && i <= table->mask; i++) {
        if (!table->slots[i].key)
            continue;
        size_t slot = table->slots[i].hash & (slots - 1);
        while (grown[slot].key)
            slot = (slot + 1) & (slots - 1);
        grown[slot] = table->slots[i];
    }
    free(table->slots);
    table->slots = grown;
    table->mask = slots - 1;
    return true;
}

/* When the table is full: a larger one pays where keys are found in it again. Keys of an object
 * that has a million of its own are not: they would only be written all over the memory. The table
 * is then emptied, so that a key met later gets a second struct; and new keys have no notes, which
 * would be half of what is written for each, until keys are found again. */
static bool make_room(struct key_table *table) {
    bool grows =
        table->found > table->count / 2 || (!table->brief && table->mask + 1 < SLOTS_CACHED);
    table->found = 0;
    table->brief = !grows;
    if (grows)
        return grow(table);
    table->mask = SLOTS_NEAREST - 1;
    memset(table->slots, 0, SLOTS_NEAREST * sizeof *table->slots);
    table->count = 0;
    return true;
}

static struct value_key *new_key(struct delta_arena *arena, bool brief) {
    if (brief) {
        struct value_key *key = arena_alloc(arena, sizeof *key);
        if (key)
            key->noted = false;
        return key;
    }
    struct value_noted_key *noted = arena_alloc(arena, sizeof *noted);
    if (!noted)
        return NULL;
    *noted = (struct value_noted_key){.key.noted = true};
    return &noted->key;
}

struct value_key *key_table_intern(struct key_table *table, struct delta_arena *arena,
                                   const struct delta_value *string) {
    if (!table->slots && !grow(table))
        return NULL;
    uint64_t hash = value_string_hash(string->text, string->length);
    size_t slot = hash & table->mask;
    for (; table->slots[slot].key; slot = (slot + 1) & table->mask) {
        struct value_key *key = table->slots[slot].key;
        if (table->slots[slot].hash == hash && key->length == string->length &&
            memcmp(key->text, string->text, key->length) == 0) {
            table->found++;
            return key;
        }
    }
    struct value_key *key = new_key(arena, table->brief);
    if (!key)
        return NULL;
    key->hash = hash;
    key->text = string->text;
    key->length = string->length;
    key->plain = (string->flags & VALUE_PLAIN) != 0;
    table->slots[slot] = (struct key_slot){.hash = hash, .key = key};
    if (++table->count * 2 > table->mask && !make_room(table))
        return NULL;
    return key;
}

void key_table_free(struct key_table *table) {
    free(table->slots);
    *table = (struct key_table){0};
}
