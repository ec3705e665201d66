/* Steps of a history written as records. Private to delta-chain. */
#ifndef CHAIN_RECORD_H
#define CHAIN_RECORD_H

#include "cli/cli.h"
#include "cli/filter_options.h"
#include "cli/record_format.h"

struct record_options {
    enum delta_strategy strategy;
    uint64_t most; /* bytes of one record; 0: any number */
    uint64_t width;
    bool stat;
    struct record_format how;
    struct filtering filtering;
    const char *key; /* of the history, which its records then have; NULL: none */
    size_t key_length;
    bool keyed; /* lines are KEY TAB RECORD */
};

/* Sets the format, and refuses an option that has no effect with the others: CLI_GO, or the status
 * to end with. */
int chain_record_check(struct cli *cli, struct record_options *options);

/* Writes the record from one state (NULL: none) to another, as the history noted it; with the
 * position of the new state, unless `history` is NULL. A status. */
int chain_record_write(struct cli *cli, struct delta_arena *arena,
                       const struct record_options *options, const struct delta_filter *filter,
                       const struct delta_history *history, const struct delta_value *old_state,
                       const struct delta_history_entry *entry);

#endif
