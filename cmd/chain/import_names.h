/* The names that an export gives to its states, on their way into a history. Private to
 * delta-chain. */
#ifndef CHAIN_IMPORT_NAMES_H
#define CHAIN_IMPORT_NAMES_H

#include "cli/cli.h"

/* The names of the states of an export, and the index of its first one. */
struct import_names {
    const struct delta_value *names;
    uint32_t first;
    bool several;       /* exports follow one another: which states are meant is not known */
    struct named *list; /* by record */
    size_t count, next;
    uint64_t record; /* of the export, the next one */
    bool positions;  /* records have some: states are found by them */
};

/* Takes the names of an export, unless they were taken: `header` is NULL where there is none.
 * `first` is the index that the next state gets. CLI_OK, or the status to end with. */
int import_names_begin(struct cli *cli, struct import_names *names,
                       const struct delta_export_header *header, uint32_t first);

/* Takes a record into account: the position of one that has a name. */
int import_names_note(struct cli *cli, struct import_names *names,
                      const struct delta_record_info *info);

/* Names the states in the history, to which all were added durably. */
int import_names_put(struct cli *cli, const struct import_names *names,
                     struct delta_history *history);

#endif
