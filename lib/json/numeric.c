#include "json/numeric.h"

#include "base/err.h"
#include "json/children.h"
#include "json/number.h"

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

struct walk {
    struct delta_arena *arena;
    numeric_change *change;
    void *data;
};

static int map_value(void *data, const struct value_key *key, uint32_t index,
                     struct delta_value *value, struct delta_err *err) {
    const struct walk *walk = data;
    (void)key;
    (void)index;
    return value->type == DELTA_NUMBER ? walk->change(walk->data, value, err)
                                       : children_map(walk->arena, value, map_value, data, err);
}

int numeric_map(struct delta_arena *arena, struct delta_value *value, numeric_change *change,
                void *data, struct delta_err *err) {
    struct walk walk = {arena, change, data};
    return map_value(&walk, NULL, 0, value, err);
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
