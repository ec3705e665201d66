/* States from files; two large ones on two threads. */
#include "arena.h"
#include "err.h"
#include "io.h"
#include "reader.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

enum { WORTH_A_THREAD = 256 * 1024 }; /* bytes of the smaller file */

const struct delta_value *delta_read_file(struct delta_arena *arena, const char *path,
                                          struct delta_err *err) {
    size_t length;
    char *text = io_read_file(arena, path, DELTA_MAX_STATE, &length, err);
    if (!text)
        return NULL;
    const struct delta_value *value = reader_parse(arena, text, length, DELTA_MAX_DEPTH, err);
    if (value)
        arena_note_text(arena, value, text, length);
    else
        err_in_file(err, strcmp(path, "-") == 0 ? "standard input" : path);
    return value;
}

/* The second state, read on a thread and in an arena of its own. */
struct reading {
    struct delta_arena *arena;
    const char *path;
    const struct delta_value *value;
    struct delta_err err;
};

static void *read_second(void *argument) {
    struct reading *reading = argument;
    reading->value = delta_read_file(reading->arena, reading->path, &reading->err);
    return NULL;
}

static bool is_large(const char *path) {
    struct stat status;
    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_size >= WORTH_A_THREAD;
}

int delta_read_pair(struct delta_arena *arena, const char *first, const char *second,
                    const struct delta_value *states[2], struct delta_err *err) {
    const struct delta_value *read[2];
    struct reading reading = {.path = second};
    pthread_t thread;
    bool threaded = is_large(first) && is_large(second);
    if (threaded) {
        reading.arena = delta_arena_new();
        if (!reading.arena)
            return err_memory(err);
        threaded = pthread_create(&thread, NULL, read_second, &reading) == 0;
        if (!threaded)
            delta_arena_free(reading.arena);
    }
    read[0] = delta_read_file(arena, first, err);
    if (threaded) {
        pthread_join(thread, NULL);
        read[1] = reading.value;
        if (read[0] && !read[1] && err && err->code == DELTA_OK)
            *err = reading.err;
        arena_join(arena, reading.arena);
    } else {
        read[1] = read[0] ? delta_read_file(arena, second, err) : NULL;
    }
    if (!read[0] || !read[1])
        return -1;
    memcpy(states, read, sizeof read);
    return 0;
}
