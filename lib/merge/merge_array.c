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
 * way is a guess, so it is a conflict. So is one that has an element twice that each side added
 * once, but between other anchors: a side may have added it, and the other moved it; unless one
 * side is a further state of the other, and by way of that both are in one place. */
#include "merge/arrays.h"
#include "merge/arrays_added.h"
#include "merge/arrays_gaps.h"
#include "merge/arrays_settle.h"

#include "base/err.h"
#include "base/hash.h"
#include "diff/diff.h"

/* ---- The result ---- */

/* What a side changed within an element, or NULL: as small a patch as there is. */
static int edit_of(struct arrays *arrays, int which, uint32_t index,
                   const struct delta_patch **edit) {
    static const struct diff_options fine = {.fine = true};
    *edit = arrays->side[which].edit[index];
    if (!*edit || !arrays->base || arrays->merging->of_lines)
        return 0;
    *edit = diff_values(arrays->merging->arena, arrays_base_element(arrays, index), &(*edit)->value,
                        &fine, arrays->merging->err);
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
    if (merging->selects &&
        merging_path_values(merging, &path, arrays_base_element(arrays, index), ours, theirs))
        return err_under_index(merging->err, index);
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
            int is_ours = arrays_element_conflict(arrays, index, DELTA_CONFLICT_UNCERTAIN, -1);
            if (is_ours >= 0)
                patch_items_edit(items, index, is_ours ? ours : theirs);
            return is_ours < 0 ? -1 : 0;
        }
    }
    const struct delta_patch *both =
        merging->any(merging, &path, arrays_base_element(arrays, index), ours, theirs);
    if (!both)
        return err_under_index(merging->err, index);
    patch_items_edit(items, index, both);
    return 0;
}

static const struct delta_patch *put_result(struct arrays *arrays) {
    struct patch_items items = {0};
    for (uint32_t i = 0; i < arrays->result_count; i++) {
        const struct entry *entry = &arrays->result[i];
        if (entry->old == NO_INDEX) {
            patch_items_insert(&items, arrays->merging->arena, entry->value, 1);
        } else if (put_old(arrays, &items, entry->old)) {
            patch_items_free(&items);
            return NULL;
        }
    }
    return patch_items_close(&items, arrays->merging->arena, PATCH_ARRAY, arrays->length,
                             arrays->merging->err);
}

/* ---- The sides ---- */

/* The side's array in elements of the base; each element that differs is an edit, whole. */
static const struct delta_patch *patch_of(struct arrays *arrays, int which, const uint32_t *from) {
    const struct delta_value *side = arrays->sides[which];
    struct patch_items items = {0};
    for (uint32_t j = 0; j < side->length; j++) {
        const struct delta_value *element = &value_items(side)[j];
        if (from[j] == NO_INDEX) {
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
            (!arrays_has_key(arrays) &&
             side_find_edits(&arrays->side[i], arrays->merging->arena, err)))
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
    return arrays_join_added(arrays) || arrays_settle_elements(arrays) || arrays_merge_gaps(arrays)
               ? -1
               : 0;
}

/* ---- Whether the result depends on the way ---- */

/* A hash of what an element of the result is; `*certain` turns false where the sides differ. */
static uint64_t outcome(const struct arrays *arrays, const struct entry *entry, bool *certain) {
    if (entry->old == NO_INDEX)
        return value_hash(entry->value);
    const struct delta_patch *ours = arrays->side[OURS].edit[entry->old];
    const struct delta_patch *theirs = arrays->side[THEIRS].edit[entry->old];
    const struct delta_value *base = arrays_base_element(arrays, entry->old);
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

/* Merges in another way, without a report; `*clean` is whether there is no conflict. */
static int probe_way(const struct arrays *arrays, uint32_t *const from[2], struct arrays *other,
                     bool *clean) {
    struct merging *probe = arena_alloc(arrays->scratch, sizeof *probe);
    struct merge_options *plain = arena_alloc(arrays->scratch, sizeof *plain);
    bool apart = false;
    if (!probe || !plain)
        return err_memory(arrays->merging->err);
    *plain = (struct merge_options){.prefer = DELTA_PREFER_NONE};
    *probe = *arrays->merging;
    probe->options = plain;
    probe->counts_only = true;
    *other = *arrays;
    other->merging = probe;
    if (make_aligned(other, from) || merge_elements(other))
        return -1;
    *clean = probe->met == arrays->merging->met;
    if (*clean && !arrays_has_key(arrays) && arrays_added_apart(other, &apart))
        return -1;
    *clean &= !apart;
    return 0;
}

static int try_way(const struct arrays *arrays, uint32_t *const from[2],
                   enum way_outcome *outcome_of_way) {
    struct arrays other;
    bool certain;
    if (probe_way(arrays, from, &other, &certain))
        return -1;
    bool same = other.result_count == arrays->result_count;
    for (uint32_t i = 0; i < arrays->result_count && same; i++) {
        bool ignored = true;
        same = outcome(arrays, &arrays->result[i], &ignored) ==
               outcome(&other, &other.result[i], &certain);
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

/* Merges through a side where the other one is a further state of it: what both added, and what
 * comes apart otherwise, is then in one place. `*apart` is whether that does not go. */
static int merge_through(struct arrays *arrays, struct merge_alignment *alignment, bool *apart) {
    *apart = true;
    for (int way = MERGE_WAY_THROUGH_OURS; way <= MERGE_WAY_THROUGH_THEIRS && *apart; way++) {
        struct arrays other;
        bool clean = false;
        if (alignment->from[way][OURS] && probe_way(arrays, alignment->from[way], &other, &clean))
            return -1;
        if (clean && (make_aligned(arrays, alignment->from[way]) || merge_elements(arrays)))
            return -1;
        *apart = !clean;
    }
    return 0;
}

static int find_other_results(struct arrays *arrays, struct merge_alignment *alignment,
                              bool *differs) {
    *differs = false;
    if (try_other_keys(arrays, alignment, differs))
        return -1;
    if (arrays_has_key(arrays) && !arrays->any_order && !*differs)
        return merge_align_added_apart(arrays->merging, arrays->scratch, alignment, differs);
    if (arrays_has_key(arrays) || *differs)
        return 0;
    /* Edits in place on both sides, as in a vector of numbers, need no other reading. */
    if (arrays->any_order ||
        (side_is_complete(&arrays->side[OURS]) && side_is_complete(&arrays->side[THEIRS])))
        return 0;
    if (arrays_added_apart(arrays, differs) ||
        merge_align_otherwise(arrays->merging, arrays->scratch, alignment) ||
        (*differs && merge_through(arrays, alignment, differs)))
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
    struct merging_sides sides = {
        .base = arrays->base, .ours = arrays->sides[OURS], .theirs = arrays->sides[THEIRS]};
    if (arrays->base) {
        sides.base_span = (struct delta_span){0, arrays->length};
        sides.ours_span = (struct delta_span){0, arrays->sides[OURS]->length};
        sides.theirs_span = (struct delta_span){0, arrays->sides[THEIRS]->length};
    }
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
    uint64_t met = arrays->merging->met;
    bool apart = false;
    if (make_sides(arrays, (const struct delta_patch *[]){ours, theirs}) ||
        merge_elements(arrays) ||
        (met == arrays->merging->met && arrays_added_apart(arrays, &apart)))
        return NULL;
    return apart ? settle_whole(arrays, ours, theirs) : put_result(arrays);
}

static const struct delta_patch *merge_known(struct arrays *arrays, const struct delta_patch *ours,
                                             const struct delta_patch *theirs) {
    struct merging *merging = arrays->merging;
    struct delta_value *rooms = arena_array(arrays->scratch, 2, sizeof *rooms);
    struct merge_alignment *alignment = arena_alloc(arrays->scratch, sizeof *alignment);
    if (!rooms || !alignment)
        return err_no_memory(merging->err);
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
