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

/* The same for every number within `value`; shares what holds none. O(size). */
static int numeric_value(struct delta_arena *arena, const struct delta_value *value,
                         struct delta_value *out, struct delta_err *err);

static int numeric_array(struct delta_arena *arena, const struct delta_value *value,
                         struct delta_value *out, struct delta_err *err) {
    struct value_array *array = value_array_open(arena, value->length);
    if (!array)
        return err_memory(err);
    for (uint32_t i = 0; i < value->length; i++)
        if (numeric_value(arena, &value_items(value)[i], &array->items[i], err))
            return -1;
    return value_array_close(array, value->length, out, err);
}

static int numeric_object(struct delta_arena *arena, const struct delta_value *value,
                          struct delta_value *out, struct delta_err *err) {
    struct value_object *object = value_object_open(arena, value->length);
    if (!object)
        return err_memory(err);
    for (uint32_t i = 0; i < value->length; i++) {
        const struct value_member *member = &value_members(value)[i];
        object->members[i].key = member->key;
        if (numeric_value(arena, &member->value, &object->members[i].value, err))
            return -1;
    }
    return value_object_close(object, value->length, out, err);
}

static int numeric_value(struct delta_arena *arena, const struct delta_value *value,
                         struct delta_value *out, struct delta_err *err) {
    switch ((enum delta_type)value->type) {
    case DELTA_NUMBER:
        return numeric_number(arena, value, out, err);
    case DELTA_ARRAY:
        return numeric_array(arena, value, out, err);
    case DELTA_OBJECT:
        return numeric_object(arena, value, out, err);
    case DELTA_NULL:
    case DELTA_FALSE:
    case DELTA_TRUE:
    case DELTA_STRING:
        break;
    }
    *out = *value;
    return 0;
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
    struct delta_value left, right;
    int result = -1;
    if (numeric_value(arena, a, &left, err) == 0 && numeric_value(arena, b, &right, err) == 0)
        result = delta_value_equal(&left, &right);
    arena_rewind(arena, mark);
    return result;
}
