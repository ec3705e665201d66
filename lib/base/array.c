#include "base/array.h"

#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 32 };

bool array_grow(void *items, size_t *capacity, size_t wanted, size_t size) {
    size_t larger = *capacity ? 2 * *capacity : SMALLEST;
    if (larger < wanted)
        larger = wanted;
    void *data;
    memcpy(&data, items,
           sizeof data); /* a pointer of another type must not be read through a cast */
    data = reallocarray(data, larger, size);
    if (!data)
        return false;
    memcpy(items, &data, sizeof data);
    *capacity = larger;
    return true;
}
