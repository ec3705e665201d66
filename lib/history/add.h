/* States that are added to a history: the interface is delta.h's delta_history_add. */
#ifndef HISTORY_ADD_H
#define HISTORY_ADD_H

#include "history/history.h"

/* delta_history_add, of a state that shares with the tip: `arena`, in which the rest of it is,
 * becomes the history's if it was added (1). NULL: the state shares nothing. */
int add_state(struct delta_history *history, const struct delta_value *value,
              struct delta_arena *arena, const struct delta_history_note *note,
              struct delta_err *err);

/* True when the chain has the length at which states are dropped or merged. */
bool add_at_limit(const struct delta_history *history);

#endif
