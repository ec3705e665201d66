/* Positions and serial numbers: what a state is, compared with those that are there, and the
 * payload that keeps them. */
#include "base/varint.h"
#include "history/positions.h"
#include "tests/unit/check.h"

#include <string.h>

static const struct byte_span A = {"A", 1}, B = {"B", 1};

static struct position_state at(uint64_t seq, uint64_t digest) {
    return (struct position_state){.seq = seq, .digest = {.low = digest}};
}

static void a_state_is_new_known_older_or_a_fork(void) {
    struct positions positions = {0};
    /* 10 and 20 are kept, 30 was skipped as equal to 20. */
    REQUIRE(positions_note(&positions, A, at(10, 1), true, NULL) == 0);
    REQUIRE(positions_note(&positions, A, at(20, 2), true, NULL) == 0);
    REQUIRE(positions_note(&positions, A, at(30, 2), false, NULL) == 0);
    static const struct {
        uint64_t seq, digest;
        enum position_verdict verdict;
    } rows[] = {
        {31, 1, POSITION_NEW},   {UINT64_MAX, 2, POSITION_NEW}, {30, 2, POSITION_KNOWN},
        {30, 1, POSITION_FORK},  {20, 2, POSITION_KNOWN},       {20, 1, POSITION_FORK},
        {25, 2, POSITION_KNOWN}, {25, 3, POSITION_OLDER},       {10, 1, POSITION_KNOWN},
        {10, 2, POSITION_FORK},  {15, 1, POSITION_KNOWN},       {15, 2, POSITION_OLDER},
        {9, 1, POSITION_OLDER},  {0, 1, POSITION_OLDER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row("%u, digest %u", (unsigned)rows[i].seq, (unsigned)rows[i].digest);
        CHECK_EQ_INT(positions_judge(&positions, A, at(rows[i].seq, rows[i].digest)),
                     rows[i].verdict);
        CHECK_EQ_INT(positions_judge(&positions, B, at(rows[i].seq, rows[i].digest)), POSITION_NEW);
    }
    CHECK(positions_highest(&positions, A)->seq == 30 && !positions_highest(&positions, B));
    positions_free(&positions);
}

/* A history that was tampered with may say two things of one position: of what is the highest the
 * later one counts, as a state counts more than a mark before it; of what is kept the first. */
static void one_position_twice(void) {
    struct positions positions = {0};
    REQUIRE(positions_note(&positions, A, at(0, 1), false, NULL) == 0);
    REQUIRE(positions_note(&positions, A, at(0, 2), true, NULL) == 0);
    REQUIRE(positions_note(&positions, A, at(0, 3), true, NULL) == 0);
    CHECK_EQ_INT(positions_judge(&positions, A, at(0, 3)), POSITION_KNOWN);
    CHECK_EQ_INT(positions_judge(&positions, A, at(0, 1)), POSITION_FORK);
    REQUIRE(positions_note(&positions, A, at(1, 4), false, NULL) == 0);
    CHECK_EQ_INT(positions_judge(&positions, A, at(0, 2)), POSITION_KNOWN);
    CHECK_EQ_INT(positions_judge(&positions, A, at(0, 3)), POSITION_FORK);
    /* What comes after what is above it changes nothing. */
    REQUIRE(positions_note(&positions, A, at(0, 5), true, NULL) == 0);
    CHECK_EQ_INT(positions_judge(&positions, A, at(1, 4)), POSITION_KNOWN);
    CHECK_EQ_INT(positions_judge(&positions, A, at(0, 5)), POSITION_FORK);
    positions_free(&positions);
}

static void serial_numbers_have_runs(void) {
    struct positions positions = {0};
    CHECK_EQ_INT(positions_serial(&positions, 0), 1);
    CHECK_EQ_INT(positions_serial(&positions, 9), 10);
    REQUIRE(positions_begin_run(&positions, 0, 5, NULL) == 0);
    REQUIRE(positions_begin_run(&positions, 3, 8, NULL) == 0); /* goes on as before */
    REQUIRE(positions_begin_run(&positions, 4, 100, NULL) == 0);
    CHECK_EQ_INT(positions.runs.count, 2);
    CHECK_EQ_INT(positions_serial(&positions, 0), 5);
    CHECK_EQ_INT(positions_serial(&positions, 3), 8);
    CHECK_EQ_INT(positions_serial(&positions, 4), 100);
    CHECK_EQ_INT(positions_serial(&positions, 6), 102);
    positions_free(&positions);
}

/* What was written is read; no truncated or altered payload is read beyond its end. */
static void payloads(void) {
    struct positions positions = {0}, back = {0};
    struct delta_buf buf = {0};
    struct delta_err err = {0};
    REQUIRE(positions_begin_run(&positions, 0, 7, NULL) == 0);
    REQUIRE(positions_begin_run(&positions, 2, 70, NULL) == 0);
    REQUIRE(positions_begin_run(&positions, 5, 700, NULL) == 0);
    REQUIRE(positions_note(&positions, A, at(UINT64_MAX, 1), true, NULL) == 0);
    REQUIRE(positions_note(&positions, B, at(0, 2), false, NULL) == 0);
    positions_put(&positions, false, &buf);
    REQUIRE(positions_get(&back, buf.data, buf.length, &err) == 0);
    CHECK(back.runs.count == 3 && back.sources.count == 2);
    CHECK_EQ_INT(positions_serial(&back, 1), 8);
    CHECK_EQ_INT(positions_serial(&back, 3), 71);
    CHECK_EQ_INT(positions_serial(&back, 4), 72);
    CHECK_EQ_INT(positions_serial(&back, 5), 700);
    CHECK(positions_highest(&back, A)->seq == UINT64_MAX);
    CHECK_EQ_INT(positions_judge(&back, B, at(0, 2)), POSITION_KNOWN);
    positions_free(&back);
    for (size_t cut = 0; cut < buf.length; cut++) {
        char *copy = malloc(cut + 1);
        memcpy(copy, buf.data, cut);
        err = (struct delta_err){0};
        check_row("truncated at %zu", cut);
        CHECK(positions_get(&back, copy, cut, &err) < 0 && err.code == DELTA_ERR_DAMAGED);
        positions_free(&back);
        free(copy);
    }
    for (size_t bit = 0; bit < buf.length * 8; bit++) {
        buf.data[bit / 8] ^= (char)(1 << bit % 8);
        (void)positions_get(&back, buf.data, buf.length, &err);
        positions_free(&back);
        buf.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    /* Without runs, those that are there stay. */
    delta_buf_free(&buf);
    positions_put(&positions, true, &buf);
    REQUIRE(positions_begin_run(&back, 0, 9, NULL) == 0);
    REQUIRE(positions_get(&back, buf.data, buf.length, &err) == 0);
    CHECK_EQ_INT(positions_serial(&back, 0), 9);
    positions_free(&back);
    positions_free(&positions);
    delta_buf_free(&buf);
}

/* Runs of a payload: indices and serial numbers that rise, and none past the largest. */
static void runs_at_their_bounds(void) {
    static const uint64_t most = UINT64_MAX - UINT32_MAX;
    static const struct {
        uint64_t count, runs[2][2]; /* index and serial number, each beyond the run before */
        bool good;
    } rows[] = {
        {1, {{UINT32_MAX, 1}}, true},
        {1, {{(uint64_t)UINT32_MAX + 1, 1}}, false},
        {1, {{0, most}}, true},
        {1, {{0, most + 1}}, false},
        {2, {{0, 1}, {1, 2}}, true},
        {2, {{0, 1}, {0, 2}}, false},
        {2, {{1, 1}, {UINT32_MAX - 1, 2}}, true},
        {2, {{1, 1}, {UINT32_MAX, 2}}, false},
        {2, {{0, 5}, {1, most - 5}}, true},
        {2, {{0, 5}, {1, most - 4}}, false},
        {1, {{UINT64_MAX, 1}}, false},
        {1, {{0, UINT64_MAX}}, false},
        {UINT64_MAX, {{0}}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct positions back = {0};
        struct delta_buf buf = {0};
        struct delta_err err = {0};
        check_row("row %zu", i);
        varint_put(&buf, rows[i].count);
        for (uint64_t n = 0; n < rows[i].count && n < 2; n++) {
            varint_put(&buf, rows[i].runs[n][0]);
            varint_put(&buf, rows[i].runs[n][1]);
        }
        varint_put(&buf, 0);
        CHECK_EQ_INT(positions_get(&back, buf.data, buf.length, &err), rows[i].good ? 0 : -1);
        CHECK_EQ_INT(err.code, rows[i].good ? DELTA_OK : DELTA_ERR_DAMAGED);
        positions_free(&back);
        delta_buf_free(&buf);
    }
}

int main(void) {
    RUN(a_state_is_new_known_older_or_a_fork);
    RUN(one_position_twice);
    RUN(serial_numbers_have_runs);
    RUN(payloads);
    RUN(runs_at_their_bounds);
    return check_done();
}
