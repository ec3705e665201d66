/* Arrays whose elements are objects with a name: the value of one member. */
#ifndef MERGE_KEYED_H
#define MERGE_KEYED_H

#include "patch/patch.h"

/* The element's name, or NULL when it is no object or has no such member. */
const struct delta_value *keyed_name(const struct delta_value *element, const char *member);

/* The order of two elements by name: 0 when they are called the same; one without a name is the
 * same as none. */
int keyed_compare(const struct delta_value *a, const struct delta_value *b, const char *member);

/* The patch from array `a` to array `b` in which elements with one name are one element, moved or
 * changed within. Shares both. NULL when out of memory. O(elements), and what the elements cost. */
const struct delta_patch *keyed_patch(struct delta_arena *arena, const struct delta_value *a,
                                      const struct delta_value *b, const char *member,
                                      struct delta_err *err);

#endif
