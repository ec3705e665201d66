/* The three-way merge of an array, by diff3 (Khanna, Kunal, Pierce, "A Formal Investigation of
 * Diff3", 2007).
 *
 * 1. Each side is expressed in elements of the base: by an alignment (merge_align.c), or by the
 *    patches where the base is unknown. An element of the base is kept, moved or removed by a side;
 *    where it is not certain which elements were moved, those that the other side moved
 *    (merge_side.c).
 * 2. Conflicts over single elements are resolved: removed by one side and changed by the other, or,
 *    where order counts, moved by the other, or by both. The side that is not taken is
 *    rebuilt as if it had left the element alone, or had removed it too.
 * 3. Elements that both sides keep are anchors. They are in the result, and divide the array into
 *    hunks, each of which is merged by itself:
 *    - changed by one side only: as that side has it;
 *    - changed by both in the same way: so, once;
 *    - both sides only removed elements: without all of these;
 *    - in an array with a key, one side adds and the other removes, or both add and the key was
 *      given, and identifies all that one of them adds: both;
 *    - otherwise a conflict.
 * 4. Changes within an element go where the element goes. Where both sides changed it and the base
 *    is known, the changes are merged by diffs that have arrays whole, so that each array is
 *    diffed, and each value made, once: not at every level above it.
 *
 * Invariant: no change is applied to an element other than the one it was made to. An array in
 * which something changed that no key identifies is therefore merged by several alignments; if the
 * result depends on the alignment, it is a guess, and the array a conflict. So it is if the result
 * has an element twice that each side added once, between different anchors: one side may have
 * moved what the other added. The exception is a side that is a further state of the other: aligned
 * through that, both are in one place. */
#include "merge/arrays.h"
#include "merge/arrays_added.h"
#include "merge/arrays_hunks.h"
#include "merge/arrays_resolve.h"

#include "base/err.h"
#include "base/hash.h"
#include "diff/diff.h"

#include <stdlib.h>
#include <string.h>

/* ---- The result ---- */

/* The change that a side made within an element, in the arena of the merge where the base is known;
 * NULL: none. A minimal patch, unless the other side changed the element too, or the result is
 * applied anyway: then arrays in it are whole. */
static int edit_of(struct arrays *arrays, int which, uint32_t index,
                   const struct delta_patch **edit) {
    const struct merge_context *context = arrays->context;
    bool both = arrays->side[OURS].edit[index] && arrays->side[THEIRS].edit[index];
    const struct diff_options options = {.fine = true, .whole_arrays = both};
    *edit = arrays->side[which].edit[index];
    if (!*edit || !arrays->base || context->by_lines)
        return 0;
    if (context->applied && !both)
        *edit = patch_whole(context->arena, &(*edit)->value, context->err);
    else
        *edit = diff_values(context->arena, arrays_base_element(arrays, index), &(*edit)->value,
                            &options, context->err);
    return *edit ? 0 : -1;
}

static bool are_scalars(const struct delta_patch *ours, const struct delta_patch *theirs) {
    return ours->kind == PATCH_VALUE && theirs->kind == PATCH_VALUE &&
           !value_same(&ours->value, &theirs->value) && !value_is_container(&ours->value) &&
           !value_is_container(&theirs->value);
}

/* Counts the members that only the first of two patches of objects changes. A member that usually
 * identifies an element counts twice: if its value changed, it may be another element. */
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

/* Whether two records, whose base is unknown, may have changed different elements: it is not known
 * how a record paired the element that it edits. If each changed one member in place, it is taken
 * for the same element. A record that changed several, an identifying one, or also moved the
 * element, may have been made where another element took its place. */
static bool may_be_others(const struct arrays *arrays, uint32_t index,
                          const struct delta_patch *ours, const struct delta_patch *theirs) {
    if (ours->kind != PATCH_OBJECT || theirs->kind != PATCH_OBJECT)
        return false;
    uint32_t left = count_own(ours, theirs), right = count_own(theirs, ours);
    bool moved = !arrays->side[OURS].kept[index] || !arrays->side[THEIRS].kept[index];
    return left && right && (moved || left + right > 2);
}

/* ---- Arrays that are whole in a patch ---- */

static const struct delta_patch *refine(struct merge_context *context,
                                        const struct delta_value *base,
                                        const struct delta_patch *patch);

/* The same for a member that the base has. */
static int refine_member(struct merge_context *context, const struct delta_value *base,
                         struct patch_member *member) {
    if (member->change == PATCH_REMOVE)
        return 0;
    const struct delta_patch whole = {.kind = PATCH_VALUE, .value = member->value};
    const struct delta_patch *refined =
        refine(context, base, member->change == PATCH_SET ? &whole : member->nested);
    if (refined && refined->kind != PATCH_VALUE)
        *member =
            (struct patch_member){.key = member->key, .change = PATCH_NEST, .nested = refined};
    return refined ? 0 : -1;
}

static const struct delta_patch *refine_object(struct merge_context *context,
                                               const struct delta_value *base,
                                               const struct delta_patch *patch) {
    struct patch_member *members = arena_array(context->arena, patch->count, sizeof *members);
    uint32_t *places = patch_places(patch, base);
    bool failed = !members || !places;
    if (failed)
        err_memory(context->err);
    for (uint32_t i = 0; i < patch->count && !failed; i++) {
        members[i] = patch->members[i];
        failed = places[i] != NO_INDEX &&
                 refine_member(context, &value_members(base)[places[i]].value, &members[i]);
    }
    free(places);
    return failed ? NULL : patch_object(context->arena, members, patch->count, context->err);
}

static const struct delta_patch *refine_array(struct merge_context *context,
                                              const struct delta_value *base,
                                              const struct delta_patch *patch) {
    struct patch_item *items = arena_array(context->arena, patch->count, sizeof *items);
    struct delta_patch *refined = arena_alloc(context->arena, sizeof *refined);
    if (!items || !refined)
        return err_no_memory(context->err);
    memcpy(items, patch->items, patch->count * sizeof *items);
    for (uint32_t i = 0; i < patch->count; i++)
        if (items[i].kind == PATCH_EDIT &&
            !(items[i].nested =
                  refine(context, &value_items(base)[items[i].from], items[i].nested)))
            return NULL;
    *refined = *patch;
    refined->items = items;
    return refined;
}

/* The patch with minimal patches in place of the arrays that it has whole. O(what changes). */
static const struct delta_patch *refine(struct merge_context *context,
                                        const struct delta_value *base,
                                        const struct delta_patch *patch) {
    static const struct diff_options fine = {.fine = true};
    if (patch->kind == PATCH_OBJECT && base->type == DELTA_OBJECT)
        return refine_object(context, base, patch);
    if (patch->kind == PATCH_ARRAY && base->type == DELTA_ARRAY)
        return refine_array(context, base, patch);
    if (patch->kind != PATCH_VALUE || patch->value.type != DELTA_ARRAY || base->type != DELTA_ARRAY)
        return patch;
    const struct delta_patch *refined =
        diff_values(context->arena, base, &patch->value, &fine, context->err);
    return refined && refined->kind == PATCH_EMPTY ? patch : refined;
}

/* Merges the changes that both sides made within an element, which have arrays whole where the base
 * is known. */
static const struct delta_patch *merge_within(struct arrays *arrays, const struct merge_path *path,
                                              uint32_t index, const struct delta_patch *ours,
                                              const struct delta_patch *theirs) {
    struct merge_context *context = arrays->context;
    const struct delta_value *base = arrays_base_element(arrays, index);
    bool outermost = base && !context->whole_arrays;
    context->whole_arrays |= outermost;
    const struct delta_patch *both = context->any(context, path, base, ours, theirs);
    if (!outermost)
        return both;
    context->whole_arrays = false;
    return both ? refine(context, base, both) : NULL;
}

/* ---- Elements of the base ---- */

/* Appends an element of the base with the changes that both sides made within it. */
static int put_old(struct arrays *arrays, struct patch_items *items, uint32_t index) {
    struct merge_context *context = arrays->context;
    struct merge_path path = {.above = arrays->path, .index = index};
    const struct delta_patch *ours, *theirs;
    if (edit_of(arrays, OURS, index, &ours) || edit_of(arrays, THEIRS, index, &theirs))
        return -1;
    if (!ours || !theirs) {
        const struct delta_patch *only = ours ? ours : theirs ? theirs : &patch_empty;
        patch_items_edit(items, index, only);
        return 0;
    }
    /* With a base, the edits of the sides are their elements whole, which need not be applied. */
    if (context->selects &&
        merge_path_values(context, &path, arrays_base_element(arrays, index),
                          arrays->side[OURS].edit[index], arrays->side[THEIRS].edit[index]))
        return err_under_index(context->err, index);
    if (are_scalars(ours, theirs) && merge_prefer(context, &path) == DELTA_PREFER_UNION) {
        patch_items_edit(items, index, ours); /* the union of two scalars has both */
        patch_items_insert(items, context->arena, &theirs->value, 1);
        return 0;
    }
    const char *key;
    if (!arrays->base && may_be_others(arrays, index, ours, theirs)) {
        if (merge_array_key(context, arrays->path, &key))
            return -1;
        if (!key) {
            int is_ours = arrays_element_conflict(arrays, index, DELTA_CONFLICT_UNCERTAIN, -1);
            if (is_ours >= 0)
                patch_items_edit(items, index, is_ours ? ours : theirs);
            return is_ours < 0 ? -1 : 0;
        }
    }
    const struct delta_patch *both = merge_within(arrays, &path, index, ours, theirs);
    if (!both)
        return err_under_index(context->err, index);
    patch_items_edit(items, index, both);
    return 0;
}

static const struct delta_patch *put_result(struct arrays *arrays) {
    struct patch_items items = {0};
    for (uint32_t i = 0; i < arrays->result_count; i++) {
        const struct entry *entry = &arrays->result[i];
        if (entry->old == NO_INDEX) {
            patch_items_insert(&items, arrays->context->arena, entry->value, 1);
        } else if (put_old(arrays, &items, entry->old)) {
            patch_items_free(&items);
            return NULL;
        }
    }
    return patch_items_close(&items, arrays->context->arena, PATCH_ARRAY, arrays->length,
                             arrays->context->err);
}

/* ---- The sides ---- */

/* A side as a patch of the base, by an alignment. An element that differs is an edit that replaces
 * it whole. */
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
                patch_whole(arrays->scratch, element, arrays->context->err);
            if (!edit) {
                patch_items_free(&items);
                return NULL;
            }
            patch_items_edit(&items, from[j], edit);
        }
    }
    return patch_items_close(&items, arrays->scratch, PATCH_ARRAY, arrays->length,
                             arrays->context->err);
}

static int open_sides(struct arrays *arrays, const struct delta_patch *const patches[2]) {
    struct delta_err *err = arrays->context->err;
    for (int i = OURS; i <= THEIRS; i++)
        if (side_make(&arrays->side[i], arrays->scratch, patches[i], err))
            return -1;
    return side_choose(arrays->side, err);
}

/* Makes both sides from the patches. */
static int make_sides(struct arrays *arrays, const struct delta_patch *const patches[2]) {
    struct delta_err *err = arrays->context->err;
    if (open_sides(arrays, patches))
        return -1;
    for (int i = OURS; i <= THEIRS && !arrays_has_key(arrays) && !arrays->unordered; i++)
        if (side_find_edits(&arrays->side[i], arrays->context->arena, err))
            return -1;
    bool undone; /* an edit that is undone may touch another one */
    do {
        undone = side_undo_edits(&arrays->side[OURS], &arrays->side[THEIRS]);
        undone |= side_undo_edits(&arrays->side[THEIRS], &arrays->side[OURS]);
    } while (undone);
    if (arrays->base ||
        (side_is_complete(&arrays->side[OURS]) && side_is_complete(&arrays->side[THEIRS])))
        return 0;
    /* The base is unknown, so there may be equal elements, of which each side may have removed
     * another one. Only edits in place on both sides are certain. */
    return open_sides(arrays, patches);
}

static int make_aligned(struct arrays *arrays, uint32_t *const from[2]) {
    const struct delta_patch *patches[2];
    for (int i = OURS; i <= THEIRS; i++)
        if (!(patches[i] = patch_of(arrays, i, from[i])))
            return -1;
    return make_sides(arrays, patches);
}

/* Finds the elements of the result, not yet merged within. */
static int merge_elements(struct arrays *arrays) {
    arrays->conflict = false;
    arrays->result_count = 0;
    return arrays_join_added(arrays) || arrays_resolve_elements(arrays) ||
                   arrays_merge_hunks(arrays)
               ? -1
               : 0;
}

/* ---- Whether the result depends on the alignment ---- */

/* The hash of an element of the result. `*certain` becomes false where both sides changed a scalar
 * in different ways. */
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

enum trial_result { TRIAL_AGREES, TRIAL_DIFFERS, TRIAL_CONFLICTS };

/* Merges by another alignment without reporting conflicts; `*clean`: there is none. */
static int try_merge(const struct arrays *arrays, uint32_t *const from[2], struct arrays *other,
                     bool *clean) {
    struct merge_context *probe = arena_alloc(arrays->scratch, sizeof *probe);
    struct merge_options *plain = arena_alloc(arrays->scratch, sizeof *plain);
    bool twice = false;
    if (!probe || !plain)
        return err_memory(arrays->context->err);
    *plain = (struct merge_options){.prefer = DELTA_PREFER_NONE};
    *probe = *arrays->context;
    probe->options = plain;
    probe->trial = true;
    *other = *arrays;
    other->context = probe;
    if (make_aligned(other, from) || merge_elements(other))
        return -1;
    *clean = probe->met == arrays->context->met;
    if (*clean && other->unkeyed && arrays_added_twice(other, &twice))
        return -1;
    *clean &= !twice;
    return 0;
}

/* The sum of the hashes of the result's elements. */
static uint64_t outcome_sum(const struct arrays *arrays, bool *certain) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < arrays->result_count; i++) {
        uint64_t hash = outcome(arrays, &arrays->result[i], certain);
        sum += hash_private(&hash, sizeof hash, 0);
    }
    return sum;
}

/* Whether another merge has the same result. `*certain` becomes false as in outcome, of what the
 * other merge has up to the first difference. */
static bool same_result(const struct arrays *arrays, const struct arrays *other, bool *certain) {
    bool same = other->result_count == arrays->result_count, ignored = true;
    if (arrays->unordered)
        return same && outcome_sum(arrays, &ignored) == outcome_sum(other, certain);
    for (uint32_t i = 0; i < arrays->result_count && same; i++)
        same = outcome(arrays, &arrays->result[i], &ignored) ==
               outcome(other, &other->result[i], certain);
    return same;
}

static int compare_merge(const struct arrays *arrays, uint32_t *const from[2],
                         enum trial_result *result) {
    struct arrays other;
    bool certain;
    if (try_merge(arrays, from, &other, &certain))
        return -1;
    bool same = same_result(arrays, &other, &certain);
    *result = !certain ? TRIAL_CONFLICTS : same ? TRIAL_AGREES : TRIAL_DIFFERS;
    return 0;
}

/* Whether a merge by one of the other keys that would do as well has another result. */
static int try_other_keys(struct arrays *arrays, const struct merge_alignment *alignment,
                          bool *differs) {
    for (uint32_t n = 0; n < alignment->other_count && !*differs; n++) {
        enum trial_result found;
        uint32_t *from[2];
        if (merge_align_by(arrays->context, arrays->scratch, alignment, &alignment->others[n],
                           from) ||
            compare_merge(arrays, from, &found))
            return -1;
        *differs = found != TRIAL_AGREES;
    }
    return 0;
}

/* Merges by an alignment through the other side, if one is a further state of the other: what both
 * added is then in one place. `*twice` is set if that is not possible. */
static int merge_through(struct arrays *arrays, struct merge_alignment *alignment, bool *twice) {
    *twice = true;
    for (int kind = MERGE_ALIGN_THROUGH_OURS; kind <= MERGE_ALIGN_THROUGH_THEIRS && *twice;
         kind++) {
        struct arrays other;
        bool clean = false;
        if (alignment->from[kind][OURS] && try_merge(arrays, alignment->from[kind], &other, &clean))
            return -1;
        if (clean && (make_aligned(arrays, alignment->from[kind]) || merge_elements(arrays)))
            return -1;
        *twice = !clean;
    }
    return 0;
}

static int has_other_result(struct arrays *arrays, struct merge_alignment *alignment,
                            bool *differs) {
    *differs = false;
    if (try_other_keys(arrays, alignment, differs))
        return -1;
    if (arrays_has_key(arrays) && !arrays->unordered && !*differs &&
        merge_align_added_reordered(arrays->context, arrays->scratch, alignment, differs))
        return -1;
    if (!arrays->unkeyed || *differs)
        return 0;
    /* Edits in place on both sides, as in a vector of numbers, have one result. */
    if (arrays->unordered ||
        (side_is_complete(&arrays->side[OURS]) && side_is_complete(&arrays->side[THEIRS])))
        return 0;
    if (arrays_added_twice(arrays, differs) ||
        merge_align_alternatives(arrays->context, arrays->scratch, alignment) ||
        (*differs && merge_through(arrays, alignment, differs)))
        return -1;
    for (int kind = MERGE_ALIGN_DEFAULT + 1; kind < MERGE_ALIGNMENTS && !*differs; kind++) {
        enum trial_result found = TRIAL_AGREES;
        if (alignment->from[kind][OURS] && compare_merge(arrays, alignment->from[kind], &found))
            return -1;
        /* Replacements in place, [0,0,1] and [0,0,2], conflict only because blocks were slid. */
        *differs = found == TRIAL_DIFFERS ||
                   (found == TRIAL_CONFLICTS && kind >= MERGE_ALIGN_THROUGH_OURS);
    }
    return 0;
}

/* Takes the array of one side as a whole, where nothing smaller is certain. */
static const struct delta_patch *resolve_whole(struct arrays *arrays,
                                               const struct delta_patch *ours,
                                               const struct delta_patch *theirs) {
    struct merge_sides sides = {
        .base = arrays->base, .ours = arrays->sides[OURS], .theirs = arrays->sides[THEIRS]};
    if (arrays->base) {
        sides.base_span = (struct delta_span){0, arrays->length};
        sides.ours_span = (struct delta_span){0, arrays->sides[OURS]->length};
        sides.theirs_span = (struct delta_span){0, arrays->sides[THEIRS]->length};
    }
    int is_ours =
        merge_conflict(arrays->context, arrays->path, DELTA_CONFLICT_UNCERTAIN, &sides, 1);
    return is_ours < 0 ? NULL : is_ours ? ours : theirs;
}

/* ---- The whole ---- */

/* Everything that the result does not refer to lives in a scratch arena. */
static struct arrays *open_arrays(struct merge_context *context, const struct merge_path *path,
                                  const struct delta_value *base, uint32_t length) {
    struct delta_arena *scratch = delta_arena_new();
    struct arrays *arrays = scratch ? arena_alloc(scratch, sizeof *arrays) : NULL;
    if (!arrays) {
        delta_arena_free(scratch);
        err_memory(context->err);
        return NULL;
    }
    *arrays = (struct arrays){
        .context = context, .path = path, .base = base, .length = length, .scratch = scratch};
    return arrays;
}

static const struct delta_patch *merge_unknown(struct arrays *arrays,
                                               const struct delta_patch *ours,
                                               const struct delta_patch *theirs) {
    uint64_t met = arrays->context->met;
    bool twice = false;
    if (make_sides(arrays, (const struct delta_patch *[]){ours, theirs}) ||
        merge_elements(arrays) ||
        (met == arrays->context->met && arrays_added_twice(arrays, &twice)))
        return NULL;
    return twice ? resolve_whole(arrays, ours, theirs) : put_result(arrays);
}

static const struct delta_patch *merge_known(struct arrays *arrays, const struct delta_patch *ours,
                                             const struct delta_patch *theirs) {
    struct merge_context *context = arrays->context;
    struct delta_value *storages = arena_array(arrays->scratch, 2, sizeof *storages);
    struct merge_alignment *alignment = arena_alloc(arrays->scratch, sizeof *alignment);
    if (!storages || !alignment)
        return err_no_memory(context->err);
    *alignment = (struct merge_alignment){.base = arrays->base};
    if (merge_result(context, arrays->base, ours, &storages[OURS], &arrays->sides[OURS]) ||
        merge_result(context, arrays->base, theirs, &storages[THEIRS], &arrays->sides[THEIRS]))
        return NULL;
    if (value_same(arrays->sides[OURS], arrays->sides[THEIRS]))
        return ours;
    alignment->sides[OURS] = arrays->sides[OURS];
    alignment->sides[THEIRS] = arrays->sides[THEIRS];
    if (merge_align(context, arrays->scratch, arrays->path, alignment))
        return NULL;
    arrays->unordered = alignment->unordered;
    arrays->key = alignment->key;
    arrays->key_given = alignment->key_given;
    uint64_t met = context->met;
    bool differs = false;
    if (make_aligned(arrays, alignment->from[MERGE_ALIGN_DEFAULT]) || merge_elements(arrays) ||
        (met == context->met && has_other_result(arrays, alignment, &differs)))
        return NULL;
    return differs ? resolve_whole(arrays, ours, theirs) : put_result(arrays);
}

const struct delta_patch *merge_arrays(struct merge_context *context, const struct merge_path *path,
                                       const struct delta_value *base,
                                       const struct delta_patch *ours,
                                       const struct delta_patch *theirs) {
    struct arrays *arrays = open_arrays(context, path, base, base ? base->length : ours->length);
    if (!arrays)
        return NULL;
    const struct delta_patch *merged =
        base ? merge_known(arrays, ours, theirs) : merge_unknown(arrays, ours, theirs);
    delta_arena_free(arrays->scratch);
    return merged;
}
