/* Patch and value to value. */
#ifndef PATCH_APPLY_H
#define PATCH_APPLY_H

#include "patch/patch.h"

/* The value that `patch` makes of `base`, in `*out`; shares both, which must outlive it.
 * Fails with DELTA_ERR_BASE and the pointer where the patch does not fit, DELTA_ERR_LIMIT where
 * the result would nest too deep. O(patch + members of the containers on the way). */
int apply_patch(struct delta_arena *arena, const struct delta_value *base,
                const struct delta_patch *patch, struct delta_value *out, struct delta_err *err);

#endif
