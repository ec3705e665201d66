/* JSON text to values: RFC 8259, strictly (DESIGN: nothing is lost, nothing is guessed). */
#ifndef JSON_READER_H
#define JSON_READER_H

#include "base/arena.h"
#include "delta.h"

/* Readable zero bytes that must follow a text given to reader_parse. */
enum { READER_PADDING = 64 };

/* Deepest JSON form of a record whose states nest to the limit: each level of an array's patch
 * is three levels of JSON, and a new value may nest to the limit itself. */
enum { READER_RECORD_DEPTH = 4 * DELTA_MAX_DEPTH + 64 };

/* A copy of a text with the zero bytes that reader_parse needs behind it; NULL when out of memory.
 */
char *reader_copy(struct delta_arena *arena, const void *text, size_t length);

/* Reads the one value that `text` holds. Zero-copy: strings without escapes and numbers point into
 * `text`, which must outlive the value and be followed by READER_PADDING zero bytes. Everything
 * else is made in `arena`. `max_depth` is DELTA_MAX_DEPTH for states.
 *
 * Digests are computed on the way. Fails with DELTA_ERR_SYNTAX or DELTA_ERR_LIMIT and the place.
 * O(length), no recursion. */
const struct delta_value *reader_parse(struct delta_arena *arena, const char *text, size_t length,
                                       uint32_t max_depth, struct delta_err *err);

/* The same for a state, with the hashes named by `hashes` (VALUE_HASH, VALUE_DIGEST): those that
 * will be asked for. Any other is computed when it is, at twice the cost or more. */
const struct delta_value *reader_parse_with(struct delta_arena *arena, const char *text,
                                            size_t length, unsigned hashes, struct delta_err *err);

struct parts;

/* The same, and notes in `parts` (freed with parts_free) where the text's containers are.
 */
const struct delta_value *reader_parse_noted(struct delta_arena *arena, const char *text,
                                             size_t length, unsigned hashes, struct parts *parts,
                                             struct delta_err *err);

/* The same for a text that resembles the one whose containers are in `parts`, and that was read
 * with the same `hashes`: those of the same text are taken over as they are, with their memory,
 * which must live as long as the value does. The value and the failures are as if they were not. */
const struct delta_value *reader_parse_beside(struct delta_arena *arena, const char *text,
                                              size_t length, unsigned hashes, struct parts *parts,
                                              struct delta_err *err);

/* The same, but stops after the first value and stores in `*used` how many bytes it took (space
 * before it included, space after it not). For streams. A number ends where it must. */
const struct delta_value *reader_parse_prefix(struct delta_arena *arena, const char *text,
                                              size_t length, uint32_t max_depth, size_t *used,
                                              struct delta_err *err);

#endif
