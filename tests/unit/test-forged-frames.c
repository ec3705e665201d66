/* Histories whose frames are forged: every checksum is right, what they say is not. */
#include "base/buf.h"
#include "history/frame_writer.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <unistd.h>

static char path[] = "/tmp/delta-forged-XXXXXX";
static unsigned char bytes[1 << 16];
static size_t size;

static const struct delta_value *state_of(struct delta_arena *arena, int number) {
    char text[32];
    struct delta_err err = {0};
    int length = snprintf(text, sizeof text, "{\"n\":%d}", number);
    return delta_read(arena, text, (size_t)length, NULL, &err);
}

/* States {"n":0}, {"n":1}, ... to `to`, each with a keyframe and, but for the first, a record. */
static void add_states(int from, int to) {
    struct delta_err err = {0};
    struct delta_arena *arena = delta_arena_new();
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_ADD, &err);
    REQUIRE(history);
    for (int i = from; i <= to; i++) {
        struct delta_history_note note = {.time = i};
        CHECK(delta_history_add(history, state_of(arena, i), &note, &err) == 1);
        CHECK_EQ_STR(err.text, "");
        CHECK(delta_history_flush(history, &err) == 0);
    }
    delta_history_close(history);
    delta_arena_free(arena);
}

static void make_history(void) {
    struct delta_err err = {0};
    struct delta_history_options options = {.max_chain_length = 1};
    (void)unlink(path);
    CHECK(delta_history_init(path, &options, &err) == 0);
    add_states(0, 3);
}

static void load(void) {
    int fd = open(path, O_RDONLY);
    ssize_t got = read(fd, bytes, sizeof bytes);
    close(fd);
    size = got < 0 ? 0 : (size_t)got;
    CHECK(size > FRAME_START && size < sizeof bytes);
}

static void store(void) {
    int fd = open(path, O_WRONLY | O_TRUNC);
    CHECK(write(fd, bytes, size) == (ssize_t)size);
    close(fd);
}

static uint64_t salt(void) {
    return frame_get_number(bytes + 24, 8);
}

/* The first frame of this kind and index, from `at` on; where the next one begins. */
static uint64_t find(uint64_t at, enum frame_kind kind, uint32_t index, uint64_t *start) {
    struct frame_head head;
    uint64_t checksum;
    for (; at < size; at += frame_length(&head)) {
        if (frame_head_get(bytes + at, salt(), at, &head, &checksum) != FRAME_GOOD)
            break;
        *start = at;
        if (head.kind == kind && head.index == index)
            return at + frame_length(&head);
    }
    check_fail(__FILE__, __LINE__, "no frame of kind %d, index %u", (int)kind, index);
    return 0;
}

static int64_t count_damage(void) {
    struct delta_err err = {0};
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_READ, &err);
    int64_t damage = history ? delta_history_verify(history, NULL, NULL, NULL, &err) : -1;
    delta_history_close(history);
    return damage;
}

/* The record of a state that has a keyframe leads to another state. Reading takes the keyframe;
 * `verify` reads both, because the record is what stands in for a damaged keyframe. */
static void a_record_at_a_keyframe(void) {
    uint64_t start = 0;
    make_history();
    load();
    CHECK_EQ_INT(count_damage(), 0);
    uint64_t end = find(FRAME_START, FRAME_RECORD, 2, &start);
    unsigned char *payload = bytes + start + FRAME_HEAD;
    size_t length = (size_t)(end - start) - FRAME_HEAD - FRAME_CHECKSUM - FRAME_TAIL;
    unsigned char *digit = memchr(payload, '2', length);
    REQUIRE(digit);
    *digit = '7';
    frame_put_number(frame_payload_checksum(payload, length, salt(), start + FRAME_HEAD),
                     FRAME_CHECKSUM, payload + length);
    store();
    struct delta_err err = {0};
    struct delta_arena *arena = delta_arena_new();
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_READ, &err);
    REQUIRE(history);
    const struct delta_value *state = delta_history_get(history, arena, 2, &err);
    CHECK(state && delta_value_equal(state, state_of(arena, 2)));
    delta_history_close(history);
    CHECK_EQ_INT(count_damage(), 1);
    delta_arena_free(arena);
}

/* State 3 was voided, and added anew as {"n":4}; then the void is damaged. The frames that it
 * voided are whole, but the new state is at their index. */
static void a_void_that_is_damaged(void) {
    struct delta_err err = {0};
    struct delta_buf out = {0}, nothing = {0};
    uint64_t record = 0, keyframe = 0, checksum;
    struct frame_head head;
    make_history();
    load();
    find(FRAME_START, FRAME_RECORD, 3, &record);
    find(FRAME_START, FRAME_KEYFRAME, 2, &keyframe);
    CHECK(frame_head_get(bytes + keyframe, salt(), keyframe, &head, &checksum) == FRAME_GOOD);
    uint32_t previous = (uint32_t)checksum;
    struct frame_place place = {.out = &out, .start = size, .salt = salt(), .previous = &previous};
    struct frame_head void_head = {
        .kind = FRAME_VOID, .index = 3, .distance = size - record, .flags = FRAME_FIRST};
    CHECK(frame_append(&place, &void_head, &nothing, &err) == 0);
    uint64_t voided = size;
    memcpy(bytes + size, out.data, out.length);
    size += out.length;
    delta_buf_free(&out);
    store();
    add_states(4, 4);
    CHECK_EQ_INT(count_damage(), 0);
    load();
    bytes[voided + 40] ^= 1;
    store();
    struct delta_history_entry entry;
    struct delta_arena *arena = delta_arena_new();
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_READ, &err);
    REQUIRE(history);
    struct delta_history_iterator *iterator = delta_history_iterator_new(history, 0, 3, true, &err);
    REQUIRE(iterator);
    for (int i = 0; i < 4; i++) {
        check_row("state %d", i);
        int got = delta_history_iterator_next(iterator, &entry, &err);
        CHECK(got <= 0 || delta_value_equal(entry.value, state_of(arena, i < 3 ? i : 4)));
        const struct delta_value *state = delta_history_get(history, arena, (uint32_t)i, &err);
        CHECK(!state || delta_value_equal(state, state_of(arena, i < 3 ? i : 4)));
        CHECK(i == 3 || (got > 0 && state));
    }
    delta_history_iterator_free(iterator);
    delta_history_close(history);
    CHECK(count_damage() > 0);
    delta_arena_free(arena);
}

/* The last record says that more records precede it than the history has states. A history whose
 * chains are merged at a limit would remove that many. */
static void a_chain_longer_than_the_history(void) {
    struct delta_err err = {0};
    struct delta_history_options options = {.max_chain_length = 3, .on_limit = DELTA_LIMIT_MERGE};
    struct frame_head head;
    uint64_t record = 0, checksum;
    (void)unlink(path);
    CHECK(delta_history_init(path, &options, &err) == 0);
    add_states(0, 1);
    load();
    find(FRAME_START, FRAME_RECORD, 1, &record);
    CHECK(frame_head_get(bytes + record, salt(), record, &head, &checksum) == FRAME_GOOD);
    CHECK_EQ_INT(head.chain, 1);
    head.chain = 2;
    frame_head_put(&head, salt(), record, bytes + record);
    CHECK(frame_head_get(bytes + record, salt(), record, &head, &checksum) == FRAME_BAD);
    head.chain = UINT16_MAX;
    frame_head_put(&head, salt(), record, bytes + record);
    store();
    struct delta_arena *arena = delta_arena_new();
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_ADD, &err);
    struct delta_history_note note = {.time = 1, .skip_equal = true};
    REQUIRE(history);
    CHECK_EQ_INT(delta_history_count(history), 1);
    CHECK(delta_history_add(history, state_of(arena, (int)delta_history_count(history) - 1), &note,
                            &err) == 0);
    CHECK(delta_history_flush(history, &err) == 0);
    CHECK_EQ_INT(delta_history_count(history), 1);
    delta_history_close(history);
    delta_arena_free(arena);
}

/* Everything before a record is gone: the search for its base ends at the start of the file. */
static void nothing_before_a_record(void) {
    struct delta_err err = {0};
    struct delta_history_options options = {.max_chain_length = 3};
    uint64_t record = 0;
    (void)unlink(path);
    CHECK(delta_history_init(path, &options, &err) == 0);
    add_states(0, 1);
    load();
    find(FRAME_START, FRAME_RECORD, 1, &record);
    memset(bytes + FRAME_START, 0, (size_t)record - FRAME_START);
    store();
    struct delta_arena *arena = delta_arena_new();
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_READ, &err);
    REQUIRE(history);
    CHECK_EQ_INT(delta_history_count(history), 2);
    for (uint32_t i = 0; i < 2; i++) {
        err = (struct delta_err){0};
        CHECK(!delta_history_get(history, arena, i, &err));
        CHECK_EQ_INT(err.code, DELTA_ERR_DAMAGED);
    }
    delta_history_close(history);
    CHECK(count_damage() > 0);
    delta_arena_free(arena);
}

int main(void) {
    close(mkstemp(path));
    RUN(a_record_at_a_keyframe);
    RUN(a_void_that_is_damaged);
    RUN(a_chain_longer_than_the_history);
    RUN(nothing_before_a_record);
    (void)unlink(path);
    return check_done();
}
