/* What both sides of an array added.
 *
 * With a key: elements of one key become one element, merged member by member, where no state has
 * several of that key. Both sides then have it, as a pair.
 *
 * Where order does not count: equal values become one element, as many as both sides added.
 *
 * Where no key identifies it: equal values that were added between different anchors may be one
 * element, which the merge would have twice. Values are compared by their hash; additions are
 * sorted by value and hunk, so that both lists are compared in one pass. */
#include "merge/arrays_added.h"

#include "base/err.h"
#include "base/hash.h"
#include "diff/keyed.h"
#include "diff/symbols.h"

#include <stdlib.h>
#include <string.h>

/* The keys of what the sides changed. */
struct changed {
    struct symbols keys;
    uint32_t *symbol[2]; /* of the key of each entry; NO_INDEX if it is not new or has no key */
    uint32_t *base;      /* the same of each element of the base; NO_INDEX if no side changed it */
    uint32_t *at[2];     /* by symbol: the entry that was added with the key, NO_INDEX, or
                            KEYED_SEVERAL */
    uint32_t *seen;      /* by symbol: the last state that was found to have the key */
};

static int open_changed(struct arrays *arrays, struct changed *changed) {
    size_t ours = arrays->side[OURS].count, theirs = arrays->side[THEIRS].count;
    size_t all = ours + theirs + arrays->length;
    *changed =
        (struct changed){.symbol = {arena_array(arrays->scratch, 4 * all + 1, sizeof(uint32_t))}};
    if (!changed->symbol[OURS])
        return err_memory(arrays->context->err);
    changed->symbol[THEIRS] = changed->symbol[OURS] + ours;
    changed->base = changed->symbol[THEIRS] + theirs;
    changed->at[OURS] = changed->symbol[OURS] + all;
    changed->at[THEIRS] = changed->at[OURS] + all;
    changed->seen = changed->at[THEIRS] + all;
    memset(changed->symbol[OURS], 0xff, 4 * all * sizeof *changed->seen);
    return 0;
}

/* The symbol (diff/symbols.h) of an element's key, NO_INDEX if it has none. */
static int put_key(const struct arrays *arrays, struct changed *changed,
                   const struct delta_value *element, uint32_t *symbol) {
    uint64_t hash;
    if (!identity_hash(&arrays->key, element, &hash))
        return 0;
    *symbol = symbols_put(&changed->keys, hash);
    return *symbol == NO_INDEX ? err_memory(arrays->context->err) : 0;
}

static int put_added_keys(const struct arrays *arrays, int which, struct changed *changed) {
    const struct side *side = &arrays->side[which];
    for (uint32_t i = 0; i < side->count; i++) {
        uint32_t *symbol = &changed->symbol[which][i];
        if (side->entries[i].old != NO_INDEX)
            continue;
        if (put_key(arrays, changed, side->entries[i].value, symbol))
            return -1;
        if (*symbol == NO_INDEX)
            continue;
        uint32_t *at = &changed->at[which][*symbol];
        *at = *at == NO_INDEX ? i : KEYED_SEVERAL;
    }
    return 0;
}

static bool is_changed(const struct arrays *arrays, uint32_t index) {
    for (int i = OURS; i <= THEIRS; i++)
        if (!arrays->side[i].kept[index] || arrays->side[i].edit[index])
            return true;
    return false;
}

static int put_base_keys(const struct arrays *arrays, struct changed *changed) {
    for (uint32_t i = 0; i < arrays->length; i++)
        if (is_changed(arrays, i) &&
            put_key(arrays, changed, arrays_base_element(arrays, i), &changed->base[i]))
            return -1;
    return 0;
}

/* Marks the keys that several elements of a state have, changed or not. */
static void find_repeated(const struct arrays *arrays, const struct delta_value *state,
                          uint32_t number, struct changed *changed) {
    for (uint32_t i = 0; i < state->length; i++) {
        uint64_t hash;
        uint32_t symbol = identity_hash(&arrays->key, &value_items(state)[i], &hash)
                              ? symbols_find(&changed->keys, hash)
                              : NO_INDEX;
        if (symbol == NO_INDEX)
            continue;
        if (changed->seen[symbol] == number)
            changed->at[OURS][symbol] = changed->at[THEIRS][symbol] = KEYED_SEVERAL;
        changed->seen[symbol] = number;
    }
}

/* Finds the keys of what was changed, and which of them are repeated. An inferred key is unique in
 * each state. */
static int find_changed(struct arrays *arrays, struct changed *changed) {
    if (put_added_keys(arrays, OURS, changed) || put_added_keys(arrays, THEIRS, changed) ||
        put_base_keys(arrays, changed))
        return -1;
    if (!arrays->key_given || !changed->keys.count)
        return 0;
    find_repeated(arrays, arrays->base, 0, changed);
    find_repeated(arrays, arrays->sides[OURS], 1, changed);
    find_repeated(arrays, arrays->sides[THEIRS], 2, changed);
    return 0;
}

static bool identifies(const struct changed *changed, int which, uint32_t symbol) {
    return symbol != NO_INDEX && changed->at[which][symbol] != KEYED_SEVERAL;
}

/* Marks what no key identifies. */
static void find_unkeyed(struct arrays *arrays, const struct changed *changed) {
    for (uint32_t i = 0; i < arrays->length && !arrays->unkeyed; i++)
        arrays->unkeyed = is_changed(arrays, i) && !identifies(changed, OURS, changed->base[i]);
    for (int which = OURS; which <= THEIRS; which++) {
        struct side *side = &arrays->side[which];
        for (uint32_t i = 0; i < side->count; i++) {
            struct entry *entry = &side->entries[i];
            entry->unkeyed =
                entry->old == NO_INDEX && !identifies(changed, which, changed->symbol[which][i]);
            arrays->unkeyed |= entry->unkeyed;
        }
    }
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

/* Pairs what each side added one element of the key of, where the key identifies it. */
static int join_counterparts(struct arrays *arrays, const struct changed *changed) {
    for (uint32_t i = 0; i < arrays->side[THEIRS].count; i++) {
        struct entry *theirs = &arrays->side[THEIRS].entries[i];
        uint32_t symbol = changed->symbol[THEIRS][i];
        if (symbol == NO_INDEX || theirs->unkeyed || changed->at[OURS][symbol] >= KEYED_SEVERAL)
            continue;
        struct entry *ours = &arrays->side[OURS].entries[changed->at[OURS][symbol]];
        if (join_counterpart(arrays, ours, theirs))
            return -1;
        theirs->value = ours->value;
        ours->pair = theirs->pair = ++arrays->pair_count;
    }
    return 0;
}

static int join_by_key(struct arrays *arrays) {
    struct changed changed;
    int status = open_changed(arrays, &changed);
    if (status == 0)
        status = find_changed(arrays, &changed);
    if (status == 0) {
        find_unkeyed(arrays, &changed);
        status = join_counterparts(arrays, &changed);
    }
    symbols_free(&changed.keys);
    return status;
}

int arrays_count_added(const struct arrays *arrays, int which, uint32_t start, uint32_t end,
                       struct symbols *values, uint32_t *counts) {
    for (uint32_t i = start; i < end; i++) {
        const struct entry *entry = &arrays->side[which].entries[i];
        if (entry->old != NO_INDEX || entry->pair)
            continue;
        uint32_t known = values->count;
        uint32_t symbol = symbols_put(values, value_hash(entry->value));
        if (symbol == NO_INDEX)
            return err_memory(arrays->context->err);
        counts[symbol] = symbol == known ? 1 : counts[symbol] + 1;
    }
    return 0;
}

bool arrays_take_added(const struct symbols *values, uint32_t *counts,
                       const struct delta_value *value) {
    uint32_t symbol = symbols_find(values, value_hash(value));
    if (symbol == NO_INDEX || counts[symbol] == 0)
        return false;
    counts[symbol]--;
    return true;
}

/* Takes from theirs what ours added too. */
static int join_equal(struct arrays *arrays) {
    struct side *theirs = &arrays->side[THEIRS];
    struct symbols values = {0};
    uint32_t ours = arrays->side[OURS].count, kept = 0;
    uint32_t *counts = arena_array(arrays->scratch, (size_t)ours + 1, sizeof *counts);
    int status = counts ? arrays_count_added(arrays, OURS, 0, ours, &values, counts)
                        : err_memory(arrays->context->err);
    for (uint32_t i = 0; i < theirs->count && status == 0; i++) {
        const struct entry *entry = &theirs->entries[i];
        if (entry->old != NO_INDEX ||
            (!entry->pair && !arrays_take_added(&values, counts, entry->value)))
            side_keep_entry(theirs, i, &kept);
    }
    if (status == 0)
        theirs->count = kept;
    symbols_free(&values);
    return status;
}

int arrays_join_added(struct arrays *arrays) {
    arrays->pair_count = 0;
    arrays->unkeyed = !arrays_has_key(arrays);
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
            hunk += arrays_is_anchor(arrays, entry->old);
            continue;
        }
        if (entry->pair)
            continue;
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
