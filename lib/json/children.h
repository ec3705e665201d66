/* The children of a value: the elements of an array, the values of the members of an object. */
#ifndef JSON_CHILDREN_H
#define JSON_CHILDREN_H

#include "json/value.h"

/* Called with a child, which it may replace, and where it is: the key of a member, or the index of
 * an element, for which `key` is NULL. Nonzero ends the walk. */
typedef int child_change(void *data, const struct value_key *key, uint32_t index,
                         struct delta_value *child, struct delta_err *err);

/* Replaces the children of `*value`, in order, by what `change` makes of them; a scalar has none.
 * Where one changes, the value is a new one in `arena`; otherwise it stays the same. Returns what
 * `change` does, or -1 when out of memory or when the result would nest too deep. O(children). */
int children_map(struct delta_arena *arena, struct delta_value *value, child_change *change,
                 void *data, struct delta_err *err);

#endif
