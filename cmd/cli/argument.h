/* What is in arguments: times, sizes, pairs. Pure: text in, value out. */
#ifndef CLI_ARGUMENT_H
#define CLI_ARGUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --timestamp */
struct cli_time {
    bool given;
    int64_t nanoseconds; /* since 1970 */
};

/* Arguments of an option that may be repeated, as they are in argv. */
struct cli_list {
    const char **items;
    size_t count;
    size_t capacity; /* for more of them, or 0 */
};

/* left=right; `left` is not terminated. */
struct cli_pair {
    const char *left;
    size_t left_length;
    const char *right;
};

struct cli_pairs {
    struct cli_pair *items;
    size_t count;
    size_t capacity; /* for more of them, or 0 */
};

/* Seconds since 1970 with up to nine decimals ("1795341600.25", "-1"), or ISO 8601 with a zone
 * ("2026-11-22T10:00:00Z", "2026-11-22 10:00:00.5+02:00", "2026-11-22T10:00Z"). False for anything
 * else, for a date that does not exist, and outside the range of nanoseconds in 64 bits (1677 to
 * 2262). */
bool argument_time(const char *text, int64_t *nanoseconds);

/* Digits only; false for anything else and past 2^64 - 1. */
bool argument_number(const char *text, uint64_t *number);

/* A number of bytes with an optional suffix K, M, G or T (of 1024), "KiB" and "KB" too, lower case
 * allowed. */
bool argument_bytes(const char *text, uint64_t *bytes);

/* Splits at the first '='; after a pattern, at the first that is neither escaped by '\' nor in
 * brackets. False when there is none, or nothing before it where no pattern is expected. */
bool argument_pair(const char *text, bool pattern, struct cli_pair *pair);

#endif
