/* States into a history: what one more takes, and how it gets onto the disk. */
#ifndef HISTORY_APPEND_H
#define HISTORY_APPEND_H

#include "history/history.h"

/* A block of states, to be flushed before anything else is added. */
int append_block(struct delta_history *history, struct frame_head *head,
                 const struct delta_buf *payload, struct delta_err *err);

/* A frame of names (names.h) behind what is pending. */
int append_names(struct delta_history *history, const struct delta_buf *payload,
                 struct delta_err *err);

/* What a history without states has in its file: written, when it is detached. */
int append_nothing(struct delta_history *history, struct delta_err *err);

/* A frame with the positions (all of them, or those of the sources) behind what is pending. */
int append_positions(struct delta_history *history, bool sources_only, struct delta_err *err);

/* Writes what is pending; durably, unless the history is detached. */
int append_flush(struct delta_history *history, struct delta_err *err);

/* True when the chain has the length at which states are traded for space. */
bool append_at_limit(const struct delta_history *history);

/* The tip's value; NULL with nothing in `err` when there is no state yet. Lives until the next
 * state is added. */
const struct delta_value *append_tip(struct delta_history *history, struct delta_err *err);

#endif
