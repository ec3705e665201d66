/* What must hold for every input of a fuzz target. */
#ifndef LAW_H
#define LAW_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline void must(bool holds, const char *law) {
    if (holds)
        return;
    (void)fprintf(stderr, "broken: %s\n", law);
    abort();
}

#endif
