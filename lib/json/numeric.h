/* Values in which numbers count by what they are worth, not by how they are written. */
#ifndef JSON_NUMERIC_H
#define JSON_NUMERIC_H

#include "json/value.h"

/* The number `value` in the one form of its worth (number_canonical): equal numbers come out as
 * the same value. O(length). */
int numeric_number(struct delta_arena *arena, const struct delta_value *value,
                   struct delta_value *out, struct delta_err *err);

/* 1 when the values are equal by RFC 6902 section 4.6 (numbers by value, members in any order), 0
 * when they are not. Scratch in `arena` is given back. O(size of both), O(1) where they are the
 * same. */
int numeric_equal(struct delta_arena *arena, const struct delta_value *a,
                  const struct delta_value *b, struct delta_err *err);

#endif
