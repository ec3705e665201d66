/* An array as one side of a merge left it. */
#ifndef MERGE_MERGE_SIDE_H
#define MERGE_MERGE_SIDE_H

#include "patch/patch.h"

#define NOWHERE UINT32_MAX

/* One element of an array: an old one, or a new value. */
struct entry {
    uint32_t old;                    /* NOWHERE: new */
    const struct delta_value *value; /* new */
};

/* `length` of the elements were in the base. An element stays when the side keeps it in order with
 * the others that stay; else it is moved or dropped. */
struct side {
    struct delta_arena *scratch;
    uint32_t length;
    struct entry *entries;
    uint32_t count;
    /* For each element of the base: */
    uint32_t *place;                 /* where it is among the entries, or NOWHERE */
    const struct delta_patch **edit; /* what changed within, or NULL */
    bool *stays;
    bool *reconstructed; /* is to be as in the base after all */
    bool *erased;        /* is to be dropped after all */
};

/* The side that the patch makes; all of it lives in `scratch`. O(elements, and their log). */
int side_make(struct side *side, struct delta_arena *scratch, const struct delta_patch *patch,
              struct delta_err *err);

/* True when the entry is an old element that stays. */
static inline bool side_entry_stays(const struct side *side, uint32_t position) {
    uint32_t old = side->entries[position].old;
    return old != NOWHERE && side->stays[old];
}

/* Where k elements were dropped and k scalars stand in their place, each was edited: makes edits of
 * them, in `arena`, so that what happened to one element is no matter of its neighbours. */
int side_find_edits(struct side *side, struct delta_arena *arena, struct delta_err *err);

/* Carries out `erased` and `restored`: erased elements go, restored ones stand again before the
 * next element that stays. */
int side_rebuild(struct side *side, struct delta_err *err);

#endif
