#include "history/frame_list.h"

#include "base/err.h"
#include "history/reconstruct.h"

#include <stdlib.h>

/* Collects them from the last one backwards. */
static int gather(struct delta_history *history, uint32_t first, struct scan_frame frame,
                  struct frame_list *list, struct delta_err *err) {
    uint32_t above = UINT32_MAX;
    bool keyframe_above = false;
    for (;;) {
        const struct frame_head *head = &frame.head;
        if (head->kind == FRAME_OPTIONS || (uint64_t)head->index + head->count <= first)
            return 0;
        bool pair = head->kind == FRAME_RECORD && keyframe_above && head->index == above;
        /* One that overlaps what follows was void, and the void is damaged. */
        if (head->count && (pair || (uint64_t)head->index + head->count <= above)) {
            struct scan_frame *added = array_add(list);
            if (!added)
                return err_memory(err);
            *added = frame;
            above = head->index;
            keyframe_above = head->kind == FRAME_KEYFRAME;
        }
        const struct scan_frame next = frame;
        int found = scan_live_before_frame(&history->scan, &next, &frame, err);
        if (found <= 0)
            return found;
        if (!list->count)
            continue;
        struct scan_frame *behind = &list->items[list->count - 1];
        behind->foreign |= frame.unlinked;
        behind->after_damage |= frame.gap || frame.tail_damaged;
    }
}

int frame_list_read(struct delta_history *history, uint32_t first, uint32_t last,
                    struct frame_list *list, struct delta_err *err) {
    struct scan_frame frame;
    int found = reconstruct_locate(history, last, &frame, err);
    if (found < 0 || (found > 0 && (history_check_links(history, frame.offset, err) < 0 ||
                                    gather(history, first, frame, list, err) < 0)))
        return -1;
    for (size_t i = 0; i < list->count / 2; i++) {
        struct scan_frame *other = &list->items[list->count - 1 - i];
        struct scan_frame swapped = list->items[i];
        list->items[i] = *other;
        *other = swapped;
    }
    return 0;
}

void frame_list_free(struct frame_list *list) {
    free(list->items);
    *list = (struct frame_list){0};
}
