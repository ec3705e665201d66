/* Where the states of a history came from, and whether one that arrives is new: the positions
 * (positions.h), read from the file as far as they are needed. */
#ifndef HISTORY_SOURCES_H
#define HISTORY_SOURCES_H

#include "history/history.h"

/* Takes the positions of all states of the file into account, once, after what was pending was
 * flushed. O(states); what cannot be read is left out. */
int sources_load(struct delta_history *history, struct delta_err *err);

/* What a state that is to be added is: DELTA_ADDED for a new one, another enum delta_added for one
 * that is not to be added, or -1: DELTA_ERR_FORK, DELTA_ERR_GAP. */
int sources_check(struct delta_history *history, const struct delta_value *value,
                  const struct delta_history_note *note, struct delta_err *err);

/* True if the history itself is the source. */
bool sources_is_own(const struct delta_history *history, const struct delta_history_note *note);

/* Takes a state into account that was added, or (not `kept`) skipped as equal to the tip. */
int sources_note(struct delta_history *history, const struct delta_value *value,
                 const struct delta_history_note *note, bool kept, struct delta_err *err);

#endif
