/* What a line of a feed says besides the state: where the state is in it, time, position and
 * metadata, by JSON Pointers. */
#ifndef CLI_FEED_H
#define CLI_FEED_H

#include "cli/cli.h"

struct feed_options {
    const char *source, *seq, *seq_from, *time_from, *state_from;
    struct cli_pairs metadata_from; /* NAME=POINTER */
    bool dense;
};

/* CLI_GO, or the status of a usage error. `lines`: states are read from lines. */
int feed_check(struct cli *cli, const struct feed_options *options, bool lines);

/* Fills in what the line says; the note's other members stay. `*state` is where the state is. What
 * is made is in `arena`. -1 on failure, for a place that is missing or of a wrong type too. */
int feed_read(const struct feed_options *options, struct delta_arena *arena,
              const struct delta_value *line, const struct delta_value *metadata,
              const struct delta_value **state, struct delta_history_note *note,
              struct delta_err *err);

#endif
