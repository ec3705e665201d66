/* A state as prefix of what is compressed, made ready on a thread while something else is done. */
#ifndef RECORD_PREFIX_H
#define RECORD_PREFIX_H

#include "base/arena.h"
#include "codec/strategy.h"
#include "codec/zstd_prefix.h"

/* Levels from which on an index takes seconds where others take milliseconds: zstd's binary trees.
 * None is begun ahead there. */
enum { PREFIX_SLOW = 13 };

struct prefix;

/* Begins with `state`, read or made in `home`, at a zstd level; both must stay until prefix_free.
 * The thread waits a moment first, so that nothing was done in vain where all else is quick and
 * turns out to need no prefix, or a small one. NULL when there is no memory; where there is no
 * thread, the work is done by prefix_wait. */
struct prefix *prefix_new(const struct delta_arena *home, const struct delta_value *state,
                          int level);

/* The index, whose prefix is the state's canonical form, when it is ready; NULL on failure. It is
 * freed with the prefix. */
const struct zstd_prefix_index *prefix_wait(struct prefix *prefix, struct byte_span *text,
                                            struct delta_err *err);

/* Ends it; waits for the thread where that has begun to work. NULL is allowed. */
void prefix_free(struct prefix *prefix);

#endif
