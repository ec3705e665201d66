#include "merge/arrays.h"

#include "patch/patch.h"

int arrays_element_of(struct arrays *arrays, const struct side *side, uint32_t index,
                      struct delta_value *room, const struct delta_value **out) {
    *out = NULL;
    if (side->place[index] == NO_INDEX)
        return 0;
    return merging_result(arrays->merging, arrays_base_element(arrays, index),
                          side->edit[index] ? side->edit[index] : &patch_empty, room, out);
}

/* Where the element is in the side's array; where it would be, when it is not there. */
static struct delta_span element_span(const struct side *side, uint32_t index) {
    uint32_t at = side->place[index] == NO_INDEX ? NO_INDEX : side->entries[side->place[index]].at;
    if (at != NO_INDEX)
        return (struct delta_span){at, 1};
    for (; index < side->length; index++)
        if (side->stays[index] && side->entries[side->place[index]].at != NO_INDEX)
            return (struct delta_span){side->entries[side->place[index]].at, 0};
    return (struct delta_span){side->own_count, 0};
}

int arrays_element_conflict(struct arrays *arrays, uint32_t index, enum delta_conflict_kind kind,
                            int union_ours) {
    struct merging_path path = {.above = arrays->path, .index = index};
    struct merging_sides sides = {.base = arrays_base_element(arrays, index),
                                  .base_span = {index, 1},
                                  .ours_span = element_span(&arrays->side[OURS], index),
                                  .theirs_span = element_span(&arrays->side[THEIRS], index),
                                  .key = &arrays->key};
    struct delta_value rooms[2];
    if (arrays_element_of(arrays, &arrays->side[OURS], index, &rooms[0], &sides.ours) ||
        arrays_element_of(arrays, &arrays->side[THEIRS], index, &rooms[1], &sides.theirs))
        return -1;
    path.values[0] = sides.base;
    path.values[1] = sides.ours;
    path.values[2] = sides.theirs;
    return merging_conflict(arrays->merging, &path, kind, &sides, union_ours);
}
