#include "diff/filter.h"

#include "base/err.h"
#include "diff/identity.h"
#include "json/member_index.h"
#include "json/number.h"
#include "json/numeric.h"

#include <stdlib.h>
#include <string.h>

struct filtering {
    struct delta_arena *arena;
    const struct delta_filter *filter;
    struct delta_err *err;
    struct pointer_walk ignore, only, unordered, keys;
};

/* ---- Places ---- */

static void down_key(struct filtering *f, const struct value_key *key) {
    pointer_walk_key(&f->ignore, key->text, key->length);
    pointer_walk_key(&f->only, key->text, key->length);
    pointer_walk_key(&f->unordered, key->text, key->length);
    pointer_walk_key(&f->keys, key->text, key->length);
}

static void down_index(struct filtering *f, uint32_t index) {
    pointer_walk_index(&f->ignore, index);
    pointer_walk_index(&f->only, index);
    pointer_walk_index(&f->unordered, index);
    pointer_walk_index(&f->keys, index);
}

static void up(struct filtering *f) {
    pointer_walk_up(&f->ignore);
    pointer_walk_up(&f->only);
    pointer_walk_up(&f->unordered);
    pointer_walk_up(&f->keys);
}

static bool is_ignored(const struct filtering *f) {
    return pointer_walk_match(&f->ignore) != NULL;
}

/* Whether all of this place counts, when `within` says so of what it lies in. */
static bool counts_whole(const struct filtering *f, bool within) {
    return within || pointer_walk_match(&f->only);
}

/* Whether the value at this place holds anything that counts. */
static bool counts(struct filtering *f, const struct delta_value *value, bool within) {
    if (is_ignored(f))
        return false;
    if (counts_whole(f, within))
        return true;
    if (!value_is_container(value) || !pointer_walk_open_below(&f->only))
        return false;
    bool found = false;
    for (uint32_t i = 0; i < value->length && !found; i++) {
        if (value->type == DELTA_ARRAY)
            down_index(f, i);
        else
            down_key(f, value_members(value)[i].key);
        found = counts(
            f, value->type == DELTA_ARRAY ? &value_items(value)[i] : &value_members(value)[i].value,
            false);
        up(f);
    }
    return found;
}

/* ---- Projection: one value for all that differ in nothing that counts ------------------------ */

static int project(struct filtering *f, const struct delta_value *value, bool within,
                   struct delta_value *out);

static int compare_digests(const void *a, const void *b) {
    struct delta_digest left = delta_value_digest(a), right = delta_value_digest(b);
    if (left.high != right.high)
        return left.high < right.high ? -1 : 1;
    return (left.low > right.low) - (left.low < right.low);
}

/* The elements that count; `places` (may be NULL) gets the index of each. */
static int project_items(struct filtering *f, const struct delta_value *value, bool within,
                         struct value_array *array, uint32_t *count, uint32_t *places) {
    *count = 0;
    for (uint32_t i = 0; i < value->length; i++) {
        const struct delta_value *item = &value_items(value)[i];
        int status = 0;
        down_index(f, i);
        if (counts(f, item, within)) {
            status = project(f, item, within, &array->items[*count]);
            if (places)
                places[*count] = i;
            ++*count;
        }
        up(f);
        if (status)
            return -1;
    }
    return 0;
}

static int project_array(struct filtering *f, const struct delta_value *value, bool within,
                         struct delta_value *out) {
    struct value_array *array = value_array_open(f->arena, value->length);
    uint32_t count;
    if (!array)
        return err_memory(f->err);
    if (project_items(f, value, within, array, &count, NULL))
        return -1;
    if (pointer_walk_match(&f->unordered))
        qsort(array->items, count, sizeof *array->items, compare_digests);
    return value_array_close(array, count, out, f->err);
}

static int project_object(struct filtering *f, const struct delta_value *value, bool within,
                          struct delta_value *out) {
    struct value_object *object = value_object_open(f->arena, value->length);
    if (!object)
        return err_memory(f->err);
    size_t count = 0;
    for (uint32_t i = 0; i < value->length; i++) {
        const struct value_member *member = &value_members(value)[i];
        int status = 0;
        down_key(f, member->key);
        if (counts(f, &member->value, within)) {
            object->members[count].key = member->key;
            status = project(f, &member->value, within, &object->members[count++].value);
        }
        up(f);
        if (status)
            return -1;
    }
    return value_object_close(object, count, out, f->err);
}

/* `value` counts. */
static int project(struct filtering *f, const struct delta_value *value, bool within,
                   struct delta_value *out) {
    within = counts_whole(f, within);
    if (value->type == DELTA_NUMBER && f->filter->numeric)
        return numeric_number(f->arena, value, out, f->err);
    *out = *value;
    if (!value_is_container(value))
        return 0;
    if (within && !f->filter->numeric && !pointer_walk_open_below(&f->ignore) &&
        !pointer_walk_match(&f->unordered) && !pointer_walk_open_below(&f->unordered))
        return 0;
    return value->type == DELTA_ARRAY ? project_array(f, value, within, out)
                                      : project_object(f, value, within, out);
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
    down_key(f, member->key);
    if (other)
        status = effective(f, &member->value, &other->value, within, &out->value);
    else
        *kept = !counts(f, &member->value, within);
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
        down_key(f, member->key);
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
    uint32_t *from;            /* by new element: the old one that it is, or NONE */
    uint32_t *to;              /* by old element: the new one that it is, or NONE */
    bool *old_counts;          /* by old element */
    bool *new_counts;          /* by new element */
    uint32_t *places;          /* scratch: of the projected elements */
    struct delta_value *items; /* the effective elements */
    uint32_t count;
};

#define NONE UINT32_MAX

static int open_alignment(struct filtering *f, struct alignment *a) {
    size_t old = a->old->length, new = a->new->length;
    a->from = reallocarray(NULL, 2 * (old + new) + 1, sizeof *a->from);
    a->old_counts = calloc(old + new + 1, sizeof *a->old_counts);
    a->items = reallocarray(NULL, old + new + 1, sizeof *a->items);
    if (!a->from || !a->old_counts || !a->items)
        return err_memory(f->err);
    a->to = a->from + new;
    a->places = a->to + old;
    a->new_counts = a->old_counts + old;
    memset(a->from, 0xff, (old + new) * sizeof *a->from);
    return 0;
}

static void close_alignment(struct alignment *a) {
    free(a->from);
    free(a->old_counts);
    free(a->items);
}

/* Finds which projected elements are the same one: by the array's key, else by likeness. */
static int match_projected(struct filtering *f, const struct identity_pair *pair, uint32_t *from) {
    const struct pattern_state *given = pointer_walk_match(&f->keys);
    enum pairing_mode mode = pointer_walk_match(&f->unordered) ? PAIRING_ANY_ORDER : PAIRING_SHOW;
    struct identity_key key;
    uint32_t prefix, suffix;
    if (given && identity_key_parse(f->arena, given->label, &key, f->err))
        return -1;
    return identity_align(f->arena, pair, given ? &key : NULL, mode, from, &prefix, &suffix,
                          f->err);
}

/* Finds which elements that count are the same one, changed or not. */
static int align(struct filtering *f, struct alignment *a, bool within) {
    uint32_t old_count, new_count;
    uint32_t *new_places = a->places + a->old->length;
    struct value_array *old = value_array_open(f->arena, a->old->length);
    struct value_array *new = value_array_open(f->arena, a->new->length);
    uint32_t *from = arena_array(f->arena, a->new->length, sizeof *from);
    if (!old || !new || !from)
        return err_memory(f->err);
    if (project_items(f, a->old, within, old, &old_count, a->places) ||
        project_items(f, a->new, within, new, &new_count, new_places))
        return -1;
    struct identity_pair pair = {
        .a = old->items, .b = new->items, .a_count = old_count, .b_count = new_count};
    if (match_projected(f, &pair, from))
        return -1;
    for (uint32_t i = 0; i < old_count; i++)
        a->old_counts[a->places[i]] = true;
    for (uint32_t j = 0; j < new_count; j++) {
        a->new_counts[new_places[j]] = true;
        if (from[j] == IDENTITY_NONE)
            continue;
        a->from[new_places[j]] = a->places[from[j]];
        a->to[a->places[from[j]]] = new_places[j];
    }
    return 0;
}

/* Puts the element that stands in both arrays. */
static int put_both(struct filtering *f, struct alignment *a, uint32_t i, uint32_t j, bool within) {
    down_index(f, j);
    int status = effective(f, &value_items(a->old)[i], &value_items(a->new)[j], within,
                           &a->items[a->count++]);
    up(f);
    return status;
}

/* Puts old elements that do not count, from `i` up to the next one that stands in both. */
static void put_uncounted(struct alignment *a, uint32_t i) {
    for (; i < a->old->length && a->to[i] == NONE; i++)
        if (!a->old_counts[i])
            a->items[a->count++] = value_items(a->old)[i];
}

/* The new order; what does not count stays behind the element that it stood behind. */
static int join_ordered(struct filtering *f, struct alignment *a, bool within) {
    put_uncounted(a, 0);
    for (uint32_t j = 0; j < a->new->length; j++) {
        if (a->from[j] != NONE) {
            if (put_both(f, a, a->from[j], j, within))
                return -1;
            put_uncounted(a, a->from[j] + 1);
        } else if (a->new_counts[j]) {
            a->items[a->count++] = value_items(a->new)[j];
        }
    }
    return 0;
}

/* The old order, and what is new at the end. */
static int join_unordered(struct filtering *f, struct alignment *a, bool within) {
    for (uint32_t i = 0; i < a->old->length; i++) {
        if (a->to[i] != NONE) {
            if (put_both(f, a, i, a->to[i], within))
                return -1;
        } else if (!a->old_counts[i]) {
            a->items[a->count++] = value_items(a->old)[i];
        }
    }
    for (uint32_t j = 0; j < a->new->length; j++)
        if (a->from[j] == NONE && a->new_counts[j])
            a->items[a->count++] = value_items(a->new)[j];
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
        status = pointer_walk_match(&f->unordered) ? join_unordered(f, &a, within)
                                                   : join_ordered(f, &a, within);
    if (status == 0) {
        *out = *old;
        if (!same_items(&a))
            status = value_array(f->arena, a.items, a.count, out, f->err);
    }
    close_alignment(&a);
    return status;
}

static bool equal_numbers(const struct delta_value *a, const struct delta_value *b) {
    return a->type == DELTA_NUMBER && b->type == DELTA_NUMBER &&
           number_compare(a->text, a->length, b->text, b->length) == 0;
}

static int effective(struct filtering *f, const struct delta_value *old,
                     const struct delta_value *new, bool within, struct delta_value *out) {
    *out = *old;
    if (value_same(old, new) || is_ignored(f))
        return 0;
    within = counts_whole(f, within);
    if (!within && !pointer_walk_open_below(&f->only))
        return 0;
    if (old->type == DELTA_OBJECT && new->type == DELTA_OBJECT)
        return effective_object(f, old, new, within, out);
    if (old->type == DELTA_ARRAY && new->type == DELTA_ARRAY)
        return effective_array(f, old, new, within, out);
    if (f->filter->numeric && equal_numbers(old, new))
        return 0;
    if (counts(f, old, within) || counts(f, new, within))
        *out = *new;
    return 0;
}

/* The value that a patch is to lead to so that only what counts has changed: `new`, with everything
 * else as it is in `old`; `old` itself where nothing counts that differs. Shares both.
 *
 * Places are named by the index in `new`, those of elements that are gone by the one in `old`. An
 * ignored place keeps its old value, or stays absent; a change of what it lies in is a change.
 * Under `only` a value that came, went or was replaced counts where it holds, before or after, a
 * place that counts. O(size of what differs, times the depth of its arrays). */
static int filter_effective(struct delta_arena *arena, const struct delta_filter *filter,
                            const struct delta_value *old, const struct delta_value *new,
                            struct delta_value *out, struct delta_err *err) {
    struct filtering f = {.arena = arena, .filter = filter, .err = err};
    pointer_walk_open(&f.ignore, &filter->ignore);
    pointer_walk_open(&f.only, &filter->only);
    pointer_walk_open(&f.unordered, &filter->unordered);
    pointer_walk_open(&f.keys, &filter->array_keys);
    struct delta_value result;
    int status = effective(&f, old, new, filter->only.count == 0, &result);
    pointer_walk_close(&f.ignore);
    pointer_walk_close(&f.only);
    pointer_walk_close(&f.unordered);
    pointer_walk_close(&f.keys);
    if (f.ignore.failed || f.only.failed || f.unordered.failed || f.keys.failed)
        return err_memory(err);
    if (status == 0)
        *out = result;
    return status;
}

/* ---- The public face ---- */

static int compile(struct delta_arena *arena, const struct delta_pointers *pointers,
                   struct pointer_patterns *out, struct delta_err *err) {
    struct pattern_source *sources = arena_array(arena, pointers->count, sizeof *sources);
    if (!sources)
        return err_memory(err);
    for (size_t i = 0; i < pointers->count; i++)
        sources[i] = (struct pattern_source){.text = pointers->items[i],
                                             .length = strlen(pointers->items[i])};
    return pointer_patterns_compile(arena, sources, pointers->count, out, err);
}

static int compile_keys(struct delta_arena *arena, const struct delta_filter_options *options,
                        struct pointer_patterns *out, struct delta_err *err) {
    size_t count = options->array_key_count;
    struct pattern_source *sources = arena_array(arena, count, sizeof *sources);
    if (!sources)
        return err_memory(err);
    for (size_t i = 0; i < count; i++) {
        const struct delta_array_key *key = &options->array_keys[i];
        sources[i] = (struct pattern_source){
            .text = key->pointer, .length = strlen(key->pointer), .label = key->member};
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
    *filter = (struct delta_filter){.numeric = options->numeric};
    if (compile(arena, &options->ignore, &filter->ignore, err) ||
        compile(arena, &options->only, &filter->only, err) ||
        compile(arena, &options->unordered, &filter->unordered, err) ||
        compile(arena, &options->mask, &filter->mask, err) ||
        compile_keys(arena, options, &filter->array_keys, err))
        return NULL;
    return filter;
}

const struct delta_value *delta_filter_apply(struct delta_arena *arena,
                                             const struct delta_filter *filter,
                                             const struct delta_value *old_state,
                                             const struct delta_value *new_state,
                                             struct delta_err *err) {
    if (!filter->ignore.count && !filter->only.count && !filter->unordered.count &&
        !filter->numeric)
        return new_state;
    struct delta_value *result = arena_alloc(arena, sizeof *result);
    if (!result) {
        err_memory(err);
        return NULL;
    }
    if (filter_effective(arena, filter, old_state, new_state, result, err))
        return NULL;
    return result;
}
