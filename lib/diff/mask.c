/* A pattern matcher goes down beside the value, a step for each key and index. Where it matches,
 * the value becomes the marker; where nothing below can match, the value is shared as it is.
 *
 * A patch is masked beside its base, and beside what it makes of it where patterns select elements
 * by a member: an element is masked if it is selected before or after. Each change then has the
 * places of both states, so that a moved element is masked by its old index and by its new one. A
 * change within a masked place becomes the setting of a marker. */
#include "diff/mask.h"

#include "base/err.h"
#include "patch/apply.h"
#include "json/canonical.h"
#include "json/embedded.h"
#include "json/member_index.h"
#include "json/pattern_matcher.h"

#include <stdlib.h>
#include <string.h>

/* Replaces the values at some places: by the marker, or strings by the JSON that they hold. */
struct masking {
    bool expand;
    bool within_strings; /* the marker, also within JSON that a string holds */
    struct delta_arena *arena;
    struct delta_err *err;
    struct pattern_matcher matcher;
};

static struct delta_value marker(void) {
    return value_string(MASK_MARKER, sizeof MASK_MARKER - 1);
}

/* ---- Values ---- */

static int mask_any(struct masking *m, const struct delta_value *value, struct delta_value *out);

static int mask_array(struct masking *m, const struct delta_value *value, struct delta_value *out) {
    struct value_array *array = value_array_open(m->arena, value->length);
    if (!array)
        return err_memory(m->err);
    for (uint32_t i = 0; i < value->length; i++) {
        pattern_matcher_index(&m->matcher, i);
        pattern_matcher_value(&m->matcher, &value_items(value)[i]);
        int status = mask_any(m, &value_items(value)[i], &array->items[i]);
        pattern_matcher_up(&m->matcher);
        if (status)
            return -1;
    }
    return value_array_close(array, value->length, out, m->err);
}

static int mask_object(struct masking *m, const struct delta_value *value,
                       struct delta_value *out) {
    struct value_object *object = value_object_open(m->arena, value->length);
    if (!object)
        return err_memory(m->err);
    for (uint32_t i = 0; i < value->length; i++) {
        const struct value_member *member = &value_members(value)[i];
        object->members[i].key = member->key;
        pattern_matcher_key(&m->matcher, member->key->text, member->key->length);
        pattern_matcher_value(&m->matcher, &member->value);
        int status = mask_any(m, &member->value, &object->members[i].value);
        pattern_matcher_up(&m->matcher);
        if (status)
            return -1;
    }
    return value_object_close(object, value->length, out, m->err);
}

static int mask_below(struct masking *m, const struct delta_value *value, struct delta_value *out) {
    return value->type == DELTA_ARRAY ? mask_array(m, value, out) : mask_object(m, value, out);
}

/* A string as it is, unless something is masked in the JSON that it holds: then that, masked. */
static int mask_string(struct masking *m, const struct delta_value *string,
                       struct delta_value *out) {
    const struct delta_value *held;
    struct delta_value masked;
    struct byte_span text;
    if (embedded_value(m->arena, string, m->matcher.depth, &held, m->err))
        return -1;
    if (!held)
        return 0;
    if (mask_below(m, held, &masked))
        return -1;
    if (delta_value_equal(held, &masked))
        return 0;
    if (canonical_write(m->arena, &masked, &text, m->err))
        return -1;
    if (text.length > UINT32_MAX)
        return err_set(m->err, DELTA_ERR_LIMIT, "a string would be longer than 4 GiB");
    *out = value_string(text.bytes, (uint32_t)text.length);
    return 0;
}

static int mask_any(struct masking *m, const struct delta_value *value, struct delta_value *out) {
    const struct delta_value *held = NULL;
    *out = *value;
    if (pattern_matcher_match(&m->matcher) && !m->expand) {
        *out = marker();
        return 0;
    }
    if (m->expand && pattern_matcher_match(&m->matcher)) {
        if (embedded_value(m->arena, value, m->matcher.depth, &held, m->err))
            return -1;
        if (held)
            *out = *held;
    }
    if (!pattern_matcher_may_match_below(&m->matcher))
        return 0;
    if (m->within_strings && value->type == DELTA_STRING)
        return mask_string(m, value, out);
    if (!value_is_container(out))
        return 0;
    return mask_below(m, held ? held : value, out);
}

/* ---- Patches ---- */

/* A patch beside what it is applied to, before and after. */
struct masked {
    const struct delta_value *base;
    const struct delta_patch *patch;
    const struct delta_value
        *new; /* what the patch makes of the base; NULL: nothing selects by it */
    struct delta_value base_out;
    const struct delta_patch *patch_out;
};

static int mask_change(struct masking *m, struct masked *at);

static int mask_member(struct masking *m, const struct patch_member *member,
                       const struct delta_value *new, struct delta_value *base,
                       struct patch_member *out) {
    *out = *member;
    if (member->change == PATCH_SET)
        return mask_any(m, &member->value, &out->value) || (base && mask_any(m, base, base));
    if (member->change == PATCH_REMOVE)
        return base ? mask_any(m, base, base) : 0;
    if (!base)
        return err_set(m->err, DELTA_ERR_BASE,
                       "the patch does not fit: the base has no such member");
    struct masked within = {.base = base, .patch = member->nested, .new = new};
    if (mask_change(m, &within))
        return -1;
    *base = within.base_out;
    out->nested = within.patch_out;
    if (within.patch_out->kind == PATCH_VALUE) {
        out->change = PATCH_SET;
        out->value = within.patch_out->value;
    }
    return 0;
}

/* The members that the patch changes, beside those of both states. */
static int mask_changes(struct masking *m, const struct masked *at, const uint32_t *places,
                        const struct member_index *in_new, struct value_object *object,
                        struct patch_member *members) {
    for (uint32_t i = 0; i < at->patch->count; i++) {
        const struct patch_member *member = &at->patch->members[i];
        bool there = places[i] != NO_INDEX;
        struct delta_value *old = there ? &object->members[places[i]].value : NULL;
        const struct value_member *after = at->new ? member_index_find(in_new, member->key) : NULL;
        pattern_matcher_key(&m->matcher, member->key->text, member->key->length);
        pattern_matcher_value(&m->matcher, old);
        pattern_matcher_value(&m->matcher, after ? &after->value : NULL);
        int status = mask_member(m, member, after ? &after->value : NULL, old, &members[i]);
        pattern_matcher_up(&m->matcher);
        if (status)
            return err_under_key(m->err, member->key->text, member->key->length);
    }
    return 0;
}

/* Members that do not change are masked as they are, the others with what becomes of them. */
static int mask_members(struct masking *m, struct masked *at, const uint32_t *places,
                        const struct member_index *in_new, struct value_object *object,
                        struct patch_member *members, bool *done) {
    for (uint32_t i = 0; i < at->base->length; i++)
        object->members[i] = value_members(at->base)[i];
    if (mask_changes(m, at, places, in_new, object, members))
        return -1;
    for (uint32_t i = 0; i < at->patch->count; i++)
        if (places[i] != NO_INDEX)
            done[places[i]] = true;
    for (uint32_t i = 0; i < at->base->length; i++) {
        struct value_member *member = &object->members[i];
        if (done[i])
            continue;
        pattern_matcher_key(&m->matcher, member->key->text, member->key->length);
        pattern_matcher_value(&m->matcher, &member->value);
        int status = mask_any(m, &member->value, &member->value);
        pattern_matcher_up(&m->matcher);
        if (status)
            return -1;
    }
    at->patch_out = patch_object(m->arena, members, at->patch->count, m->err);
    return at->patch_out ? value_object_close(object, at->base->length, &at->base_out, m->err) : -1;
}

static int mask_object_patch(struct masking *m, struct masked *at) {
    if (at->base->type != DELTA_OBJECT)
        return err_set(m->err, DELTA_ERR_BASE, "the patch does not fit: expected an object");
    struct value_object *object = value_object_open(m->arena, at->base->length);
    struct patch_member *members = arena_array(m->arena, at->patch->count, sizeof *members);
    uint32_t *places = patch_places(at->patch, at->base);
    bool *done = calloc((size_t)at->base->length + 1, sizeof *done);
    struct member_index in_new = {0};
    int status = object && members && places && done ? 0 : err_memory(m->err);
    if (status == 0 && at->new)
        status = member_index_open(&in_new, at->new, m->err);
    if (status == 0)
        status = mask_members(m, at, places, &in_new, object, members, done);
    member_index_close(&in_new);
    free(done);
    free(places);
    return status;
}

/* One item of an array's patch, whose first element becomes element `j`. */
static int mask_item(struct masking *m, const struct masked *at, const struct patch_item *item,
                     uint32_t j, struct value_array *base, struct patch_items *items) {
    struct delta_value masked;
    int status = 0;
    if (item->kind == PATCH_EDIT) {
        struct masked within = {.base = &base->items[item->from],
                                .patch = item->nested,
                                .new = at->new ? &value_items(at->new)[j] : NULL};
        pattern_matcher_indices(&m->matcher, item->from, j);
        pattern_matcher_value(&m->matcher, within.base);
        pattern_matcher_value(&m->matcher, within.new);
        status = mask_change(m, &within);
        pattern_matcher_up(&m->matcher);
        if (status == 0) {
            base->items[item->from] = within.base_out;
            patch_items_edit(items, item->from, within.patch_out);
        }
        return status ? err_under_index(m->err, item->from) : 0;
    }
    if (item->kind == PATCH_COPY)
        patch_items_copy(items, item->from, item->count);
    for (uint32_t n = 0; n < item->count && status == 0; n++) {
        pattern_matcher_index(&m->matcher, j + n);
        pattern_matcher_value(&m->matcher, item->kind == PATCH_INSERT
                                               ? &item->values[n]
                                               : &base->items[item->from + n]);
        if (item->kind == PATCH_INSERT) {
            status = mask_any(m, &item->values[n], &masked);
            if (status == 0)
                patch_items_insert(items, m->arena, &masked, 1);
        } else {
            struct delta_value *old = &base->items[item->from + n];
            status = mask_any(m, old, old);
        }
        pattern_matcher_up(&m->matcher);
    }
    return status;
}

static int mask_array_patch(struct masking *m, struct masked *at) {
    struct patch_items items = {0};
    if (at->base->type != DELTA_ARRAY || at->base->length != at->patch->length)
        return err_set(m->err, DELTA_ERR_BASE,
                       "the patch does not fit: expected an array of another length");
    struct value_array *base = value_array_open(m->arena, at->base->length);
    bool *done = calloc((size_t)at->base->length + 1, sizeof *done);
    if (!base || !done) {
        free(done);
        return err_memory(m->err);
    }
    if (at->base->length)
        memcpy(base->items, value_items(at->base), at->base->length * sizeof *base->items);
    uint32_t j = 0;
    int status = 0;
    for (uint32_t i = 0; i < at->patch->count && status == 0; i++) {
        const struct patch_item *item = &at->patch->items[i];
        if (item->kind != PATCH_INSERT &&
            (item->from > at->base->length || item->count > at->base->length - item->from))
            status =
                err_set(m->err, DELTA_ERR_DAMAGED, "invalid patch: a run outside the old value");
        else
            status = mask_item(m, at, item, j, base, &items);
        if (status == 0 && item->kind == PATCH_EDIT)
            done[item->from] = true;
        j += item->count;
    }
    for (uint32_t i = 0; i < at->base->length && status == 0; i++) {
        if (done[i])
            continue;
        pattern_matcher_index(&m->matcher, i);
        pattern_matcher_value(&m->matcher, &base->items[i]);
        status = mask_any(m, &base->items[i], &base->items[i]);
        pattern_matcher_up(&m->matcher);
    }
    free(done);
    if (status) {
        patch_items_free(&items);
        return -1;
    }
    at->patch_out = patch_items_close(&items, m->arena, PATCH_ARRAY, at->patch->length, m->err);
    return at->patch_out ? value_array_close(base, at->base->length, &at->base_out, m->err) : -1;
}

/* Where something is masked in either state of a string, the edits would reveal it. */
static int mask_string_patch(struct masking *m, struct masked *at) {
    struct delta_value new, masked_new;
    if (apply_patch(m->arena, at->base, at->patch, &new, m->err) ||
        mask_any(m, &new, &masked_new) || mask_any(m, at->base, &at->base_out))
        return -1;
    if (value_same(&new, &masked_new) && value_same(at->base, &at->base_out))
        return 0;
    at->patch_out = patch_whole(m->arena, &masked_new, m->err);
    return at->patch_out ? 0 : -1;
}

static int mask_change(struct masking *m, struct masked *at) {
    at->base_out = *at->base;
    at->patch_out = at->patch;
    bool here = pattern_matcher_match(&m->matcher) != NULL;
    if (!here && !pattern_matcher_may_match_below(&m->matcher))
        return 0;
    if (!here && at->patch->kind == PATCH_STRING && m->within_strings)
        return mask_string_patch(m, at);
    if (at->patch->kind == PATCH_EMPTY || (!here && at->patch->kind == PATCH_STRING))
        return mask_any(m, at->base, &at->base_out);
    if (here || at->patch->kind == PATCH_VALUE) {
        struct delta_value masked = marker();
        if ((!here && mask_any(m, &at->patch->value, &masked)) ||
            mask_any(m, at->base, &at->base_out))
            return -1;
        at->patch_out = patch_whole(m->arena, &masked, m->err);
        return at->patch_out ? 0 : -1;
    }
    return at->patch->kind == PATCH_OBJECT ? mask_object_patch(m, at) : mask_array_patch(m, at);
}

/* ---- The whole ---- */

int mask_value(struct delta_arena *arena, const struct delta_filter *filter,
               const struct delta_value *value, struct delta_value *out, struct delta_err *err) {
    struct masking m = {.within_strings = filter->embedded.count != 0, .arena = arena, .err = err};
    struct delta_value masked;
    pattern_matcher_open(&m.matcher, &filter->mask);
    int status = mask_any(&m, value, &masked);
    pattern_matcher_close(&m.matcher);
    if (m.matcher.failed)
        return err_memory(err);
    if (status == 0)
        *out = masked;
    return status;
}

int mask_patch(struct delta_arena *arena, const struct delta_filter *filter,
               const struct delta_value *base, const struct delta_patch *patch,
               struct delta_value *masked_base, const struct delta_patch **masked_patch,
               struct delta_err *err) {
    struct masking m = {.within_strings = filter->embedded.count != 0, .arena = arena, .err = err};
    struct masked at = {.base = base, .patch = patch};
    struct delta_value new;
    if (filter->mask.selects) {
        if (apply_patch(arena, base, patch, &new, err))
            return -1;
        at.new = &new;
    }
    pattern_matcher_open(&m.matcher, &filter->mask);
    int status = mask_change(&m, &at);
    pattern_matcher_close(&m.matcher);
    if (m.matcher.failed)
        return err_memory(err);
    if (status)
        return -1;
    *masked_base = at.base_out;
    *masked_patch = at.patch_out;
    return 0;
}

const struct delta_value *delta_filter_expand(struct delta_arena *arena,
                                              const struct delta_filter *filter,
                                              const struct delta_value *state,
                                              struct delta_err *err) {
    struct masking m = {.expand = true, .arena = arena, .err = err};
    struct delta_value *expanded_state = arena_alloc(arena, sizeof *expanded_state);
    if (!filter->embedded.count)
        return state;
    if (!expanded_state)
        return err_no_memory(err);
    pattern_matcher_open(&m.matcher, &filter->embedded);
    int status = mask_any(&m, state, expanded_state);
    pattern_matcher_close(&m.matcher);
    if (m.matcher.failed)
        status = err_memory(err);
    return status ? NULL : expanded_state;
}

const struct delta_value *delta_filter_mask(struct delta_arena *arena,
                                            const struct delta_filter *filter,
                                            const struct delta_value *state,
                                            struct delta_err *err) {
    struct delta_value *masked = arena_alloc(arena, sizeof *masked);
    if (!masked)
        err_memory(err);
    return masked && mask_value(arena, filter, state, masked, err) == 0 ? masked : NULL;
}
