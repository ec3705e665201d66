#include "merge/arrays.h"

#include "patch/patch.h"

int arrays_element_of(struct arrays *arrays, const struct side *side, uint32_t index,
                      struct delta_value *storage, const struct delta_value **out) {
    *out = NULL;
    if (side->position[index] == NO_INDEX)
        return 0;
    return merge_result(arrays->context, arrays_base_element(arrays, index),
                        side->edit[index] ? side->edit[index] : &patch_empty, storage, out);
}

/* The element in the side's array, or the empty span where it would be. */
static struct delta_span element_span(const struct side *side, uint32_t index) {
    uint32_t at =
        side->position[index] == NO_INDEX ? NO_INDEX : side->entries[side->position[index]].at;
    if (at != NO_INDEX)
        return (struct delta_span){at, 1};
    for (; index < side->length; index++)
        if (side->kept[index] && side->entries[side->position[index]].at != NO_INDEX)
            return (struct delta_span){side->entries[side->position[index]].at, 0};
    return (struct delta_span){side->own_count, 0};
}

int arrays_element_conflict(struct arrays *arrays, uint32_t index, enum delta_conflict_kind kind,
                            int union_ours) {
    struct merge_path path = {.above = arrays->path, .index = index};
    struct merge_sides sides = {.base = arrays_base_element(arrays, index),
                                .base_span = {index, 1},
                                .ours_span = element_span(&arrays->side[OURS], index),
                                .theirs_span = element_span(&arrays->side[THEIRS], index),
                                .key = &arrays->key};
    struct delta_value storages[2];
    if (arrays_element_of(arrays, &arrays->side[OURS], index, &storages[0], &sides.ours) ||
        arrays_element_of(arrays, &arrays->side[THEIRS], index, &storages[1], &sides.theirs))
        return -1;
    path.values[0] = sides.base;
    path.values[1] = sides.ours;
    path.values[2] = sides.theirs;
    return merge_conflict(arrays->context, &path, kind, &sides, union_ours);
}
