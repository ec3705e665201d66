/* A clock that never goes backwards. */
#ifndef CLI_CLOCK_H
#define CLI_CLOCK_H

#include <stdint.h>

/* Nanoseconds since some moment. */
int64_t cli_clock(void);

#endif
