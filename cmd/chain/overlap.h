/* Records that arrive again: which of a stream a history has already, by overlap.
 *
 * The steps of a history, and records, are equal when base, target and timestamp are. If the first
 * records of a stream equal steps that end at the tip, these are known, and the rest follows; else
 * the first one must start at the tip. A stream that equals steps throughout is known, too, where
 * its first record does not start at the tip. A first record without a base (of a whole export)
 * equals a step by target and timestamp. */
#ifndef CHAIN_OVERLAP_H
#define CHAIN_OVERLAP_H

#include "cli/cli.h"

struct overlap_record {
    struct delta_arena *arena;
    const struct delta_record *record;
};

struct overlap {
    struct overlap_step *steps; /* of the history */
    uint32_t count;
    bool decided;
    bool at_tip; /* the first record starts there */
    uint32_t
        *alive; /* steps that the first record may be: all `seen` records equal those from there */
    size_t alive_count;
    uint32_t seen, known; /* records; those known for certain: they end at the tip */
    uint32_t first;       /* the step that the first record is */
    /* Records behind the known ones that may turn out to be new. */
    struct overlap_record *queue;
    size_t queued, capacity;
    bool released; /* they are new, and held */
    /* Memory of records whose states may be in use. */
    struct delta_arena **held;
    size_t held_count, held_capacity;
};

enum overlap_verdict {
    OVERLAP_KNOWN, /* or may yet turn out to be */
    OVERLAP_NEW,   /* those queued, this one, and all that follow */
    OVERLAP_FORK,  /* some before it are known, it is not what follows them */
};

/* What the next record is, while that is not decided. `arena`, in which it is, is the overlap's
 * from now on. Reads the steps of the history with the first one, unless it cannot be among them.
 * CLI_OK, or the status to end with. O(states) with the first record. */
int overlap_next(struct cli *cli, struct overlap *overlap, struct delta_history *history,
                 struct delta_arena *arena, const struct delta_record *record,
                 enum overlap_verdict *verdict);

/* Says that the stream ended; then `known` counts the records that are not to be added, and those
 * queued are to be. CLI_OK, or the status to end with. */
int overlap_end(struct cli *cli, struct overlap *overlap);

/* Prepares for another stream; keeps the memory of records. */
void overlap_restart(struct overlap *overlap);

void overlap_free(struct overlap *overlap);

#endif
