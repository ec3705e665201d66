/* A stream of records of many things, on its way into a store. Private to delta-chain. */
#ifndef CHAIN_STORE_RECORDS_H
#define CHAIN_STORE_RECORDS_H

#include "cli/cli.h"

struct store_records {
    uint64_t cache;
    bool keyed; /* lines are KEY TAB RECORD; the store is made when it is missing */
    bool dense, ack;
};

/* Adds the records of the operands after the first, which is the store, to the histories of their
 * keys. CLI_OK, or the status to end with; what was made durable before is kept. */
int store_add_records(struct cli *cli, const struct store_records *how);

#endif
