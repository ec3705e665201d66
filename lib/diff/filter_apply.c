/* The value that a patch is to lead to so that only what counts has changed. The interface is
 * delta.h's delta_filter_apply and delta_filter_place. */
#include "base/err.h"
#include "diff/filter_alignment.h"
#include "diff/places.h"
#include "json/member_index.h"
#include "json/number.h"

#include <string.h>

struct applying {
    struct delta_arena *arena;
    struct delta_arena *scratch; /* given back after each alignment */
    struct filter_place place;
    struct projector projector;  /* at that place */
    struct delta_places *places; /* NULL: not asked for */
    struct delta_buf pointer;    /* in the new state, for the places */
    struct delta_err *err;
};

static int effective(struct applying *f, const struct delta_value *old,
                     const struct delta_value *new, bool within, struct delta_value *out);

/* What becomes of an old member: `*kept` is false when it is removed. */
static int old_member(struct applying *f, const struct value_member *member,
                      const struct value_member *other, bool within, struct value_member *out,
                      bool *kept) {
    int status = 0;
    *kept = true;
    *out = *member;
    size_t above = f->pointer.length;
    filter_place_key(&f->place, member->key, &member->value, other ? &other->value : NULL);
    if (f->places)
        pointer_put_key(&f->pointer, member->key->text, member->key->length);
    if (other)
        status = effective(f, &member->value, &other->value, within, &out->value);
    else
        *kept = !projector_counts(&f->projector, &member->value, within);
    f->pointer.length = f->pointer.failed ? 0 : above;
    filter_place_up(&f->place);
    return status;
}

static int join_members(struct applying *f, const struct delta_value *old,
                        const struct delta_value *new, bool within,
                        const struct member_index *in_old, const struct member_index *in_new,
                        struct delta_value *out) {
    struct value_object *object =
        value_object_open(f->arena, (size_t)old->length + (size_t) new->length);
    if (!object)
        return err_memory(f->err);
    size_t count = 0;
    bool changed = false;
    for (uint32_t i = 0; i < old->length; i++) {
        const struct value_member *member = &value_members(old)[i];
        struct value_member *next = &object->members[count];
        bool kept;
        if (old_member(f, member, member_index_find(in_new, member->key), within, next, &kept))
            return -1;
        count += kept;
        changed |= !kept || !value_same(&member->value, &next->value);
    }
    for (uint32_t i = 0; i < new->length; i++) {
        const struct value_member *member = &value_members(new)[i];
        if (member_index_find(in_old, member->key))
            continue;
        filter_place_key(&f->place, member->key, NULL, &member->value);
        if (projector_counts(&f->projector, &member->value, within)) {
            object->members[count++] = *member;
            changed = true;
        }
        filter_place_up(&f->place);
    }
    *out = *old;
    return changed ? value_object_close(object, count, out, f->err) : 0;
}

static int effective_object(struct applying *f, const struct delta_value *old,
                            const struct delta_value *new, bool within, struct delta_value *out) {
    struct member_index in_old, in_new = {0};
    int status = member_index_open(&in_old, old, f->err) || member_index_open(&in_new, new, f->err)
                     ? -1
                     : join_members(f, old, new, within, &in_old, &in_new, out);
    member_index_close(&in_old);
    member_index_close(&in_new);
    return status;
}

/* Puts the element that both arrays have. */
static int put_both(struct applying *f, struct filter_alignment *a, uint32_t i, uint32_t j,
                    bool within) {
    const struct delta_value *old = &value_items(a->old)[i], *new = &value_items(a->new)[j];
    size_t above = f->pointer.length;
    filter_place_index(&f->place, j, old, new);
    if (f->places)
        pointer_put_index(&f->pointer, j);
    a->index[a->count] = j;
    a->origin[a->count] = i;
    int status = effective(f, old, new, within, &a->items[a->count++]);
    f->pointer.length = f->pointer.failed ? 0 : above;
    filter_place_up(&f->place);
    return status;
}

static void put_old(struct filter_alignment *a, uint32_t i) {
    a->index[a->count] = NO_INDEX;
    a->origin[a->count] = i;
    a->items[a->count++] = value_items(a->old)[i];
}

static void put_new(struct filter_alignment *a, uint32_t j) {
    a->index[a->count] = j;
    a->origin[a->count] = NO_INDEX;
    a->items[a->count++] = value_items(a->new)[j];
}

static int join_by_index(struct applying *f, struct filter_alignment *a, bool within) {
    for (uint32_t i = 0; i < a->old->length; i++)
        if (put_both(f, a, i, i, within))
            return -1;
    return 0;
}

/* Old elements between two that count on both sides: those from `next` up to `end` are to be put.
 */
struct run {
    uint32_t next, end;
};

static struct run run_from(const struct filter_alignment *a, uint32_t next) {
    struct run run = {next, next};
    while (run.end < a->old->length && a->to[run.end] >= FILTER_UNCOUNTED)
        run.end++;
    return run;
}

/* Puts what does not count of a run: up to `end`, and behind it what the new array has not. */
static void put_uncounted(struct filter_alignment *a, struct run *run, uint32_t end) {
    for (; run->next < run->end && (run->next < end || a->to[run->next] == NO_INDEX); run->next++)
        if (!a->old_counts[run->next])
            put_old(a, run->next);
}

/* The new order of what counts. What does not is behind the same counting element as in the old
 * array, in the old order; an element that is new there is among it where it is in the new one. */
static int join_ordered(struct applying *f, struct filter_alignment *a, bool within) {
    struct run run = run_from(a, 0);
    put_uncounted(a, &run, 0);
    for (uint32_t j = 0; j < a->new->length; j++) {
        uint32_t i = a->from[j];
        if (i == NO_INDEX) {
            if (a->new_counts[j])
                put_new(a, j);
        } else if (a->to[i] == FILTER_UNCOUNTED) {
            if (i >= run.next && i < run.end)
                put_uncounted(a, &run, i + 1);
        } else {
            put_uncounted(a, &run, run.end);
            if (put_both(f, a, i, j, within))
                return -1;
            run = run_from(a, i + 1);
            put_uncounted(a, &run, 0);
        }
    }
    put_uncounted(a, &run, run.end);
    return 0;
}

/* The old order, and what is new at the end. */
static int join_unordered(struct applying *f, struct filter_alignment *a, bool within) {
    for (uint32_t i = 0; i < a->old->length; i++) {
        if (a->to[i] < FILTER_UNCOUNTED) {
            if (put_both(f, a, i, a->to[i], within))
                return -1;
        } else if (!a->old_counts[i]) {
            put_old(a, i);
        }
    }
    for (uint32_t j = 0; j < a->new->length; j++)
        if (a->from[j] == NO_INDEX && a->new_counts[j])
            put_new(a, j);
    return 0;
}

static bool same_items(const struct filter_alignment *a, const struct delta_value *array) {
    if (a->count != array->length)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!value_same(&a->items[i], &value_items(array)[i]))
            return false;
    return true;
}

/* Notes where the elements of an array that was made are, and which old ones they are: also of one
 * whose places are the same in both states, unless nothing of the old one is left in it. */
static int put_places(struct applying *f, const struct filter_alignment *a,
                      const struct delta_value *made) {
    if (!a->by_index && places_add(f->arena, f->places, f->pointer.data, f->pointer.length,
                                   a->index, a->count, f->err))
        return -1;
    if (value_items(made) == value_items(a->old) || (a->by_index && same_items(a, a->new)))
        return 0;
    return places_add_pairing(f->arena, f->places, a->old, made, a->origin, f->err);
}

static int effective_array(struct applying *f, const struct delta_value *old,
                           const struct delta_value *new, bool within, struct delta_value *out) {
    struct filter_alignment a;
    int status = filter_alignment_open(&a, old, new, f->err);
    if (status == 0)
        status = filter_alignment_find(&a, &f->projector, f->scratch, within);
    if (status == 0)
        status = a.by_index                                  ? join_by_index(f, &a, within)
                 : filter_match(&f->place, FILTER_UNORDERED) ? join_unordered(f, &a, within)
                                                             : join_ordered(f, &a, within);
    if (status == 0) {
        *out = *old;
        if (!same_items(&a, old))
            status = value_array(f->arena, a.items, a.count, out, f->err);
        if (status == 0 && f->places)
            status = put_places(f, &a, out);
    }
    filter_alignment_close(&a);
    return status;
}

static bool equal_numbers(const struct delta_value *a, const struct delta_value *b) {
    return a->type == DELTA_NUMBER && b->type == DELTA_NUMBER &&
           number_compare(a->text, a->length, b->text, b->length) == 0;
}

/* Whether containers that strings hold, or one that a string holds and another one, differ in
 * nothing that counts: 1 or 0; -1 when out of memory. */
static int same_held(struct applying *f, const struct delta_value *old,
                     const struct delta_value *new, bool within) {
    struct delta_value result;
    struct delta_places *const places = f->places;
    f->places = NULL; /* nothing within a string has a place */
    int status = effective(f, old, new, within, &result);
    f->places = places;
    return status ? -1 : value_same(&result, old);
}

/* Whether two numbers differ by more than the bound: 1 or 0; -1 when out of memory. */
static int is_outside(struct applying *f, const char *bound, const struct delta_value *old,
                      const struct delta_value *new) {
    int outside =
        number_outside(old->text, old->length, new->text, new->length, bound, strlen(bound));
    if (outside > 0 && f->place.filter->either_way)
        outside =
            number_outside(new->text, new->length, old->text, old->length, bound, strlen(bound));
    return outside < 0 ? err_memory(f->err) : outside;
}

/* Whether values that differ at this place or below it may count as the same for what they are. */
static bool looks_inside(const struct filter_place *place) {
    return place->filter->numeric || place->filter->keys_only ||
           filter_match(place, FILTER_EMBEDDED) || filter_matches_below(place, FILTER_EMBEDDED);
}

/* Whether values that are not two objects or two arrays differ in nothing that counts at this
 * place: 1 or 0; -1 when out of memory. */
static int same_here(struct applying *f, const struct delta_value *old,
                     const struct delta_value *new, bool within) {
    const struct pattern_state *bound = filter_match(&f->place, FILTER_TOLERANCE);
    const struct delta_value *in_old, *in_new;
    if (f->place.filter->numeric && equal_numbers(old, new))
        return 1;
    if (filter_place_value(&f->place, f->scratch, old, &in_old, f->err) ||
        filter_place_value(&f->place, f->scratch, new, &in_new, f->err))
        return -1;
    bool containers[2] = {value_is_container(in_old), value_is_container(in_new)};
    if ((in_old != old || in_new != new) && containers[0] && containers[1])
        return same_held(f, in_old, in_new, within);
    if (f->place.filter->keys_only && !containers[0] && !containers[1])
        return 1;
    if (!bound || old->type != DELTA_NUMBER || new->type != DELTA_NUMBER)
        return 0;
    int outside = is_outside(f, bound->label, old, new);
    return outside < 0 ? -1 : !outside;
}

static int effective(struct applying *f, const struct delta_value *old,
                     const struct delta_value *new, bool within, struct delta_value *out) {
    *out = *old;
    if (value_same(old, new) || filter_match(&f->place, FILTER_IGNORE))
        return 0;
    within = filter_counts_whole(&f->place, within);
    if (!within && !filter_matches_below(&f->place, FILTER_ONLY))
        return 0;
    if (within && !looks_inside(&f->place) && !filter_matches_below(&f->place, FILTER_IGNORE) &&
        !filter_match(&f->place, FILTER_TOLERANCE) &&
        !filter_matches_below(&f->place, FILTER_TOLERANCE) &&
        !filter_match(&f->place, FILTER_UNORDERED) &&
        !filter_matches_below(&f->place, FILTER_UNORDERED)) {
        *out = *new;
        return 0;
    }
    if (old->type == DELTA_OBJECT && new->type == DELTA_OBJECT)
        return effective_object(f, old, new, within, out);
    if (old->type == DELTA_ARRAY && new->type == DELTA_ARRAY)
        return effective_array(f, old, new, within, out);
    int same = same_here(f, old, new, within);
    if (same == 0 && (projector_counts(&f->projector, old, within) ||
                      projector_counts(&f->projector, new, within)))
        *out = *new;
    return same < 0 ? -1 : 0;
}

/* The value that a patch is to lead to so that only what counts has changed: `new`, with everything
 * else as it is in `old`; `old` itself where nothing counts that differs. Shares both. An ignored
 * place keeps its old value, or stays absent; a change of what it is in is a change. Under `only` a
 * value that was added, removed or replaced counts where it holds, before or after, a place that
 * counts. O(size of what differs), for each different thing that patterns say at its places:
 * patterns with indices may say another one for each array that it is in. */
static int filter_effective(struct delta_arena *arena, const struct delta_filter *filter,
                            const struct delta_value *old, const struct delta_value *new,
                            struct delta_value *out, struct delta_places *places,
                            struct delta_err *err) {
    struct applying f = {.arena = arena,
                         .scratch = delta_arena_new(),
                         .projector = {.arena = delta_arena_new(), .err = err},
                         .places = places,
                         .err = err};
    struct delta_value result;
    int status = f.scratch && f.projector.arena ? 0 : err_memory(err);
    f.projector.place = &f.place;
    filter_place_open(&f.place, filter);
    if (status == 0)
        status = effective(&f, old, new, filter->only.count == 0, &result);
    if (filter_place_close(&f.place, err) || f.pointer.failed || f.projector.failed)
        status = err_memory(err);
    projector_free(&f.projector);
    delta_arena_free(f.projector.arena);
    delta_arena_free(f.scratch);
    delta_buf_free(&f.pointer);
    if (status == 0)
        *out = result;
    return status;
}

const struct delta_value *
delta_filter_place(struct delta_arena *arena, const struct delta_filter *filter,
                   const struct delta_value *old_state, const struct delta_value *new_state,
                   const struct delta_places **places, struct delta_err *err) {
    if (places)
        *places = NULL;
    if (!filter->ignore.count && !filter->only.count && !filter->unordered.count &&
        !filter->embedded.count && !filter->numeric && !filter->keys_only &&
        !filter->tolerance.count)
        return new_state;
    struct delta_value *result = arena_alloc(arena, sizeof *result);
    struct delta_places *found = places ? arena_alloc(arena, sizeof *found) : NULL;
    if (!result || (places && !found))
        return err_no_memory(err);
    if (found)
        *found = (struct delta_places){0};
    if (filter_effective(arena, filter, old_state, new_state, result, found, err))
        return NULL;
    if (found) {
        places_sort(found);
        *places = found;
    }
    return result;
}

const struct delta_value *delta_filter_apply(struct delta_arena *arena,
                                             const struct delta_filter *filter,
                                             const struct delta_value *old_state,
                                             const struct delta_value *new_state,
                                             struct delta_err *err) {
    return delta_filter_place(arena, filter, old_state, new_state, NULL, err);
}
