/* delta-merge as git calls it: a merge driver (gitattributes(5)). */
#ifndef MERGE_GIT_DRIVER_H
#define MERGE_GIT_DRIVER_H

#include "merge/merge_states.h"

struct cli;

/* Merges the three files that git names, in cli->operands: %O %A %B %L %P, and optionally the
 * labels %S %X %Y; the result replaces %A. What is not JSON on all three sides is merged by
 * `git merge-file`. Conflicts are written in how->marks.style, that of merge.conflictStyle if it is
 * unset. Returns a status for git: 0 merged, 1 conflicts, 129 for a failure. */
int git_driver_run(struct cli *cli, const struct merge_how *how);

#endif
