/* Histories: what they promise, and under damage. */
#include "delta.h"
#include "history/frame.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STATES = 10 };

static char path[] = "/tmp/delta-history-XXXXXX";
static struct delta_arena *states_arena;
static const struct delta_value *states[STATES];

static void make_states(void) {
    states_arena = delta_arena_new();
    for (int i = 0; i < STATES; i++) {
        char text[300];
        struct delta_err err = {0};
        int length = snprintf(text, sizeof text,
                              "{\"n\":%d,\"list\":[%d,2,3%s],\"same\":\"%040d\",\"%c\":null}", i,
                              i / 3, i % 2 ? ",{\"deep\":[true]}" : "", 7, 'a' + i % 3);
        states[i] = delta_read(states_arena, text, (size_t)length, NULL, &err);
        if (!states[i])
            abort();
    }
}

/* What a test wants of the history it works on. */
struct wanted {
    struct delta_history_options options;
    bool compact;
    uint32_t squeeze; /* states that are compacted before the others are added */
};

static bool add_states(struct delta_history *history, uint32_t from, uint32_t to,
                       struct delta_err *err) {
    for (uint32_t i = from; i < to; i++) {
        struct delta_history_note note = {.time = (int64_t)i * 1000000 + 5};
        if (delta_history_add(history, states[i], &note, err) != 1 ||
            delta_history_flush(history, err) < 0)
            return false;
    }
    return true;
}

static bool make_history(const struct wanted *wanted) {
    struct delta_err err = {0};
    (void)unlink(path);
    if (delta_history_init(path, &wanted->options, &err) < 0)
        return false;
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_ADD, &err);
    bool made = history && add_states(history, 0, wanted->squeeze, &err) &&
                (!wanted->squeeze || delta_history_compact(history, NULL, NULL, &err) == 0) &&
                add_states(history, wanted->squeeze, STATES, &err) &&
                (!wanted->compact || delta_history_compact(history, NULL, NULL, &err) == 0);
    delta_history_close(history);
    if (!made)
        check_fail(__FILE__, __LINE__, "cannot make the history: %s", err.text);
    return made;
}

static const struct {
    const char *name;
    struct wanted wanted;
} kinds[] = {
    {"auto", {.options = {.max_chain_length = 4}}},
    {"dict", {.options = {.strategy = DELTA_DICT}}},
    {"binary", {.options = {.strategy = DELTA_BINARY, .max_chain_length = 4}}},
    {"reference", {.options = {.strategy = DELTA_REFERENCE, .max_chain_length = 4}}},
    {"compress", {.options = {.strategy = DELTA_COMPRESS}}},
    {"none", {.options = {.strategy = DELTA_NONE}}},
    {"compacted", {.compact = true}},
    {"compacted, then added to", {.options = {.max_chain_length = 4}, .squeeze = 5}},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* How many states come out as they went in; what fails must say so, what comes out must be right.
 */
static uint32_t count_served(bool served[STATES]) {
    struct delta_err err = {0};
    uint32_t count = 0;
    for (int i = 0; i < STATES; i++)
        served[i] = false;
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_READ, &err);
    if (!history) {
        CHECK(err.code != DELTA_OK && err.text[0]);
        return 0;
    }
    for (uint32_t i = 0; i < STATES; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err why = {0};
        const struct delta_value *state = delta_history_get(history, arena, i, &why);
        if (state) {
            CHECK(delta_value_equal(state, states[i]));
            served[i] = true;
            count++;
        } else {
            CHECK(why.code == DELTA_ERR_DAMAGED || why.code == DELTA_ERR_USAGE ||
                  why.code == DELTA_ERR_UNSUPPORTED);
            CHECK(why.text[0] != '\0');
        }
        delta_arena_free(arena);
    }
    delta_history_close(history);
    return count;
}

static int64_t count_damage(void) {
    struct delta_err err = {0};
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_READ, &err);
    if (!history)
        return 1;
    int64_t damage = delta_history_verify(history, NULL, NULL, NULL, &err);
    CHECK(damage >= 0 || err.code == DELTA_ERR_UNSUPPORTED);
    delta_history_close(history);
    return damage < 0 ? 1 : damage;
}

static void every_kind_gives_back(void) {
    for (size_t k = 0; k < KINDS; k++) {
        bool served[STATES];
        check_row("%s", kinds[k].name);
        REQUIRE(make_history(&kinds[k].wanted));
        CHECK_EQ_INT(count_served(served), STATES);
        CHECK_EQ_INT(count_damage(), 0);
    }
}

static void walks_tell_all(void) {
    for (size_t k = 0; k < KINDS; k++) {
        struct delta_err err = {0};
        struct delta_history_entry entry;
        check_row("%s", kinds[k].name);
        REQUIRE(make_history(&kinds[k].wanted));
        struct delta_history *history = delta_history_open(path, DELTA_HISTORY_READ, &err);
        REQUIRE(history);
        for (uint32_t first = 0; first < STATES; first += 3) {
            struct delta_history_iterator *walk =
                delta_history_iterator_new(history, first, STATES - 1, true, &err);
            REQUIRE(walk);
            for (uint32_t i = first; i < STATES; i++) {
                REQUIRE(delta_history_iterator_next(walk, &entry, &err) == 1);
                CHECK_EQ_INT(entry.index, i);
                CHECK_EQ_INT(entry.time, (int64_t)i * 1000000 + 5);
                CHECK(delta_value_equal(entry.value, states[i]));
                CHECK_EQ_INT(entry.size, delta_value_size(states[i]));
            }
            CHECK_EQ_INT(delta_history_iterator_next(walk, &entry, &err), 0);
            delta_history_iterator_free(walk);
        }
        delta_history_close(history);
    }
}

/* ---- Damage ----------------------------------------------------------------------------------*/

/* The frames of the file as their tails tell, from the end. */
struct laid {
    uint64_t start[64], end[64];
    struct frame_head head[64];
    unsigned count; /* the last one is the first of the file */
};

static unsigned char bytes[1 << 16];
static size_t size;

static bool load(void) {
    int fd = open(path, O_RDONLY);
    ssize_t got = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
    close(fd);
    size = got < 0 ? 0 : (size_t)got;
    return got > 0 && size < sizeof bytes;
}

static void lay(struct laid *laid) {
    uint64_t salt = frame_get_number(bytes + 24, 8), checksum;
    laid->count = 0;
    for (uint64_t end = size; end > FRAME_START && laid->count < 64;) {
        uint64_t start = end - frame_tail_get(bytes + end - FRAME_TAIL);
        struct frame_head *head = &laid->head[laid->count];
        if (frame_head_get(bytes + start, salt, start, head, &checksum) != FRAME_GOOD)
            abort();
        laid->start[laid->count] = start;
        laid->end[laid->count++] = end;
        end = start;
    }
}

/* True when state `i` can be had without the frame at `gone`. */
static bool independent(const struct laid *laid, unsigned gone, uint32_t i) {
    uint32_t needed = i;
    for (unsigned f = 0; f < laid->count; f++) {
        const struct frame_head *head = &laid->head[f];
        if (head->kind == FRAME_OPTIONS || head->index > needed)
            continue;
        if (f == gone && head->kind == FRAME_KEYFRAME)
            continue; /* its state may have a record too */
        if (f == gone || head->index + head->count <= needed)
            return false;
        if (head->kind != FRAME_RECORD)
            return true;
        if (head->strategy == DELTA_COMPRESS || head->strategy == DELTA_NONE)
            return true;
        if (needed-- == 0)
            return false;
    }
    return false;
}

static void write_byte(int fd, size_t at, unsigned char byte) {
    if (pwrite(fd, &byte, 1, (off_t)at) != 1)
        abort();
}

/* Each bit of the file is flipped in turn: no wrong state, and all that does not depend on it. */
static void every_bit_flipped(void) {
    static const size_t tried[] = {0, 3, 6, 7}; /* of `kinds` */
    for (size_t k = 0; k < sizeof tried / sizeof *tried; k++) {
        struct laid laid;
        REQUIRE(make_history(&kinds[tried[k]].wanted));
        REQUIRE(load());
        lay(&laid);
        int fd = open(path, O_WRONLY);
        /* One bit of each byte will do for all kinds but one. */
        for (size_t bit = 0; bit < size * 8; bit += k ? 9 : 1) {
            bool served[STATES];
            check_row("%s, bit %zu of byte %zu", kinds[tried[k]].name, bit % 8, bit / 8);
            write_byte(fd, bit / 8, bytes[bit / 8] ^ (unsigned char)(1u << bit % 8));
            count_served(served);
            CHECK(count_damage() > 0);
            unsigned gone = 0;
            while (gone < laid.count && laid.start[gone] > bit / 8)
                gone++;
            for (uint32_t i = 0; i < STATES; i++)
                if (gone == laid.count || laid.head[gone].kind == FRAME_OPTIONS ||
                    independent(&laid, gone, i))
                    CHECK(served[i]);
            write_byte(fd, bit / 8, bytes[bit / 8]);
        }
        close(fd);
    }
}

/* A frame at the end that is not whole is passed over and told of; the next state goes behind it,
 * and not a byte is changed. */
static void a_damaged_end_is_passed_over(void) {
    struct laid laid;
    REQUIRE(make_history(&kinds[1].wanted));
    REQUIRE(load());
    lay(&laid);
    uint32_t before = laid.head[0].index; /* states in front of the last frame */
    for (size_t at = laid.start[0]; at < size; at++) {
        struct delta_err err = {0};
        struct delta_history_note note = {0};
        uint32_t index = 0;
        uint64_t torn = 0;
        check_row("byte %zu", at);
        int fd = open(path, O_WRONLY | O_TRUNC);
        if (pwrite(fd, bytes, size, 0) != (ssize_t)size)
            abort();
        write_byte(fd, at, bytes[at] ^ 0x10);
        struct delta_history *history = delta_history_open(path, DELTA_HISTORY_ADD, &err);
        REQUIRE(history);
        CHECK_EQ_INT(delta_history_revision(history, "tip", NULL, &index, &err), 0);
        CHECK_EQ_INT(index, before - 1);
        (void)delta_history_check_end(history, &torn, NULL);
        CHECK_EQ_INT(torn, size - laid.start[0]);
        CHECK_EQ_INT(delta_history_add(history, states[0], &note, &err), 1);
        CHECK_EQ_INT(delta_history_flush(history, &err), 0);
        CHECK_EQ_INT(delta_history_count(history), before + 1);
        delta_history_close(history);
        history = delta_history_open(path, DELTA_HISTORY_READ, &err);
        REQUIRE(history);
        CHECK_EQ_INT(delta_history_check_end(history, &torn, &err), 0);
        CHECK_EQ_INT(torn, 0);
        CHECK_EQ_INT(delta_history_verify(history, NULL, NULL, NULL, &err), 0);
        struct delta_arena *arena = delta_arena_new();
        for (uint32_t i = 0; i <= before; i++) {
            const struct delta_value *got = delta_history_get(history, arena, i, &err);
            CHECK(got && delta_value_equal(got, states[i < before ? i : 0]));
        }
        delta_arena_free(arena);
        delta_history_close(history);
        close(fd);
    }
}

/* Checksums that are right do not make up for a state that is not the one promised. */
static void digests_are_held_against_states(void) {
    for (size_t k = 0; k < KINDS; k++) {
        struct laid laid;
        struct delta_err err = {0};
        unsigned char head[FRAME_HEAD];
        check_row("%s", kinds[k].name);
        REQUIRE(make_history(&kinds[k].wanted));
        REQUIRE(load());
        lay(&laid);
        /* The last frame that holds the tip, and its record where a keyframe stands behind it. */
        int fd = open(path, O_WRONLY);
        for (unsigned f = 0; f < laid.count && laid.head[f].index == laid.head[0].index; f++) {
            laid.head[f].digest.low ^= 1;
            frame_head_put(&laid.head[f], frame_get_number(bytes + 24, 8), laid.start[f], head);
            if (pwrite(fd, head, sizeof head, (off_t)laid.start[f]) != sizeof head)
                abort();
        }
        close(fd);
        struct delta_arena *arena = delta_arena_new();
        struct delta_history *history = delta_history_open(path, DELTA_HISTORY_READ, &err);
        REQUIRE(history);
        CHECK(!delta_history_get(history, arena, STATES - 1, &err));
        CHECK_EQ_INT(err.code, DELTA_ERR_DAMAGED);
        CHECK(count_damage() > 0);
        delta_history_close(history);
        delta_arena_free(arena);
    }
}

/* Cut at every byte: what was whole is there, what was cut is not, and more can be added. */
static void cut_at_every_byte(void) {
    static const size_t tried[] = {0, 6};
    for (size_t k = 0; k < sizeof tried / sizeof *tried; k++) {
        struct laid laid;
        REQUIRE(make_history(&kinds[tried[k]].wanted));
        REQUIRE(load());
        lay(&laid);
        for (size_t cut = 0; cut < size; cut++) {
            struct delta_err err = {0};
            bool served[STATES];
            check_row("%s, cut at %zu", kinds[tried[k]].name, cut);
            int fd = open(path, O_WRONLY | O_TRUNC);
            if (write(fd, bytes, cut) != (ssize_t)cut)
                abort();
            close(fd);
            uint32_t whole = 0;
            for (unsigned f = 0; f < laid.count; f++)
                if (laid.end[f] <= cut && laid.head[f].count &&
                    laid.head[f].index + laid.head[f].count > whole)
                    whole = laid.head[f].index + laid.head[f].count;
            CHECK_EQ_INT(count_served(served), whole);
            struct delta_history *history = delta_history_open(path, DELTA_HISTORY_ADD, &err);
            if (cut && cut < FRAME_START) {
                CHECK(!history && err.code == DELTA_ERR_DAMAGED);
                continue;
            }
            REQUIRE(history);
            CHECK_EQ_INT(delta_history_count(history), whole);
            struct delta_history_note note = {.time = 9};
            int added = delta_history_add(history, states[STATES - 1], &note, &err);
            uint64_t options_end = laid.end[laid.count - 1] - FRAME_TAIL;
            bool no_options = cut > FRAME_START && cut < options_end, no_positions = false;
            if (laid.head[laid.count - 2].kind == FRAME_POSITIONS) {
                uint64_t head_end = laid.start[laid.count - 2] + FRAME_HEAD;
                no_positions = cut >= head_end && cut < laid.end[laid.count - 2] - FRAME_TAIL;
                /* A head that lacks its last byte gets it back from the next frame, once in 256. */
                if (cut + 1 == head_end && bytes[cut] == bytes[FRAME_START]) {
                    delta_history_close(history);
                    continue;
                }
            }
            if (no_options || no_positions) {
                CHECK(added < 0); /* how to add, or what there was, is not known */
                delta_history_close(history);
                continue;
            }
            CHECK(added == 1);
            CHECK(delta_history_flush(history, &err) == 0);
            delta_history_close(history);
            CHECK_EQ_INT(count_damage(), 0);
            struct delta_arena *arena = delta_arena_new();
            history = delta_history_open(path, DELTA_HISTORY_READ, &err);
            CHECK_EQ_INT(delta_history_count(history), whole + 1);
            for (uint32_t i = 0; i <= whole; i++) {
                const struct delta_value *state = delta_history_get(history, arena, i, &err);
                CHECK(state && delta_value_equal(state, states[i == whole ? STATES - 1 : i]));
            }
            delta_history_close(history);
            delta_arena_free(arena);
        }
    }
}

/* ---- Rewrites ---------------------------------------------------------------------------------*/

/* The serial number of a state, which no state before had; 0: it cannot be read. */
static uint64_t serial_of(struct delta_history *history, uint32_t index) {
    struct delta_history_entry entry;
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(history, index, index, false, NULL);
    int got = iterator ? delta_history_iterator_next(iterator, &entry, NULL) : -1;
    uint64_t serial = got > 0 ? entry.serial : 0;
    delta_history_iterator_free(iterator);
    return serial;
}

struct calls {
    uint64_t count, done; /* what the last one said */
};

static int stop_at_two(void *context, uint64_t done, uint64_t total) {
    struct calls *calls = context;
    (void)total;
    calls->done = done;
    return ++calls->count == 2;
}

/* Progress that is not 0 ends what reports it, and nothing is changed. */
static void progress_stops(void) {
    for (size_t k = 0; k < KINDS; k++) {
        struct delta_err err = {0};
        struct calls calls = {0};
        check_row("%s", kinds[k].name);
        REQUIRE(make_history(&kinds[k].wanted));
        struct delta_history *history = delta_history_open(path, DELTA_HISTORY_WRITE, &err);
        REQUIRE(history);
        CHECK_EQ_INT(delta_history_verify(history, NULL, stop_at_two, &calls, &err), -1);
        CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
        CHECK_EQ_STR(err.text, "stopped");
        CHECK(calls.count == 2 && calls.done == 2);
        calls = (struct calls){0};
        err = (struct delta_err){0};
        CHECK_EQ_INT(delta_history_squash(history, 2, 6, stop_at_two, &calls, &err), -1);
        CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
        CHECK(calls.count == 2 && calls.done == 2);
        err = (struct delta_err){0};
        CHECK_EQ_INT(delta_history_count(history), STATES);
        CHECK_EQ_INT(delta_history_verify(history, NULL, NULL, NULL, &err), 0);
        delta_history_close(history);
    }
}

static void rewrites_keep_what_they_should(void) {
    for (size_t k = 0; k < KINDS; k++) {
        static const int after_squash[] = {0, 1, 2, 6, 7, 8, 9};
        struct delta_err err = {0};
        struct delta_history_metrics before, after;
        check_row("%s", kinds[k].name);
        REQUIRE(make_history(&kinds[k].wanted));
        struct delta_arena *arena = delta_arena_new();
        struct delta_history *history = delta_history_open(path, DELTA_HISTORY_WRITE, &err);
        REQUIRE(history);
        CHECK(delta_history_metrics(history, &before, &err) == 0);
        CHECK(delta_history_squash(history, 2, STATES, NULL, NULL, &err) < 0);
        CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
        CHECK_EQ_STR(err.text, "no such state: the last one is 9");
        CHECK(delta_history_rebaseline(history, STATES, NULL, NULL, &err) < 0);
        CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
        CHECK_EQ_INT(delta_history_count(history), STATES);
        err = (struct delta_err){0};
        CHECK(delta_history_squash(history, 2, 6, NULL, NULL, &err) == 0);
        CHECK_EQ_INT(delta_history_count(history), 7);
        for (uint32_t i = 0; i < 7; i++) {
            const struct delta_value *state = delta_history_get(history, arena, i, &err);
            CHECK(state && delta_value_equal(state, states[after_squash[i]]));
        }
        CHECK(delta_history_rebaseline(history, 4, NULL, NULL, &err) == 0);
        CHECK_EQ_INT(delta_history_count(history), 3);
        for (uint32_t i = 0; i < 3; i++) {
            const struct delta_value *state = delta_history_get(history, arena, i, &err);
            CHECK(state && delta_value_equal(state, states[7 + i]));
        }
        CHECK_EQ_INT(delta_history_verify(history, NULL, NULL, NULL, &err), 0);
        CHECK(delta_history_metrics(history, &after, &err) == 0);
        CHECK(after.total_changes >= before.total_changes);
        CHECK(after.total_removals >= before.total_removals);
        CHECK_EQ_INT(after.rebaseline_count, 1);
        CHECK(delta_history_clear(history, &err) == 0);
        CHECK_EQ_INT(delta_history_count(history), 0);
        CHECK(add_states(history, 0, 3, &err));
        CHECK_EQ_INT(delta_history_count(history), 3);
        CHECK_EQ_INT(serial_of(history, 0), STATES + 1);
        CHECK_EQ_INT(serial_of(history, 2), STATES + 3);
        CHECK_EQ_STR(err.text, "");
        delta_history_close(history);
        delta_arena_free(arena);
    }
}

/* At the limit, states are dropped as the options say. */
static void limits_trade_states(void) {
    static const struct {
        enum delta_on_limit on_limit;
        uint32_t count;
        int left[8];
    } rows[] = {
        {DELTA_LIMIT_KEYFRAME, STATES, {0, 1, 2, 3, 4, 5, 6, 7}},
        {DELTA_LIMIT_REBASELINE, 1, {9}},
        {DELTA_LIMIT_MERGE, 2, {0, 9}},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct wanted wanted = {.options = {.max_chain_length = 3, .on_limit = rows[r].on_limit}};
        struct delta_err err = {0};
        check_row("on limit %d", (int)rows[r].on_limit);
        REQUIRE(make_history(&wanted));
        struct delta_arena *arena = delta_arena_new();
        struct delta_history *history = delta_history_open(path, DELTA_HISTORY_READ, &err);
        REQUIRE(history);
        CHECK_EQ_INT(delta_history_count(history), rows[r].count);
        for (uint32_t i = 0; i < rows[r].count && i < 8; i++) {
            const struct delta_value *state = delta_history_get(history, arena, i, &err);
            CHECK(state && delta_value_equal(state, states[rows[r].left[i]]));
        }
        delta_history_close(history);
        delta_arena_free(arena);
    }
}

/* ---- Two at once ------------------------------------------------------------------------------*/

/* A writer that stays open sees what others added, and what they rewrote. */
static void writers_take_turns(void) {
    struct delta_err err = {0};
    struct wanted wanted = {0};
    REQUIRE(make_history(&wanted));
    struct delta_history *one = delta_history_open(path, DELTA_HISTORY_ADD, &err);
    struct delta_history *two = delta_history_open(path, DELTA_HISTORY_ADD, &err);
    REQUIRE(one && two);
    CHECK(add_states(one, 0, 2, &err));
    CHECK(add_states(two, 2, 4, &err));
    CHECK(delta_history_compact(one, NULL, NULL, &err) == 0);
    CHECK(add_states(two, 4, 6, &err));
    CHECK(add_states(one, 6, 8, &err));
    CHECK_EQ_INT(delta_history_count(one), STATES + 8);
    CHECK_EQ_STR(err.text, "");
    struct delta_arena *arena = delta_arena_new();
    for (uint32_t i = 0; i < STATES + 8; i++) {
        const struct delta_value *state = delta_history_get(one, arena, i, &err);
        CHECK(state && delta_value_equal(state, states[i < STATES ? i : i - STATES]));
    }
    delta_arena_free(arena);
    delta_history_close(one);
    delta_history_close(two);
}

static void tips_that_are_not_expected(void) {
    struct delta_err err = {0};
    struct wanted wanted = {0};
    REQUIRE(make_history(&wanted));
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_ADD, &err);
    struct delta_history_note note = {.has_expected = true,
                                      .expected = delta_value_digest(states[0])};
    CHECK(delta_history_add(history, states[1], &note, &err) < 0);
    CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
    err = (struct delta_err){0};
    note.expected = delta_value_digest(states[STATES - 1]);
    note.skip_equal = true;
    CHECK_EQ_INT(delta_history_add(history, states[STATES - 1], &note, &err), 0);
    CHECK_EQ_INT(delta_history_add(history, states[1], &note, &err), 1);
    CHECK(delta_history_flush(history, &err) == 0);
    CHECK_EQ_INT(delta_history_count(history), STATES + 1);
    delta_history_close(history);
}

/* ---- Revisions --------------------------------------------------------------------------------*/

static bool seconds(const char *text, int64_t *nanoseconds) {
    *nanoseconds = strtoll(text, NULL, 10) * 1000000;
    return true;
}

static void revisions_have_names(void) {
    static const struct {
        const char *text;
        int index; /* -1: refused */
    } rows[] = {
        {"0", 0},           {"9", 9},
        {"10", -1},         {"tip", 9},
        {"tip~0", 9},       {"tip~9", 0},
        {"tip~10", -1},     {"tip~", -1},
        {"tip~x", -1},      {"@4", 3},
        {"@100", 9},        {"@0", -1},
        {"abcdefabc", -1},  {"digest:", -1},
        {"digest:0g", -1},  {"deadbeef0123456789deadbeef01234567", -1},
        {"", -1},           {"-1", -1},
        {"1x", -1},         {"tipp", -1},
        {"4294967296", -1}, {"99999999999999999999999", -1},
    };
    struct delta_err err = {0};
    struct wanted wanted = {0};
    REQUIRE(make_history(&wanted));
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_READ, &err);
    REQUIRE(history);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t index = 77;
        struct delta_err why = {0};
        check_row("%s", rows[i].text);
        int status = delta_history_revision(history, rows[i].text, seconds, &index, &why);
        CHECK_EQ_INT(status, rows[i].index < 0 ? -1 : 0);
        if (rows[i].index >= 0)
            CHECK_EQ_INT(index, rows[i].index);
        else
            CHECK_EQ_INT(why.code, DELTA_ERR_USAGE);
    }
    uint32_t first, last;
    enum delta_range_kind kind;
    check_row("ranges");
    CHECK(delta_history_range(history, "2..tip~1", NULL, &first, &last, &kind, &err) == 0);
    CHECK(first == 2 && last == 8 && kind == DELTA_RANGE_AFTER);
    CHECK(delta_history_range(history, "..", NULL, &first, &last, &kind, &err) == 0);
    CHECK(first == 0 && last == 9 && kind == DELTA_RANGE_FROM_START);
    CHECK(delta_history_range(history, "3", NULL, &first, &last, &kind, &err) == 0);
    CHECK(first == 3 && last == 3 && kind == DELTA_RANGE_STATE);
    CHECK(delta_history_range(history, "3..2", NULL, &first, &last, &kind, &err) < 0);
    delta_history_close(history);
}

static int count_salvaged(void *context, const struct delta_history_entry *entry) {
    (void)entry;
    ++*(int *)context;
    return 0;
}

/* Of what is not written yet nothing can be salvaged. */
static void nothing_to_salvage(void) {
    struct delta_err err = {0};
    int salvaged = 0;
    (void)unlink(path);
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_ADD, &err);
    REQUIRE(history);
    CHECK_EQ_INT(delta_history_salvage(history, count_salvaged, NULL, &salvaged, &err), 0);
    const struct delta_history_note note = {.time = 1};
    CHECK_EQ_INT(delta_history_add(history, states[0], &note, &err), DELTA_ADDED);
    CHECK_EQ_INT(delta_history_salvage(history, count_salvaged, NULL, &salvaged, &err), 0);
    CHECK_EQ_INT(salvaged, 0);
    CHECK_EQ_INT(delta_history_flush(history, &err), 0);
    CHECK_EQ_INT(delta_history_salvage(history, count_salvaged, NULL, &salvaged, &err), 0);
    CHECK_EQ_INT(salvaged, 1);
    CHECK_EQ_STR(err.text, "");
    delta_history_close(history);
}

int main(void) {
    /* In memory where that can be: what is on the disk is not looked at here. */
    if (access("/dev/shm", W_OK) == 0)
        (void)strcpy(path, "/dev/shm/delta-XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    make_states();
    RUN(every_kind_gives_back);
    RUN(walks_tell_all);
    RUN(every_bit_flipped);
    RUN(a_damaged_end_is_passed_over);
    RUN(digests_are_held_against_states);
    RUN(cut_at_every_byte);
    RUN(progress_stops);
    RUN(rewrites_keep_what_they_should);
    RUN(limits_trade_states);
    RUN(writers_take_turns);
    RUN(tips_that_are_not_expected);
    RUN(revisions_have_names);
    RUN(nothing_to_salvage);
    (void)unlink(path);
    delta_arena_free(states_arena);
    return check_done();
}
