#include "json/key_table.h"

#include "json/key_tags.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_SLOTS = 64,
    SLOTS_CACHED = 8192, /* places that fit into the processor's cache, */
    SLOTS_NEAREST = 512, /* into the first level of it together with all else */
};

static inline unsigned tag_of(uint64_t hash) {
    return (unsigned)(hash >> 48) | 1;
}

static size_t slots_of(const struct key_table *table) {
    return (table->mask + 1) * KEY_TAGS;
}

/* The first free place for a key of this hash. */
static size_t free_slot(const struct key_table *table, uint64_t hash) {
    size_t group = hash & table->mask;
    unsigned bits, same;
    while (!(bits = key_tags_find(table->tags + group * KEY_TAGS, 0, &same)))
        group = (group + 1) & table->mask;
    return group * KEY_TAGS + (unsigned)__builtin_ctz(bits);
}

static void put(struct key_table *table, size_t slot, struct value_key *key) {
    table->tags[slot] = (uint16_t)tag_of(key->hash);
    table->keys[slot] = key;
}

/* Only the tags are cleared. Not calloc: pages that are first read and then written are mapped
 * twice, and another thread that reads a state is interrupted for each. */
static bool grow(struct key_table *table) {
    size_t old = table->keys ? slots_of(table) : 0, slots = old ? 4 * old : table->first;
    struct key_table grown = *table;
    grown.keys = reallocarray(NULL, slots, sizeof *grown.keys + sizeof *grown.tags);
    if (!grown.keys)
        return false;
    grown.tags = (uint16_t *)(grown.keys + slots);
    grown.mask = slots / KEY_TAGS - 1;
    memset(grown.tags, 0, slots * sizeof *grown.tags);
    for (size_t i = 0; i < old; i++)
        if (table->tags[i])
            put(&grown, free_slot(&grown, table->keys[i]->hash), table->keys[i]);
    free(table->keys);
    *table = grown;
    return true;
}

/* When the table is full: a larger one pays where keys are found in it again. Keys of an object
 * that has a million of its own are not: they would only be written all over the memory. The table
 * is then emptied, so that a key met later gets a second struct; and new keys have no notes, which
 * would be half of what is written for each, until keys are found again. */
static bool make_room(struct key_table *table) {
    bool grows =
        table->found > table->count / 2 || (!table->brief && slots_of(table) < SLOTS_CACHED);
    table->found = 0;
    table->brief = !grows;
    if (grows)
        return grow(table);
    table->mask = SLOTS_NEAREST / KEY_TAGS - 1;
    memset(table->tags, 0, SLOTS_NEAREST * sizeof *table->tags);
    table->count = 0;
    table->emptied++;
    return true;
}

static inline struct value_key *new_key(struct delta_arena *arena, bool brief) {
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

/* The key of these characters, or NULL, and `*slot` is the place for it. */
static __attribute__((noinline)) struct value_key *look_up(const struct key_table *table,
                                                           uint64_t hash,
                                                           const struct delta_value *string,
                                                           size_t *slot) {
    for (size_t group = hash & table->mask;; group = (group + 1) & table->mask) {
        unsigned same, unused = key_tags_find(table->tags + group * KEY_TAGS, tag_of(hash), &same);
        for (; same; same &= same - 1) {
            struct value_key *key = table->keys[group * KEY_TAGS + (unsigned)__builtin_ctz(same)];
            if (key->hash == hash && key->length == string->length &&
                memcmp(key->text, string->text, key->length) == 0)
                return key;
        }
        if (unused) {
            *slot = group * KEY_TAGS + (unsigned)__builtin_ctz(unused);
            return NULL;
        }
    }
}

struct value_key *key_table_intern(struct key_table *table, struct delta_arena *arena,
                                   const struct delta_value *string) {
    if (!table->keys && !grow(table))
        return NULL;
    uint64_t hash = value_string_hash(string->text, string->length);
    size_t slot = (hash & table->mask) * KEY_TAGS;
    unsigned same, unused = key_tags_find(table->tags + slot, tag_of(hash), &same);
    if (same || !unused) {
        struct value_key *found = look_up(table, hash, string, &slot);
        if (found) {
            table->found++;
            return found;
        }
    } else {
        slot += (unsigned)__builtin_ctz(unused);
    }
    struct value_key *key = new_key(arena, table->brief);
    if (!key)
        return NULL;
    key->hash = hash;
    key->text = string->text;
    key->length = string->length;
    key->plain = (string->flags & VALUE_PLAIN) != 0;
    put(table, slot, key);
    if (++table->count * 2 > slots_of(table) && !make_room(table))
        return NULL;
    return key;
}

void key_table_open(struct key_table *table, size_t length) {
    table->first = FIRST_SLOTS;
    while (table->first < SLOTS_CACHED && table->first * 32 < length)
        table->first *= 2;
}

void key_table_free(struct key_table *table) {
    free(table->keys);
    *table = (struct key_table){0};
}
