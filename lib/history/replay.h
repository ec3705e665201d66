/* Records without positions that arrive again, of which a history has some already.
 *
 * The steps of a history, and records, are equal when base, target and timestamp are. The longest
 * run of records from the first on that equals steps which end at the tip is known. Where there is
 * none, the first record has to start at the tip, or all of them have to be steps that follow one
 * another. A first record without a base, of a whole export, equals a step by target and timestamp.
 */
#ifndef HISTORY_REPLAY_H
#define HISTORY_REPLAY_H

#include "history/history.h"

/* How many records of a run, from the first on, the history has already; the others are new. -1
 * on failure, DELTA_ERR_FORK where some are known that what follows does not continue. Nothing is
 * pending. O(1) where the first one starts at the tip and is later than it, else O(states + records
 * that are equal, for each state). */
int64_t replay_known(struct delta_history *history, const struct delta_record_info *records,
                     size_t count, struct delta_err *err);

#endif
