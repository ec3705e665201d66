/* Records on their way into a history. */
#ifndef HISTORY_INCOMING_H
#define HISTORY_INCOMING_H

#include "history/history.h"

/* One record, and what became of it. */
struct incoming {
    const struct delta_record *record;
    struct delta_arena *arena;      /* for the state that it makes, which shares with the tip: */
    struct delta_arena *shared[2];  /* what held the tip, or NULL; freed after `arena` */
    struct delta_history_note note; /* of the record, what it says; of the caller, the rest */
};

/* Takes from the record what it says: its position and metadata, and its time where it has one. */
void incoming_begin(struct incoming *in);

/* Adds what the record makes of the state that it leads away from, which is the tip or, of a record
 * with a position, its predecessor: enum delta_added, or -1 (DELTA_ERR_BASE, _FORK, _GAP and what
 * delta_apply fails with). The history is locked. Records without a position are added as they are:
 * see delta_replay. O(diff). */
int incoming_add(struct incoming *in, struct delta_history *history, struct delta_err *err);

/* Frees what the state shares with. */
void incoming_end(struct incoming *in);

#endif
