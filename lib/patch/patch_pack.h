/* Patches made into bytes (patch_binary.h). */
#ifndef PATCH_PATCH_PACK_H
#define PATCH_PATCH_PACK_H

#include "base/array.h"
#include "base/buf.h"
#include "patch/member_orders.h"
#include "patch/patch.h"

/* Appends the packed patch; bound to `base`, which the patch must fit, unless `base` is NULL.
 * O(patch + members, sorted, of the objects it changes). */
int pack_patch(const struct delta_patch *patch, const struct delta_value *base,
               struct delta_buf *out, struct delta_err *err);

/* A patch packed in two parts. */
struct patch_parts {
    struct delta_buf ops, values;
    ARRAY(size_t) starts; /* where in `values` each of them begins */
    unsigned could;       /* which of PATCH_STEPS and PATCH_NEIGHBOURS may be worth a try */
};

/* The same in two parts; `ways`: PATCH_STEPS and PATCH_NEIGHBOURS, wherever they can be had. The
 * parts are freed by patch_parts_free, and are empty after a failure. */
int pack_patch_parts(const struct delta_patch *patch, const struct delta_value *base, unsigned ways,
                     struct member_orders *orders, struct patch_parts *out, struct delta_err *err);

/* Writes the values of a bound patch by columns (columns.h) to `values`, which is empty, and ends
 * with 1; with 0, and nothing written, where that is the order of the operations; -1 and
 * DELTA_ERR_MEMORY. O(values, and as columns_order). */
int patch_parts_by_columns(const struct patch_parts *parts, const struct delta_value *base,
                           struct member_orders *orders, struct delta_buf *values,
                           struct delta_err *err);

void patch_parts_free(struct patch_parts *parts);

#endif
