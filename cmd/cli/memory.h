/* Memory that lives as long as a run of a command. */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include "cli/command.h"

/* Memory that cli_finish frees, zeroed; NULL (and reported) when there is none. */
void *cli_alloc(struct cli *cli, size_t count, size_t size);

/* The array `items` of such memory with room for one item more: itself, or a copy with twice the
 * room. NULL (and reported) when there is none. */
void *cli_room_for_one(struct cli *cli, const void *items, size_t count, size_t *capacity,
                       size_t size);

/* Frees all of it: called by cli_finish. */
void cli_free_all(struct cli *cli);

#endif
