/* Names that people give to states (delta-history(5)).
 *
 * All names of a history are in its last FRAME_NAMES:
 *
 *     varint: how many; for each, by name: the name (length-prefixed bytes), varint: index
 *
 * FRAME_NAMED in the head of a frame says that there is one at or before it, so that a history
 * without names is not searched for them. */
#ifndef HISTORY_NAMES_H
#define HISTORY_NAMES_H

#include "history/history.h"

/* The state that has this name: 1, 0 when there is none, -1 on failure: DELTA_ERR_DAMAGED when the
 * names, or a part of the file in which they may have been, are damaged. O(frames since they were
 * written) once. */
int names_find(struct delta_history *history, const char *name, uint32_t *index,
               struct delta_err *err);

/* True for text that can be a name. */
bool names_is_valid(const char *text);

/* Marks the states that have names, of `count` ones. */
int names_mark(struct delta_history *history, bool *keep, uint32_t count, struct delta_err *err);

/* Puts the names of `from` into `to`, which consists of the states of `from` that `keep` holds true
 * for, and is to be flushed. */
int names_carry(struct delta_history *to, const struct delta_history *from, const bool *keep,
                struct delta_err *err);

#endif
