/* What is in arguments: times, sizes, pairs. */
#include "cli/argument.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { NANOSECONDS = 1000000000 };

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Reads digits up to the first other character, which `*text` is then at. */
static bool read_digits(const char **text, uint64_t *number) {
    const char *p = *text;
    uint64_t n = 0;

    if (!is_digit(*p))
        return false;
    for (; is_digit(*p); p++)
        if (__builtin_mul_overflow(n, UINT64_C(10), &n) ||
            __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
            return false;
    *text = p;
    *number = n;
    return true;
}

bool argument_number(const char *text, uint64_t *number) {
    return read_digits(&text, number) && *text == '\0';
}

bool argument_bytes(const char *text, uint64_t *bytes) {
    static const char suffix_array[] = "KMGT";
    uint64_t n;

    if (!read_digits(&text, &n))
        return false;
    if (*text) {
        const char *suffix = strchr(suffix_array, *text & ~0x20);
        if (!suffix ||
            __builtin_mul_overflow(n, UINT64_C(1) << (10 * (suffix - suffix_array + 1)), &n))
            return false;
        text++;
        if (*text && strcasecmp(text, "B") != 0 && strcasecmp(text, "iB") != 0)
            return false;
    }
    *bytes = n;
    return true;
}

/* The decimals after a point, as nanoseconds; none where there is no point. */
static bool read_fraction(const char **text, int64_t *nanoseconds) {
    const char *p = *text;
    int64_t scale = NANOSECONDS;

    *nanoseconds = 0;
    if (*p != '.')
        return true;
    if (!is_digit(*++p))
        return false;
    for (; is_digit(*p); p++) {
        scale /= 10;
        if (scale == 0)
            return false;
        *nanoseconds += scale * (*p - '0');
    }
    *text = p;
    return true;
}

/* Exactly `count` digits, of a number from `least` to `most`. */
static bool read_field(const char **text, int count, int64_t least, int64_t most, int64_t *number) {
    int64_t n = 0;

    for (int i = 0; i < count; i++) {
        if (!is_digit((*text)[i]))
            return false;
        n = n * 10 + ((*text)[i] - '0');
    }
    *text += count;
    *number = n;
    return n >= least && n <= most;
}

static bool read_char(const char **text, char c) {
    if (**text != c)
        return false;
    ++*text;
    return true;
}

static int64_t days_in_month(int64_t year, int64_t month) {
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar. A year is counted from March, so that
 * the leap day is its last, and 400 of them have 146097 days. */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day) {
    int64_t y = month > 2 ? year : year - 1;
    int64_t m = month > 2 ? month - 3 : month + 9;

    return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

/* "Z", "+02:00", "+0200" or "+02", as seconds east. */
static bool read_zone(const char **text, int64_t *east) {
    int64_t hours, minutes = 0;
    bool negative = **text == '-';

    *east = 0;
    if (read_char(text, 'Z') || read_char(text, 'z'))
        return true;
    if (!read_char(text, '+') && !read_char(text, '-'))
        return false;
    if (!read_field(text, 2, 0, 23, &hours))
        return false;
    if ((read_char(text, ':') || **text) && !read_field(text, 2, 0, 59, &minutes))
        return false;
    *east = (hours * 60 + minutes) * (negative ? -60 : 60);
    return true;
}

static bool read_iso8601(const char *text, int64_t *seconds, int64_t *nanoseconds) {
    int64_t year, month, day, hour, minute, second = 0, east;

    if (!read_field(&text, 4, 1, 9999, &year) || !read_char(&text, '-') ||
        !read_field(&text, 2, 1, 12, &month) || !read_char(&text, '-') ||
        !read_field(&text, 2, 1, days_in_month(year, month), &day))
        return false;
    if (!read_char(&text, 'T') && !read_char(&text, 't') && !read_char(&text, ' '))
        return false;
    if (!read_field(&text, 2, 0, 23, &hour) || !read_char(&text, ':') ||
        !read_field(&text, 2, 0, 59, &minute))
        return false;
    if (read_char(&text, ':') && !read_field(&text, 2, 0, 59, &second))
        return false;
    if (!read_fraction(&text, nanoseconds) || !read_zone(&text, &east) || *text)
        return false;
    *seconds =
        days_since_1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - east;
    return true;
}

bool argument_time(const char *text, int64_t *nanoseconds) {
    const char *p = text;
    bool negative = read_char(&p, '-');
    int64_t seconds, fraction;
    uint64_t whole;

    if (read_digits(&p, &whole) && (*p == '\0' || *p == '.')) {
        if (whole > INT64_MAX || !read_fraction(&p, &fraction) || *p)
            return false;
        seconds = negative ? -(int64_t)whole : (int64_t)whole;
        fraction = negative ? -fraction : fraction;
    } else if (!read_iso8601(text, &seconds, &fraction)) {
        return false;
    }
    return !__builtin_mul_overflow(seconds, (int64_t)NANOSECONDS, nanoseconds) &&
           !__builtin_add_overflow(*nanoseconds, fraction, nanoseconds);
}

/* The first '=' that is neither escaped nor in brackets. */
static const char *pattern_end(const char *text) {
    bool brackets = false;

    for (; *text; text++) {
        if (*text == '\\' && text[1])
            text++;
        else if (*text == '[' || *text == ']')
            brackets = *text == '[';
        else if (*text == '=' && !brackets)
            return text;
    }
    return NULL;
}

bool argument_pair(const char *text, bool pattern, struct cli_pair *pair) {
    const char *equals = pattern ? pattern_end(text) : strchr(text, '=');

    if (!equals || (equals == text && !pattern))
        return false;
    pair->left = text;
    pair->left_length = (size_t)(equals - text);
    pair->right = equals + 1;
    return true;
}
