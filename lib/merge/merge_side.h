/* An array as one side of a merge left it. */
#ifndef MERGE_MERGE_SIDE_H
#define MERGE_MERGE_SIDE_H

#include "base/array.h"
#include "patch/patch.h"

/* One element of an array: an old one, or a new value. */
struct entry {
    uint32_t old;                    /* NO_INDEX: new */
    const struct delta_value *value; /* new */
    uint32_t at; /* where it is in the side's array; NO_INDEX: it was put back */
};

/* `length` of the elements were in the base. An element stays when the side keeps it in order with
 * the others that stay; else it is moved or dropped. */
struct side {
    struct delta_arena *scratch;
    uint32_t length;
    struct entry *entries;
    uint32_t count;
    uint32_t own_count; /* of the side's array */
    /* For each element of the base: */
    uint32_t *place;                 /* where it is among the entries, or NO_INDEX */
    const struct delta_patch **edit; /* what changed within, or NULL */
    bool *stays;
    bool *may_move; /* stays, but the moves may as well be told so that it is one of the moved */
    uint32_t *replaced; /* the first of the scalars that were replaced together with it; NO_INDEX */
    bool *reconstructed; /* is to be as in the base after all */
    bool *erased;        /* is to be dropped after all */
};

/* The side that the patch makes; all of it lives in `scratch`. O(elements, and their log). */
int side_make(struct side *side, struct delta_arena *scratch, const struct delta_patch *patch,
              struct delta_err *err);

/* True when the entry is an old element that stays. */
static inline bool side_entry_stays(const struct side *side, uint32_t position) {
    uint32_t old = side->entries[position].old;
    return old != NO_INDEX && side->stays[old];
}

/* Where k elements were dropped and k scalars stand in their place, each was edited: makes edits of
 * them, in `arena`, so that what happened to one element is no matter of its neighbours. */
int side_find_edits(struct side *side, struct delta_arena *arena, struct delta_err *err);

/* Takes back the edits that side_find_edits made of scalars beside which, or among which, the
 * `other` side inserted or moved something: which of them became which is not certain then. Returns
 * whether there were any. O(elements). */
bool side_undo_edits(struct side *side, const struct side *other);

/* Carries out `erased` and `restored`: erased elements go, restored ones stand again before the
 * next element that stays. */
int side_rebuild(struct side *side, struct delta_err *err);

/* True when every element of the base stays, and no other is there. */
bool side_is_complete(const struct side *side);

#endif
