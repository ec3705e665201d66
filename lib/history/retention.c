/* The verbs that drop states or rewrite a history, each as a plan of which states are kept. The
 * interface is delta.h's delta_history_rebaseline, _squash, _compact, _clear, _prune and _flush. */
#include "base/err.h"
#include "history/add.h"
#include "history/flush.h"
#include "history/iterator.h"
#include "history/rewrite.h"
#include "history/tip.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct span {
    uint32_t first, last;
};

static int check_index(const struct delta_history *history, uint32_t index, struct delta_err *err) {
    if (index < history->count)
        return 0;
    return err_set(err, DELTA_ERR_USAGE, "no such state: the last one is %" PRIu32,
                   history->count - 1);
}

/* Drops the states before the first of a span. */
static int plan_rebaseline(struct delta_history *history, const void *how, bool *keep,
                           struct delta_err *err) {
    const struct span *span = how;
    if (check_index(history, span->first, err) < 0)
        return -1;
    memset(keep, false, span->first);
    return 0;
}

/* Drops the states between the ends of a span. */
static int plan_squash(struct delta_history *history, const void *how, bool *keep,
                       struct delta_err *err) {
    const struct span *span = how;
    if (check_index(history, span->last, err) < 0)
        return -1;
    memset(keep + span->first + 1, false, span->last - span->first - 1);
    return 0;
}

int delta_history_rebaseline(struct delta_history *history, uint32_t first,
                             delta_history_progress *progress, void *context,
                             struct delta_err *err) {
    const struct span span = {.first = first};
    const struct rewrite rewrite = {.kind = REWRITE_REBASELINE,
                                    .plan = plan_rebaseline,
                                    .how = &span,
                                    .progress = progress,
                                    .context = context};
    return rewrite_history(history, &rewrite, err);
}

int delta_history_squash(struct delta_history *history, uint32_t first, uint32_t last,
                         delta_history_progress *progress, void *context, struct delta_err *err) {
    const struct span span = {.first = first, .last = last};
    const struct rewrite rewrite = {.kind = REWRITE_SQUASH,
                                    .plan = plan_squash,
                                    .how = &span,
                                    .progress = progress,
                                    .context = context};
    if (first >= last)
        return err_set(err, DELTA_ERR_USAGE,
                       "nothing to squash: the range must end after it begins");
    return rewrite_history(history, &rewrite, err);
}

int delta_history_compact(struct delta_history *history, delta_history_progress *progress,
                          void *context, struct delta_err *err) {
    const struct rewrite rewrite = {
        .kind = REWRITE_COMPACT, .progress = progress, .context = context};
    return rewrite_history(history, &rewrite, err);
}

int delta_history_clear(struct delta_history *history, struct delta_err *err) {
    const struct rewrite rewrite = {.kind = REWRITE_CLEAR};
    return rewrite_history(history, &rewrite, err);
}

/* ---- By age -----------------------------------------------------------------------------------*/

struct choice {
    delta_history_choose *choose;
    void *context;
};

/* The times of all states; `ended` is set for those that are ends. */
static int64_t *read_times(struct delta_history *history, bool *ended, struct delta_err *err) {
    struct delta_history_entry entry;
    int64_t *times = calloc((size_t)history->count + 1, sizeof *times);
    if (!times)
        return err_no_memory(err);
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(history, 0, history->count - 1, false, err);
    int status = iterator ? 1 : -1;
    while (status > 0 && (status = delta_history_iterator_next(iterator, &entry, err)) > 0) {
        times[entry.index] = entry.time;
        ended[entry.index] = entry.ended;
    }
    delta_history_iterator_free(iterator);
    if (status == 0)
        return times;
    free(times);
    return NULL;
}

static int plan_choice(struct delta_history *history, const void *how, bool *keep,
                       struct delta_err *err) {
    const struct choice *choice = how;
    bool *ended = calloc((size_t)history->count + 1, sizeof *ended);
    if (!ended)
        return err_memory(err);
    int64_t *times = read_times(history, ended, err);
    int status = times ? choice->choose(choice->context, times, history->count, keep, err) : -1;
    for (uint32_t i = 0; status == 0 && i < history->count; i++)
        keep[i] |= ended[i];
    free(times);
    free(ended);
    return status;
}

int delta_history_prune(struct delta_history *history, delta_history_choose *choose,
                        void *choose_context, delta_history_progress *progress, void *context,
                        struct delta_err *err) {
    const struct choice choice = {.choose = choose, .context = choose_context};
    const struct rewrite rewrite = {.kind = REWRITE_PRUNE,
                                    .plan = plan_choice,
                                    .how = &choice,
                                    .progress = progress,
                                    .context = context};
    return rewrite_history(history, &rewrite, err);
}

int delta_history_prune_plan(struct delta_history *history, delta_history_choose *choose,
                             void *context, bool *keep, struct delta_err *err) {
    const struct choice choice = {.choose = choose, .context = context};
    const struct rewrite rewrite = {.kind = REWRITE_PRUNE, .plan = plan_choice, .how = &choice};
    if (!history->count)
        return 0;
    return rewrite_plan_states(history, &rewrite, keep, err) < 0 ? history_failed(history, err) : 0;
}

/* ---- At the limit -----------------------------------------------------------------------------*/

/* What the options say is to happen when the chain has become too long. The lock is held. */
static int rewrite_at_limit(struct delta_history *history, struct delta_err *err) {
    uint32_t tip = history->count - 1, chain = history->tip.head.chain;
    bool rebaseline = history->options.how.on_limit == DELTA_LIMIT_REBASELINE;
    const struct span span = {.first = rebaseline ? tip : tip - chain, .last = tip};
    /* Named states that stay may make a chain as long as before. */
    const struct rewrite rewrite = {.kind = rebaseline ? REWRITE_REBASELINE : REWRITE_SQUASH,
                                    .plan = rebaseline ? plan_rebaseline : plan_squash,
                                    .how = &span,
                                    .keep_all = true};
    return rewrite_file(history, &rewrite, err);
}

int delta_history_flush(struct delta_history *history, struct delta_err *err) {
    int status = flush_pending(history, err);
    if (status == 0 && history->locked && add_at_limit(history))
        status = rewrite_at_limit(history, err);
    tip_lighten(history);
    history_unlock(history);
    return status < 0 ? history_failed(history, err) : 0;
}
