/* States are queued by key. A flush takes the keys in order of their bytes, so that writers that
 * share keys lock them in one order and never wait for one another in a circle; adds the states of
 * each; writes all files; makes all of that durable together (store_files.c); and only then reports
 * what became of the states. A file is good at any moment, whatever the moment of a crash is
 * (flush.c); nothing holds across keys. */
#include "history/store_batch.h"

#include "base/arena.h"
#include "base/err.h"
#include "history/add.h"
#include "history/flush.h"

#include <stdlib.h>
#include <sys/resource.h>

enum {
    DESCRIPTORS_A_KEY = 3, /* a new history: the empty file, the new one, and its duplicate */
    LEAST_KEYS = 16,       /* of one batch, */
    MOST_KEYS = 1024,      /* as descriptors allow */
    MOST_STATES = 4096,    /* of one batch */
    MOST_BYTES = 16 << 20, /* of its states' memory */
};

static size_t most_keys(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return LEAST_KEYS;
    size_t keys = (size_t)(limit.rlim_cur / 2 / DESCRIPTORS_A_KEY);
    return keys < LEAST_KEYS ? LEAST_KEYS : keys > MOST_KEYS ? MOST_KEYS : keys;
}

int store_batch_open(struct store_batch *batch, struct delta_err *err) {
    batch->most_keys = most_keys();
    batch->keys = calloc(batch->most_keys, sizeof *batch->keys);
    return batch->keys ? 0 : err_memory(err);
}

/* Forgets what is queued. */
static void clear(struct store_batch *batch) {
    for (size_t i = 0; i < batch->items.count; i++) {
        delta_arena_free(batch->items.items[i]->arena);
        free(batch->items.items[i]->refused);
        free(batch->items.items[i]);
    }
    for (size_t i = 0; i < batch->key_count; i++) {
        batch->keys[i]->first = batch->keys[i]->last = NULL;
        batch->keys[i]->written = false;
    }
    batch->items.count = batch->item_bytes = batch->key_count = 0;
}

void store_batch_free(struct store_batch *batch) {
    clear(batch);
    free(batch->items.items);
    free(batch->keys);
}

/* ---- Queueing ---------------------------------------------------------------------------------*/

static size_t arena_memory(const struct delta_arena *arena) {
    size_t size = 0;
    for (const struct arena_block *block = arena ? arena->current : NULL; block;
         block = block->previous)
        size += block->size;
    return size;
}

static int queue(struct store_batch *batch, struct store_cache *cache, struct byte_span key,
                 struct store_item *item, struct delta_err *err) {
    if (key.length > DELTA_STORE_KEY)
        return err_set(err, DELTA_ERR_LIMIT, "a key is longer than %d bytes", DELTA_STORE_KEY);
    struct store_entry *entry = store_cache_find(cache, key);
    if (entry && !entry->first && batch->key_count == batch->most_keys)
        return err_set(err, DELTA_ERR_LIMIT, "more keys than can be written at once");
    struct store_item **added = entry ? array_add(&batch->items) : NULL;
    if (!added)
        return err_memory(err);
    *added = item;
    if (!entry->first) {
        batch->keys[batch->key_count++] = entry;
        entry->first = item;
    } else {
        entry->last->next = item;
    }
    entry->last = item;
    item->result.key = entry->key.bytes;
    item->result.key_length = entry->key.length;
    batch->item_bytes += arena_memory(item->arena) + sizeof *item;
    return 0;
}

int store_batch_add(struct store_batch *batch, struct store_cache *cache, struct byte_span key,
                    const struct store_item *like, struct delta_err *err) {
    struct store_item *item = calloc(1, sizeof *item);
    int status = item ? 0 : err_memory(err);
    if (item) {
        *item = *like;
        status = queue(batch, cache, key, item, err);
    }
    if (status == 0)
        return 0;
    free(item);
    delta_arena_free(like->arena);
    return -1;
}

bool store_batch_is_full(const struct store_batch *batch) {
    return batch->key_count == batch->most_keys || batch->items.count >= MOST_STATES ||
           batch->item_bytes >= MOST_BYTES;
}

/* ---- Adding -----------------------------------------------------------------------------------*/

/* What became of an item. */
static void settle(struct store_item *item, const struct delta_history *history, int added) {
    const struct delta_history_note *note = &item->note;
    struct delta_store_result *result = &item->result;
    struct delta_record_info info = {0};
    item->done = true;
    result->added = (enum delta_added)added;
    result->index = history->count - 1;
    result->has_seq = note->source != NULL;
    result->seq = note->seq;
    if (item->record)
        delta_record_info(item->record, &info);
    result->has_digest = !note->ended && (item->value || info.has_target || added == DELTA_ADDED);
    if (result->has_digest)
        result->digest = item->value       ? delta_value_digest(item->value)
                         : info.has_target ? info.target
                                           : history->tip.head.digest;
}

static bool is_replayable(const struct store_item *item) {
    return item && item->record && !item->note.source_length;
}

/* How many of the records from `first` on, which have no positions, the history has; `*run` is how
 * many there are. */
static int64_t count_known(struct delta_history *history, const struct store_item *first,
                           size_t *run, struct delta_err *err) {
    struct delta_replay *replay = delta_replay_new(history, err);
    int status = replay ? flush_pending(history, err) : -1;
    uint32_t at;
    *run = 0;
    for (const struct store_item *item = first; is_replayable(item); item = item->next) {
        struct delta_record_info info;
        delta_record_info(item->record, &info);
        if (status >= 0)
            status = delta_replay_next(replay, &info, err);
        ++*run;
    }
    if (status >= 0)
        delta_replay_end(replay);
    int64_t known = status < 0 ? -1 : (int64_t)delta_replay_known(replay, &at);
    delta_replay_free(replay);
    return known;
}

static int add_item(struct delta_history *history, struct store_item *item, struct delta_err *err) {
    int added = item->record ? incoming_add(history, item->arena, item->record, &item->note, err)
                             : delta_history_add(history, item->value, &item->note, err);
    if (added < 0)
        return -1;
    settle(item, history, added);
    if (item->record && added == DELTA_ADDED)
        item->arena = NULL;
    return add_at_limit(history) ? delta_history_flush(history, err) : 0;
}

/* Adds the states of one key, up to the first that is refused, which is returned; NULL: none. */
static struct store_item *add_items(struct delta_history *history, struct store_item *item,
                                    struct delta_err *err) {
    size_t run = 0; /* records whose replay is settled */
    for (int64_t known = 0; item; item = item->next) {
        if (!run && is_replayable(item) && (known = count_known(history, item, &run, err)) < 0)
            return item;
        run -= run > 0;
        if (known > 0) {
            known--;
            settle(item, history, DELTA_ADD_KNOWN);
        } else if (add_item(history, item, err) < 0) {
            return item;
        }
    }
    return NULL;
}

/* Opens the history of an entry, and locks it. */
static int open_entry(struct store_entry *entry, struct store_files *files, uint64_t max_size,
                      struct delta_err *err) {
    struct delta_buf path = {0};
    int status = store_files_path(files, entry->key, &path, err);
    if (status == 0 && !entry->history &&
        !(entry->history = history_new(path.data, DELTA_HISTORY_ADD, err)))
        status = -1;
    if (status == 0)
        status = store_files_prepare(files, path.data, true, err);
    if (status == 0 && (status = history_lock(entry->history, err)) < 0)
        history_failed(entry->history, err);
    if (status == 0)
        status = store_files_check_key(files, entry->history, entry->key, err);
    if (status == 0)
        delta_history_set_max_size(entry->history, max_size);
    delta_buf_free(&path);
    return status;
}

/* Adds the states of one key; what is wrong with the first that is refused is kept with it. */
static int add_states(struct store_entry *entry, struct store_files *files, uint64_t max_size,
                      struct delta_err *err) {
    struct delta_err why = {0};
    struct store_item *refused = open_entry(entry, files, max_size, &why) < 0
                                     ? entry->first
                                     : add_items(entry->history, entry->first, &why);
    if (!refused)
        return 0;
    if (entry->history)
        history_failed(entry->history, &why);
    else
        err_in_file(&why, files->path);
    refused->refused = malloc(sizeof why);
    if (!refused->refused)
        return err_memory(err);
    *refused->refused = why;
    refused->result.refused = refused->refused;
    return 0;
}

/* ---- Writing ----------------------------------------------------------------------------------*/

static int compare_keys(const void *left, const void *right) {
    const struct store_entry *a = *(struct store_entry *const *)left,
                             *b = *(struct store_entry *const *)right;
    size_t shorter = a->key.length < b->key.length ? a->key.length : b->key.length;
    int order = memcmp(a->key.bytes, b->key.bytes, shorter);
    return order ? order : (a->key.length > b->key.length) - (a->key.length < b->key.length);
}

/* Writes what is pending of all histories. */
static int write_files(struct store_batch *batch, struct delta_err *err) {
    for (size_t i = 0; i < batch->key_count; i++) {
        struct store_entry *entry = batch->keys[i];
        int written = entry->history && !entry->history->writer.broken
                          ? flush_write(entry->history, &entry->file, err)
                          : 0;
        entry->written = written > 0;
        if (written < 0)
            return history_failed(entry->history, err);
    }
    return 0;
}

/* Makes it durable; `*all`: by one call for the file system. */
static int sync_files(const struct store_batch *batch, const struct store_files *files, bool *all,
                      struct delta_err *err) {
    size_t count = 0;
    for (size_t i = 0; i < batch->key_count; i++)
        count += batch->keys[i]->written;
    int synced = store_files_sync_all(files, count, err);
    if (synced < 0)
        return -1;
    *all = synced > 0;
    for (size_t i = 0; i < batch->key_count; i++) {
        const struct store_entry *entry = batch->keys[i];
        if (!entry->written)
            continue;
        int fd = entry->history->fresh ? entry->file.fd : entry->history->fd;
        if (store_files_sync_one(files, fd, *all, err) < 0)
            return history_failed(entry->history, err);
    }
    return 0;
}

/* Writes all, makes it durable, and puts it in place. */
static int commit(struct store_batch *batch, struct store_files *files, struct delta_err *err) {
    bool all = false;
    int status = write_files(batch, err);
    if (status == 0)
        status = sync_files(batch, files, &all, err);
    for (size_t i = 0; i < batch->key_count; i++) {
        struct store_entry *entry = batch->keys[i];
        if (!entry->written)
            continue;
        if (status < 0) {
            flush_undo(entry->history, &entry->file);
        } else {
            bool fresh = entry->history->fresh;
            status = flush_settle(entry->history, &entry->file, err);
            if (status == 0 && fresh)
                store_files_note_name(files, entry->history);
        }
    }
    return status < 0 ? -1 : store_files_sync_names(files, all, err);
}

/* Says what became of the states; the first that was refused fails the flush. */
static int report_items(const struct store_batch *batch, delta_store_report *report, void *context,
                        const struct delta_err **refused) {
    int status = 0;
    for (size_t i = 0; i < batch->items.count && status == 0; i++) {
        const struct store_item *item = batch->items.items[i];
        *refused = *refused ? *refused : item->refused;
        if (report && (item->done || item->refused))
            status = report(context, &item->result);
    }
    return status;
}

int store_batch_flush(struct store_batch *batch, struct store_cache *cache,
                      struct store_files *files, uint64_t max_size, delta_store_report *report,
                      void *context, struct delta_err *err) {
    const struct delta_err *refused = NULL;
    int status = 0;
    qsort(batch->keys, batch->key_count, sizeof *batch->keys, compare_keys);
    for (size_t i = 0; i < batch->key_count; i++)
        status |= add_states(batch->keys[i], files, max_size, err);
    if (commit(batch, files, err) < 0)
        status = -1;
    if (status == 0)
        status = report_items(batch, report, context, &refused);
    if (status == 0 && refused) {
        status = -1;
        if (err && err->code == DELTA_OK)
            *err = *refused;
    }
    bool good = status >= 0 || refused;
    for (size_t i = 0; i < batch->key_count; i++) {
        struct store_entry *entry = batch->keys[i];
        if (good) {
            store_cache_park(cache, entry);
        } else {
            delta_history_close(entry->history);
            entry->history = NULL;
        }
    }
    clear(batch);
    store_cache_trim(cache);
    return status;
}
