/* Canonical forms as bytes, for code that compresses or compares them. */
#ifndef JSON_CANONICAL_H
#define JSON_CANONICAL_H

#include "base/arena.h"
#include "base/buf.h"

/* The canonical form, in the arena, followed by READER_PADDING zero bytes; `value` NULL gives no
 * bytes. O(size), and sorting. */
int canonical_write(struct delta_arena *arena, const struct delta_value *value,
                    struct byte_span *text, struct delta_err *err);

/* The same; or `source`, the text that `value` was read from (arena_text_of; no bytes: not known),
 * where that is canonical but for a newline behind it: large states often are, and need not be
 * written a second time. No padding is promised. */
int canonical_text(struct byte_span source, struct delta_arena *arena,
                   const struct delta_value *value, struct byte_span *text, struct delta_err *err);

/* True when `source` is likely canonical, by its length and its beginning; `text` is then the part
 * of it that would be. Only a look at every value can tell for certain, which of 13 MB takes 5 ms.
 * O(1).
 */
bool canonical_guess(struct byte_span source, const struct delta_value *value,
                     struct byte_span *text);

/* False when the beginning of the text shows that it is not canonical: spaces between tokens,
 * or keys out of order. O(1). */
bool canonical_seems(struct byte_span text);

#endif
