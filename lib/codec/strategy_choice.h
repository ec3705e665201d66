/* The policy of `auto`, of records and of histories: which strategies are worth a try beside a
 * patch, and when a history takes a keyframe. Sizes in, an answer out: nothing is made here. */
#ifndef CODEC_STRATEGY_CHOICE_H
#define CODEC_STRATEGY_CHOICE_H

#include "codec/strategy.h"

/* What is known of a state whose patch was made and is not empty; bytes. */
struct strategy_sizes {
    bool in_history;
    uint64_t state;     /* its canonical form */
    uint64_t patch;     /* the patch as it is carried */
    uint64_t least;     /* the smallest payload so far */
    uint64_t reference; /* that of `reference`; 0: it was not made */
};

/* Whether a strategy may make a smaller payload than `least`, by more than it costs to find out.
 * Asked of `none`, `reference` and `compress`, in this order. */
bool strategy_may_win(enum delta_strategy strategy, const struct strategy_sizes *sizes);

/* What is known of the latest record of a history. */
struct strategy_chain {
    bool has_keyframe;
    bool full;        /* the record needs no other one */
    bool keep_all;    /* no state may be dropped at the limit of a chain */
    uint32_t records; /* since the keyframe */
    uint64_t weight;  /* bytes of their payloads */
    uint64_t state;   /* bytes of the state, canonical form */
};

/* Whether its state is to be stored as a keyframe, too. */
bool strategy_wants_keyframe(const struct delta_history_options *options,
                             const struct strategy_chain *chain);

#endif
