#include "diff/filter.h"

#include "base/array.h"
#include "base/err.h"
#include "base/hash.h"
#include "diff/identity.h"
#include "diff/places.h"
#include "diff/projections.h"
#include "json/embedded.h"
#include "json/member_index.h"
#include "json/number.h"
#include "json/numeric.h"

#include <stdlib.h>
#include <string.h>

struct filtering {
    struct delta_arena *arena;
    struct delta_arena *scratch; /* given back after each alignment */
    struct delta_arena *projected;
    struct projections projections; /* of containers in arrays, in `projected` */
    const struct delta_filter *filter;
    struct delta_err *err;
    struct pattern_matcher ignore, only, unordered, keys, embedded, tolerance;
    struct delta_places *places; /* NULL: not asked for */
    struct delta_buf pointer;    /* in the new state, for the places */
};

/* ---- Places ---- */

enum { MATCHERS = 6 };

static void walks_of(struct filtering *f, struct pattern_matcher *matchers[MATCHERS]) {
    matchers[0] = &f->ignore;
    matchers[1] = &f->only;
    matchers[2] = &f->unordered;
    matchers[3] = &f->keys;
    matchers[4] = &f->embedded;
    matchers[5] = &f->tolerance;
}

/* Into a member or an element; `old` and `new` are its values, or NULL. */
static void down_key(struct filtering *f, const struct value_key *key,
                     const struct delta_value *old, const struct delta_value *new) {
    struct pattern_matcher *matchers[MATCHERS];
    walks_of(f, matchers);
    for (size_t i = 0; i < MATCHERS; i++) {
        pattern_matcher_key(matchers[i], key->text, key->length);
        pattern_matcher_value(matchers[i], old);
        pattern_matcher_value(matchers[i], new);
    }
}

static void down_index(struct filtering *f, uint32_t index, const struct delta_value *old,
                       const struct delta_value *new) {
    struct pattern_matcher *matchers[MATCHERS];
    walks_of(f, matchers);
    for (size_t i = 0; i < MATCHERS; i++) {
        pattern_matcher_index(matchers[i], index);
        pattern_matcher_value(matchers[i], old);
        pattern_matcher_value(matchers[i], new);
    }
}

/* Into an element whose index does not matter yet. */
static void down_any(struct filtering *f, const struct delta_value *element) {
    struct pattern_matcher *matchers[MATCHERS];
    walks_of(f, matchers);
    for (size_t i = 0; i < MATCHERS; i++) {
        pattern_matcher_any(matchers[i]);
        pattern_matcher_value(matchers[i], element);
    }
}

static void up(struct filtering *f) {
    struct pattern_matcher *matchers[MATCHERS];
    walks_of(f, matchers);
    for (size_t i = 0; i < MATCHERS; i++)
        pattern_matcher_up(matchers[i]);
}

static bool is_ignored(const struct filtering *f) {
    return pattern_matcher_match(&f->ignore) != NULL;
}

/* Whether all of this place counts, when `within` says so of what it is in. */
static bool counts_whole(const struct filtering *f, bool within) {
    return within || pattern_matcher_match(&f->only);
}

/* A hash of all that decides what counts within a value. */
static uint64_t place_of(const struct filtering *f, bool within) {
    return hash_mix(hash_mix(pattern_matcher_hash(&f->ignore), pattern_matcher_hash(&f->only)),
                    hash_mix(pattern_matcher_hash(&f->unordered), within));
}

/* Whether the value at this place holds anything that counts. O(size) of what is not remembered. */
static bool counts(struct filtering *f, const struct delta_value *value, bool within) {
    if (is_ignored(f))
        return false;
    if (counts_whole(f, within))
        return true;
    if (!value_is_container(value) || !pattern_matcher_may_match_below(&f->only))
        return false;
    const struct projection *known = projections_find(&f->projections, value, place_of(f, within));
    if (known)
        return known->found;
    bool found = false;
    for (uint32_t i = 0; i < value->length && !found; i++) {
        const struct delta_value *part =
            value->type == DELTA_ARRAY ? &value_items(value)[i] : &value_members(value)[i].value;
        if (value->type == DELTA_ARRAY)
            down_index(f, i, part, NULL);
        else
            down_key(f, value_members(value)[i].key, part, NULL);
        found = counts(f, part, false);
        up(f);
    }
    return found;
}

/* Whether values that differ at this place or below it may count as the same for what they are. */
static bool looks_inside(const struct filtering *f) {
    return f->filter->numeric || f->filter->keys_only || pattern_matcher_match(&f->embedded) ||
           pattern_matcher_may_match_below(&f->embedded);
}

/* Whether a filter distinguishes anything below this place, which counts if `within`. */
static bool distinguishes(const struct filtering *f, bool within) {
    return pattern_matcher_may_match_below(&f->ignore) ||
           pattern_matcher_may_match_below(&f->tolerance) ||
           (!within && pattern_matcher_may_match_below(&f->only));
}

/* ---- Projection: one value for all that differ in nothing that counts ------------------------
 *
 * Only for pairing elements. Of parts that do not count nothing is left; `*found` says whether
 * anything is. O(size). */

static int project(struct filtering *f, const struct delta_value *value, bool within,
                   struct delta_value *out, bool *found);

/* The projection of an element: containers in arrays that are within elements, `remembered`, are
 * elements themselves when their array is aligned. */
static int project_element(struct filtering *f, const struct delta_value *item, bool within,
                           bool remembered, struct delta_value *out, bool *found) {
    if (!value_is_container(item))
        return project(f, item, within, out, found);
    struct projection new = {.of = item, .place = place_of(f, within)};
    const struct projection *known = projections_find(&f->projections, item, new.place);
    if (known) {
        *out = known->value;
        *found = known->found;
        return 0;
    }
    if (project(f, item, within, out, found))
        return -1;
    new.value = *out;
    new.found = *found;
    return remembered ? projections_add(&f->projections, new, f->err) : 0;
}

static int compare_digests(const void *a, const void *b) {
    struct delta_digest left = delta_value_digest(a), right = delta_value_digest(b);
    if (left.high != right.high)
        return left.high < right.high ? -1 : 1;
    return (left.low > right.low) - (left.low < right.low);
}

static int project_array(struct filtering *f, const struct delta_value *value, bool within,
                         struct delta_value *out, bool *found) {
    struct value_array *array = value_array_open(f->projected, value->length);
    if (!array)
        return err_memory(f->err);
    uint32_t count = 0;
    for (uint32_t i = 0; i < value->length; i++) {
        const struct delta_value *item = &value_items(value)[i];
        bool kept;
        down_index(f, i, item, NULL);
        int status = project_element(f, item, within, true, &array->items[count], &kept);
        up(f);
        if (status)
            return -1;
        count += kept;
    }
    if (pattern_matcher_match(&f->unordered))
        qsort(array->items, count, sizeof *array->items, compare_digests);
    *found |= count > 0;
    return value_array_close(array, count, out, f->err);
}

static int project_object(struct filtering *f, const struct delta_value *value, bool within,
                          struct delta_value *out, bool *found) {
    struct value_object *object = value_object_open(f->projected, value->length);
    if (!object)
        return err_memory(f->err);
    size_t count = 0;
    for (uint32_t i = 0; i < value->length; i++) {
        const struct value_member *member = &value_members(value)[i];
        bool kept;
        object->members[count].key = member->key;
        down_key(f, member->key, &member->value, NULL);
        int status = project(f, &member->value, within, &object->members[count].value, &kept);
        up(f);
        if (status)
            return -1;
        count += kept;
    }
    *found |= count > 0;
    return value_object_close(object, count, out, f->err);
}

static int project(struct filtering *f, const struct delta_value *value, bool within,
                   struct delta_value *out, bool *found) {
    within = counts_whole(f, within);
    *found = within && !is_ignored(f);
    *out = *value;
    if (is_ignored(f) || (!within && !pattern_matcher_may_match_below(&f->only)))
        return 0;
    if (value->type == DELTA_NUMBER && f->filter->numeric)
        return numeric_number(f->projected, value, out, f->err);
    if (!value_is_container(value)) {
        if (f->filter->keys_only)
            *out = value_literal(DELTA_NULL);
        return 0;
    }
    if (within && !f->filter->numeric && !f->filter->keys_only &&
        !pattern_matcher_may_match_below(&f->ignore) && !pattern_matcher_match(&f->unordered) &&
        !pattern_matcher_may_match_below(&f->unordered))
        return 0;
    return value->type == DELTA_ARRAY ? project_array(f, value, within, out, found)
                                      : project_object(f, value, within, out, found);
}

/* ---- The effective value ---- */

static int effective(struct filtering *f, const struct delta_value *old,
                     const struct delta_value *new, bool within, struct delta_value *out);

/* What becomes of an old member: `*kept` is false when it is gone. */
static int old_member(struct filtering *f, const struct value_member *member,
                      const struct value_member *other, bool within, struct value_member *out,
                      bool *kept) {
    int status = 0;
    *kept = true;
    *out = *member;
    size_t above = f->pointer.length;
    down_key(f, member->key, &member->value, other ? &other->value : NULL);
    if (f->places)
        pointer_put_key(&f->pointer, member->key->text, member->key->length);
    if (other)
        status = effective(f, &member->value, &other->value, within, &out->value);
    else
        *kept = !counts(f, &member->value, within);
    f->pointer.length = f->pointer.failed ? 0 : above;
    up(f);
    return status;
}

static int join_members(struct filtering *f, const struct delta_value *old,
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
        down_key(f, member->key, NULL, &member->value);
        if (counts(f, &member->value, within)) {
            object->members[count++] = *member;
            changed = true;
        }
        up(f);
    }
    *out = *old;
    return changed ? value_object_close(object, count, out, f->err) : 0;
}

static int effective_object(struct filtering *f, const struct delta_value *old,
                            const struct delta_value *new, bool within, struct delta_value *out) {
    struct member_index in_old, in_new = {0};
    int status = member_index_open(&in_old, old, f->err) || member_index_open(&in_new, new, f->err)
                     ? -1
                     : join_members(f, old, new, within, &in_old, &in_new, out);
    member_index_close(&in_old);
    member_index_close(&in_new);
    return status;
}

/* Two arrays and which elements are the same one. All but the values is malloc'ed. */
struct alignment {
    const struct delta_value *old, *new;
    uint32_t *from;            /* by new element: the old one that it is, or NO_INDEX */
    uint32_t *to;              /* by old element: the new one that it is, UNCOUNTED or NO_INDEX */
    bool *old_counts;          /* by old element without a counterpart */
    bool *new_counts;          /* by new element without one */
    struct delta_value *items; /* the effective elements */
    uint32_t *index;           /* of each in the new array, or NO_INDEX */
    uint32_t count;
    bool by_index; /* a place is the same index in both */
};

#define UNCOUNTED (NO_INDEX - 1) /* there is one, but nothing of it counts */

static int open_alignment(struct filtering *f, struct alignment *a) {
    size_t old = a->old->length, new = a->new->length;
    a->from = reallocarray(NULL, 2 * (old + new) + 1, sizeof *a->from);
    a->old_counts = calloc(old + new + 1, sizeof *a->old_counts);
    a->items = reallocarray(NULL, old + new + 1, sizeof *a->items);
    if (!a->from || !a->old_counts || !a->items)
        return err_memory(f->err);
    a->to = a->from + new;
    a->index = a->to + old;
    a->new_counts = a->old_counts + old;
    memset(a->from, 0xff, (old + new) * sizeof *a->from);
    return 0;
}

static void close_alignment(struct alignment *a) {
    free(a->from);
    free(a->old_counts);
    free(a->items);
}

/* What pairs an element: its parts that count wherever it is in the array, or all of it where there
 * are none. */
static const struct delta_value *project_elements(struct filtering *f,
                                                  const struct delta_value *array, bool within) {
    struct delta_value *items = arena_array(f->scratch, array->length, sizeof *items);
    if (!items)
        err_memory(f->err);
    for (uint32_t i = 0; items && i < array->length; i++) {
        const struct delta_value *item = &value_items(array)[i];
        bool found;
        down_any(f, item);
        int status = project_element(f, item, within, false, &items[i], &found);
        up(f);
        if (status)
            return NULL;
        if (!found)
            items[i] = *item;
    }
    return items;
}

static bool has_object(const struct delta_value *array) {
    for (uint32_t i = 0; i < array->length; i++)
        if (value_items(array)[i].type == DELTA_OBJECT)
            return true;
    return false;
}

/* Finds the array's key: the one that was given, or inferred from all of the elements, so that what
 * does not count identifies too. */
static int find_key(struct filtering *f, const struct alignment *a, struct identity_key *key) {
    const struct pattern_state *given = pattern_matcher_match(&f->keys);
    struct identity_pair whole = {.a = value_items(a->old),
                                  .b = value_items(a->new),
                                  .a_count = a->old->length,
                                  .b_count = a->new->length};
    *key = (struct identity_key){.count = 0};
    if (!has_object(a->old) || !has_object(a->new))
        return 0;
    if (given)
        return identity_key_parse(f->scratch, given->label, key, f->err);
    return identity_infer(f->scratch, &whole, 1, key, NULL, NULL, f->err);
}

/* Finds which elements are the same one, in `a->from`. */
static int match_elements(struct filtering *f, struct alignment *a, bool within) {
    bool unordered = pattern_matcher_match(&f->unordered) != NULL;
    struct identity_pair pair = {.a = value_items(a->old),
                                 .b = value_items(a->new),
                                 .a_count = a->old->length,
                                 .b_count = a->new->length};
    struct identity_key key;
    uint32_t prefix, suffix;
    if (find_key(f, a, &key))
        return -1;
    if (key.count == 0) {
        a->by_index = !unordered && pair.a_count == pair.b_count && distinguishes(f, within);
        if (a->by_index)
            return 0;
        pair.a = project_elements(f, a->old, within);
        pair.b = pair.a ? project_elements(f, a->new, within) : NULL;
        if (!pair.b)
            return -1;
    }
    return identity_align(f->scratch, &pair, key.count ? &key : NULL,
                          unordered ? PAIRING_ANY_ORDER : PAIRING_SHOW, a->from, &prefix, &suffix,
                          f->err);
}

/* Keeps the pairs in which something counts, and notes what counts of the other elements. */
static void keep_counting(struct filtering *f, struct alignment *a, bool within) {
    for (uint32_t j = 0; j < a->new->length; j++) {
        const struct delta_value *new = &value_items(a->new)[j];
        const struct delta_value *old =
            a->from[j] != NO_INDEX ? &value_items(a->old)[a->from[j]] : NULL;
        down_index(f, j, old, new);
        bool counting = counts(f, new, within) || (old && counts(f, old, within));
        up(f);
        if (!old)
            a->new_counts[j] = counting;
        else if (counting)
            a->to[a->from[j]] = j;
        else /* the old element stays where it was */
            a->to[a->from[j]] = UNCOUNTED;
    }
    for (uint32_t i = 0; i < a->old->length; i++) {
        if (a->to[i] != NO_INDEX)
            continue;
        const struct delta_value *old = &value_items(a->old)[i];
        down_index(f, i, old, NULL);
        a->old_counts[i] = counts(f, old, within);
        up(f);
    }
}

static int align(struct filtering *f, struct alignment *a, bool within) {
    struct arena_mark mark = arena_mark(f->scratch);
    int status = match_elements(f, a, within);
    arena_rewind(f->scratch, mark);
    if (status == 0 && !a->by_index)
        keep_counting(f, a, within);
    return status;
}

/* Puts the element that both arrays have. */
static int put_both(struct filtering *f, struct alignment *a, uint32_t i, uint32_t j, bool within) {
    const struct delta_value *old = &value_items(a->old)[i], *new = &value_items(a->new)[j];
    size_t above = f->pointer.length;
    down_index(f, j, old, new);
    if (f->places)
        pointer_put_index(&f->pointer, j);
    a->index[a->count] = j;
    int status = effective(f, old, new, within, &a->items[a->count++]);
    f->pointer.length = f->pointer.failed ? 0 : above;
    up(f);
    return status;
}

static void put_one(struct alignment *a, const struct delta_value *element, uint32_t index) {
    a->index[a->count] = index;
    a->items[a->count++] = *element;
}

static int join_by_index(struct filtering *f, struct alignment *a, bool within) {
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

static struct run run_from(const struct alignment *a, uint32_t next) {
    struct run run = {next, next};
    while (run.end < a->old->length && a->to[run.end] >= UNCOUNTED)
        run.end++;
    return run;
}

/* Puts what does not count of a run: up to `end`, and behind it what the new array has not. */
static void put_uncounted(struct alignment *a, struct run *run, uint32_t end) {
    for (; run->next < run->end && (run->next < end || a->to[run->next] == NO_INDEX); run->next++)
        if (!a->old_counts[run->next])
            put_one(a, &value_items(a->old)[run->next], NO_INDEX);
}

/* The new order of what counts. What does not is behind the same counting element as in the old
 * array, in the old order; an element that is new there is among it where it is in the new one. */
static int join_ordered(struct filtering *f, struct alignment *a, bool within) {
    struct run run = run_from(a, 0);
    put_uncounted(a, &run, 0);
    for (uint32_t j = 0; j < a->new->length; j++) {
        uint32_t i = a->from[j];
        if (i == NO_INDEX) {
            if (a->new_counts[j])
                put_one(a, &value_items(a->new)[j], j);
        } else if (a->to[i] == UNCOUNTED) {
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
static int join_unordered(struct filtering *f, struct alignment *a, bool within) {
    for (uint32_t i = 0; i < a->old->length; i++) {
        if (a->to[i] < UNCOUNTED) {
            if (put_both(f, a, i, a->to[i], within))
                return -1;
        } else if (!a->old_counts[i]) {
            put_one(a, &value_items(a->old)[i], NO_INDEX);
        }
    }
    for (uint32_t j = 0; j < a->new->length; j++)
        if (a->from[j] == NO_INDEX && a->new_counts[j])
            put_one(a, &value_items(a->new)[j], j);
    return 0;
}

static bool same_items(const struct alignment *a) {
    if (a->count != a->old->length)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!value_same(&a->items[i], &value_items(a->old)[i]))
            return false;
    return true;
}

static int effective_array(struct filtering *f, const struct delta_value *old,
                           const struct delta_value *new, bool within, struct delta_value *out) {
    struct alignment a = {.old = old, .new = new};
    int status = open_alignment(f, &a);
    if (status == 0)
        status = align(f, &a, within);
    if (status == 0)
        status = a.by_index                             ? join_by_index(f, &a, within)
                 : pattern_matcher_match(&f->unordered) ? join_unordered(f, &a, within)
                                                        : join_ordered(f, &a, within);
    if (status == 0) {
        *out = *old;
        if (!same_items(&a))
            status = value_array(f->arena, a.items, a.count, out, f->err);
        if (status == 0 && f->places && !a.by_index)
            status = places_add(f->arena, f->places, f->pointer.data, f->pointer.length, a.index,
                                a.count, f->err);
    }
    close_alignment(&a);
    return status;
}

static bool equal_numbers(const struct delta_value *a, const struct delta_value *b) {
    return a->type == DELTA_NUMBER && b->type == DELTA_NUMBER &&
           number_compare(a->text, a->length, b->text, b->length) == 0;
}

/* Both strings hold arrays or objects of JSON that differ in nothing that counts: 1, else 0. */
static int same_embedded(struct filtering *f, const struct delta_value *old,
                         const struct delta_value *new, bool within) {
    struct delta_value result;
    const struct delta_value *in_old, *in_new;
    if (embedded_value(f->scratch, old, f->embedded.depth, &in_old, f->err) ||
        embedded_value(f->scratch, new, f->embedded.depth, &in_new, f->err))
        return -1;
    if (!in_old || !in_new)
        return 0;
    if (effective(f, in_old, in_new, within, &result))
        return -1;
    return value_same(&result, in_old);
}

/* Whether two numbers differ by more than the bound: 1 or 0; -1 when out of memory. */
static int is_outside(struct filtering *f, const char *bound, const struct delta_value *old,
                      const struct delta_value *new) {
    int outside =
        number_outside(old->text, old->length, new->text, new->length, bound, strlen(bound));
    if (outside > 0 && f->filter->either_way)
        outside =
            number_outside(new->text, new->length, old->text, old->length, bound, strlen(bound));
    return outside < 0 ? err_memory(f->err) : outside;
}

static int effective(struct filtering *f, const struct delta_value *old,
                     const struct delta_value *new, bool within, struct delta_value *out) {
    *out = *old;
    if (value_same(old, new) || is_ignored(f))
        return 0;
    within = counts_whole(f, within);
    if (!within && !pattern_matcher_may_match_below(&f->only))
        return 0;
    if (within && !looks_inside(f) && !pattern_matcher_may_match_below(&f->ignore) &&
        !pattern_matcher_match(&f->tolerance) && !pattern_matcher_may_match_below(&f->tolerance) &&
        !pattern_matcher_match(&f->unordered) && !pattern_matcher_may_match_below(&f->unordered)) {
        *out = *new;
        return 0;
    }
    if (old->type == DELTA_OBJECT && new->type == DELTA_OBJECT)
        return effective_object(f, old, new, within, out);
    if (old->type == DELTA_ARRAY && new->type == DELTA_ARRAY)
        return effective_array(f, old, new, within, out);
    if (f->filter->numeric && equal_numbers(old, new))
        return 0;
    if (f->filter->keys_only && !value_is_container(old) && !value_is_container(new))
        return 0;
    if (old->type == DELTA_STRING && new->type == DELTA_STRING &&
        pattern_matcher_match(&f->embedded)) {
        int same = same_embedded(f, old, new, within);
        if (same)
            return same < 0 ? -1 : 0;
    }
    const struct pattern_state *bound = pattern_matcher_match(&f->tolerance);
    if (bound && old->type == DELTA_NUMBER && new->type == DELTA_NUMBER) {
        int outside = is_outside(f, bound->label, old, new);
        if (outside <= 0)
            return outside;
    }
    if (counts(f, old, within) || counts(f, new, within))
        *out = *new;
    return 0;
}

/* The value that a patch is to lead to so that only what counts has changed: `new`, with everything
 * else as it is in `old`; `old` itself where nothing counts that differs. Shares both.
 *
 * In an array without a key that is as long as before, a place is the same index in both. Otherwise
 * elements are paired by identity, and an index is that in `new`, or in `old` for a removed
 * element. An ignored place keeps its old value, or stays absent; a change of what it is in is a
 * change. Under `only` a value that was added, removed or replaced counts where it holds, before or
 * after, a place that counts. O(size of what differs), for each different thing that patterns say
 * at its places: patterns with indices may say another one for each array that it is in. */
static int filter_effective(struct delta_arena *arena, const struct delta_filter *filter,
                            const struct delta_value *old, const struct delta_value *new,
                            struct delta_value *out, struct delta_places *places,
                            struct delta_err *err) {
    struct filtering f = {.arena = arena,
                          .scratch = delta_arena_new(),
                          .projected = delta_arena_new(),
                          .filter = filter,
                          .places = places,
                          .err = err};
    if (!f.scratch || !f.projected) {
        delta_arena_free(f.scratch);
        delta_arena_free(f.projected);
        return err_memory(err);
    }
    pattern_matcher_open(&f.ignore, &filter->ignore);
    pattern_matcher_open(&f.only, &filter->only);
    pattern_matcher_open(&f.unordered, &filter->unordered);
    pattern_matcher_open(&f.keys, &filter->array_keys);
    pattern_matcher_open(&f.embedded, &filter->embedded);
    pattern_matcher_open(&f.tolerance, &filter->tolerance);
    struct delta_value result;
    int status = effective(&f, old, new, filter->only.count == 0, &result);
    delta_arena_free(f.scratch);
    delta_arena_free(f.projected);
    projections_free(&f.projections);
    pattern_matcher_close(&f.ignore);
    pattern_matcher_close(&f.only);
    pattern_matcher_close(&f.unordered);
    pattern_matcher_close(&f.keys);
    pattern_matcher_close(&f.embedded);
    pattern_matcher_close(&f.tolerance);
    if (f.ignore.failed || f.only.failed || f.unordered.failed || f.keys.failed ||
        f.embedded.failed || f.tolerance.failed || f.pointer.failed)
        status = err_memory(err);
    delta_buf_free(&f.pointer);
    if (status == 0)
        *out = result;
    return status;
}

/* ---- The public face ---- */

int filter_compile_tolerances(struct delta_arena *arena, const struct delta_tolerance *tolerances,
                              size_t count, struct pointer_patterns *out, struct delta_err *err) {
    struct pattern_source *sources = arena_array(arena, count, sizeof *sources);
    if (!sources)
        return err_memory(err);
    for (size_t i = 0; i < count; i++) {
        const struct delta_tolerance *at = &tolerances[i];
        if (!number_is_bound(at->bound, strlen(at->bound)))
            return err_set(err, DELTA_ERR_USAGE,
                           "invalid tolerance: expected a number or a percentage such as 5%%, "
                           "not '%s'",
                           at->bound);
        sources[i] = (struct pattern_source){
            .text = at->pattern, .length = strlen(at->pattern), .label = at->bound};
    }
    return pointer_patterns_compile(arena, sources, count, out, err);
}

const struct delta_filter *delta_filter_new(struct delta_arena *arena,
                                            const struct delta_filter_options *options,
                                            struct delta_err *err) {
    struct delta_filter *filter = arena_alloc(arena, sizeof *filter);
    if (!filter) {
        err_memory(err);
        return NULL;
    }
    *filter = (struct delta_filter){.numeric = options->numeric, .keys_only = options->keys_only};
    if (pointer_patterns_of(arena, &options->ignore, &filter->ignore, err) ||
        pointer_patterns_of(arena, &options->only, &filter->only, err) ||
        pointer_patterns_of(arena, &options->unordered, &filter->unordered, err) ||
        pointer_patterns_of(arena, &options->mask, &filter->mask, err) ||
        pointer_patterns_of(arena, &options->embedded, &filter->embedded, err) ||
        pointer_patterns_of_keys(arena, options->array_keys, options->array_key_count,
                                 &filter->array_keys, err) ||
        filter_compile_tolerances(arena, options->tolerances, options->tolerance_count,
                                  &filter->tolerance, err))
        return NULL;
    return filter;
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
    if (!result || (places && !found)) {
        err_memory(err);
        return NULL;
    }
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
