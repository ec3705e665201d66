/* Headers, heads and tails of a history file, and the search for them. */
#include "base/hash.h"
#include "history/frame.h"
#include "history/payload.h"
#include "history/scan.h"
#include "tests/unit/check.h"

#include <sys/mman.h>
#include <unistd.h>

static const struct frame_head example = {
    .kind = FRAME_RECORD,
    .strategy = DELTA_DICT,
    .chain = 7,
    .count = 1,
    .index = 4000000000u,
    .payload_length = 3,
    .distance = 70,
    .previous = 0xdeadbeef,
    .time = -1,
    .digest = {.low = 1, .high = 2},
};

static void head_comes_back(void) {
    unsigned char bytes[FRAME_HEAD];
    struct frame_head head;
    uint64_t checksum, put = frame_head_put(&example, 42, 80, bytes);
    REQUIRE(frame_head_get(bytes, 42, 80, &head, &checksum) == FRAME_GOOD);
    CHECK(put == checksum);
    CHECK(head.kind == example.kind && head.strategy == example.strategy);
    CHECK(head.chain == 7 && head.count == 1 && head.index == 4000000000u);
    CHECK(head.payload_length == 3 && head.distance == 70 && head.previous == 0xdeadbeef);
    CHECK(head.time == -1 && head.digest.low == 1 && head.digest.high == 2);
}

/* Fields at their largest, and at the bounds of what is possible. */
static void heads_at_their_bounds(void) {
    static const struct frame_head rows[] = {
        {.kind = FRAME_RECORD,
         .strategy = DELTA_NONE,
         .chain = UINT16_MAX,
         .count = 1,
         .index = UINT32_MAX - 1,
         .distance = 80,
         .previous = UINT32_MAX,
         .time = INT64_MIN,
         .digest = {.low = UINT64_MAX, .high = UINT64_MAX - 1}},
        {.kind = FRAME_RECORD, .strategy = DELTA_DICT, .chain = 1, .index = 1, .count = 1},
        {.kind = FRAME_KEYFRAME, .count = 1, .index = UINT32_MAX - 1},
        {.kind = FRAME_BLOCK, .count = UINT16_MAX, .index = UINT32_MAX - UINT16_MAX},
        {.kind = FRAME_VOID,
         .payload_length = FRAME_MAX_PAYLOAD,
         .distance = 1,
         .flags = FRAME_AFTER_VOID | FRAME_ENDED | FRAME_NAMED | FRAME_FIRST},
        {.kind = FRAME_OPTIONS},
        {.kind = FRAME_NAMES, .time = INT64_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char bytes[FRAME_HEAD];
        struct frame_head head;
        uint64_t checksum, put = frame_head_put(&rows[i], 42, 80, bytes);
        check_row("row %zu", i);
        CHECK_EQ_INT(frame_head_get(bytes, 42, 80, &head, &checksum), FRAME_GOOD);
        CHECK(put == checksum);
        CHECK(head.kind == rows[i].kind && head.strategy == rows[i].strategy);
        CHECK(head.chain == rows[i].chain && head.count == rows[i].count);
        CHECK(head.index == rows[i].index && head.flags == rows[i].flags);
        CHECK(head.payload_length == rows[i].payload_length && head.distance == rows[i].distance);
        CHECK(head.previous == rows[i].previous && head.time == rows[i].time);
        CHECK(head.digest.low == rows[i].digest.low && head.digest.high == rows[i].digest.high);
    }
}

/* A flag that is not known, in either byte, makes the head one of a newer version. */
static void unknown_flags_are_refused(void) {
    for (unsigned bit = 0; bit < 16; bit++) {
        unsigned char bytes[FRAME_HEAD];
        struct frame_head head = example, read;
        uint64_t checksum;
        check_row("bit %u", bit);
        head.flags = (uint16_t)(1u << bit);
        frame_head_put(&head, 42, 80, bytes);
        CHECK_EQ_INT(frame_head_get(bytes, 42, 80, &read, &checksum),
                     head.flags <= FRAME_FIRST ? FRAME_GOOD : FRAME_NEWER);
        CHECK_EQ_INT(read.flags, head.flags);
    }
}

static void head_belongs_to_its_place(void) {
    unsigned char bytes[FRAME_HEAD];
    struct frame_head head;
    uint64_t checksum;
    frame_head_put(&example, 42, 80, bytes);
    CHECK(frame_head_get(bytes, 42, 81, &head, &checksum) == FRAME_BAD);
    CHECK(frame_head_get(bytes, 43, 80, &head, &checksum) == FRAME_BAD);
}

static void every_bit_of_a_head_counts(void) {
    unsigned char bytes[FRAME_HEAD];
    struct frame_head head;
    uint64_t checksum;
    frame_head_put(&example, 42, 80, bytes);
    for (unsigned bit = 0; bit < FRAME_HEAD * 8; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        check_row("bit %u", bit);
        CHECK(frame_head_get(bytes, 42, 80, &head, &checksum) == FRAME_BAD);
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
}

static void unsound_heads_are_refused(void) {
    static const struct {
        const char *what;
        struct frame_head head;
        enum frame_verdict verdict;
    } rows[] = {
        {"goes back further than the file",
         {.kind = FRAME_RECORD, .strategy = DELTA_DICT, .count = 1, .distance = 81},
         FRAME_BAD},
        {"record of no strategy", {.kind = FRAME_RECORD, .count = 1}, FRAME_BAD},
        {"record of two states",
         {.kind = FRAME_RECORD, .strategy = DELTA_DICT, .count = 2},
         FRAME_BAD},
        {"record of nothing", {.kind = FRAME_RECORD, .strategy = DELTA_DICT}, FRAME_BAD},
        {"record of what was removed",
         {.kind = FRAME_RECORD, .strategy = DELTA_REMOVED, .count = 1},
         FRAME_BAD},
        {"record past the last index",
         {.kind = FRAME_RECORD, .strategy = DELTA_DICT, .count = 1, .index = UINT32_MAX},
         FRAME_BAD},
        {"record after more records than there are",
         {.kind = FRAME_RECORD, .strategy = DELTA_DICT, .count = 1, .index = 1, .chain = 2},
         FRAME_BAD},
        {"larger than a frame can be",
         {.kind = FRAME_VOID, .payload_length = FRAME_MAX_PAYLOAD + 1},
         FRAME_BAD},
        {"options that hold a state", {.kind = FRAME_OPTIONS, .count = 1}, FRAME_BAD},
        {"options that depend on a keyframe", {.kind = FRAME_OPTIONS, .distance = 1}, FRAME_BAD},
        {"positions that depend on a keyframe",
         {.kind = FRAME_POSITIONS, .distance = 1},
         FRAME_BAD},
        {"names that depend on a keyframe", {.kind = FRAME_NAMES, .distance = 1}, FRAME_BAD},
        {"block of none", {.kind = FRAME_BLOCK}, FRAME_BAD},
        {"block that depends on a keyframe",
         {.kind = FRAME_BLOCK, .count = 1, .distance = 1},
         FRAME_BAD},
        {"keyframe of none", {.kind = FRAME_KEYFRAME}, FRAME_BAD},
        {"keyframe of two states", {.kind = FRAME_KEYFRAME, .count = 2}, FRAME_BAD},
        {"keyframe past the last index",
         {.kind = FRAME_KEYFRAME, .count = 1, .index = UINT32_MAX},
         FRAME_BAD},
        {"block past the last index",
         {.kind = FRAME_BLOCK, .count = 2, .index = UINT32_MAX - 1},
         FRAME_BAD},
        {"keyframe that depends on another",
         {.kind = FRAME_KEYFRAME, .count = 1, .distance = 1},
         FRAME_BAD},
        {"void that holds a state", {.kind = FRAME_VOID, .count = 1}, FRAME_BAD},
        {"names that hold a state", {.kind = FRAME_NAMES, .count = 1}, FRAME_BAD},
        {"no kind", {0}, FRAME_NEWER},
        {"kind of a newer version", {.kind = 8}, FRAME_NEWER},
        {"flag of a newer version", {.kind = FRAME_VOID, .flags = 64}, FRAME_NEWER},
        {"positions that hold a state", {.kind = FRAME_POSITIONS, .count = 1}, FRAME_BAD},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char bytes[FRAME_HEAD];
        struct frame_head head;
        uint64_t checksum;
        check_row("%s", rows[i].what);
        frame_head_put(&rows[i].head, 42, 80, bytes);
        CHECK_EQ_INT(frame_head_get(bytes, 42, 80, &head, &checksum), rows[i].verdict);
    }

    /* Without the mark, but with the right checksum. */
    unsigned char bytes[FRAME_HEAD];
    struct frame_head head;
    uint64_t checksum;
    frame_head_put(&example, 42, 80, bytes);
    bytes[0] ^= 1;
    frame_put_number(hash_bytes64(bytes, 56, 42 + 80), 8, bytes + 56);
    CHECK_EQ_INT(frame_head_get(bytes, 42, 80, &head, &checksum), FRAME_BAD);
}

static void headers_stand_twice(void) {
    struct frame_header header = {.version = FRAME_VERSION, .salt = 99}, back;
    unsigned char bytes[FRAME_START];
    frame_header_put(&header, bytes);
    CHECK(frame_header_get(bytes, 0, &back) == FRAME_GOOD && back.salt == 99);
    CHECK(frame_header_get(bytes + FRAME_HEADER, 1, &back) == FRAME_GOOD && back.salt == 99);
    CHECK(frame_header_get(bytes + FRAME_HEADER, 0, &back) == FRAME_BAD);
    header.version = FRAME_VERSION + 1;
    frame_header_put(&header, bytes);
    CHECK(frame_header_get(bytes, 0, &back) == FRAME_NEWER && back.version == FRAME_VERSION + 1);
    header.version = FRAME_VERSION;
    header.incompatible = 4;
    frame_header_put(&header, bytes);
    CHECK(frame_header_get(bytes, 0, &back) == FRAME_NEWER);
    header.incompatible = 0;
    header.compatible = 4;
    frame_header_put(&header, bytes);
    CHECK(frame_header_get(bytes, 0, &back) == FRAME_GOOD);

    /* Every bit of a field. */
    header = (struct frame_header){.version = FRAME_VERSION | 0x81000000,
                                   .compatible = 0x91929394,
                                   .incompatible = 0xa1a2a3a4,
                                   .salt = 0xfedcba9876543210};
    frame_header_put(&header, bytes);
    CHECK(frame_header_get(bytes, 0, &back) == FRAME_NEWER);
    CHECK(back.version == header.version && back.compatible == header.compatible);
    CHECK(back.incompatible == header.incompatible && back.salt == header.salt);
    header.version = FRAME_VERSION;
    header.incompatible = 0;
    frame_header_put(&header, bytes);
    CHECK(frame_header_get(bytes, 0, &back) == FRAME_GOOD);
    CHECK(back.compatible == header.compatible && back.salt == header.salt);

    /* Of a format that is not this one, with the right checksum. */
    for (unsigned at = 20; at < 24; at++) {
        bytes[at] = 1;
        frame_put_number(hash_bytes64(bytes, 32, 0), 8, bytes + 32);
        CHECK(frame_header_get(bytes, 0, &back) == FRAME_NEWER);
        bytes[at] = 0;
    }
    bytes[0] ^= 1;
    frame_put_number(hash_bytes64(bytes, 32, 0), 8, bytes + 32);
    CHECK(frame_header_get(bytes, 0, &back) == FRAME_BAD);
}

/* Whether a head with one field of a bad value, or another place, is taken for the frame before. */
static void frames_follow_by_their_heads(void) {
    static const struct {
        const char *what;
        unsigned at, bytes;
        uint64_t number; /* written over the head before its checksum is made */
        bool follows;
    } rows[] = {
        {"as it was written", 16, 6, 3, true},
        {"no mark", 0, 1, 'x', false},
        {"another length", 16, 6, 4, false},
        {"a length of six bytes", 16, 6, ((uint64_t)1 << 40) + 3, false},
        {"no kind", 4, 1, 0, false},
        {"the first kind", 4, 1, FRAME_OPTIONS, true},
        {"the last kind", 4, 1, FRAME_NAMES, true},
        {"a kind of a newer version", 4, 1, FRAME_NAMES + 1, false},
        {"a void", 4, 1, FRAME_VOID, false},
        {"all flags", 14, 2, 15, true},
        {"a flag of a newer version", 14, 2, 16, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char bytes[FRAME_HEAD];
        check_row("%s", rows[i].what);
        frame_head_put(&example, 42, 80, bytes);
        frame_put_number(rows[i].number, rows[i].bytes, bytes + rows[i].at);
        uint64_t checksum = hash_bytes64(bytes, 56, 42 + 80);
        frame_put_number(checksum, 8, bytes + 56);
        uint32_t previous = (uint32_t)checksum;
        CHECK_EQ_INT(frame_head_follows(bytes, 42, 80, FRAME_AROUND + 3, &previous),
                     rows[i].follows);
        CHECK_EQ_INT(previous, rows[i].follows ? example.previous : (uint32_t)checksum);
        uint32_t other = (uint32_t)checksum + 1;
        CHECK(!frame_head_follows(bytes, 42, 80, FRAME_AROUND + 3, &other));
        previous = (uint32_t)checksum;
        CHECK(!frame_head_follows(bytes, 42, 81, FRAME_AROUND + 3, &previous));
        CHECK(!frame_head_follows(bytes, 43, 80, FRAME_AROUND + 3, &previous));
    }
}

/* The options of a history, each field at its largest, and what no writer writes. */
static void options_come_back(void) {
    const struct delta_export_header options = {.how = {.strategy = DELTA_NONE,
                                                        .level = 22,
                                                        .max_chain_length = UINT16_MAX,
                                                        .on_limit = DELTA_LIMIT_MERGE},
                                                .rebaselines = UINT64_MAX,
                                                .optimizations = UINT64_MAX - 1,
                                                .dropped_set = UINT64_MAX - 2,
                                                .dropped_removed = UINT64_MAX - 3,
                                                .prunes = UINT64_MAX - 4,
                                                .dropped_states = UINT64_MAX - 5};
    static const struct {
        const char *what;
        unsigned at;
        unsigned char byte;
    } rows[] = {
        {"an unknown strategy", 0, DELTA_NONE + 1},
        {"an unknown level", 1, 23},
        {"an unknown action at the limit", 4, DELTA_LIMIT_MERGE + 1},
        {"a reserved byte", 5, 1},
        {"another one", 6, 1},
        {"the last one", 7, 1},
    };
    struct delta_export_header back;
    struct delta_buf buf = {0};
    struct delta_err err = {0};
    struct byte_span key = {"key", 3};
    uint64_t id;
    payload_put_options(&options, UINT64_MAX - 6, key, &buf);
    REQUIRE(!buf.failed && buf.length == PAYLOAD_OPTIONS + 3);
    unsigned char *bytes = (unsigned char *)buf.data;
    CHECK_EQ_INT(payload_get_options(bytes, buf.length, &back, &id, &key, &err), 0);
    CHECK(back.how.strategy == DELTA_NONE && back.how.level == 22);
    CHECK(back.how.max_chain_length == UINT16_MAX && back.how.on_limit == DELTA_LIMIT_MERGE);
    CHECK(back.rebaselines == options.rebaselines && back.optimizations == options.optimizations);
    CHECK(back.dropped_set == options.dropped_set);
    CHECK(back.dropped_removed == options.dropped_removed);
    CHECK(back.prunes == options.prunes && back.dropped_states == options.dropped_states);
    CHECK(id == UINT64_MAX - 6);
    CHECK_EQ_MEM(key.bytes, key.length, "key", 3);
    CHECK_EQ_INT(payload_get_options(bytes, PAYLOAD_OPTIONS, &back, &id, &key, &err), 0);
    CHECK_EQ_INT(key.length, 0);
    CHECK_EQ_INT(payload_get_options(bytes, PAYLOAD_OPTIONS - 1, &back, &id, &key, &err), -1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char before = bytes[rows[i].at];
        check_row("%s", rows[i].what);
        bytes[rows[i].at] = rows[i].byte;
        err = (struct delta_err){0};
        CHECK_EQ_INT(payload_get_options(bytes, buf.length, &back, &id, &key, &err), -1);
        CHECK_EQ_INT(err.code, DELTA_ERR_DAMAGED);
        bytes[rows[i].at] = before;
    }
    delta_buf_free(&buf);
}

/* A file in memory with a header and some frames. */
struct made {
    int fd;
    uint64_t size;
    uint64_t offsets[16];
    unsigned count;
};

static void put(struct made *made, const void *bytes, size_t length) {
    if (pwrite(made->fd, bytes, length, (off_t)made->size) != (ssize_t)length)
        abort();
    made->size += length;
}

static void begin(struct made *made) {
    unsigned char bytes[FRAME_START];
    struct frame_header header = {.version = FRAME_VERSION, .salt = 5};
    *made = (struct made){.fd = memfd_create("frames", MFD_CLOEXEC)};
    frame_header_put(&header, bytes);
    put(made, bytes, sizeof bytes);
}

static void put_flagged(struct made *made, enum frame_kind kind, uint32_t index,
                        const char *payload, uint64_t distance, unsigned flags) {
    unsigned char bytes[FRAME_HEAD];
    uint64_t offset = made->size;
    struct frame_head head = {.kind = kind,
                              .strategy = kind == FRAME_RECORD ? DELTA_DICT : DELTA_AUTO,
                              .count = kind == FRAME_RECORD || kind == FRAME_KEYFRAME,
                              .index = index,
                              .flags = (uint16_t)flags,
                              .payload_length = strlen(payload),
                              .distance = distance};
    made->offsets[made->count++] = offset;
    frame_head_put(&head, 5, offset, bytes);
    put(made, bytes, FRAME_HEAD);
    put(made, payload, strlen(payload));
    frame_put_number(frame_payload_checksum(payload, strlen(payload), 5, offset + FRAME_HEAD), 8,
                     bytes);
    put(made, bytes, 8);
    frame_tail_put(frame_length(&head), bytes);
    put(made, bytes, FRAME_TAIL);
}

static void put_frame(struct made *made, enum frame_kind kind, uint32_t index, const char *payload,
                      uint64_t distance) {
    put_flagged(made, kind, index, payload, distance, 0);
}

static struct scan_tail tail_of(struct made *made, uint64_t size) {
    struct scan scan;
    struct scan_tail tail = {0};
    struct delta_err err = {0};
    CHECK(scan_open(&scan, made->fd, size, &err) == 0);
    CHECK(scan_tail(&scan, &tail, &err) == 0);
    CHECK_EQ_STR(err.text, "");
    scan_close(&scan);
    return tail;
}

static void ends_are_told_apart(void) {
    struct made made;
    begin(&made);
    CHECK_EQ_INT(tail_of(&made, made.size).ending, SCAN_CLEAN);
    put_frame(&made, FRAME_KEYFRAME, 0, "abc", 0);
    put_frame(&made, FRAME_RECORD, 1, "a longer body than the first one was", 0);
    uint64_t whole = made.size, second = made.offsets[1];
    CHECK_EQ_INT(tail_of(&made, whole).ending, SCAN_CLEAN);
    CHECK_EQ_INT(tail_of(&made, whole).last.head.index, 1);
    for (uint64_t size = second + 1; size < whole; size++) {
        check_row("cut at %" PRIu64, size);
        struct scan_tail tail = tail_of(&made, size);
        CHECK_EQ_INT(tail.ending, SCAN_TORN);
        CHECK_EQ_INT(tail.end, second);
        CHECK_EQ_INT(tail.last.head.index, 0);
    }
    check_row("zeros");
    static const unsigned char zeros[300];
    put(&made, zeros, sizeof zeros);
    CHECK_EQ_INT(tail_of(&made, made.size).ending, SCAN_TORN);
    CHECK_EQ_INT(tail_of(&made, made.size).end, whole);
    check_row("something after zeros");
    put(&made, "x", 1);
    CHECK_EQ_INT(tail_of(&made, made.size).ending, SCAN_INVALID);
    CHECK_EQ_INT(tail_of(&made, made.size).last.head.index, 1);
    close(made.fd);
}

/* A record counts only if all is there that was written together with it before: what is missing is
 * part of a write that did not get to the disk. The last record is whole in each row. */
static void a_write_of_which_a_part_is_missing(void) {
    static const struct {
        const char *what;
        unsigned damaged; /* the frame that is */
        uint64_t at;      /* where in it */
        unsigned flags;   /* of the last record */
        enum scan_ending ending;
        unsigned last; /* the frame that the file then ends with; 3: none */
    } rows[] = {
        {"nothing", 3, 0, 0, SCAN_CLEAN, 2},
        {"the head of the one before", 1, 8, 0, SCAN_INVALID, 0},
        {"the payload of the one before", 1, FRAME_HEAD, 0, SCAN_INVALID, 0},
        {"the tail of the one before", 1, FRAME_HEAD + 3 + FRAME_CHECKSUM, 0, SCAN_INVALID, 0},
        {"the head of the one before, in an earlier write", 1, 8, FRAME_FIRST, SCAN_CLEAN, 2},
        {"the payload of the keyframe", 0, FRAME_HEAD, 0, SCAN_INVALID, 3},
        {"the head of the keyframe", 0, 8, 0, SCAN_INVALID, 3},
        {"the same, in an earlier write", 0, 8, FRAME_FIRST, SCAN_CLEAN, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct made made;
        check_row("%s", rows[i].what);
        begin(&made);
        put_frame(&made, FRAME_KEYFRAME, 0, "abc", 0);
        put_frame(&made, FRAME_RECORD, 1, "def", 0);
        put_flagged(&made, FRAME_RECORD, 2, "ghi", 0, rows[i].flags);
        if (rows[i].damaged < 3 &&
            pwrite(made.fd, "\xff", 1, (off_t)(made.offsets[rows[i].damaged] + rows[i].at)) != 1)
            abort();
        struct scan_tail tail = tail_of(&made, made.size);
        CHECK_EQ_INT(tail.ending, rows[i].ending);
        CHECK_EQ_INT(tail.has_frame, rows[i].last < 3);
        CHECK_EQ_INT(tail.end, rows[i].last == 2   ? made.size
                               : rows[i].last == 3 ? FRAME_START
                                                   : made.offsets[rows[i].last + 1]);
        if (tail.has_frame)
            CHECK_EQ_INT(tail.last.offset, made.offsets[rows[i].last]);
        close(made.fd);
    }
}

/* The next writer is cut short too: in its void, or in what it adds behind that. */
static void torn_twice_after(uint64_t missing) {
    struct made made;
    begin(&made);
    put_frame(&made, FRAME_KEYFRAME, 0, "abc", 0);
    uint64_t whole = made.size;
    put_frame(&made, FRAME_RECORD, 1, "a body of which not all is written", 0);
    made.size -= missing;
    uint64_t torn = made.size;
    if (ftruncate(made.fd, (off_t)torn) < 0)
        abort();
    put_frame(&made, FRAME_VOID, 1, "", torn - whole);
    uint64_t voided = made.size;
    put_frame(&made, FRAME_RECORD, 1, "another body", 0);
    for (uint64_t size = torn; size < made.size; size++) {
        check_row("%" PRIu64 " bytes missing, then cut at %" PRIu64, missing, size - torn);
        struct scan_tail tail = tail_of(&made, size);
        CHECK((tail.ending == SCAN_CLEAN) == (size == voided));
        CHECK_EQ_INT(tail.end, size < voided ? whole : voided);
    }
    close(made.fd);
}

static void torn_twice(void) {
    /* A frame that lacks its last byte gets it from the void: what is whole then may stay. */
    for (uint64_t missing = 2; missing < FRAME_AROUND + 34; missing++)
        torn_twice_after(missing);
}

static void voids_are_passed_over(void) {
    struct made made;
    struct scan scan;
    struct scan_frame frame;
    struct delta_err err = {0};
    begin(&made);
    put_frame(&made, FRAME_KEYFRAME, 0, "abc", 0);
    put_frame(&made, FRAME_RECORD, 1, "never acknowledged", 0);
    put(&made, "torn", 4);
    put_frame(&made, FRAME_VOID, 1, "", made.size - made.offsets[1]);
    put_frame(&made, FRAME_RECORD, 1, "another", 0);
    REQUIRE(scan_open(&scan, made.fd, made.size, &err) == 0);
    CHECK_EQ_INT(scan_live_before(&scan, made.size, &frame, &err), 1);
    CHECK_EQ_INT(frame.offset, made.offsets[3]);
    CHECK_EQ_INT(scan_live_before(&scan, frame.offset, &frame, &err), 1);
    CHECK_EQ_INT(frame.offset, made.offsets[0]);
    CHECK_EQ_INT(scan_live_before(&scan, frame.offset, &frame, &err), 0);
    scan_close(&scan);
    close(made.fd);
}

static void damage_in_the_middle_is_passed_over(void) {
    struct made made;
    struct scan scan;
    struct scan_frame frame;
    struct delta_err err = {0};
    begin(&made);
    put_frame(&made, FRAME_KEYFRAME, 0, "abc", 0);
    put_frame(&made, FRAME_RECORD, 1, "def", 0);
    put_frame(&made, FRAME_RECORD, 2, "ghi", 0);
    /* The head of the second is gone. */
    if (pwrite(made.fd, "0123456789", 10, (off_t)made.offsets[1] + 8) != 10)
        abort();
    REQUIRE(scan_open(&scan, made.fd, made.size, &err) == 0);
    CHECK_EQ_INT(scan_before(&scan, made.offsets[2], &frame, &err), 1);
    CHECK_EQ_INT(frame.offset, made.offsets[0]);
    CHECK_EQ_INT(frame.gap, FRAME_AROUND + 3);
    CHECK_EQ_INT(scan_after(&scan, made.offsets[0] + 1, made.size, &frame, &err), 1);
    CHECK_EQ_INT(frame.offset, made.offsets[2]);
    scan_close(&scan);
    close(made.fd);
}

/* Frames of another file, or of another place of this one, are no frames here. */
static void frames_stay_where_they_were_made(void) {
    struct made made, other;
    struct scan scan;
    struct scan_frame frame;
    struct delta_err err = {0};
    unsigned char copy[FRAME_AROUND + 3];
    begin(&made);
    put_frame(&made, FRAME_KEYFRAME, 0, "abc", 0);
    if (pread(made.fd, copy, sizeof copy, (off_t)made.offsets[0]) != (ssize_t)sizeof copy)
        abort();
    begin(&other);
    put(&other, "x", 1);
    put(&other, copy, sizeof copy);
    REQUIRE(scan_open(&scan, other.fd, other.size, &err) == 0);
    CHECK_EQ_INT(scan_after(&scan, 0, other.size, &frame, &err), 0);
    CHECK_EQ_INT(scan_before(&scan, other.size, &frame, &err), 0);
    scan_close(&scan);
    close(made.fd);
    close(other.fd);
}

int main(void) {
    RUN(head_comes_back);
    RUN(heads_at_their_bounds);
    RUN(unknown_flags_are_refused);
    RUN(head_belongs_to_its_place);
    RUN(every_bit_of_a_head_counts);
    RUN(unsound_heads_are_refused);
    RUN(headers_stand_twice);
    RUN(frames_follow_by_their_heads);
    RUN(options_come_back);
    RUN(ends_are_told_apart);
    RUN(a_write_of_which_a_part_is_missing);
    RUN(torn_twice);
    RUN(voids_are_passed_over);
    RUN(damage_in_the_middle_is_passed_over);
    RUN(frames_stay_where_they_were_made);
    return check_done();
}
