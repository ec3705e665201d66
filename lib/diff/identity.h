/* Which element of an array is which in another state of it: the one answer for diffs, filters,
 * texts and merges.
 *
 * An array has a key, given or inferred, or none. With a key, elements whose keys are equal are one
 * element, and elements whose keys differ are two, however alike. Elements without the key, or with
 * one that is repeated, and all elements of an array without a key, are matched by equality (the
 * longest common order, canonically placed, then moves), then by a repeated key that one element of
 * each side is left with, but for merges, and, where they were changed, by likeness (pairing.h): of
 * what the pair's projection says counts of them. Keys are looked for in whole elements. Numbers in
 * keys are compared by value. */
#ifndef DIFF_IDENTITY_H
#define DIFF_IDENTITY_H

#include "diff/inference.h"
#include "diff/pairing.h"

/* Fills `from[j]`, for each element j of `pair->b`, with the element of `pair->a` that it is, equal
 * or changed, or NO_INDEX; none twice. `key` may be NULL or empty: the array has none. What no
 * key identifies is matched as `mode` says, equal elements in the `order` of sequence.h (0:
 * canonically placed). Scratch in the arena is given back. O(n log n), bounded
 * as sequence_match and pairing_find are. -1 when out of memory. */
int identity_match(struct delta_arena *arena, const struct identity_pair *pair,
                   const struct identity_key *key, enum pairing_mode mode, unsigned order,
                   uint32_t *from, struct delta_err *err);

/* The same for whole arrays, whose equal ends are trimmed first: `*prefix` and `*suffix` are the
 * elements at the ends of `b` that are the same ones as at the ends of `a`. `given` is the array's
 * key, which may be empty, or NULL: then it is inferred, from the elements between the equal ends
 * and up to 32 beside them on each side. O(n) with digests, and as above for what is between. */
int identity_align(struct delta_arena *arena, const struct identity_pair *pair,
                   const struct identity_key *given, enum pairing_mode mode, uint32_t *from,
                   uint32_t *prefix, uint32_t *suffix, struct delta_err *err);

/* The key that identity_align infers for such arrays, also where elements were only added or only
 * removed, beside what stayed. `key->count` is 0 when there is none. Its steps are in the arena. */
int identity_key_of(struct delta_arena *arena, const struct identity_pair *pair,
                    struct identity_key *key, struct delta_err *err);

#endif
