#include "merge/equal_arrays.h"

#include "base/err.h"
#include "base/hash.h"
#include "merge/first_equal.h"
#include "json/pattern_matcher.h"

#include <string.h>

struct joining {
    struct delta_arena *arena;
    struct pattern_matcher place;
    struct first_equal first; /* by the elements, in any order */
    struct delta_err *err;
};

static int join_value(struct joining *joining, struct delta_value *value);

static uint64_t bag_hash(const struct delta_value *array) {
    uint64_t bag[2] = {array->length, 0};
    for (uint32_t i = 0; i < array->length; i++) {
        uint64_t element = value_hash(&value_items(array)[i]);
        bag[1] += hash_private(&element, sizeof element, 'b');
    }
    return hash_private(bag, sizeof bag, 'b');
}

static int join_items(struct joining *joining, struct delta_value *value) {
    struct value_array *copy = NULL; /* made when an element is replaced */
    for (uint32_t i = 0; i < value->length; i++) {
        struct delta_value item = value_items(value)[i];
        pattern_matcher_index(&joining->place, i);
        pattern_matcher_value(&joining->place, &item);
        int status = join_value(joining, &item);
        pattern_matcher_up(&joining->place);
        if (status)
            return -1;
        if (!copy && value_same(&item, &value_items(value)[i]))
            continue;
        if (!copy) {
            if (!(copy = value_array_open(joining->arena, value->length)))
                return err_memory(joining->err);
            memcpy(copy->items, value_items(value), value->length * sizeof *copy->items);
        }
        copy->items[i] = item;
    }
    return copy ? value_array_close(copy, value->length, value, joining->err) : 0;
}

static int join_members(struct joining *joining, struct delta_value *value) {
    struct value_object *copy = NULL; /* made when a member is replaced */
    for (uint32_t i = 0; i < value->length; i++) {
        struct value_member member = value_members(value)[i];
        pattern_matcher_key(&joining->place, member.key->text, member.key->length);
        pattern_matcher_value(&joining->place, &member.value);
        int status = join_value(joining, &member.value);
        pattern_matcher_up(&joining->place);
        if (status)
            return -1;
        if (!copy && value_same(&member.value, &value_members(value)[i].value))
            continue;
        if (!copy) {
            if (!(copy = value_object_open(joining->arena, value->length)))
                return err_memory(joining->err);
            memcpy(copy->members, value_members(value), value->length * sizeof *copy->members);
        }
        copy->members[i] = member;
    }
    return copy ? value_object_close(copy, value->length, value, joining->err) : 0;
}

static int join_value(struct joining *joining, struct delta_value *value) {
    if (!value_is_container(value))
        return 0;
    if (pattern_matcher_may_match_below(&joining->place) &&
        (value->type == DELTA_ARRAY ? join_items(joining, value) : join_members(joining, value)))
        return -1;
    return value->type == DELTA_ARRAY && pattern_matcher_match(&joining->place)
               ? first_equal_put(&joining->first, bag_hash(value), value, joining->err)
               : 0;
}

int equal_arrays_join(struct delta_arena *arena, struct delta_value *states, size_t count,
                      const struct pointer_patterns *unordered, bool *replaced,
                      struct delta_err *err) {
    struct joining joining = {.arena = arena, .err = err};
    int status = 0;
    pattern_matcher_open(&joining.place, unordered);
    for (size_t i = 0; i < count && status == 0; i++)
        status = join_value(&joining, &states[i]);
    if (joining.place.failed)
        status = err_memory(err);
    *replaced |= joining.first.replaced;
    pattern_matcher_close(&joining.place);
    first_equal_free(&joining.first);
    return status;
}
