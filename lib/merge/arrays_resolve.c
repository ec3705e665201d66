#include "merge/arrays_resolve.h"

#include "base/err.h"

/* One side, `remover`, removed the element: a conflict if the other changed it, or moved it where
 * order counts. */
static int resolve_removed(struct arrays *arrays, uint32_t index, int remover) {
    struct side *keeper = &arrays->side[1 - remover];
    if (keeper->kept[index] && !keeper->may_move[index] && !keeper->edit[index])
        return 0;
    if (arrays->unordered && !keeper->edit[index]) {
        keeper->to_remove[index] = true;
        return 0;
    }
    enum delta_conflict_kind kind =
        keeper->edit[index]
            ? (remover == OURS ? DELTA_CONFLICT_REMOVED_CHANGED : DELTA_CONFLICT_CHANGED_REMOVED)
            : (remover == OURS ? DELTA_CONFLICT_REMOVED_MOVED : DELTA_CONFLICT_MOVED_REMOVED);
    int is_ours = arrays_element_conflict(arrays, index, kind, remover != OURS);
    if (is_ours < 0)
        return -1;
    if (is_ours == (remover == OURS))
        keeper->to_remove[index] = true;
    else
        arrays->side[remover].to_restore[index] = true;
    return 0;
}

/* Counts the anchors before each element of the base where the side has it: the number of its hunk.
 */
static void count_anchors(struct arrays *arrays, const struct side *side, uint32_t *hunks) {
    uint32_t anchors = 0;
    for (uint32_t i = 0; i < side->count; i++) {
        uint32_t old = side->entries[i].old;
        if (old == NO_INDEX)
            continue;
        hunks[old] = anchors;
        if (arrays_is_anchor(arrays, old))
            anchors++;
    }
}

/* Whether the element has the same neighbour before or behind it on both sides. */
static bool same_neighbours(const struct arrays *arrays, uint32_t index) {
    const struct side *ours = &arrays->side[OURS];
    const struct side *theirs = &arrays->side[THEIRS];
    uint32_t left = ours->position[index];
    uint32_t right = theirs->position[index];
    bool same_before =
        left && right ? arrays_same_entry(&ours->entries[left - 1], &theirs->entries[right - 1])
                      : left == right;
    bool ends_left = left + 1 == ours->count;
    bool ends_right = right + 1 == theirs->count;
    bool same_after = !ends_left && !ends_right
                          ? arrays_same_entry(&ours->entries[left + 1], &theirs->entries[right + 1])
                          : ends_left == ends_right;
    return same_before || same_after;
}

static int resolve_moved(struct arrays *arrays, const uint32_t *hunks[2], uint32_t index) {
    if (hunks[OURS][index] == hunks[THEIRS][index] && same_neighbours(arrays, index))
        return 0;
    int is_ours =
        arrays->unordered ? 1 : arrays_element_conflict(arrays, index, DELTA_CONFLICT_MOVED, -1);
    if (is_ours < 0)
        return -1;
    arrays->side[is_ours ? THEIRS : OURS].to_restore[index] = true;
    return 0;
}

__attribute__((noinline)) int arrays_resolve_elements(struct arrays *arrays) {
    uint32_t *hunks[2];
    for (int i = OURS; i <= THEIRS; i++) {
        hunks[i] = arena_array(arrays->scratch, arrays->length, sizeof *hunks[i]);
        if (!hunks[i])
            return err_memory(arrays->context->err);
        count_anchors(arrays, &arrays->side[i], hunks[i]);
    }
    const struct side *ours = &arrays->side[OURS];
    const struct side *theirs = &arrays->side[THEIRS];
    for (uint32_t i = 0; i < arrays->length; i++) {
        bool in_ours = ours->position[i] != NO_INDEX;
        bool in_theirs = theirs->position[i] != NO_INDEX;
        int failed = 0;
        if (in_ours != in_theirs)
            failed = resolve_removed(arrays, i, in_ours ? THEIRS : OURS);
        else if (in_ours && !ours->kept[i] && !theirs->kept[i])
            failed = resolve_moved(arrays, (const uint32_t *[]){hunks[OURS], hunks[THEIRS]}, i);
        if (failed)
            return -1;
    }
    for (int i = OURS; i <= THEIRS; i++) {
        if (side_rebuild(&arrays->side[i], arrays->context->err))
            return -1;
    }
    return 0;
}
