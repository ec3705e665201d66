/* A payload made of two texts while they are still being read, on the guess that they are the
 * canonical forms of what they hold: states that programs write often are, and then the reading
 * costs no time. Where the guess was wrong the payload is dropped. */
#ifndef RECORD_AHEAD_H
#define RECORD_AHEAD_H

#include "codec/strategy.h"

struct ahead;

/* For the strategies `reference` and `compress` at levels at which reading takes a part of the time
 * that can be seen. NULL when there is nothing to begin with, which is not a failure. */
struct ahead *ahead_new(const struct delta_diff_options *options);

/* Waits for the thread. Before the arena of the texts is freed; NULL is allowed. */
void ahead_free(struct ahead *ahead);

/* Hands over the text of a state, 0 the old and 1 the new one, as soon as its bytes are there; they
 * must stay until ahead_free. With the second one the work begins. */
void ahead_give(struct ahead *ahead, unsigned which, struct byte_span text);

/* Moves the payload into `payload`, which is empty, if it was made by this strategy, at this level
 * and of just these texts: true. Waits for it. */
bool ahead_take(struct ahead *ahead, enum delta_strategy strategy, int level,
                struct byte_span old_text, struct byte_span new_text, struct delta_buf *payload);

#endif
