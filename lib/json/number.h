/* Numbers as JSON writes them (RFC 8259 section 6), of any length, and their exact decimal
 * values. Nothing is rounded: 1e400, 0.1 and 10000…0001 are what they say. */
#ifndef JSON_NUMBER_H
#define JSON_NUMBER_H

#include "base/buf.h"
#include "delta.h"

/* Bytes of the longest number that starts at `text`; 0 when none does. O(result). */
size_t number_scan(const char *text, size_t length);

/* The order of two valid numbers by value: <0, 0, >0. 1, 1.0, 10e-1 and 1E+0000 are equal, and so
 * are 0 and -0. O(length of both), whatever the exponents. */
int number_compare(const char *a, size_t a_length, const char *b, size_t b_length);

/* A bound of --tolerance: a number without a sign, of at most NUMBER_BOUND_MAX characters, or such
 * a percentage ("5%"). */
enum { NUMBER_BOUND_MAX = 64 };
bool number_is_bound(const char *text, size_t length);

/* 0 when `now` differs from `old` by at most the bound, exactly, 1 when by more; a percentage is of
 * `old`. -1 when out of memory. Numbers that need more than 4096 digits side by side, such
 * as 1e5000 and 1, are within no bound unless they are equal. O(digits), times those of the bound.
 */
int number_outside(const char *old, size_t old_length, const char *now, size_t now_length,
                   const char *bound, size_t bound_length);

/* Appends the one form of a valid number's value, so that numbers are equal exactly when these
 * bytes are: "0", or an optional "-", digits that neither start nor end with 0, "e", and the power
 * of ten that they count (a decimal with no leading zero and no "+"): 1200 is "12e2", -0.5 "-5e-1".
 * O(length), whatever the exponent. Failure shows in buf->failed. */
void number_canonical(const char *text, size_t length, struct delta_buf *buf);

#endif
