/* Any bytes as a history: opened, read in every way and verified; then as what a forger would make,
 * whose checksums are right: a block, positions, or columns of values, without anything around
 * them, and, after an 'F', frames that say what they like: see put_frame. */
#include "delta.h"
#include "history/block.h"
#include "history/class_values.h"
#include "history/frame_writer.h"
#include "history/positions.h"
#include "json/writer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_READ = 32, MOST_FRAMES = 64, FRAME_INFO = 26, SALT = 12345 };

static int visit_leaf(void *context, const struct delta_blame *leaf, struct delta_err *err) {
    (void)context, (void)err;
    return leaf->value == NULL;
}

static int visit_state(void *context, const struct delta_history_entry *entry) {
    (void)context;
    return entry->value == NULL && !entry->ended;
}

/* What a history says of its states, besides them. */
static void ask(struct delta_history *history, uint32_t count) {
    struct delta_history_note note = {.source = "A", .source_length = 1, .seq = 7};
    struct delta_digest digest = {0};
    struct delta_record_info info = {0};
    const struct delta_history_name *names;
    size_t name_count;
    uint32_t index;
    uint64_t torn;
    (void)delta_history_check_end(history, &torn, NULL);
    if (delta_history_names(history, &names, &name_count, NULL) == 0)
        for (size_t i = 0; i < name_count; i++)
            if (delta_history_revision(history, names[i].name, NULL, &index, NULL) < 0 ||
                index >= count)
                abort();
    (void)delta_history_revision(history, "tip~1", NULL, &index, NULL);
    (void)delta_history_revision(history, "digest:a", NULL, &index, NULL);
    (void)delta_history_judge(history, &note, &digest, NULL);
    struct delta_replay *replay = delta_replay_new(history, NULL);
    if (replay && delta_replay_next(replay, &info, NULL) >= 0)
        (void)delta_replay_end(replay);
    delta_replay_free(replay);
    if (count)
        (void)delta_history_blame(history, count - 1, NULL, visit_leaf, NULL, NULL);
    (void)delta_history_salvage(history, visit_state, NULL, NULL, NULL);
}

static void read_all(struct delta_history *history) {
    struct delta_history_metrics metrics;
    uint32_t count = delta_history_count(history);
    for (uint32_t i = 0; i < count && i < MOST_READ; i++) {
        struct delta_arena *arena = delta_arena_new();
        (void)delta_history_get(history, arena, count - 1 - i, NULL);
        delta_arena_free(arena);
    }
    (void)delta_history_metrics(history, &metrics, NULL);
    if (count < 1 << 16)
        (void)delta_history_verify(history, NULL, NULL, NULL, NULL);
    if (count < MOST_READ)
        ask(history, count);
}

static void as_file(const uint8_t *data, size_t size) {
    char path[64];
    int fd = memfd_create("history", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_READ, NULL);
    if (history)
        read_all(history);
    delta_history_close(history);
    close(fd);
}

/* A frame: kind, strategy, flags, count, index, chain, how many frames it is from its keyframe,
 * time, digest 16, length of the payload 2, payload. Returns the bytes taken; 0 where there is
 * none. */
static size_t put_frame(const uint8_t *data, size_t size, const struct frame_place *place,
                        uint64_t *offsets, size_t number) {
    if (size < FRAME_INFO)
        return 0;
    struct frame_head head = {.kind = data[0],
                              .strategy = data[1],
                              .flags = data[2],
                              .count = data[3],
                              .index = data[4],
                              .chain = data[5],
                              .time = data[7]};
    size_t length = data[24] | (size_t)data[25] << 8;
    length = length < size - FRAME_INFO ? length : size - FRAME_INFO;
    offsets[number] = place->out->length;
    head.distance = data[6] <= number ? offsets[number] - offsets[number - data[6]] : data[6];
    memcpy(&head.digest.low, data + 8, 8);
    memcpy(&head.digest.high, data + 16, 8);
    struct delta_buf payload = {.data = (char *)data + FRAME_INFO, .length = length};
    return frame_append(place, &head, &payload, NULL) < 0 ? 0 : FRAME_INFO + length;
}

static void as_frames(const uint8_t *data, size_t size) {
    struct delta_buf out = {0};
    struct frame_header header = {.version = FRAME_VERSION, .salt = SALT};
    unsigned char bytes[FRAME_START];
    uint32_t previous = 0;
    uint64_t offsets[MOST_FRAMES];
    struct frame_place place = {.out = &out, .salt = SALT, .previous = &previous};
    frame_header_put(&header, bytes);
    buf_put(&out, bytes, sizeof bytes);
    for (size_t number = 0, taken; number < MOST_FRAMES; number++, data += taken, size -= taken)
        if (!(taken = put_frame(data, size, &place, offsets, number)))
            break;
    /* What is left is a torn end. */
    buf_put(&out, data, size);
    as_file((const uint8_t *)out.data, out.length);
    delta_buf_free(&out);
}

static void as_positions(const uint8_t *data, size_t size) {
    struct positions positions = {0};
    (void)positions_get(&positions, data, size, NULL);
    positions_free(&positions);
}

static void as_block(const uint8_t *data, size_t size) {
    struct delta_value value;
    struct delta_arena *arena = delta_arena_new();
    struct block *block = block_open(arena, data, size, DELTA_MAX_STATE, NULL);
    for (uint32_t i = 0; block && i < block_count(block); i++)
        if (block_state(block, i, &value, NULL) < 0 || block_entry(block).time == INT64_MIN)
            break;
    block_close(block);
    delta_arena_free(arena);
}

/* The first bytes say how many values the classes have. */
static void as_columns(const uint8_t *data, size_t size) {
    enum { CLASSES = 4 };
    static const char text[] = "[1,\"a\",null,[2],{\"b\":3}]";
    uint64_t counts[CLASSES], total = 0, found = 0;
    if (size < CLASSES)
        return;
    for (int i = 0; i < CLASSES; i++)
        total += counts[i] = data[i];
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct varint_cursor cursor = varint_cursor(data + CLASSES, size - CLASSES);
    const struct delta_value *texts = delta_read(arena, text, sizeof text - 1, NULL, NULL);
    const struct delta_value *values =
        class_values_get(arena, &cursor, texts, counts, CLASSES, &found, &err);
    if ((values && found != total) || (!values && err.code != DELTA_ERR_DAMAGED))
        abort();
    for (uint64_t i = 0; values && i < found; i++) {
        struct delta_buf made = {0};
        writer_canonical(&values[i], &made);
        if (!delta_read(arena, made.data, made.length, NULL, NULL))
            abort();
        delta_buf_free(&made);
    }
    delta_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    as_file(data, size);
    as_block(data, size);
    as_positions(data, size);
    as_columns(data, size);
    if (size && data[0] == 'F')
        as_frames(data + 1, size - 1);
    return 0;
}
