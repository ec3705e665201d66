/* Whole frames: head, payload, checksum, tail. */
#ifndef HISTORY_FRAME_WRITER_H
#define HISTORY_FRAME_WRITER_H

#include "base/buf.h"
#include "history/frame.h"

/* Where a frame is appended: to `out`, which starts at byte `start` of its file. */
struct frame_place {
    struct delta_buf *out;
    uint64_t start;
    uint64_t salt;
    uint32_t *previous; /* checksum of the frame before; then of this one */
};

/* Appends a whole frame. Fills in the head's payload length and its link to the frame before. */
int frame_append(const struct frame_place *place, struct frame_head *head,
                 const struct delta_buf *payload, struct delta_err *err);

#endif
