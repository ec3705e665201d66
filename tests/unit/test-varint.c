/* LEB128: one spelling a number, and a cursor that cannot leave its bytes. */
#include "tests/unit/check.h"

#include "base/varint.h"

static void numbers_round_trip(void) {
    uint64_t random = check_seed();
    struct delta_buf buf = {0};
    for (unsigned i = 0; i < 5000; i++) {
        uint64_t number = i < 300 ? i : check_random(&random) >> check_below(&random, 64);
        if (i == 300)
            number = UINT64_MAX;
        uint64_t read = ~number;
        buf.length = 0;
        varint_put(&buf, number);
        CHECK_EQ_INT(buf.length, varint_size(number));
        struct varint_cursor cursor = varint_cursor(buf.data, buf.length);
        CHECK(varint_get(&cursor, &read));
        CHECK(read == number);
        CHECK_EQ_INT(varint_left(&cursor), 0);
        for (size_t cut = 0; cut < buf.length; cut++) {
            cursor = varint_cursor(buf.data, cut);
            CHECK(!varint_get(&cursor, &read));
            CHECK_EQ_INT(varint_left(&cursor), cut);
        }
        CHECK(varint_zigzag(varint_unzigzag(number)) == number);
    }
    delta_buf_free(&buf);
}

static void refuses_other_encodings(void) {
    static const struct {
        const char *what;
        const char *bytes;
        size_t length;
    } rows[] = {
        {"nothing", "", 0},
        {"0 in two bytes", "\x80\x00", 2},
        {"127 in three bytes", "\xff\x80\x00", 3},
        {"2^64", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", 10},
        {"all ones in ten bytes", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10},
        {"eleven bytes", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", 11},
        {"no end", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row("%s", rows[i].what);
        struct varint_cursor cursor = varint_cursor(rows[i].bytes, rows[i].length);
        uint64_t number = 7;
        CHECK(!varint_get(&cursor, &number));
        CHECK_EQ_INT(varint_left(&cursor), rows[i].length);
        CHECK_EQ_INT(number, 7);
    }
}

static void signed_numbers_are_small(void) {
    static const int64_t rows[][2] = {{0, 0}, {-1, 1}, {1, 2}, {-2, 3}, {63, 126}, {-64, 127}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_EQ_INT(varint_zigzag(rows[i][0]), rows[i][1]);
        CHECK_EQ_INT(varint_unzigzag((uint64_t)rows[i][1]), rows[i][0]);
    }
    CHECK(varint_zigzag(INT64_MIN) == UINT64_MAX);
    CHECK(varint_unzigzag(UINT64_MAX) == INT64_MIN);
}

static void runs_stay_within_bounds(void) {
    struct delta_buf buf = {0};
    varint_put_run(&buf, "hello", 5);
    varint_put_run(&buf, NULL, 0);
    buf_put_char(&buf, 'x');
    struct varint_cursor cursor = varint_cursor(buf.data, buf.length);
    const void *bytes = NULL;
    size_t length = 9;
    unsigned char byte = 0;
    CHECK(varint_get_run(&cursor, &bytes, &length));
    CHECK_EQ_MEM(bytes, length, "hello", 5);
    CHECK(varint_get_run(&cursor, &bytes, &length));
    CHECK_EQ_INT(length, 0);
    CHECK(varint_get_byte(&cursor, &byte));
    CHECK_EQ_INT(byte, 'x');
    CHECK(!varint_get_byte(&cursor, &byte));

    cursor = varint_cursor(buf.data, 4);
    CHECK(!varint_get_run(&cursor, &bytes, &length));
    CHECK_EQ_INT(varint_left(&cursor), 4);
    CHECK(!varint_get_bytes(&cursor, UINT64_MAX, &bytes));
    CHECK(!varint_get_bytes(&cursor, 5, &bytes));
    CHECK(varint_get_bytes(&cursor, 4, &bytes));
    delta_buf_free(&buf);
}

int main(void) {
    RUN(numbers_round_trip);
    RUN(refuses_other_encodings);
    RUN(signed_numbers_are_small);
    RUN(runs_stay_within_bounds);
    return check_done();
}
