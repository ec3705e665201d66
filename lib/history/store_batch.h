/* Group commit: states for many histories of a store are queued by key and written together. */
#ifndef HISTORY_STORE_BATCH_H
#define HISTORY_STORE_BATCH_H

#include "base/array.h"
#include "history/incoming.h"
#include "history/store_cache.h"
#include "history/store_files.h"

/* A state, or the record that makes it. */
struct store_item {
    struct store_item *next;           /* of the same key */
    size_t order;                      /* among all of the batch */
    struct delta_arena *arena;         /* NULL: the history has it */
    const struct delta_value *value;   /* NULL: the end of the thing, or the record makes it */
    const struct delta_record *record; /* NULL: it is a state */
    struct delta_history_note note;
    struct delta_store_result result;
    struct delta_err *refused; /* NULL: it was not */
    bool done;
};

struct store_batch {
    struct store_entry **keys; /* that something is queued for */
    size_t key_count, most_keys;
    ARRAY(struct store_item *) items; /* in order */
    size_t item_bytes;
};

int store_batch_open(struct store_batch *batch, struct delta_err *err);

/* Frees what is queued, too. */
void store_batch_free(struct store_batch *batch);

/* Queues a copy of the item, whose arena is the batch's from then on, also after a failure. */
int store_batch_add(struct store_batch *batch, struct store_cache *cache, struct byte_span key,
                    const struct store_item *like, struct delta_err *err);

/* True when the batch takes as much memory, or as many descriptors, as one should. */
bool store_batch_is_full(const struct store_batch *batch);

/* Writes what is queued, as delta_store_flush does; the batch is empty then. */
int store_batch_flush(struct store_batch *batch, struct store_cache *cache,
                      struct store_files *files, uint64_t max_size, delta_store_report *report,
                      void *context, struct delta_err *err);

#endif
