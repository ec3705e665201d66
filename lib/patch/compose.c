/* One recursion over both patches, which looks at no base.
 *
 *     objects  both lists of members are in canonical order and are merged in one pass. Of a key in
 *              both the later change counts; one within the member is composed with an earlier one
 *              within it, or applied to the value that the earlier patch set
 *     arrays   each run that the second patch copies is cut where the items of the first one end:
 *              what these copied, inserted or edited takes its place. Where they start is summed up
 *              once, and the first of them is found by bisection, as runs may be in any order
 *     texts    the same, in code points. Runs ascend, so that a cursor moves along the first patch
 *     whole    of two whole values the later one counts, and what follows one is applied to it
 *
 * Invariant: an old element is used once at most, as the second patch uses what the first one makes
 * of it once at most. Values are shared, but for those that the second patch changes within. */
#include "patch/compose.h"

#include "base/err.h"
#include "base/utf8.h"
#include "patch/apply.h"

#include <stdlib.h>

static const struct delta_patch *compose(struct delta_arena *arena, const struct delta_patch *p,
                                         const struct delta_patch *q, uint32_t depth,
                                         struct delta_err *err);

static int mismatch(struct delta_err *err, const char *what) {
    err_set(err, DELTA_ERR_JOIN, "the changes do not follow one another: %s", what);
    return err_at_pointer(err, "", 0);
}

/* `patch` applied to a value that is in an earlier patch, below `depth` containers. */
static int apply_within(struct delta_arena *arena, const struct delta_value *value,
                        const struct delta_patch *patch, uint32_t depth, struct delta_value *out,
                        struct delta_err *err) {
    if (apply_patch(arena, value, patch, out, err))
        return -1;
    if (depth + out->height > DELTA_MAX_DEPTH)
        return err_set(err, DELTA_ERR_LIMIT, "the result would be nested too deep");
    return 0;
}

/* ---- Objects ---- */

/* What `first` and then `second`, changes to one key, come to. */
static int compose_member(struct delta_arena *arena, const struct patch_member *first,
                          const struct patch_member *second, uint32_t depth,
                          struct patch_member *out, struct delta_err *err) {
    *out = *second;
    out->key = first->key;
    if (second->change != PATCH_NEST)
        return 0;
    switch (first->change) {
    case PATCH_SET:
        out->change = PATCH_SET;
        if (apply_within(arena, &first->value, second->nested, depth, &out->value, err) == 0)
            return 0;
        break;
    case PATCH_REMOVE:
        mismatch(err, "a removed member is changed by the later patch");
        break;
    case PATCH_NEST:
        out->nested = compose(arena, first->nested, second->nested, depth, err);
        if (out->nested)
            return 0;
        break;
    }
    return err_under_key(err, first->key->text, first->key->length);
}

static int compare_keys(const struct value_key *a, const struct value_key *b) {
    return value_key_equal(a, b) ? 0 : value_key_compare(a, b);
}

/* Both are in canonical order, and so is what they merge to. */
static const struct delta_patch *compose_objects(struct delta_arena *arena,
                                                 const struct delta_patch *p,
                                                 const struct delta_patch *q, uint32_t depth,
                                                 struct delta_err *err) {
    struct patch_member *members = arena_array(arena, (size_t)p->count + q->count, sizeof *members);
    if (!members)
        return err_no_memory(err);
    size_t count = 0;
    uint32_t i = 0;
    uint32_t j = 0;
    while (i < p->count || j < q->count) {
        int order = i == p->count   ? 1
                    : j == q->count ? -1
                                    : compare_keys(p->members[i].key, q->members[j].key);
        if (order < 0)
            members[count++] = p->members[i++];
        else if (order > 0)
            members[count++] = q->members[j++];
        else if (compose_member(arena, &p->members[i++], &q->members[j++], depth + 1,
                                &members[count++], err))
            return NULL;
    }
    return patch_object(arena, members, count, err);
}

/* ---- Arrays ---- */

/* Where each item of `p` starts in what it makes, and, behind the last, where that ends. NULL when
 * out of memory. */
static uint64_t *starts_of(const struct delta_patch *p) {
    uint64_t *starts = reallocarray(NULL, (size_t)p->count + 1, sizeof *starts);
    if (!starts)
        return NULL;
    starts[0] = 0;
    for (uint32_t i = 0; i < p->count; i++)
        starts[i + 1] = starts[i] + p->items[i].count;
    return starts;
}

/* The item that makes the element at `position`. */
static uint32_t item_at(const uint64_t *starts, uint32_t count, uint64_t position) {
    uint32_t low = 0;
    uint32_t high = count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (starts[middle] <= position)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Appends how `p` made its elements from `from` on, `count` of them. */
static void compose_run(struct patch_items *list, struct delta_arena *arena,
                        const struct delta_patch *p, const uint64_t *starts, uint64_t from,
                        uint64_t count) {
    for (uint32_t i = item_at(starts, p->count, from); count > 0; i++) {
        const struct patch_item *item = &p->items[i];
        uint32_t skipped = (uint32_t)(from - starts[i]);
        uint32_t taken = item->count - skipped;
        if (taken > count)
            taken = (uint32_t)count;
        if (item->kind == PATCH_COPY)
            patch_items_copy(list, item->from + skipped, taken);
        else if (item->kind == PATCH_INSERT)
            patch_items_insert(list, arena, item->values + skipped, taken);
        else
            patch_items_edit(list, item->from, item->nested);
        from += taken;
        count -= taken;
    }
}

/* Appends the element that `p` makes at `position`, changed by `nested`. */
static int compose_edit(struct patch_items *list, struct delta_arena *arena,
                        const struct delta_patch *p, const uint64_t *starts, uint32_t position,
                        const struct delta_patch *nested, uint32_t depth, struct delta_err *err) {
    uint32_t i = item_at(starts, p->count, position);
    const struct patch_item *item = &p->items[i];
    uint32_t skipped = (uint32_t)(position - starts[i]);
    if (item->kind == PATCH_COPY) {
        patch_items_edit(list, item->from + skipped, nested);
    } else if (item->kind == PATCH_INSERT) {
        struct delta_value changed;
        if (apply_within(arena, &item->values[skipped], nested, depth, &changed, err))
            return err_under_index(err, position);
        patch_items_insert(list, arena, &changed, 1);
    } else {
        const struct delta_patch *both = compose(arena, item->nested, nested, depth, err);
        if (!both)
            return err_under_index(err, position);
        patch_items_edit(list, item->from, both);
    }
    return 0;
}

static const struct delta_patch *compose_arrays(struct delta_arena *arena,
                                                const struct delta_patch *p,
                                                const struct delta_patch *q, uint32_t depth,
                                                struct delta_err *err) {
    struct patch_items list = {0};
    uint64_t *starts = starts_of(p);
    if (!starts)
        return err_no_memory(err);
    if (starts[p->count] != q->length) {
        mismatch(err, "an array has a different length");
        goto failed;
    }
    for (uint32_t i = 0; i < q->count; i++) {
        const struct patch_item *item = &q->items[i];
        if (item->kind == PATCH_COPY)
            compose_run(&list, arena, p, starts, item->from, item->count);
        else if (item->kind == PATCH_INSERT)
            patch_items_insert(&list, arena, item->values, item->count);
        else if (compose_edit(&list, arena, p, starts, item->from, item->nested, depth + 1, err))
            goto failed;
    }
    free(starts);
    return patch_items_close(&list, arena, PATCH_ARRAY, p->length, err);
failed:
    free(starts);
    patch_items_free(&list);
    return NULL;
}

/* ---- Strings ---- */

/* A place in what a string patch makes; runs ascend, so it only moves on. */
struct text_cursor {
    const struct delta_patch *patch;
    uint32_t item;    /* the one that makes what comes next */
    uint32_t skipped; /* code points of it that are behind us */
    uint32_t bytes;   /* the same in bytes, of a literal */
};

/* Code points that an item of a string patch makes. */
static uint32_t item_points(const struct patch_item *item) {
    if (item->kind == PATCH_COPY)
        return item->count;
    return (uint32_t)utf8_count(item->values->text, item->values->length);
}

/* Moves on by `count` code points, which there are; with `list`, appends how they were made. */
static void text_advance(struct text_cursor *cursor, uint32_t count, struct patch_items *list,
                         struct delta_arena *arena) {
    while (count > 0) {
        const struct patch_item *item = &cursor->patch->items[cursor->item];
        uint32_t left = item->count - cursor->skipped;
        if (item->kind == PATCH_COPY) {
            uint32_t taken = left < count ? left : count;
            if (list)
                patch_items_copy(list, item->from + cursor->skipped, taken);
            cursor->skipped += taken;
            count -= taken;
            left -= taken;
        } else {
            const char *text = item->values->text + cursor->bytes;
            uint32_t length = item->values->length - cursor->bytes;
            uint32_t bytes = (uint32_t)utf8_offset(text, length, count);
            if (list) {
                struct delta_value literal = value_string(text, bytes);
                patch_items_insert(list, arena, &literal, 1);
            }
            cursor->bytes += bytes;
            count -= bytes == length ? (uint32_t)utf8_count(text, bytes) : count;
            left = length - bytes;
        }
        if (left == 0) {
            cursor->item++;
            cursor->skipped = 0;
            cursor->bytes = 0;
        }
    }
}

static const struct delta_patch *compose_strings(struct delta_arena *arena,
                                                 const struct delta_patch *p,
                                                 const struct delta_patch *q,
                                                 struct delta_err *err) {
    uint64_t made = 0;
    for (uint32_t i = 0; i < p->count; i++)
        made += item_points(&p->items[i]);
    if (made != q->length) {
        mismatch(err, "a string has a different length");
        return NULL;
    }
    struct patch_items list = {0};
    struct text_cursor cursor = {.patch = p};
    uint32_t reached = 0;
    for (uint32_t i = 0; i < q->count; i++) {
        const struct patch_item *item = &q->items[i];
        if (item->kind == PATCH_INSERT) {
            patch_items_insert(&list, arena, item->values, 1);
            continue;
        }
        text_advance(&cursor, item->from - reached, NULL, arena);
        text_advance(&cursor, item->count, &list, arena);
        reached = item->from + item->count;
    }
    return patch_items_close(&list, arena, PATCH_STRING, p->length, err);
}

/* ---- Any patch ---- */

/* `depth` containers are around the value that both patches are of. */
static const struct delta_patch *compose(struct delta_arena *arena, const struct delta_patch *p,
                                         const struct delta_patch *q, uint32_t depth,
                                         struct delta_err *err) {
    if (p->kind == PATCH_EMPTY || q->kind == PATCH_VALUE)
        return q;
    if (q->kind == PATCH_EMPTY)
        return p;
    if (p->kind == PATCH_VALUE) {
        struct delta_value value;
        if (apply_within(arena, &p->value, q, depth, &value, err))
            return NULL;
        return patch_whole(arena, &value, err);
    }
    if (p->kind != q->kind) {
        mismatch(err, "they change different types of value");
        return NULL;
    }
    if (p->kind == PATCH_OBJECT)
        return compose_objects(arena, p, q, depth, err);
    if (p->kind == PATCH_ARRAY)
        return compose_arrays(arena, p, q, depth, err);
    return compose_strings(arena, p, q, err);
}

const struct delta_patch *compose_patches(struct delta_arena *arena, const struct delta_patch *p,
                                          const struct delta_patch *q, struct delta_err *err) {
    return compose(arena, p, q, 0, err);
}
