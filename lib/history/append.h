/* States into a history: what one more takes, and how it gets onto the disk. */
#ifndef HISTORY_APPEND_H
#define HISTORY_APPEND_H

#include "base/io.h"
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

/* A flush in two steps, of many histories at once: writes what is pending without making it durable
 * (1; 0 when there is nothing), a history without a file into `file`, which is zero. Once the
 * caller has made that durable, append_settle puts such a file in its place, in a folder that the
 * caller syncs then; or append_undo makes void what was written, as far as that can still be done.
 * After a failure of any, the history is good for closing only. */
int append_write(struct delta_history *history, struct io_replace *file, struct delta_err *err);
int append_settle(struct delta_history *history, struct io_replace *file, struct delta_err *err);
void append_undo(struct delta_history *history, struct io_replace *file);

/* True when the chain has the length at which states are traded for space. */
bool append_at_limit(const struct delta_history *history);

/* The tip's value; NULL with nothing in `err` when there is no state yet. Lives until the next
 * state is added. */
const struct delta_value *append_tip(struct delta_history *history, struct delta_err *err);

#endif
