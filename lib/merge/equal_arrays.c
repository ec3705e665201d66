#include "merge/equal_arrays.h"

#include "base/err.h"
#include "base/hash.h"
#include "merge/first_equal.h"
#include "json/children.h"
#include "json/pattern_matcher.h"

struct joining {
    struct delta_arena *arena;
    struct pattern_matcher place;
    struct first_equal first; /* by the elements, in any order */
};

static int join_value(struct joining *joining, struct delta_value *value, struct delta_err *err);

static uint64_t bag_hash(const struct delta_value *array) {
    uint64_t bag[2] = {array->length, 0};
    for (uint32_t i = 0; i < array->length; i++) {
        uint64_t element = value_hash(&value_items(array)[i]);
        bag[1] += hash_private(&element, sizeof element, 'b');
    }
    return hash_private(bag, sizeof bag, 'b');
}

static int join_child(void *data, const struct value_key *key, uint32_t index,
                      struct delta_value *child, struct delta_err *err) {
    struct joining *joining = data;
    if (key)
        pattern_matcher_key(&joining->place, key->text, key->length);
    else
        pattern_matcher_index(&joining->place, index);
    pattern_matcher_value(&joining->place, child);
    int status = join_value(joining, child, err);
    pattern_matcher_up(&joining->place);
    return status;
}

static int join_value(struct joining *joining, struct delta_value *value, struct delta_err *err) {
    if (!value_is_container(value))
        return 0;
    if (pattern_matcher_may_match_below(&joining->place) &&
        children_map(joining->arena, value, join_child, joining, err))
        return -1;
    return value->type == DELTA_ARRAY && pattern_matcher_match(&joining->place)
               ? first_equal_put(&joining->first, bag_hash(value), value, err)
               : 0;
}

int equal_arrays_join(struct delta_arena *arena, struct delta_value *states, size_t count,
                      const struct pointer_patterns *unordered, bool *replaced,
                      struct delta_err *err) {
    struct joining joining = {.arena = arena};
    int status = 0;
    pattern_matcher_open(&joining.place, unordered);
    for (size_t i = 0; i < count && status == 0; i++)
        status = join_value(&joining, &states[i], err);
    if (joining.place.failed)
        status = err_memory(err);
    *replaced |= joining.first.replaced;
    pattern_matcher_close(&joining.place);
    first_equal_free(&joining.first);
    return status;
}
