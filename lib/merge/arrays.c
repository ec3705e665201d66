#include "merge/arrays.h"

#include "patch/patch.h"

const struct delta_value *arrays_element_of(const struct arrays *arrays, const struct side *side,
                                            uint32_t index) {
    const struct delta_patch *edit = side->edit[index];
    if (side->position[index] == NO_INDEX)
        return NULL;
    if (!edit)
        return arrays_base_element(arrays, index);
    return edit->kind == PATCH_VALUE ? &edit->value : NULL;
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
                                .ours = arrays_element_of(arrays, &arrays->side[OURS], index),
                                .theirs = arrays_element_of(arrays, &arrays->side[THEIRS], index),
                                .base_span = {index, 1},
                                .ours_span = element_span(&arrays->side[OURS], index),
                                .theirs_span = element_span(&arrays->side[THEIRS], index),
                                .key = &arrays->key};
    path.values[0] = sides.base;
    path.values[1] = sides.ours;
    path.values[2] = sides.theirs;
    return merge_conflict(arrays->context, &path, kind, &sides, union_ours);
}
