#include "json/numeric.h"

#include "base/err.h"
#include "json/number.h"

#include <string.h>

int numeric_number(struct delta_arena *arena, const struct delta_value *value,
                   struct delta_value *out, struct delta_err *err) {
    struct delta_buf buf = {0};
    struct byte_span text;
    number_canonical(value->text, value->length, &buf);
    if (buf_move(&buf, arena, &text, err) < 0)
        return -1;
    *out = value_number(text.bytes, (uint32_t)text.length);
    return 0;
}

static int map_items(struct delta_arena *arena, struct delta_value *value, numeric_change *change,
                     void *data, struct delta_err *err) {
    struct value_array *copy = NULL; /* made when an element is changed */
    for (uint32_t i = 0; i < value->length; i++) {
        struct delta_value item = value_items(value)[i];
        if (numeric_map(arena, &item, change, data, err))
            return -1;
        if (!copy && value_same(&item, &value_items(value)[i]))
            continue;
        if (!copy) {
            if (!(copy = value_array_open(arena, value->length)))
                return err_memory(err);
            memcpy(copy->items, value_items(value), value->length * sizeof *copy->items);
        }
        copy->items[i] = item;
    }
    return copy ? value_array_close(copy, value->length, value, err) : 0;
}

static int map_members(struct delta_arena *arena, struct delta_value *value, numeric_change *change,
                       void *data, struct delta_err *err) {
    struct value_object *copy = NULL; /* made when a member is changed */
    for (uint32_t i = 0; i < value->length; i++) {
        struct value_member member = value_members(value)[i];
        if (numeric_map(arena, &member.value, change, data, err))
            return -1;
        if (!copy && value_same(&member.value, &value_members(value)[i].value))
            continue;
        if (!copy) {
            if (!(copy = value_object_open(arena, value->length)))
                return err_memory(err);
            memcpy(copy->members, value_members(value), value->length * sizeof *copy->members);
        }
        copy->members[i] = member;
    }
    return copy ? value_object_close(copy, value->length, value, err) : 0;
}

int numeric_map(struct delta_arena *arena, struct delta_value *value, numeric_change *change,
                void *data, struct delta_err *err) {
    switch ((enum delta_type)value->type) {
    case DELTA_NUMBER:
        return change(data, value, err);
    case DELTA_ARRAY:
        return map_items(arena, value, change, data, err);
    case DELTA_OBJECT:
        return map_members(arena, value, change, data, err);
    case DELTA_NULL:
    case DELTA_FALSE:
    case DELTA_TRUE:
    case DELTA_STRING:
        break;
    }
    return 0;
}

static int to_canonical(void *arena, struct delta_value *number, struct delta_err *err) {
    return numeric_number(arena, number, number, err);
}

int numeric_equal(struct delta_arena *arena, const struct delta_value *a,
                  const struct delta_value *b, struct delta_err *err) {
    if (a->type != b->type)
        return 0;
    if (value_same(a, b))
        return 1;
    if (a->type == DELTA_NUMBER)
        return number_compare(a->text, a->length, b->text, b->length) == 0;
    if (!value_is_container(a) || a->length != b->length)
        return 0;
    struct arena_mark mark = arena_mark(arena);
    struct delta_value left = *a, right = *b;
    int result = -1;
    if (numeric_map(arena, &left, to_canonical, arena, err) == 0 &&
        numeric_map(arena, &right, to_canonical, arena, err) == 0)
        result = delta_value_equal(&left, &right);
    arena_rewind(arena, mark);
    return result;
}
