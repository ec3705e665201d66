#include "cli/local_time.h"

#include "cli/argument.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { NANOSECONDS = 1000000000 };

static bool to_nanoseconds(time_t seconds, long rest, int64_t *nanoseconds) {
    return !__builtin_mul_overflow((int64_t)seconds, (int64_t)NANOSECONDS, nanoseconds) &&
           !__builtin_add_overflow(*nanoseconds, (int64_t)rest, nanoseconds);
}

/* A local date, or a date and a time of day, without a zone. */
static bool parse_local(const char *text, int64_t *nanoseconds) {
    char zoned[64];
    struct tm tm;
    int64_t utc;
    bool date_only = strlen(text) == 10;
    int length = snprintf(zoned, sizeof zoned, "%s%sZ", text, date_only ? "T00:00" : "");
    /* As UTC it is checked, and taken apart again. */
    if (length < 0 || (size_t)length >= sizeof zoned || strlen(text) < 10 || text[4] != '-' ||
        !argument_time(zoned, &utc))
        return false;
    int64_t rest = utc % NANOSECONDS;
    rest += rest < 0 ? NANOSECONDS : 0;
    time_t seconds = (time_t)((utc - rest) / NANOSECONDS);
    if (!gmtime_r(&seconds, &tm))
        return false;
    tm.tm_isdst = -1;
    return to_nanoseconds(mktime(&tm), (long)rest, nanoseconds);
}

/* This time of day, `days` days ago; or the first moment of that day. */
static bool days_ago(const struct timespec *now, uint64_t days, bool first, int64_t *nanoseconds) {
    struct tm tm;
    if (days > INT_MAX / 2 || !localtime_r(&now->tv_sec, &tm))
        return false;
    tm.tm_mday -= (int)days;
    tm.tm_isdst = -1;
    if (first)
        tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    return to_nanoseconds(mktime(&tm), first ? 0 : now->tv_nsec, nanoseconds);
}

/* "2d" of "-2d". */
static bool parse_ago(const struct timespec *now, const char *text, int64_t *nanoseconds) {
    static const struct {
        char unit;
        bool days;
        uint64_t size; /* days, or seconds */
    } units[] = {
        {'s', false, 1}, {'m', false, 60}, {'h', false, 3600}, {'d', true, 1}, {'w', true, 7}};
    char number[24];
    uint64_t count;
    size_t digits = strspn(text, "0123456789");
    if (!digits || digits >= sizeof number || strlen(text) != digits + 1)
        return false;
    memcpy(number, text, digits);
    number[digits] = '\0';
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (text[digits] != units[i].unit)
            continue;
        if (!argument_number(number, &count) ||
            __builtin_mul_overflow(count, units[i].size, &count) || count > INT64_MAX)
            return false;
        if (units[i].days)
            return days_ago(now, count, false, nanoseconds);
        return to_nanoseconds((time_t)((int64_t)now->tv_sec - (int64_t)count), now->tv_nsec,
                              nanoseconds);
    }
    return false;
}

bool local_time_parse(const char *text, int64_t *nanoseconds) {
    struct timespec now;
    if (argument_time(text, nanoseconds))
        return true;
    if (clock_gettime(CLOCK_REALTIME, &now) < 0)
        return false;
    if (strcmp(text, "now") == 0)
        return to_nanoseconds(now.tv_sec, now.tv_nsec, nanoseconds);
    if (strcmp(text, "today") == 0)
        return days_ago(&now, 0, true, nanoseconds);
    if (strcmp(text, "yesterday") == 0)
        return days_ago(&now, 1, false, nanoseconds);
    if (text[0] == '-')
        return parse_ago(&now, text + 1, nanoseconds);
    return parse_local(text, nanoseconds);
}
