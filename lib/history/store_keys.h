/* The keys that have a history in a store: of short ones the path says which (key_path.c), of long
 * ones the file. */
#ifndef HISTORY_STORE_KEYS_H
#define HISTORY_STORE_KEYS_H

#include "history/store_files.h"

/* What delta_store_keys does. */
int store_keys_visit(const struct store_files *files, delta_store_visit *visit, void *context,
                     struct delta_err *err);

#endif
