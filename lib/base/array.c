#include "base/array.h"

#include "delta.h"

#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 32 };

bool array_grow(void *items, size_t *capacity, size_t wanted, size_t size) {
    size_t larger = *capacity ? 2 * *capacity : SMALLEST;
    if (larger < wanted)
        larger = wanted;
    /* The pointer is of another type, so it is copied, not read through a cast. */
    void *old, *grown;
    memcpy(&old, items, sizeof old);
    grown = reallocarray(old, larger, size);
    if (!grown)
        return false;
    memcpy(items, &grown, sizeof grown);
    *capacity = larger;
    /* cppcheck-suppress memleak -- it is in `items` now */
    return true;
}

bool delta_array_reserve(void *items, size_t *capacity, size_t wanted, size_t size) {
    return wanted <= *capacity || array_grow(items, capacity, wanted, size);
}
