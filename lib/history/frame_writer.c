#include "history/frame_writer.h"

#include "base/err.h"

int frame_append(const struct frame_place *place, struct frame_head *head,
                 const struct delta_buf *payload, struct delta_err *err) {
    unsigned char bytes[FRAME_HEAD];
    struct delta_buf *out = place->out;
    uint64_t offset = place->start + out->length;
    if (buf_check(payload, err) < 0)
        return -1;
    if (payload->length > FRAME_MAX_PAYLOAD)
        return err_set(err, DELTA_ERR_LIMIT, "a state is too large for a history");
    head->payload_length = payload->length;
    head->previous = *place->previous;
    *place->previous = (uint32_t)frame_head_put(head, place->salt, offset, bytes);
    buf_put(out, bytes, FRAME_HEAD);
    buf_put(out, payload->data, payload->length);
    frame_put_number(
        frame_payload_checksum(payload->data, payload->length, place->salt, offset + FRAME_HEAD),
        FRAME_CHECKSUM, bytes);
    buf_put(out, bytes, FRAME_CHECKSUM);
    frame_tail_put(frame_length(head), bytes);
    buf_put(out, bytes, FRAME_TAIL);
    return buf_check(out, err);
}
