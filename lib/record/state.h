/* Two states from files, read at once. */
#ifndef RECORD_STATE_H
#define RECORD_STATE_H

#include "record/ahead.h"

/* delta_read_pair, which gives the texts to `ahead` (NULL: none) as soon as they are there, and
 * computes the hashes named by `hashes` (reader_parse_with). */
int state_read_pair(struct delta_arena *arena, const char *first, const char *second,
                    struct ahead *ahead, unsigned hashes, const struct delta_value *states[2],
                    struct delta_err *err);

#endif
