#include "diff/places.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* The root's pointer may be NULL. */
static uint64_t hash_path(const char *pointer, size_t length) {
    return hash_private(length ? pointer : "", length, 'p');
}

int places_add(struct delta_arena *arena, struct delta_places *places, const char *pointer,
               size_t length, const uint32_t *index, uint32_t count, struct delta_err *err) {
    uint32_t *copy = arena_array(arena, count, sizeof *copy);
    if (places->count == places->capacity) {
        uint32_t capacity = 2 * places->capacity + 8;
        struct places_array *arrays = arena_array(arena, capacity, sizeof *arrays);
        if (!arrays)
            return err_memory(err);
        if (places->count)
            memcpy(arrays, places->arrays, places->count * sizeof *arrays);
        places->arrays = arrays;
        places->capacity = capacity;
    }
    if (!copy)
        return err_memory(err);
    if (count)
        memcpy(copy, index, count * sizeof *copy);
    places->arrays[places->count++] =
        (struct places_array){.path = hash_path(pointer, length), .index = copy, .count = count};
    return 0;
}

static int compare_paths(const void *a, const void *b) {
    const struct places_array *left = a, *right = b;
    return (left->path > right->path) - (left->path < right->path);
}

void places_sort(struct delta_places *places) {
    if (places->count)
        qsort(places->arrays, places->count, sizeof *places->arrays, compare_paths);
}

const struct places_array *places_find(const struct delta_places *places, const char *pointer,
                                       size_t length) {
    if (!places || !places->count)
        return NULL;
    const struct places_array wanted = {.path = hash_path(pointer, length)};
    return bsearch(&wanted, places->arrays, places->count, sizeof *places->arrays, compare_paths);
}
