/* What a new state follows. Positions order the states of one source, so that a copy may be brought
 * up to date by a history in which some were dropped: a state whose base is not the tip is good
 * where only states of its own source are behind that base. */
#ifndef HISTORY_PREDECESSOR_H
#define HISTORY_PREDECESSOR_H

#include "history/history.h"

/* Finds the state that one of this source, made from the state `base` (all zeros: from none), may
 * follow: 1 with its index (DELTA_NO_STATE for none); 0 when there is no such state; -1, with
 * DELTA_ERR_FORK when states of other sources are behind it. What is pending is flushed. O(states).
 */
int predecessor_find(struct delta_history *history, struct byte_span source,
                     struct delta_digest base, uint32_t *index, struct delta_err *err);

#endif
