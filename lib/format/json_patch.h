/* JSON Patch (RFC 6902): applying one, and a patch written as one. */
#ifndef FORMAT_JSON_PATCH_H
#define FORMAT_JSON_PATCH_H

#include "base/buf.h"
#include "patch/patch.h"

struct json_patch_options {
    bool test; /* a `test` before each operation that replaces, moves or removes something */
};

/* Appends the JSON Patch document that does to `base` what `patch` does: one line, `[]` for the
 * empty patch. Elements that an array patch moves, and members that an object only calls by another
 * key, become `move`. Fails with DELTA_ERR_BASE where the patch does not fit the base. O(patch +
 * elements of the arrays on the way, log n each where some are moved). */
int json_patch_write(const struct delta_value *base, const struct delta_patch *patch,
                     const struct json_patch_options *options, struct delta_buf *buf,
                     struct delta_err *err);

#endif
