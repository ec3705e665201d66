/* A container of a million elements needs 24 MB of slots. To copy them to the arena would take as
 * much again, and clearing pages is half of what reading such a container costs. So the memory of
 * the stack is handed over to the arena as one of its blocks, and the head of the container is
 * written before its elements: over the slots below them, which were copied to a new stack first.
 * Where no slot is below, and for the block's own header, there is room in front. */
#include "json/slots.h"

#include "base/arena.h"
#include "base/pages.h"

#include <stdlib.h>
#include <string.h>

enum {
    FRONT = sizeof(struct arena_block) + sizeof(struct value_object), /* bytes before the slots */
    FEWEST = 64,
};

_Static_assert(sizeof(struct value_array) == sizeof(struct value_object), "one head for both");

/* Bytes of the room up to the slot `count`. */
static size_t slots_size(size_t count) {
    return FRONT + count * sizeof(struct value_member);
}

static char *room(const struct slots *slots) {
    return (char *)slots->first - FRONT;
}

/* Makes the room at `old`, or new one where it is NULL, one for `capacity` slots. */
static bool resize(struct slots *slots, char *old, size_t capacity) {
    if (capacity > (SIZE_MAX - FRONT) / sizeof(struct value_member))
        return false;
    char *resized = realloc(old, slots_size(capacity));
    if (!resized)
        return false;
    slots->first = (struct value_member *)(void *)(resized + FRONT);
    slots->end = slots->first + capacity;
    /* cppcheck-suppress memleak -- it is in `slots` now */
    return true;
}

bool slots_open(struct slots *slots) {
    return resize(slots, NULL, FEWEST);
}

void slots_free(struct slots *slots) {
    if (slots->first)
        free(room(slots));
    *slots = (struct slots){0};
}

bool slots_grow(struct slots *slots, size_t index, size_t expected) {
    if (expected <= index || !resize(slots, room(slots), expected)) {
        if (!resize(slots, room(slots), 2 * index))
            return false;
    }
    pages_prefer_huge(room(slots), slots_size((size_t)(slots->end - slots->first)));
    return true;
}

/* A stack with a copy of the slots below `start`. */
static bool copy_lower(const struct slots *slots, size_t start, struct slots *lower) {
    if (!resize(lower, NULL, start + FEWEST))
        return false;
    memcpy(lower->first, slots->first, start * sizeof *lower->first);
    return true;
}

/* Where the container begins in the room. */
static size_t head_at(size_t start) {
    return slots_size(start) - sizeof(struct value_object);
}

/* Hands the room over to the arena as far as the container goes, which is `size` bytes; `lower` is
 * then the stack. Returns the container. */
static void *hand_over(struct slots *slots, const struct slots *lower, size_t start, size_t size,
                       struct delta_arena *arena) {
    char *whole = room(slots);
    char *block = realloc(whole, head_at(start) + size);
    if (!block)
        block = whole;
    arena_adopt(arena, block, head_at(start) + size);
    *slots = *lower;
    return block + head_at(start);
}

struct value_object *slots_take_object(struct slots *slots, size_t start, size_t count,
                                       struct delta_arena *arena) {
    struct slots lower;
    if (!copy_lower(slots, start, &lower))
        return NULL;
    return hand_over(slots, &lower, start,
                     sizeof(struct value_object) + count * sizeof(struct value_member), arena);
}

struct value_array *slots_take_array(struct slots *slots, size_t start, size_t count,
                                     struct delta_arena *arena) {
    struct slots lower;
    if (!copy_lower(slots, start, &lower))
        return NULL;
    /* An item is smaller than a slot: each moves towards the beginning. */
    struct value_array *array = (struct value_array *)(void *)(room(slots) + head_at(start));
    for (size_t i = 0; i < count; i++) {
        struct delta_value item = slots->first[start + i].value;
        array->items[i] = item;
    }
    return hand_over(slots, &lower, start,
                     sizeof(struct value_array) + count * sizeof(struct delta_value), arena);
}
