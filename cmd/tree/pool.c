/* A ring of slots. Workers take the items in order, each as soon as its slot is free; the caller
 * empties the slots in order. So memory is bounded by the ring, and the output is the same whatever
 * the number of threads. */
#include "tree/pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SLOTS = 64, /* enough that a slow item seldom makes the others wait */
    MOST_THREADS = 16,
    FEW_ITEMS = 4, /* not worth a thread */
};

struct pool {
    const struct pool_task *task;
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    size_t next, taken; /* items begun, and items whose slots were emptied */
    bool stop;
    bool full[SLOTS];
    char *slots;
};

static void *slot_of(const struct pool *pool, size_t item) {
    return pool->slots + item % SLOTS * pool->task->slot_size;
}

static void *work(void *argument) {
    struct pool *pool = argument;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->stop && pool->next < pool->task->count && pool->next >= pool->taken + SLOTS)
            pthread_cond_wait(&pool->emptied, &pool->lock);
        if (pool->stop || pool->next >= pool->task->count)
            break;
        size_t item = pool->next++;
        pthread_mutex_unlock(&pool->lock);
        void *slot = slot_of(pool, item);
        memset(slot, 0, pool->task->slot_size);
        pool->task->work(pool->task->context, item, slot);
        pthread_mutex_lock(&pool->lock);
        pool->full[item % SLOTS] = true;
        if (item == pool->taken)
            pthread_cond_signal(&pool->filled);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static int take_all(struct pool *pool) {
    int status = 0;
    for (size_t item = 0; item < pool->task->count && status == 0; item++) {
        pthread_mutex_lock(&pool->lock);
        while (!pool->full[item % SLOTS])
            pthread_cond_wait(&pool->filled, &pool->lock);
        pthread_mutex_unlock(&pool->lock);
        status = pool->task->take(pool->task->context, item, slot_of(pool, item));
        pthread_mutex_lock(&pool->lock);
        pool->full[item % SLOTS] = false;
        pool->taken++;
        pool->stop = status != 0;
        pthread_cond_broadcast(&pool->emptied);
        pthread_mutex_unlock(&pool->lock);
    }
    return status;
}

static int run_alone(const struct pool_task *task) {
    void *slot = malloc(task->slot_size);
    int status = slot ? 0 : -1;
    for (size_t item = 0; item < task->count && status == 0; item++) {
        memset(slot, 0, task->slot_size);
        task->work(task->context, item, slot);
        status = task->take(task->context, item, slot);
    }
    free(slot);
    return status;
}

static int run_threads(struct pool *pool, size_t threads) {
    pthread_t workers[MOST_THREADS];
    size_t started = 0;
    while (started < threads && pthread_create(&workers[started], NULL, work, pool) == 0)
        started++;
    if (started == 0)
        return run_alone(pool->task);
    int status = take_all(pool);
    for (size_t i = 0; i < started; i++)
        pthread_join(workers[i], NULL);
    for (size_t i = 0; i < SLOTS; i++)
        if (pool->full[i])
            pool->task->drop(pool->slots + i * pool->task->slot_size);
    return status;
}

int pool_run(const struct pool_task *task) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (task->count <= FEW_ITEMS || processors < 2)
        return run_alone(task);
    struct pool pool = {.task = task,
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .filled = PTHREAD_COND_INITIALIZER,
                        .emptied = PTHREAD_COND_INITIALIZER,
                        .slots = calloc(SLOTS, task->slot_size)};
    if (!pool.slots)
        return -1;
    int status = run_threads(&pool, processors < MOST_THREADS ? (size_t)processors : MOST_THREADS);
    free(pool.slots);
    return status;
}
