/* States as frames. */
#ifndef HISTORY_STATE_ENCODER_H
#define HISTORY_STATE_ENCODER_H

#include "history/history.h"

/* Puts the frames of state `new` after those that are pending; `old` is the tip, NULL for none.
 * Does not count it. O(both states). */
int state_encoder_put(struct delta_history *history, const struct delta_value *old,
                      const struct delta_value *new, const struct delta_history_note *note,
                      struct delta_err *err);

#endif
