/* The keys of a store that are known, with their histories parked (park.h): no descriptor, and of
 * the last state the text, which takes a fifth of the memory of its tree and is read in 10 us
 * (5 kB). Those used least recently are dropped when they take more memory than they may. */
#ifndef HISTORY_STORE_CACHE_H
#define HISTORY_STORE_CACHE_H

#include "base/array.h"
#include "base/replacement.h"
#include "base/table.h"
#include "history/history.h"

struct store_item;

/* A key, and what is queued for it (store_batch.c). */
struct store_entry {
    struct store_entry *newer, *older; /* in order of use */
    struct byte_span key;              /* in its own memory */
    uint32_t index;                    /* of the entry */
    struct delta_history *history;     /* NULL: nothing is known of it */
    struct store_item *first, *last;   /* queued */
    struct replacement file;           /* of a history that is new */
    bool written;
    size_t size; /* bytes that count in the cache */
};

struct store_cache {
    ARRAY(struct store_entry *) entries; /* NULL where one was dropped */
    struct table by_key;
    size_t live; /* entries that were not dropped */
    struct store_entry *newest, *oldest;
    size_t used, most; /* bytes */
};

/* The entry of a key, a new one where there is none; NULL when out of memory. Amortised O(1). */
struct store_entry *store_cache_find(struct store_cache *cache, struct byte_span key);

/* Closes the history of an entry that was used, and keeps it if it is good. O(state). */
void store_cache_park(struct store_cache *cache, struct store_entry *entry);

/* Drops what there is no room for. */
void store_cache_trim(struct store_cache *cache);

void store_cache_free(struct store_cache *cache);

#endif
