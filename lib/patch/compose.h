/* Two patches in a row to one. */
#ifndef PATCH_COMPOSE_H
#define PATCH_COMPOSE_H

#include "patch/patch.h"

/* The patch that does what `p` and then `q` do: apply(a, compose(p,q)) = apply(apply(a,p),q)
 * wherever the latter is defined. Needs no base; associative, with the empty patch as unit. Shares
 * both, which must outlive it.
 *
 * A key that is set and then removed ends removed, one that is removed and then set ends set; a
 * patch within a value that `p` sets is applied to that value. Fails with DELTA_ERR_JOIN or
 * DELTA_ERR_BASE and the pointer where `q` cannot follow `p` on any base, with DELTA_ERR_LIMIT
 * where a value would nest too deep. O(items of both, log n for each run of an array). */
const struct delta_patch *compose_patches(struct delta_arena *arena, const struct delta_patch *p,
                                          const struct delta_patch *q, struct delta_err *err);

#endif
