/* A directory of histories, one for each key (store_files.h), those that are in use
 * (store_cache.h), and many of them written at once (store_batch.c). */
#include "base/arena.h"
#include "base/err.h"
#include "history/store_about.h"
#include "history/store_batch.h"
#include "history/store_keys.h"

#include <stdlib.h>

enum { DEFAULT_CACHE = 64 << 20 };

struct delta_store {
    struct store_files files;
    struct store_cache cache;
    struct store_batch batch;
    struct delta_arena *arena;
    const struct delta_value *about;
    uint64_t max_size;
};

struct delta_store *delta_store_open(const char *path, size_t cache, struct delta_err *err) {
    struct delta_store *store = calloc(1, sizeof *store);
    if (!store)
        return err_no_memory(err);
    store->cache.most = cache == DELTA_STORE_CACHE ? DEFAULT_CACHE : cache;
    store->arena = delta_arena_new();
    int status = store_files_open(&store->files, path, err);
    if (status == 0)
        status = store->arena ? store_batch_open(&store->batch, err) : err_memory(err);
    if (status == 0 && (store->about = store_about_read(path, store->arena, err)) != NULL)
        return store;
    err_in_file(err, path);
    delta_store_close(store);
    return NULL;
}

void delta_store_close(struct delta_store *store) {
    if (!store)
        return;
    store_batch_free(&store->batch);
    store_cache_free(&store->cache);
    store_files_close(&store->files);
    delta_arena_free(store->arena);
    free(store);
}

void delta_store_set_max_size(struct delta_store *store, uint64_t max_size) {
    store->max_size = max_size;
}

const struct delta_value *delta_store_about(const struct delta_store *store) {
    return store->about;
}

struct delta_history *delta_store_history(struct delta_store *store, const void *key, size_t length,
                                          enum delta_history_mode mode, struct delta_err *err) {
    struct delta_buf path = {0};
    struct delta_history *history = NULL;
    struct byte_span name = {key, length};
    if (store_files_path(&store->files, name, &path, err) == 0 &&
        store_files_prepare(&store->files, path.data, mode == DELTA_HISTORY_ADD, err) == 0)
        history = delta_history_open(path.data, mode, err);
    delta_buf_free(&path);
    if (history && store_files_check_key(&store->files, history, name, err) == 0 &&
        (!history->fresh || store_files_sync_root(&store->files, err) == 0))
        return history;
    delta_history_close(history);
    err_in_file(err, store->files.path);
    return NULL;
}

const char *delta_history_key(const struct delta_history *history, size_t *length) {
    *length = history->key.length;
    return history->key.bytes;
}

static int add(struct delta_store *store, const void *key, size_t length,
               const struct store_item *item, struct delta_err *err) {
    int status =
        store_batch_add(&store->batch, &store->cache, (struct byte_span){key, length}, item, err);
    return status < 0 ? err_in_file(err, store->files.path) : status;
}

int delta_store_add(struct delta_store *store, const void *key, size_t length,
                    struct delta_arena *arena, const struct delta_value *value,
                    const struct delta_history_note *note, uint64_t number, struct delta_err *err) {
    const struct store_item item = {
        .arena = arena, .value = value, .note = *note, .result.number = number};
    return add(store, key, length, &item, err);
}

int delta_store_add_record(struct delta_store *store, const void *key, size_t length,
                           struct delta_arena *arena, const struct delta_record *record,
                           const struct delta_history_note *note, uint64_t number,
                           struct delta_err *err) {
    struct store_item item = {
        .arena = arena, .record = record, .note = *note, .result.number = number};
    incoming_note(record, &item.note);
    return add(store, key, length, &item, err);
}

bool delta_store_wants_flush(const struct delta_store *store) {
    return store_batch_is_full(&store->batch);
}

int delta_store_flush(struct delta_store *store, delta_store_report *report, void *context,
                      struct delta_err *err) {
    int status = store_batch_flush(&store->batch, &store->cache, &store->files, store->max_size,
                                   report, context, err);
    return status < 0 ? err_in_file(err, store->files.path) : status;
}

int delta_store_keys(struct delta_store *store, delta_store_visit *visit, void *context,
                     struct delta_err *err) {
    return store_keys_visit(&store->files, visit, context, err);
}
