/* Reading a state of 13 MB takes as long as compressing it at level 1, and can go on beside it: a
 * pair of that size took 39 ms instead of 53 at level 1, 86 instead of 100 at level 9 (reference;
 * two cores). The thread sleeps until both texts are there. Of arrays of 32, 64 and 256 kB that
 * have nothing in common it saves 0, 0.9 and 1 ms of 2, 3 and 5.5 at level 1. */
#include "record/ahead.h"

#include "json/canonical.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    WORTH_A_THREAD = 64 * 1024, /* bytes of the new text */
    /* Compressing at a level above this takes so long that the time for reading is negligible, and
     * that for a wrong guess is not. */
    HIGHEST_LEVEL = 9,
};

struct ahead {
    enum delta_strategy strategy;
    int level;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct byte_span texts[2]; /* under the mutex, as are: */
    bool given[2], stop;

    /* The thread's until it was joined. */
    bool joined, made;
    struct delta_buf payload;
};

/* Both texts, when both look as if they were canonical; false when there is nothing to be made. */
static bool await_texts(struct ahead *ahead) {
    pthread_mutex_lock(&ahead->mutex);
    while (!(ahead->given[0] && ahead->given[1]) && !ahead->stop)
        pthread_cond_wait(&ahead->changed, &ahead->mutex);
    bool stop = ahead->stop;
    pthread_mutex_unlock(&ahead->mutex);
    return !stop && ahead->texts[1].length >= WORTH_A_THREAD && canonical_seems(ahead->texts[0]) &&
           canonical_seems(ahead->texts[1]);
}

static void *work(void *argument) {
    struct ahead *ahead = argument;
    if (await_texts(ahead))
        ahead->made = strategy_row(ahead->strategy)
                          ->encode(ahead->texts[0], ahead->texts[1], ahead->level, &ahead->payload,
                                   NULL) == 0;
    return NULL;
}

struct ahead *ahead_new(const struct delta_diff_options *options) {
    bool compressing = options->strategy == DELTA_REFERENCE || options->strategy == DELTA_COMPRESS;
    int level = options->level ? options->level : STRATEGY_LEVEL;
    if (!compressing || options->filter || level < 1 || level > HIGHEST_LEVEL)
        return NULL;
    struct ahead *ahead = calloc(1, sizeof *ahead);
    if (!ahead)
        return NULL;
    ahead->strategy = options->strategy;
    ahead->level = level;
    pthread_mutex_init(&ahead->mutex, NULL);
    pthread_cond_init(&ahead->changed, NULL);
    if (pthread_create(&ahead->thread, NULL, work, ahead) != 0) {
        ahead->joined = true;
        ahead_free(ahead);
        return NULL;
    }
    return ahead;
}

void ahead_give(struct ahead *ahead, unsigned which, struct byte_span text) {
    if (text.length && text.bytes[text.length - 1] == '\n')
        text.length--;
    pthread_mutex_lock(&ahead->mutex);
    ahead->texts[which] = text;
    ahead->given[which] = true;
    pthread_cond_signal(&ahead->changed);
    pthread_mutex_unlock(&ahead->mutex);
}

static void join(struct ahead *ahead) {
    if (ahead->joined)
        return;
    pthread_mutex_lock(&ahead->mutex);
    ahead->stop = !(ahead->given[0] && ahead->given[1]);
    pthread_cond_signal(&ahead->changed);
    pthread_mutex_unlock(&ahead->mutex);
    pthread_join(ahead->thread, NULL);
    ahead->joined = true;
}

static bool same_bytes(struct byte_span a, struct byte_span b) {
    return a.bytes == b.bytes && a.length == b.length;
}

bool ahead_take(struct ahead *ahead, enum delta_strategy strategy, int level,
                struct byte_span old_text, struct byte_span new_text, struct delta_buf *payload) {
    if (strategy != ahead->strategy || level != ahead->level)
        return false;
    join(ahead);
    bool old_fits = strategy_row(strategy)->full || same_bytes(ahead->texts[0], old_text);
    if (!ahead->made || !old_fits || !same_bytes(ahead->texts[1], new_text))
        return false;
    *payload = ahead->payload;
    ahead->payload = (struct delta_buf){0};
    ahead->made = false;
    return true;
}

void ahead_free(struct ahead *ahead) {
    if (!ahead)
        return;
    join(ahead);
    delta_buf_free(&ahead->payload);
    pthread_cond_destroy(&ahead->changed);
    pthread_mutex_destroy(&ahead->mutex);
    free(ahead);
}
