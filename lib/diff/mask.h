/* Values that are kept out of what is shown and stored; that they changed is not. */
#ifndef DIFF_MASK_H
#define DIFF_MASK_H

#include "diff/filter.h"
#include "patch/patch.h"

/* What is where a value is masked: a string. */
#define MASK_MARKER "***"

/* `value` with all masked places replaced by the marker. Shares what holds none. */
int mask_value(struct delta_arena *arena, const struct delta_filter *filter,
               const struct delta_value *value, struct delta_value *out, struct delta_err *err);

/* A patch and its base with all masked places replaced, of an element that moved at its old place
 * and at its new one; a change within a masked place becomes the marker as a whole. The patch fits
 * the new base, but what it makes of it is of no use other than being shown. O(base + patch). */
int mask_patch(struct delta_arena *arena, const struct delta_filter *filter,
               const struct delta_value *base, const struct delta_patch *patch,
               struct delta_value *masked_base, const struct delta_patch **masked_patch,
               struct delta_err *err);

#endif
