/* What to type instead, where what was typed is usual with other programs or files. */
#ifndef CLI_HINT_H
#define CLI_HINT_H

#include "cli/command.h"

/* Writes a clause on what to do about a file that is not JSON, judged by its name and by what is
 * wrong with it; an empty text where there is nothing to say. */
void hint_for_error(const struct cli *cli, const struct delta_err *err, char *out, size_t size);

#endif
