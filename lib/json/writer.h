/* Values to JSON text. */
#ifndef JSON_WRITER_H
#define JSON_WRITER_H

#include "base/buf.h"
#include "delta.h"

/* Appends the canonical form: no spaces, keys in code point order. O(size), O(n log n) for objects
 * whose keys are not in order yet. Failure shows in buf->failed. */
void writer_canonical(const struct delta_value *value, struct delta_buf *buf);

/* True when a text of the canonical form's length from which the value was read is that form. No
 * text is shorter: there are no spaces in it, and each character has its shortest form, so that
 * only the order of keys and the case of hexadecimal digits are left to ask about. Recursion as
 * deep as the value. O(members, and bytes of strings with escapes). */
bool writer_is_canonical(const struct delta_value *value);

/* Appends without spaces, keys in the order they are remembered in: what records look like. */
void writer_compact(const struct delta_value *value, struct delta_buf *buf);

/* Appends one string, quoted and escaped as in canonical form. `text` is WTF-8. */
void writer_string(const char *text, size_t length, struct delta_buf *buf);

#endif
