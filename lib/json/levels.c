#include "json/levels.h"

#include "base/array.h"

#include <stdlib.h>

enum { FIRST = 16 };

/* Room for `count` levels; those from `opened` on are set when they are opened, but for their first
 * keys. */
static bool make_room(struct levels *levels, size_t opened, size_t count) {
    if (!array_grow(&levels->items, &levels->capacity, count, sizeof *levels->items))
        return false;
    for (size_t i = opened; i < levels->capacity; i++)
        levels->items[i].first = NULL;
    size_t last = levels->capacity - 1;
    levels->last = levels->items + (last < levels->max_depth ? last : levels->max_depth);
    return true;
}

bool levels_open(struct levels *levels) {
    if (!make_room(levels, 1, FIRST))
        return false;
    levels->items[0] = (struct level){0};
    return true;
}

bool levels_grow(struct levels *levels) {
    size_t opened = (size_t)(levels->last - levels->items) + 1;
    return make_room(levels, opened, opened + 1);
}

void levels_free(struct levels *levels) {
    free(levels->items);
}
