/* A directory of histories, one for each key (key_path.c), and many of them written at once.
 *
 * States are queued by key. A flush takes the keys in order of their bytes, so that writers who
 * share keys lock them in one order and never wait for one another in a circle; adds the states of
 * each; writes all files; makes all of that durable together; and only then says what became of
 * the states. A file is good at any moment, whatever the moment of a crash is (flush.c); nothing
 * holds across keys.
 *
 * Durable together is one syncfs where that saves many fdatasyncs: 500 of these took 2.7 s on ext4,
 * one syncfs for the same files 0.09 s. Before Linux 5.8 it hid errors of writing back, and with
 * some file systems (FUSE, NFS, overlays) it does not reach the disk; there each file is synced.
 * Errors are seen by descriptors that were open when they happened, so that the directory's own is
 * opened before anything is written. A new file is durable before it gets its name, and the
 * directories are synced after that.
 *
 * Histories that were written or read are parked (park.h): no descriptor, and of the last state
 * the text, which takes a fifth of the memory of its tree and is read in 10 us (5 kB). Those used
 * least recently are dropped when they take more than the cache may. */
#include "base/arena.h"
#include "base/array.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/io.h"
#include "history/add.h"
#include "history/flush.h"
#include "history/incoming.h"
#include "history/park.h"
#include "history/replay.h"
#include "history/store_about.h"
#include "history/store_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    SYNCFS_WORTH = 16,     /* files; fewer are synced one by one */
    DESCRIPTORS_A_KEY = 3, /* a new history: the empty file, the new one, and its duplicate */
    LEAST_KEYS = 16,       /* of one batch, */
    MOST_KEYS = 1024,      /* as descriptors allow */
    MOST_STATES = 4096,    /* of one batch */
    MOST_BYTES = 16 << 20, /* of its states' memory */
    ENTRY_OVERHEAD = 128,  /* bytes that malloc adds to the parts of an entry */
    FIRST_BUCKETS = 256,
    DEFAULT_CACHE = 64 << 20,
};

/* A state on its way into a history. */
struct item {
    struct item *next; /* of the same key */
    size_t order;      /* among all of the batch */
    struct delta_arena *arena;
    const struct delta_value *value; /* NULL: the end of the thing, or in.record makes it */
    struct incoming in;              /* its note is that of states, too */
    struct delta_store_result result;
    struct delta_err *refused; /* NULL: it was not */
    bool done;
};

/* A key that is known. */
struct entry {
    struct entry *chain;         /* in its bucket */
    struct entry *newer, *older; /* in order of use */
    struct byte_span key;        /* in its own memory */
    uint64_t hash;
    struct delta_history *history; /* NULL: nothing is known of it */
    struct item *first, *last;     /* queued */
    struct io_replace file;        /* of a history that is new */
    bool written;
    size_t size; /* bytes that count in the cache */
};

struct delta_store {
    char *path;
    int fd; /* of the directory */
    bool may_syncfs;
    dev_t device;
    struct delta_arena *arena;
    const struct delta_value *about;
    bool made[STORE_DIRECTORIES];  /* the directory is there */
    bool dirty[STORE_DIRECTORIES]; /* it has new names */
    bool dirty_root;
    struct entry **buckets;
    size_t bucket_count, entry_count;
    struct entry *newest, *oldest;
    size_t used, cache; /* bytes */
    struct entry **batch;
    size_t batch_count, most_keys;
    ARRAY(struct item *) items; /* of the batch, in order */
    size_t item_bytes;
    uint64_t max_size;
};

/* ---- Opening ----------------------------------------------------------------------------------*/

static bool kernel_shows_errors(void) {
    struct utsname system;
    unsigned major, minor;
    return uname(&system) == 0 && sscanf(system.release, "%u.%u", &major, &minor) == 2 &&
           (major > 5 || (major == 5 && minor >= 8));
}

/* True for file systems of which syncfs is known to reach the disk. */
static bool is_local(int fd) {
    struct statfs system;
    if (fstatfs(fd, &system) < 0)
        return false;
    switch ((unsigned long)system.f_type) {
    case 0xef53:     /* ext2, ext3, ext4 */
    case 0x58465342: /* XFS */
    case 0x9123683e: /* Btrfs */
    case 0xf2f52010: /* F2FS */
        return true;
    default:
        return false;
    }
}

static size_t most_keys(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return LEAST_KEYS;
    size_t keys = (size_t)(limit.rlim_cur / 2 / DESCRIPTORS_A_KEY);
    return keys < LEAST_KEYS ? LEAST_KEYS : keys > MOST_KEYS ? MOST_KEYS : keys;
}

static struct delta_store *fail_open(struct delta_store *store, struct delta_err *err) {
    err_in_file(err, store->path);
    delta_store_close(store);
    return NULL;
}

struct delta_store *delta_store_open(const char *path, size_t cache, struct delta_err *err) {
    struct delta_store *store = calloc(1, sizeof *store);
    struct stat status;
    if (!store || !(store->path = strdup(path))) {
        free(store);
        err_memory(err);
        return NULL;
    }
    store->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    store->arena = delta_arena_new();
    store->cache = cache == DELTA_STORE_CACHE ? DEFAULT_CACHE : cache;
    store->most_keys = most_keys();
    store->bucket_count = FIRST_BUCKETS;
    store->buckets = calloc(FIRST_BUCKETS, sizeof *store->buckets);
    store->batch = calloc(store->most_keys, sizeof *store->batch);
    if (store->fd < 0 || fstat(store->fd, &status) < 0) {
        err_system(err, "cannot open");
        return fail_open(store, err);
    }
    if (!store->arena || !store->buckets || !store->batch) {
        err_memory(err);
        return fail_open(store, err);
    }
    store->device = status.st_dev;
    store->may_syncfs = kernel_shows_errors() && is_local(store->fd);
    store->about = store_about_read(path, store->arena, err);
    return store->about ? store : fail_open(store, err);
}

void delta_store_set_max_size(struct delta_store *store, uint64_t max_size) {
    store->max_size = max_size;
}

const struct delta_value *delta_store_about(const struct delta_store *store) {
    return store->about;
}

/* ---- Entries ----------------------------------------------------------------------------------*/

static void unlink_use(struct delta_store *store, struct entry *entry) {
    *(entry->newer ? &entry->newer->older : &store->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &store->oldest) = entry->newer;
    entry->newer = entry->older = NULL;
}

static void link_newest(struct delta_store *store, struct entry *entry) {
    entry->older = store->newest;
    *(store->newest ? &store->newest->newer : &store->oldest) = entry;
    store->newest = entry;
}

static struct entry **bucket_of(struct delta_store *store, uint64_t hash) {
    return &store->buckets[hash & (store->bucket_count - 1)];
}

/* As many buckets as entries: without memory for them, chains become longer. */
static void grow(struct delta_store *store) {
    struct entry **old = store->buckets;
    size_t count = store->bucket_count;
    struct entry **buckets = calloc(count * 2, sizeof(struct entry *));
    if (!buckets)
        return;
    store->buckets = buckets;
    store->bucket_count = count * 2;
    for (size_t i = 0; i < count; i++)
        for (struct entry *entry = old[i], *next; entry; entry = next) {
            struct entry **bucket = bucket_of(store, entry->hash);
            next = entry->chain;
            entry->chain = *bucket;
            *bucket = entry;
        }
    free(old);
}

/* The entry of a key, a new one where there is none; NULL when there is no memory. O(1). */
static struct entry *find_entry(struct delta_store *store, struct byte_span key) {
    uint64_t hash = hash_private(key.bytes, key.length, 0);
    for (struct entry *entry = *bucket_of(store, hash); entry; entry = entry->chain)
        if (entry->hash == hash && entry->key.length == key.length &&
            memcmp(entry->key.bytes, key.bytes, key.length) == 0)
            return entry;
    struct entry *entry = calloc(1, sizeof *entry);
    char *copy = malloc(key.length + 1);
    if (!entry || !copy) {
        free(entry);
        free(copy);
        return NULL;
    }
    if (key.length)
        memcpy(copy, key.bytes, key.length);
    entry->key = (struct byte_span){copy, key.length};
    entry->hash = hash;
    if (++store->entry_count > store->bucket_count)
        grow(store);
    struct entry **bucket = bucket_of(store, hash);
    entry->chain = *bucket;
    *bucket = entry;
    link_newest(store, entry);
    return entry;
}

static void drop_entry(struct delta_store *store, struct entry *entry) {
    struct entry **at = bucket_of(store, entry->hash);
    while (*at != entry)
        at = &(*at)->chain;
    *at = entry->chain;
    unlink_use(store, entry);
    store->entry_count--;
    store->used -= entry->size;
    delta_history_close(entry->history);
    free((char *)entry->key.bytes);
    free(entry);
}

/* ---- Histories --------------------------------------------------------------------------------*/

/* The part of a path that is below the store, and the number of the directory it begins with. */
static const char *below(const struct delta_store *store, const char *path) {
    return path + strlen(store->path) + 1;
}

static size_t directory_of(const struct delta_store *store, const char *path) {
    const char *at = below(store, path);
    const char name[] = {at[0], at[1], '\0'};
    return strtoul(name, NULL, 16) % STORE_DIRECTORIES;
}

/* Makes the directory of a history. */
static int make_directory(struct delta_store *store, const char *path, struct delta_err *err) {
    char name[3];
    size_t number = directory_of(store, path);
    struct stat status;
    store_directory(number, name);
    if (store->made[number])
        return 0;
    if (mkdirat(store->fd, name, 0777) == 0)
        store->dirty_root = true;
    else if (errno != EEXIST)
        return err_system(err, "cannot create the directory %s", name);
    if (fstatat(store->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(status.st_mode))
        return err_set(err, DELTA_ERR_USAGE, "%s in the store is not a directory", name);
    store->made[number] = true;
    return 0;
}

/* Where the file of a key is, below the store, and as a whole path, which is NUL-terminated. */
static int find_path(const struct delta_store *store, struct byte_span key, struct delta_buf *path,
                     struct delta_err *err) {
    if (key.length > DELTA_STORE_KEY)
        return err_set(err, DELTA_ERR_LIMIT, "a key is longer than %d bytes", DELTA_STORE_KEY);
    buf_put_text(path, store->path);
    buf_put_char(path, '/');
    delta_key_path_write(key.bytes, key.length, path);
    buf_put_char(path, '\0');
    return buf_check(path, err);
}

static bool is_link(const struct delta_store *store, const char *name) {
    struct stat status;
    return fstatat(store->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

/* Refuses symbolic links, which may lead out of the store. */
static int check_links(const struct delta_store *store, const char *path, struct delta_err *err) {
    char directory[3];
    store_directory(directory_of(store, path), directory);
    if (!is_link(store, directory) && !is_link(store, below(store, path)))
        return 0;
    return err_set(err, DELTA_ERR_USAGE, "%s in the store is or passes a symbolic link",
                   below(store, path));
}

static bool is_hashed(const struct delta_store *store, const struct delta_buf *path) {
    return strstr(below(store, path->data), "/=") != NULL;
}

/* Holds the key that the file says against the one that is meant. */
static int check_key(struct delta_history *history, struct byte_span key, bool hashed,
                     struct delta_err *err) {
    if (history->fresh)
        return hashed ? history_set_key(history, key, err) : 0;
    if (!hashed || history->options_damaged ||
        (history->key.length == key.length &&
         memcmp(history->key.bytes, key.bytes, key.length) == 0))
        return 0;
    err_set(err, DELTA_ERR_USAGE, "the file of this key holds the history of another key");
    return history_failed(history, err);
}

struct delta_history *delta_store_history(struct delta_store *store, const void *key, size_t length,
                                          enum delta_history_mode mode, struct delta_err *err) {
    struct delta_buf path = {0};
    struct delta_history *history = NULL;
    struct byte_span name = {key, length};
    if (find_path(store, name, &path, err) == 0 &&
        (mode != DELTA_HISTORY_ADD || make_directory(store, path.data, err) == 0) &&
        check_links(store, path.data, err) == 0 &&
        (history = delta_history_open(path.data, mode, err)) != NULL &&
        check_key(history, name, is_hashed(store, &path), err) < 0) {
        delta_history_close(history);
        history = NULL;
    }
    if (history && store->dirty_root && fsync(store->fd) < 0) {
        err_system(err, "cannot sync");
        delta_history_close(history);
        history = NULL;
    }
    if (history)
        store->dirty_root = false;
    else
        err_in_file(err, store->path);
    delta_buf_free(&path);
    return history;
}

const char *delta_history_key(const struct delta_history *history, size_t *length) {
    *length = history->key.length;
    return history->key.bytes;
}

/* Opens the history of an entry, and locks it. */
static int open_entry(struct delta_store *store, struct entry *entry, struct delta_err *err) {
    struct delta_buf path = {0};
    struct delta_history *history = entry->history;
    int status = find_path(store, entry->key, &path, err);
    if (status == 0 && !history) {
        history = entry->history = history_new(path.data, DELTA_HISTORY_ADD, err);
        status = history ? 0 : -1;
    }
    if (status == 0)
        status = make_directory(store, path.data, err);
    if (status == 0)
        status = check_links(store, path.data, err);
    if (status == 0 && (status = history_lock(history, err)) < 0)
        history_failed(history, err);
    if (status == 0)
        status = check_key(history, entry->key, is_hashed(store, &path), err);
    if (status == 0)
        delta_history_set_max_size(history, store->max_size);
    delta_buf_free(&path);
    return status;
}

/* ---- Queueing ---------------------------------------------------------------------------------*/

static size_t arena_memory(const struct delta_arena *arena) {
    size_t size = 0;
    for (const struct arena_block *block = arena ? arena->current : NULL; block;
         block = block->previous)
        size += block->size;
    return size;
}

static int queue(struct delta_store *store, struct byte_span key, struct item *item,
                 struct delta_err *err) {
    if (key.length > DELTA_STORE_KEY)
        return err_set(err, DELTA_ERR_LIMIT, "a key is longer than %d bytes", DELTA_STORE_KEY);
    struct entry *entry = find_entry(store, key);
    /* Room first: an item that is linked is in the array. */
    if (!entry || (store->items.count == store->items.capacity &&
                   !array_grow(&store->items.items, &store->items.capacity, store->items.count + 1,
                               sizeof *store->items.items)))
        return err_memory(err);
    if (!entry->first) {
        if (store->batch_count == store->most_keys)
            return err_set(err, DELTA_ERR_LIMIT, "more keys than can be written at once");
        store->batch[store->batch_count++] = entry;
        entry->first = item;
    } else {
        entry->last->next = item;
    }
    entry->last = item;
    item->result.key = entry->key.bytes;
    item->result.key_length = entry->key.length;
    item->order = store->items.count;
    store->items.items[store->items.count++] = item;
    store->item_bytes += arena_memory(item->arena) + sizeof *item;
    return 0;
}

static int queue_new(struct delta_store *store, struct byte_span key, const struct item *like,
                     struct delta_err *err) {
    struct item *item = calloc(1, sizeof *item);
    int status = item ? 0 : err_memory(err);
    if (item) {
        *item = *like;
        status = queue(store, key, item, err);
    }
    if (status == 0)
        return 0;
    free(item);
    delta_arena_free(like->arena);
    return err_in_file(err, store->path);
}

int delta_store_add(struct delta_store *store, const void *key, size_t length,
                    struct delta_arena *arena, const struct delta_value *value,
                    const struct delta_history_note *note, uint64_t number, struct delta_err *err) {
    const struct item like = {
        .arena = arena, .value = value, .in.note = *note, .result.number = number};
    return queue_new(store, (struct byte_span){key, length}, &like, err);
}

int delta_store_add_record(struct delta_store *store, const void *key, size_t length,
                           struct delta_arena *arena, const struct delta_record *record,
                           const struct delta_history_note *note, uint64_t number,
                           struct delta_err *err) {
    struct item like = {.arena = arena,
                        .in = {.record = record, .arena = arena, .note = *note},
                        .result.number = number};
    incoming_begin(&like.in);
    return queue_new(store, (struct byte_span){key, length}, &like, err);
}

bool delta_store_wants_flush(const struct delta_store *store) {
    return store->batch_count == store->most_keys || store->items.count >= MOST_STATES ||
           store->item_bytes >= MOST_BYTES;
}

/* ---- Flushing ---------------------------------------------------------------------------------*/

static int compare_keys(const void *left, const void *right) {
    const struct entry *a = *(struct entry *const *)left, *b = *(struct entry *const *)right;
    size_t shorter = a->key.length < b->key.length ? a->key.length : b->key.length;
    int order = memcmp(a->key.bytes, b->key.bytes, shorter);
    return order ? order : (a->key.length > b->key.length) - (a->key.length < b->key.length);
}

/* What became of an item. */
static void settle(struct item *item, const struct delta_history *history, int added) {
    const struct delta_history_note *note = &item->in.note;
    struct delta_store_result *result = &item->result;
    struct delta_record_info info = {0};
    item->done = true;
    result->added = (enum delta_added)added;
    result->index = history->count - 1;
    result->has_seq = note->source != NULL;
    result->seq = note->seq;
    if (item->in.record)
        delta_record_info(item->in.record, &info);
    result->has_digest = !note->ended && (item->value || info.has_target || added == DELTA_ADDED);
    if (result->has_digest)
        result->digest = item->value       ? delta_value_digest(item->value)
                         : info.has_target ? info.target
                                           : delta_value_digest(history->base.value);
}

static bool is_replayable(const struct item *item) {
    return item && item->in.record && !item->in.note.source_length;
}

/* How many of the records from `first` on, which have no positions, the history has; `*run` is how
 * many there are. */
static int64_t count_known(struct delta_history *history, const struct item *first, size_t *run,
                           struct delta_err *err) {
    size_t count = 0;
    for (const struct item *item = first; is_replayable(item); item = item->next)
        count++;
    *run = count;
    struct delta_record_info *records = calloc(count, sizeof *records);
    if (!records)
        return err_memory(err);
    count = 0;
    for (const struct item *item = first; is_replayable(item); item = item->next)
        delta_record_info(item->in.record, &records[count++]);
    int64_t known =
        flush_pending(history, err) < 0 ? -1 : replay_known(history, records, count, err);
    free(records);
    return known;
}

static int add_item(struct delta_history *history, struct item *item, struct delta_err *err) {
    int added = item->in.record ? incoming_add(&item->in, history, err)
                                : delta_history_add(history, item->value, &item->in.note, err);
    if (added < 0)
        return -1;
    settle(item, history, added);
    return add_at_limit(history) ? delta_history_flush(history, err) : 0;
}

/* Adds the states of one key, up to the first that is refused, which is returned; NULL: none. */
static struct item *add_items(struct delta_history *history, struct item *item,
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

/* Adds the states of one key; what is wrong with the first that is refused is kept with it. */
static int add_states(struct delta_store *store, struct entry *entry, struct delta_err *err) {
    struct delta_err why = {0};
    struct item *refused = open_entry(store, entry, &why) < 0
                               ? entry->first
                               : add_items(entry->history, entry->first, &why);
    if (!refused)
        return 0;
    if (entry->history)
        history_failed(entry->history, &why);
    else
        err_in_file(&why, store->path);
    refused->refused = malloc(sizeof why);
    if (!refused->refused)
        return err_memory(err);
    *refused->refused = why;
    refused->result.refused = refused->refused;
    return 0;
}

static int sync_files(const struct delta_store *store, bool *all, struct delta_err *err) {
    size_t count = 0;
    for (size_t i = 0; i < store->batch_count; i++)
        count += store->batch[i]->written;
    *all = store->may_syncfs && count >= SYNCFS_WORTH;
    if (*all && syncfs(store->fd) < 0)
        return err_system(err, "cannot sync");
    for (size_t i = 0; i < store->batch_count; i++) {
        const struct entry *entry = store->batch[i];
        struct stat status;
        int fd = entry->history && entry->history->fresh ? entry->file.fd
                 : entry->history                        ? entry->history->fd
                                                         : -1;
        if (!entry->written)
            continue;
        bool synced = *all && fstat(fd, &status) == 0 && status.st_dev == store->device;
        if (!synced && fdatasync(fd) < 0) {
            err_system(err, "cannot sync");
            return history_failed(entry->history, err);
        }
    }
    return 0;
}

static int sync_directory(const struct delta_store *store, size_t number, struct delta_err *err) {
    char name[3];
    store_directory(number, name);
    int fd = openat(store->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status = fd < 0 || fsync(fd) < 0 ? err_system(err, "cannot sync the directory") : 0;
    if (fd >= 0)
        close(fd);
    return status;
}

/* Makes new names durable. */
static int sync_names(struct delta_store *store, bool all, struct delta_err *err) {
    size_t count = 0;
    for (size_t i = 0; i < STORE_DIRECTORIES; i++)
        count += store->dirty[i];
    if (!count && !store->dirty_root)
        return 0;
    if (all && syncfs(store->fd) < 0)
        return err_system(err, "cannot sync");
    for (size_t i = 0; i < STORE_DIRECTORIES && !all; i++)
        if (store->dirty[i] && sync_directory(store, i, err) < 0)
            return -1;
    if (!all && store->dirty_root && fsync(store->fd) < 0)
        return err_system(err, "cannot sync the directory");
    memset(store->dirty, 0, sizeof store->dirty);
    store->dirty_root = false;
    return 0;
}

/* Writes what is pending of all histories of the batch, makes it durable, and puts it in place. */
static int commit(struct delta_store *store, struct delta_err *err) {
    bool all = false;
    int status = 0;
    for (size_t i = 0; i < store->batch_count && status == 0; i++) {
        struct entry *entry = store->batch[i];
        int written = entry->history && !entry->history->writer.broken
                          ? flush_write(entry->history, &entry->file, err)
                          : 0;
        entry->written = written > 0;
        status = written < 0 ? history_failed(entry->history, err) : 0;
    }
    if (status == 0)
        status = sync_files(store, &all, err);
    for (size_t i = 0; i < store->batch_count; i++) {
        struct entry *entry = store->batch[i];
        if (!entry->written)
            continue;
        if (status < 0) {
            flush_undo(entry->history, &entry->file);
        } else {
            bool fresh = entry->history->fresh;
            status = flush_settle(entry->history, &entry->file, err);
            if (status == 0 && fresh)
                store->dirty[directory_of(store, entry->history->path)] = true;
        }
    }
    return status < 0 ? -1 : sync_names(store, all, err);
}

/* Forgets what is queued. */
static void clear_batch(struct delta_store *store) {
    for (size_t i = 0; i < store->items.count; i++) {
        delta_arena_free(store->items.items[i]->arena);
        incoming_end(&store->items.items[i]->in);
        free(store->items.items[i]->refused);
        free(store->items.items[i]);
    }
    for (size_t i = 0; i < store->batch_count; i++) {
        store->batch[i]->first = store->batch[i]->last = NULL;
        store->batch[i]->written = false;
    }
    store->items.count = store->item_bytes = store->batch_count = 0;
}

/* Closes the histories of the batch, and keeps those that are good as far as the cache has room. */
static void park_batch(struct delta_store *store) {
    for (size_t i = 0; i < store->batch_count; i++) {
        struct entry *entry = store->batch[i];
        store->used -= entry->size;
        entry->size = sizeof *entry + ENTRY_OVERHEAD + entry->key.length;
        if (entry->history && !entry->history->locked) {
            delta_history_close(entry->history);
            entry->history = NULL;
        } else if (entry->history) {
            history_park(entry->history);
            entry->size += history_parked_size(entry->history);
        }
        store->used += entry->size;
        unlink_use(store, entry);
        link_newest(store, entry);
    }
}

static void trim_cache(struct delta_store *store) {
    while (store->oldest && store->used > store->cache)
        drop_entry(store, store->oldest);
}

static void close_batch(struct delta_store *store) {
    for (size_t i = 0; i < store->batch_count; i++) {
        delta_history_close(store->batch[i]->history);
        store->batch[i]->history = NULL;
    }
}

int delta_store_flush(struct delta_store *store, delta_store_report *report, void *context,
                      struct delta_err *err) {
    const struct delta_err *refused = NULL;
    int status = 0;
    qsort(store->batch, store->batch_count, sizeof *store->batch, compare_keys);
    for (size_t i = 0; i < store->batch_count; i++)
        status |= add_states(store, store->batch[i], err);
    if (commit(store, err) < 0)
        status = -1;
    for (size_t i = 0; i < store->items.count && status == 0; i++) {
        const struct item *item = store->items.items[i];
        refused = refused ? refused : item->refused;
        if (report && (item->done || item->refused))
            status = report(context, &item->result);
    }
    if (status == 0 && refused) {
        status = -1;
        if (err && err->code == DELTA_OK)
            *err = *refused;
    }
    if (status < 0 && !refused)
        close_batch(store);
    else
        park_batch(store);
    clear_batch(store);
    trim_cache(store);
    return status < 0 ? err_in_file(err, store->path) : status;
}

int delta_store_keys(struct delta_store *store, delta_store_visit *visit, void *context,
                     struct delta_err *err) {
    struct store_place place = {.fd = store->fd, .path = store->path};
    return store_keys_visit(&place, visit, context, err);
}

void delta_store_close(struct delta_store *store) {
    if (!store)
        return;
    clear_batch(store);
    while (store->oldest)
        drop_entry(store, store->oldest);
    if (store->fd >= 0)
        close(store->fd);
    delta_arena_free(store->arena);
    free(store->items.items);
    free(store->batch);
    free(store->buckets);
    free(store->path);
    free(store);
}
