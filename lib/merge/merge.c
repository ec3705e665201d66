#include "merge/merge.h"

#include "base/err.h"
#include "diff/diff.h"
#include "diff/filter.h"
#include "patch/apply.h"
#include "json/writer.h"

#include <stdlib.h>
#include <string.h>

static merging_any_function merge_any;
static merging_added_function merge_added;

static int mismatch(struct merging *merging, const char *what) {
    err_set(merging->err, DELTA_ERR_JOIN, "the patches do not share a base: %s", what);
    return err_at_pointer(merging->err, "", 0);
}

/* ---- Values that are merged whole, or as text ---- */

/* Whether all three are containers of one type: then what the patches do not tell is found by
 * comparing. */
static bool are_alike(const struct merging_sides *sides) {
    return sides->base && value_is_container(sides->base) &&
           sides->ours->type == sides->base->type && sides->theirs->type == sides->base->type;
}

/* Merges by patches that go into the containers, made for the purpose. */
static const struct delta_patch *merge_alike(struct merging *merging,
                                             const struct merging_path *path,
                                             const struct merging_sides *sides) {
    static const struct diff_options fine = {.fine = true};
    const struct delta_patch *ours =
        diff_values(merging->arena, sides->base, sides->ours, &fine, merging->err);
    const struct delta_patch *theirs =
        ours ? diff_values(merging->arena, sides->base, sides->theirs, &fine, merging->err) : NULL;
    return theirs ? merge_any(merging, path, sides->base, ours, theirs) : NULL;
}

/* Patches that do not both go into one kind of container. */
__attribute__((noinline)) static const struct delta_patch *
merge_whole(struct merging *merging, const struct merging_path *path,
            const struct delta_value *base, const struct delta_patch *ours,
            const struct delta_patch *theirs) {
    struct delta_value rooms[2];
    struct merging_sides sides = {.base = base};
    const struct delta_patch *merged = NULL;
    if (merging_result(merging, base, ours, &rooms[0], &sides.ours) ||
        merging_result(merging, base, theirs, &rooms[1], &sides.theirs))
        return NULL;
    if (sides.ours && sides.theirs && value_same(sides.ours, sides.theirs))
        return ours;
    if (are_alike(&sides))
        return merge_alike(merging, path, &sides);
    if (!base && ours->kind == PATCH_STRING && theirs->kind == PATCH_STRING) {
        if (ours->length != theirs->length) {
            mismatch(merging, "a string has two lengths");
            return NULL;
        }
        if (merging_texts(merging, ours, theirs, &merged))
            return NULL;
    } else if (base && base->type == DELTA_STRING && sides.ours->type == DELTA_STRING &&
               sides.theirs->type == DELTA_STRING) {
        if (merging_lines(merging, path, &sides, &merged))
            return NULL;
    }
    if (merged)
        return merged;
    int is_ours = merging_conflict(merging, path, DELTA_CONFLICT_CHANGED, &sides, -1);
    return is_ours < 0 ? NULL : is_ours ? ours : theirs;
}

/* ---- Objects ---- */

/* Whether a member is there afterwards, and as what patch of what was there. */
static const struct delta_patch *as_patch(struct merging *merging,
                                          const struct patch_member *change) {
    if (change->change == PATCH_NEST)
        return change->nested;
    return patch_whole(merging->arena, &change->value, merging->err);
}

/* A member that one side removed and the other changed. */
__attribute__((noinline)) static int
merge_removed(struct merging *merging, const struct merging_path *path,
              const struct delta_value *base, const struct patch_member *ours,
              const struct patch_member *theirs, struct patch_member *out) {
    bool ours_removes = ours->change == PATCH_REMOVE;
    const struct delta_patch *patch = as_patch(merging, ours_removes ? theirs : ours);
    struct delta_value room;
    const struct delta_value *changed;
    if (!patch || merging_result(merging, base, patch, &room, &changed))
        return -1;
    struct merging_sides sides = {.base = base,
                                  .ours = ours_removes ? NULL : changed,
                                  .theirs = ours_removes ? changed : NULL};
    int is_ours = merging_conflict(merging, path,
                                   ours_removes ? DELTA_CONFLICT_REMOVED_CHANGED
                                                : DELTA_CONFLICT_CHANGED_REMOVED,
                                   &sides, !ours_removes);
    if (is_ours < 0)
        return -1;
    *out = is_ours ? *ours : *theirs;
    return 0;
}

/* A member that both sides set, where the base may have none. */
static int merge_set(struct merging *merging, const struct merging_path *path,
                     const struct patch_member *ours, const struct patch_member *theirs,
                     struct patch_member *out) {
    const struct delta_patch *both;
    *out = *ours;
    if (value_same(&ours->value, &theirs->value))
        return 0;
    if (merge_added(merging, path, &ours->value, &theirs->value, &both))
        return -1;
    if (both) {
        out->value = both->value;
        return 0;
    }
    struct merging_sides sides = {.ours = &ours->value, .theirs = &theirs->value};
    int is_ours = merging_conflict(merging, path, DELTA_CONFLICT_ADDED, &sides, -1);
    if (is_ours < 0)
        return -1;
    *out = is_ours ? *ours : *theirs;
    return 0;
}

/* Both sides' changes of one member. `known`: the base object is known, and `base` is NULL because
 * it has no such member. */
static int merge_member(struct merging *merging, const struct merging_path *path,
                        const struct delta_value *base, bool known, const struct patch_member *ours,
                        const struct patch_member *theirs, struct patch_member *out) {
    *out = *ours;
    if (ours->change == PATCH_REMOVE && theirs->change == PATCH_REMOVE)
        return 0;
    if (ours->change == PATCH_REMOVE || theirs->change == PATCH_REMOVE)
        return merge_removed(merging, path, base, ours, theirs, out);
    if (!base && ours->change == PATCH_SET && theirs->change == PATCH_SET && known)
        return merge_set(merging, path, ours, theirs, out);
    const struct delta_patch *left = as_patch(merging, ours);
    const struct delta_patch *right = as_patch(merging, theirs);
    if (!left || !right)
        return -1;
    const struct delta_patch *both = merge_any(merging, path, base, left, right);
    if (!both)
        return -1;
    *out = (struct patch_member){.key = ours->key, .change = PATCH_NEST, .nested = both};
    if (both->kind == PATCH_VALUE) {
        out->change = PATCH_SET;
        out->value = both->value;
    }
    return 0;
}

/* Fills in the values of a member that both sides changed, for patterns that select by them. */
static int find_values(struct merging *merging, struct merging_path *path,
                       const struct delta_value *base, const struct patch_member *ours,
                       const struct patch_member *theirs) {
    const struct patch_member *const changes[2] = {ours, theirs};
    const struct delta_patch *patches[2] = {NULL, NULL};
    if (!merging->selects)
        return 0;
    for (int i = 0; i < 2; i++)
        if (changes[i]->change != PATCH_REMOVE && !(patches[i] = as_patch(merging, changes[i])))
            return -1;
    return merging_path_values(merging, path, base, patches[0], patches[1]);
}

static const struct delta_patch *merge_objects(struct merging *merging,
                                               const struct merging_path *path,
                                               const struct delta_value *base,
                                               const struct delta_patch *ours,
                                               const struct delta_patch *theirs) {
    struct patch_member *members =
        arena_array(merging->arena, (size_t)ours->count + theirs->count, sizeof *members);
    bool known = base && base->type == DELTA_OBJECT;
    uint32_t *places = known ? patch_places(ours, base) : NULL;
    if (!members || (known && !places))
        return err_no_memory(merging->err);
    const struct delta_patch *merged = NULL;
    size_t count = 0;
    uint32_t i = 0;
    uint32_t j = 0;
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
            struct merging_path below = {.above = path, .key = ours->members[i].key};
            const struct delta_value *member =
                known && places[i] != NO_INDEX ? &value_members(base)[places[i]].value : NULL;
            const struct patch_member *left = &ours->members[i++], *right = &theirs->members[j++];
            if (find_values(merging, &below, member, left, right) ||
                merge_member(merging, &below, member, known, left, right, &members[count])) {
                err_under_key(merging->err, below.key->text, below.key->length);
                goto out;
            }
            count++;
        }
    }
    merged = patch_object(merging->arena, members, count, merging->err);
out:
    free(places);
    return merged;
}

static int merge_added_objects(struct merging *merging, const struct merging_path *path,
                               const struct delta_value *ours, const struct delta_value *theirs,
                               const struct delta_patch **out) {
    struct delta_value empty;
    struct delta_value both;
    if (value_object(merging->arena, NULL, 0, &empty, merging->err))
        return -1;
    const struct delta_patch *left = diff_values(merging->arena, &empty, ours, NULL, merging->err);
    const struct delta_patch *right =
        diff_values(merging->arena, &empty, theirs, NULL, merging->err);
    if (!left || !right)
        return -1;
    const struct delta_patch *merged = merge_any(merging, path, &empty, left, right);
    if (!merged || apply_patch(merging->arena, &empty, merged, &both, merging->err))
        return -1;
    /* Once more, by way of ours, whose order of keys is kept. */
    const struct delta_patch *rest = diff_values(merging->arena, ours, &both, NULL, merging->err);
    if (!rest || apply_patch(merging->arena, ours, rest, &both, merging->err))
        return -1;
    *out = patch_whole(merging->arena, &both, merging->err);
    return *out ? 0 : -1;
}

/* Arrays merge as if both sides had added elements to an empty one: by key, or as a union. */
static int merge_added_arrays(struct merging *merging, const struct merging_path *path,
                              const struct delta_value *ours, const struct delta_value *theirs,
                              const struct delta_patch **out) {
    const char *key;
    int prefer = merging_prefer(merging, path);
    int unordered = merging_is_unordered(merging, path);
    if (prefer < 0 || unordered < 0 || merging_array_key(merging, path, &key))
        return -1;
    if (!key && !unordered && prefer != DELTA_PREFER_UNION)
        return 0;
    struct delta_value empty, both;
    if (value_array(merging->arena, NULL, 0, &empty, merging->err))
        return -1;
    const struct delta_patch *left = patch_whole(merging->arena, ours, merging->err);
    const struct delta_patch *right = patch_whole(merging->arena, theirs, merging->err);
    const struct delta_patch *merged =
        left && right ? merging_arrays(merging, path, &empty, left, right) : NULL;
    if (!merged || apply_patch(merging->arena, &empty, merged, &both, merging->err))
        return -1;
    *out = patch_whole(merging->arena, &both, merging->err);
    return *out ? 0 : -1;
}

static int merge_added(struct merging *merging, const struct merging_path *path,
                       const struct delta_value *ours, const struct delta_value *theirs,
                       const struct delta_patch **out) {
    *out = NULL;
    if (ours->type == DELTA_OBJECT && theirs->type == DELTA_OBJECT)
        return merge_added_objects(merging, path, ours, theirs, out);
    if (ours->type == DELTA_ARRAY && theirs->type == DELTA_ARRAY)
        return merge_added_arrays(merging, path, ours, theirs, out);
    return 0;
}

/* ---- Any value ---- */

static const struct delta_patch *merge_any(struct merging *merging, const struct merging_path *path,
                                           const struct delta_value *base,
                                           const struct delta_patch *ours,
                                           const struct delta_patch *theirs) {
    if (ours->kind == PATCH_EMPTY)
        return theirs;
    if (theirs->kind == PATCH_EMPTY)
        return ours;
    if (ours->kind == PATCH_OBJECT && theirs->kind == PATCH_OBJECT)
        return merge_objects(merging, path, base, ours, theirs);
    if (ours->kind == PATCH_ARRAY && theirs->kind == PATCH_ARRAY) {
        if (ours->length != theirs->length) {
            mismatch(merging, "an array has two lengths");
            return NULL;
        }
        return merging_arrays(merging, path, base, ours, theirs);
    }
    return merge_whole(merging, path, base, ours, theirs);
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

const struct delta_patch *merge_patches(struct delta_arena *arena, const struct delta_value *base,
                                        const struct delta_patch *ours,
                                        const struct delta_patch *theirs,
                                        const struct merge_options *options,
                                        struct merge_conflicts *conflicts, struct delta_err *err) {
    struct merging merging = {.any = merge_any,
                              .added = merge_added,
                              .arena = arena,
                              .options = options,
                              .conflicts = conflicts,
                              .err = err,
                              .selects = options->preferred.selects || options->keyed.selects ||
                                         options->unordered.selects};
    return merge_any(&merging, NULL, base, ours, theirs);
}

static int merge_values_as_they_are(struct delta_arena *arena, const struct delta_value *base,
                                    const struct delta_value *ours,
                                    const struct delta_value *theirs,
                                    const struct merge_options *options, struct delta_value *out,
                                    struct merge_conflicts *conflicts, struct delta_err *err) {
    if (value_same(ours, theirs) || value_same(base, theirs)) {
        *out = *ours;
        return 0;
    }
    static const struct diff_options fine = {.fine = true};
    const struct delta_patch *left = diff_values(arena, base, ours, &fine, err);
    const struct delta_patch *right = left ? diff_values(arena, base, theirs, &fine, err) : NULL;
    const struct delta_patch *both =
        right ? merge_patches(arena, base, left, right, options, conflicts, err) : NULL;
    return both ? apply_patch(arena, base, both, out, err) : -1;
}

/* The filter of what does not count: spellings of numbers, the order of some arrays. */
static struct delta_filter exact_filter(const struct merge_options *options) {
    return (struct delta_filter){
        .numeric = options->numeric, .unordered = options->unordered, .array_keys = options->keyed};
}

/* What `new` changed of `old` in what counts. */
static int effective(struct delta_arena *arena, const struct delta_filter *filter,
                     const struct delta_value *old, const struct delta_value *new,
                     struct delta_value *out, struct delta_err *err) {
    const struct delta_value *result = delta_filter_apply(arena, filter, old, new, err);
    if (!result)
        return -1;
    *out = *result;
    return 0;
}

/* Merges with sides that differ from the base, and from one another, only in what counts, and then
 * writes equal numbers as ours does. Numbers within a tolerance stay as they were merged:
 * theirs may be a change that counts, with ours within the tolerance of both it and the base. */
static int merge_effective(struct delta_arena *arena, const struct delta_value *base,
                           const struct delta_value *ours, const struct delta_value *theirs,
                           const struct merge_options *options, struct delta_value *out,
                           struct merge_conflicts *conflicts, struct delta_err *err) {
    struct delta_value sides[3], merged;
    const struct delta_filter exact = exact_filter(options);
    struct delta_filter of_base = exact;
    of_base.tolerance = options->tolerance;
    struct delta_filter of_sides = of_base;
    of_sides.either_way = true;
    if (effective(arena, &of_base, base, ours, &sides[0], err) ||
        effective(arena, &of_sides, &sides[0], theirs, &sides[1], err) ||
        effective(arena, &of_base, base, &sides[1], &sides[2], err) ||
        merge_values_as_they_are(arena, base, &sides[0], &sides[2], options, &merged, conflicts,
                                 err))
        return -1;
    return effective(arena, &exact, ours, &merged, out, err);
}

bool merge_compares_states(const struct merge_options *options) {
    return options->numeric || options->unordered.count || options->tolerance.count;
}

int merge_values(struct delta_arena *arena, const struct delta_value *base,
                 const struct delta_value *ours, const struct delta_value *theirs,
                 const struct merge_options *options, struct delta_value *out,
                 struct merge_conflicts *conflicts, struct delta_err *err) {
    return merge_compares_states(options)
               ? merge_effective(arena, base, ours, theirs, options, out, conflicts, err)
               : merge_values_as_they_are(arena, base, ours, theirs, options, out, conflicts, err);
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
        struct identity_key key; /* to be refused here rather than at the first array */
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
