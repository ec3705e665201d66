#include "base/ranges.h"

#include <stdlib.h>

enum { FEW = 3 }; /* steps that the varint of the place has room for */

void ranges_put(const struct ranges *ranges, struct delta_buf *buf) {
    uint64_t behind = 0; /* where the next one begins at the earliest */
    varint_put(buf, ranges->list.count);
    for (size_t i = 0; i < ranges->list.count; i++) {
        const struct range *range = &ranges->list.items[i];
        uint64_t more = range->to - range->from - 1;
        varint_put(buf, (range->from - behind) << 2 | (more < FEW ? more : FEW));
        if (more >= FEW)
            varint_put(buf, more - FEW);
        behind = range->to + 1;
    }
}

static bool get_range(struct varint_cursor *cursor, uint64_t behind, struct range *range) {
    uint64_t word, more = 0;
    if (!varint_get(cursor, &word) || ((word & FEW) == FEW && !varint_get(cursor, &more)))
        return false;
    return !__builtin_add_overflow(behind, word >> 2, &range->from) &&
           !__builtin_add_overflow(range->from, (word & FEW) + 1, &range->to) &&
           !__builtin_add_overflow(range->to, more, &range->to) &&
           range->to < UINT64_MAX / RANGE_STEP;
}

bool ranges_get(struct varint_cursor *cursor, uint64_t size, struct ranges *ranges, bool *failed) {
    struct range range = {0};
    uint64_t count, behind = 0;
    *failed = false;
    if (!varint_get(cursor, &count) || count == 0)
        return false;
    for (; count; count--) {
        if (!get_range(cursor, behind, &range) || (range.to - 1) * RANGE_STEP >= size)
            return false;
        behind = range.to + 1;
        struct range *place = ranges ? array_add(&ranges->list) : &range;
        if (!place) {
            *failed = true;
            return false;
        }
        *place = range;
    }
    return true;
}

void range_bytes(const struct range *range, uint64_t size, uint64_t *from, uint64_t *to) {
    *from = range->from * RANGE_STEP;
    *to = range->to * RANGE_STEP < size ? range->to * RANGE_STEP : size;
}

void ranges_free(struct ranges *ranges) {
    free(ranges->list.items);
    *ranges = (struct ranges){0};
}
