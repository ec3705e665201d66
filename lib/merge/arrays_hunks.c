/* The third step of the merge of an array (merge_array.c), one pass over the base: an element that
 * both sides keep ends a hunk, and what each side has since the last such element is compared.
 *
 * Insertions of both sides are found equal by the hash of their values, in a table for each hunk,
 * so that a union has them once. Which side's come first does not depend on which one is ours.
 *
 * A conflict takes all of one side's hunk, and so can repeat an element that the other side moved
 * elsewhere, or lose it. Then, and only then, a second pass drops repetitions and puts back, before
 * the next anchor, what neither side removed. */
#include "merge/arrays_hunks.h"

#include "base/err.h"
#include "base/hash.h"
#include "diff/symbols.h"

#include <string.h>

/* What is between two anchors: elements [from, to) of the base, entries [start, end) of each side.
 */
struct hunk {
    uint32_t from, to;
    uint32_t start[2], end[2];
};

static bool inserts(const struct arrays *arrays, const struct hunk *hunk, int which) {
    for (uint32_t i = hunk->start[which]; i < hunk->end[which]; i++)
        if (!side_entry_is_kept(&arrays->side[which], i))
            return true;
    return false;
}

static bool removes(const struct arrays *arrays, const struct hunk *hunk, int which) {
    for (uint32_t i = hunk->from; i < hunk->to; i++)
        if (!arrays->side[which].kept[i])
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

/* Appends what one side inserted and the other did not. O(entries of the hunk). */
static int put_inserted(struct arrays *arrays, const struct hunk *hunk, int which) {
    const struct side *side = &arrays->side[which], *other = &arrays->side[1 - which];
    struct symbols values = {0};
    int status = 0;
    for (uint32_t j = hunk->start[1 - which]; j < hunk->end[1 - which] && status == 0; j++)
        if (other->entries[j].old == NO_INDEX &&
            symbols_put(&values, value_hash(other->entries[j].value)) == NO_INDEX)
            status = err_memory(arrays->context->err);
    uint32_t known_values = values.count;
    for (uint32_t i = hunk->start[which]; i < hunk->end[which] && status == 0; i++) {
        const struct entry *entry = &side->entries[i];
        bool known = side_entry_is_kept(side, i);
        if (entry->old != NO_INDEX) {
            uint32_t position = other->position[entry->old];
            known |= position >= hunk->start[1 - which] && position < hunk->end[1 - which];
        } else {
            uint32_t symbol = symbols_put(&values, value_hash(entry->value));
            if (symbol == NO_INDEX)
                status = err_memory(arrays->context->err);
            known |= symbol < known_values;
        }
        if (!known && status == 0)
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

static int merge_hunk(struct arrays *arrays, const struct hunk *hunk) {
    bool ours_insert = inserts(arrays, hunk, OURS);
    bool theirs_insert = inserts(arrays, hunk, THEIRS);
    bool union_of_both = arrays->key_given || arrays->unordered;
    if (!theirs_insert && !removes(arrays, hunk, THEIRS)) {
        put_side(arrays, hunk, OURS);
    } else if (!ours_insert && !removes(arrays, hunk, OURS)) {
        put_side(arrays, hunk, THEIRS);
    } else if (same_entries(arrays, hunk)) {
        put_side(arrays, hunk, OURS);
    } else if (!ours_insert && !theirs_insert) {
        put_entries(arrays, hunk, OURS);
    } else if (union_of_both && ours_insert && theirs_insert) {
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

/* Appends the elements of the base from `*next` up to `end` that are missing from the result though
 * neither side removed them. */
static void put_missing(const struct arrays *arrays, const bool *placed, uint32_t *next,
                        uint32_t end, struct entry *entries, uint32_t *count) {
    for (; *next < end; ++*next)
        if (!placed[*next] && arrays->side[OURS].position[*next] != NO_INDEX &&
            arrays->side[THEIRS].position[*next] != NO_INDEX)
            entries[(*count)++] = (struct entry){*next, NULL, NO_INDEX};
}

/* After a conflict, and where order does not count, so that moves do not conflict, an element may
 * be in the result twice (in a hunk that is ours, and where theirs moved it) or not at all. Removes
 * the second occurrence, and restores what no side removed, in front of the next anchor. */
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
        if (old != NO_INDEX && arrays->side[OURS].kept[old] && arrays->side[THEIRS].kept[old])
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
    arrays->result = arena_array(arrays->scratch, most, sizeof *arrays->result);
    if (!arrays->result)
        return err_memory(arrays->context->err);
    const struct side *ours = &arrays->side[OURS];
    const struct side *theirs = &arrays->side[THEIRS];
    struct hunk hunk = {0};
    for (uint32_t i = 0; i <= arrays->length; i++) {
        bool last = i == arrays->length;
        if (!last && !(ours->kept[i] && theirs->kept[i]))
            continue;
        hunk.to = i;
        hunk.end[OURS] = last ? ours->count : ours->position[i];
        hunk.end[THEIRS] = last ? theirs->count : theirs->position[i];
        if (merge_hunk(arrays, &hunk))
            return -1;
        if (last)
            break;
        arrays->result[arrays->result_count++] = (struct entry){i, NULL, NO_INDEX};
        hunk = (struct hunk){.from = i + 1, .start = {hunk.end[OURS] + 1, hunk.end[THEIRS] + 1}};
    }
    return arrays->conflict || arrays->unordered ? repair(arrays) : 0;
}
