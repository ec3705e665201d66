/* What the merge of one array works on, in elements of the base (merge_array.c tells how). */
#ifndef MERGE_ARRAYS_H
#define MERGE_ARRAYS_H

#include "merge/merge_align.h"
#include "merge/merge_context.h"
#include "merge/merge_side.h"

struct arrays {
    struct merging *merging;
    const struct merging_path *path;
    const struct delta_value *base;     /* NULL when it is not known */
    const struct delta_value *sides[2]; /* the same */
    uint32_t length;                    /* of the base */
    struct identity_key key;            /* none, or that of all three states */
    bool given;                         /* the key was */
    bool any_order;                     /* order does not count */
    struct delta_arena *scratch;
    struct side side[2];
    struct entry *result;
    uint32_t result_count;
    bool conflict; /* a gap was in conflict */
};

static inline bool arrays_has_key(const struct arrays *arrays) {
    return arrays->key.count > 0;
}

static inline const struct delta_value *arrays_base_element(const struct arrays *arrays,
                                                            uint32_t index) {
    return arrays->base ? &value_items(arrays->base)[index] : NULL;
}

static inline bool arrays_same_entry(const struct entry *a, const struct entry *b) {
    return a->old == b->old && (a->old != NO_INDEX || value_same(a->value, b->value));
}

/* The element as a side left it; NULL when it removed it, or when that is not known. */
int arrays_element_of(struct arrays *arrays, const struct side *side, uint32_t index,
                      struct delta_value *room, const struct delta_value **out);

/* Reports a conflict over one element of the base: 1 when ours is taken, 0 when theirs, or -1.
 * `union_ours` is as in merging_conflict. */
int arrays_element_conflict(struct arrays *arrays, uint32_t index, enum delta_conflict_kind kind,
                            int union_ours);

#endif
