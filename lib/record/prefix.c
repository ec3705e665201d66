#include "record/prefix.h"

#include "base/err.h"
#include "json/canonical.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
    WORTH_A_THREAD = 1024 * 1024, /* bytes of the state */
    MOMENT = 3,                   /* nanoseconds a byte that the thread waits before it works: a
                                     diff that takes longer finds much that changed */
};

enum orders { WAIT, WORK, STOP };

struct prefix {
    struct byte_span source; /* what the state was read from, if that is known */
    const struct delta_value *state;
    int level;
    bool threaded;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t ordered;
    enum orders orders; /* under the mutex */

    /* What is made; the thread's until it was joined. */
    struct delta_arena *arena;
    struct byte_span text;
    struct zstd_prefix_index *index;
    struct delta_err err;
};

static void make_ready(struct prefix *prefix) {
    prefix->arena = delta_arena_new();
    if (!prefix->arena)
        err_memory(&prefix->err);
    else if (canonical_text(prefix->source, prefix->arena, prefix->state, &prefix->text,
                            &prefix->err) == 0)
        prefix->index = zstd_prefix_index_new(prefix->text.bytes, prefix->text.length,
                                              prefix->level, &prefix->err);
}

static void *work(void *argument) {
    struct prefix *prefix = argument;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    uint64_t moment = MOMENT * delta_value_size(prefix->state) + (uint64_t)until.tv_nsec;
    until.tv_sec += (time_t)(moment / 1000000000);
    until.tv_nsec = (long)(moment % 1000000000);
    pthread_mutex_lock(&prefix->mutex);
    int status = 0;
    while (prefix->orders == WAIT && status != ETIMEDOUT)
        status = pthread_cond_timedwait(&prefix->ordered, &prefix->mutex, &until);
    bool stop = prefix->orders == STOP;
    pthread_mutex_unlock(&prefix->mutex);
    if (!stop)
        make_ready(prefix);
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
    pthread_mutex_init(&prefix->mutex, NULL);
    pthread_cond_init(&prefix->ordered, NULL);
    prefix->threaded = delta_value_size(state) >= WORTH_A_THREAD && level < PREFIX_SLOW &&
                       pthread_create(&prefix->thread, NULL, work, prefix) == 0;
    return prefix;
}

/* Gives the thread its orders and waits for its end. */
static void join(struct prefix *prefix, enum orders orders) {
    if (!prefix->threaded)
        return;
    pthread_mutex_lock(&prefix->mutex);
    prefix->orders = orders;
    pthread_cond_signal(&prefix->ordered);
    pthread_mutex_unlock(&prefix->mutex);
    pthread_join(prefix->thread, NULL);
    prefix->threaded = false;
}

const struct zstd_prefix_index *prefix_wait(struct prefix *prefix, struct byte_span *text,
                                            struct delta_err *err) {
    join(prefix, WORK);
    if (!prefix->index && prefix->err.code == DELTA_OK)
        make_ready(prefix);
    if (!prefix->index) {
        if (err && err->code == DELTA_OK)
            *err = prefix->err;
        return NULL;
    }
    *text = prefix->text;
    return prefix->index;
}

void prefix_free(struct prefix *prefix) {
    if (!prefix)
        return;
    join(prefix, STOP);
    zstd_prefix_index_free(prefix->index);
    delta_arena_free(prefix->arena);
    pthread_cond_destroy(&prefix->ordered);
    pthread_mutex_destroy(&prefix->mutex);
    free(prefix);
}
