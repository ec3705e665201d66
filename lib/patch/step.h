/* Numbers as steps from one another: 17 to 18 is 1, 0.25 to 0.75 is 50, counted in units of the
 * last place. Only for plain decimal texts, of so many digits after the point on both sides, where
 * the step leads to the exact text of the new number. */
#ifndef PATCH_STEP_H
#define PATCH_STEP_H

#include "base/arena.h"
#include "json/decimal.h"

/* Writes the step's text to `out`; its length, or 0 where there is none that is at most half as
 * long as the new number. O(digits). */
size_t step_between(const struct delta_value *from, const struct delta_value *to,
                    char out[DECIMAL_LONGEST]);

/* The number that `step`, an integer other than 0, leads to from `from`; its text is in the arena.
 * -1 where either is not such a number, or, with *failed set, memory ran out. */
int step_apply(struct delta_arena *arena, const struct delta_value *from,
               const struct delta_value *step, struct delta_value *out, bool *failed);

#endif
