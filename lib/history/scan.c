/* From the end of a frame, its tail says how long it is, and so where its head is: going back costs
 * one small read a frame, or none. Where a tail or head is damaged, heads are searched for: a mark
 * of four bytes, and a checksum of the head that is seeded with the salt of this file and the
 * offset, so that bytes of another history, or of this one elsewhere, are none.
 *
 * How the file ends is found so, too: the last whole frame; then whether all is there that was
 * written together with it, since sectors of one write get to the disk in any order; then what the
 * bytes behind it look like. */
#include "history/scan.h"

#include "base/array.h"
#include "base/err.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes that are read at once: few where the file is probed here and there, each of which costs 1
 * us then instead of 10, up to many where it is read through. */
enum { READ_FIRST = 1 << 12, READ_AHEAD = 1 << 16, READ_FASTER = 4 };

/* What is read next where `step` bytes were read just before this place. */
static size_t next_step(size_t step) {
    return step < READ_AHEAD ? step * READ_FASTER : step;
}

static int fill(struct scan *scan, uint64_t start, size_t length, struct delta_err *err) {
    if (length > scan->capacity && !array_grow(&scan->window, &scan->capacity, length, 1))
        return err_memory(err);
    scan->start = start;
    scan->length = 0;
    while (scan->length < length) {
        ssize_t got = pread(scan->fd, scan->window + scan->length, length - scan->length,
                            (off_t)(start + scan->length));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_system(err, "cannot read");
        if (got == 0)
            return err_set(err, DELTA_ERR_DAMAGED,
                           "the file was truncated while it was being read");
        scan->length += (size_t)got;
    }
    return 0;
}

const unsigned char *scan_bytes(struct scan *scan, uint64_t offset, size_t length, bool forward,
                                struct delta_err *err) {
    if (offset > scan->end || length > scan->end - offset)
        return err_null(err_set(err, DELTA_ERR_DAMAGED, "unexpected end of file"));
    if (offset < scan->start || offset + length > scan->start + scan->length) {
        uint64_t from = offset, to = offset + length;
        bool goes_on = scan->length && from <= scan->start + scan->length + READ_FIRST &&
                       scan->start <= to + READ_FIRST;
        scan->step = goes_on ? next_step(scan->step) : READ_FIRST;
        if (length < scan->step) {
            if (forward)
                to = scan->end - from < scan->step ? scan->end : from + scan->step;
            else
                from = to < scan->step ? 0 : to - scan->step;
        }
        if (fill(scan, from, (size_t)(to - from), err) < 0)
            return NULL;
    }
    return scan->window + (offset - scan->start);
}

/* The same, backwards, without a call where the window has them: frames of a hundred bytes are
 * passed by thousands, and asking for their ends took 40% of that. */
static inline const unsigned char *bytes_before(struct scan *scan, uint64_t offset, size_t length,
                                                struct delta_err *err) {
    uint64_t at = offset - scan->start;
    if (offset >= scan->start && at + length <= scan->length)
        return scan->window + at;
    return scan_bytes(scan, offset, length, false, err);
}

int scan_open(struct scan *scan, int fd, uint64_t size, struct delta_err *err) {
    *scan = (struct scan){.fd = fd, .end = size};
    if (size < FRAME_HEADER)
        return err_set(err, DELTA_ERR_DAMAGED, "not a history: the file is too short");
    bool whole = size >= FRAME_START;
    const unsigned char *bytes = scan_bytes(scan, 0, whole ? FRAME_START : FRAME_HEADER, true, err);
    if (!bytes)
        return -1;
    struct frame_header second;
    enum frame_verdict first = frame_header_get(bytes, 0, &scan->header);
    enum frame_verdict other =
        whole ? frame_header_get(bytes + FRAME_HEADER, 1, &second) : FRAME_BAD;
    scan->header_damaged = first == FRAME_BAD || other == FRAME_BAD;
    if (first == FRAME_BAD) {
        first = other;
        scan->header = second;
    }
    if (first == FRAME_BAD)
        return err_set(err, DELTA_ERR_DAMAGED, "not a history, or its header is corrupt");
    if (first == FRAME_NEWER)
        return err_set(err, DELTA_ERR_UNSUPPORTED,
                       "history of version %" PRIu32 ", features %#" PRIx32
                       "; this program reads version %d%s",
                       scan->header.version, scan->header.incompatible, FRAME_VERSION,
                       scan->header.version < FRAME_VERSION ? "" : "; use a newer program");
    if (!whole)
        return err_set(err, DELTA_ERR_DAMAGED, "truncated header");
    return 0;
}

void scan_close(struct scan *scan) {
    free(scan->window);
    *scan = (struct scan){.fd = -1};
}

/* The frame whose head is at `offset`: 1 when there is one, 0 when not, -1 on failure. */
static int head_at(struct scan *scan, uint64_t offset, bool forward, struct scan_frame *frame,
                   struct delta_err *err) {
    const unsigned char *bytes = scan_bytes(scan, offset, FRAME_HEAD, forward, err);
    if (!bytes)
        return -1;
    *frame = (struct scan_frame){.offset = offset};
    switch (frame_head_get(bytes, scan->header.salt, offset, &frame->head, &frame->checksum)) {
    case FRAME_GOOD:
        return 1;
    case FRAME_NEWER:
        return err_set(err, DELTA_ERR_UNSUPPORTED,
                       "the frame at byte %" PRIu64
                       " is of an unknown kind: it was written by a newer program",
                       offset);
    default:
        return 0;
    }
}

/* The last head before `limit`, whatever its frame's length: 1, 0, -1. */
static int head_before(struct scan *scan, uint64_t limit, struct scan_frame *frame,
                       struct delta_err *err) {
    uint64_t high = limit;
    while (high > FRAME_START) {
        uint64_t low = high - FRAME_START > READ_AHEAD ? high - READ_AHEAD : FRAME_START;
        /* Heads that start in [low, high) may end after it. */
        uint64_t reach = scan->end - high > FRAME_HEAD ? high + FRAME_HEAD : scan->end;
        for (uint64_t at = high; at > low;) {
            const unsigned char *bytes = scan_bytes(scan, low, (size_t)(reach - low), false, err);
            if (!bytes)
                return -1;
            const unsigned char *mark = memrchr(bytes, FRAME_MARK, (size_t)(at - low));
            if (!mark)
                break;
            at = low + (uint64_t)(mark - bytes);
            if (scan->end - at < FRAME_HEAD || !frame_is_marked(mark))
                continue;
            int found = head_at(scan, at, false, frame, err);
            if (found)
                return found;
        }
        high = low;
    }
    return 0;
}

static int tail_is_good(struct scan *scan, const struct scan_frame *frame, struct delta_err *err) {
    uint64_t length = frame_length(&frame->head);
    const unsigned char *tail =
        scan_bytes(scan, frame->offset + length - FRAME_TAIL, FRAME_TAIL, false, err);
    if (!tail)
        return -1;
    return frame_tail_get(tail) == length;
}

/* The frame that ends just at `limit` by its tail and its head: 1, 0, -1. O(1). */
static int frame_ending_at(struct scan *scan, uint64_t limit, struct scan_frame *frame,
                           struct delta_err *err) {
    if (limit < FRAME_START + FRAME_AROUND)
        return 0;
    const unsigned char *tail = scan_bytes(scan, limit - FRAME_TAIL, FRAME_TAIL, false, err);
    if (!tail)
        return -1;
    uint64_t length = frame_tail_get(tail);
    if (length < FRAME_AROUND || length > limit - FRAME_START)
        return 0;
    int found = head_at(scan, limit - length, false, frame, err);
    return found > 0 ? frame_length(&frame->head) == length : found;
}

int scan_before(struct scan *scan, uint64_t limit, struct scan_frame *frame,
                struct delta_err *err) {
    if (limit <= FRAME_START)
        return 0;
    int found = frame_ending_at(scan, limit, frame, err);
    if (found)
        return found;
    uint64_t before = limit;
    while ((found = head_before(scan, before, frame, err)) > 0) {
        before = frame->offset;
        if (frame_length(&frame->head) > limit - frame->offset)
            continue; /* torn: it never got that far */
        frame->gap = limit - scan_frame_end(frame);
        int good = tail_is_good(scan, frame, err);
        if (good < 0)
            return -1;
        frame->tail_damaged = !good;
        return 1;
    }
    return found;
}

int scan_live_before(struct scan *scan, uint64_t limit, struct scan_frame *frame,
                     struct delta_err *err) {
    uint64_t gap = 0;
    for (;;) {
        int found = scan_before(scan, limit, frame, err);
        if (found <= 0)
            return found;
        gap += frame->gap;
        if (frame->head.kind != FRAME_VOID) {
            frame->gap = gap;
            return 1;
        }
        limit = frame->offset - frame->head.distance;
    }
}

int scan_live_before_frame(struct scan *scan, const struct scan_frame *next,
                           struct scan_frame *frame, struct delta_err *err) {
    uint64_t gap = 0, limit = next->offset;
    uint32_t previous = next->head.previous;
    if (next->head.kind == FRAME_VOID)
        limit -= next->head.distance;
    bool unlinked = false;
    for (;;) {
        int found = scan_before(scan, limit, frame, err);
        if (found <= 0)
            return found;
        gap += frame->gap;
        /* Frames of a copy of the file that went another way have good checksums, too. */
        unlinked |= !frame->gap && (uint32_t)frame->checksum != previous;
        if (frame->head.kind != FRAME_VOID) {
            frame->gap = gap;
            frame->unlinked = unlinked;
            return 1;
        }
        previous = frame->head.previous;
        limit = frame->offset - frame->head.distance;
    }
}

int scan_follow_links(struct scan *scan, uint64_t offset, struct scan_frame *frame,
                      struct delta_err *err) {
    uint64_t at = frame->offset;
    uint32_t previous = frame->head.previous;
    if (frame->head.kind == FRAME_VOID)
        return 0;
    while (at > offset && at >= FRAME_START + FRAME_AROUND) {
        const unsigned char *tail = bytes_before(scan, at - FRAME_TAIL, FRAME_TAIL, err);
        if (!tail)
            return -1;
        uint64_t length = frame_tail_get(tail);
        if (length < FRAME_AROUND || length > at - FRAME_START)
            break;
        const unsigned char *head = bytes_before(scan, at - length, FRAME_HEAD, err);
        if (!head)
            return -1;
        if (!frame_head_follows(head, scan->header.salt, at - length, length, &previous))
            break;
        at -= length;
    }
    if (at == frame->offset)
        return 0;
    struct scan_frame reached;
    int found = head_at(scan, at, false, &reached, err);
    if (found > 0)
        *frame = reached;
    return found < 0 ? -1 : 0;
}

int scan_after(struct scan *scan, uint64_t from, uint64_t to, struct scan_frame *frame,
               struct delta_err *err) {
    if (from < FRAME_START)
        from = FRAME_START;
    if (to > scan->end)
        to = scan->end;
    size_t step = READ_FIRST;
    while (from < to && scan->end - from >= FRAME_HEAD) {
        uint64_t left = (scan->end - to < FRAME_HEAD ? scan->end : to + FRAME_HEAD) - from;
        size_t length = left < step ? (size_t)left : step;
        const unsigned char *bytes = scan_bytes(scan, from, length, true, err);
        if (!bytes)
            return -1;
        const unsigned char *mark = frame_find_mark(bytes, length);
        if (!mark) {
            from += length > 3 ? length - 3 : length;
            step = next_step(step);
            continue;
        }
        from += (uint64_t)(mark - bytes);
        if (from >= to || scan->end - from < FRAME_HEAD)
            return 0;
        int found = head_at(scan, from, true, frame, err);
        if (found)
            return found;
        from++;
    }
    return 0;
}

const unsigned char *scan_payload(struct scan *scan, const struct scan_frame *frame,
                                  struct delta_err *err) {
    if (frame->head.payload_length > SIZE_MAX - FRAME_CHECKSUM)
        return err_null(err_set(err, DELTA_ERR_LIMIT, "a frame is larger than memory"));
    uint64_t at = frame->offset + FRAME_HEAD;
    size_t length = (size_t)frame->head.payload_length;
    const unsigned char *payload = scan_bytes(scan, at, length + FRAME_CHECKSUM, false, err);
    if (!payload)
        return NULL;
    if (frame_get_number(payload + length, FRAME_CHECKSUM) !=
        frame_payload_checksum(payload, length, scan->header.salt, at))
        return err_null(err_set(err, DELTA_ERR_DAMAGED, "the frame at byte %" PRIu64 " is damaged",
                                frame->offset));
    return payload;
}

/* True when nothing is wrong with the frame: 1, 0, -1. */
static int frame_is_whole(struct scan *scan, const struct scan_frame *frame,
                          struct delta_err *err) {
    int good = tail_is_good(scan, frame, err);
    if (good <= 0)
        return good;
    struct delta_err why = {0};
    if (scan_payload(scan, frame, &why))
        return 1;
    if (why.code == DELTA_ERR_DAMAGED)
        return 0;
    if (err && err->code == DELTA_OK)
        *err = why;
    return -1;
}

/* True when all bytes from `offset` to the end are zeros: 1, 0, -1. */
static int zeros_from(struct scan *scan, uint64_t offset, struct delta_err *err) {
    while (offset < scan->end) {
        uint64_t left = scan->end - offset;
        size_t length = left < READ_AHEAD ? (size_t)left : READ_AHEAD;
        const unsigned char *bytes = scan_bytes(scan, offset, length, true, err);
        if (!bytes)
            return -1;
        for (size_t i = 0; i < length; i++)
            if (bytes[i])
                return 0;
        offset += length;
    }
    return 1;
}

/* The last frame of which nothing is missing, and that ends at or before `limit`. Frames that do
 * not hold never overlap, so that each byte is summed once. */
static int last_whole(struct scan *scan, uint64_t limit, struct scan_tail *tail,
                      struct delta_err *err) {
    struct scan_frame frame;
    int found;
    tail->has_frame = false;
    tail->end = FRAME_START;
    while ((found = scan_before(scan, limit, &frame, err)) > 0) {
        int whole = frame_is_whole(scan, &frame, err);
        if (whole < 0)
            return -1;
        if (whole) {
            tail->has_frame = true;
            tail->last = frame;
            tail->last.gap = 0;
            tail->end = scan_frame_end(&frame);
            return 0;
        }
        limit = frame.offset;
    }
    return found;
}

/* Whether all is there that was written together with the last frame and that it is rebuilt from:
 * 1, 0 with `*missing` where something ends that is not whole, or -1. What an earlier write is
 * missing is damage, and not looked for here. */
static int last_write_is_whole(struct scan *scan, const struct scan_frame *last, uint64_t *missing,
                               struct delta_err *err) {
    struct scan_frame frame = *last;
    while (frame.head.kind == FRAME_RECORD && !(frame.head.flags & FRAME_FIRST) &&
           frame.head.strategy != DELTA_COMPRESS && frame.head.strategy != DELTA_NONE) {
        *missing = frame.offset;
        int found = scan_before(scan, frame.offset, &frame, err);
        if (found <= 0 || frame.gap)
            return found < 0 ? -1 : 0;
        int whole = frame_is_whole(scan, &frame, err);
        if (whole <= 0)
            return whole;
    }
    return 1;
}

/* Says what follows the last frame. */
static int judge_rest(struct scan *scan, struct scan_tail *tail, struct delta_err *err) {
    uint64_t rest = scan->end - tail->end;
    struct scan_frame frame;
    tail->ending = SCAN_CLEAN;
    if (!rest)
        return 0;
    int torn = 1;
    if (rest >= FRAME_HEAD) {
        torn = head_at(scan, tail->end, true, &frame, err);
        if (torn > 0)
            torn = frame_length(&frame.head) > rest;
        if (torn == 0)
            torn = zeros_from(scan, tail->end, err);
    }
    tail->ending = torn > 0 ? SCAN_TORN : SCAN_INVALID;
    return torn < 0 ? -1 : 0;
}

int scan_tail(struct scan *scan, struct scan_tail *tail, struct delta_err *err) {
    uint64_t limit = scan->end;
    *tail = (struct scan_tail){.end = FRAME_START};
    for (;;) {
        if (last_whole(scan, limit, tail, err) < 0)
            return -1;
        if (!tail->has_frame)
            break;
        int whole = last_write_is_whole(scan, &tail->last, &limit, err);
        if (whole < 0)
            return -1;
        if (whole)
            break;
    }
    return judge_rest(scan, tail, err);
}
