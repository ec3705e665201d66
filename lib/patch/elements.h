/* An array's patch, element by element. */
#ifndef PATCH_ELEMENTS_H
#define PATCH_ELEMENTS_H

#include "patch/patch.h"

enum element_fate { ELEMENT_REMOVED, ELEMENT_KEPT, ELEMENT_MOVED };

struct elements {
    const struct delta_patch *patch;
    uint32_t count;   /* of new elements */
    uint32_t *from;   /* by new element: the old one that it was, or NO_INDEX for a new one */
    uint32_t *item;   /* by new element: the patch's item that makes it */
    uint32_t *offset; /* and which element of that item it is */
    uint8_t *fate;    /* by old element: enum element_fate */
};

/* Takes an array patch apart; close it in any case. Fails with DELTA_ERR_DAMAGED when the patch
 * reaches beyond its own length. O(elements of both arrays). */
int elements_open(struct elements *elements, const struct delta_patch *patch,
                  struct delta_err *err);
void elements_close(struct elements *elements);

/* Says of insertions that they replace a removed element between the same two elements that stay:
 * both in order, where `alike` (NULL: always) says so of the old and the new value. They then have
 * an old one in `from`, which stays. */
void elements_pair(struct elements *elements, const struct delta_value *base,
                   bool (*alike)(const struct delta_value *old, const struct delta_value *new));

/* The value that the patch holds for new element `j`; NULL when it is an old one. */
static inline const struct delta_value *elements_value(const struct elements *elements,
                                                       uint32_t j) {
    const struct patch_item *item = &elements->patch->items[elements->item[j]];
    return item->kind == PATCH_INSERT ? &item->values[elements->offset[j]] : NULL;
}

/* The change within new element `j`; NULL when there is none. */
static inline const struct delta_patch *elements_nested(const struct elements *elements,
                                                        uint32_t j) {
    const struct patch_item *item = &elements->patch->items[elements->item[j]];
    return item->kind == PATCH_EDIT ? item->nested : NULL;
}

#endif
