#include "history/replay.h"

#include "base/err.h"

#include <stdlib.h>

/* What leads to a state. */
struct step {
    struct delta_digest base, target;
    int64_t time;
    bool first; /* nothing is before it, or the thing ended there */
    bool ended; /* there is no target: the thing ended */
    bool lost;  /* the state cannot be read: nothing is equal to it, */
    bool cut;   /* or the one before it */
};

/* The steps of the states from `first` on; NULL on failure. */
static struct step *read_steps(struct delta_history *history, uint32_t first,
                               struct delta_err *err) {
    struct delta_history_entry entry;
    uint32_t count = delta_history_count(history);
    struct step *steps = calloc(count - first, sizeof *steps);
    struct delta_history_iterator *iterator =
        steps ? delta_history_iterator_new(history, first, count - 1, false, err) : NULL;
    if (!steps)
        err_memory(err);
    if (!iterator) {
        free(steps);
        return NULL;
    }
    for (int got = 1; got;) {
        struct delta_err why = {0};
        got = delta_history_iterator_next(iterator, &entry, &why);
        if (got == 0)
            break;
        struct step *step = &steps[entry.index - first];
        *step = (struct step){
            .target = entry.digest, .time = entry.time, .ended = entry.ended, .lost = got < 0};
        step->first = step == steps || step[-1].ended;
        if (step > steps) {
            step->base = step[-1].target;
            step->cut = step[-1].lost;
        }
    }
    delta_history_iterator_free(iterator);
    return steps;
}

static bool is_step(const struct step *step, const struct delta_record_info *info, bool first) {
    /* Two states of one digest: the record is no repetition. */
    if (info->has_base && info->has_target && delta_digest_equal(info->base, info->target) &&
        info->set + info->removed + info->other)
        return false;
    bool based = info->has_base ? !step->cut && delta_digest_equal(info->base, step->base)
                                : first || step->first;
    bool led = step->ended ? info->strategy == DELTA_REMOVED
                           : info->has_target && delta_digest_equal(info->target, step->target);
    return !step->lost && based && led && info->has_timestamp && info->timestamp == step->time;
}

/* True when the first record starts at the tip; `*later`: at a later time, too. */
static bool starts_at(const struct step *tip, const struct delta_record_info *info, bool *later) {
    bool starts = !tip->lost && info->has_base && delta_digest_equal(info->base, tip->target);
    *later = starts && info->has_timestamp && info->timestamp > tip->time;
    return starts;
}

int64_t replay_known(struct delta_history *history, const struct delta_record_info *records,
                     size_t count, struct delta_err *err) {
    uint32_t states = delta_history_count(history);
    if (!states)
        return 0;
    struct step *steps = read_steps(history, states - 1, err);
    if (!steps)
        return -1;
    bool later, at_tip = starts_at(steps, records, &later);
    free(steps);
    if (later)
        return 0;
    if (!(steps = read_steps(history, 0, err)))
        return -1;
    size_t known = 0, longest = 0;
    for (uint32_t start = 0; start < states; start++) {
        size_t equal = 0;
        while (equal < count && start + equal < states &&
               is_step(&steps[start + equal], &records[equal], equal == 0))
            equal++;
        longest = equal > longest ? equal : longest;
        if (equal > known && start + equal == states)
            known = equal;
    }
    free(steps);
    if (longest == count && (known || !at_tip))
        return (int64_t)count;
    if (known || at_tip || !longest)
        return (int64_t)known;
    return err_set(err, DELTA_ERR_FORK,
                   "fork: the history has the %zu records before this one, but not this one after "
                   "them",
                   longest);
}
