/* Whether the keys of one object are distinct. */
#ifndef JSON_DISTINCT_H
#define JSON_DISTINCT_H

#include "json/value.h"

/* Memory that is used again for the next object: zeroed before use, distinct_free when done. */
struct distinct {
    void *room;
    size_t size;
    bool ascending; /* the keys of the last check are in ascending order; said where it was seen */
};

/* Of objects with more keys it is seen whether these are in ascending order. */
enum { DISTINCT_UNORDERED = 1 << 14 };

/* 0 when no two of the members' keys are equal; else 1, and `*duplicate` is a key that is there
 * twice. -1 when out of memory. O(count). */
int distinct_check(struct distinct *distinct, const struct value_member *members, size_t count,
                   const struct value_key **duplicate);

/* The same where no two keys can be equal but one of those of the `fresh_count` members whose
 * indices `fresh` has. O(count), and less of it. */
int distinct_check_fresh(struct distinct *distinct, const struct value_member *members,
                         size_t count, const uint32_t *fresh, size_t fresh_count,
                         const struct value_key **duplicate);

void distinct_free(struct distinct *distinct);

#endif
