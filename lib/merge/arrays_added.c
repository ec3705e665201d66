#include "merge/arrays_added.h"

#include "base/err.h"
#include "base/hash.h"
#include "diff/sequence.h"

/* Where each key is first among the elements that a side added. */
struct added {
    struct symbols keys;
    uint32_t *at; /* entries, by symbol */
    uint32_t count;
};

/* The symbol of the entry's key; NO_INDEX when it is not new or has none. */
static int key_symbol(struct arrays *arrays, struct added *added, const struct entry *entry,
                      uint32_t *symbol) {
    uint64_t hash;
    *symbol = NO_INDEX;
    if (entry->old != NO_INDEX || !identity_hash(&arrays->key, entry->value, &hash))
        return 0;
    *symbol = symbols_put(&added->keys, hash);
    return *symbol == NO_INDEX ? err_memory(arrays->merging->err) : 0;
}

static int find_added(struct arrays *arrays, const struct side *side, struct added *added) {
    *added = (struct added){
        .at = arena_array(arrays->scratch, (size_t)side->count + 1, sizeof *added->at)};
    if (!added->at)
        return err_memory(arrays->merging->err);
    for (uint32_t i = 0; i < side->count; i++) {
        uint32_t symbol;
        if (key_symbol(arrays, added, &side->entries[i], &symbol))
            return -1;
        if (symbol == added->count)
            added->at[added->count++] = i;
    }
    return 0;
}

/* Merges an element that theirs added with ours of the same key, which gets the result. */
static int join_counterpart(struct arrays *arrays, struct entry *ours, const struct entry *theirs) {
    struct merging *merging = arrays->merging;
    struct merging_path path = {.above = arrays->path,
                                .index = arrays->length,
                                .values = {NULL, ours->value, theirs->value}};
    const struct delta_patch *both;
    if (value_same(ours->value, theirs->value))
        return 0;
    if (merging->added(merging, &path, ours->value, theirs->value, &both))
        return -1;
    if (both) {
        ours->value = &both->value;
        return 0;
    }
    struct merging_sides sides = {.ours = ours->value,
                                  .theirs = theirs->value,
                                  .base_span = {arrays->length, 0},
                                  .ours_span = {ours->at, 1},
                                  .theirs_span = {theirs->at, 1},
                                  .key = &arrays->key};
    int is_ours = merging_conflict(merging, &path, DELTA_CONFLICT_ADDED, &sides, -1);
    if (is_ours == 0)
        ours->value = theirs->value;
    return is_ours < 0 ? -1 : 0;
}

static int join_counterparts(struct arrays *arrays, struct added *added) {
    struct side *theirs = &arrays->side[THEIRS];
    uint32_t kept = 0, known = added->count;
    for (uint32_t i = 0; i < theirs->count; i++) {
        const struct entry *entry = &theirs->entries[i];
        uint32_t symbol;
        if (key_symbol(arrays, added, entry, &symbol))
            return -1;
        if (symbol < known) {
            if (join_counterpart(arrays, &arrays->side[OURS].entries[added->at[symbol]], entry))
                return -1;
            continue;
        }
        if (entry->old != NO_INDEX)
            theirs->place[entry->old] = kept;
        theirs->entries[kept++] = *entry;
    }
    theirs->count = kept;
    return 0;
}

int arrays_join_added(struct arrays *arrays) {
    struct added added;
    if (!arrays_has_key(arrays))
        return 0;
    int status = find_added(arrays, &arrays->side[OURS], &added);
    if (status == 0)
        status = join_counterparts(arrays, &added);
    symbols_free(&added.keys);
    return status;
}
