#include "chain/overlap.h"

#include <stdlib.h>
#include <string.h>

/* What leads to a state. */
struct overlap_step {
    struct delta_digest base, target;
    int64_t time;
    bool ended; /* there is no target: the thing ended */
    bool lost;  /* the state cannot be read: nothing is equal to it */
};

static int out_of_memory(struct cli *cli) {
    return cli_fail(cli, "out of memory");
}

static int read_steps(struct cli *cli, struct overlap *overlap, struct delta_history *history) {
    struct delta_history_entry entry;
    struct delta_err err = {0};
    uint32_t count = delta_history_count(history);
    overlap->steps = calloc((size_t)count + 1, sizeof *overlap->steps);
    overlap->alive = calloc((size_t)count + 1, sizeof *overlap->alive);
    if (!overlap->steps || !overlap->alive)
        return out_of_memory(cli);
    overlap->count = count;
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(history, 0, count - 1, false, &err);
    if (!iterator)
        return cli_error(cli, &err);
    for (;;) {
        struct delta_err why = {0};
        int got = delta_history_iterator_next(iterator, &entry, &why);
        if (got == 0)
            break;
        struct overlap_step *step = &overlap->steps[entry.index];
        *step = (struct overlap_step){
            .target = entry.digest, .time = entry.time, .ended = entry.ended, .lost = got < 0};
        if (entry.index)
            step->base = step[-1].target;
    }
    delta_history_iterator_free(iterator);
    return CLI_OK;
}

static bool is_step(const struct overlap *overlap, uint64_t at,
                    const struct delta_record_info *info) {
    if (at >= overlap->count)
        return false;
    const struct overlap_step *step = &overlap->steps[at];
    /* Two states of one digest: the record is no repetition. */
    if (info->has_base && info->has_target && delta_digest_equal(info->base, info->target) &&
        info->set + info->removed + info->other)
        return false;
    bool based = info->has_base
                     ? at > 0 && !step[-1].lost && delta_digest_equal(info->base, step->base)
                     : overlap->seen == 0 || step[-1].ended;
    bool led = step->ended ? info->strategy == DELTA_REMOVED
                           : info->has_target && delta_digest_equal(info->target, step->target);
    return !step->lost && based && led && info->has_timestamp && info->timestamp == step->time;
}

/* Decides, where that is possible without the steps, that the first record is new. */
static int begin(struct cli *cli, struct overlap *overlap, struct delta_history *history,
                 const struct delta_record_info *info) {
    struct delta_history_entry entry;
    struct delta_err err = {0};
    uint32_t count = delta_history_count(history);
    overlap->decided = count == 0;
    if (!count)
        return CLI_OK;
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(history, count - 1, count - 1, false, &err);
    if (iterator && delta_history_iterator_next(iterator, &entry, NULL) > 0) {
        overlap->at_tip = info->has_base && delta_digest_equal(info->base, entry.digest);
        overlap->decided = overlap->at_tip && info->has_timestamp && info->timestamp > entry.time;
    }
    delta_history_iterator_free(iterator);
    if (overlap->decided)
        return CLI_OK;
    int status = read_steps(cli, overlap, history);
    for (uint32_t i = 0; status == CLI_OK && i < count; i++)
        if (is_step(overlap, i, info))
            overlap->alive[overlap->alive_count++] = i;
    return status;
}

static int hold(struct overlap *overlap, struct delta_arena *arena) {
    if (overlap->held_count == overlap->held_capacity) {
        size_t capacity = 2 * overlap->held_capacity + 16;
        struct delta_arena **held = reallocarray(overlap->held, capacity, sizeof(*held));
        if (!held)
            return -1;
        overlap->held = held;
        overlap->held_capacity = capacity;
    }
    overlap->held[overlap->held_count++] = arena;
    return 0;
}

static void drop_queue(struct overlap *overlap) {
    for (size_t i = 0; i < overlap->queued; i++)
        delta_arena_free(overlap->queue[i].arena);
    overlap->queued = 0;
}

static int push(struct overlap *overlap, struct delta_arena *arena,
                const struct delta_record *record) {
    if (overlap->queued == overlap->capacity) {
        size_t capacity = 2 * overlap->capacity + 16;
        struct overlap_record *queue = reallocarray(overlap->queue, capacity, sizeof *queue);
        if (!queue)
            return -1;
        overlap->queue = queue;
        overlap->capacity = capacity;
    }
    overlap->queue[overlap->queued++] = (struct overlap_record){arena, record};
    return 0;
}

/* All that were queued are new. */
static int release_queue(struct overlap *overlap) {
    for (size_t i = 0; i < overlap->queued; i++)
        if (hold(overlap, overlap->queue[i].arena) < 0)
            return -1;
    overlap->released = true;
    return 0;
}

/* Takes a record into account that equals the steps that are alive. */
static int note(struct overlap *overlap, struct delta_arena *arena,
                const struct delta_record *record) {
    overlap->seen++;
    overlap->first = overlap->alive[0];
    if (overlap->known || overlap->at_tip) {
        if (push(overlap, arena, record) < 0) {
            delta_arena_free(arena);
            return -1;
        }
    } else {
        delta_arena_free(arena);
    }
    for (size_t i = 0; i < overlap->alive_count; i++) {
        if (overlap->alive[i] + overlap->seen == overlap->count) {
            overlap->known = overlap->seen;
            overlap->first = overlap->alive[i];
            drop_queue(overlap);
        }
    }
    return 0;
}

int overlap_next(struct cli *cli, struct overlap *overlap, struct delta_history *history,
                 struct delta_arena *arena, const struct delta_record *record,
                 enum overlap_verdict *verdict) {
    struct delta_record_info info;
    delta_record_info(record, &info);
    *verdict = OVERLAP_NEW;
    int status = overlap->seen ? CLI_OK : begin(cli, overlap, history, &info);
    if (status != CLI_OK) {
        delta_arena_free(arena);
        return status;
    }
    size_t left = 0;
    for (size_t i = 0; i < overlap->alive_count; i++)
        if (is_step(overlap, (uint64_t)overlap->alive[i] + overlap->seen, &info))
            overlap->alive[left++] = overlap->alive[i];
    overlap->alive_count = left;
    if (left) {
        *verdict = OVERLAP_KNOWN;
        return note(overlap, arena, record) < 0 ? out_of_memory(cli) : CLI_OK;
    }
    overlap->decided = true;
    if (overlap->seen && !overlap->known && !overlap->at_tip)
        *verdict = OVERLAP_FORK;
    else if (release_queue(overlap) < 0)
        return out_of_memory(cli);
    if (hold(overlap, arena) < 0) {
        delta_arena_free(arena);
        return out_of_memory(cli);
    }
    return CLI_OK;
}

int overlap_end(struct cli *cli, struct overlap *overlap) {
    bool contained = overlap->alive_count && (!overlap->at_tip || overlap->known);
    if (overlap->decided)
        return CLI_OK;
    overlap->decided = true;
    if (contained) {
        overlap->known = overlap->seen;
        drop_queue(overlap);
    }
    return release_queue(overlap) < 0 ? out_of_memory(cli) : CLI_OK;
}

void overlap_restart(struct overlap *overlap) {
    struct overlap next = {.held = overlap->held,
                           .held_count = overlap->held_count,
                           .held_capacity = overlap->held_capacity};
    if (!overlap->released)
        drop_queue(overlap);
    free(overlap->steps);
    free(overlap->alive);
    free(overlap->queue);
    *overlap = next;
}

void overlap_free(struct overlap *overlap) {
    overlap_restart(overlap);
    for (size_t i = 0; i < overlap->held_count; i++)
        delta_arena_free(overlap->held[i]);
    free(overlap->held);
    *overlap = (struct overlap){0};
}
