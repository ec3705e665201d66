/* Many states of a history in order: each is rebuilt out of the one before. */
#ifndef HISTORY_ITERATOR_H
#define HISTORY_ITERATOR_H

#include "history/history.h"

/* A walk that also holds the record of each keyframe's state against it. */
void iterator_be_thorough(struct delta_history_iterator *walk);

/* From now on what was walked over stays, until the walk is released. */
void iterator_keep(struct delta_history_iterator *walk);
void iterator_release(struct delta_history_iterator *walk);

/* Takes the positions of all states of the file into account, once, after what was pending was
 * flushed. O(states); what cannot be read is left out. */
int iterator_load_positions(struct delta_history *history, struct delta_err *err);

/* True when a position is above the highest of its source, as far as the last state tells, which
 * is all that is read: 1, 0, -1. O(1). */
int iterator_is_above(struct delta_history *history, struct byte_span source, uint64_t seq,
                      struct delta_err *err);

/* What is noted of the state returned last, as it is in the file; NULL for nothing. */
const struct delta_value *iterator_note(const struct delta_history_iterator *walk);

#endif
