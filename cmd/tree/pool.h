/* Work on many independent items on all cores, its results taken in order. */
#ifndef TREE_POOL_H
#define TREE_POOL_H

#include <stddef.h>

/* What a run does. `work` is called once for each item, on any thread, and fills its slot, which is
 * zeroed; `take` is called for each item in order, on the calling thread, and empties it. `take`
 * returning other than 0 ends the run; slots that were filled by then are given to `drop`. */
struct pool_task {
    void *context;
    size_t count;     /* items */
    size_t slot_size; /* bytes */
    void (*work)(void *context, size_t item, void *slot);
    int (*take)(void *context, size_t item, void *slot);
    void (*drop)(void *slot);
};

/* Runs the task on as many threads as there are processors, on the calling one alone for few items
 * or where no thread can be started. Memory: a fixed number of slots. 0, what `take` returned, or
 * -1 when there is no memory. */
int pool_run(const struct pool_task *task);

#endif
