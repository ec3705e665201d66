/* Records without positions that arrive again. The interface is delta.h's delta_replay.
 *
 * The steps of a history, and records, are equal when base, target and timestamp are. `alive` are
 * the steps that the first record may be: those from which on steps equal all records seen so far.
 * Where the steps of one of them end at the tip, these records are known for certain. When none is
 * left, what was not known so is new; or else it is a fork, unless the first record starts at the
 * tip. When the records end before that, they are steps that follow one another. */
#include "base/err.h"
#include "history/iterator.h"

#include <stdlib.h>

/* What leads to a state. */
struct step {
    struct delta_digest target;
    int64_t time;
    bool ended; /* there is no target: the thing ended */
    bool lost;  /* the state cannot be read: nothing is equal to it */
};

struct delta_replay {
    struct delta_history *history;
    struct step *steps; /* of the history; NULL: not needed */
    uint32_t count;
    uint32_t *alive;
    uint32_t alive_count;
    uint32_t seen, known, first;
    bool decided; /* all that follow are new */
    bool at_tip;  /* the first record starts there */
};

struct delta_replay *delta_replay_new(struct delta_history *history, struct delta_err *err) {
    struct delta_replay *replay = calloc(1, sizeof *replay);
    if (replay)
        replay->history = history;
    else
        err_memory(err);
    return replay;
}

void delta_replay_free(struct delta_replay *replay) {
    if (!replay)
        return;
    free(replay->steps);
    free(replay->alive);
    free(replay);
}

/* Reads the steps of the states from `first` on into `steps`. */
static int read_steps(struct delta_replay *replay, uint32_t first, struct step *steps,
                      struct delta_err *err) {
    struct delta_history_entry entry;
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(replay->history, first, replay->count - 1, false, err);
    if (!iterator)
        return -1;
    int got;
    bool lost;
    while ((got = iterator_next_or_lost(iterator, &entry, &lost, err)) > 0)
        steps[entry.index - first] = (struct step){
            .target = entry.digest, .time = entry.time, .ended = entry.ended, .lost = lost};
    delta_history_iterator_free(iterator);
    return got;
}

/* Whether the next record equals the step at an index. */
static bool is_step(const struct delta_replay *replay, uint64_t at,
                    const struct delta_record_info *info) {
    if (at >= replay->count)
        return false;
    const struct step *step = &replay->steps[at], *before = at ? step - 1 : NULL;
    /* Two states of one digest: the record is not a repetition. */
    if (info->has_base && info->has_target && delta_digest_equal(info->base, info->target) &&
        info->set + info->removed + info->other)
        return false;
    /* The first record of a whole export has no base, nor has one after an end. */
    bool based = info->has_base
                     ? before && !before->lost && delta_digest_equal(info->base, before->target)
                     : replay->seen == 0 || before->ended;
    bool led = step->ended ? info->strategy == DELTA_REMOVED
                           : info->has_target && delta_digest_equal(info->target, step->target);
    return !step->lost && based && led && info->has_timestamp && info->timestamp == step->time;
}

/* Takes the first record: most often it is later than the tip and starts there, so that no other
 * step is read. */
static int begin(struct delta_replay *replay, const struct delta_record_info *info,
                 struct delta_err *err) {
    struct step tip;
    replay->count = delta_history_count(replay->history);
    replay->decided = !replay->count;
    if (replay->decided)
        return 0;
    if (read_steps(replay, replay->count - 1, &tip, err))
        return -1;
    replay->at_tip = !tip.lost && info->has_base && delta_digest_equal(info->base, tip.target);
    replay->decided = replay->at_tip && info->has_timestamp && info->timestamp > tip.time;
    if (replay->decided)
        return 0;
    replay->steps = calloc(replay->count, sizeof *replay->steps);
    replay->alive = calloc(replay->count, sizeof *replay->alive);
    if (!replay->steps || !replay->alive)
        return err_memory(err);
    for (uint32_t i = 0; i < replay->count; i++)
        replay->alive[i] = i;
    replay->alive_count = replay->count;
    return read_steps(replay, 0, replay->steps, err);
}

int delta_replay_next(struct delta_replay *replay, const struct delta_record_info *info,
                      struct delta_err *err) {
    if (replay->decided)
        return DELTA_REPLAY_NEW;
    if (!replay->seen && begin(replay, info, err))
        return -1;
    uint32_t left = 0;
    for (uint32_t i = 0; i < replay->alive_count; i++)
        if (is_step(replay, (uint64_t)replay->alive[i] + replay->seen, info))
            replay->alive[left++] = replay->alive[i];
    replay->alive_count = left;
    if (!left) {
        replay->decided = true;
        if (!replay->seen || replay->known || replay->at_tip)
            return DELTA_REPLAY_NEW;
        return err_set(err, DELTA_ERR_FORK,
                       "fork: the history has the %u records before this one, but not this one "
                       "after them",
                       (unsigned)replay->seen);
    }
    replay->seen++;
    replay->first = replay->alive[0];
    for (uint32_t i = 0; i < left; i++) {
        if (replay->alive[i] + replay->seen == replay->count) {
            replay->known = replay->seen;
            replay->first = replay->alive[i];
        }
    }
    /* Where a fork is all that can follow, what was seen is not new. */
    bool sure = replay->known == replay->seen || (!replay->known && !replay->at_tip);
    return sure ? DELTA_REPLAY_KNOWN : DELTA_REPLAY_UNSURE;
}

int delta_replay_end(struct delta_replay *replay) {
    bool contained = !replay->decided && replay->alive_count && (!replay->at_tip || replay->known);
    replay->decided = true;
    if (contained)
        replay->known = replay->seen;
    return contained ? DELTA_REPLAY_KNOWN : DELTA_REPLAY_NEW;
}

uint32_t delta_replay_known(const struct delta_replay *replay, uint32_t *first) {
    *first = replay->first;
    return replay->known;
}
