#include "record/prefix.h"

#include "base/err.h"
#include "json/canonical.h"

#include <pthread.h>
#include <stdlib.h>

/* Bytes of the state. Of 400 and 800 kB of caniuse, with spaces, delta-diff -z takes 0.80 of the
 * wall's time with a thread, of 200 kB as much as without (two cores). */
enum { WORTH_A_THREAD = 256 * 1024 };

struct prefix {
    struct byte_span source; /* what the state was read from, if that is known */
    const struct delta_value *state;
    int level;
    bool begun;
    pthread_t thread;

    /* What is made; the thread's until it was joined. */
    struct delta_arena *arena;
    struct byte_span text;
    struct zstd_prefix_index *index;
    struct delta_err err;
};

static int make_text(struct prefix *prefix) {
    if (prefix->arena)
        return prefix->text.bytes ? 0 : -1;
    prefix->arena = delta_arena_new();
    if (!prefix->arena)
        return err_memory(&prefix->err);
    return canonical_text(prefix->source, prefix->arena, prefix->state, &prefix->text,
                          &prefix->err);
}

static void make_ready(struct prefix *prefix) {
    if (make_text(prefix) == 0)
        prefix->index = zstd_prefix_index_new(prefix->text.bytes, prefix->text.length,
                                              prefix->level, &prefix->err);
}

static void *work(void *argument) {
    make_text(argument);
    return NULL;
}

struct prefix *prefix_new(const struct delta_arena *home, const struct delta_value *state,
                          int level) {
    struct prefix *prefix = calloc(1, sizeof *prefix);
    if (!prefix)
        return NULL;
    prefix->source.bytes = arena_text_of(home, state, &prefix->source.length);
    prefix->state = state;
    prefix->level = level;
    return prefix;
}

bool prefix_is_worth_a_thread(const struct prefix *prefix) {
    return prefix->level < PREFIX_SLOW && delta_value_size(prefix->state) >= WORTH_A_THREAD;
}

void prefix_begin(struct prefix *prefix) {
    prefix->begun = pthread_create(&prefix->thread, NULL, work, prefix) == 0;
}

static void join(struct prefix *prefix) {
    if (prefix->begun)
        pthread_join(prefix->thread, NULL);
    prefix->begun = false;
}

static void pass_on(const struct prefix *prefix, struct delta_err *err) {
    if (err && err->code == DELTA_OK)
        *err = prefix->err;
}

int prefix_text(struct prefix *prefix, struct byte_span *text, struct delta_err *err) {
    join(prefix);
    if (make_text(prefix)) {
        pass_on(prefix, err);
        return -1;
    }
    *text = prefix->text;
    return 0;
}

bool prefix_guess(const struct prefix *prefix, struct byte_span *text) {
    return !prefix->begun && !prefix->arena && canonical_guess(prefix->source, prefix->state, text);
}

const struct zstd_prefix_index *prefix_wait(struct prefix *prefix, struct byte_span *text,
                                            struct delta_err *err) {
    join(prefix);
    if (!prefix->index && prefix->err.code == DELTA_OK)
        make_ready(prefix);
    if (!prefix->index) {
        pass_on(prefix, err);
        return NULL;
    }
    *text = prefix->text;
    return prefix->index;
}

void prefix_free(struct prefix *prefix) {
    if (!prefix)
        return;
    join(prefix);
    zstd_prefix_index_free(prefix->index);
    delta_arena_free(prefix->arena);
    free(prefix);
}
