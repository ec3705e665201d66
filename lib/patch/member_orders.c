/* A list of orders, in the order of the first pass: the next pass asks for the same objects one
 * after the other, so that none is searched for. Where the bound on small objects was reached,
 * those that follow are sorted in each pass.
 *
 * Why SMALL_MOST: two versions of caniuse take 1.34 times the instructions of delta-diff -z if no
 * order of a small object is kept. With the bound they take 4 MB at most. */
#include "patch/member_orders.h"

#include <stdlib.h>

enum { SMALL_MOST = 1024 * 1024 }; /* members of small objects whose orders are kept */

void member_orders_rewind(struct member_orders *orders) {
    orders->next = 0;
}

static bool is_in_order(const struct delta_value *object) {
    const struct value_member *members = value_members(object);
    if (object->flags & VALUE_ASCENDING)
        return true;
    for (uint32_t i = 1; i < object->length; i++)
        if (value_key_compare(members[i - 1].key, members[i].key) >= 0)
            return false;
    return true;
}

/* Before an order is a word that says whether it is kept. */
enum { NOT_KEPT, KEPT };

static uint32_t *sort(const struct delta_value *object) {
    uint32_t *words = malloc((object->length + (size_t)1) * sizeof *words);
    if (!words)
        return NULL;
    words[0] = NOT_KEPT;
    value_order(object, words + 1);
    return words + 1;
}

static void free_order(const uint32_t *order) {
    free((void *)(uintptr_t)(order - 1));
}

/* The order of members that are in order. */
static const uint32_t *counted(struct member_orders *orders) {
    if (orders->counted[1] == 0)
        for (uint32_t i = 0; i < MEMBER_ORDERS_LARGE; i++)
            orders->counted[i] = i;
    return orders->counted;
}

/* What comes in another order than before is kept behind it. */
static bool keep(struct member_orders *orders, const struct delta_value *object,
                 const uint32_t *order) {
    struct member_order *kept = array_add(&orders->kept);
    if (!kept)
        return false;
    *kept = (struct member_order){object, order};
    orders->next = orders->kept.count;
    return true;
}

/* Of a large object always; of small ones, of which there may be many, up to a bound, and none any
 * more when it was reached: in the next pass those that are kept come in the same order. */
static bool is_worth_keeping(struct member_orders *orders, const struct delta_value *object) {
    if (object->length >= MEMBER_ORDERS_LARGE)
        return true;
    bool fits = object->length <= SMALL_MOST - orders->small;
    orders->small = fits ? orders->small + object->length : SMALL_MOST;
    return fits;
}

const uint32_t *member_orders_get(struct member_orders *orders, const struct delta_value *object) {
    if (orders->next < orders->kept.count && orders->kept.items[orders->next].object == object)
        return orders->kept.items[orders->next++].order;
    if (object->length < MEMBER_ORDERS_LARGE && is_in_order(object))
        return keep(orders, object, counted(orders)) ? orders->counted : NULL;
    uint32_t *order = sort(object);
    if (!order || !is_worth_keeping(orders, object))
        return order;
    if (keep(orders, object, order)) {
        order[-1] = KEPT;
        return order;
    }
    free_order(order);
    return NULL;
}

bool member_orders_is_counted(const struct member_orders *orders, const struct delta_value *object,
                              const uint32_t *order) {
    if (order == orders->counted)
        return true;
    for (uint32_t i = 0; i < object->length; i++)
        if (order[i] != i)
            return false;
    return true;
}

void member_orders_release(const struct member_orders *orders, const uint32_t *order) {
    if (order && order != orders->counted && order[-1] == NOT_KEPT)
        free_order(order);
}

void member_orders_free(struct member_orders *orders) {
    for (size_t i = 0; i < orders->kept.count; i++)
        if (orders->kept.items[i].order != orders->counted)
            free_order(orders->kept.items[i].order);
    free(orders->kept.items);
    *orders = (struct member_orders){0};
}
