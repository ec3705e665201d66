/* The tokens of a text up to where the reader failed. What was read does not say where its parts
 * are in the text, so that an error message goes through it once more. */
#ifndef JSON_TOKENS_H
#define JSON_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

static inline bool tokens_is_open(char c) {
    return c == '{' || c == '[';
}

static inline bool tokens_is_close(char c) {
    return c == '}' || c == ']';
}

/* The place after the token at `p`, of a text that is well-formed up to `end`: after a whole
 * string (`end` if it is not closed before that), or else after one byte. */
const char *tokens_next(const char *p, const char *end);

/* How many containers are open at `place`. O(place). */
size_t tokens_depth(const char *text, const char *place);

/* The bracket of the innermost container that is open at `place`; NULL: none. O(place). */
const char *tokens_find_open(const char *text, const char *place);

#endif
