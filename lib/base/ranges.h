/* Ranges of a text, ascending and apart, each of whole steps of RANGE_STEP bytes.
 *
 *     varint  how many ranges; for each
 *     varint  4 * g + c    g steps lie between it and the one before it, of which at least one is
 *                          not counted (before the first: all are); it has c + 1 steps, and if c
 *                          is 3, as many more as the next varint says */
#ifndef BASE_RANGES_H
#define BASE_RANGES_H

#include "base/array.h"
#include "base/buf.h"
#include "base/varint.h"

enum { RANGE_STEP = 1024 };

/* In steps; `to` is behind it. */
struct range {
    uint64_t from, to;
};

struct ranges {
    ARRAY(struct range) list;
};

void ranges_put(const struct ranges *ranges, struct delta_buf *buf);

/* Takes ranges off the cursor that all begin within a text of `size` bytes; the last may end behind
 * it by less than a step. False where they are not, or, with *failed set, when out of memory;
 * `ranges`, which is empty, has to be freed then too. With `ranges` NULL and any size they are
 * passed over. O(ranges). */
bool ranges_get(struct varint_cursor *cursor, uint64_t size, struct ranges *ranges, bool *failed);

/* The bytes from *from up to *to that a range has of a text of `size` bytes. */
void range_bytes(const struct range *range, uint64_t size, uint64_t *from, uint64_t *to);

void ranges_free(struct ranges *ranges);

#endif
