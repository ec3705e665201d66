/* The recursion of a three-way merge.
 *
 * Patches of one value are merged by kind: two patches of an object member by member, two of an
 * array by merge_array.c, two of a string by lines or characters (merge_text.c). Where only one of
 * them goes into the value, both are made anew by a diff of the values, if these are known and of
 * one type. Everything else that differs is a conflict.
 *
 * Invariant: without conflicts the result does not depend on which side is ours, except for the
 * order of keys and, where equal numbers are ignored, their text. */
#include "merge/merge.h"
#include "merge/equal_arrays.h"
#include "merge/equal_numbers.h"

#include "base/err.h"
#include "diff/diff.h"
#include "diff/filter.h"
#include "patch/apply.h"
#include "json/writer.h"

#include <stdlib.h>
#include <string.h>

static merge_any_function merge_any;
static merge_added_function merge_added;

static int mismatch(struct merge_context *context, const char *what) {
    err_set(context->err, DELTA_ERR_JOIN, "the patches do not share a base: %s", what);
    return err_at_pointer(context->err, "", 0);
}

/* ---- Values that are replaced whole, and strings ---- */

/* Whether all three values are known and are containers of one type. */
static bool are_same_containers(const struct merge_sides *sides) {
    return sides->base && value_is_container(sides->base) &&
           sides->ours->type == sides->base->type && sides->theirs->type == sides->base->type;
}

/* Merges containers of one type of which a patch replaces one whole, by patches that go into them.
 */
static const struct delta_patch *merge_containers(struct merge_context *context,
                                                  const struct merge_path *path,
                                                  const struct merge_sides *sides) {
    static const struct diff_options fine = {.fine = true};
    const struct delta_patch *ours =
        diff_values(context->arena, sides->base, sides->ours, &fine, context->err);
    const struct delta_patch *theirs =
        ours ? diff_values(context->arena, sides->base, sides->theirs, &fine, context->err) : NULL;
    return theirs ? merge_any(context, path, sides->base, ours, theirs) : NULL;
}

/* Merges patches of which at least one does not go into the members or elements of the value. */
__attribute__((noinline)) static const struct delta_patch *
merge_whole(struct merge_context *context, const struct merge_path *path,
            const struct delta_value *base, const struct delta_patch *ours,
            const struct delta_patch *theirs) {
    struct delta_value storages[2];
    struct merge_sides sides = {.base = base};
    const struct delta_patch *merged = NULL;
    if (merge_result(context, base, ours, &storages[0], &sides.ours) ||
        merge_result(context, base, theirs, &storages[1], &sides.theirs))
        return NULL;
    if (sides.ours && sides.theirs && value_same(sides.ours, sides.theirs))
        return ours;
    if (are_same_containers(&sides))
        return merge_containers(context, path, &sides);
    if (!base && ours->kind == PATCH_STRING && theirs->kind == PATCH_STRING) {
        if (ours->length != theirs->length) {
            mismatch(context, "they expect strings of different lengths");
            return NULL;
        }
        if (merge_texts(context, ours, theirs, &merged))
            return NULL;
    } else if (base && base->type == DELTA_STRING && sides.ours->type == DELTA_STRING &&
               sides.theirs->type == DELTA_STRING) {
        if (merge_lines(context, path, &sides, &merged))
            return NULL;
    }
    if (merged)
        return merged;
    int is_ours = merge_conflict(context, path, DELTA_CONFLICT_CHANGED, &sides, -1);
    return is_ours < 0 ? NULL : is_ours ? ours : theirs;
}

/* ---- Objects ---- */

/* The change of a member, which is not a removal, as a patch of its old value. */
static const struct delta_patch *as_patch(struct merge_context *context,
                                          const struct patch_member *change) {
    if (change->change == PATCH_NEST)
        return change->nested;
    return patch_whole(context->arena, &change->value, context->err);
}

/* Merges the changes of a member that one side removed and the other changed: a conflict. */
__attribute__((noinline)) static int
merge_removed(struct merge_context *context, const struct merge_path *path,
              const struct delta_value *base, const struct patch_member *ours,
              const struct patch_member *theirs, struct patch_member *out) {
    bool ours_removes = ours->change == PATCH_REMOVE;
    const struct delta_patch *patch = as_patch(context, ours_removes ? theirs : ours);
    struct delta_value storage;
    const struct delta_value *changed;
    if (!patch || merge_result(context, base, patch, &storage, &changed))
        return -1;
    struct merge_sides sides = {.base = base,
                                .ours = ours_removes ? NULL : changed,
                                .theirs = ours_removes ? changed : NULL};
    int is_ours = merge_conflict(context, path,
                                 ours_removes ? DELTA_CONFLICT_REMOVED_CHANGED
                                              : DELTA_CONFLICT_CHANGED_REMOVED,
                                 &sides, !ours_removes);
    if (is_ours < 0)
        return -1;
    *out = is_ours ? *ours : *theirs;
    return 0;
}

/* Merges the changes of a member that both sides added. */
static int merge_set(struct merge_context *context, const struct merge_path *path,
                     const struct patch_member *ours, const struct patch_member *theirs,
                     struct patch_member *out) {
    const struct delta_patch *both;
    *out = *ours;
    if (value_same(&ours->value, &theirs->value))
        return 0;
    if (merge_added(context, path, &ours->value, &theirs->value, &both))
        return -1;
    if (both) {
        out->value = both->value;
        return 0;
    }
    struct merge_sides sides = {.ours = &ours->value, .theirs = &theirs->value};
    int is_ours = merge_conflict(context, path, DELTA_CONFLICT_ADDED, &sides, -1);
    if (is_ours < 0)
        return -1;
    *out = is_ours ? *ours : *theirs;
    return 0;
}

/* Merges the changes of one member. `known`: the base object is known; then `base` is NULL if
 * it has no such member. */
static int merge_member(struct merge_context *context, const struct merge_path *path,
                        const struct delta_value *base, bool known, const struct patch_member *ours,
                        const struct patch_member *theirs, struct patch_member *out) {
    *out = *ours;
    if (ours->change == PATCH_REMOVE && theirs->change == PATCH_REMOVE)
        return 0;
    if (ours->change == PATCH_REMOVE || theirs->change == PATCH_REMOVE)
        return merge_removed(context, path, base, ours, theirs, out);
    if (!base && ours->change == PATCH_SET && theirs->change == PATCH_SET && known)
        return merge_set(context, path, ours, theirs, out);
    const struct delta_patch *left = as_patch(context, ours);
    const struct delta_patch *right = as_patch(context, theirs);
    if (!left || !right)
        return -1;
    const struct delta_patch *both = merge_any(context, path, base, left, right);
    if (!both)
        return -1;
    *out = (struct patch_member){.key = ours->key, .change = PATCH_NEST, .nested = both};
    if (both->kind == PATCH_VALUE) {
        out->change = PATCH_SET;
        out->value = both->value;
    }
    return 0;
}

/* Where the changed members are in the objects that the patches make, if the path has these:
 * `places[0]` for ours and `places[1]` for theirs, to be freed; NULL: unknown, or not needed. */
static int find_places(struct merge_context *context, const struct merge_path *path,
                       const struct delta_patch *ours, const struct delta_patch *theirs,
                       uint32_t *places[2]) {
    const struct delta_patch *const patches[2] = {ours, theirs};
    for (int i = 0; i < 2 && context->selects && path; i++) {
        const struct delta_value *value = path->values[1 + i];
        if (value && value->type == DELTA_OBJECT && !(places[i] = patch_places(patches[i], value)))
            return err_memory(context->err);
    }
    return 0;
}

/* Sets the values of the path to a member that both sides changed, for patterns with `[m=v]`.
 * `places`: where it is in the values of the path above, NO_INDEX if these are unknown. A patch is
 * applied only then: at every level, that would be quadratic in the depth. */
static int find_values(struct merge_context *context, struct merge_path *path,
                       const struct delta_value *base, const struct patch_member *ours,
                       const struct patch_member *theirs, const uint32_t places[2]) {
    const struct patch_member *const changes[2] = {ours, theirs};
    const struct delta_patch *patches[2] = {NULL, NULL};
    if (!context->selects)
        return 0;
    for (int i = 0; i < 2; i++)
        if (changes[i]->change != PATCH_REMOVE && places[i] == NO_INDEX &&
            !(patches[i] = as_patch(context, changes[i])))
            return -1;
    if (merge_path_values(context, path, base, patches[0], patches[1]))
        return -1;
    for (int i = 0; i < 2; i++)
        if (places[i] != NO_INDEX)
            path->values[1 + i] = &value_members(path->above->values[1 + i])[places[i]].value;
    return 0;
}

static const struct delta_patch *merge_objects(struct merge_context *context,
                                               const struct merge_path *path,
                                               const struct delta_value *base,
                                               const struct delta_patch *ours,
                                               const struct delta_patch *theirs) {
    struct patch_member *members =
        arena_array(context->arena, (size_t)ours->count + theirs->count, sizeof *members);
    bool known = base && base->type == DELTA_OBJECT;
    uint32_t *places = known ? patch_places(ours, base) : NULL;
    uint32_t *places_in[2] = {NULL, NULL};
    const struct delta_patch *merged = NULL;
    size_t count = 0;
    uint32_t i = 0;
    uint32_t j = 0;
    if (!members || (known && !places)) {
        err_no_memory(context->err);
        goto out;
    }
    if (find_places(context, path, ours, theirs, places_in))
        goto out;
    while (i < ours->count || j < theirs->count) {
        int order = i == ours->count ? 1
                    : j == theirs->count
                        ? -1
                        : value_key_compare(ours->members[i].key, theirs->members[j].key);
        if (order < 0) {
            members[count++] = ours->members[i++];
        } else if (order > 0) {
            members[count++] = theirs->members[j++];
        } else {
            struct merge_path below = {.above = path, .key = ours->members[i].key};
            const struct delta_value *member =
                known && places[i] != NO_INDEX ? &value_members(base)[places[i]].value : NULL;
            const uint32_t at[2] = {places_in[0] ? places_in[0][i] : NO_INDEX,
                                    places_in[1] ? places_in[1][j] : NO_INDEX};
            const struct patch_member *left = &ours->members[i++], *right = &theirs->members[j++];
            if (find_values(context, &below, member, left, right, at) ||
                merge_member(context, &below, member, known, left, right, &members[count])) {
                err_under_key(context->err, below.key->text, below.key->length);
                goto out;
            }
            count++;
        }
    }
    merged = patch_object(context->arena, members, count, context->err);
out:
    free(places_in[0]);
    free(places_in[1]);
    free(places);
    return merged;
}

static int merge_added_objects(struct merge_context *context, const struct merge_path *path,
                               const struct delta_value *ours, const struct delta_value *theirs,
                               const struct delta_patch **out) {
    struct delta_value empty;
    struct delta_value both;
    if (value_object(context->arena, NULL, 0, &empty, context->err))
        return -1;
    const struct delta_patch *left = diff_values(context->arena, &empty, ours, NULL, context->err);
    const struct delta_patch *right =
        diff_values(context->arena, &empty, theirs, NULL, context->err);
    if (!left || !right)
        return -1;
    const struct delta_patch *merged = merge_any(context, path, &empty, left, right);
    if (!merged || apply_patch(context->arena, &empty, merged, &both, context->err))
        return -1;
    /* Applied as a patch of ours, so that the result has its order of keys. */
    const struct delta_patch *rest = diff_values(context->arena, ours, &both, NULL, context->err);
    if (!rest || apply_patch(context->arena, ours, rest, &both, context->err))
        return -1;
    *out = patch_whole(context->arena, &both, context->err);
    return *out ? 0 : -1;
}

/* Merges arrays as if both sides had added their elements to an empty one: by key, or as a union.
 */
static int merge_added_arrays(struct merge_context *context, const struct merge_path *path,
                              const struct delta_value *ours, const struct delta_value *theirs,
                              const struct delta_patch **out) {
    const char *key;
    int prefer = merge_prefer(context, path);
    int unordered = merge_is_unordered(context, path);
    if (prefer < 0 || unordered < 0 || merge_array_key(context, path, &key))
        return -1;
    if (!key && !unordered && prefer != DELTA_PREFER_UNION)
        return 0;
    struct delta_value empty, both;
    if (value_array(context->arena, NULL, 0, &empty, context->err))
        return -1;
    const struct delta_patch *left = patch_whole(context->arena, ours, context->err);
    const struct delta_patch *right = patch_whole(context->arena, theirs, context->err);
    const struct delta_patch *merged =
        left && right ? merge_arrays(context, path, &empty, left, right) : NULL;
    if (!merged || apply_patch(context->arena, &empty, merged, &both, context->err))
        return -1;
    *out = patch_whole(context->arena, &both, context->err);
    return *out ? 0 : -1;
}

static int merge_added(struct merge_context *context, const struct merge_path *path,
                       const struct delta_value *ours, const struct delta_value *theirs,
                       const struct delta_patch **out) {
    *out = NULL;
    if (ours->type == DELTA_OBJECT && theirs->type == DELTA_OBJECT)
        return merge_added_objects(context, path, ours, theirs, out);
    if (ours->type == DELTA_ARRAY && theirs->type == DELTA_ARRAY)
        return merge_added_arrays(context, path, ours, theirs, out);
    return 0;
}

/* ---- Any value ---- */

static bool is_whole_array(const struct delta_patch *patch) {
    return patch->kind == PATCH_VALUE && patch->value.type == DELTA_ARRAY;
}

static const struct delta_patch *merge_any(struct merge_context *context,
                                           const struct merge_path *path,
                                           const struct delta_value *base,
                                           const struct delta_patch *ours,
                                           const struct delta_patch *theirs) {
    if (context->whole_arrays && base && base->type == DELTA_ARRAY && is_whole_array(ours) &&
        is_whole_array(theirs))
        return merge_arrays(context, path, base, ours, theirs);
    if (ours->kind == PATCH_EMPTY)
        return theirs;
    if (theirs->kind == PATCH_EMPTY)
        return ours;
    if (ours->kind == PATCH_OBJECT && theirs->kind == PATCH_OBJECT)
        return merge_objects(context, path, base, ours, theirs);
    if (ours->kind == PATCH_ARRAY && theirs->kind == PATCH_ARRAY) {
        if (ours->length != theirs->length) {
            mismatch(context, "they expect arrays of different lengths");
            return NULL;
        }
        return merge_arrays(context, path, base, ours, theirs);
    }
    return merge_whole(context, path, base, ours, theirs);
}

const char *delta_conflict_name(enum delta_conflict_kind kind) {
    static const char *const names[] = {
        [DELTA_CONFLICT_CHANGED] = "changed",
        [DELTA_CONFLICT_ADDED] = "added",
        [DELTA_CONFLICT_CHANGED_REMOVED] = "changed/removed",
        [DELTA_CONFLICT_REMOVED_CHANGED] = "removed/changed",
        [DELTA_CONFLICT_GAP] = "gap",
        [DELTA_CONFLICT_MOVED] = "moved",
        [DELTA_CONFLICT_MOVED_REMOVED] = "moved/removed",
        [DELTA_CONFLICT_REMOVED_MOVED] = "removed/moved",
        [DELTA_CONFLICT_UNCERTAIN] = "uncertain",
    };
    return names[kind];
}

static struct merge_context open_context(struct delta_arena *arena,
                                         const struct merge_options *options,
                                         struct merge_conflicts *conflicts, struct delta_err *err) {
    return (struct merge_context){.any = merge_any,
                                  .added = merge_added,
                                  .arena = arena,
                                  .options = options,
                                  .conflicts = conflicts,
                                  .err = err,
                                  .selects = options->preferred.selects || options->keyed.selects ||
                                             options->unordered.selects};
}

const struct delta_patch *merge_patches(struct delta_arena *arena, const struct delta_value *base,
                                        const struct delta_patch *ours,
                                        const struct delta_patch *theirs,
                                        const struct merge_options *options,
                                        struct merge_conflicts *conflicts, struct delta_err *err) {
    struct merge_context context = open_context(arena, options, conflicts, err);
    return merge_any(&context, NULL, base, ours, theirs);
}

static int merge_unfiltered(struct delta_arena *arena, const struct delta_value *base,
                            const struct delta_value *ours, const struct delta_value *theirs,
                            const struct merge_options *options, struct delta_value *out,
                            struct merge_conflicts *conflicts, struct delta_err *err) {
    if (value_same(ours, theirs) || value_same(base, theirs)) {
        *out = *ours;
        return 0;
    }
    static const struct diff_options whole_arrays = {.fine = true, .whole_arrays = true};
    struct merge_context context = open_context(arena, options, conflicts, err);
    context.whole_arrays = context.applied = true;
    const struct delta_patch *left = diff_values(arena, base, ours, &whole_arrays, err);
    const struct delta_patch *right =
        left ? diff_values(arena, base, theirs, &whole_arrays, err) : NULL;
    const struct delta_patch *both = right ? merge_any(&context, NULL, base, left, right) : NULL;
    return both ? apply_patch(arena, base, both, out, err) : -1;
}

/* A filter that ignores how numbers are written, and the order of some arrays. */
static struct delta_filter exact_filter(const struct merge_options *options) {
    return (struct delta_filter){
        .numeric = options->numeric, .unordered = options->unordered, .array_keys = options->keyed};
}

/* `new` with the values of `old` wherever the filter ignores the difference. */
static int filter_changes(struct delta_arena *arena, const struct delta_filter *filter,
                          const struct delta_value *old, const struct delta_value *new,
                          struct delta_value *out, struct delta_err *err) {
    const struct delta_value *result = delta_filter_apply(arena, filter, old, new, err);
    if (!result)
        return -1;
    *out = *result;
    return 0;
}

/* The merged state as ours has what the filter ignores; what ours has not, as theirs has it. */
static int restore_values(struct delta_arena *arena, const struct delta_filter *filter,
                          const struct delta_value *ours, const struct delta_value *theirs,
                          const struct delta_value *merged, struct delta_value *out,
                          struct delta_err *err) {
    struct delta_value as_theirs;
    return filter_changes(arena, filter, theirs, merged, &as_theirs, err) ||
                   filter_changes(arena, filter, ours, &as_theirs, out, err)
               ? -1
               : 0;
}

/* Takes from the sides, states 1 and 2, the differences to the base, state 0, and to one another,
 * that are within a tolerance. */
static int take_tolerated(struct delta_arena *arena, const struct merge_options *options,
                          struct delta_value states[3], struct delta_err *err) {
    const struct delta_filter of_base = {.unordered = options->unordered,
                                         .array_keys = options->keyed,
                                         .tolerance = options->tolerance};
    struct delta_filter of_sides = of_base;
    of_sides.either_way = true;
    return filter_changes(arena, &of_base, &states[0], &states[1], &states[1], err) ||
                   filter_changes(arena, &of_sides, &states[1], &states[2], &states[2], err) ||
                   filter_changes(arena, &of_base, &states[0], &states[2], &states[2], err)
               ? -1
               : 0;
}

/* Makes what is equal under the options the same in all three states. */
static int join_equal(struct delta_arena *arena, const struct merge_options *options,
                      struct delta_value states[3], bool *replaced, struct delta_err *err) {
    return (options->numeric && equal_numbers_join(arena, states, 3, replaced, err)) ||
                   (options->unordered.count &&
                    equal_arrays_join(arena, states, 3, &options->unordered, replaced, err))
               ? -1
               : 0;
}

/* Merges states in which equal numbers are written in one way, and arrays whose order does not
 * count have one order where they have the same elements, so that the merge does not depend on
 * these; then writes the result as ours has them. Numbers within a tolerance stay as they were
 * merged: theirs may be a change that counts, with ours within the tolerance of both it and the
 * base. */
static int merge_filtered(struct delta_arena *arena, const struct delta_value *base,
                          const struct delta_value *ours, const struct delta_value *theirs,
                          const struct merge_options *options, struct delta_value *out,
                          struct merge_conflicts *conflicts, struct delta_err *err) {
    struct delta_value states[3] = {*base, *ours, *theirs}, merged;
    const struct delta_filter exact = exact_filter(options);
    bool replaced = false;
    if (join_equal(arena, options, states, &replaced, err) ||
        (options->tolerance.count && (take_tolerated(arena, options, states, err) ||
                                      join_equal(arena, options, states, &replaced, err))) ||
        merge_unfiltered(arena, &states[0], &states[1], &states[2], options, &merged, conflicts,
                         err))
        return -1;
    return replaced ? restore_values(arena, &exact, ours, theirs, &merged, out, err)
                    : filter_changes(arena, &exact, ours, &merged, out, err);
}

bool merge_compares_states(const struct merge_options *options) {
    return options->numeric || options->unordered.count || options->tolerance.count;
}

int merge_values(struct delta_arena *arena, const struct delta_value *base,
                 const struct delta_value *ours, const struct delta_value *theirs,
                 const struct merge_options *options, struct delta_value *out,
                 struct merge_conflicts *conflicts, struct delta_err *err) {
    return merge_compares_states(options)
               ? merge_filtered(arena, base, ours, theirs, options, out, conflicts, err)
               : merge_unfiltered(arena, base, ours, theirs, options, out, conflicts, err);
}

static int compile_preferred(struct delta_arena *arena, const struct delta_merge_options *options,
                             struct pointer_patterns *out, struct delta_err *err) {
    static const char *const labels[] = {[DELTA_PREFER_NONE] = "none",
                                         [DELTA_PREFER_OURS] = "ours",
                                         [DELTA_PREFER_THEIRS] = "theirs",
                                         [DELTA_PREFER_UNION] = "union"};
    struct pattern_source *sources = arena_array(arena, options->prefer_at_count, sizeof *sources);
    if (!sources)
        return err_memory(err);
    for (size_t i = 0; i < options->prefer_at_count; i++) {
        const struct delta_prefer_at *at = &options->prefer_at[i];
        sources[i] = (struct pattern_source){
            .text = at->pattern, .length = strlen(at->pattern), .label = labels[at->side]};
    }
    return pointer_patterns_compile(arena, sources, options->prefer_at_count, out, err);
}

int merge_options_compile(struct delta_arena *arena, const struct delta_merge_options *options,
                          struct merge_options *out, struct delta_err *err) {
    *out = (struct merge_options){.prefer = DELTA_PREFER_NONE};
    if (!options)
        return 0;
    out->prefer = options->prefer;
    out->numeric = options->numeric;
    for (size_t i = 0; i < options->key_count; i++) {
        struct identity_key key; /* parsed here so that an invalid one is always refused */
        if (identity_key_parse(arena, options->keys[i].member, &key, err))
            return -1;
    }
    return pointer_patterns_of_keys(arena, options->keys, options->key_count, &out->keyed, err) ||
                   pointer_patterns_of(arena, &options->unordered, &out->unordered, err) ||
                   filter_compile_tolerances(arena, options->tolerances, options->tolerance_count,
                                             &out->tolerance, err) ||
                   compile_preferred(arena, options, &out->preferred, err)
               ? -1
               : 0;
}

const struct delta_value *delta_merge(struct delta_arena *arena, const struct delta_value *base,
                                      const struct delta_value *ours,
                                      const struct delta_value *theirs,
                                      const struct delta_merge_options *options,
                                      struct delta_conflicts *conflicts, struct delta_err *err) {
    struct merge_options within;
    struct merge_conflicts found = {0};
    if (merge_options_compile(arena, options, &within, err))
        return NULL;
    struct delta_value *merged = arena_alloc(arena, sizeof *merged);
    if (!merged)
        return err_no_memory(err);
    if (merge_values(arena, base, ours, theirs, &within, merged, &found, err))
        return NULL;
    *conflicts = (struct delta_conflicts){found.list, found.count};
    return merged;
}

static void put_side(struct delta_buf *buf, const char *name, const struct delta_value *value) {
    if (!value)
        return;
    buf_printf(buf, ", \"%s\": ", name);
    writer_compact(value, buf);
}

int delta_conflicts_write(const struct delta_conflicts *conflicts, struct delta_buf *buf,
                          struct delta_err *err) {
    buf_put_text(buf, "[");
    for (size_t i = 0; i < conflicts->count; i++) {
        const struct delta_conflict *conflict = &conflicts->list[i];
        buf_put_text(buf, i ? ",\n  {\"pointer\": " : "\n  {\"pointer\": ");
        writer_string(conflict->pointer, conflict->pointer_length, buf);
        buf_printf(buf, ", \"kind\": \"%s\"", delta_conflict_name(conflict->kind));
        if (conflict->label) {
            buf_put_text(buf, ", \"label\": ");
            writer_string(conflict->label, strlen(conflict->label), buf);
        }
        put_side(buf, "base", conflict->base);
        put_side(buf, "ours", conflict->ours);
        put_side(buf, "theirs", conflict->theirs);
        buf_put_char(buf, '}');
    }
    buf_put_text(buf, conflicts->count ? "\n]\n" : "]\n");
    return buf_check(buf, err);
}
