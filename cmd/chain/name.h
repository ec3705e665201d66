/* The names of a history's states, by state. Private to delta-chain. */
#ifndef CHAIN_NAME_H
#define CHAIN_NAME_H

#include "cli/cli.h"

struct chain_names {
    struct delta_history_name *list; /* by index, then name */
    size_t count;
};

/* Reads them; where they are damaged there are none, with a warning. The list is freed by
 * cli_finish, the names live as long as delta_history_names says. */
int chain_names_read(struct cli *cli, struct delta_history *history, struct chain_names *names);

/* The first name of a state (NULL: none), and how many it has. */
const struct delta_history_name *chain_names_of(const struct chain_names *names, uint32_t index,
                                                size_t *count);

/* Appends `before`, the names of a state with commas between them, and `after`; or nothing. */
void chain_names_put(const struct chain_names *names, uint32_t index, const char *before,
                     const char *after, struct delta_buf *out);

/* Gives the names of an export, whose first state is that of index `first`, to the states, except
 * to those that are named otherwise already. CLI_OK, or the status to end with. */
int chain_names_import(struct cli *cli, struct delta_history *history,
                       const struct delta_value *names, uint32_t first);

/* The names as an export has them, in `arena`: an object, or NULL in `*value` when there are none.
 */
int chain_names_export(struct cli *cli, struct delta_history *history, struct delta_arena *arena,
                       const struct delta_value **value);

#endif
