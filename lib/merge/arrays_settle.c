#include "merge/arrays_settle.h"

#include "base/err.h"

/* One side dropped the element; did the other change or move it? */
static int settle_dropped(struct arrays *arrays, uint32_t index, int dropper) {
    struct side *keeper = &arrays->side[1 - dropper];
    if (keeper->stays[index] && !keeper->may_move[index] && !keeper->edit[index])
        return 0;
    enum delta_conflict_kind kind =
        keeper->edit[index]
            ? (dropper == OURS ? DELTA_CONFLICT_REMOVED_CHANGED : DELTA_CONFLICT_CHANGED_REMOVED)
            : (dropper == OURS ? DELTA_CONFLICT_REMOVED_MOVED : DELTA_CONFLICT_MOVED_REMOVED);
    int is_ours = arrays_element_conflict(arrays, index, kind, dropper != OURS);
    if (is_ours < 0)
        return -1;
    if (is_ours == (dropper == OURS))
        keeper->erased[index] = true;
    else
        arrays->side[dropper].reconstructed[index] = true;
    return 0;
}

/* Number of anchors before each old element that a side moved: the gap it went to. */
static void find_gaps(struct arrays *arrays, const struct side *side, uint32_t *gaps) {
    uint32_t anchors = 0;
    for (uint32_t i = 0; i < side->count; i++) {
        uint32_t old = side->entries[i].old;
        if (old == NO_INDEX)
            continue;
        gaps[old] = anchors;
        if (arrays->side[OURS].stays[old] && arrays->side[THEIRS].stays[old])
            anchors++;
    }
}

/* True when the element is between the same neighbours on both sides. */
static bool same_neighbours(const struct arrays *arrays, uint32_t index) {
    const struct side *ours = &arrays->side[OURS];
    const struct side *theirs = &arrays->side[THEIRS];
    uint32_t left = ours->place[index];
    uint32_t right = theirs->place[index];
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

static int settle_moved(struct arrays *arrays, const uint32_t *gaps[2], uint32_t index) {
    if (gaps[OURS][index] == gaps[THEIRS][index] && same_neighbours(arrays, index))
        return 0;
    int is_ours = arrays_element_conflict(arrays, index, DELTA_CONFLICT_MOVED, -1);
    if (is_ours < 0)
        return -1;
    arrays->side[is_ours ? THEIRS : OURS].reconstructed[index] = true;
    return 0;
}

__attribute__((noinline)) int arrays_settle_elements(struct arrays *arrays) {
    uint32_t *gaps[2];
    for (int i = OURS; i <= THEIRS; i++) {
        gaps[i] = arena_array(arrays->scratch, arrays->length, sizeof *gaps[i]);
        if (!gaps[i])
            return err_memory(arrays->merging->err);
        find_gaps(arrays, &arrays->side[i], gaps[i]);
    }
    const struct side *ours = &arrays->side[OURS];
    const struct side *theirs = &arrays->side[THEIRS];
    for (uint32_t i = 0; i < arrays->length; i++) {
        bool in_ours = ours->place[i] != NO_INDEX;
        bool in_theirs = theirs->place[i] != NO_INDEX;
        int failed = 0;
        if (in_ours != in_theirs)
            failed = settle_dropped(arrays, i, in_ours ? THEIRS : OURS);
        else if (in_ours && !ours->stays[i] && !theirs->stays[i])
            failed = settle_moved(arrays, (const uint32_t *[]){gaps[OURS], gaps[THEIRS]}, i);
        if (failed)
            return -1;
    }
    for (int i = OURS; i <= THEIRS; i++) {
        if (side_rebuild(&arrays->side[i], arrays->merging->err))
            return -1;
    }
    return 0;
}
