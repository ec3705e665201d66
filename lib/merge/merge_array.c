/* Two patches of one array.
 *
 * An element of the base stays, for one side, when the side keeps it in order with the others that
 * stay; else it is moved or dropped. Elements that stay for both sides are anchors: they stand in
 * the result, and cut the array into gaps, each of which is merged by itself:
 *
 * - changed by one side only: that side's;
 * - changed by both alike: once;
 * - one side inserts, the other only drops, and not what the first drops too: both;
 * - otherwise a conflict.
 *
 * Changes within elements are apart from all this: they go wherever the element goes. Before the
 * gaps are looked at, what cannot go together is settled, element by element: dropped here and
 * changed or moved there, moved to two places. The side that gives in is rebuilt as if it had not
 * touched the element (or had dropped it too). */
#include "base/err.h"
#include "diff/diff.h"
#include "diff/sequence.h"
#include "merge/keyed.h"
#include "merge/merge_context.h"
#include "merge/merge_side.h"
#include "patch/apply.h"

#include <stdlib.h>
#include <string.h>

enum { OURS, THEIRS };

/* What the merge of one array works on. */
struct arrays {
    struct merging *merging;
    const struct merging_path *path;
    const struct delta_value *base; /* NULL when it is not known */
    uint32_t length;                /* of the base */
    const char *key;                /* the member that names elements, or NULL */
    struct delta_arena *scratch;
    struct side side[2];
    struct entry *result;
    uint32_t result_count;
    bool conflict; /* a gap was in conflict */
};

static const struct delta_value *base_element(const struct arrays *arrays, uint32_t index) {
    return arrays->base ? &value_items(arrays->base)[index] : NULL;
}

/* ---- What cannot go together, element by element ---- */

/* The element as a side left it; NULL when it dropped it, or when that is not known. */
static int element_of(struct arrays *arrays, const struct side *side, uint32_t index,
                      struct delta_value *room, const struct delta_value **out) {
    *out = NULL;
    if (side->place[index] == NOWHERE)
        return 0;
    return merging_result(arrays->merging, base_element(arrays, index),
                          side->edit[index] ? side->edit[index] : &patch_empty, room, out);
}

static int element_conflict(struct arrays *arrays, uint32_t index, enum delta_conflict_kind kind,
                            int union_ours) {
    struct merging_path path = {.above = arrays->path, .index = index};
    struct merging_sides sides = {.base = base_element(arrays, index)};
    struct delta_value rooms[2];
    if (element_of(arrays, &arrays->side[OURS], index, &rooms[0], &sides.ours) ||
        element_of(arrays, &arrays->side[THEIRS], index, &rooms[1], &sides.theirs))
        return -1;
    return merging_conflict(arrays->merging, &path, kind, &sides, union_ours);
}

/* One side dropped the element; did the other change or move it? */
static int settle_dropped(struct arrays *arrays, uint32_t index, int dropper) {
    struct side *keeper = &arrays->side[1 - dropper];
    if (keeper->stays[index] && !keeper->edit[index])
        return 0;
    enum delta_conflict_kind kind =
        keeper->edit[index]
            ? (dropper == OURS ? DELTA_CONFLICT_REMOVED_CHANGED : DELTA_CONFLICT_CHANGED_REMOVED)
            : (dropper == OURS ? DELTA_CONFLICT_REMOVED_MOVED : DELTA_CONFLICT_MOVED_REMOVED);
    int is_ours = element_conflict(arrays, index, kind, dropper != OURS);
    if (is_ours < 0)
        return -1;
    if (is_ours == (dropper == OURS))
        keeper->erased[index] = true;
    else
        arrays->side[dropper].reconstructed[index] = true;
    return 0;
}

/* Number of anchors before each old element that a side moved: the gap it went to. */
static void find_gaps(struct arrays *arrays, const struct side *side, uint32_t *gaps) {
    uint32_t anchors = 0;
    for (uint32_t i = 0; i < side->count; i++) {
        uint32_t old = side->entries[i].old;
        if (old == NOWHERE)
            continue;
        gaps[old] = anchors;
        if (arrays->side[OURS].stays[old] && arrays->side[THEIRS].stays[old])
            anchors++;
    }
}

static bool same_entry(const struct entry *a, const struct entry *b) {
    return a->old == b->old && (a->old != NOWHERE || value_same(a->value, b->value));
}

/* True when the element stands between the same neighbours on both sides. */
static bool same_neighbours(const struct arrays *arrays, uint32_t index) {
    const struct side *ours = &arrays->side[OURS];
    const struct side *theirs = &arrays->side[THEIRS];
    uint32_t left = ours->place[index];
    uint32_t right = theirs->place[index];
    bool same_before = left && right
                           ? same_entry(&ours->entries[left - 1], &theirs->entries[right - 1])
                           : left == right;
    bool ends_left = left + 1 == ours->count;
    bool ends_right = right + 1 == theirs->count;
    bool same_after = !ends_left && !ends_right
                          ? same_entry(&ours->entries[left + 1], &theirs->entries[right + 1])
                          : ends_left == ends_right;
    return same_before || same_after;
}

static int settle_moved(struct arrays *arrays, const uint32_t *gaps[2], uint32_t index) {
    if (gaps[OURS][index] == gaps[THEIRS][index] && same_neighbours(arrays, index))
        return 0;
    int is_ours = element_conflict(arrays, index, DELTA_CONFLICT_MOVED, -1);
    if (is_ours < 0)
        return -1;
    arrays->side[is_ours ? THEIRS : OURS].reconstructed[index] = true;
    return 0;
}

__attribute__((noinline)) static int settle_elements(struct arrays *arrays) {
    uint32_t *gaps[2];
    for (int i = OURS; i <= THEIRS; i++) {
        gaps[i] = arena_array(arrays->scratch, arrays->length, sizeof *gaps[i]);
        if (!gaps[i])
            return err_memory(arrays->merging->err);
        find_gaps(arrays, &arrays->side[i], gaps[i]);
    }
    const struct side *ours = &arrays->side[OURS];
    const struct side *theirs = &arrays->side[THEIRS];
    for (uint32_t i = 0; i < arrays->length; i++) {
        bool in_ours = ours->place[i] != NOWHERE;
        bool in_theirs = theirs->place[i] != NOWHERE;
        int failed = 0;
        if (in_ours != in_theirs)
            failed = settle_dropped(arrays, i, in_ours ? THEIRS : OURS);
        else if (in_ours && !ours->stays[i] && !theirs->stays[i])
            failed = settle_moved(arrays, (const uint32_t *[]){gaps[OURS], gaps[THEIRS]}, i);
        if (failed)
            return -1;
    }
    for (int i = OURS; i <= THEIRS; i++) {
        if (side_rebuild(&arrays->side[i], arrays->merging->err))
            return -1;
    }
    return 0;
}

/* ---- Gaps ---- */

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

/* Both sides drop one and the same element. */
static bool drop_both(const struct arrays *arrays, const struct gap *gap) {
    for (uint32_t i = gap->from; i < gap->to; i++)
        if (!arrays->side[OURS].stays[i] && !arrays->side[THEIRS].stays[i])
            return true;
    return false;
}

static bool alike(const struct arrays *arrays, const struct gap *gap) {
    uint32_t count = gap->end[OURS] - gap->start[OURS];
    if (count != gap->end[THEIRS] - gap->start[THEIRS])
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!same_entry(&arrays->side[OURS].entries[gap->start[OURS] + i],
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

/* What one side inserted and the other did not. */
static void put_inserted(struct arrays *arrays, const struct gap *gap, int which) {
    const struct side *other = &arrays->side[1 - which];
    for (uint32_t i = gap->start[which]; i < gap->end[which]; i++) {
        const struct entry *entry = &arrays->side[which].entries[i];
        bool known = side_entry_stays(&arrays->side[which], i);
        for (uint32_t j = gap->start[1 - which]; j < gap->end[1 - which] && !known; j++)
            known = same_entry(entry, &other->entries[j]);
        if (!known)
            arrays->result[arrays->result_count++] = *entry;
    }
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
        if (entry->old != NOWHERE && element_of(arrays, side, entry->old, &array->items[i], &value))
            return -1;
        if (!value)
            return 0;
        if (value != &array->items[i])
            array->items[i] = *value;
    }
    *out = room;
    return value_array_close(array, count, room, arrays->merging->err);
}

static int gap_conflict(struct arrays *arrays, const struct gap *gap) {
    struct merging_path path = {.above = arrays->path, .index = gap->from};
    struct delta_value rooms[3];
    struct merging_sides sides = {NULL, NULL, NULL};
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
    if (arrays->merging->options->prefer == DELTA_PREFER_UNION)
        put_inserted(arrays, gap, THEIRS);
    return 0;
}

/* The first element that a side put into the gap: a new one, where there is one. */
static const struct entry *first_put(const struct arrays *arrays, const struct gap *gap,
                                     int which) {
    const struct entry *found = NULL;
    for (uint32_t i = gap->start[which]; i < gap->end[which]; i++) {
        const struct entry *entry = &arrays->side[which].entries[i];
        if (entry->old == NOWHERE)
            return entry;
        if (!found && !side_entry_stays(&arrays->side[which], i))
            found = entry;
    }
    return found;
}

/* The order in which what both sides put into one gap of a keyed list stands: moved elements first,
 * then by the name of the first new one, so that it is the same whichever side is ours. */
static int first_inserter(const struct arrays *arrays, const struct gap *gap) {
    const struct entry *ours = first_put(arrays, gap, OURS);
    const struct entry *theirs = first_put(arrays, gap, THEIRS);
    if (ours->old != theirs->old)
        return ours->old < theirs->old ? OURS : THEIRS; /* a new one is NOWHERE, the highest */
    if (ours->old != NOWHERE)
        return OURS;
    return keyed_compare(ours->value, theirs->value, arrays->key) <= 0 ? OURS : THEIRS;
}

static int merge_gap(struct arrays *arrays, const struct gap *gap) {
    bool ours_insert = inserts(arrays, gap, OURS);
    bool theirs_insert = inserts(arrays, gap, THEIRS);
    if (!theirs_insert && !drops(arrays, gap, THEIRS)) {
        put_side(arrays, gap, OURS);
    } else if (!ours_insert && !drops(arrays, gap, OURS)) {
        put_side(arrays, gap, THEIRS);
    } else if (alike(arrays, gap)) {
        put_side(arrays, gap, OURS);
    } else if (!ours_insert && !theirs_insert) {
        put_entries(arrays, gap, OURS);
    } else if (arrays->key && ours_insert && theirs_insert) {
        int first = first_inserter(arrays, gap);
        put_entries(arrays, gap, first);
        put_inserted(arrays, gap, 1 - first);
    } else if (arrays->key || (!(ours_insert && theirs_insert) && !drop_both(arrays, gap))) {
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
        if (!placed[*next] && arrays->side[OURS].place[*next] != NOWHERE &&
            arrays->side[THEIRS].place[*next] != NOWHERE)
            entries[(*count)++] = (struct entry){*next, NULL};
}

/* After a conflict an element can have been put twice (in the gap that was ours, and where theirs
 * moved it), or not at all: each stands once, and only those are gone that a side dropped. What was
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
        if (old != NOWHERE && placed[old])
            continue;
        if (old != NOWHERE)
            placed[old] = true;
        arrays->result[kept++] = arrays->result[i];
    }
    uint32_t count = 0;
    uint32_t next = 0;
    for (uint32_t i = 0; i < kept; i++) {
        uint32_t old = arrays->result[i].old;
        if (old != NOWHERE && arrays->side[OURS].stays[old] && arrays->side[THEIRS].stays[old])
            put_dropped(arrays, placed, &next, old, repaired, &count);
        repaired[count++] = arrays->result[i];
    }
    put_dropped(arrays, placed, &next, arrays->length, repaired, &count);
    arrays->result = repaired;
    arrays->result_count = count;
    return 0;
}

__attribute__((noinline)) static int merge_gaps(struct arrays *arrays) {
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
        arrays->result[arrays->result_count++] = (struct entry){i, NULL};
        gap = (struct gap){.from = i + 1, .start = {gap.end[OURS] + 1, gap.end[THEIRS] + 1}};
    }
    return arrays->conflict ? repair(arrays) : 0;
}

/* ---- The result ---- */

/* Puts an old element, with what both sides changed within. */
static int put_old(struct arrays *arrays, struct patch_items *items, uint32_t index) {
    struct merging *merging = arrays->merging;
    const struct delta_patch *ours = arrays->side[OURS].edit[index];
    const struct delta_patch *theirs = arrays->side[THEIRS].edit[index];
    if (!ours || !theirs) {
        const struct delta_patch *only = ours ? ours : theirs ? theirs : &patch_empty;
        patch_items_edit(items, index, only);
        return 0;
    }
    if (merging->options->prefer == DELTA_PREFER_UNION && ours->kind == PATCH_VALUE &&
        theirs->kind == PATCH_VALUE && !value_same(&ours->value, &theirs->value) &&
        !value_is_container(&ours->value) && !value_is_container(&theirs->value)) {
        patch_items_edit(items, index, ours); /* of scalars the union is both */
        patch_items_insert(items, merging->arena, &theirs->value, 1);
        return 0;
    }
    struct merging_path path = {.above = arrays->path, .index = index};
    const struct delta_patch *both =
        merging->any(merging, &path, base_element(arrays, index), ours, theirs);
    if (!both)
        return err_under_index(merging->err, index);
    patch_items_edit(items, index, both);
    return 0;
}

static const struct delta_patch *put_result(struct arrays *arrays) {
    struct patch_items items = {0};
    for (uint32_t i = 0; i < arrays->result_count; i++) {
        const struct entry *entry = &arrays->result[i];
        if (entry->old == NOWHERE) {
            patch_items_insert(&items, arrays->merging->arena, entry->value, 1);
        } else if (put_old(arrays, &items, entry->old)) {
            patch_items_free(&items);
            return NULL;
        }
    }
    return patch_items_close(&items, arrays->merging->arena, PATCH_ARRAY, arrays->length,
                             arrays->merging->err);
}

/* ---- Keyed lists ---- */

/* Where each name stands first among the elements that a side added. */
struct added {
    struct symbols names;
    uint32_t *at; /* entries, by symbol */
    uint32_t count;
};

static int find_added(struct arrays *arrays, const struct side *side, struct added *added) {
    *added = (struct added){
        .at = arena_array(arrays->scratch, (size_t)side->count + 1, sizeof *added->at)};
    if (!added->at)
        return err_memory(arrays->merging->err);
    for (uint32_t i = 0; i < side->count; i++) {
        const struct entry *entry = &side->entries[i];
        const struct delta_value *name =
            entry->old == NOWHERE ? keyed_name(entry->value, arrays->key) : NULL;
        if (!name)
            continue;
        uint32_t symbol = symbols_put(&added->names, delta_value_digest(name));
        if (symbol == SEQUENCE_NONE)
            return err_memory(arrays->merging->err);
        if (symbol == added->count)
            added->at[added->count++] = i;
    }
    return 0;
}

/* Stores the entry that has the new element's name, NULL when there is none. */
static int find_counterpart(struct arrays *arrays, struct added *added, const struct entry *entry,
                            struct entry **counterpart) {
    const struct delta_value *name =
        entry->old == NOWHERE ? keyed_name(entry->value, arrays->key) : NULL;
    *counterpart = NULL;
    if (!name)
        return 0;
    uint32_t symbol = symbols_put(&added->names, delta_value_digest(name));
    if (symbol == SEQUENCE_NONE)
        return err_memory(arrays->merging->err);
    if (symbol < added->count)
        *counterpart = &arrays->side[OURS].entries[added->at[symbol]];
    return 0;
}

static int join_counterparts(struct arrays *arrays, struct added *added) {
    struct side *theirs = &arrays->side[THEIRS];
    uint32_t kept = 0;
    for (uint32_t i = 0; i < theirs->count; i++) {
        const struct entry *entry = &theirs->entries[i];
        struct entry *counterpart;
        if (find_counterpart(arrays, added, entry, &counterpart))
            return -1;
        if (!counterpart) {
            if (entry->old != NOWHERE)
                theirs->place[entry->old] = kept;
            theirs->entries[kept++] = *entry;
            continue;
        }
        struct merging_path path = {.above = arrays->path, .index = arrays->length};
        const struct delta_patch *both;
        if (arrays->merging->added(arrays->merging, &path, counterpart->value, entry->value, &both))
            return -1;
        if (both)
            counterpart->value = &both->value;
    }
    theirs->count = kept;
    return 0;
}

/* Elements that both sides added under one name are one element. */
static int join_added(struct arrays *arrays) {
    struct added added;
    int status = find_added(arrays, &arrays->side[OURS], &added);
    if (status == 0)
        status = join_counterparts(arrays, &added);
    symbols_free(&added.names);
    return status;
}

/* False for a list of which no element has a name, which is merged like any other. */
static bool has_names(const struct delta_value *base, const char *member) {
    for (uint32_t i = 0; i < base->length; i++)
        if (keyed_name(&value_items(base)[i], member))
            return true;
    return base->length == 0;
}

/* Both sides once more, with elements matched by name. */
static int match_by_key(struct arrays *arrays, const struct delta_patch *patches[2]) {
    struct merging *merging = arrays->merging;
    for (int i = OURS; i <= THEIRS; i++) {
        struct delta_value room;
        const struct delta_value *value;
        if (merging_result(merging, arrays->base, patches[i], &room, &value))
            return -1;
        patches[i] = keyed_patch(merging->arena, arrays->base, value, arrays->key, merging->err);
        if (!patches[i])
            return -1;
    }
    return 0;
}

/* Everything but what the recursion needs lives in the scratch arena, which it goes with. */
static struct arrays *open_arrays(struct merging *merging, const struct merging_path *path,
                                  const struct delta_value *base, uint32_t length) {
    struct delta_arena *scratch = delta_arena_new();
    struct arrays *arrays = scratch ? arena_alloc(scratch, sizeof *arrays) : NULL;
    if (!arrays) {
        delta_arena_free(scratch);
        err_memory(merging->err);
        return NULL;
    }
    *arrays = (struct arrays){
        .merging = merging, .path = path, .base = base, .length = length, .scratch = scratch};
    return arrays;
}

__attribute__((noinline)) static int make_sides(struct arrays *arrays,
                                                const struct delta_patch *ours,
                                                const struct delta_patch *theirs) {
    const struct delta_patch *patches[2] = {ours, theirs};
    struct delta_err *err = arrays->merging->err;
    if (arrays->base && merging_array_key(arrays->merging, arrays->path, &arrays->key))
        return -1;
    if (arrays->key && !has_names(arrays->base, arrays->key))
        arrays->key = NULL;
    if (arrays->key && match_by_key(arrays, patches))
        return -1;
    for (int i = OURS; i <= THEIRS; i++) {
        if (side_make(&arrays->side[i], arrays->scratch, patches[i], err) ||
            (!arrays->key && side_find_edits(&arrays->side[i], arrays->merging->arena, err)))
            return -1;
    }
    return 0;
}

const struct delta_patch *merging_arrays(struct merging *merging, const struct merging_path *path,
                                         const struct delta_value *base,
                                         const struct delta_patch *ours,
                                         const struct delta_patch *theirs) {
    struct arrays *arrays = open_arrays(merging, path, base, ours->length);
    if (!arrays)
        return NULL;
    const struct delta_patch *merged = NULL;
    if (make_sides(arrays, ours, theirs) == 0 && (!arrays->key || join_added(arrays) == 0) &&
        settle_elements(arrays) == 0 && merge_gaps(arrays) == 0)
        merged = put_result(arrays);
    delta_arena_free(arrays->scratch);
    return merged;
}
