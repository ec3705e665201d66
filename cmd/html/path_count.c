#include "html/path_count.h"

#include <stdlib.h>
#include <string.h>

/* True for the step of an element, or of a run of them: "/12", "/3..5". */
static bool is_index(const char *step, size_t length) {
    size_t first = 1, last;
    while (first < length && step[first] >= '0' && step[first] <= '9')
        first++;
    if (first == 1 || first == length)
        return first > 1;
    if (length - first < 3 || step[first] != '.' || step[first + 1] != '.')
        return false;
    for (last = first + 2; last < length && step[last] >= '0' && step[last] <= '9';)
        last++;
    return last == length;
}

/* Copies less than PATH_COUNT_LENGTH bytes of `pointer`, with "*" for indices; `*cut` when that is
 * not all. Returns the bytes written. */
static size_t generalise(const char *pointer, size_t length, char out[PATH_COUNT_LENGTH],
                         bool *cut) {
    size_t written = 0;
    for (size_t at = 0, end; at < length && written < PATH_COUNT_LENGTH; at = end) {
        for (end = at + 1; end < length && pointer[end] != '/';)
            end++;
        bool index = is_index(pointer + at, end - at);
        const char *from = index ? "/*" : pointer + at;
        size_t bytes = index ? 2 : end - at;
        if (bytes > PATH_COUNT_LENGTH - written)
            bytes = PATH_COUNT_LENGTH - written;
        memcpy(out + written, from, bytes);
        written += bytes;
    }
    *cut = written == PATH_COUNT_LENGTH;
    if (*cut) /* whole characters only */
        while (written && ((unsigned char)out[--written] & 0xc0) == 0x80)
            ;
    return written;
}

/* FNV-1a */
static uint32_t hash_of(const char *text, size_t length) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash;
}

/* Room for one more place; the table stays at most half full. */
static int grow(struct path_count *paths) {
    if (paths->count < paths->capacity)
        return 0;
    size_t capacity = paths->capacity ? paths->capacity * 2 : 256;
    struct path_count_place *places = realloc(paths->places, capacity * sizeof *places);
    if (!places)
        return -1;
    paths->places = places;
    uint32_t *table = calloc(capacity * 2, sizeof *table);
    if (!table)
        return -1;
    paths->capacity = capacity;
    free(paths->table);
    paths->table = table;
    paths->table_size = capacity * 2;
    for (size_t i = 0; i < paths->count; i++) {
        size_t slot = places[i].hash & (paths->table_size - 1);
        while (table[slot])
            slot = (slot + 1) & (paths->table_size - 1);
        table[slot] = (uint32_t)i + 1;
    }
    return 0;
}

int path_count_add(struct path_count *paths, uint32_t revision, const char *pointer,
                   size_t length) {
    char text[PATH_COUNT_LENGTH];
    bool cut;
    length = generalise(pointer, length, text, &cut);
    if (grow(paths) < 0)
        return -1;
    uint32_t hash = hash_of(text, length);
    size_t mask = paths->table_size - 1, slot = hash & mask;
    for (; paths->table[slot]; slot = (slot + 1) & mask) {
        struct path_count_place *place = &paths->places[paths->table[slot] - 1];
        if (place->hash != hash || place->length != length ||
            memcmp(place->pointer, text, length) != 0)
            continue;
        place->revisions += place->last != revision;
        place->last = revision;
        place->changes++;
        return 0;
    }
    if (paths->count == PATH_COUNT_MOST) {
        paths->full = true;
        return 0;
    }
    char *kept = malloc(length + 1);
    if (!kept)
        return -1;
    memcpy(kept, text, length);
    kept[length] = '\0';
    paths->places[paths->count++] = (struct path_count_place){.pointer = kept,
                                                              .length = length,
                                                              .cut = cut,
                                                              .hash = hash,
                                                              .last = revision,
                                                              .revisions = 1,
                                                              .changes = 1};
    paths->table[slot] = (uint32_t)paths->count;
    return 0;
}

static int by_rank(const void *a, const void *b) {
    const struct path_count_place *one = a, *other = b;
    if (one->revisions != other->revisions)
        return one->revisions < other->revisions ? 1 : -1;
    if (one->changes != other->changes)
        return one->changes < other->changes ? 1 : -1;
    return strcmp(one->pointer, other->pointer);
}

void path_count_rank(struct path_count *paths) {
    if (paths->count)
        qsort(paths->places, paths->count, sizeof *paths->places, by_rank);
    free(paths->table);
    paths->table = NULL;
}

void path_count_free(struct path_count *paths) {
    for (size_t i = 0; i < paths->count; i++)
        free(paths->places[i].pointer);
    free(paths->places);
    free(paths->table);
    *paths = (struct path_count){0};
}
