/* Whether values are equal. */
#include "json/value.h"

#include <stdlib.h>
#include <string.h>

bool value_same(const struct delta_value *a, const struct delta_value *b) {
    if (a->type != b->type || a->length != b->length)
        return false;
    switch ((enum delta_type)a->type) {
    case DELTA_NULL:
    case DELTA_FALSE:
    case DELTA_TRUE:
        return true;
    case DELTA_NUMBER:
    case DELTA_STRING:
        return a->text == b->text || memcmp(a->text, b->text, a->length) == 0;
    case DELTA_ARRAY:
        return a->array == b->array ||
               (a->array->size == b->array->size && value_hash(a) == value_hash(b));
    case DELTA_OBJECT:
        break;
    }
    return a->object == b->object ||
           (a->object->size == b->object->size && value_hash(a) == value_hash(b));
}

/* Members of `b` are looked up from where the last one was found: in most objects that are equal
 * the keys come in the same order. An object with many keys in another order is compared in
 * canonical order instead. */
static bool objects_equal(const struct delta_value *a, const struct delta_value *b) {
    uint32_t count = a->length;
    const struct value_member *in_a = value_members(a);
    const struct value_member *in_b = value_members(b);
    bool same_order = true;
    for (uint32_t i = 0; i < count && same_order; i++)
        same_order = value_key_equal(in_a[i].key, in_b[i].key);
    if (same_order) {
        for (uint32_t i = 0; i < count; i++)
            if (!delta_value_equal(&in_a[i].value, &in_b[i].value))
                return false;
        return true;
    }
    uint32_t *orders = malloc(2 * (size_t)count * sizeof *orders);
    if (!orders)
        return false; /* unproven equality is not reported */
    value_order(a, orders);
    value_order(b, orders + count);
    bool equal = true;
    for (uint32_t i = 0; i < count && equal; i++) {
        const struct value_member *left = &in_a[orders[i]];
        const struct value_member *right = &in_b[orders[count + i]];
        equal = value_key_compare(left->key, right->key) == 0 &&
                delta_value_equal(&left->value, &right->value);
    }
    free(orders);
    return equal;
}

bool delta_value_equal(const struct delta_value *a, const struct delta_value *b) {
    if (!value_same(a, b))
        return false;
    if (a->type == DELTA_ARRAY) {
        if (a->array == b->array)
            return true;
        for (uint32_t i = 0; i < a->length; i++)
            if (!delta_value_equal(&value_items(a)[i], &value_items(b)[i]))
                return false;
    } else if (a->type == DELTA_OBJECT) {
        return a->object == b->object || objects_equal(a, b);
    }
    return true;
}
