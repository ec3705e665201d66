/* A stream of states of many things, on its way into a store. Private to delta-chain. */
#ifndef CHAIN_STORE_FEED_H
#define CHAIN_STORE_FEED_H

#include "cli/feed.h"
#include "cli/keyed_lines.h"
#include "cli/unmatched.h"

/* What is done with the states of a stream. */
struct store_feed {
    const char *path; /* of the store; it is made when it is not there and a key is given */
    const char *input;
    uint64_t cache;
    struct keyed_options keyed;
    struct feed_options feed;
    struct cli_time time;        /* where the feed has none */
    struct unmatched *unmatched; /* the states are held against it */
    bool ack;
};

/* Adds the states to the histories of their keys. What the feed does not say is as the store has
 * it; a store that is made keeps it. The note is the same for all. CLI_OK, or the status to end
 * with; what was made durable before is kept. */
int store_add_feed(struct cli *cli, struct store_feed *feed, const struct delta_history_note *note);

#endif
