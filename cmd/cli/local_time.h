/* Times as people name them, in the time zone of the user (TZ). */
#ifndef CLI_LOCAL_TIME_H
#define CLI_LOCAL_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* Besides what argument_time reads:
 *
 *     2026-11-22T10:00, 2026-11-22 10:00:30    local time
 *     2026-11-22                               its first moment
 *     now, today (its first moment), yesterday (this time of day, a day ago)
 *     -30s, -15m, -6h                          so long before now
 *     -2d, -3w                                 this time of day, so many days or weeks ago
 *
 * False for anything else, and for a time that nanoseconds in 64 bits cannot hold. An hour that
 * occurs twice is read as mktime(3) does, one that does not occur as the moment after the gap. */
bool local_time_parse(const char *text, int64_t *nanoseconds);

#endif
