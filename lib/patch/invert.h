/* The reverse of a patch. */
#ifndef PATCH_INVERT_H
#define PATCH_INVERT_H

#include "patch/patch.h"

/* The patch that leads from apply(base, patch) back to `base`; as structural as `patch` is (a move
 * becomes the move back), and holding what `patch` removes. Shares both, which must outlive
 * it. Fails with DELTA_ERR_BASE and the pointer where `patch` does not fit `base`.
 * O(items log items + members of the objects on the way). */
const struct delta_patch *invert_patch(struct delta_arena *arena, const struct delta_value *base,
                                       const struct delta_patch *patch, struct delta_err *err);

#endif
