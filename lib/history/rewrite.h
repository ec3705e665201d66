/* Rewriting a history: the file is replaced, completely or not at all. */
#ifndef HISTORY_REWRITE_H
#define HISTORY_REWRITE_H

#include "history/history.h"

enum rewrite_kind {
    REWRITE_REBASELINE,
    REWRITE_SQUASH,
    REWRITE_PRUNE,
    REWRITE_COMPACT,
    REWRITE_CLEAR,
};

/* Says which states are kept: all that have a name, and the last one, are in any case. `keep` is
 * true for all of them, or for none where the kind is REWRITE_PRUNE. */
typedef int rewrite_planner(struct delta_history *history, const void *how, bool *keep,
                            struct delta_err *err);

struct rewrite {
    enum rewrite_kind kind;
    rewrite_planner *plan; /* NULL: all stay */
    const void *how;
    bool keep_all; /* at the longest chain keyframes are stored */
    delta_history_progress *progress;
    void *context;
};

/* Stores in `keep`, by index, which states stay. */
int rewrite_plan_states(struct delta_history *history, const struct rewrite *rewrite, bool *keep,
                        struct delta_err *err);

/* Replaces the file, unless no state is removed and none is to be packed. The lock is held, and the
 * history has a file. O(bytes), and reading what was written once more to compare it. */
int rewrite_file(struct delta_history *history, const struct rewrite *rewrite,
                 struct delta_err *err);

/* The same, taking the lock and giving it back. */
int rewrite_history(struct delta_history *history, const struct rewrite *rewrite,
                    struct delta_err *err);

#endif
