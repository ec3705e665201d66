/* What --help and --version write, made from the tables. Private to the shared part. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/command.h"

/* Writes the help of the command, or of the verb that was chosen, in 80 columns. */
int help_write(struct cli *cli);

/* Writes name, version and licence. */
int help_write_version(struct cli *cli);

/* Writes the tables for machines, which completions are made from (--help=table). Fields are set
 * apart by tabs and may be empty:
 *
 *     command NAME SUMMARY USAGE                         NAME with its verb: "delta-chain add"
 *     option  NAME LETTER LONG ARGUMENT METAVAR WORDS HELP
 *
 * ARGUMENT is none, optional or required; WORDS are set apart by spaces, forms of USAGE by " | ";
 * LETTER and LONG are without dashes. All verbs follow their command. */
int help_write_table(struct cli *cli);

#endif
