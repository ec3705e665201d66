/* The third step of the merge of an array (merge_array.c), one pass over the base: an element that
 * both sides keep ends a hunk, and what each side has since the last such element is compared. What
 * both sides added or one of them moved, and have in the hunk in the same order, divides it into
 * parts, so that neither side's place for what is beside it is lost.
 *
 * Insertions of both sides are found equal by the hash of their values, in a table for each hunk,
 * so that a union has as many as the side with more of them. Which side's come first does not
 * depend on which one is ours.
 *
 * A conflict takes all of one side's hunk, and so can repeat an element that the other side moved
 * elsewhere, or lose it; so can hunks in parts, and moves where order does not count. Then, and
 * only then, a second pass drops repetitions and puts back, before the next anchor, what neither
 * side removed. */
#include "merge/arrays_hunks.h"

#include "base/err.h"
#include "merge/arrays_added.h"

#include <string.h>

/* What is between two anchors: elements [from, to) of the base, entries [start, end) of each side.
 * Or a part of that: then the first one has the elements of the base. */
struct hunk {
    uint32_t from, to;
    uint32_t start[2], end[2];
    bool removes[2]; /* whether the side removes elements of the whole hunk */
};

/* The hunk from this element of the base and these entries on. */
static struct hunk hunk_from(const struct arrays *arrays, uint32_t from, uint32_t ours,
                             uint32_t theirs) {
    struct hunk hunk = {.from = from, .to = from, .start = {ours, theirs}};
    for (; hunk.to < arrays->length && !arrays_is_anchor(arrays, hunk.to); hunk.to++)
        for (int i = OURS; i <= THEIRS; i++)
            hunk.removes[i] |= !arrays->side[i].kept[hunk.to];
    for (int i = OURS; i <= THEIRS; i++)
        hunk.end[i] =
            hunk.to < arrays->length ? arrays->side[i].position[hunk.to] : arrays->side[i].count;
    return hunk;
}

/* The hunk behind the anchor at the end of another one. */
static struct hunk hunk_after(const struct arrays *arrays, const struct hunk *hunk) {
    return hunk_from(arrays, hunk->to + 1, hunk->end[OURS] + 1, hunk->end[THEIRS] + 1);
}

static bool inserts(const struct arrays *arrays, const struct hunk *hunk, int which) {
    for (uint32_t i = hunk->start[which]; i < hunk->end[which]; i++)
        if (!side_entry_is_kept(&arrays->side[which], i))
            return true;
    return false;
}

static bool same_entries(const struct arrays *arrays, const struct hunk *hunk) {
    uint32_t count = hunk->end[OURS] - hunk->start[OURS];
    if (count != hunk->end[THEIRS] - hunk->start[THEIRS])
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!arrays_same_entry(&arrays->side[OURS].entries[hunk->start[OURS] + i],
                               &arrays->side[THEIRS].entries[hunk->start[THEIRS] + i]))
            return false;
    return true;
}

/* Appends a side's entries, without those that it keeps and the other side removed. */
static void put_entries(struct arrays *arrays, const struct hunk *hunk, int which) {
    const struct side *other = &arrays->side[1 - which];
    for (uint32_t i = hunk->start[which]; i < hunk->end[which]; i++) {
        const struct entry *entry = &arrays->side[which].entries[i];
        if (!side_entry_is_kept(&arrays->side[which], i) || other->kept[entry->old])
            arrays->result[arrays->result_count++] = *entry;
    }
}

/* Appends a side's entries. */
static void put_side(struct arrays *arrays, const struct hunk *hunk, int which) {
    for (uint32_t i = hunk->start[which]; i < hunk->end[which]; i++)
        arrays->result[arrays->result_count++] = arrays->side[which].entries[i];
}

/* Appends what one side inserted and the other did not: of equal new values, as many as it has
 * more. Where order does not count these were joined already. O(entries of the hunk). */
static int put_inserted(struct arrays *arrays, const struct hunk *hunk, int which) {
    const struct side *side = &arrays->side[which], *other = &arrays->side[1 - which];
    uint32_t start = hunk->start[1 - which], end = hunk->end[1 - which];
    struct symbols values = {0};
    uint32_t *counts = arena_array(arrays->scratch, (size_t)(end - start) + 1, sizeof *counts);
    int status = counts ? 0 : err_memory(arrays->context->err);
    if (status == 0 && !arrays->unordered)
        status = arrays_count_added(arrays, 1 - which, start, end, &values, counts);
    for (uint32_t i = hunk->start[which]; i < hunk->end[which] && status == 0; i++) {
        const struct entry *entry = &side->entries[i];
        bool known = side_entry_is_kept(side, i);
        if (entry->old != NO_INDEX) {
            uint32_t position = other->position[entry->old];
            known |= position >= start && position < end && !other->kept[entry->old];
        } else {
            known = arrays_take_added(&values, counts, entry->value);
        }
        if (!known)
            arrays->result[arrays->result_count++] = *entry;
    }
    symbols_free(&values);
    return status;
}

/* The entries as an array, for the report; NULL if a value is unknown. */
static int hunk_value(struct arrays *arrays, const struct hunk *hunk, int which,
                      struct delta_value *storage, const struct delta_value **out) {
    const struct side *side = &arrays->side[which];
    uint32_t count = hunk->end[which] - hunk->start[which];
    struct value_array *array = value_array_open(arrays->context->arena, count);
    *out = NULL;
    if (!array)
        return err_memory(arrays->context->err);
    for (uint32_t i = 0; i < count; i++) {
        const struct entry *entry = &side->entries[hunk->start[which] + i];
        const struct delta_value *value =
            entry->old == NO_INDEX ? entry->value : arrays_element_of(arrays, side, entry->old);
        if (!value)
            return 0;
        array->items[i] = *value;
    }
    *out = storage;
    return value_array_close(array, count, storage, arrays->context->err);
}

/* The index of an entry in the side's array, NO_INDEX if it is not in it; behind the last entry,
 * the length. */
static uint32_t entry_at(const struct side *side, uint32_t position) {
    return position < side->count ? side->entries[position].at : side->own_count;
}

/* The elements of a side's array that are in the hunk. */
static struct delta_span hunk_span(const struct side *side, const struct hunk *hunk, int which) {
    uint32_t start = hunk->start[which] ? entry_at(side, hunk->start[which] - 1) : NO_INDEX;
    uint32_t end = entry_at(side, hunk->end[which]);
    if (start == NO_INDEX && hunk->start[which]) /* a restored anchor */
        start = end == NO_INDEX ? NO_INDEX : end - 1;
    start++;
    return (struct delta_span){start, end != NO_INDEX && end > start ? end - start : 0};
}

static int hunk_conflict(struct arrays *arrays, const struct hunk *hunk) {
    struct merge_path path = {.above = arrays->path, .index = hunk->from};
    struct delta_value storages[3];
    struct merge_sides sides = {.base_span = {hunk->from, hunk->to - hunk->from},
                                .ours_span = hunk_span(&arrays->side[OURS], hunk, OURS),
                                .theirs_span = hunk_span(&arrays->side[THEIRS], hunk, THEIRS)};
    if (hunk_value(arrays, hunk, OURS, &storages[1], &sides.ours) ||
        hunk_value(arrays, hunk, THEIRS, &storages[2], &sides.theirs))
        return -1;
    if (arrays->base) {
        if (value_array(arrays->context->arena, value_items(arrays->base) + hunk->from,
                        hunk->to - hunk->from, &storages[0], arrays->context->err))
            return -1;
        sides.base = &storages[0];
    }
    int is_ours = merge_conflict(arrays->context, &path, DELTA_CONFLICT_GAP, &sides, 1);
    if (is_ours < 0)
        return -1;
    arrays->conflict = true;
    put_side(arrays, hunk, is_ours ? OURS : THEIRS);
    if (merge_prefer(arrays->context, &path) == DELTA_PREFER_UNION)
        return put_inserted(arrays, hunk, THEIRS);
    return 0;
}

/* The first entry that a side inserted into the hunk: a new value, else a moved element. */
static const struct entry *first_inserted(const struct arrays *arrays, const struct hunk *hunk,
                                          int which) {
    const struct entry *found = NULL;
    for (uint32_t i = hunk->start[which]; i < hunk->end[which]; i++) {
        const struct entry *entry = &arrays->side[which].entries[i];
        if (entry->old == NO_INDEX)
            return entry;
        if (!found && !side_entry_is_kept(&arrays->side[which], i))
            found = entry;
    }
    return found;
}

/* Whose insertions come first where both sides inserted into one hunk: moved elements before new
 * ones, then by the key of the first. So the result does not depend on which side is ours. */
static int first_inserter(const struct arrays *arrays, const struct hunk *hunk) {
    const struct entry *ours = first_inserted(arrays, hunk, OURS);
    const struct entry *theirs = first_inserted(arrays, hunk, THEIRS);
    if (ours->old != theirs->old)
        return ours->old < theirs->old ? OURS : THEIRS; /* of a new value it is NO_INDEX */
    if (ours->old != NO_INDEX)
        return OURS;
    return merge_align_compare(&arrays->key, ours->value, theirs->value) <= 0 ? OURS : THEIRS;
}

/* Whether a side inserted an element that no key identifies. */
static bool inserts_unkeyed(const struct arrays *arrays, const struct hunk *hunk, int which) {
    for (uint32_t i = hunk->start[which]; i < hunk->end[which]; i++)
        if (arrays->side[which].entries[i].unkeyed)
            return true;
    return false;
}

/* Whether what both sides insert is kept: elements that no key identifies may be what both made of
 * one element. */
static bool keeps_both(const struct arrays *arrays, const struct hunk *hunk) {
    return arrays->unordered || (arrays->key_given && !(inserts_unkeyed(arrays, hunk, OURS) &&
                                                        inserts_unkeyed(arrays, hunk, THEIRS)));
}

static int merge_part(struct arrays *arrays, const struct hunk *hunk) {
    bool ours_insert = inserts(arrays, hunk, OURS);
    bool theirs_insert = inserts(arrays, hunk, THEIRS);
    if (!theirs_insert && !hunk->removes[THEIRS]) {
        put_side(arrays, hunk, OURS);
    } else if (!ours_insert && !hunk->removes[OURS]) {
        put_side(arrays, hunk, THEIRS);
    } else if (!arrays->unordered && same_entries(arrays, hunk)) {
        put_side(arrays, hunk, OURS);
    } else if (!ours_insert && !theirs_insert) {
        put_entries(arrays, hunk, OURS);
    } else if (ours_insert && theirs_insert && keeps_both(arrays, hunk)) {
        int first = first_inserter(arrays, hunk);
        put_entries(arrays, hunk, first);
        return put_inserted(arrays, hunk, 1 - first);
    } else if ((arrays_has_key(arrays) || arrays->unordered) && !(ours_insert && theirs_insert)) {
        put_entries(arrays, hunk, ours_insert ? OURS : THEIRS);
    } else {
        return hunk_conflict(arrays, hunk);
    }
    return 0;
}

/* Makes pairs of the elements of the base that both sides have and one of them moved, or both did.
 */
static void pair_moved(struct arrays *arrays) {
    struct side *ours = &arrays->side[OURS], *theirs = &arrays->side[THEIRS];
    for (uint32_t i = 0; i < ours->count; i++) {
        uint32_t old = ours->entries[i].old;
        if (old == NO_INDEX || arrays_is_anchor(arrays, old) || theirs->position[old] == NO_INDEX)
            continue;
        ours->entries[i].pair = ++arrays->pair_count;
        theirs->entries[theirs->position[old]].pair = arrays->pair_count;
    }
}

/* Marks the pairs that are not in this hunk on both sides, or not in one order with all others that
 * are. */
static void mark_crossing(const struct arrays *arrays, const struct hunk *hunk, const uint32_t *at,
                          bool *crossing) {
    const struct entry *entries = arrays->side[OURS].entries;
    uint32_t start = hunk->start[THEIRS], end = hunk->end[THEIRS], bound = start;
    for (uint32_t i = hunk->start[OURS]; i < hunk->end[OURS]; i++) {
        uint32_t pair = entries[i].pair, place = at[pair];
        crossing[pair] = place < bound || place >= end;
        if (pair && place >= bound && place < end)
            bound = place + 1;
    }
    bound = end;
    for (uint32_t i = hunk->end[OURS]; i-- > hunk->start[OURS];) {
        uint32_t pair = entries[i].pair, place = at[pair];
        crossing[pair] |= place >= bound;
        if (pair && place >= start && place < bound)
            bound = place;
    }
}

/* Finds the pairs that both sides have in one hunk, in one order: `*places`, by pair, is the entry
 * of theirs, or NO_INDEX; NULL when there are none at all. Theirs loses the others that are new. */
static int find_pairs(struct arrays *arrays, uint32_t **places) {
    struct side *theirs = &arrays->side[THEIRS];
    pair_moved(arrays);
    if (!arrays->pair_count)
        return 0;
    uint32_t *at = *places =
        arena_array(arrays->scratch, (size_t)arrays->pair_count + 1, sizeof *at);
    bool *crossing = arena_array(arrays->scratch, (size_t)arrays->pair_count + 1, sizeof *crossing);
    if (!at || !crossing)
        return err_memory(arrays->context->err);
    for (uint32_t i = 0; i < theirs->count; i++)
        at[theirs->entries[i].pair] = i;
    for (struct hunk hunk = hunk_from(arrays, 0, 0, 0);; hunk = hunk_after(arrays, &hunk)) {
        mark_crossing(arrays, &hunk, at, crossing);
        if (hunk.to == arrays->length)
            break;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < theirs->count; i++) {
        uint32_t pair = theirs->entries[i].pair;
        bool placed = pair && !crossing[pair];
        if (pair)
            at[pair] = placed ? kept : NO_INDEX;
        if (placed || !pair || theirs->entries[i].old != NO_INDEX)
            side_keep_entry(theirs, i, &kept);
    }
    theirs->count = kept;
    return 0;
}

/* Merges the parts between the pairs that both sides have in the hunk. `at` is NULL: none. */
static int merge_hunk(struct arrays *arrays, const struct hunk *hunk, const uint32_t *at) {
    struct hunk part = *hunk;
    for (uint32_t i = hunk->start[OURS]; i < hunk->end[OURS] && at; i++) {
        const struct entry *entry = &arrays->side[OURS].entries[i];
        if (!entry->pair || at[entry->pair] == NO_INDEX)
            continue;
        part.end[OURS] = i;
        part.end[THEIRS] = at[entry->pair];
        if (merge_part(arrays, &part))
            return -1;
        arrays->result[arrays->result_count++] = *entry;
        part.start[OURS] = i + 1;
        part.start[THEIRS] = at[entry->pair] + 1;
        part.from = part.to;
    }
    part.end[OURS] = hunk->end[OURS];
    part.end[THEIRS] = hunk->end[THEIRS];
    return merge_part(arrays, &part);
}

/* Appends the elements of the base from `*next` up to `end` that are missing from the result though
 * neither side removed them. */
static void put_missing(const struct arrays *arrays, const bool *placed, uint32_t *next,
                        uint32_t end, struct entry *entries, uint32_t *count) {
    for (; *next < end; ++*next)
        if (!placed[*next] && arrays->side[OURS].position[*next] != NO_INDEX &&
            arrays->side[THEIRS].position[*next] != NO_INDEX)
            entries[(*count)++] = (struct entry){.old = *next, .at = NO_INDEX};
}

/* Removes the second occurrence of an element of the base in the result, and restores what no side
 * removed, in front of the next anchor. */
static int repair(struct arrays *arrays) {
    bool *placed = arena_array(arrays->scratch, arrays->length, sizeof *placed);
    struct entry *repaired = arena_array(
        arrays->scratch, (size_t)arrays->result_count + arrays->length, sizeof *repaired);
    if (!placed || !repaired)
        return err_memory(arrays->context->err);
    memset(placed, 0, arrays->length * sizeof *placed);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < arrays->result_count; i++) {
        uint32_t old = arrays->result[i].old;
        if (old != NO_INDEX && placed[old])
            continue;
        if (old != NO_INDEX)
            placed[old] = true;
        arrays->result[kept++] = arrays->result[i];
    }
    uint32_t count = 0;
    uint32_t next = 0;
    for (uint32_t i = 0; i < kept; i++) {
        uint32_t old = arrays->result[i].old;
        if (old != NO_INDEX && arrays_is_anchor(arrays, old))
            put_missing(arrays, placed, &next, old, repaired, &count);
        repaired[count++] = arrays->result[i];
    }
    put_missing(arrays, placed, &next, arrays->length, repaired, &count);
    arrays->result = repaired;
    arrays->result_count = count;
    return 0;
}

__attribute__((noinline)) int arrays_merge_hunks(struct arrays *arrays) {
    size_t most = (size_t)arrays->side[OURS].count + arrays->side[THEIRS].count;
    uint32_t *at = NULL;
    arrays->result = arena_array(arrays->scratch, most, sizeof *arrays->result);
    if (!arrays->result)
        return err_memory(arrays->context->err);
    if (!arrays->unordered && find_pairs(arrays, &at))
        return -1;
    struct hunk hunk = hunk_from(arrays, 0, 0, 0);
    for (;; hunk = hunk_after(arrays, &hunk)) {
        if (merge_hunk(arrays, &hunk, at))
            return -1;
        if (hunk.to == arrays->length)
            break;
        arrays->result[arrays->result_count++] = (struct entry){.old = hunk.to, .at = NO_INDEX};
    }
    return arrays->conflict || arrays->unordered || at ? repair(arrays) : 0;
}
