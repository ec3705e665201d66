/* One recursion; lengths and hashes are taken over, so that nothing is computed again. An order
 * that is kept behind members, and what a patch knows of the order of its base, are left behind:
 * they speed up what is done next to the original, and a copy is made to lie still. */
#include "patch/copy.h"

#include "base/err.h"

#include <string.h>

/* Strings are not terminated, and one without bytes needs none. */
static int copy_text(struct delta_arena *arena, const char **text, uint32_t length,
                     struct delta_err *err) {
    char *copy = arena_alloc(arena, length ? length : 1);
    if (!copy)
        return err_memory(err);
    if (length)
        memcpy(copy, *text, length);
    *text = copy;
    return 0;
}

static const struct value_key *copy_key(struct delta_arena *arena, const struct value_key *key,
                                        struct delta_err *err) {
    struct value_noted_key *copy = arena_alloc(arena, sizeof *copy);
    if (!copy)
        return err_no_memory(err);
    *copy = (struct value_noted_key){.key = *key};
    copy->key.noted = true;
    return copy_text(arena, &copy->key.text, copy->key.length, err) ? NULL : &copy->key;
}

static int copy_array(struct delta_arena *arena, struct delta_value *value, struct delta_err *err) {
    struct value_array *copy = value_array_open(arena, value->length);
    if (!copy)
        return err_memory(err);
    copy->hashes = value->array->hashes;
    copy->size = value->array->size;
    for (uint32_t i = 0; i < value->length; i++)
        if (copy_value(arena, &value->array->items[i], &copy->items[i], err))
            return -1;
    value->array = copy;
    return 0;
}

static int copy_object(struct delta_arena *arena, struct delta_value *value,
                       struct delta_err *err) {
    struct value_object *copy = value_object_open(arena, value->length);
    if (!copy)
        return err_memory(err);
    copy->hashes = value->object->hashes;
    copy->size = value->object->size;
    for (uint32_t i = 0; i < value->length; i++) {
        const struct value_member *member = &value->object->members[i];
        copy->members[i].key = copy_key(arena, member->key, err);
        if (!copy->members[i].key ||
            copy_value(arena, &member->value, &copy->members[i].value, err))
            return -1;
    }
    value->object = copy;
    value->flags &= (uint8_t)~VALUE_ORDERED;
    return 0;
}

int copy_value(struct delta_arena *arena, const struct delta_value *value, struct delta_value *out,
               struct delta_err *err) {
    *out = *value;
    switch ((enum delta_type)value->type) {
    case DELTA_NUMBER:
    case DELTA_STRING:
        return copy_text(arena, &out->text, out->length, err);
    case DELTA_ARRAY:
        return copy_array(arena, out, err);
    case DELTA_OBJECT:
        return copy_object(arena, out, err);
    default:
        return 0;
    }
}

const struct delta_value *delta_value_copy(struct delta_arena *arena,
                                           const struct delta_value *value, struct delta_err *err) {
    struct delta_value *copy = arena_alloc(arena, sizeof *copy);
    if (!copy)
        return err_no_memory(err);
    return copy_value(arena, value, copy, err) ? NULL : copy;
}

static int copy_members(struct delta_arena *arena, struct delta_patch *patch,
                        struct delta_err *err) {
    struct patch_member *members = arena_array(arena, patch->count, sizeof *members);
    if (!members)
        return err_memory(err);
    for (uint32_t i = 0; i < patch->count; i++) {
        struct patch_member *member = &members[i];
        *member = patch->members[i];
        member->key = copy_key(arena, member->key, err);
        if (!member->key)
            return -1;
        if (member->change == PATCH_SET &&
            copy_value(arena, &patch->members[i].value, &member->value, err))
            return -1;
        if (member->change == PATCH_NEST &&
            !(member->nested = copy_patch(arena, member->nested, err)))
            return -1;
    }
    patch->members = members;
    patch->order = NULL;
    return 0;
}

static int copy_items(struct delta_arena *arena, struct delta_patch *patch, struct delta_err *err) {
    struct patch_item *items = arena_array(arena, patch->count, sizeof *items);
    if (!items)
        return err_memory(err);
    for (uint32_t i = 0; i < patch->count; i++) {
        struct patch_item *item = &items[i];
        *item = patch->items[i];
        if (item->kind == PATCH_EDIT && !(item->nested = copy_patch(arena, item->nested, err)))
            return -1;
        if (item->kind != PATCH_INSERT)
            continue;
        struct delta_value *values = arena_array(arena, item->count, sizeof *values);
        if (!values)
            return err_memory(err);
        for (uint32_t j = 0; j < item->count; j++)
            if (copy_value(arena, &item->values[j], &values[j], err))
                return -1;
        item->values = values;
    }
    patch->items = items;
    return 0;
}

const struct delta_patch *copy_patch(struct delta_arena *arena, const struct delta_patch *patch,
                                     struct delta_err *err) {
    if (patch->kind == PATCH_EMPTY)
        return &patch_empty;
    struct delta_patch *copy = arena_alloc(arena, sizeof *copy);
    if (!copy)
        return err_no_memory(err);
    *copy = *patch;
    int failed = 0;
    if (patch->kind == PATCH_VALUE)
        failed = copy_value(arena, &patch->value, &copy->value, err);
    else if (patch->kind == PATCH_OBJECT)
        failed = copy_members(arena, copy, err);
    else
        failed = copy_items(arena, copy, err);
    return failed ? NULL : copy;
}
