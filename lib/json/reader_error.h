/* What is wrong with a text that is read, and where. All but the checks return -1. */
#ifndef JSON_READER_ERROR_H
#define JSON_READER_ERROR_H

#include "base/err.h"
#include "base/utf8.h"
#include "json/reader_source.h"
#include "json/value.h"

int reader_fail(const struct reader_source *source, const char *place, enum delta_code code,
                const char *what) ERR_COLD;

/* Says what is wrong at `place`, where something else is expected: a common mistake by its name
 * (mistake.c), at the place where it was made; anything else by what was found and expected.
 * O(place). */
int reader_fail_expected(const struct reader_source *source, const char *place,
                         enum reader_expected expected) ERR_COLD;

/* `key` is twice among the members, which are in the order of the text, of the object that is
 * closed at `place`. The failure is at the second one. O(place). */
int reader_fail_duplicate(const struct reader_source *source, const char *place,
                          const struct value_member *members, const struct value_key *key) ERR_COLD;
int reader_fail_depth(const struct reader_source *source, const char *place, size_t most) ERR_COLD;

/* Fails where the bytes from `start` to `end` are not UTF-8. */
static inline bool reader_check_utf8(const struct reader_source *source, const char *start,
                                     const char *end) {
    size_t length = (size_t)(end - start), good = utf8_check(start, length);
    if (good != length)
        reader_fail(source, start + good, DELTA_ERR_SYNTAX,
                    "invalid UTF-8; convert the file to UTF-8");
    return good == length;
}

#endif
