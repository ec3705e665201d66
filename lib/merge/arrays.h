/* The state of the merge of one array (merge_array.c describes the algorithm). */
#ifndef MERGE_ARRAYS_H
#define MERGE_ARRAYS_H

#include "merge/merge_align.h"
#include "merge/merge_context.h"
#include "merge/merge_side.h"

struct arrays {
    struct merge_context *context;
    const struct merge_path *path;
    const struct delta_value *base;     /* NULL when it is unknown */
    const struct delta_value *sides[2]; /* NULL when the base is unknown */
    uint32_t length;                    /* of the base */
    struct identity_key key;            /* of all three states; may be none */
    bool key_given;                     /* the key is one of the options, not inferred */
    bool unordered;                     /* the options say that order does not count */
    struct delta_arena *scratch;
    struct side side[2];
    uint32_t pair_count; /* elements that both sides have, and are no anchors */
    bool unkeyed;        /* a side changed an element that no key identifies */
    struct entry *result;
    uint32_t result_count;
    bool conflict; /* at least one hunk is in conflict */
};

static inline bool arrays_has_key(const struct arrays *arrays) {
    return arrays->key.count > 0;
}

/* Whether both sides keep an element of the base. */
static inline bool arrays_is_anchor(const struct arrays *arrays, uint32_t index) {
    return arrays->side[OURS].kept[index] && arrays->side[THEIRS].kept[index];
}

static inline const struct delta_value *arrays_base_element(const struct arrays *arrays,
                                                            uint32_t index) {
    return arrays->base ? &value_items(arrays->base)[index] : NULL;
}

static inline bool arrays_same_entry(const struct entry *a, const struct entry *b) {
    return a->old == b->old && (a->old != NO_INDEX || value_same(a->value, b->value));
}

/* The value that a side gives an element of the base; NULL if the side removed it, or if the value
 * is unknown: without a base, an element that is only changed within. */
const struct delta_value *arrays_element_of(const struct arrays *arrays, const struct side *side,
                                            uint32_t index);

/* Resolves or reports a conflict over one element of the base: 1 to take ours, 0 for theirs, -1 on
 * failure. `union_ours` is as in merge_conflict. */
int arrays_element_conflict(struct arrays *arrays, uint32_t index, enum delta_conflict_kind kind,
                            int union_ours);

#endif
