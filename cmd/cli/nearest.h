/* Spelling mistakes: the word that was meant. */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

/* Longer words are near to none. */
enum { NEAREST_LENGTH = 40 };

/* The word nearest to `word` in spelling, when it is near enough to have been meant, else NULL.
 * `words` holds `count` of them. */
const char *nearest_word(const char *word, const char *const *words, size_t count);

#endif
