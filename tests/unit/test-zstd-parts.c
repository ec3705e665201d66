/* Compressed bytes whose parts have codes of their own: where a part ends, and what comes out. */
#include "codec/zstd_parts.h"
#include "tests/unit/check.h"

#include <zstd.h>

static void parts_have_a_least_size(void) {
    struct zstd_parts parts = {0};
    struct delta_err err = {0};
    static const struct {
        size_t end, count;
    } rows[] = {
        {0, 0},
        {ZSTD_PARTS_LEAST - 1, 0},
        {ZSTD_PARTS_LEAST, 1},
        {2 * ZSTD_PARTS_LEAST - 1, 1},
        {2 * ZSTD_PARTS_LEAST, 2},
        {2 * ZSTD_PARTS_LEAST, 2},
        {5 * ZSTD_PARTS_LEAST, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row("%zu", rows[i].end);
        CHECK_EQ_INT(zstd_parts_end(&parts, rows[i].end, &err), 0);
        CHECK_EQ_INT(parts.count, rows[i].count);
        if (i && rows[i].count > rows[i - 1].count)
            CHECK_EQ_INT(parts.items[parts.count - 1], rows[i].end);
    }
    free(parts.items);
}

/* One frame, with a block for each part: digits and letters in turn, which cost less so. */
static void each_part_has_its_codes(void) {
    uint64_t seed = 1;
    struct delta_buf plain = {0}, one = {0}, several = {0};
    struct zstd_parts none = {0}, parts = {0};
    struct delta_err err = {0};
    for (int part = 0; part < 8; part++) {
        for (int i = 0; i < 4000; i++)
            buf_put_char(&plain, (char)((part % 2 ? 'a' : '0') + (char)check_below(&seed, 10)));
        CHECK_EQ_INT(zstd_parts_end(&parts, plain.length, &err), 0);
    }
    CHECK_EQ_INT(zstd_parts_compress(&plain, &none, 9, &one, &err), 0);
    buf_put_text(&several, "before");
    CHECK_EQ_INT(zstd_parts_compress(&plain, &parts, 9, &several, &err), 0);
    CHECK(several.length < one.length - one.length / 20);
    for (int i = 0; i < 2; i++) {
        const char *frame = i ? several.data + 6 : one.data;
        size_t length = i ? several.length - 6 : one.length;
        char *back = malloc(plain.length + 1);
        CHECK_EQ_INT(ZSTD_findFrameCompressedSize(frame, length), length);
        CHECK_EQ_INT(ZSTD_getFrameContentSize(frame, length), plain.length);
        size_t got = ZSTD_decompress(back, plain.length + 1, frame, length);
        REQUIRE(!ZSTD_isError(got));
        CHECK_EQ_MEM(back, got, plain.data, plain.length);
        free(back);
    }
    free(parts.items);
    delta_buf_free(&plain);
    delta_buf_free(&one);
    delta_buf_free(&several);
}

int main(void) {
    RUN(parts_have_a_least_size);
    RUN(each_part_has_its_codes);
    return check_done();
}
