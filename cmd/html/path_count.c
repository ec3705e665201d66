/* The table of places is a balanced tree (tsearch(3)). */
#include "html/path_count.h"

#include <search.h>
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

static int by_pointer(const void *a, const void *b) {
    const struct path_count_place *one = a, *other = b;
    size_t least = one->length < other->length ? one->length : other->length;
    int order = memcmp(one->pointer, other->pointer, least);
    return order ? order : (one->length > other->length) - (one->length < other->length);
}

static void free_place(void *place) {
    free(((struct path_count_place *)place)->pointer);
    free(place);
}

/* Adds a copy of a place that is not there yet. */
static int add_place(struct path_count *paths, const struct path_count_place *like) {
    struct path_count_place *place = malloc(sizeof *place);
    char *pointer = malloc(like->length + 1);
    if (!place || !pointer ||
        !delta_array_reserve(&paths->places, &paths->capacity, paths->count + 1,
                             sizeof(*paths->places))) {
        free(place);
        free(pointer);
        return -1;
    }
    memcpy(pointer, like->pointer, like->length);
    pointer[like->length] = '\0';
    *place = *like;
    place->pointer = pointer;
    if (!tsearch(place, &paths->table, by_pointer)) {
        free_place(place);
        return -1;
    }
    paths->places[paths->count++] = place;
    return 0;
}

int path_count_add(struct path_count *paths, uint32_t revision, const char *pointer,
                   size_t length) {
    char text[PATH_COUNT_LENGTH];
    struct path_count_place wanted = {
        .pointer = text, .last = revision, .revisions = 1, .changes = 1};
    wanted.length = generalise(pointer, length, text, &wanted.cut);
    struct path_count_place **found = tfind(&wanted, &paths->table, by_pointer);
    if (!found) {
        paths->full |= paths->count == PATH_COUNT_MOST;
        return paths->full ? 0 : add_place(paths, &wanted);
    }
    (*found)->revisions += (*found)->last != revision;
    (*found)->last = revision;
    (*found)->changes++;
    return 0;
}

static int by_rank(const void *a, const void *b) {
    const struct path_count_place *one = *(struct path_count_place *const *)a;
    const struct path_count_place *other = *(struct path_count_place *const *)b;
    if (one->revisions != other->revisions)
        return one->revisions < other->revisions ? 1 : -1;
    if (one->changes != other->changes)
        return one->changes < other->changes ? 1 : -1;
    return strcmp(one->pointer, other->pointer);
}

void path_count_rank(struct path_count *paths) {
    if (paths->count)
        qsort(paths->places, paths->count, sizeof(*paths->places), by_rank);
}

void path_count_free(struct path_count *paths) {
    tdestroy(paths->table, free_place);
    free(paths->places);
    *paths = (struct path_count){0};
}
