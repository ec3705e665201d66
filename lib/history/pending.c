#include "history/pending.h"

#include "base/err.h"
#include "history/frame_writer.h"

/* The options as a frame. */
static int put_options(const struct frame_place *place, const struct delta_history *history,
                       struct delta_err *err) {
    struct delta_buf payload = {0};
    struct frame_head head = {.kind = FRAME_OPTIONS};
    payload_put_options(&history->options, history->id, history->key, &payload);
    int status = frame_append(place, &head, &payload, err);
    delta_buf_free(&payload);
    return status;
}

uint16_t pending_flags(const struct delta_history *history) {
    return (uint16_t)((history->has_void ? FRAME_AFTER_VOID : 0) |
                      (history->has_names ? FRAME_NAMED : 0));
}

int pending_put(struct delta_history *history, struct frame_head *head,
                const struct delta_buf *payload, struct delta_err *err) {
    struct history_writer *writer = &history->writer;
    struct frame_place place = {.out = &writer->pending,
                                .start = writer->end,
                                .salt = history->scan.header.salt,
                                .previous = &writer->previous};
    uint64_t offset = pending_offset(history);
    head->flags |= pending_flags(history);
    /* A file that is not yet the history is synced before it becomes it. */
    if (!writer->pending.length || history->fresh || writer->detached)
        head->flags |= FRAME_FIRST;
    if (frame_append(&place, head, payload, err) < 0)
        return -1;
    writer->last =
        (struct scan_frame){.offset = offset, .head = *head, .checksum = writer->previous};
    if (head->count) {
        history->tip = writer->last;
        history->has_tip = true;
    }
    return 0;
}

static int put_void(struct delta_history *history, uint64_t voided, struct delta_err *err) {
    struct delta_buf nothing = {0};
    struct frame_head head = {.kind = FRAME_VOID, .index = history->count, .distance = voided};
    if (pending_put(history, &head, &nothing, err) < 0)
        return -1;
    history->has_void = true;
    return 0;
}

static int begin_file(struct delta_history *history, struct delta_err *err) {
    struct history_writer *writer = &history->writer;
    unsigned char bytes[FRAME_START];
    if (!writer->detached && history_new_header(&history->scan.header, err) < 0)
        return -1;
    frame_header_put(&history->scan.header, bytes);
    buf_put(&writer->pending, bytes, sizeof bytes);
    struct frame_place place = {
        .out = &writer->pending, .salt = history->scan.header.salt, .previous = &writer->previous};
    writer->end = 0;
    if (!history->id && history_set_id(history, 0, err) < 0)
        return -1;
    return put_options(&place, history, err);
}

int pending_begin(struct delta_history *history, struct delta_err *err) {
    struct history_writer *writer = &history->writer;
    if (writer->pending.length)
        return 0;
    if (history->fresh)
        return begin_file(history, err);
    if (writer->torn && put_void(history, writer->torn, err) < 0)
        return -1;
    writer->torn = 0;
    return 0;
}

void pending_count(struct delta_history *history, uint32_t states) {
    history->count += states;
    history->writer.pending_states += states;
}

int pending_block(struct delta_history *history, struct frame_head *head,
                  const struct delta_buf *payload, struct delta_err *err) {
    head->index = history->count;
    if (pending_begin(history, err) < 0 || pending_put(history, head, payload, err) < 0)
        return -1;
    history_forget_base(history);
    pending_count(history, head->count);
    return 0;
}

int pending_names(struct delta_history *history, const struct delta_buf *payload,
                  struct delta_err *err) {
    struct frame_head head = {.kind = FRAME_NAMES, .index = history->count, .flags = FRAME_NAMED};
    if (pending_begin(history, err) < 0 || pending_put(history, &head, payload, err) < 0)
        return -1;
    history->has_names = true;
    history->writer.pending_names = true;
    return 0;
}

int pending_positions(struct delta_history *history, bool sources_only, struct delta_err *err) {
    struct delta_buf payload = {0};
    struct frame_head head = {.kind = FRAME_POSITIONS, .index = history->count};
    positions_put(&history->positions, sources_only, &payload);
    int status = pending_begin(history, err) < 0 ? -1 : pending_put(history, &head, &payload, err);
    delta_buf_free(&payload);
    history->positions.dirty = false;
    return status;
}
