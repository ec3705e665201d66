#include "history/scan.h"

#include "base/err.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_AHEAD = 1 << 16 };

static int fill(struct scan *scan, uint64_t start, size_t length, struct delta_err *err) {
    if (length > scan->capacity) {
        unsigned char *window = realloc(scan->window, length);
        if (!window)
            return err_memory(err);
        scan->window = window;
        scan->capacity = length;
    }
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
    if (offset > scan->end || length > scan->end - offset) {
        err_set(err, DELTA_ERR_DAMAGED, "unexpected end of file");
        return NULL;
    }
    if (offset < scan->start || offset + length > scan->start + scan->length) {
        uint64_t from = offset, to = offset + length;
        if (length < READ_AHEAD) {
            if (forward)
                to = scan->end - from < READ_AHEAD ? scan->end : from + READ_AHEAD;
            else
                from = to < READ_AHEAD ? 0 : to - READ_AHEAD;
        }
        if (fill(scan, from, (size_t)(to - from), err) < 0)
            return NULL;
    }
    return scan->window + (offset - scan->start);
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
                       "; this program reads version %d: use a newer one",
                       scan->header.version, scan->header.incompatible, FRAME_VERSION);
    if (!whole)
        return err_set(err, DELTA_ERR_DAMAGED, "truncated header");
    return 0;
}

void scan_close(struct scan *scan) {
    free(scan->window);
    *scan = (struct scan){.fd = -1};
}

/* The frame whose head stands at `offset`: 1 when there is one, 0 when not, -1 on failure. */
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
                       " is of a kind that this program does not know: use a newer one",
                       offset);
    default:
        return 0;
    }
}

/* The last head that stands before `limit`, whatever its frame's length: 1, 0, -1. */
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

int scan_after(struct scan *scan, uint64_t from, uint64_t to, struct scan_frame *frame,
               struct delta_err *err) {
    if (from < FRAME_START)
        from = FRAME_START;
    if (to > scan->end)
        to = scan->end;
    while (from < to && scan->end - from >= FRAME_HEAD) {
        uint64_t left = (scan->end - to < FRAME_HEAD ? scan->end : to + FRAME_HEAD) - from;
        size_t length = left < READ_AHEAD ? (size_t)left : READ_AHEAD;
        const unsigned char *bytes = scan_bytes(scan, from, length, true, err);
        if (!bytes)
            return -1;
        const unsigned char *mark = frame_find_mark(bytes, length);
        if (!mark) {
            from += length > 3 ? length - 3 : length;
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
    if (frame->head.payload_length > SIZE_MAX - FRAME_CHECKSUM) {
        err_set(err, DELTA_ERR_LIMIT, "a frame is larger than memory");
        return NULL;
    }
    uint64_t at = frame->offset + FRAME_HEAD;
    size_t length = (size_t)frame->head.payload_length;
    const unsigned char *payload = scan_bytes(scan, at, length + FRAME_CHECKSUM, false, err);
    if (!payload)
        return NULL;
    if (frame_get_number(payload + length, FRAME_CHECKSUM) !=
        frame_payload_checksum(payload, length, scan->header.salt, at)) {
        err_set(err, DELTA_ERR_DAMAGED, "the frame at byte %" PRIu64 " is damaged", frame->offset);
        return NULL;
    }
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

/* The rest of scan_tail, for a file that does not end with a whole frame. */
static int broken_tail(struct scan *scan, struct scan_tail *tail, struct delta_err *err) {
    struct scan_frame frame;
    tail->ending = SCAN_DAMAGED;
    tail->end = FRAME_START;
    int found = head_before(scan, scan->end, &frame, err);
    if (found < 0)
        return -1;
    uint64_t rest = FRAME_START;
    if (found && frame_length(&frame.head) > scan->end - frame.offset) {
        /* It runs past the end: torn, when what stands before it is well. */
        rest = frame.offset;
        /* A void that is cut itself says where what it voids begins. */
        if (frame.head.kind == FRAME_VOID)
            rest -= frame.head.distance;
        tail->ending = SCAN_TORN;
        found = frame_ending_at(scan, rest, &frame, err);
        if (found < 0)
            return -1;
        if (!found) {
            if (rest != FRAME_START)
                tail->ending = SCAN_DAMAGED;
            found = scan_before(scan, rest, &frame, err);
            if (found < 0)
                return -1;
        }
    }
    if (found) {
        int whole = frame_is_whole(scan, &frame, err);
        if (whole < 0)
            return -1;
        tail->has_frame = true;
        tail->last = frame;
        tail->end = scan_frame_end(&frame);
        if (!whole) {
            tail->ending = SCAN_DAMAGED;
            tail->broken = frame.offset;
            return 0;
        }
        rest = tail->end;
    }
    tail->broken = tail->end;
    if (tail->ending == SCAN_TORN)
        return 0;
    if (rest == scan->end) {
        tail->ending = SCAN_CLEAN;
        return 0;
    }
    int zeros = scan->end - rest < FRAME_HEAD ? 1 : zeros_from(scan, rest, err);
    if (zeros < 0)
        return -1;
    if (zeros && (found || rest == FRAME_START))
        tail->ending = SCAN_TORN;
    return 0;
}

/* Looks at the file up to scan->end. */
static int judge_end(struct scan *scan, struct scan_tail *tail, struct delta_err *err) {
    *tail = (struct scan_tail){.end = FRAME_START};
    if (scan->end == FRAME_START)
        return 0;
    struct scan_frame frame;
    int found = frame_ending_at(scan, scan->end, &frame, err);
    if (found > 0)
        found = frame_is_whole(scan, &frame, err);
    if (found < 0)
        return -1;
    if (!found)
        return broken_tail(scan, tail, err);
    *tail = (struct scan_tail){.has_frame = true, .last = frame, .end = scan_frame_end(&frame)};
    return 0;
}

/* Where the file's last bytes are the beginning of a void, less than its head, but enough of it to
 * be nothing else: 1; 0 when they are not, -1 on failure. */
static int cut_void(struct scan *scan, uint64_t *at, struct delta_err *err) {
    /* The head of a void begins with these whatever it voids: kind, no strategy, no chain. */
    static const unsigned char after_mark[] = {FRAME_VOID, 0, 0, 0};
    enum { ENOUGH = FRAME_MARKED + sizeof after_mark };
    size_t length = FRAME_HEAD - 1;
    if (scan->end < FRAME_START + length)
        return 0;
    const unsigned char *bytes = scan_bytes(scan, scan->end - length, length, false, err);
    if (!bytes)
        return -1;
    for (size_t i = 0; i + ENOUGH <= length; i++)
        if (frame_is_marked(bytes + i) &&
            memcmp(bytes + i + FRAME_MARKED, after_mark, sizeof after_mark) == 0) {
            *at = scan->end - length + i;
            return 1;
        }
    return 0;
}

int scan_tail(struct scan *scan, struct scan_tail *tail, struct delta_err *err) {
    uint64_t end = scan->end, at;
    if (judge_end(scan, tail, err) < 0)
        return -1;
    if (tail->ending != SCAN_DAMAGED)
        return 0;
    /* A writer that was to void a torn end may have been cut short itself. */
    struct scan_tail before;
    int found = cut_void(scan, &at, err);
    if (found <= 0)
        return found;
    scan->end = at;
    int status = judge_end(scan, &before, err);
    scan->end = end;
    if (status == 0 && before.ending != SCAN_DAMAGED) {
        *tail = before;
        tail->ending = SCAN_TORN;
    }
    return status;
}
