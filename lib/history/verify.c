/* Checking everything in a history against its checksums and digests. */
#include "base/err.h"
#include "history/history.h"
#include "history/iterator.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct verification {
    struct delta_history *history;
    delta_history_report *report;
    delta_history_progress *progress;
    void *context;
    int64_t found;
};

__attribute__((format(printf, 2, 3))) static void say(struct verification *verification,
                                                      const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    verification->found++;
    if (verification->report)
        verification->report(verification->context, false, 0, text);
}

/* One frame, and what is between it and the next one. */
static int check_frame(struct verification *verification, const struct scan_frame *frame,
                       uint32_t previous, bool has_next, struct delta_err *err) {
    struct delta_err why = {0};
    if (frame->gap)
        say(verification, "bytes %" PRIu64 " to %" PRIu64 " are damaged", scan_frame_end(frame),
            scan_frame_end(frame) + frame->gap - 1);
    else if (has_next && (uint32_t)frame->checksum != previous)
        say(verification, "the frame at byte %" PRIu64 " does not follow the one before it",
            scan_frame_end(frame));
    if (frame->tail_damaged)
        say(verification, "the end of the frame at byte %" PRIu64 " is damaged", frame->offset);
    if (scan_payload(&verification->history->scan, frame, &why))
        return 0;
    if (why.code != DELTA_ERR_DAMAGED) {
        if (err)
            *err = why;
        return -1;
    }
    say(verification, "%s", why.text);
    return 0;
}

/* All frames, from the last one on; what is void is left out. */
static int check_frames(struct verification *verification, struct delta_err *err) {
    struct scan *scan = &verification->history->scan;
    struct scan_frame frame;
    uint64_t limit = verification->history->tail.end;
    uint32_t previous = 0;
    bool has_next = false;
    int found;
    while ((found = scan_before(scan, limit, &frame, err)) > 0) {
        if (check_frame(verification, &frame, previous, has_next, err) < 0)
            return -1;
        previous = frame.head.previous;
        has_next = true;
        limit = frame.offset;
        if (frame.head.kind == FRAME_VOID)
            limit -= frame.head.distance;
    }
    if (found == 0 && limit > FRAME_START)
        say(verification, "bytes %d to %" PRIu64 " are damaged", (int)FRAME_START, limit - 1);
    return found;
}

static int check_states(struct verification *verification, struct delta_err *err) {
    struct delta_history_entry entry;
    uint32_t count = verification->history->count;
    if (!count)
        return 0;
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(verification->history, 0, count - 1, true, err);
    if (!iterator)
        return -1;
    iterator_be_thorough(iterator);
    int status;
    for (;;) {
        struct delta_err why = {0};
        status = delta_history_iterator_next(iterator, &entry, &why);
        if (status == 0)
            break;
        if (status < 0 && why.code != DELTA_ERR_DAMAGED) {
            if (err)
                *err = why;
            break;
        }
        if (status < 0) {
            verification->found++;
            if (verification->report)
                verification->report(verification->context, true, entry.index, why.text);
        }
        if (verification->progress &&
            verification->progress(verification->context, (uint64_t)entry.index + 1, count)) {
            status = err_set(err, DELTA_ERR_USAGE, "stopped");
            break;
        }
    }
    delta_history_iterator_free(iterator);
    return status;
}

int64_t delta_history_verify(struct delta_history *history, delta_history_report *report,
                             delta_history_progress *progress, void *context,
                             struct delta_err *err) {
    struct verification verification = {
        .history = history, .report = report, .progress = progress, .context = context};
    if (history->fresh)
        return 0;
    if (history->scan.header_damaged)
        say(&verification, "one of the two copies of the header is corrupt");
    if (history->options_damaged)
        say(&verification, "corrupt options at the start");
    if (history->tail.ending == SCAN_INVALID)
        say(&verification,
            "the last %" PRIu64 " bytes, from byte %" PRIu64
            " on, are invalid: an unfinished write, or damage",
            history->scan.end - history->tail.end, history->tail.end);
    if (history->tail.ending == SCAN_TORN)
        say(&verification,
            "the last %" PRIu64 " bytes, from byte %" PRIu64
            " on, are an unfinished write, or what is left of a truncated one",
            history->scan.end - history->tail.end, history->tail.end);
    if (check_frames(&verification, err) < 0 || check_states(&verification, err) < 0) {
        history_failed(history, err);
        return -1;
    }
    return verification.found;
}
