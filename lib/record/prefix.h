/* A state as prefix of what is compressed, made ready on a thread while something else is done. */
#ifndef RECORD_PREFIX_H
#define RECORD_PREFIX_H

#include "base/arena.h"
#include "codec/strategy.h"
#include "codec/zstd_prefix.h"

/* Levels from which on an index takes seconds where others take milliseconds: zstd's binary trees.
 * Nothing is begun ahead there. */
enum { PREFIX_SLOW = 13 };

struct prefix;

/* A prefix of `state`, read or made in `home`, at a zstd level; both must stay until prefix_free.
 * Nothing is made yet. NULL when out of memory. */
struct prefix *prefix_new(const struct delta_arena *home, const struct delta_value *state,
                          int level);

/* True when it is large and the level is not slow, so that making its text is worth a thread. O(1).
 */
bool prefix_is_worth_a_thread(const struct prefix *prefix);

/* Begins to make its text on a thread: to be called at most once, before all that follow, where
 * prefix_text will follow, and there is something else to be done first. The index is not begun:
 * the values of a patch that changes so much gain nothing from it. */
void prefix_begin(struct prefix *prefix);

/* The index, whose prefix is the state's canonical form, made when it is first needed; NULL on
 * failure. It is freed with the prefix. */
const struct zstd_prefix_index *prefix_wait(struct prefix *prefix, struct byte_span *text,
                                            struct delta_err *err);

/* That canonical form alone; -1 on failure. */
int prefix_text(struct prefix *prefix, struct byte_span *text, struct delta_err *err);

/* What is likely that form (canonical_guess); false where nothing is, or where the form itself is
 * there or being made. O(1). */
bool prefix_guess(const struct prefix *prefix, struct byte_span *text);

/* Waits for the thread if it was begun. NULL is allowed. */
void prefix_free(struct prefix *prefix);

#endif
