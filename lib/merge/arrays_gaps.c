#include "merge/arrays_gaps.h"

#include "base/err.h"
#include "base/hash.h"
#include "diff/sequence.h"

#include <string.h>

/* The gap between two anchors: base elements [from, to), entries [start, end) of each side. */
struct gap {
    uint32_t from, to;
    uint32_t start[2], end[2];
};

static bool inserts(const struct arrays *arrays, const struct gap *gap, int which) {
    for (uint32_t i = gap->start[which]; i < gap->end[which]; i++)
        if (!side_entry_stays(&arrays->side[which], i))
            return true;
    return false;
}

static bool drops(const struct arrays *arrays, const struct gap *gap, int which) {
    for (uint32_t i = gap->from; i < gap->to; i++)
        if (!arrays->side[which].stays[i])
            return true;
    return false;
}

static bool alike(const struct arrays *arrays, const struct gap *gap) {
    uint32_t count = gap->end[OURS] - gap->start[OURS];
    if (count != gap->end[THEIRS] - gap->start[THEIRS])
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!arrays_same_entry(&arrays->side[OURS].entries[gap->start[OURS] + i],
                               &arrays->side[THEIRS].entries[gap->start[THEIRS] + i]))
            return false;
    return true;
}

/* One side's entries, without those that stay with it and the other side took away. */
static void put_entries(struct arrays *arrays, const struct gap *gap, int which) {
    const struct side *other = &arrays->side[1 - which];
    for (uint32_t i = gap->start[which]; i < gap->end[which]; i++) {
        const struct entry *entry = &arrays->side[which].entries[i];
        if (!side_entry_stays(&arrays->side[which], i) || other->stays[entry->old])
            arrays->result[arrays->result_count++] = *entry;
    }
}

/* One side's entries as they are. */
static void put_side(struct arrays *arrays, const struct gap *gap, int which) {
    for (uint32_t i = gap->start[which]; i < gap->end[which]; i++)
        arrays->result[arrays->result_count++] = arrays->side[which].entries[i];
}

/* What one side inserted and the other did not. O(entries of the gap). */
static int put_inserted(struct arrays *arrays, const struct gap *gap, int which) {
    const struct side *side = &arrays->side[which], *other = &arrays->side[1 - which];
    struct symbols values = {0};
    int status = 0;
    for (uint32_t j = gap->start[1 - which]; j < gap->end[1 - which] && status == 0; j++)
        if (other->entries[j].old == NO_INDEX &&
            symbols_put(&values, value_hash(other->entries[j].value)) == NO_INDEX)
            status = err_memory(arrays->merging->err);
    uint32_t known_values = values.count;
    for (uint32_t i = gap->start[which]; i < gap->end[which] && status == 0; i++) {
        const struct entry *entry = &side->entries[i];
        bool known = side_entry_stays(side, i);
        if (entry->old != NO_INDEX) {
            uint32_t place = other->place[entry->old];
            known |= place >= gap->start[1 - which] && place < gap->end[1 - which];
        } else {
            uint32_t symbol = symbols_put(&values, value_hash(entry->value));
            if (symbol == NO_INDEX)
                status = err_memory(arrays->merging->err);
            known |= symbol < known_values;
        }
        if (!known && status == 0)
            arrays->result[arrays->result_count++] = *entry;
    }
    symbols_free(&values);
    return status;
}

/* The entries as an array, for the report; NULL where values are not known. */
static int gap_value(struct arrays *arrays, const struct gap *gap, int which,
                     struct delta_value *room, const struct delta_value **out) {
    const struct side *side = &arrays->side[which];
    uint32_t count = gap->end[which] - gap->start[which];
    struct value_array *array = value_array_open(arrays->merging->arena, count);
    *out = NULL;
    if (!array)
        return err_memory(arrays->merging->err);
    for (uint32_t i = 0; i < count; i++) {
        const struct entry *entry = &side->entries[gap->start[which] + i];
        const struct delta_value *value = entry->value;
        if (entry->old != NO_INDEX &&
            arrays_element_of(arrays, side, entry->old, &array->items[i], &value))
            return -1;
        if (!value)
            return 0;
        if (value != &array->items[i])
            array->items[i] = *value;
    }
    *out = room;
    return value_array_close(array, count, room, arrays->merging->err);
}

/* Whether the entry before or behind a gap is in the side's array, and where. */
static uint32_t entry_at(const struct side *side, uint32_t position) {
    return position < side->count ? side->entries[position].at : side->own_count;
}

/* The elements of a side's array that are between the anchors of a gap. */
static struct delta_span gap_span(const struct side *side, const struct gap *gap, int which) {
    uint32_t start = gap->start[which] ? entry_at(side, gap->start[which] - 1) : NO_INDEX;
    uint32_t end = entry_at(side, gap->end[which]);
    if (start == NO_INDEX && gap->start[which]) /* an anchor that was put back */
        start = end == NO_INDEX ? NO_INDEX : end - 1;
    start++;
    return (struct delta_span){start, end != NO_INDEX && end > start ? end - start : 0};
}

static int gap_conflict(struct arrays *arrays, const struct gap *gap) {
    struct merging_path path = {.above = arrays->path, .index = gap->from};
    struct delta_value rooms[3];
    struct merging_sides sides = {.base_span = {gap->from, gap->to - gap->from},
                                  .ours_span = gap_span(&arrays->side[OURS], gap, OURS),
                                  .theirs_span = gap_span(&arrays->side[THEIRS], gap, THEIRS)};
    if (gap_value(arrays, gap, OURS, &rooms[1], &sides.ours) ||
        gap_value(arrays, gap, THEIRS, &rooms[2], &sides.theirs))
        return -1;
    if (arrays->base) {
        if (value_array(arrays->merging->arena, value_items(arrays->base) + gap->from,
                        gap->to - gap->from, &rooms[0], arrays->merging->err))
            return -1;
        sides.base = &rooms[0];
    }
    int is_ours = merging_conflict(arrays->merging, &path, DELTA_CONFLICT_GAP, &sides, 1);
    if (is_ours < 0)
        return -1;
    arrays->conflict = true;
    put_side(arrays, gap, is_ours ? OURS : THEIRS);
    if (merging_prefer(arrays->merging, &path) == DELTA_PREFER_UNION)
        return put_inserted(arrays, gap, THEIRS);
    return 0;
}

/* The first element that a side put into the gap: a new one, where there is one. */
static const struct entry *first_put(const struct arrays *arrays, const struct gap *gap,
                                     int which) {
    const struct entry *found = NULL;
    for (uint32_t i = gap->start[which]; i < gap->end[which]; i++) {
        const struct entry *entry = &arrays->side[which].entries[i];
        if (entry->old == NO_INDEX)
            return entry;
        if (!found && !side_entry_stays(&arrays->side[which], i))
            found = entry;
    }
    return found;
}

/* What comes first of what both sides put into one gap: moved elements, then the new ones by the
 * key of the first, so that it is the same whichever side is ours. */
static int first_inserter(const struct arrays *arrays, const struct gap *gap) {
    const struct entry *ours = first_put(arrays, gap, OURS);
    const struct entry *theirs = first_put(arrays, gap, THEIRS);
    if (ours->old != theirs->old)
        return ours->old < theirs->old ? OURS : THEIRS; /* a new one is NO_INDEX, the highest */
    if (ours->old != NO_INDEX)
        return OURS;
    return merge_align_compare(&arrays->key, ours->value, theirs->value) <= 0 ? OURS : THEIRS;
}

static int merge_gap(struct arrays *arrays, const struct gap *gap) {
    bool ours_insert = inserts(arrays, gap, OURS);
    bool theirs_insert = inserts(arrays, gap, THEIRS);
    bool union_of_both = arrays->given || arrays->any_order;
    if (!theirs_insert && !drops(arrays, gap, THEIRS)) {
        put_side(arrays, gap, OURS);
    } else if (!ours_insert && !drops(arrays, gap, OURS)) {
        put_side(arrays, gap, THEIRS);
    } else if (alike(arrays, gap)) {
        put_side(arrays, gap, OURS);
    } else if (!ours_insert && !theirs_insert) {
        put_entries(arrays, gap, OURS);
    } else if (union_of_both && ours_insert && theirs_insert) {
        int first = first_inserter(arrays, gap);
        put_entries(arrays, gap, first);
        return put_inserted(arrays, gap, 1 - first);
    } else if ((arrays_has_key(arrays) || arrays->any_order) && !(ours_insert && theirs_insert)) {
        put_entries(arrays, gap, ours_insert ? OURS : THEIRS);
    } else {
        return gap_conflict(arrays, gap);
    }
    return 0;
}

/* Appends the elements of the base from `*next` up to `end` that stand nowhere in the result though
 * neither side dropped them. */
static void put_dropped(const struct arrays *arrays, const bool *placed, uint32_t *next,
                        uint32_t end, struct entry *entries, uint32_t *count) {
    for (; *next < end; ++*next)
        if (!placed[*next] && arrays->side[OURS].place[*next] != NO_INDEX &&
            arrays->side[THEIRS].place[*next] != NO_INDEX)
            entries[(*count)++] = (struct entry){*next, NULL, NO_INDEX};
}

/* After a conflict an element can have been put twice (in the gap that was ours, and where theirs
 * moved it), or not at all: each occurs once, and only those are gone that a side dropped. What was
 * lost comes back before the next anchor. */
static int repair(struct arrays *arrays) {
    bool *placed = arena_array(arrays->scratch, arrays->length, sizeof *placed);
    struct entry *repaired = arena_array(
        arrays->scratch, (size_t)arrays->result_count + arrays->length, sizeof *repaired);
    if (!placed || !repaired)
        return err_memory(arrays->merging->err);
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
        if (old != NO_INDEX && arrays->side[OURS].stays[old] && arrays->side[THEIRS].stays[old])
            put_dropped(arrays, placed, &next, old, repaired, &count);
        repaired[count++] = arrays->result[i];
    }
    put_dropped(arrays, placed, &next, arrays->length, repaired, &count);
    arrays->result = repaired;
    arrays->result_count = count;
    return 0;
}

__attribute__((noinline)) int arrays_merge_gaps(struct arrays *arrays) {
    size_t most = (size_t)arrays->side[OURS].count + arrays->side[THEIRS].count;
    arrays->result = arena_array(arrays->scratch, most, sizeof *arrays->result);
    if (!arrays->result)
        return err_memory(arrays->merging->err);
    const struct side *ours = &arrays->side[OURS];
    const struct side *theirs = &arrays->side[THEIRS];
    struct gap gap = {0};
    for (uint32_t i = 0; i <= arrays->length; i++) {
        bool last = i == arrays->length;
        if (!last && !(ours->stays[i] && theirs->stays[i]))
            continue;
        gap.to = i;
        gap.end[OURS] = last ? ours->count : ours->place[i];
        gap.end[THEIRS] = last ? theirs->count : theirs->place[i];
        if (merge_gap(arrays, &gap))
            return -1;
        if (last)
            break;
        arrays->result[arrays->result_count++] = (struct entry){i, NULL, NO_INDEX};
        gap = (struct gap){.from = i + 1, .start = {gap.end[OURS] + 1, gap.end[THEIRS] + 1}};
    }
    return arrays->conflict ? repair(arrays) : 0;
}
