/* Two sides of one array.
 *
 * Each side is first expressed in elements of the base (merge_align.h where the base is known, else
 * as the patches say). An element of the base stays, for one side, when the side keeps it in order
 * with the others that stay; else it was moved or removed. Elements that stay on both sides are
 * anchors: they are in the result, and cut the array into gaps, each of which is merged by itself
 * (diff3: Khanna, Kunal, Pierce, "A Formal Investigation of Diff3", 2007):
 *
 * - changed by one side only: that side's;
 * - changed by both alike: once;
 * - both sides only removed elements: without all of them;
 * - in an array with a key, where every element is known, one side adds and the other removes, or
 *   both add by a given key: both;
 * - otherwise a conflict.
 *
 * Changes within elements are apart from all this: they go wherever the element goes. Before the
 * gaps are looked at, what cannot go together is settled, element by element: removed here and
 * changed or moved there, moved to two places. The side that gives in is rebuilt as if it had not
 * touched the element (or had removed it too).
 *
 * An array without a key is merged in several ways (merge_align.h). A result that depends on the
 * way is a guess, so it is a conflict. */
#include "base/err.h"
#include "base/hash.h"
#include "diff/diff.h"
#include "diff/sequence.h"
#include "merge/merge_align.h"
#include "merge/merge_context.h"
#include "merge/merge_side.h"
#include "patch/apply.h"

#include <stdlib.h>
#include <string.h>

/* What the merge of one array works on. */
struct arrays {
    struct merging *merging;
    const struct merging_path *path;
    const struct delta_value *base;     /* NULL when it is not known */
    const struct delta_value *sides[2]; /* the same */
    uint32_t length;                    /* of the base */
    struct identity_key key;            /* none, or that of all three states */
    bool given;                         /* the key was */
    bool any_order;                     /* order does not count */
    struct delta_arena *scratch;
    struct side side[2];
    struct entry *result;
    uint32_t result_count;
    bool conflict; /* a gap was in conflict */
};

static bool has_key(const struct arrays *arrays) {
    return arrays->key.count > 0;
}

static const struct delta_value *base_element(const struct arrays *arrays, uint32_t index) {
    return arrays->base ? &value_items(arrays->base)[index] : NULL;
}

/* ---- What cannot go together, element by element ---- */

/* The element as a side left it; NULL when it removed it, or when that is not known. */
static int element_of(struct arrays *arrays, const struct side *side, uint32_t index,
                      struct delta_value *room, const struct delta_value **out) {
    *out = NULL;
    if (side->place[index] == NOWHERE)
        return 0;
    return merging_result(arrays->merging, base_element(arrays, index),
                          side->edit[index] ? side->edit[index] : &patch_empty, room, out);
}

/* Where the element is in the side's array; where it would be, when it is not there. */
static struct delta_span element_span(const struct side *side, uint32_t index) {
    uint32_t at = side->place[index] == NOWHERE ? NOWHERE : side->entries[side->place[index]].at;
    if (at != NOWHERE)
        return (struct delta_span){at, 1};
    for (; index < side->length; index++)
        if (side->stays[index] && side->entries[side->place[index]].at != NOWHERE)
            return (struct delta_span){side->entries[side->place[index]].at, 0};
    return (struct delta_span){side->own_count, 0};
}

static int element_conflict(struct arrays *arrays, uint32_t index, enum delta_conflict_kind kind,
                            int union_ours) {
    struct merging_path path = {.above = arrays->path, .index = index};
    struct merging_sides sides = {.base = base_element(arrays, index),
                                  .base_span = {index, 1},
                                  .ours_span = element_span(&arrays->side[OURS], index),
                                  .theirs_span = element_span(&arrays->side[THEIRS], index),
                                  .key = &arrays->key};
    struct delta_value rooms[2];
    if (element_of(arrays, &arrays->side[OURS], index, &rooms[0], &sides.ours) ||
        element_of(arrays, &arrays->side[THEIRS], index, &rooms[1], &sides.theirs))
        return -1;
    return merging_conflict(arrays->merging, &path, kind, &sides, union_ours);
}

/* One side dropped the element; did the other change or move it? */
static int settle_dropped(struct arrays *arrays, uint32_t index, int dropper) {
    struct side *keeper = &arrays->side[1 - dropper];
    if (keeper->stays[index] && !keeper->may_move[index] && !keeper->edit[index])
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

/* What one side inserted and the other did not. O(entries of the gap). */
static int put_inserted(struct arrays *arrays, const struct gap *gap, int which) {
    const struct side *side = &arrays->side[which], *other = &arrays->side[1 - which];
    struct symbols values = {0};
    int status = 0;
    for (uint32_t j = gap->start[1 - which]; j < gap->end[1 - which] && status == 0; j++)
        if (other->entries[j].old == NOWHERE &&
            symbols_put(&values, value_hash(other->entries[j].value)) == SEQUENCE_NONE)
            status = err_memory(arrays->merging->err);
    uint32_t known_values = values.count;
    for (uint32_t i = gap->start[which]; i < gap->end[which] && status == 0; i++) {
        const struct entry *entry = &side->entries[i];
        bool known = side_entry_stays(side, i);
        if (entry->old != NOWHERE) {
            uint32_t place = other->place[entry->old];
            known |= place >= gap->start[1 - which] && place < gap->end[1 - which];
        } else {
            uint32_t symbol = symbols_put(&values, value_hash(entry->value));
            if (symbol == SEQUENCE_NONE)
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

/* Whether the entry before or behind a gap is in the side's array, and where. */
static uint32_t entry_at(const struct side *side, uint32_t position) {
    return position < side->count ? side->entries[position].at : side->own_count;
}

/* The elements of a side's array that are between the anchors of a gap. */
static struct delta_span gap_span(const struct side *side, const struct gap *gap, int which) {
    uint32_t start = gap->start[which] ? entry_at(side, gap->start[which] - 1) : NOWHERE;
    uint32_t end = entry_at(side, gap->end[which]);
    if (start == NOWHERE && gap->start[which]) /* an anchor that was put back */
        start = end == NOWHERE ? NOWHERE : end - 1;
    start++;
    return (struct delta_span){start, end != NOWHERE && end > start ? end - start : 0};
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
        if (entry->old == NOWHERE)
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
        return ours->old < theirs->old ? OURS : THEIRS; /* a new one is NOWHERE, the highest */
    if (ours->old != NOWHERE)
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
    } else if ((has_key(arrays) || arrays->any_order) && !(ours_insert && theirs_insert)) {
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
            entries[(*count)++] = (struct entry){*next, NULL, NOWHERE};
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
        arrays->result[arrays->result_count++] = (struct entry){i, NULL, NOWHERE};
        gap = (struct gap){.from = i + 1, .start = {gap.end[OURS] + 1, gap.end[THEIRS] + 1}};
    }
    return arrays->conflict ? repair(arrays) : 0;
}

/* ---- The result ---- */

/* What a side changed within an element, or NULL: as small a patch as there is. */
static int edit_of(struct arrays *arrays, int which, uint32_t index,
                   const struct delta_patch **edit) {
    static const struct diff_options fine = {.fine = true};
    *edit = arrays->side[which].edit[index];
    if (!*edit || !arrays->base || arrays->merging->of_lines)
        return 0;
    *edit = diff_values(arrays->merging->arena, base_element(arrays, index), &(*edit)->value, &fine,
                        arrays->merging->err);
    return *edit ? 0 : -1;
}

static bool are_scalars(const struct delta_patch *ours, const struct delta_patch *theirs) {
    return ours->kind == PATCH_VALUE && theirs->kind == PATCH_VALUE &&
           !value_same(&ours->value, &theirs->value) && !value_is_container(&ours->value) &&
           !value_is_container(&theirs->value);
}

/* Members that only the first of two patches of objects changes. A member that usually identifies
 * an element counts as many. */
static uint32_t count_own(const struct delta_patch *patch, const struct delta_patch *other) {
    uint32_t count = 0, j = 0;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct value_key *key = patch->members[i].key;
        while (j < other->count && value_key_compare(other->members[j].key, key) < 0)
            j++;
        if (j < other->count && value_key_compare(other->members[j].key, key) == 0)
            continue;
        uint32_t rank = pairing_usual_rank(key->text, key->length);
        count += pairing_usual_names[rank] ? 2 : 1;
    }
    return count;
}

/* Whether two records may have changed different elements that each took for this one. Where the
 * base is not known, nothing says how a record found the element that it edits. One that changed a
 * single member in place is of that element; one that changed several, or also moved it, may have
 * been made where another element took its place. */
static bool may_be_others(const struct arrays *arrays, uint32_t index,
                          const struct delta_patch *ours, const struct delta_patch *theirs) {
    if (ours->kind != PATCH_OBJECT || theirs->kind != PATCH_OBJECT)
        return false;
    uint32_t left = count_own(ours, theirs), right = count_own(theirs, ours);
    bool moved = !arrays->side[OURS].stays[index] || !arrays->side[THEIRS].stays[index];
    return left && right && (moved || left + right > 2);
}

/* Puts an old element, with what both sides changed within. */
static int put_old(struct arrays *arrays, struct patch_items *items, uint32_t index) {
    struct merging *merging = arrays->merging;
    struct merging_path path = {.above = arrays->path, .index = index};
    const struct delta_patch *ours, *theirs;
    if (edit_of(arrays, OURS, index, &ours) || edit_of(arrays, THEIRS, index, &theirs))
        return -1;
    if (!ours || !theirs) {
        const struct delta_patch *only = ours ? ours : theirs ? theirs : &patch_empty;
        patch_items_edit(items, index, only);
        return 0;
    }
    if (are_scalars(ours, theirs) && merging_prefer(merging, &path) == DELTA_PREFER_UNION) {
        patch_items_edit(items, index, ours); /* of scalars the union is both */
        patch_items_insert(items, merging->arena, &theirs->value, 1);
        return 0;
    }
    const char *key;
    if (!arrays->base && may_be_others(arrays, index, ours, theirs)) {
        if (merging_array_key(merging, arrays->path, &key))
            return -1;
        if (!key) {
            int is_ours = element_conflict(arrays, index, DELTA_CONFLICT_UNCERTAIN, -1);
            if (is_ours >= 0)
                patch_items_edit(items, index, is_ours ? ours : theirs);
            return is_ours < 0 ? -1 : 0;
        }
    }
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

/* ---- What both sides added under one key ---- */

/* Where each key is first among the elements that a side added. */
struct added {
    struct symbols keys;
    uint32_t *at; /* entries, by symbol */
    uint32_t count;
};

/* The symbol of the entry's key; SEQUENCE_NONE when it is not new or has none. */
static int key_symbol(struct arrays *arrays, struct added *added, const struct entry *entry,
                      uint32_t *symbol) {
    uint64_t hash;
    *symbol = SEQUENCE_NONE;
    if (entry->old != NOWHERE || !identity_hash(&arrays->key, entry->value, &hash))
        return 0;
    *symbol = symbols_put(&added->keys, hash);
    return *symbol == SEQUENCE_NONE ? err_memory(arrays->merging->err) : 0;
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
    struct merging_path path = {.above = arrays->path, .index = arrays->length};
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
        if (entry->old != NOWHERE)
            theirs->place[entry->old] = kept;
        theirs->entries[kept++] = *entry;
    }
    theirs->count = kept;
    return 0;
}

/* Elements that both sides added under one key are one element. */
static int join_added(struct arrays *arrays) {
    struct added added;
    if (!has_key(arrays))
        return 0;
    int status = find_added(arrays, &arrays->side[OURS], &added);
    if (status == 0)
        status = join_counterparts(arrays, &added);
    symbols_free(&added.keys);
    return status;
}

/* ---- The sides ---- */

/* The side's array in elements of the base; each element that differs is an edit, whole. */
static const struct delta_patch *patch_of(struct arrays *arrays, int which, const uint32_t *from) {
    const struct delta_value *side = arrays->sides[which];
    struct patch_items items = {0};
    for (uint32_t j = 0; j < side->length; j++) {
        const struct delta_value *element = &value_items(side)[j];
        if (from[j] == IDENTITY_NONE) {
            patch_items_insert(&items, arrays->scratch, element, 1);
        } else if (value_same(&value_items(arrays->base)[from[j]], element)) {
            patch_items_copy(&items, from[j], 1);
        } else {
            const struct delta_patch *edit =
                patch_whole(arrays->scratch, element, arrays->merging->err);
            if (!edit) {
                patch_items_free(&items);
                return NULL;
            }
            patch_items_edit(&items, from[j], edit);
        }
    }
    return patch_items_close(&items, arrays->scratch, PATCH_ARRAY, arrays->length,
                             arrays->merging->err);
}

/* Both sides as an alignment, or the patches, say. */
static int make_sides(struct arrays *arrays, const struct delta_patch *const patches[2]) {
    struct delta_err *err = arrays->merging->err;
    for (int i = OURS; i <= THEIRS; i++)
        if (side_make(&arrays->side[i], arrays->scratch, patches[i], err) ||
            (!has_key(arrays) && side_find_edits(&arrays->side[i], arrays->merging->arena, err)))
            return -1;
    bool undone; /* an edit that was taken back may touch another */
    do {
        undone = side_undo_edits(&arrays->side[OURS], &arrays->side[THEIRS]);
        undone |= side_undo_edits(&arrays->side[THEIRS], &arrays->side[OURS]);
    } while (undone);
    if (arrays->base ||
        (side_is_complete(&arrays->side[OURS]) && side_is_complete(&arrays->side[THEIRS])))
        return 0;
    /* Of equal elements, which are not known here, another one may have been removed: nothing but
     * edits in place, on both sides, is certain. */
    for (int i = OURS; i <= THEIRS; i++)
        if (side_make(&arrays->side[i], arrays->scratch, patches[i], err))
            return -1;
    return 0;
}

static int make_aligned(struct arrays *arrays, uint32_t *const from[2]) {
    const struct delta_patch *patches[2];
    for (int i = OURS; i <= THEIRS; i++)
        if (!(patches[i] = patch_of(arrays, i, from[i])))
            return -1;
    return make_sides(arrays, patches);
}

/* Finds the elements of the result, without what is within them. */
static int merge_elements(struct arrays *arrays) {
    arrays->conflict = false;
    arrays->result_count = 0;
    return join_added(arrays) || settle_elements(arrays) || merge_gaps(arrays) ? -1 : 0;
}

/* ---- Whether the result depends on the way ---- */

/* A hash of what an element of the result is; `*certain` turns false where the sides differ. */
static uint64_t outcome(const struct arrays *arrays, const struct entry *entry, bool *certain) {
    if (entry->old == NOWHERE)
        return value_hash(entry->value);
    const struct delta_patch *ours = arrays->side[OURS].edit[entry->old];
    const struct delta_patch *theirs = arrays->side[THEIRS].edit[entry->old];
    const struct delta_value *base = base_element(arrays, entry->old);
    if (!ours && !theirs)
        return value_hash(base);
    if (!ours || !theirs)
        return value_hash(ours ? &ours->value : &theirs->value);
    uint64_t parts[3] = {value_hash(&ours->value), value_hash(&theirs->value), value_hash(base)};
    if (parts[0] == parts[1])
        return parts[0];
    if (!value_is_container(&ours->value) || !value_is_container(&theirs->value))
        *certain = false;
    return hash_private(parts, sizeof parts, 0);
}

enum way_outcome { WAY_AGREES, WAY_DIFFERS, WAY_CONFLICTS };

/* Merges in another way, without a report. */
static int try_way(const struct arrays *arrays, uint32_t *const from[2],
                   enum way_outcome *outcome_of_way) {
    struct merging probe = *arrays->merging;
    struct merge_options plain = {.prefer = DELTA_PREFER_NONE};
    struct arrays *other = arena_alloc(arrays->scratch, sizeof *other);
    if (!other)
        return err_memory(probe.err);
    probe.options = &plain;
    probe.of_lines = true; /* conflicts are counted only */
    *other = *arrays;
    other->merging = &probe;
    if (make_aligned(other, from) || merge_elements(other))
        return -1;
    bool certain = probe.met == arrays->merging->met;
    bool same = other->result_count == arrays->result_count;
    for (uint32_t i = 0; i < arrays->result_count && same; i++) {
        bool ignored = true;
        same = outcome(arrays, &arrays->result[i], &ignored) ==
               outcome(other, &other->result[i], &certain);
    }
    *outcome_of_way = !certain ? WAY_CONFLICTS : same ? WAY_AGREES : WAY_DIFFERS;
    return 0;
}

/* Merges by the other keys that would do. */
static int try_other_keys(struct arrays *arrays, const struct merge_alignment *alignment,
                          bool *differs) {
    for (uint32_t n = 0; n < alignment->other_count && !*differs; n++) {
        enum way_outcome found;
        uint32_t *from[2];
        if (merge_align_by(arrays->merging, arrays->scratch, alignment, &alignment->others[n],
                           from) ||
            try_way(arrays, from, &found))
            return -1;
        *differs = found != WAY_AGREES;
    }
    return 0;
}

static int find_other_results(struct arrays *arrays, struct merge_alignment *alignment,
                              bool *differs) {
    *differs = false;
    if (has_key(arrays))
        return try_other_keys(arrays, alignment, differs);
    /* Edits in place on both sides, as in a vector of numbers, need no other reading. */
    if (arrays->any_order ||
        (side_is_complete(&arrays->side[OURS]) && side_is_complete(&arrays->side[THEIRS])))
        return 0;
    if (merge_align_otherwise(arrays->merging, arrays->scratch, alignment))
        return -1;
    for (int way = MERGE_WAY_USUAL + 1; way < MERGE_WAYS && !*differs; way++) {
        enum way_outcome found = WAY_AGREES;
        if (alignment->from[way][OURS] && try_way(arrays, alignment->from[way], &found))
            return -1;
        /* Replacements in place, [0,0,1] here and [0,0,2] there, conflict when they are slid. */
        *differs =
            found == WAY_DIFFERS || (found == WAY_CONFLICTS && way >= MERGE_WAY_THROUGH_OURS);
    }
    return 0;
}

/* The array as one side has it, where nothing else is certain. */
static const struct delta_patch *settle_whole(struct arrays *arrays, const struct delta_patch *ours,
                                              const struct delta_patch *theirs) {
    struct merging_sides sides = {.base = arrays->base,
                                  .ours = arrays->sides[OURS],
                                  .theirs = arrays->sides[THEIRS],
                                  .base_span = {0, arrays->length},
                                  .ours_span = {0, arrays->sides[OURS]->length},
                                  .theirs_span = {0, arrays->sides[THEIRS]->length}};
    int is_ours =
        merging_conflict(arrays->merging, arrays->path, DELTA_CONFLICT_UNCERTAIN, &sides, 1);
    return is_ours < 0 ? NULL : is_ours ? ours : theirs;
}

/* ---- The whole ---- */

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

static const struct delta_patch *merge_unknown(struct arrays *arrays,
                                               const struct delta_patch *ours,
                                               const struct delta_patch *theirs) {
    if (make_sides(arrays, (const struct delta_patch *[]){ours, theirs}) || merge_elements(arrays))
        return NULL;
    return put_result(arrays);
}

static const struct delta_patch *merge_known(struct arrays *arrays, const struct delta_patch *ours,
                                             const struct delta_patch *theirs) {
    struct merging *merging = arrays->merging;
    struct delta_value *rooms = arena_array(arrays->scratch, 2, sizeof *rooms);
    struct merge_alignment *alignment = arena_alloc(arrays->scratch, sizeof *alignment);
    if (!rooms || !alignment) {
        err_memory(merging->err);
        return NULL;
    }
    *alignment = (struct merge_alignment){.base = arrays->base};
    if (merging_result(merging, arrays->base, ours, &rooms[OURS], &arrays->sides[OURS]) ||
        merging_result(merging, arrays->base, theirs, &rooms[THEIRS], &arrays->sides[THEIRS]))
        return NULL;
    if (value_same(arrays->sides[OURS], arrays->sides[THEIRS]))
        return ours;
    alignment->sides[OURS] = arrays->sides[OURS];
    alignment->sides[THEIRS] = arrays->sides[THEIRS];
    int any_order = merging_is_unordered(merging, arrays->path);
    if (any_order < 0 || merge_align(merging, arrays->scratch, arrays->path, alignment))
        return NULL;
    arrays->any_order = any_order;
    arrays->key = alignment->key;
    arrays->given = alignment->given;
    uint64_t met = merging->met;
    bool differs = false;
    if (make_aligned(arrays, alignment->from[MERGE_WAY_USUAL]) || merge_elements(arrays) ||
        (met == merging->met && find_other_results(arrays, alignment, &differs)))
        return NULL;
    return differs ? settle_whole(arrays, ours, theirs) : put_result(arrays);
}

const struct delta_patch *merging_arrays(struct merging *merging, const struct merging_path *path,
                                         const struct delta_value *base,
                                         const struct delta_patch *ours,
                                         const struct delta_patch *theirs) {
    struct arrays *arrays = open_arrays(merging, path, base, base ? base->length : ours->length);
    if (!arrays)
        return NULL;
    const struct delta_patch *merged =
        base ? merge_known(arrays, ours, theirs) : merge_unknown(arrays, ours, theirs);
    delta_arena_free(arrays->scratch);
    return merged;
}
