/* The frames of a range of states. */
#ifndef HISTORY_FRAME_LIST_H
#define HISTORY_FRAME_LIST_H

#include "base/array.h"
#include "history/history.h"

struct frame_list {
    struct scan_frame *items;
    size_t count, capacity;
};

/* Reads the heads of the frames that count and hold states from `first` to `last`, in order, into
 * a zeroed list; frame_list_free in any case. States between them that are missing are lost;
 * one before which there is damage has after_damage set.
 * O(frames). */
int frame_list_read(struct delta_history *history, uint32_t first, uint32_t last,
                    struct frame_list *list, struct delta_err *err);
void frame_list_free(struct frame_list *list);

#endif
