/* Records that are held back until it is known whether they are new. Private to delta-chain. */
#ifndef CHAIN_HELD_RECORDS_H
#define CHAIN_HELD_RECORDS_H

#include "cli/cli.h"

struct held_record {
    struct delta_arena *arena; /* NULL: it is another's */
    const struct delta_record *record;
};

/* Zero is empty. */
struct held_records {
    struct held_record *items;
    size_t count, capacity;
};

/* Holds one more, with its arena, unless out of memory: then false. */
bool held_records_add(struct held_records *held, struct delta_arena *arena,
                      const struct delta_record *record);

/* Forgets them. */
void held_records_drop(struct held_records *held);

void held_records_free(struct held_records *held);

#endif
