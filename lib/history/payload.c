#include "history/payload.h"

#include "base/err.h"
#include "history/frame.h"

static int damaged(struct delta_err *err) {
    return err_set(err, DELTA_ERR_DAMAGED, "corrupt frame payload");
}

void payload_put_options(const struct delta_export_header *options, uint64_t id,
                         struct byte_span key, struct delta_buf *buf) {
    unsigned char out[PAYLOAD_OPTIONS];
    frame_put_number((uint64_t)options->how.strategy, 1, out);
    frame_put_number((uint64_t)options->how.level, 1, out + 1);
    frame_put_number(options->how.max_chain_length, 2, out + 2);
    frame_put_number((uint64_t)options->how.on_limit, 1, out + 4);
    frame_put_number(0, 3, out + 5);
    frame_put_number(options->rebaselines, 8, out + 8);
    frame_put_number(options->optimizations, 8, out + 16);
    frame_put_number(options->dropped_set, 8, out + 24);
    frame_put_number(options->dropped_removed, 8, out + 32);
    frame_put_number(options->prunes, 8, out + 40);
    frame_put_number(options->dropped_states, 8, out + 48);
    frame_put_number(id, 8, out + 56);
    buf_put(buf, out, sizeof out);
    buf_put(buf, key.bytes, key.length);
}

int payload_get_options(const unsigned char *bytes, size_t length,
                        struct delta_export_header *options, uint64_t *id, struct byte_span *key,
                        struct delta_err *err) {
    if (length < PAYLOAD_OPTIONS || bytes[0] > DELTA_NONE || bytes[1] > 22 ||
        bytes[4] > DELTA_LIMIT_MERGE || frame_get_number(bytes + 5, 3))
        return damaged(err);
    *options = (struct delta_export_header){
        .how = {.strategy = bytes[0],
                .level = bytes[1],
                .max_chain_length = (uint32_t)frame_get_number(bytes + 2, 2),
                .on_limit = bytes[4]},
        .rebaselines = frame_get_number(bytes + 8, 8),
        .optimizations = frame_get_number(bytes + 16, 8),
        .dropped_set = frame_get_number(bytes + 24, 8),
        .dropped_removed = frame_get_number(bytes + 32, 8),
        .prunes = frame_get_number(bytes + 40, 8),
        .dropped_states = frame_get_number(bytes + 48, 8),
    };
    *id = frame_get_number(bytes + 56, 8);
    *key = (struct byte_span){(const char *)bytes + PAYLOAD_OPTIONS, length - PAYLOAD_OPTIONS};
    return 0;
}

int payload_put_keyframe(struct byte_span metadata, struct byte_span text, int level,
                         struct delta_buf *buf, struct delta_err *err) {
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return err_memory(err);
    struct chunk chunk = {
        .encoding = CHUNK_RAW, .content = text.length, .bytes = text.bytes, .length = text.length};
    int status = level ? chunk_close(arena, text, (struct byte_span){0}, level, &chunk, err) : 0;
    if (status == 0) {
        varint_put_run(buf, metadata.bytes, metadata.length);
        chunk_put(&chunk, buf);
    }
    delta_arena_free(arena);
    return status;
}

int payload_get_keyframe(const void *bytes, size_t length, struct payload_keyframe *keyframe,
                         struct delta_err *err) {
    struct varint_cursor cursor = varint_cursor(bytes, length);
    const void *metadata;
    *keyframe = (struct payload_keyframe){0};
    if (!varint_get_run(&cursor, &metadata, &keyframe->metadata.length))
        return damaged(err);
    keyframe->metadata.bytes = metadata;
    if (chunk_get(&cursor, &keyframe->content, err) < 0)
        return -1;
    bool alone = keyframe->content.encoding != CHUNK_PREFIXED && !keyframe->content.positional;
    return varint_left(&cursor) || !alone ? damaged(err) : 0;
}

int payload_keyframe_text(struct delta_arena *arena, const struct payload_keyframe *keyframe,
                          uint64_t max, struct byte_span *text, struct delta_err *err) {
    text->length = keyframe->content.content;
    text->bytes = chunk_open(arena, &keyframe->content, (struct byte_span){0}, max, err);
    return text->bytes ? 0 : -1;
}

void payload_put_record(const struct payload_record *record, struct delta_buf *buf) {
    varint_put(buf, record->size);
    varint_put(buf, record->set);
    varint_put(buf, record->removed);
    varint_put_run(buf, record->metadata.bytes, record->metadata.length);
    chunk_put(&record->content, buf);
}

int payload_get_record(const void *bytes, size_t length, struct payload_record *record,
                       struct delta_err *err) {
    struct varint_cursor cursor = varint_cursor(bytes, length);
    const void *metadata;
    *record = (struct payload_record){0};
    if (!varint_get(&cursor, &record->size) || !varint_get(&cursor, &record->set) ||
        !varint_get(&cursor, &record->removed) ||
        !varint_get_run(&cursor, &metadata, &record->metadata.length))
        return damaged(err);
    record->metadata.bytes = metadata;
    if (chunk_get(&cursor, &record->content, err) < 0)
        return -1;
    return varint_left(&cursor) ? damaged(err) : 0;
}
