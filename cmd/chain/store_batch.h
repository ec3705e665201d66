/* States of many things on their way into a store, in batches. No lock is held between them.
 * Private to delta-chain. */
#ifndef CHAIN_STORE_BATCH_H
#define CHAIN_STORE_BATCH_H

#include "cli/cli.h"

enum { STORE_PATIENCE = 20 }; /* milliseconds that states wait for more when a stream pauses */

struct store_batch {
    struct cli *cli;
    const char *path; /* of the store */
    const char
        *input; /* what is refused comes from a line of this; NULL: from nothing with lines */
    bool ack;   /* print what was made durable */
    struct delta_store *store;
    struct delta_buf acks;
    int64_t since; /* by cli_clock; 0: nothing is queued */
    uint64_t added, known, older;
    int refused; /* CLI_OK, or the status of a refusal that the last flush reported */
    struct cli_progress progress;
};

/* Opens the store, and the output where states are to be acknowledged there. CLI_OK, or the status
 * to end with; close it in any case. */
int store_batch_open(struct cli *cli, struct store_batch *batch, const char *path, uint64_t cache,
                     bool ack);

/* Writes all that was queued in the store, and acknowledges it. CLI_OK, or the status to end with;
 * a refusal is reported with its line and key. */
int store_batch_flush(struct store_batch *batch);

/* The same, when there is enough or it has waited long enough. To be called for each state. */
int store_batch_flush_in_time(struct store_batch *batch);

/* Writes the rest, says what was left out, and frees all; `status` is what is returned unless
 * flushing fails. */
int store_batch_close(struct store_batch *batch, int status);

#endif
