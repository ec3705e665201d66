/* Where a JSON value ends in bytes that arrive, when the next one may follow in any layout. */
#ifndef CLI_VALUE_END_H
#define CLI_VALUE_END_H

#include "delta.h"

enum value_expect {
    VALUE_EXPECT_VALUE,   /* a value, with nothing before it or after `[` `,` `:` */
    VALUE_EXPECT_ELEMENT, /* the same, or the end of an empty array */
    VALUE_EXPECT_MEMBER,  /* a key, or the end of an empty object */
    VALUE_EXPECT_KEY,
    VALUE_EXPECT_COLON,
    VALUE_EXPECT_COMMA, /* or the end of the container */
    VALUE_IN_STRING,
    VALUE_IN_KEY,
    VALUE_IN_SCALAR, /* a number, true, false or null; its characters are not looked at */
};

/* Zero it before a value. */
struct value_end {
    enum value_expect expect;
    bool escaped;                           /* in a string, after a backslash */
    uint32_t depth;                         /* containers that are open, */
    uint64_t objects[DELTA_MAX_DEPTH / 64]; /* a bit for each, from the outermost: an object */
};

/* Looks at the bytes that follow those it was given before: true when the value ends among them,
 * with `*used` of them. A byte that cannot be there ends it too, as its last byte, so that reading
 * it fails there: damage is noticed where it is. False when more bytes are needed; a scalar that
 * is not in a container needs one that is not its own, or the end of input. O(length). */
bool value_end_find(struct value_end *end, const char *bytes, size_t length, size_t *used);

#endif
