/* Frames to be written: each is put behind those that are pending, and linked to the one before. */
#ifndef HISTORY_PENDING_H
#define HISTORY_PENDING_H

#include "history/history.h"

/* Puts what has to precede the next frame, if nothing is pending: the header and options of a new
 * file, or a void over a torn end. The lock is held. */
int pending_begin(struct delta_history *history, struct delta_err *err);

/* Puts a frame, after pending_begin. The view's tip moves on, its count does not. */
int pending_put(struct delta_history *history, struct frame_head *head,
                const struct delta_buf *payload, struct delta_err *err);

/* Byte of the file at which the next frame begins. */
static inline uint64_t pending_offset(const struct delta_history *history) {
    return history->writer.end + history->writer.pending.length;
}

/* Flags that every further frame has. */
uint16_t pending_flags(const struct delta_history *history);

/* Counts states whose frame was put. */
void pending_count(struct delta_history *history, uint32_t states);

/* Each begins and puts a frame: a block of states, to be flushed before anything else is added;
 * names (names.h); positions, all of them or only those of the sources. */
int pending_block(struct delta_history *history, struct frame_head *head,
                  const struct delta_buf *payload, struct delta_err *err);
int pending_names(struct delta_history *history, const struct delta_buf *payload,
                  struct delta_err *err);
int pending_positions(struct delta_history *history, bool sources_only, struct delta_err *err);

#endif
