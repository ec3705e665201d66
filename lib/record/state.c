/* States from files; two large ones on two threads. */
#include "record/state.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/io.h"
#include "json/reader.h"
#include "json/value.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

enum { WORTH_A_THREAD = 256 * 1024 }; /* bytes of the smaller file */

/* A state on its way in. */
struct reading {
    struct delta_arena *arena;
    const char *path;
    struct ahead *ahead; /* given the text, unless NULL */
    unsigned which;
    unsigned hashes;       /* VALUE_HASH, VALUE_DIGEST */
    struct byte_span text; /* no bytes: failed */
    const struct delta_value *value;
    struct delta_err *err;
};

static void load(struct reading *reading) {
    reading->text.bytes = io_read_file(reading->arena, reading->path, DELTA_MAX_STATE,
                                       &reading->text.length, reading->err);
    if (reading->text.bytes && reading->ahead)
        ahead_give(reading->ahead, reading->which, reading->text);
}

static void parse(struct reading *reading) {
    struct byte_span text = reading->text;
    if (!text.bytes)
        return;
    reading->value =
        reader_parse_with(reading->arena, text.bytes, text.length, reading->hashes, reading->err);
    if (reading->value)
        arena_note_text(reading->arena, reading->value, text.bytes, text.length);
    else
        err_in_file(reading->err,
                    strcmp(reading->path, "-") == 0 ? "standard input" : reading->path);
}

static void *load_and_parse(void *reading) {
    load(reading);
    parse(reading);
    return NULL;
}

const struct delta_value *delta_read_file(struct delta_arena *arena, const char *path,
                                          struct delta_err *err) {
    struct reading reading = {.arena = arena, .path = path, .hashes = VALUE_DIGEST, .err = err};
    load_and_parse(&reading);
    return reading.value;
}

static bool is_large(const char *path) {
    struct stat status;
    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_size >= WORTH_A_THREAD;
}

/* Reads the second one on a thread and in an arena of its own; false when that cannot be. */
static bool read_on_threads(struct reading pair[2], struct delta_err *err) {
    struct delta_arena *arena = pair[1].arena;
    struct delta_err why = {0};
    pthread_t thread;
    pair[1].arena = delta_arena_new();
    pair[1].err = &why;
    if (!pair[1].arena || pthread_create(&thread, NULL, load_and_parse, &pair[1]) != 0) {
        delta_arena_free(pair[1].arena);
        pair[1].arena = arena;
        pair[1].err = err;
        return false;
    }
    load_and_parse(&pair[0]);
    pthread_join(thread, NULL);
    if (pair[0].value && !pair[1].value && err && err->code == DELTA_OK)
        *err = why;
    arena_join(arena, pair[1].arena);
    return true;
}

int state_read_pair(struct delta_arena *arena, const char *first, const char *second,
                    struct ahead *ahead, unsigned hashes, const struct delta_value *states[2],
                    struct delta_err *err) {
    struct reading pair[2] = {
        {.arena = arena, .path = first, .ahead = ahead, .hashes = hashes, .err = err},
        {.arena = arena, .path = second, .ahead = ahead, .which = 1, .hashes = hashes, .err = err}};
    if (!is_large(first) || !is_large(second) || !read_on_threads(pair, err)) {
        load(&pair[0]);
        if (pair[0].text.bytes)
            load(&pair[1]);
        parse(&pair[0]);
        if (pair[0].value)
            parse(&pair[1]);
    }
    if (!pair[0].value || !pair[1].value)
        return -1;
    states[0] = pair[0].value;
    states[1] = pair[1].value;
    return 0;
}

int delta_read_pair(struct delta_arena *arena, const char *first, const char *second,
                    const struct delta_value *states[2], struct delta_err *err) {
    return state_read_pair(arena, first, second, NULL, VALUE_HASH, states, err);
}
