/* The order in which the members of a merged object are written. */
#ifndef FORMAT_MEMBER_ORDER_H
#define FORMAT_MEMBER_ORDER_H

#include "json/value.h"

/* An object of which the merged one's members are; its own may be more. */
struct member_order_side {
    const uint32_t *part; /* by member of the merged object: its index here, or NO_INDEX.
                             NULL: there is no such object */
    uint32_t count;
};

/* Fills `order` with the indices of `object`'s members as they are to be written.
 *
 * They are in the order of ours, or of theirs where only that side changed the base's. A member
 * that only the other side has is placed after the nearest member before it there that both have,
 * and after those that the first side has at that place; but where the members of both sides are
 * sorted, by code points or without regard to the case of ASCII letters, and one has three or more,
 * they stay so. Members that
 * neither has are last, or where they belong among three or more members sorted by code points.
 *
 * O(members), and sorting for the last case. -1 when out of memory. */
int member_order_find(const struct delta_value *object, const struct member_order_side *base,
                      const struct member_order_side *ours, const struct member_order_side *theirs,
                      uint32_t *order, struct delta_err *err);

#endif
