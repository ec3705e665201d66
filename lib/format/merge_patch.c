#include "format/merge_patch.h"

#include "base/err.h"
#include "json/member_index.h"

#include <string.h>

/* ---- From two values ---- */

/* Fails where the object `value`, merged into nothing, would lose a member because it is null.
 * Arrays are set as they are, nulls in them too. */
static int check_nulls(const struct delta_value *value, struct delta_err *err) {
    if (value->type == DELTA_NULL) {
        err_set(err, DELTA_ERR_UNSUPPORTED,
                "a merge patch cannot set null, which means removal there: use a JSON Patch");
        return err_at_pointer(err, "", 0);
    }
    if (value->type != DELTA_OBJECT)
        return 0;
    for (uint32_t i = 0; i < value->length; i++) {
        const struct value_member *member = &value_members(value)[i];
        if (check_nulls(&member->value, err))
            return err_under_key(err, member->key->text, member->key->length);
    }
    return 0;
}

/* What makes the member `old` (NULL: there is none) into `new`; `*changed` is false when they are
 * the same. */
static int diff_member(struct delta_arena *arena, const struct delta_value *old,
                       const struct delta_value *new, struct delta_value *out, bool *changed,
                       struct delta_err *err) {
    *changed = !old || !value_same(old, new);
    if (!*changed)
        return 0;
    if (old && old->type == DELTA_OBJECT && new->type == DELTA_OBJECT)
        return merge_patch_diff(arena, old, new, out, err);
    *out = *new;
    return check_nulls(new, err);
}

/* Sets, in the new order, then removals, in the old one. */
static int diff_members(struct delta_arena *arena, const struct delta_value *old,
                        const struct delta_value *new, const struct member_index *in_old,
                        const struct member_index *in_new, struct delta_value *out,
                        struct delta_err *err) {
    struct value_object *object =
        value_object_open(arena, (size_t)old->length + (size_t) new->length);
    if (!object)
        return err_memory(err);
    size_t count = 0;
    for (uint32_t i = 0; i < new->length; i++) {
        const struct value_member *member = &value_members(new)[i];
        const struct value_member *before = member_index_find(in_old, member->key);
        bool changed;
        object->members[count].key = member->key;
        if (diff_member(arena, before ? &before->value : NULL, &member->value,
                        &object->members[count].value, &changed, err))
            return err_under_key(err, member->key->text, member->key->length);
        count += changed;
    }
    for (uint32_t i = 0; i < old->length; i++) {
        const struct value_key *key = value_members(old)[i].key;
        if (!member_index_find(in_new, key))
            object->members[count++] = (struct value_member){key, value_literal(DELTA_NULL)};
    }
    return value_object_close(object, count, out, err);
}

int merge_patch_diff(struct delta_arena *arena, const struct delta_value *old,
                     const struct delta_value *new, struct delta_value *out,
                     struct delta_err *err) {
    if (new->type != DELTA_OBJECT) {
        *out = *new;
        return 0;
    }
    if (old->type != DELTA_OBJECT) {
        *out = *new;
        return check_nulls(new, err);
    }
    struct member_index in_old, in_new = {0};
    int status = member_index_open(&in_old, old, err) || member_index_open(&in_new, new, err)
                     ? -1
                     : diff_members(arena, old, new, &in_old, &in_new, out, err);
    member_index_close(&in_old);
    member_index_close(&in_new);
    return status;
}

/* ---- To a value: MergePatch() of RFC 7396 section 2 ---- */

static int merge(struct delta_arena *arena, const struct delta_value *base,
                 const struct delta_value *patch, struct delta_value *out, struct delta_err *err);

/* The base's members in their order, without those that the patch removes, then its new ones. */
static int merge_members(struct delta_arena *arena, const struct member_index *in_base,
                         const struct member_index *in_patch, struct delta_value *out,
                         struct delta_err *err) {
    static const struct delta_value nothing = {.type = DELTA_NULL};
    struct value_object *object =
        value_object_open(arena, (size_t)in_base->count + in_patch->count);
    if (!object)
        return err_memory(err);
    size_t count = 0;
    for (uint32_t i = 0; i < in_base->count; i++) {
        const struct value_member *member = &in_base->members[i];
        const struct value_member *change = member_index_find(in_patch, member->key);
        if (change && change->value.type == DELTA_NULL)
            continue;
        object->members[count] = *member;
        if (change &&
            merge(arena, &member->value, &change->value, &object->members[count].value, err))
            return -1;
        count++;
    }
    for (uint32_t i = 0; i < in_patch->count; i++) {
        const struct value_member *change = &in_patch->members[i];
        if (change->value.type == DELTA_NULL || member_index_find(in_base, change->key))
            continue;
        object->members[count].key = change->key;
        if (merge(arena, &nothing, &change->value, &object->members[count].value, err))
            return -1;
        count++;
    }
    return value_object_close(object, count, out, err);
}

static int merge(struct delta_arena *arena, const struct delta_value *base,
                 const struct delta_value *patch, struct delta_value *out, struct delta_err *err) {
    if (patch->type != DELTA_OBJECT) {
        *out = *patch;
        return 0;
    }
    struct member_index in_base, in_patch = {0};
    int status = member_index_open(&in_base, base, err) || member_index_open(&in_patch, patch, err)
                     ? -1
                     : merge_members(arena, &in_base, &in_patch, out, err);
    member_index_close(&in_base);
    member_index_close(&in_patch);
    return status;
}

const struct delta_value *delta_merge_patch_apply(struct delta_arena *arena,
                                                  const struct delta_value *base,
                                                  const struct delta_value *patch,
                                                  struct delta_err *err) {
    struct delta_value *result = arena_alloc(arena, sizeof *result);
    if (!result)
        return err_no_memory(err);
    return merge(arena, base, patch, result, err) || value_check_depth(result, err) ? NULL : result;
}
