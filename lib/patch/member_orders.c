#include "patch/member_orders.h"

#include <stdlib.h>

enum { LARGE = 256 }; /* members; those of fewer are sorted sooner than looked up */

void member_orders_rewind(struct member_orders *orders) {
    orders->next = 0;
}

static uint32_t *sort(const struct delta_value *object) {
    uint32_t *order = malloc((object->length + (size_t)1) * sizeof *order);
    if (order)
        value_order(object, order);
    return order;
}

uint32_t *member_orders_get(struct member_orders *orders, const struct delta_value *object) {
    if (object->length < LARGE)
        return sort(object);
    if (orders->next < orders->kept.count && orders->kept.items[orders->next].object == object)
        return orders->kept.items[orders->next++].order;
    /* What comes in another order than before is kept behind it. */
    uint32_t *order = sort(object);
    struct member_order *kept = order ? array_add(&orders->kept) : NULL;
    if (!kept) {
        free(order);
        return NULL;
    }
    *kept = (struct member_order){object, order};
    orders->next = orders->kept.count;
    return order;
}

void member_orders_release(const struct delta_value *object, uint32_t *order) {
    if (object->length < LARGE)
        free(order);
}

void member_orders_free(struct member_orders *orders) {
    for (size_t i = 0; i < orders->kept.count; i++)
        free(orders->kept.items[i].order);
    free(orders->kept.items);
    *orders = (struct member_orders){0};
}
