/* JSON Patch and Merge Patch applied into a struct, for tests. */
#ifndef FOREIGN_PATCHES_H
#define FOREIGN_PATCHES_H

#include "json/value.h"

static inline int json_patch_apply(struct delta_arena *arena, const struct delta_value *base,
                                   const struct delta_value *operations, struct delta_value *out,
                                   struct delta_err *err) {
    const struct delta_value *result = delta_json_patch_apply(arena, base, operations, err);
    if (result)
        *out = *result;
    return result ? 0 : -1;
}

static inline int merge_patch_apply(struct delta_arena *arena, const struct delta_value *base,
                                    const struct delta_value *patch, struct delta_value *out,
                                    struct delta_err *err) {
    const struct delta_value *result = delta_merge_patch_apply(arena, base, patch, err);
    if (result)
        *out = *result;
    return result ? 0 : -1;
}

#endif
