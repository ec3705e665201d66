/* A patch is nearly always the smallest, and is made first. Where it is so small that nothing else
 * can gain much, nothing else is tried:
 *
 *     under 1/64 of the state   a state of 205 kB of which 1% changed, 200 times into a history:
 *                               0.33 s and 252,711 bytes; with `reference` tried each time 2.0 s
 *                               and 252,696
 *     under 1/128 of a small    of 5 kB, 40 bytes. 20,000 records of such states: 0.66 s, 1,886,154
 *     one, in records           bytes; at 1/64 0.38 s, 2,029,731 bytes. Into a history, where it is
 *                               the keyframe that is referred to and not the state before, the same
 *                               bound makes 4,000 of them 0.01% smaller and takes three times as
 *                               long: there it is 1/64, too
 *     under 256 bytes, in a     20,000 states of 500 bytes: 0.12 s, 3,251,058 bytes; from 20 bytes
 *     history                   on 0.47 s, 3,249,578
 *     up to 44 bytes            a zstd frame that says its size and checksum takes 18 without
 *                               its content. From 20 on, the records above: 1,886,151 bytes for
 *                               1,888,189, and 0.69 s for 0.6
 *
 * `reference` sees all that `compress` does and the base besides: it is the larger one by little,
 * and then only where the base is of no use. So `compress`, half the time of a small record, is
 * left out where `reference` lost by over 1/4, and where it shrank the state more than 16 times,
 * which is the base's doing: of 8,000 states of 5 kB the same records in half the time. A history
 * leaves it out always: what refers to the keyframe there is compressed without it too, and kept if
 * smaller, as it is where it does not shrink at all.
 *
 * A keyframe follows once the records since the last one weigh twice the state, so that what a
 * state is read from is at most three times its size. 300 states of 20 kB of which 30% change each
 * time: 376,396 bytes; at once the state 431,062, at four times 345,486 and two thirds more to be
 * read. Or after 128 records: a state is read by applying as many at most. 200 states of 205 kB of
 * which 1% changes: 252,711 bytes; after 64 records 410,754, after 256 173,980. */
#include "codec/strategy_choice.h"

enum {
    SMALL_STATE = 64 * 1024, /* bytes */
    SMALL_PATCH = 64,        /* parts of the state */
    TINY_PATCH = 128,        /* parts of a small one */
    LEAST_PATCH = 44,        /* bytes */
    LEAST_IN_HISTORY = 256,  /* bytes */
    CLOSE = 4,
    USELESS = 16,
    MOST_RECORDS = 128, /* since a keyframe, where the options name no limit */
    MOST_WEIGHT = 2,    /* of them, in states */
};

/* True when the patch is so small that nothing else can gain much. */
static bool is_clear(const struct strategy_sizes *sizes) {
    if (sizes->in_history)
        return sizes->patch < LEAST_IN_HISTORY || sizes->patch <= sizes->state / SMALL_PATCH;
    return sizes->patch <= LEAST_PATCH ||
           sizes->patch <= sizes->state / (sizes->state > SMALL_STATE ? SMALL_PATCH : TINY_PATCH);
}

bool strategy_may_win(enum delta_strategy strategy, const struct strategy_sizes *sizes) {
    switch (strategy) {
    case DELTA_NONE:
        return !sizes->in_history;
    case DELTA_REFERENCE:
        return !is_clear(sizes);
    case DELTA_COMPRESS:
        return !sizes->in_history && !is_clear(sizes) &&
               (!sizes->reference || (sizes->reference > sizes->state / USELESS &&
                                      sizes->reference <= sizes->least + sizes->least / CLOSE));
    default:
        return false;
    }
}

bool strategy_wants_keyframe(const struct delta_history_options *options,
                             const struct strategy_chain *chain) {
    bool drops = options->on_limit != DELTA_LIMIT_KEYFRAME;
    bool at_limit = options->max_chain_length && chain->records >= options->max_chain_length;
    if (!chain->has_keyframe || (at_limit && drops && chain->keep_all))
        return true;
    if (chain->full)
        return false;
    if (options->max_chain_length && (drops || at_limit))
        return !drops;
    return (!options->max_chain_length && chain->records >= MOST_RECORDS) ||
           chain->weight > MOST_WEIGHT * chain->state;
}
