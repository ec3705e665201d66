/* Values and patches that share nothing: so that what they were made from can go. */
#ifndef PATCH_COPY_H
#define PATCH_COPY_H

#include "patch/patch.h"

/* The value, with all its parts in `arena`. O(size). */
int copy_value(struct delta_arena *arena, const struct delta_value *value, struct delta_value *out,
               struct delta_err *err);

/* The same for a patch; NULL when out of memory. */
const struct delta_patch *copy_patch(struct delta_arena *arena, const struct delta_patch *patch,
                                     struct delta_err *err);

#endif
