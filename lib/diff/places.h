/* Where the elements of a filtered state are in the state that was filtered: the result of a filter
 * keeps elements that do not count, and in an array without an order all old ones first, so its
 * indices are not those that a person or a position in the text knows. */
#ifndef DIFF_PLACES_H
#define DIFF_PLACES_H

#include "base/array.h"
#include "json/value.h"

struct places_array {
    uint64_t path;         /* hash of the array's pointer in the new state */
    const uint32_t *index; /* by element of the result: its index in the new state, or NO_INDEX */
    uint32_t count;
};

/* Arrays whose indices differ. Zero is empty. */
struct delta_places {
    struct places_array *arrays;
    uint32_t count, capacity;
};

/* Adds an array. The indices are copied into the arena. */
int places_add(struct delta_arena *arena, struct delta_places *places, const char *pointer,
               size_t length, const uint32_t *index, uint32_t count, struct delta_err *err);

/* To be called once, before arrays are looked up. O(n log n). */
void places_sort(struct delta_places *places);

/* The array at the pointer, or NULL: its elements are where they are. `places` may be NULL.
 * O(length + log n). */
const struct places_array *places_find(const struct delta_places *places, const char *pointer,
                                       size_t length);

/* The index in the new state of an element of the result; `array` may be NULL. */
static inline uint32_t places_index(const struct places_array *array, uint32_t element) {
    return array && element < array->count && array->index[element] != NO_INDEX
               ? array->index[element]
               : element;
}

#endif
