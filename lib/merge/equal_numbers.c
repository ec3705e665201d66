#include "merge/equal_numbers.h"

#include "base/err.h"
#include "diff/symbols.h"
#include "json/numeric.h"

#include <stdlib.h>
#include <string.h>

struct joining {
    struct delta_arena *arena;
    struct delta_arena *scratch; /* cleared after each number */
    struct symbols worths;
    ARRAY(struct delta_value) first; /* the first number of each worth, by symbol */
    bool replaced;
    struct delta_err *err;
};

static int join(struct joining *joining, struct delta_value *value);

static int join_number(struct joining *joining, struct delta_value *number) {
    struct delta_value worth;
    if (numeric_number(joining->scratch, number, &worth, joining->err))
        return -1;
    uint32_t symbol = symbols_put(&joining->worths, value_hash(&worth));
    delta_arena_clear(joining->scratch);
    if (symbol == NO_INDEX)
        return err_memory(joining->err);
    if (symbol == joining->first.count) {
        struct delta_value *first = array_add(&joining->first);
        if (!first)
            return err_memory(joining->err);
        *first = *number;
    } else if (!value_same(&joining->first.items[symbol], number)) {
        *number = joining->first.items[symbol];
        joining->replaced = true;
    }
    return 0;
}

static int join_items(struct joining *joining, struct delta_value *value) {
    struct value_array *copy = NULL; /* made when an element is replaced */
    for (uint32_t i = 0; i < value->length; i++) {
        struct delta_value item = value_items(value)[i];
        if (join(joining, &item))
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
        if (join(joining, &member.value))
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

static int join(struct joining *joining, struct delta_value *value) {
    switch (value->type) {
    case DELTA_NUMBER:
        return join_number(joining, value);
    case DELTA_ARRAY:
        return join_items(joining, value);
    case DELTA_OBJECT:
        return join_members(joining, value);
    default:
        return 0;
    }
}

int equal_numbers_join(struct delta_arena *arena, struct delta_value *states, size_t count,
                       bool *replaced, struct delta_err *err) {
    struct joining joining = {.arena = arena, .scratch = delta_arena_new(), .err = err};
    int status = joining.scratch ? 0 : err_memory(err);
    for (size_t i = 0; i < count && status == 0; i++)
        status = join(&joining, &states[i]);
    *replaced = joining.replaced;
    symbols_free(&joining.worths);
    free(joining.first.items);
    delta_arena_free(joining.scratch);
    return status;
}
