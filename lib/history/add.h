/* States that are added to a history: the interface is delta.h's delta_history_add. */
#ifndef HISTORY_ADD_H
#define HISTORY_ADD_H

#include "history/history.h"

/* True when the chain has the length at which states are dropped or merged. */
bool add_at_limit(const struct delta_history *history);

#endif
