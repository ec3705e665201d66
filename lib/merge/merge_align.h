/* Alignment: which elements of the three states of an array are the same ones. */
#ifndef MERGE_MERGE_ALIGN_H
#define MERGE_MERGE_ALIGN_H

#include "diff/identity.h"
#include "merge/merge_context.h"

enum { OURS, THEIRS };

/* The ways to align both sides with the base. A merge is certain if all of them lead to the same
 * result. */
enum merge_alignment_kind {
    MERGE_ALIGN_DEFAULT,
    MERGE_ALIGN_SLID,     /* inserted and removed blocks slide also past one another */
    MERGE_ALIGN_REVERSED, /* from the end: another longest common subsequence, blocks slide to the
                             front */
    MERGE_ALIGN_REMOVE_FIRST, /* the extreme longest common subsequences (diff/sequence.h) */
    MERGE_ALIGN_INSERT_FIRST,
    MERGE_ALIGN_THROUGH_OURS,   /* theirs with ours, and so with the base */
    MERGE_ALIGN_THROUGH_THEIRS, /* ours with theirs, and so with the base */
    MERGE_ALIGNMENTS,
};

struct merge_alignment {
    const struct delta_value *base, *sides[2];
    struct identity_key key; /* none: elements are matched by equality, or similarity where it is
                                unambiguous */
    bool key_given;          /* the key is one of the options, not inferred */
    bool unordered;          /* the options say that order does not count */
    struct identity_key others[IDENTITY_OTHERS_MAX]; /* inferred keys that would do as well */
    uint32_t other_count;
    uint32_t *from[MERGE_ALIGNMENTS][2]; /* by element of a side: the element of the base, or
                                            NO_INDEX. NULL: the same as another alignment */
};

/* Chooses the key of the array at `path` for all three states, and aligns both sides with the base
 * in the default way. Lives in `arena`. Costs two matches and, to infer a key, O(elements) for each
 * candidate. */
int merge_align(struct merge_context *context, struct delta_arena *arena,
                const struct merge_path *path, struct merge_alignment *alignment);

/* Aligns an array in the other ways, of those elements that no key identifies. Left out are those
 * that equal another one, and those that match fewer elements than the default or, beside elements
 * that a key identifies, move more. Costs ten matches.
 */
int merge_align_alternatives(struct merge_context *context, struct delta_arena *arena,
                             struct merge_alignment *alignment);

/* Aligns both sides with the base by another key. Costs two matches. */
int merge_align_by(struct merge_context *context, struct delta_arena *arena,
                   const struct merge_alignment *alignment, const struct identity_key *key,
                   uint32_t *from[2]);

/* Whether the sides disagree on the order of an element that both added, in an array with a key:
 * one has it before an element that both have, the other behind that. O(elements), and two matches
 * if both sides added any. */
int merge_align_added_reordered(struct merge_context *context, struct delta_arena *arena,
                                const struct merge_alignment *alignment, bool *reordered);

/* Compares two added elements: by key, numbers by value, elements without a key last. Does not
 * depend on which side is ours. */
int merge_align_compare(const struct identity_key *key, const struct delta_value *a,
                        const struct delta_value *b);

#endif
