/* What counts of each state of a history: the states of a filtered export. */
#ifndef CHAIN_PART_H
#define CHAIN_PART_H

#include "cli/cli.h"
#include "cli/unmatched.h"

struct part {
    const struct delta_filter *filter;
    struct unmatched *unmatched; /* the states are held against it */
    struct delta_arena *arena;
    const struct delta_value *value; /* of the state before; NULL: none yet */
    struct delta_arena *old_arena;   /* of the one before that */
};

/* The part of the next state, which lives until the next call but one; `*changed` says whether it
 * differs from the one before. The first one is what counts beside an empty object, a later one
 * what the one before becomes. CLI_OK, or the status to end with. O(state). */
int part_next(struct cli *cli, struct part *part, const struct delta_value *state,
              const struct delta_value **value, bool *changed);

void part_free(struct part *part);

#endif
