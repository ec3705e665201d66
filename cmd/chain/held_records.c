#include "chain/held_records.h"

#include <stdlib.h>

bool held_records_add(struct held_records *held, struct delta_arena *arena,
                      const struct delta_record *record) {
    if (!delta_array_reserve(&held->items, &held->capacity, held->count + 1, sizeof *held->items))
        return false;
    held->items[held->count++] = (struct held_record){arena, record};
    return true;
}

void held_records_drop(struct held_records *held) {
    while (held->count)
        delta_arena_free(held->items[--held->count].arena);
}

void held_records_free(struct held_records *held) {
    held_records_drop(held);
    free(held->items);
}
