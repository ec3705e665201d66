/* A stream of records to the states that they lead to. */
#ifndef APPLY_STREAM_H
#define APPLY_STREAM_H

#include "cli/cli.h"

struct stream_apply {
    const char *path; /* NULL: standard input */
    bool any_base, dry_run;
    bool keyed; /* lines are KEY TAB RECORD, and KEY TAB STATE */
    uint64_t max_size;
    uint64_t cache; /* bytes of memory for the states of many keys */
};

/* Applies each record to the state that the one before of its key led to, and writes the state.
 * CLI_OK, or the status to end with. */
int stream_apply(struct cli *cli, const struct stream_apply *options);

#endif
