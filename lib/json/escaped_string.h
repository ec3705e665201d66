/* Strings with escapes, whose characters are not in the text as they are. */
#ifndef JSON_ESCAPED_STRING_H
#define JSON_ESCAPED_STRING_H

#include "json/reader_error.h"

/* Reads the string that begins at `start`, just after the opening quote, and whose first backslash
 * is at `escape`: its characters, decoded, in the arena. What comes after the closing quote, or
 * NULL. O(length). */
const char *reader_escaped_string(const struct reader_source *source, struct delta_arena *arena,
                                  const char *start, const char *escape, struct delta_value *out);

#endif
