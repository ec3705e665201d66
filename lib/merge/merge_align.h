/* The elements of an array that is known in all three states: which are the same ones. */
#ifndef MERGE_MERGE_ALIGN_H
#define MERGE_MERGE_ALIGN_H

#include "diff/identity.h"
#include "merge/merge_context.h"

enum { OURS, THEIRS };

/* One way to say which element of the base each element of the sides is. A merge is certain where
 * all ways lead to the same result. */
enum merge_way {
    MERGE_WAY_USUAL,
    MERGE_WAY_SLID,      /* blocks slid also where others take their place */
    MERGE_WAY_BACKWARDS, /* from the end: another longest common order, blocks slid to the front */
    MERGE_WAY_REMOVE_FIRST, /* by the extreme longest common orders (sequence.h) */
    MERGE_WAY_INSERT_FIRST,
    MERGE_WAY_THROUGH_OURS,   /* theirs by way of ours: what both have is the same in both */
    MERGE_WAY_THROUGH_THEIRS, /* ours by way of theirs */
    MERGE_WAYS,
};

struct merge_alignment {
    const struct delta_value *base, *sides[2];
    struct identity_key key; /* none: elements are known by equality and certain likeness */
    bool given;              /* the key was */
    struct identity_key others[IDENTITY_OTHERS_MAX]; /* inferred keys that would do, too */
    uint32_t other_count;
    uint32_t *from[MERGE_WAYS][2]; /* by element of a side: the element of the base, or
                                      NO_INDEX. NULL: nothing new, that way */
};

/* Chooses the key of the array at `path` for all three states, and matches both sides with the base
 * in the usual way. Lives in `arena`. Two matches and, to infer, O(elements) for each candidate. */
int merge_align(struct merging *merging, struct delta_arena *arena, const struct merging_path *path,
                struct merge_alignment *alignment);

/* Matches them in the other ways. A way that gives what another one gave is left out, as is one
 * that finds fewer elements again than the usual one. Only for arrays without a key. */
int merge_align_otherwise(struct merging *merging, struct delta_arena *arena,
                          struct merge_alignment *alignment);

/* Matches both sides with the base by another key. */
int merge_align_by(struct merging *merging, struct delta_arena *arena,
                   const struct merge_alignment *alignment, const struct identity_key *key,
                   uint32_t *from[2]);

/* Whether an element that both sides added, by key, is at places that differ: before another
 * element that both have on one side, behind it on the other. Only for arrays with a key.
 * O(elements), and a match where both sides added any. */
int merge_align_added_apart(struct merging *merging, struct delta_arena *arena,
                            const struct merge_alignment *alignment, bool *apart);

/* The order of two added elements, which is the same whichever side is ours: by key, numbers by
 * value; elements without one last. */
int merge_align_compare(const struct identity_key *key, const struct delta_value *a,
                        const struct delta_value *b);

#endif
