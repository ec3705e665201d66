/* The keys that have a history in a store: of short ones the path says which (key_path.c), of long
 * ones the file. */
#ifndef HISTORY_STORE_KEYS_H
#define HISTORY_STORE_KEYS_H

#include "delta.h"

#include <stdio.h>

enum { STORE_DIRECTORIES = 256 }; /* in a store; histories are in these */

/* The name of one of them, by its number. */
static inline void store_directory(size_t number, char name[3]) {
    (void)snprintf(name, 3, "%02x", (unsigned)(number % STORE_DIRECTORIES));
}

/* The directory of a store, open, and its path. */
struct store_place {
    int fd;
    const char *path;
};

/* What delta_store_keys does. */
int store_keys_visit(const struct store_place *store, delta_store_visit *visit, void *context,
                     struct delta_err *err);

#endif
