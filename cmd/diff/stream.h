/* A stream of states, a record or its changes for each. */
#ifndef DIFF_STREAM_H
#define DIFF_STREAM_H

#include "diff/options.h"

/* Reads states, and writes the record that leads to each from the one before of its key. */
int diff_stream(struct cli *cli, const struct options *options, struct delta_arena *arena);

/* The two operands are files of states of many things, each of which they have once at most: writes
 * what differs, in the order of the new file, and then what it does not have, in the order of
 * keys. */
int diff_keyed_files(struct cli *cli, const struct options *options, struct delta_arena *arena);

#endif
