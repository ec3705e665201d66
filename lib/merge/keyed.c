#include "merge/keyed.h"

#include "base/err.h"
#include "diff/diff.h"
#include "diff/sequence.h"
#include "json/number.h"

#include <stdlib.h>
#include <string.h>

const struct delta_value *keyed_name(const struct delta_value *element, const char *member) {
    return value_get(element, member);
}

int keyed_compare(const struct delta_value *a, const struct delta_value *b, const char *member) {
    const struct delta_value *left = keyed_name(a, member);
    const struct delta_value *right = keyed_name(b, member);
    if (!left || !right)
        return left ? -1 : 1;
    if (left->type == DELTA_STRING && right->type == DELTA_STRING) {
        uint32_t shorter = left->length < right->length ? left->length : right->length;
        int order = memcmp(left->text, right->text, shorter);
        return order ? order : (left->length > right->length) - (left->length < right->length);
    }
    if (left->type == DELTA_NUMBER && right->type == DELTA_NUMBER) {
        int order = number_compare(left->text, left->length, right->text, right->length);
        if (order)
            return order;
    }
    struct delta_digest one = delta_value_digest(left);
    struct delta_digest other = delta_value_digest(right);
    if (one.high != other.high)
        return one.high < other.high ? -1 : 1;
    return (one.low > other.low) - (one.low < other.low);
}

/* Where the element of each name stands; of elements that share one, the first. */
struct places {
    struct symbols names;
    uint32_t *at; /* by symbol */
};

static int find_places(const struct delta_value *array, const char *member, struct places *places,
                       struct delta_err *err) {
    places->at = reallocarray(NULL, (size_t)array->length + 1, sizeof *places->at);
    if (!places->at)
        return err_memory(err);
    for (uint32_t i = 0; i < array->length; i++) {
        const struct delta_value *name = keyed_name(&value_items(array)[i], member);
        uint32_t known = places->names.count;
        if (!name)
            continue;
        uint32_t symbol = symbols_put(&places->names, delta_value_digest(name));
        if (symbol == SEQUENCE_NONE)
            return err_memory(err);
        if (symbol == known)
            places->at[symbol] = i;
    }
    return 0;
}

/* The element of `a` with this one's name that has not been taken yet, or SEQUENCE_NONE. */
static int take_place(struct places *places, uint32_t named, const struct delta_value *name,
                      uint32_t *place, struct delta_err *err) {
    *place = SEQUENCE_NONE;
    if (!name)
        return 0;
    uint32_t symbol = symbols_put(&places->names, delta_value_digest(name));
    if (symbol == SEQUENCE_NONE)
        return err_memory(err);
    if (symbol < named) {
        *place = places->at[symbol];
        places->at[symbol] = SEQUENCE_NONE;
    }
    return 0;
}

const struct delta_patch *keyed_patch(struct delta_arena *arena, const struct delta_value *a,
                                      const struct delta_value *b, const char *member,
                                      struct delta_err *err) {
    static const struct diff_options fine = {.fine = true};
    struct places places = {0};
    struct patch_items items = {0};
    const struct delta_patch *patch = NULL;
    if (find_places(a, member, &places, err))
        goto out;
    uint32_t named = places.names.count;
    for (uint32_t i = 0; i < b->length; i++) {
        const struct delta_value *element = &value_items(b)[i];
        uint32_t place;
        if (take_place(&places, named, keyed_name(element, member), &place, err))
            goto out;
        if (place == SEQUENCE_NONE) {
            patch_items_insert(&items, arena, element, 1);
            continue;
        }
        const struct delta_patch *nested =
            diff_values(arena, &value_items(a)[place], element, &fine, err);
        if (!nested)
            goto out;
        patch_items_edit(&items, place, nested);
    }
    patch = patch_items_close(&items, arena, PATCH_ARRAY, a->length, err);
out:
    patch_items_free(&items);
    symbols_free(&places.names);
    free(places.at);
    return patch;
}
