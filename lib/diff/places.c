#include "diff/places.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

#include <stdlib.h>

/* The root's pointer may be NULL. */
static uint64_t hash_path(const char *pointer, size_t length) {
    return hash_private(length ? pointer : "", length, 'p');
}

/* Room for one more item of `size` bytes in a list in the arena; NULL when out of memory. */
static void *with_room(struct delta_arena *arena, void *list, uint32_t count, uint32_t *capacity,
                       size_t size) {
    if (count < *capacity)
        return list;
    uint32_t more = 2 * *capacity + 8;
    void *grown = arena_grow(arena, list, count, more, size);
    if (grown)
        *capacity = more;
    return grown;
}

int places_add(struct delta_arena *arena, struct delta_places *places, const char *pointer,
               size_t length, const uint32_t *index, uint32_t count, struct delta_err *err) {
    const uint32_t *copy = arena_grow(arena, index, count, count, sizeof *index);
    struct places_array *arrays =
        with_room(arena, places->arrays, places->count, &places->capacity, sizeof *arrays);
    if (!arrays || !copy)
        return err_memory(err);
    places->arrays = arrays;
    arrays[places->count++] =
        (struct places_array){.path = hash_path(pointer, length), .index = copy, .count = count};
    return 0;
}

int places_add_pairing(struct delta_arena *arena, struct delta_places *places,
                       const struct delta_value *old, const struct delta_value *result,
                       const uint32_t *from, struct delta_err *err) {
    const uint32_t *copy = arena_grow(arena, from, result->length, result->length, sizeof *from);
    struct places_pairing *pairings = with_room(arena, places->pairings, places->pairing_count,
                                                &places->pairing_capacity, sizeof *pairings);
    if (!pairings || !copy)
        return err_memory(err);
    places->pairings = pairings;
    pairings[places->pairing_count++] = (struct places_pairing){
        .old = value_items(old), .result = value_items(result), .from = copy};
    return 0;
}

static int compare_paths(const void *a, const void *b) {
    const struct places_array *left = a, *right = b;
    return (left->path > right->path) - (left->path < right->path);
}

/* A result is one array only: no two pairings have the same. */
static int compare_results(const void *a, const void *b) {
    uintptr_t left = (uintptr_t)((const struct places_pairing *)a)->result;
    uintptr_t right = (uintptr_t)((const struct places_pairing *)b)->result;
    return (left > right) - (left < right);
}

void places_sort(struct delta_places *places) {
    if (places->count)
        qsort(places->arrays, places->count, sizeof *places->arrays, compare_paths);
    if (places->pairing_count)
        qsort(places->pairings, places->pairing_count, sizeof *places->pairings, compare_results);
}

const struct places_array *places_find(const struct delta_places *places, const char *pointer,
                                       size_t length) {
    if (!places || !places->count)
        return NULL;
    const struct places_array wanted = {.path = hash_path(pointer, length)};
    return bsearch(&wanted, places->arrays, places->count, sizeof *places->arrays, compare_paths);
}

const uint32_t *places_from(const struct delta_places *places, const struct delta_value *old,
                            const struct delta_value *result) {
    if (!places || !places->pairing_count)
        return NULL;
    const struct places_pairing wanted = {.result = result};
    const struct places_pairing *found = bsearch(&wanted, places->pairings, places->pairing_count,
                                                 sizeof *places->pairings, compare_results);
    return found && found->old == old ? found->from : NULL;
}
