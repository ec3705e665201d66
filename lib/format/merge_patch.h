/* JSON Merge Patch (RFC 7396). */
#ifndef FORMAT_MERGE_PATCH_H
#define FORMAT_MERGE_PATCH_H

#include "json/value.h"

/* The merge patch that leads from `old` to `new`, in `*out`; shares both. `{}` for equal objects.
 * Fails with DELTA_ERR_UNSUPPORTED and the pointer where `new` holds a null that a merge patch
 * cannot set. O(members of the objects that differ + members of new ones). */
int merge_patch_diff(struct delta_arena *arena, const struct delta_value *old,
                     const struct delta_value *new, struct delta_value *out, struct delta_err *err);

#endif
