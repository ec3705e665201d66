#include "history/store_cache.h"

#include "base/hash.h"
#include "history/park.h"

#include <stdlib.h>

enum { ENTRY_OVERHEAD = 128 }; /* bytes that malloc adds to the parts of an entry */

static uint64_t hash_key(struct byte_span key) {
    return hash_private(key.bytes, key.length, 0);
}

static void unlink_use(struct store_cache *cache, struct store_entry *entry) {
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
    entry->newer = entry->older = NULL;
}

static void link_newest(struct store_cache *cache, struct store_entry *entry) {
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

/* Room for one more: where the table is full, it is filled anew without the entries that were
 * dropped, of which nothing is removed but so, and with room for as many more as there are. */
static bool reserve(struct store_cache *cache) {
    if (cache->by_key.slots && 2 * (cache->entries.count + 1) <= (size_t)cache->by_key.mask + 1)
        return true;
    size_t live = 0;
    if (table_reserve(&cache->by_key, 2 * cache->live + 1) < 0)
        return false;
    cache->by_key = table_in(cache->by_key.slots, (size_t)cache->by_key.mask + 1);
    for (size_t i = 0; i < cache->entries.count; i++) {
        struct store_entry *entry = cache->entries.items[i];
        if (!entry)
            continue;
        entry->index = (uint32_t)live;
        table_put(&cache->by_key, hash_key(entry->key), entry->index);
        cache->entries.items[live++] = entry;
    }
    cache->entries.count = live;
    return true;
}

static struct store_entry *add_entry(struct store_cache *cache, struct byte_span key) {
    struct store_entry *entry = calloc(1, sizeof *entry);
    char *copy = malloc(key.length + 1);
    struct store_entry **added = NULL;
    if (!entry || !copy || !reserve(cache) || !(added = array_add(&cache->entries))) {
        free(entry);
        free(copy);
        return NULL;
    }
    if (key.length)
        memcpy(copy, key.bytes, key.length);
    entry->key = (struct byte_span){copy, key.length};
    entry->index = (uint32_t)(cache->entries.count - 1);
    *added = entry;
    table_put(&cache->by_key, hash_key(key), entry->index);
    cache->live++;
    link_newest(cache, entry);
    /* cppcheck-suppress memleak -- the entry has the copy */
    return entry;
}

struct store_entry *store_cache_find(struct store_cache *cache, struct byte_span key) {
    if (cache->by_key.slots)
        TABLE_EACH(&cache->by_key, hash_key(key), index) {
            struct store_entry *entry = cache->entries.items[index];
            if (entry && entry->key.length == key.length &&
                memcmp(entry->key.bytes, key.bytes, key.length) == 0)
                return entry;
        }
    return add_entry(cache, key);
}

static void drop_entry(struct store_cache *cache, struct store_entry *entry) {
    unlink_use(cache, entry);
    cache->entries.items[entry->index] = NULL;
    cache->live--;
    cache->used -= entry->size;
    delta_history_close(entry->history);
    free((char *)entry->key.bytes);
    free(entry);
}

void store_cache_park(struct store_cache *cache, struct store_entry *entry) {
    cache->used -= entry->size;
    entry->size = sizeof *entry + ENTRY_OVERHEAD + entry->key.length;
    if (entry->history && !entry->history->locked) {
        delta_history_close(entry->history);
        entry->history = NULL;
    } else if (entry->history) {
        history_park(entry->history);
        entry->size += history_parked_size(entry->history);
    }
    cache->used += entry->size;
    unlink_use(cache, entry);
    link_newest(cache, entry);
}

void store_cache_trim(struct store_cache *cache) {
    while (cache->oldest && cache->used > cache->most)
        drop_entry(cache, cache->oldest);
}

void store_cache_free(struct store_cache *cache) {
    while (cache->oldest)
        drop_entry(cache, cache->oldest);
    free(cache->entries.items);
    free(cache->by_key.slots);
}
