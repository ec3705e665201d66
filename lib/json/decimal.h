/* Plain decimal texts, without exponent, as an integer and a number of decimals: -0.25 is -25 with
 * two. For numbers that are stored as what they differ by. */
#ifndef JSON_DECIMAL_H
#define JSON_DECIMAL_H

#include "json/value.h"

enum {
    DECIMAL_LONGEST = 24,  /* bytes of a text of at most so many decimals: */
    DECIMAL_FRACTION = 18, /* what 64 bits hold */
};

struct decimal {
    int64_t digits;    /* without the point */
    uint32_t fraction; /* how many of them follow it */
};

/* False for what is not a number, has an exponent or more than `most` digits (at most 19), or does
 * not fit. */
bool decimal_parse(const struct delta_value *value, uint32_t most, struct decimal *out);

/* Writes the text of a number of at most DECIMAL_FRACTION decimals; returns its length. Not all
 * texts come back: 1.0 does, -0 does not. */
size_t decimal_write(struct decimal number, char out[DECIMAL_LONGEST]);

#endif
