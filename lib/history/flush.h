/* Pending frames (pending.h) onto the disk. */
#ifndef HISTORY_FLUSH_H
#define HISTORY_FLUSH_H

#include "base/replacement.h"
#include "history/history.h"

/* Writes what is pending; durably, unless the history is detached. */
int flush_pending(struct delta_history *history, struct delta_err *err);

/* The same for a new history, of which the header is written even if there are no states. */
int flush_empty(struct delta_history *history, struct delta_err *err);

/* A flush in two steps, of many histories at once: writes what is pending without making it durable
 * (1; 0 when there is nothing), a history without a file into `file`, which is zero. Once the
 * caller has made that durable, flush_settle puts such a file in its place, in a folder that the
 * caller syncs then; or flush_undo voids what was written, as far as that is still possible. After
 * a failure of any, the history is good for closing only. */
int flush_write(struct delta_history *history, struct replacement *file, struct delta_err *err);
int flush_settle(struct delta_history *history, struct replacement *file, struct delta_err *err);
void flush_undo(struct delta_history *history, struct replacement *file);

/* Begins a file that is to become the history at `path`, and locks it. */
int flush_create(const char *path, uint64_t salt, struct replacement *file, struct delta_err *err);

/* A descriptor of that file which holds the lock when the other one is closed; or -1. */
int flush_duplicate(const struct replacement *file, struct delta_err *err);

#endif
