/* A stream of states, a record or its changes for each. */
#ifndef DIFF_STREAM_H
#define DIFF_STREAM_H

#include "diff/options.h"

/* Reads states, one a line, and writes the record that leads to each from the one before. */
int diff_stream(struct cli *cli, const struct options *options, struct delta_arena *arena);

#endif
