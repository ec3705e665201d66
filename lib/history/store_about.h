/* The description of a store, the file .delta-store in its directory: its format, and the settings
 * that it was made with (delta_store_init). */
#ifndef HISTORY_STORE_ABOUT_H
#define HISTORY_STORE_ABOUT_H

#include "delta.h"

/* Reads the description of the store in `directory`, into `arena`. NULL with DELTA_ERR_DAMAGED when
 * it is none, DELTA_ERR_UNSUPPORTED when of another version, or as delta_read_file. */
const struct delta_value *store_about_read(const char *directory, struct delta_arena *arena,
                                           struct delta_err *err);

#endif
