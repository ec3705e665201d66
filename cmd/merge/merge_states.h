/* The three-way merge of delta-merge, and what it says of conflicts. */
#ifndef MERGE_MERGE_STATES_H
#define MERGE_MERGE_STATES_H

#include "cli/argument.h"
#include "delta.h"

struct cli;

/* Tells of each conflict in a line on standard error, and writes all to the file `path` unless that
 * is NULL. CLI_OK when there is none, CLI_NO when there are some, CLI_TROUBLE. */
int merge_states_report(struct cli *cli, const struct delta_conflicts *conflicts, const char *path);

/* Merges the states that the operands name, BASE OURS THEIRS, and writes the result in the layout
 * of OURS. An empty BASE is none, which is how git calls a merge driver for a file that both sides
 * added. Returns the status. */
int merge_states_run(struct cli *cli, const struct delta_merge_options *options,
                     const char *conflicts_path);

#endif
