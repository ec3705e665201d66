/* Blame: which state last set each leaf of a state.
 *
 * One pass over the history. A tree of nodes runs beside the state: a node without parts says that
 * all of its value was set by one state, a node with parts has one for each element or member,
 * these in canonical order: equal objects may have their members in different orders. Each step is
 * diffed with the state before, and the patch transforms the tree as it transforms the value: what
 * it sets becomes a node without parts, what it copies keeps its node wherever it moves, and only
 * nodes on the way to a change get parts. So memory is bounded by the state (24 bytes a member or
 * element of the containers that changed), not by the history, and elements keep their blame by
 * identity, for the patch says which element is which. */
#include "base/err.h"
#include "diff/diff.h"
#include "diff/filter.h"
#include "history/history.h"
#include "history/iterator.h"
#include "json/pattern_matcher.h"

#include <stdlib.h>
#include <string.h>

struct blame {
    uint32_t index;
    uint32_t count;
    int64_t time;
    struct blame *parts; /* NULL: all of the value was set by this state */
};

static void blame_clear(struct blame *node) {
    for (uint32_t i = 0; i < node->count; i++)
        blame_clear(&node->parts[i]);
    free(node->parts);
    node->parts = NULL;
    node->count = 0;
}

/* ---- One step ---------------------------------------------------------------------------------*/

struct stepping {
    struct blame now; /* what a leaf gets that this state set */
    struct delta_err *err;
};

static void set_now(const struct stepping *step, struct blame *node) {
    blame_clear(node);
    *node = step->now;
}

/* Gives the node a part for each member or element of its value. */
static int divide(struct blame *node, uint32_t count, struct delta_err *err) {
    if (node->parts || !count)
        return 0;
    node->parts = calloc(count, sizeof *node->parts);
    if (!node->parts)
        return err_memory(err);
    node->count = count;
    for (uint32_t i = 0; i < count; i++)
        node->parts[i] = (struct blame){.index = node->index, .time = node->time};
    return 0;
}

static int update(const struct stepping *step, struct blame *node, const struct delta_value *before,
                  const struct delta_value *after, const struct delta_patch *patch);

/* Takes the nodes of members over by key: those of `before`, in canonical order, to the places in
 * `parts` of those of `after`. The old value of each goes to `old` (NULL: there was none). */
static void take_members(struct blame *node, const struct delta_value *before,
                         const uint32_t *old_order, const struct delta_value *after,
                         const uint32_t *new_order, struct blame *parts,
                         const struct delta_value **old) {
    uint32_t from = 0;
    for (uint32_t i = 0; i < after->length; i++) {
        const struct value_key *key = value_members(after)[new_order[i]].key;
        int order = 1;
        while (from < before->length &&
               (order = value_key_compare(value_members(before)[old_order[from]].key, key)) < 0)
            from++;
        old[i] = NULL;
        if (from < before->length && order == 0) {
            old[i] = &value_members(before)[old_order[from]].value;
            parts[i] = node->parts[from];
            node->parts[from++] = (struct blame){0};
        }
    }
}

/* Changes the nodes of members, which have the new places, as the patch says. */
static int change_members(const struct stepping *step, struct blame *parts,
                          const struct delta_value *after, const uint32_t *order,
                          const struct delta_value *const *old, const struct delta_patch *patch) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_member *change = &patch->members[i];
        if (change->change == PATCH_REMOVE)
            continue;
        while (!value_key_equal(value_members(after)[order[at]].key, change->key))
            at++;
        if (change->change == PATCH_SET)
            set_now(step, &parts[at]);
        else if (update(step, &parts[at], old[at], &value_members(after)[order[at]].value,
                        change->nested))
            return -1;
    }
    return 0;
}

static int update_object(const struct stepping *step, struct blame *node,
                         const struct delta_value *before, const struct delta_value *after,
                         const struct delta_patch *patch) {
    uint32_t *old_order = value_order_new(before), *new_order = value_order_new(after);
    const struct delta_value **old = calloc(after->length, sizeof *old);
    struct blame *parts = calloc(after->length, sizeof *parts);
    int status = -1;
    if (!old_order || !new_order || !old || !parts) {
        err_memory(step->err);
    } else if (divide(node, before->length, step->err) == 0) {
        take_members(node, before, old_order, after, new_order, parts, old);
        blame_clear(node);
        *node = (struct blame){.parts = parts, .count = after->length};
        status = change_members(step, parts, after, new_order, old, patch);
        parts = NULL;
    }
    free(parts);
    free(old);
    free(new_order);
    free(old_order);
    return status;
}

static int update_array(const struct stepping *step, struct blame *node,
                        const struct delta_value *before, const struct delta_value *after,
                        const struct delta_patch *patch) {
    uint32_t at = 0;
    if (divide(node, before->length, step->err) < 0)
        return -1;
    struct blame *parts = calloc(after->length, sizeof *parts);
    if (!parts)
        return err_memory(step->err);
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_item *item = &patch->items[i];
        for (uint32_t j = 0; j < item->count; j++) {
            if (item->kind == PATCH_INSERT) {
                parts[at + j] = step->now;
            } else {
                parts[at + j] = node->parts[item->from + j];
                node->parts[item->from + j] = (struct blame){0};
            }
        }
        at += item->count;
    }
    blame_clear(node);
    *node = (struct blame){.parts = parts, .count = after->length};
    at = 0;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_item *item = &patch->items[i];
        if (item->kind == PATCH_EDIT && update(step, &parts[at], &value_items(before)[item->from],
                                               &value_items(after)[at], item->nested))
            return -1;
        at += item->count;
    }
    return 0;
}

/* Transforms the node of `before` into that of `after`. */
static int update(const struct stepping *step, struct blame *node, const struct delta_value *before,
                  const struct delta_value *after, const struct delta_patch *patch) {
    bool object = patch->kind == PATCH_OBJECT, array = patch->kind == PATCH_ARRAY;
    if (patch->kind == PATCH_EMPTY)
        return 0;
    /* A container that became empty is a leaf. */
    if ((!object && !array) || !after->length) {
        set_now(step, node);
        return 0;
    }
    return object ? update_object(step, node, before, after, patch)
                  : update_array(step, node, before, after, patch);
}

/* ---- The leaves -------------------------------------------------------------------------------*/

enum { ONLY, IGNORE, MASK, MATCHERS };

struct visiting {
    struct pattern_matcher matchers[MATCHERS];
    struct delta_value masked;
    const struct delta_value *shown; /* the state with masks in the JSON of its strings, or NULL */
    struct delta_buf pointer;
    delta_blame_visitor *visit;
    void *context;
    struct delta_err *err;
};

/* The state that set something below the node last. */
static struct blame latest(const struct blame *node) {
    struct blame last = {.index = node->index, .time = node->time};
    for (uint32_t i = 0; i < node->count; i++) {
        struct blame part = latest(&node->parts[i]);
        if (i == 0 || part.index > last.index)
            last = part;
    }
    return last;
}

static int visit_leaf(struct visiting *v, const struct blame *node,
                      const struct delta_value *value) {
    if (v->pointer.failed)
        return err_memory(v->err);
    const struct delta_blame leaf = {.pointer = v->pointer.data ? v->pointer.data : "",
                                     .pointer_length = v->pointer.length,
                                     .index = node->index,
                                     .time = node->time,
                                     .value = value};
    return v->visit(v->context, &leaf, v->err);
}

/* A string in whose JSON something may be masked, as the whole of it is shown. */
static const struct delta_value *find_shown(const struct visiting *v,
                                            const struct delta_value *value) {
    if (!v->shown || value->type != DELTA_STRING ||
        !pattern_matcher_may_match_below(&v->matchers[MASK]))
        return value;
    return delta_value_at(v->shown, v->pointer.data ? v->pointer.data : "", v->pointer.length,
                          v->err);
}

static int visit_value(struct visiting *v, const struct blame *node,
                       const struct delta_value *value, bool within);

/* The part at `i`, of an object the member at `order[i]`. */
static int visit_part(struct visiting *v, const struct blame *node, uint32_t i,
                      const struct delta_value *value, const uint32_t *order, bool within) {
    const struct blame whole = {.index = node->index, .time = node->time};
    size_t length = v->pointer.length;
    const struct value_member *member = order ? &value_members(value)[order[i]] : NULL;
    const struct delta_value *part = member ? &member->value : &value_items(value)[i];
    if (member)
        pointer_put_key(&v->pointer, member->key->text, member->key->length);
    else
        pointer_put_index(&v->pointer, i);
    for (size_t w = 0; w < MATCHERS; w++) {
        if (member)
            pattern_matcher_key(&v->matchers[w], member->key->text, member->key->length);
        else
            pattern_matcher_index(&v->matchers[w], i);
        pattern_matcher_value(&v->matchers[w], part);
    }
    int status = visit_value(v, node->parts ? &node->parts[i] : &whole, part, within);
    for (size_t w = 0; w < MATCHERS; w++)
        pattern_matcher_up(&v->matchers[w]);
    v->pointer.length = length;
    return status;
}

static int visit_parts(struct visiting *v, const struct blame *node,
                       const struct delta_value *value, bool within) {
    uint32_t *order = NULL;
    int status = 0;
    if (value->type == DELTA_OBJECT && !(order = value_order_new(value)))
        return err_memory(v->err);
    for (uint32_t i = 0; i < value->length && status == 0; i++)
        status = visit_part(v, node, i, value, order, within);
    free(order);
    return status;
}

static int visit_value(struct visiting *v, const struct blame *node,
                       const struct delta_value *value, bool within) {
    within = within || pattern_matcher_match(&v->matchers[ONLY]);
    if (pattern_matcher_match(&v->matchers[IGNORE]) ||
        (!within && !pattern_matcher_may_match_below(&v->matchers[ONLY])))
        return 0;
    if (pattern_matcher_match(&v->matchers[MASK])) {
        struct blame last = latest(node);
        return within ? visit_leaf(v, &last, &v->masked) : 0;
    }
    if (!value_is_container(value) || !value->length) {
        const struct delta_value *shown = within ? find_shown(v, value) : value;
        return !shown ? -1 : within ? visit_leaf(v, node, shown) : 0;
    }
    return visit_parts(v, node, value, within);
}

static int visit_leaves(const struct blame *root, const struct delta_value *value,
                        const struct delta_filter *filter, struct delta_arena *arena,
                        delta_blame_visitor *visit, void *context, struct delta_err *err) {
    static const char stars[] = "***";
    struct visiting v = {.masked = value_string(stars, sizeof stars - 1),
                         .visit = visit,
                         .context = context,
                         .err = err};
    const struct pointer_patterns *const patterns[MATCHERS] = {
        [ONLY] = filter ? &filter->only : NULL,
        [IGNORE] = filter ? &filter->ignore : NULL,
        [MASK] = filter ? &filter->mask : NULL,
    };
    if (filter && filter->mask.count && filter->embedded.count &&
        !(v.shown = delta_filter_mask(arena, filter, value, err)))
        return -1;
    for (size_t w = 0; w < MATCHERS; w++)
        pattern_matcher_open(&v.matchers[w], patterns[w]);
    int status = visit_value(&v, root, value, !filter || !filter->only.count);
    for (size_t w = 0; w < MATCHERS; w++) {
        if (v.matchers[w].failed && status == 0)
            status = err_memory(err);
        pattern_matcher_close(&v.matchers[w]);
    }
    delta_buf_free(&v.pointer);
    return status;
}

/* ---- The pass ---------------------------------------------------------------------------------*/

struct pass {
    struct blame root;
    const struct delta_value *before; /* NULL: no state was read yet */
    struct delta_arena *arena;        /* of the patch of one step */
    struct diff_options options;
    const struct delta_filter *filter; /* which other values count as the same; NULL: none */
    const struct delta_value *kept;    /* with tolerances: what steps are compared with */
    struct delta_arena *kept_arena;
    int64_t lost;
};

/* Being within a tolerance is not transitive: a step is compared with the numbers that were set
 * last, in a copy of the state, which costs O(state). */
static int keep(struct pass *pass, const struct delta_value *value, struct delta_err *err) {
    if (!pass->filter || !pass->filter->tolerance.count)
        return 0;
    struct delta_arena *arena = delta_arena_new();
    const struct delta_value *kept = arena ? delta_value_copy(arena, value, err) : NULL;
    if (!kept) {
        delta_arena_free(arena);
        return arena ? -1 : err_memory(err);
    }
    delta_arena_free(pass->kept_arena);
    pass->kept_arena = arena;
    pass->kept = kept;
    return 0;
}

static int pass_entry(struct pass *pass, const struct delta_history_entry *entry,
                      struct delta_err *err) {
    struct stepping step = {.now = {.index = entry->index, .time = entry->time}, .err = err};
    const struct delta_value *before = pass->kept ? pass->kept : pass->before;
    pass->before = entry->value;
    if (!before) {
        set_now(&step, &pass->root);
        return keep(pass, entry->value, err);
    }
    /* What is left of the new state has its shape: the nodes fit it. */
    const struct delta_value *after = entry->value;
    if (pass->filter)
        after = delta_filter_place(pass->arena, pass->filter, before, after, &pass->options.places,
                                   err);
    const struct delta_patch *patch =
        after ? diff_values(pass->arena, before, after, &pass->options, err) : NULL;
    int status = patch ? update(&step, &pass->root, before, after, patch) : -1;
    if (status == 0)
        status = keep(pass, after, err);
    delta_arena_clear(pass->arena);
    return status;
}

/* Reads the states in order; the last one must be readable, and its value is then pass->before. */
static int pass_states(struct pass *pass, struct delta_history_iterator *iterator, uint32_t last,
                       struct delta_err *err) {
    struct delta_history_entry entry;
    iterator_keep(iterator);
    for (;;) {
        struct delta_err why = {0};
        int got = delta_history_iterator_next(iterator, &entry, &why);
        if (got == 0)
            return 0;
        if (got < 0 && (entry.index == last || why.code != DELTA_ERR_DAMAGED)) {
            if (err)
                *err = why;
            return -1;
        }
        if (got < 0) {
            pass->lost++;
            continue;
        }
        if (pass_entry(pass, &entry, err) < 0)
            return -1;
        /* Kept until here: steps that failed in between do not free the state before. */
        iterator_release(iterator);
    }
}

int64_t delta_history_blame(struct delta_history *history, uint32_t index,
                            const struct delta_filter *filter, delta_blame_visitor *visit,
                            void *context, struct delta_err *err) {
    struct pass pass = {
        .arena = delta_arena_new(),
        .options = {.fine = true, .array_keys = filter ? &filter->array_keys : NULL}};
    struct delta_history_iterator *iterator = NULL;
    struct delta_filter same = {0}; /* without what would change the shape of a state */
    int status = -1;
    if (filter && (filter->numeric || filter->keys_only || filter->embedded.count ||
                   filter->tolerance.count)) {
        same = *filter;
        same.ignore = same.only = same.unordered = same.mask = (struct pointer_patterns){0};
        pass.filter = &same;
    }
    if (!pass.arena)
        err_memory(err);
    else if (index >= history->count)
        err_set(err, DELTA_ERR_USAGE, "no such state");
    else if ((iterator = delta_history_iterator_new(history, 0, index, true, err)))
        status = pass_states(&pass, iterator, index, err);
    if (status == 0)
        status = visit_leaves(&pass.root, pass.before, filter, pass.arena, visit, context, err);
    delta_history_iterator_free(iterator);
    delta_arena_free(pass.arena);
    delta_arena_free(pass.kept_arena);
    blame_clear(&pass.root);
    return status ? status : pass.lost;
}
