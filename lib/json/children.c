#include "json/children.h"

#include "base/err.h"

#include <string.h>

/* A container of which children are replaced: one of both, when one is. */
struct copy {
    struct value_array *array;
    struct value_object *object;
};

static int copy_open(struct copy *copy, struct delta_arena *arena, const struct delta_value *value,
                     struct delta_err *err) {
    if (value->type == DELTA_ARRAY) {
        if (!(copy->array = value_array_open(arena, value->length)))
            return err_memory(err);
        memcpy(copy->array->items, value_items(value), value->length * sizeof(struct delta_value));
    } else {
        if (!(copy->object = value_object_open(arena, value->length)))
            return err_memory(err);
        memcpy(copy->object->members, value_members(value),
               value->length * sizeof(struct value_member));
    }
    return 0;
}

int children_map(struct delta_arena *arena, struct delta_value *value, child_change *change,
                 void *data, struct delta_err *err) {
    struct copy copy = {0};
    for (uint32_t i = 0; value_is_container(value) && i < value->length; i++) {
        const struct value_member *member =
            value->type == DELTA_OBJECT ? &value_members(value)[i] : NULL;
        const struct delta_value *old = member ? &member->value : &value_items(value)[i];
        struct delta_value child = *old;
        int status = change(data, member ? member->key : NULL, i, &child, err);
        if (status)
            return status;
        if (value_same(&child, old))
            continue;
        if (!copy.array && !copy.object && copy_open(&copy, arena, value, err))
            return -1;
        *(member ? &copy.object->members[i].value : &copy.array->items[i]) = child;
    }
    if (copy.array)
        return value_array_close(copy.array, value->length, value, err);
    return copy.object ? value_object_close(copy.object, value->length, value, err) : 0;
}
