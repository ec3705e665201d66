/* Options: a table for each command, parsed by the one call of getopt_long. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/command.h"

/* Parses argv[1..] into `options` (a command's own struct, holding the defaults) and `cli`;
 * operands and options may be mixed until "--". CLI_GO, or the status to end with: CLI_OK after
 * --help and
 * --version, CLI_TROUBLE after a usage error. argv is permuted and must stay. */
int cli_parse(struct cli *cli, int argc, char **argv, void *options);

/* For a command with verbs: finds the verb (common options may precede it) and returns what
 * its `run` returns. `run` gets argv from the verb on, and calls cli_parse with its own struct. */
int cli_run_verb(struct cli *cli, int argc, char **argv);

#endif
