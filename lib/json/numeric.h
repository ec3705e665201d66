/* Values in which numbers count by what they are worth, not by how they are written. */
#ifndef JSON_NUMERIC_H
#define JSON_NUMERIC_H

#include "json/value.h"

/* The number `value` in the one form of its worth (number_canonical): equal numbers come out as
 * the same value. O(length). */
int numeric_number(struct delta_arena *arena, const struct delta_value *value,
                   struct delta_value *out, struct delta_err *err);

/* Called with a number, which it may replace; nonzero ends the walk. */
typedef int numeric_change(void *data, struct delta_value *number, struct delta_err *err);

/* Replaces the numbers within `*value`, depth first, by what `change` makes of them. Parts in which
 * none changes are shared, others are new in `arena`. Returns what `change` does, or -1 with
 * DELTA_ERR_MEMORY. O(size). */
int numeric_map(struct delta_arena *arena, struct delta_value *value, numeric_change *change,
                void *data, struct delta_err *err);

/* 1 when the values are equal by RFC 6902 section 4.6 (numbers by value, members in any order), 0
 * when they are not. Scratch in `arena` is given back. O(size of both), O(1) where they are the
 * same. */
int numeric_equal(struct delta_arena *arena, const struct delta_value *a,
                  const struct delta_value *b, struct delta_err *err);

#endif
