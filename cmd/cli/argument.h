/* What stands in arguments: times, sizes, pairs. Pure: text in, value out. */
#ifndef CLI_ARGUMENT_H
#define CLI_ARGUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli;
struct delta_array_key;

/* --timestamp */
struct cli_time {
    bool given;
    int64_t nanoseconds; /* since 1970 */
};

/* Arguments of an option that may be repeated, as they are in argv. */
struct cli_list {
    const char **items;
    size_t count;
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
};

/* Seconds since 1970 with up to nine decimals ("1795341600.25", "-1"), or ISO 8601 with a zone
 * ("2026-11-22T10:00:00Z", "2026-11-22 10:00:00.5+02:00", "2026-11-22T10:00Z"). False for anything
 * else, for a date that does not exist, and outside what nanoseconds in 64 bits can tell (1677 to
 * 2262). */
bool argument_time(const char *text, int64_t *nanoseconds);

/* Digits only; false for anything else and past 2^64 - 1. */
bool argument_number(const char *text, uint64_t *number);

/* A number of bytes with an optional suffix K, M, G or T (of 1024), "KiB" and "KB" too, lower case
 * allowed. */
bool argument_bytes(const char *text, uint64_t *bytes);

/* Splits at the first '=' (or the last). False when there is none, or nothing before it when
 * splitting at the first. */
bool argument_pair(const char *text, bool at_last, struct cli_pair *pair);

/* True when it is empty or begins with '/', and every '~' in it begins "~0" or "~1" (RFC 6901). */
bool argument_pointer(const char *text, size_t length);

/* The time that a record gets: what was given, else SOURCE_DATE_EPOCH, else now, in whole
 * milliseconds. 0, or the status to end with when SOURCE_DATE_EPOCH makes no sense. */
int cli_record_time(struct cli *cli, const struct cli_time *given, int64_t *nanoseconds);

/* --array-key's pairs, a struct each, `pairs->count` of them; freed by cli_finish. NULL (and
 * reported) for want of memory. */
const struct delta_array_key *cli_array_keys(struct cli *cli, const struct cli_pairs *pairs);

/* Metadata as the text of a JSON object, for delta_read: every value a string. The text is freed by
 * cli_finish. NULL (and reported) for want of memory; bytes that are no UTF-8 are the reader's to
 * refuse. */
const char *cli_metadata(struct cli *cli, const struct cli_pairs *pairs, size_t *length);

#endif
