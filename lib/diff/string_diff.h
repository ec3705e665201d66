/* Two long strings to the patch that makes one out of runs of the other. */
#ifndef DIFF_STRING_DIFF_H
#define DIFF_STRING_DIFF_H

#include "patch/patch.h"

/* The patch from string `a` to string `b`, and the bytes of its JSON form in `*size`; a patch
 * of kind PATCH_VALUE where that is no larger, or one of them holds a lone surrogate. Lines are
 * matched first, words within changed lines, then chunks cut where their content says, so that one
 * huge string without lines has runs too. NULL when out of memory. O(n log n). */
const struct delta_patch *diff_strings(struct delta_arena *arena, const struct delta_value *a,
                                       const struct delta_value *b, uint64_t *size,
                                       struct delta_err *err);

#endif
