/* What both sides of an array added.
 *
 * With a key: elements of one key become one element, merged member by member, where each side
 * added one of that key.
 *
 * Where order does not count: equal values become one element, as many as both sides added.
 *
 * Without a key: equal values that were added between different anchors may be one element, which
 * the merge would have twice. Values are compared by their hash; additions are sorted by value and
 * hunk, so that both lists are compared in one pass. */
#include "merge/arrays_added.h"

#include "base/err.h"
#include "base/hash.h"
#include "diff/keyed.h"
#include "diff/symbols.h"

#include <stdlib.h>
#include <string.h>

/* What the sides added, by key. */
struct added {
    struct symbols keys;
    uint32_t *symbol[2]; /* of the key of each entry; NO_INDEX if it is not new or has no key */
    uint32_t *at[2];     /* by symbol: the entry that was added with the key, NO_INDEX, or
                            KEYED_SEVERAL */
};

static int find_added(struct arrays *arrays, int which, struct added *added) {
    const struct side *side = &arrays->side[which];
    for (uint32_t i = 0; i < side->count; i++) {
        const struct entry *entry = &side->entries[i];
        uint64_t hash;
        uint32_t symbol = NO_INDEX;
        if (entry->old == NO_INDEX && identity_hash(&arrays->key, entry->value, &hash)) {
            symbol = symbols_put(&added->keys, hash);
            if (symbol == NO_INDEX)
                return err_memory(arrays->context->err);
            uint32_t *at = &added->at[which][symbol];
            *at = *at == NO_INDEX ? i : KEYED_SEVERAL;
        }
        added->symbol[which][i] = symbol;
    }
    return 0;
}

static int open_added(struct arrays *arrays, struct added *added) {
    size_t ours = arrays->side[OURS].count, theirs = arrays->side[THEIRS].count;
    size_t both = ours + theirs;
    *added =
        (struct added){.symbol = {arena_array(arrays->scratch, 3 * both + 1, sizeof(uint32_t))}};
    if (!added->symbol[OURS])
        return err_memory(arrays->context->err);
    added->symbol[THEIRS] = added->symbol[OURS] + ours;
    added->at[OURS] = added->symbol[OURS] + both;
    added->at[THEIRS] = added->at[OURS] + both;
    memset(added->at[OURS], 0xff, 2 * both * sizeof *added->at[OURS]);
    return 0;
}

/* Merges an element that theirs added into ours with the same key. */
static int join_counterpart(struct arrays *arrays, struct entry *ours, const struct entry *theirs) {
    struct merge_context *context = arrays->context;
    struct merge_path path = {.above = arrays->path,
                              .index = arrays->length,
                              .values = {NULL, ours->value, theirs->value}};
    const struct delta_patch *both;
    if (value_same(ours->value, theirs->value))
        return 0;
    if (context->added(context, &path, ours->value, theirs->value, &both))
        return -1;
    if (both) {
        ours->value = &both->value;
        return 0;
    }
    struct merge_sides sides = {.ours = ours->value,
                                .theirs = theirs->value,
                                .base_span = {arrays->length, 0},
                                .ours_span = {ours->at, 1},
                                .theirs_span = {theirs->at, 1},
                                .key = &arrays->key};
    int is_ours = merge_conflict(context, &path, DELTA_CONFLICT_ADDED, &sides, -1);
    if (is_ours == 0)
        ours->value = theirs->value;
    return is_ours < 0 ? -1 : 0;
}

static void keep_entry(struct side *side, uint32_t *kept, const struct entry *entry) {
    if (entry->old != NO_INDEX)
        side->position[entry->old] = *kept;
    side->entries[(*kept)++] = *entry;
}

/* Joins what each side added one element of the key of; one with a key that a side added several
 * times may be another one. */
static int join_counterparts(struct arrays *arrays, const struct added *added) {
    struct side *theirs = &arrays->side[THEIRS];
    uint32_t kept = 0;
    for (uint32_t i = 0; i < theirs->count; i++) {
        const struct entry *entry = &theirs->entries[i];
        uint32_t symbol = added->symbol[THEIRS][i];
        if (symbol == NO_INDEX || added->at[THEIRS][symbol] == KEYED_SEVERAL ||
            added->at[OURS][symbol] >= KEYED_SEVERAL)
            keep_entry(theirs, &kept, entry);
        else if (join_counterpart(arrays, &arrays->side[OURS].entries[added->at[OURS][symbol]],
                                  entry))
            return -1;
    }
    theirs->count = kept;
    return 0;
}

static int join_by_key(struct arrays *arrays) {
    struct added added;
    int status = open_added(arrays, &added);
    for (int side = OURS; side <= THEIRS && status == 0; side++)
        status = find_added(arrays, side, &added);
    if (status == 0)
        status = join_counterparts(arrays, &added);
    symbols_free(&added.keys);
    return status;
}

/* Counts the equal new values of a side: `counts`, by symbol. */
static int count_added(const struct side *side, struct symbols *values, uint32_t *counts,
                       struct delta_err *err) {
    for (uint32_t i = 0; i < side->count; i++) {
        if (side->entries[i].old != NO_INDEX)
            continue;
        uint32_t known = values->count;
        uint32_t symbol = symbols_put(values, value_hash(side->entries[i].value));
        if (symbol == NO_INDEX)
            return err_memory(err);
        counts[symbol] = symbol == known ? 1 : counts[symbol] + 1;
    }
    return 0;
}

/* Takes from theirs what ours added too. */
static int join_equal(struct arrays *arrays) {
    struct side *theirs = &arrays->side[THEIRS];
    struct symbols values = {0};
    uint32_t *counts =
        arena_array(arrays->scratch, (size_t)arrays->side[OURS].count + 1, sizeof *counts);
    int status = counts ? count_added(&arrays->side[OURS], &values, counts, arrays->context->err)
                        : err_memory(arrays->context->err);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < theirs->count && status == 0; i++) {
        const struct entry *entry = &theirs->entries[i];
        uint32_t symbol =
            entry->old == NO_INDEX ? symbols_find(&values, value_hash(entry->value)) : NO_INDEX;
        if (symbol != NO_INDEX && counts[symbol])
            counts[symbol]--;
        else
            keep_entry(theirs, &kept, entry);
    }
    if (status == 0)
        theirs->count = kept;
    symbols_free(&values);
    return status;
}

int arrays_join_added(struct arrays *arrays) {
    if (arrays_has_key(arrays) && join_by_key(arrays))
        return -1;
    return arrays->unordered ? join_equal(arrays) : 0;
}

/* ---- Without a key ---- */

/* A new element: the symbol of its value, and the number of anchors before it. */
struct addition {
    uint32_t symbol, hunk;
};

/* What a side added, by symbol and hunk. */
struct additions {
    struct addition *list;
    uint32_t count;
};

static int compare_additions(const void *left, const void *right) {
    const struct addition *a = left, *b = right;
    if (a->symbol != b->symbol)
        return a->symbol < b->symbol ? -1 : 1;
    return (a->hunk > b->hunk) - (a->hunk < b->hunk);
}

static int find_additions(struct arrays *arrays, int which, struct symbols *values,
                          struct additions *out) {
    const struct side *side = &arrays->side[which];
    uint32_t hunk = 0;
    *out = (struct additions){
        .list = arena_array(arrays->scratch, (size_t)side->count + 1, sizeof *out->list)};
    if (!out->list)
        return err_memory(arrays->context->err);
    for (uint32_t i = 0; i < side->count; i++) {
        const struct entry *entry = &side->entries[i];
        if (entry->old != NO_INDEX) {
            hunk += arrays->side[OURS].kept[entry->old] && arrays->side[THEIRS].kept[entry->old];
            continue;
        }
        uint32_t symbol = symbols_put(values, value_hash(entry->value));
        if (symbol == NO_INDEX)
            return err_memory(arrays->context->err);
        out->list[out->count++] = (struct addition){symbol, hunk};
    }
    qsort(out->list, out->count, sizeof *out->list, compare_additions);
    return 0;
}

/* Marks the symbols that occur in the base. */
static int mark_base(struct arrays *arrays, struct symbols *values, bool *in_base) {
    uint32_t count = values->count;
    memset(in_base, 0, count * sizeof *in_base);
    for (uint32_t i = 0; i < arrays->length && arrays->base; i++) {
        uint32_t symbol = symbols_put(values, value_hash(arrays_base_element(arrays, i)));
        if (symbol == NO_INDEX)
            return err_memory(arrays->context->err);
        if (symbol < count)
            in_base[symbol] = true;
    }
    return 0;
}

/* Whether each of two lists of additions of one symbol has a hunk that the other does not have. */
static bool hunks_differ(const struct addition *a, uint32_t a_count, const struct addition *b,
                         uint32_t b_count) {
    uint32_t i = 0, j = 0, a_alone = 0, b_alone = 0;
    while (i < a_count && j < b_count) {
        if (a[i].hunk == b[j].hunk) {
            i++;
            j++;
        } else if (a[i].hunk < b[j].hunk) {
            a_alone++;
            i++;
        } else {
            b_alone++;
            j++;
        }
    }
    return a_alone + (a_count - i) && b_alone + (b_count - j);
}

static uint32_t count_equal(const struct additions *added, uint32_t at, uint32_t symbol) {
    uint32_t count = 0;
    while (at + count < added->count && added->list[at + count].symbol == symbol)
        count++;
    return count;
}

static bool are_duplicates(const struct arrays *arrays, const struct additions added[2],
                           const bool *in_base) {
    bool any = false, within[2] = {true, true};
    uint32_t i = 0, j = 0;
    while (i < added[OURS].count || j < added[THEIRS].count) {
        uint32_t ours = i < added[OURS].count ? added[OURS].list[i].symbol : NO_INDEX;
        uint32_t theirs = j < added[THEIRS].count ? added[THEIRS].list[j].symbol : NO_INDEX;
        uint32_t symbol = ours < theirs ? ours : theirs;
        uint32_t left = count_equal(&added[OURS], i, symbol);
        uint32_t right = count_equal(&added[THEIRS], j, symbol);
        within[OURS] &= left <= right;
        within[THEIRS] &= right <= left;
        if (hunks_differ(&added[OURS].list[i], left, &added[THEIRS].list[j], right)) {
            any = true;
            if (left == 1 && right == 1 && !in_base[symbol] && !arrays->context->by_lines)
                return true;
        }
        i += left;
        j += right;
    }
    return any && (within[OURS] || within[THEIRS]);
}

int arrays_added_twice(struct arrays *arrays, bool *twice) {
    struct symbols values = {0};
    struct additions added[2];
    *twice = false;
    int status = find_additions(arrays, OURS, &values, &added[OURS]) ||
                         find_additions(arrays, THEIRS, &values, &added[THEIRS])
                     ? -1
                     : 0;
    if (status == 0 && added[OURS].count && added[THEIRS].count) {
        bool *in_base = arena_array(arrays->scratch, values.count, sizeof *in_base);
        status = in_base ? mark_base(arrays, &values, in_base) : err_memory(arrays->context->err);
        *twice = status == 0 && are_duplicates(arrays, added, in_base);
    }
    symbols_free(&values);
    return status;
}
