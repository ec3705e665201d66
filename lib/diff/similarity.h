/* How much of their content two values share. */
#ifndef DIFF_SIMILARITY_H
#define DIFF_SIMILARITY_H

#include "json/value.h"

enum {
    SIMILARITY_LONG_STRING = 48
}; /* bytes from which a string may be worth a patch of its own */

/* What `a` and `b` share, in thousandths; 1000 only for equal values. O(smaller one's content), but
 * of each container no more than 1,024 parts, and 6 levels. */
uint32_t similarity_score(const struct delta_value *a, const struct delta_value *b);

/* Bytes that two strings have in common at their beginnings and ends. O(length). */
uint32_t similarity_common_ends(const struct delta_value *a, const struct delta_value *b);

/* How many members or items of a value are looked at; 0 of scalars. */
uint32_t similarity_parts(const struct delta_value *value);

#endif
