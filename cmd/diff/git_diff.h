/* delta-diff as git calls it: GIT_EXTERNAL_DIFF, and diff.NAME.command (gitattributes(5)). */
#ifndef DIFF_GIT_DIFF_H
#define DIFF_GIT_DIFF_H

#include "delta.h"

struct cli;

/* Writes the difference of the two files in cli->operands, git's seven to nine arguments (one for a
 * path that is not merged): a header that names path, blobs and modes, then the text. A file that
 * is not a state is reported, and does not end git's run. CLI_OK unless the output fails, for git
 * takes any other status for a failure of its own. */
int git_diff(struct cli *cli, const struct delta_filter *filter);

#endif
