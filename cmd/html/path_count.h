/* Which places of a state change how often. Private to delta-chain. */
#ifndef HTML_PATH_COUNT_H
#define HTML_PATH_COUNT_H

#include "delta.h"

/* Indices count as one place, "/users/12/name" with "*" for the 12; a pointer is identified by
 * its first bytes, less than PATH_COUNT_LENGTH, and after PATH_COUNT_MOST places new ones are not
 * counted: memory is bounded, whatever the states hold. */
enum { PATH_COUNT_LENGTH = 240, PATH_COUNT_MOST = 1 << 16 };

struct path_count_place {
    char *pointer; /* terminated */
    size_t length;
    bool cut;           /* its end is left out */
    uint32_t last;      /* the revision that changed it last */
    uint32_t revisions; /* that changed it */
    uint64_t changes;
};

/* Zero it before use. */
struct path_count {
    struct path_count_place **places; /* in the order in which they came, until they are ranked */
    size_t count, capacity;
    void *table;
    bool full; /* some were not counted */
};

/* Counts a change that `revision` made at `pointer`; revisions come in order. -1 when there is no
 * memory. */
int path_count_add(struct path_count *paths, uint32_t revision, const char *pointer, size_t length);

/* Puts the places that changed in most revisions first. Nothing can be added afterwards. */
void path_count_rank(struct path_count *paths);

void path_count_free(struct path_count *paths);

#endif
