/* The reader's stack: a slot for each element whose container is still open, innermost last. The
 * elements of a large container stay where they are when it is closed: they are not copied. */
#ifndef JSON_SLOTS_H
#define JSON_SLOTS_H

#include "json/value.h"

#include <string.h>

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

/* Copies `bytes` word by word: what was stored as a word a moment ago cannot be loaded together
 * with its neighbour before both are in the cache (see value_set). The loads are atomic so that no
 * compiler joins them. */
static inline void slots_copy_words(void *to, const void *from, size_t bytes) {
    typedef uint64_t __attribute__((may_alias)) word;
    for (size_t i = 0; i < bytes / sizeof(word); i++)
        ((word *)to)[i] = __atomic_load_n((const word *)from + i, __ATOMIC_RELAXED);
}

/* Copies members, of which the last ones were stored a moment ago. */
static inline void slots_copy(struct value_member *to, const struct value_member *from,
                              size_t count) {
    enum { RECENT = 16 };
    size_t old = count > RECENT ? count - RECENT : 0;
    if (old)
        memcpy(to, from, old * sizeof *to);
    for (size_t i = old; i < count; i++)
        slots_copy_words(&to[i], &from[i], sizeof *to);
}

#endif
