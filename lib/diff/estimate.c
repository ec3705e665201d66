/* The two trees are descended together, where their hashes differ. Members and elements are paired
 * in order; where a pair does not fit, one of the two may be new: then the next of its side fits.
 */
#include "diff/estimate.h"

static void count(const struct delta_value *a, const struct delta_value *b, uint64_t *left);

static void take(const struct delta_value *value, uint64_t *left) {
    uint64_t size = delta_value_size(value);
    *left -= size < *left ? size : *left;
}

static void count_items(const struct delta_value *a, const struct delta_value *b, uint64_t *left) {
    const struct delta_value *old_items = value_items(a), *new_items = value_items(b);
    uint32_t i = 0, j = 0;
    while (j < b->length && *left) {
        if (i == a->length) {
            take(&new_items[j++], left);
        } else if (i + 1 < a->length && value_same(&old_items[i + 1], &new_items[j])) {
            i++;
        } else if (j + 1 < b->length && value_same(&old_items[i], &new_items[j + 1])) {
            take(&new_items[j++], left);
        } else {
            count(&old_items[i++], &new_items[j++], left);
        }
    }
}

static void count_members(const struct delta_value *a, const struct delta_value *b,
                          uint64_t *left) {
    const struct value_member *old_members = value_members(a), *new_members = value_members(b);
    uint32_t i = 0, j = 0;
    while (j < b->length && *left) {
        if (i < a->length && value_key_equal(old_members[i].key, new_members[j].key))
            count(&old_members[i++].value, &new_members[j++].value, left);
        else if (i + 1 < a->length && value_key_equal(old_members[i + 1].key, new_members[j].key))
            i++;
        else
            take(&new_members[j++].value, left);
    }
}

static void count(const struct delta_value *a, const struct delta_value *b, uint64_t *left) {
    if (value_same(a, b))
        return;
    if (a->type != b->type || !value_is_container(b))
        take(b, left);
    else if (b->type == DELTA_ARRAY)
        count_items(a, b, left);
    else
        count_members(a, b, left);
}

bool estimate_exceeds(const struct delta_value *old_value, const struct delta_value *new_value,
                      uint64_t bytes) {
    uint64_t left = bytes + 1;
    count(old_value, new_value, &left);
    return left == 0;
}
