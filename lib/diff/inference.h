/* The key of an array, inferred from its states. */
#ifndef DIFF_INFERENCE_H
#define DIFF_INFERENCE_H

#include "diff/identity_key.h"

enum {
    CHOICE_OTHERS_MAX = 4, /* of one kind */
    IDENTITY_OTHERS_MAX = 2 * CHOICE_OTHERS_MAX,
};

/* A member, or two, that may be the key. */
struct candidate {
    struct identity_key key;
    uint32_t rank;     /* among usual names; then strings, then numbers */
    bool unnamed;      /* nothing in its name says that it is a key */
    bool doubted;      /* unnamed, and a number or two members: unique by chance, maybe */
    bool of_places;    /* only counts positions, or content moves from one to the next */
    bool exchanged;    /* nothing but such content speaks against it */
    uint64_t cost;     /* bytes of the changes that it leads to, about */
    uint32_t shared;   /* keys that both states of a pair have, at most */
    bool complete;     /* every element has the key */
    uint32_t *from[2]; /* by pair: the element of `a` for each of `b` */
};

/* The best candidate, and others that are not worse enough to be ruled out. */
struct choice {
    struct candidate *best;
    struct candidate *others[CHOICE_OTHERS_MAX];
    uint32_t other_count;
    struct candidate *exchanged[CHOICE_OTHERS_MAX]; /* of two pairs: strings that are not keys
                                                         only because content moves */
    uint32_t exchanged_count;
    bool ambiguous; /* one of them costs the same, within a tenth */
};

/* Chooses the key that `count` (1 or 2) pairs of states of one array have; `choice->best` is NULL
 * when there is none. Everything is in the arena. Cost as identity_infer. -1 when out of memory. */
int inference_choose(struct delta_arena *arena, const struct identity_pair *pairs, uint32_t count,
                     struct choice *choice, struct delta_err *err);

/* Infers the key of an array from `count` (1 or 2) pairs of its states, of which a merge gives two
 * with one base. `key->count` is 0 when there is none. A key is a scalar member, at most two levels
 * down, or a pair of them, that 19 of 20 elements have, that is unique in each state, and that half
 * of the shorter state's elements share (of two pairs: in one of them); the first such in this
 * order: those that usually identify (pairing_usual_names, then metadata/name), others in the order
 * of the document, strings before numbers; unless a later one's changes are less than half as
 * large. Members that only count positions, or under which equal content moves from key to key
 * (diff/displaced), are not keys; between two states also not a member of which nothing says that
 * it is a key, under which the whole rest of an element is under a new key: a number, two members,
 * or a string that less than eight elements share and none changed under.
 *
 * `others` and `*other_count` (may be NULL) get keys that would do as well, at most
 * IDENTITY_OTHERS_MAX, where the key is not a usual one: they identify an element differently, and
 * their changes are less than twice as large, or within a tenth where the key is one string of
 * eight elements or more. Of two pairs also strings that would be keys but for content that is
 * under another one on one side: names that were exchanged, or the rest of the elements was.
 * O(elements) for each candidate, of which there are a bounded number. -1 when out of memory. */
int identity_infer(struct delta_arena *arena, const struct identity_pair *pairs, uint32_t count,
                   struct identity_key *key, struct identity_key *others, uint32_t *other_count,
                   struct delta_err *err);

#endif
