/* One side of the merge of an array: its elements, expressed in elements of the base. */
#ifndef MERGE_MERGE_SIDE_H
#define MERGE_MERGE_SIDE_H

#include "base/array.h"
#include "patch/patch.h"

/* One element of the side's array: an element of the base, or a new value. */
struct entry {
    uint32_t old;                    /* index in the base; NO_INDEX: a new value */
    const struct delta_value *value; /* the new value */
    uint32_t at;   /* index in the side's array; NO_INDEX: not in it, restored from the base */
    uint32_t pair; /* the number of an element that both sides have: new, or moved; 0: none */
    bool unkeyed;  /* new in an array with a key, which does not identify it */
};

/* An element of the base is kept when the side has it, in the same order as all others that are
 * kept. The side moved or removed the rest. As few as possible count as moved. */
struct side {
    struct delta_arena *scratch;
    uint32_t length; /* elements of the base */
    struct entry *entries;
    uint32_t count;
    uint32_t own_count; /* elements of the side's array */
    bool ambiguous;     /* an element may move */
    /* For each element of the base: */
    uint32_t *position;              /* index among the entries; NO_INDEX: removed */
    const struct delta_patch **edit; /* the change within it; NULL: none */
    bool *kept;
    bool *may_move;     /* kept, but another choice of as few moved elements includes it */
    uint32_t *replaced; /* the first of the run of scalars that it was replaced with (see
                           side_find_edits); NO_INDEX: none */
    bool *to_restore;   /* for side_rebuild */
    bool *to_remove;    /* for side_rebuild */
};

/* Makes the side that the array patch leads to. All of it lives in `scratch`. What may move is kept
 * until side_choose. O(n log n) for n elements. */
int side_make(struct side *side, struct delta_arena *scratch, const struct delta_patch *patch,
              struct delta_err *err);

/* Chooses what each of two sides of one base moved, where that is not certain: as few elements as
 * can be, and of those, what the other side moved. O(n log n), O(1) without moves. */
int side_choose(struct side sides[2], struct delta_err *err);

/* True if the entry is an element of the base that is kept. */
static inline bool side_entry_is_kept(const struct side *side, uint32_t position) {
    uint32_t old = side->entries[position].old;
    return old != NO_INDEX && side->kept[old];
}

/* Moves an entry to the front, behind `*kept` others. For a pass over all entries that keeps some.
 */
static inline void side_keep_entry(struct side *side, uint32_t position, uint32_t *kept) {
    uint32_t old = side->entries[position].old;
    if (old != NO_INDEX)
        side->position[old] = *kept;
    side->entries[(*kept)++] = side->entries[position];
}

/* Where k adjacent elements were replaced with k new scalars, takes each for an edit of the element
 * that was there, so that a change of one element does not conflict with one of its neighbour. The
 * edits live in `arena`. O(entries). */
int side_find_edits(struct side *side, struct delta_arena *arena, struct delta_err *err);

/* Undoes the edits that side_find_edits found, where the other side inserted or moved something
 * beside or among the elements: then it is not certain which scalar replaced which. Returns whether
 * any was undone. O(elements). */
bool side_undo_edits(struct side *side, const struct side *other);

/* Removes the elements marked in `to_remove`, and puts those marked in `to_restore` back in front
 * of the next element that is kept. O(entries + elements). */
int side_rebuild(struct side *side, struct delta_err *err);

/* True if the side keeps every element of the base and adds none. */
bool side_is_complete(const struct side *side);

#endif
