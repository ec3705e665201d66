/* The options that describe a record: its time and its metadata. */
#ifndef CLI_RECORD_OPTIONS_H
#define CLI_RECORD_OPTIONS_H

#include "cli/argument.h"
#include "cli/command.h"

/* The time that a record gets: the given one, else SOURCE_DATE_EPOCH, else now, in whole
 * milliseconds. CLI_OK, or the status to end with (reported). */
int record_options_time(struct cli *cli, const struct cli_time *given, int64_t *nanoseconds);

/* The object of -m, in `arena`, every value a string; NULL in `*metadata` when there are no pairs.
 * CLI_OK, or the status to end with (reported). */
int record_options_metadata(struct cli *cli, const struct cli_pairs *pairs,
                            struct delta_arena *arena, const struct delta_value **metadata);

#endif
