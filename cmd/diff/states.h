/* Two states, in files or in directories of files. */
#ifndef DIFF_STATES_H
#define DIFF_STATES_H

#include "diff/options.h"

/* Writes the difference of the two operands, files. */
int diff_states(struct cli *cli, const struct options *options, struct delta_arena *arena);

/* Two directories, or two files as one of the formats that are made for many. */
int diff_files(struct cli *cli, const struct options *options, struct delta_arena *arena,
               bool directories);

#endif
