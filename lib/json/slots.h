/* The reader's stack: a slot for each element whose container is still open, innermost last. The
 * elements of a large container stay where they are when it is closed: they are not copied. */
#ifndef JSON_SLOTS_H
#define JSON_SLOTS_H

#include "json/value.h"

struct slots {
    struct value_member *first, *end; /* an array's elements have no key */
};

/* A stack with room for some slots; false when out of memory. */
bool slots_open(struct slots *slots);
void slots_free(struct slots *slots);

/* Room for slots from `index` on, `expected` of them in all if that is more; they may move. False,
 * and nothing changed, when out of memory. */
bool slots_grow(struct slots *slots, size_t index, size_t expected);

enum { SLOTS_MANY = 1 << 12 }; /* elements that are worth a block: 96 KiB */

/* True where taking is cheaper than copying. */
static inline bool slots_worth_taking(size_t start, size_t count) {
    return count >= SLOTS_MANY && count >= start;
}

/* Takes the last `count` slots, from `start` on, off the stack: they become the members of an
 * object or the items of an array in `arena`, to be settled, and the slots below them move. NULL,
 * and nothing changed, when out of memory. O(start) for an object, O(start + count) for an array.
 */
struct value_object *slots_take_object(struct slots *slots, size_t start, size_t count,
                                       struct delta_arena *arena);
struct value_array *slots_take_array(struct slots *slots, size_t start, size_t count,
                                     struct delta_arena *arena);

#endif
