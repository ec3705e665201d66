/* States from files. Two large ones that do not resemble one another are read on two threads. Where
 * they do, most of the second need not be read (json/parts): that takes less time on one thread
 * than both do on two, half the processor's time, and two thirds of the memory.
 *
 * Why WORTH_A_THREAD: two arrays that have nothing in common, compared with -q on two idle cores
 * with and without a thread, least of 101 runs in ms: of 64 kB each 1.51 and 1.66, of 128 kB 2.20
 * and 2.22, of 256 kB 2.4 and 3.1, of 2 MB 9.7 and 15.1. */
#include "record/state.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/io.h"
#include "json/parts.h"
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

/* Keeps what was read, or says of which file the failure is. */
static void keep(struct reading *reading, const struct delta_value *value) {
    reading->value = value;
    if (value)
        arena_note_text(reading->arena, value, reading->text.bytes, reading->text.length);
    else
        err_in_file(reading->err,
                    strcmp(reading->path, "-") == 0 ? "standard input" : reading->path);
}

static void parse(struct reading *reading) {
    struct byte_span text = reading->text;
    if (text.bytes)
        keep(reading, reader_parse_with(reading->arena, text.bytes, text.length, reading->hashes,
                                        reading->err));
}

/* Both, the second with what the first has in common with it. */
static void parse_alike(struct reading pair[2]) {
    struct byte_span first = pair[0].text, second = pair[1].text;
    struct parts parts = {0};
    keep(&pair[0], reader_parse_noted(pair[0].arena, first.bytes, first.length, pair[0].hashes,
                                      &parts, pair[0].err));
    if (pair[0].value)
        keep(&pair[1], reader_parse_beside(pair[1].arena, second.bytes, second.length,
                                           pair[1].hashes, &parts, pair[1].err));
    parts_free(&parts);
}

static void *load_thread(void *reading) {
    load(reading);
    return NULL;
}

static void *parse_thread(void *reading) {
    parse(reading);
    return NULL;
}

const struct delta_value *delta_read_file(struct delta_arena *arena, const char *path,
                                          struct delta_err *err) {
    struct reading reading = {.arena = arena, .path = path, .hashes = VALUE_DIGEST, .err = err};
    load(&reading);
    parse(&reading);
    return reading.value;
}

static bool is_large(const char *path) {
    struct stat status;
    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_size >= WORTH_A_THREAD;
}

/* Does the same to both, to the second one on a thread where that can be had. */
static void do_both(struct reading pair[2], void *(*work)(void *reading)) {
    pthread_t thread;
    bool beside = pthread_create(&thread, NULL, work, &pair[1]) == 0;
    work(&pair[0]);
    if (beside)
        pthread_join(thread, NULL);
    else
        work(&pair[1]);
}

/* Reads two large files, the second into an arena of its own; false when that cannot be had. */
static bool read_large(struct reading pair[2], struct delta_err *err) {
    struct delta_arena *arena = pair[1].arena;
    struct delta_err why = {0};
    pair[1].arena = delta_arena_new();
    if (!pair[1].arena) {
        pair[1].arena = arena;
        return false;
    }
    pair[1].err = &why;
    do_both(pair, load_thread);
    struct byte_span first = pair[0].text, second = pair[1].text;
    if (first.bytes && second.bytes &&
        parts_are_worth_it(first.bytes, first.length, second.bytes, second.length))
        parse_alike(pair);
    else
        do_both(pair, parse_thread);
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
    if (!is_large(first) || !is_large(second) || !read_large(pair, err)) {
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
