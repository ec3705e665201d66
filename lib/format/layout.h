/* A changed state in the layout of the old one's text, so that a person's file stays theirs. */
#ifndef FORMAT_LAYOUT_H
#define FORMAT_LAYOUT_H

#include "base/buf.h"
#include "json/value.h"

/* Appends `after`, spelled as `text` is, which must be what `before` was read from: what did not
 * change is copied byte for byte, with its spaces, escapes, order of keys and final newline. New
 * members stand at an object's end; what is new is indented as what stands around it. -1 for want
 * of memory. Costs a diff, and O(length) for each level of arrays that changed. */
int layout_write(const char *text, size_t length, const struct delta_value *before,
                 const struct delta_value *after, struct delta_buf *out, struct delta_err *err);

#endif
