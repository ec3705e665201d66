/* The last state of a history, which the next one is stored against, and its keyframe. */
#ifndef HISTORY_TIP_H
#define HISTORY_TIP_H

#include "history/history.h"

/* The tip's value; NULL with nothing in `err` while there is no state. Read from the file when it
 * is first asked for. Lives until the next state is added. */
const struct delta_value *tip_value(struct delta_history *history, struct delta_err *err);

/* The value of the state that was just added. What it does not share with the tip before it is in
 * `arena`, which becomes the history's; NULL: it shares nothing with that, and must outlive its
 * being the tip. */
void tip_set_value(struct delta_history *history, const struct delta_value *value,
                   struct delta_arena *arena);

/* True when states that share memory have piled up in it; after the next flush it is freed. */
bool tip_is_heavy(const struct delta_history *history);

/* Frees it, if nothing is pending: the tip is read from the file when it is needed again. */
void tip_lighten(struct delta_history *history);

/* True if the last state marks the end of the thing. */
bool tip_is_ended(const struct delta_history *history);

/* Finds the keyframe that the tip depends on, if that is not known yet. */
int tip_find_keyframe(struct delta_history *history, struct delta_err *err);

/* The canonical form of that keyframe; no bytes if there is none. Lives as long as it is that. */
int tip_keyframe_text(struct delta_history *history, struct byte_span *text, struct delta_err *err);

#endif
