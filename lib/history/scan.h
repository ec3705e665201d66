/* A history file as a sequence of frames: where it ends, and which frame precedes which.
 *
 * Reading goes backwards, because only what comes later says what is void. Damage is passed over:
 * what is left of the file is found again by the marks and checksums of the heads. */
#ifndef HISTORY_SCAN_H
#define HISTORY_SCAN_H

#include "history/frame.h"

struct scan {
    int fd;       /* the caller's */
    uint64_t end; /* the size of the file, as far as it is looked at */
    struct frame_header header;
    bool header_damaged;   /* one of the two copies is */
    unsigned char *window; /* bytes of the file that were read, from `start` on */
    uint64_t start;
    size_t length, capacity;
    size_t step; /* how much was read ahead */
};

struct scan_frame {
    uint64_t offset;
    struct frame_head head;
    uint64_t checksum; /* of the head */
    bool tail_damaged;
    bool foreign;      /* it does not follow the frame before it; set by the search for that one */
    bool after_damage; /* bytes before it are damaged; set by the search for the one before */
    bool unlinked;     /* the frame from which it was found links to another one */
    uint64_t gap;      /* bytes of damage between it and the place from which it was found */
};

static inline uint64_t scan_frame_end(const struct scan_frame *frame) {
    return frame->offset + frame_length(&frame->head);
}

/* How a file ends. */
enum scan_ending {
    SCAN_CLEAN, /* after a whole frame, or after the header */
    SCAN_TORN,  /* in a write that was cut off: less than a head, a head whose frame is longer than
                   the file, or zeros */
    SCAN_INVALID, /* in anything else: a write whose sectors did not all get to the disk, or damage;
                     they cannot be distinguished */
};

struct scan_tail {
    enum scan_ending ending;
    bool has_frame;         /* `last` is set: there is a frame */
    struct scan_frame last; /* the last whole frame, a void too */
    uint64_t end;           /* where that ends, or where the frames start; what follows is passed
                               over */
};

/* Begins to read a file of `size` bytes, which is not 0. Fails with DELTA_ERR_DAMAGED when it
 * is not a history, DELTA_ERR_UNSUPPORTED when it is one of a newer version. */
int scan_open(struct scan *scan, int fd, uint64_t size, struct delta_err *err);
void scan_close(struct scan *scan);

/* The file has grown to this size. */
static inline void scan_extend(struct scan *scan, uint64_t size) {
    scan->end = size;
}

/* `length` bytes at `offset`, valid until the next call; NULL on failure. Reads ahead, towards
 * the start of the file, or its end when `forward`: the more, the longer it is called for one place
 * after the other. */
const unsigned char *scan_bytes(struct scan *scan, uint64_t offset, size_t length, bool forward,
                                struct delta_err *err);

/* Finds the end: the last whole frame, of which nothing is missing that was written together with
 * it and that it is rebuilt from. O(bytes of that) when it is clean, else O(bytes back to a frame).
 */
int scan_tail(struct scan *scan, struct scan_tail *tail, struct delta_err *err);

/* The last frame (void or not) that ends at or before `limit`: 1 when there is one, 0 when there is
 * none, -1 on failure. Payloads are not read. O(1) without damage. */
int scan_before(struct scan *scan, uint64_t limit, struct scan_frame *frame, struct delta_err *err);

/* The same for frames that count, from `limit` on, or from before `next` on: voids and what they
 * void are passed over. */
int scan_live_before(struct scan *scan, uint64_t limit, struct scan_frame *frame,
                     struct delta_err *err);

/* The same before the frame `next`, a void or not, whose link to the frame before it is checked on
 * the way. */
int scan_live_before_frame(struct scan *scan, const struct scan_frame *next,
                           struct scan_frame *frame, struct delta_err *err);

/* Goes back from `frame`, which becomes the frame reached, to the first one at or before `offset`,
 * as far as the frames are whole, linked, and neither voids nor of an unknown kind: there the
 * functions above say what it is. No more is decoded of a frame than that takes, a fifth of the
 * work. 0, or -1 on failure. */
int scan_follow_links(struct scan *scan, uint64_t offset, struct scan_frame *frame,
                      struct delta_err *err);

/* The first frame whose head is at or after `from` and before `to`: 1, 0 or -1. Says nothing
 * about voids. */
int scan_after(struct scan *scan, uint64_t from, uint64_t to, struct scan_frame *frame,
               struct delta_err *err);

/* The frame's payload, valid until the next call; NULL with DELTA_ERR_DAMAGED when its checksum
 * fails.
 */
const unsigned char *scan_payload(struct scan *scan, const struct scan_frame *frame,
                                  struct delta_err *err);

#endif
