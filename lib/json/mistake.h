/* Common mistakes in JSON texts: what the author most likely meant. */
#ifndef JSON_MISTAKE_H
#define JSON_MISTAKE_H

#include "json/reader_source.h"

struct mistake {
    const char *at; /* where it was made, at or before the place where the reader stopped */
    char text[200]; /* one clause */
};

/* Recognises the mistake in a text that does not continue at `place` as expected. False for one
 * that is not common. O(place). */
bool mistake_find(const struct reader_source *source, const char *place,
                  enum reader_expected expected, struct mistake *mistake);

/* Bytes of the UTF-8 character at `place`, 0 if it is not valid. */
size_t mistake_character_length(const char *place);

#endif
