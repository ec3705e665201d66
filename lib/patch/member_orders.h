/* The canonical order of the members of the objects that a packed patch changes within. Packing and
 * unpacking walk the same objects several times, one after the other: an object of many members is
 * sorted in the first pass only, as are those of few until there are very many, and one of few
 * whose members are in order is looked at in that. */
#ifndef PATCH_MEMBER_ORDERS_H
#define PATCH_MEMBER_ORDERS_H

#include "base/array.h"
#include "json/value.h"

enum { MEMBER_ORDERS_LARGE = 256 }; /* members; of fewer there may be very many such objects */

struct member_order {
    const struct delta_value *object;
    const uint32_t *order;
};

/* All zero to begin with. Orders are kept as they were first needed. */
struct member_orders {
    ARRAY(struct member_order) kept;
    size_t next;                           /* the one that is expected next in this pass */
    uint32_t small;                        /* members of those of few that are kept */
    uint32_t counted[MEMBER_ORDERS_LARGE]; /* 0, 1, 2: the order of few that are in order */
};

/* Begins a pass over the same objects in the same order. */
void member_orders_rewind(struct member_orders *orders);

/* The order of `object`'s members (value_order), until member_orders_release; NULL for want of
 * memory. O(1) when it was kept, else as value_order. */
const uint32_t *member_orders_get(struct member_orders *orders, const struct delta_value *object);

/* True when the order says that the members are in order as they are. O(1) for few. */
bool member_orders_is_counted(const struct member_orders *orders, const struct delta_value *object,
                              const uint32_t *order);

/* Frees what member_orders_get returned unless it is kept; `order` may be NULL. */
void member_orders_release(const struct member_orders *orders, const uint32_t *order);

void member_orders_free(struct member_orders *orders);

#endif
