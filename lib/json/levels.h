/* The containers that are open while a text is read, each with what is known of it so far, and what
 * was seen on its level before. A level stays when its container is closed: the next one there is
 * likely to resemble it. */
#ifndef JSON_LEVELS_H
#define JSON_LEVELS_H

#include "json/expected_keys.h"
#include "json/object_memos.h"
#include "json/old_members.h"
#include "json/parts.h"

/* A container that is open, or, lowest, the text itself. */
struct level {
    struct value_sum sum;
    size_t start;             /* of its first element among the slots, in bytes */
    size_t part;              /* where it is noted */
    struct parts_range known; /* of what was read before, what may be equal to its elements */
    struct old_members old;   /* of an object that was read before, if it has many */
    size_t fresh;             /* the first of its keys that are not of those */
    char closer;              /* '}', ']', or 0: none */
    bool is_object;
    const char *text;          /* of an object: its opening brace, */
    struct object_place place; /* and its place among the memos */
    uint32_t number;           /* of the object, counted as they open */
    uint32_t unmet;            /* how many of an object's keys were not in it before, for certain */
    size_t emptied;            /* what the key table's was */
    struct value_key *first;   /* key of the last object on this level, kept when that is closed */
    struct expected_keys expected;
    const struct value_member *element; /* members of the last object in it */
    uint32_t element_count;
};

struct levels {
    struct level *items;
    struct level *last; /* of those that there is room for, up to the deepest */
    size_t capacity, max_depth;
};

/* The lowest level, and room for others; `max_depth` is set already. False when out of memory. */
bool levels_open(struct levels *levels);

/* Room for levels above the last one, which is not the deepest; they may move. False when out of
 * memory. */
bool levels_grow(struct levels *levels);
void levels_free(struct levels *levels);

/* Where the value of `key`, a member on this level, has notes that are the reader's; or NULL. */
static inline struct value_noted_key *level_notes_of(const struct level *level,
                                                     const struct value_key *key) {
    return !level->old.end && key->noted ? (struct value_noted_key *)(uintptr_t)key : NULL;
}

/* What keys the object in `slot`, which begins on this level, is expected to have: those of the
 * last value of its key, or else of the object before it. */
static inline void level_expect_keys(struct level *level, const struct value_member *slot) {
    const struct level *outer = level - 1;
    const struct value_member *like = outer->element;
    uint32_t count = outer->element_count;
    if (outer->is_object) {
        const struct value_noted_key *notes = level_notes_of(outer, slot->key);
        if (notes && notes->like) {
            like = notes->like;
            count = notes->like_count;
        }
    }
    expected_keys_begin(&level->expected, like, count);
}

/* The object in `slot`, an element of the level's container, is one that others may resemble. */
static inline void level_note_similar(struct level *level, const struct value_member *slot) {
    const struct delta_value *object = &slot->value;
    struct value_noted_key *notes = level->is_object ? level_notes_of(level, slot->key) : NULL;
    if (notes) {
        notes->like = object->object->members;
        notes->like_count = object->length;
    }
    level->element = object->object->members;
    level->element_count = object->length;
}

#endif
