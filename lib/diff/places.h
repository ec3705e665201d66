/* Where the elements of a filtered state are in the state that was filtered, and which old ones
 * they are: the result of a filter keeps elements that do not count, and in an array without an
 * order all old ones first, so its indices are not those that a person or a position in the text
 * knows; and a difference that paired elements again, by all that they hold, could show in an
 * element what does not count in the one that the filter took it for. */
#ifndef DIFF_PLACES_H
#define DIFF_PLACES_H

#include "base/array.h"
#include "json/value.h"

struct places_array {
    uint64_t path;         /* hash of the array's pointer in the new state */
    const uint32_t *index; /* by element of the result: its index in the new state, or NO_INDEX */
    uint32_t count;
};

/* Two arrays' elements, by where they are in memory, and which are the same one. */
struct places_pairing {
    const struct delta_value *old, *result;
    const uint32_t *from; /* by element of the result: the old one that it is, or NO_INDEX */
};

/* Arrays whose indices differ, and arrays that were paired. Zero is empty. */
struct delta_places {
    struct places_array *arrays;
    struct places_pairing *pairings;
    uint32_t count, capacity;
    uint32_t pairing_count, pairing_capacity;
};

/* Adds an array. The indices are copied into the arena. */
int places_add(struct delta_arena *arena, struct delta_places *places, const char *pointer,
               size_t length, const uint32_t *index, uint32_t count, struct delta_err *err);

/* Adds a pairing of the elements of two arrays. What `from` points to is copied into the arena. */
int places_add_pairing(struct delta_arena *arena, struct delta_places *places,
                       const struct delta_value *old, const struct delta_value *result,
                       const uint32_t *from, struct delta_err *err);

/* To be called once, before anything is looked up. O(n log n). */
void places_sort(struct delta_places *places);

/* The array at the pointer, or NULL: its elements are where they are. `places` may be NULL.
 * O(length + log n). */
const struct places_array *places_find(const struct delta_places *places, const char *pointer,
                                       size_t length);

/* The pairing of these elements of two arrays, or NULL. `places` may be NULL. O(log n). */
const uint32_t *places_from(const struct delta_places *places, const struct delta_value *old,
                            const struct delta_value *result);

/* The index in the new state of an element of the result; `array` may be NULL. */
static inline uint32_t places_index(const struct places_array *array, uint32_t element) {
    return array && element < array->count && array->index[element] != NO_INDEX
               ? array->index[element]
               : element;
}

#endif
