/* Runs and insertions are spread over arrays with an entry for each element, which the views then
 * walk by index. Which of the kept elements moved is moves.c's answer. Between two neighbours that
 * stay, removed and new elements are paired from the left. */
#include "patch/elements.h"

#include "base/err.h"
#include "patch/moves.h"

#include <stdlib.h>

/* Notes what becomes of the elements of one run or insertion, from new element `j` on. */
static int note_item(struct elements *elements, uint32_t i, bool moved, uint32_t j,
                     struct delta_err *err) {
    const struct patch_item *item = &elements->patch->items[i];
    uint32_t length = elements->patch->length;
    bool old = item->kind != PATCH_INSERT;
    if (old && (item->from > length || item->count > length - item->from))
        return err_set(err, DELTA_ERR_DAMAGED, "invalid patch: a run outside the old value");
    for (uint32_t n = 0; n < item->count; n++) {
        elements->item[j + n] = i;
        elements->offset[j + n] = n;
        elements->from[j + n] = old ? item->from + n : NO_INDEX;
        if (old)
            elements->fate[item->from + n] = moved ? ELEMENT_MOVED : ELEMENT_KEPT;
    }
    return 0;
}

int elements_open(struct elements *elements, const struct delta_patch *patch,
                  struct delta_err *err) {
    *elements = (struct elements){.patch = patch};
    uint64_t count = 0;
    for (uint32_t i = 0; i < patch->count; i++)
        count += patch->items[i].count;
    if (count > DELTA_MAX_STATE)
        return err_set(err, DELTA_ERR_LIMIT, "an array would have too many elements");
    elements->count = (uint32_t)count;
    elements->from = reallocarray(NULL, 3 * (size_t)count + 1, sizeof *elements->from);
    elements->fate = calloc((size_t)patch->length + 1, 1);
    bool *moved = calloc((size_t)patch->count + 1, sizeof *moved);
    int status =
        elements->from && elements->fate && moved ? moves_find(patch, moved, err) : err_memory(err);
    if (status == 0) {
        elements->item = elements->from + count;
        elements->offset = elements->item + count;
    }
    uint32_t j = 0;
    for (uint32_t i = 0; i < patch->count && status == 0; i++) {
        status = note_item(elements, i, moved[i], j, err);
        j += patch->items[i].count;
    }
    free(moved);
    return status;
}

void elements_close(struct elements *elements) {
    free(elements->from);
    free(elements->fate);
    *elements = (struct elements){0};
}

/* Two gaps: old elements [i, old_end), new ones [j, end). */
static void pair_gap(struct elements *elements, const struct delta_value *base, uint32_t i,
                     uint32_t old_end, uint32_t j, uint32_t end,
                     bool (*alike)(const struct delta_value *, const struct delta_value *)) {
    for (; j < end; j++) {
        if (elements->from[j] != NO_INDEX)
            continue;
        while (i < old_end && elements->fate[i] != ELEMENT_REMOVED)
            i++;
        if (i >= old_end)
            return;
        if (!alike || alike(&value_items(base)[i], elements_value(elements, j))) {
            elements->from[j] = i;
            elements->fate[i] = ELEMENT_KEPT;
        }
        i++;
    }
}

void elements_pair(struct elements *elements, const struct delta_value *base,
                   bool (*alike)(const struct delta_value *old, const struct delta_value *new)) {
    uint32_t i = 0, j = 0; /* where the gaps begin */
    for (uint32_t end = 0; end <= elements->count; end++) {
        bool last = end == elements->count;
        if (!last && (elements->from[end] == NO_INDEX ||
                      elements->fate[elements->from[end]] != ELEMENT_KEPT))
            continue;
        uint32_t old_end = last ? elements->patch->length : elements->from[end];
        pair_gap(elements, base, i, old_end, j, end, alike);
        i = old_end + 1;
        j = end + 1;
    }
}
