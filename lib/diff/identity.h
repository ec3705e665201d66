/* Which element of an array is which in another state of it: the one answer for diffs, filters,
 * texts and merges.
 *
 * An array has a key, given or inferred, or none. With a key, elements whose keys are equal are one
 * element, and elements whose keys differ are two, however alike. Elements without the key, or with
 * one that is repeated, and all elements of an array without a key, are matched by equality (the
 * longest common order, canonically placed, then moves) and, where they were changed, by likeness
 * (pairing.h). Numbers in keys are compared by value. */
#ifndef DIFF_IDENTITY_H
#define DIFF_IDENTITY_H

#include "diff/pairing.h"
#include "json/pointer.h"

#define IDENTITY_NONE UINT32_MAX
enum {
    IDENTITY_PARTS_MAX = 4,
    IDENTITY_OTHERS_MAX = 4,
};

/* The members that identify an element together: each a path below it. */
struct identity_key {
    struct pointer parts[IDENTITY_PARTS_MAX];
    uint32_t count; /* 0: no key */
};

/* The key that `--array-key=POINTER=KEY` names: a member's name, a JSON Pointer below the element,
 * or several of either, separated by commas (`\,` and `\\` in a name). Steps share `text` or are in
 * the arena. DELTA_ERR_USAGE for an invalid pointer, an empty part or more than IDENTITY_PARTS_MAX.
 */
int identity_key_parse(struct delta_arena *arena, const char *text, struct identity_key *key,
                       struct delta_err *err);

/* The element's key: false when it lacks a part of it. Equal keys have equal private hashes;
 * numbers are equal by value. O(members on the way). */
bool identity_hash(const struct identity_key *key, const struct delta_value *element,
                   uint64_t *hash);

/* Two states of one array. */
struct identity_pair {
    const struct delta_value *a, *b; /* elements */
    uint32_t a_count, b_count;
    uint32_t start; /* elements that are before both in their arrays */
};

/* Infers the key of an array from `count` (1 or 2) pairs of its states, of which a merge gives two
 * with one base. `key->count` is 0 when there is none. A key is a scalar member, at most two levels
 * down, or a pair of them, that 19 of 20 elements have, that is unique in each state, and that half
 * of the shorter state's elements share (of two pairs: in one of them); the first such in this
 * order: those that usually identify (pairing_usual_names, then metadata/name), others in the order
 * of the document, strings before numbers; unless a later one's changes are less than half as
 * large. Members that only count positions, or under which equal content moves from key to key, are
 * not keys.
 *
 * `others` and `*other_count` (may be NULL) get keys that would do as well, at most
 * IDENTITY_OTHERS_MAX, where the key is not a usual one: they identify an element differently, and
 * their changes are less than twice as large, or within a tenth where the key is one string of
 * four elements or more. O(elements) for each candidate, of which there are a bounded number. -1
 * when out of memory. */
int identity_infer(struct delta_arena *arena, const struct identity_pair *pairs, uint32_t count,
                   struct identity_key *key, struct identity_key *others, uint32_t *other_count,
                   struct delta_err *err);

/* Fills `from[j]`, for each element j of `pair->b`, with the element of `pair->a` that it is, equal
 * or changed, or IDENTITY_NONE; none twice. `key` may be NULL or empty: the array has none. What no
 * key identifies is matched as `mode` says, equal elements in the `order` of sequence.h (0:
 * canonically placed). Scratch in the arena is given back. O(n log n), bounded
 * as sequence_match and pairing_find are. -1 when out of memory. */
int identity_match(struct delta_arena *arena, const struct identity_pair *pair,
                   const struct identity_key *key, enum pairing_mode mode, unsigned order,
                   uint32_t *from, struct delta_err *err);

/* The same for whole arrays, whose equal ends are trimmed first: `*prefix` and `*suffix` are the
 * elements at the ends of `b` that are the same ones as at the ends of `a`. `given` is the array's
 * key, or NULL: then it is inferred, from the elements between the equal ends and up to 32 beside
 * them on each side. O(n) with digests, and as above for what is between. */
int identity_align(struct delta_arena *arena, const struct identity_pair *pair,
                   const struct identity_key *given, enum pairing_mode mode, uint32_t *from,
                   uint32_t *prefix, uint32_t *suffix, struct delta_err *err);

#endif
