/* Which elements of two sequences match: the heart of array and text diffs.
 *
 * Elements are given as symbols (symbols.h). Common ends are trimmed; then elements that occur once
 * on each side anchor the longest common order (patience diff), gaps between anchors are matched by
 * Myers' O(ND) algorithm ("An O(ND) Difference Algorithm and Its Variations", 1986) up to a bounded
 * cost. Blocks that are inserted or removed then slide to the last place that gives the same
 * result, and what is left may match out of order, as a move. */
#ifndef DIFF_SEQUENCE_H
#define DIFF_SEQUENCE_H

#include "base/arena.h"
#include "diff/symbols.h"

enum {
    SEQUENCE_MOVES = 1, /* matches may be out of order */
    /* Blocks slide even where another block takes their place: `b b e` to `x b e` is then an
     * insertion before and a removal behind the first b, not a replacement. Merges compare both. */
    SEQUENCE_SLIDE_ALL = 2,
    /* Of all longest common orders the one that removes as early, or that inserts as early, as can
     * be. The others are between these two. Blocks do not slide. As without the flag where that is
     * too much to search. */
    SEQUENCE_REMOVE_FIRST = 4,
    SEQUENCE_INSERT_FIRST = 8,
    /* With SEQUENCE_MOVES: also those that occur more than once. Which of them is which is then a
     * guess: for what is shown, not for a merge. */
    SEQUENCE_REPEATED = 16,
};

/* Fills `source[i]`, for each element i of `b`, with the element of `a` it matches, or
 * NO_INDEX. No element of `a` is matched twice. Matches ascend, but with SEQUENCE_MOVES. O((a
 * + b) log a) and a bounded number of steps for each gap; scratch is given back. -1 when out of
 * memory. */
int sequence_match(struct delta_arena *arena, struct sequence a, struct sequence b,
                   uint32_t alphabet, unsigned flags, uint32_t *source, struct delta_err *err);

#endif
