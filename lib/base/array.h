/* Arrays that grow, of any type: an array is any struct with the members `items` (a pointer), and
 * `count` and `capacity` (size_t), all zero to begin with. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where an index of 32 bits names no item. */
#define NO_INDEX UINT32_MAX

#define ARRAY(type)                                                                                \
    struct {                                                                                       \
        type *items;                                                                               \
        size_t count, capacity;                                                                    \
    }

/* The address of a new last item, uninitialised; NULL, and the array as before, when out of memory.
 * Earlier items may move. Amortised O(1). */
#define array_add(array)                                                                           \
    ((array)->count < (array)->capacity || array_grow(&(array)->items, &(array)->capacity,         \
                                                      (array)->count + 1, sizeof *(array)->items)  \
         ? &(array)->items[(array)->count++]                                                       \
         : NULL)

/* Gives the allocation at `*items`, a pointer of any type, capacity for `wanted` items of `size`
 * bytes, and at least twice what it had. False, and nothing changed, when out of memory. */
bool array_grow(void *items, size_t *capacity, size_t wanted, size_t size);

#endif
