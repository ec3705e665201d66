/* BSDIFF40: patches that work, and patches made to hurt. */
#include "tests/unit/check.h"

#include "codec/bsdiff.h"

#include <bzlib.h>

static void round_trip(const void *old_bytes, size_t old_length, const void *new_bytes,
                       size_t new_length) {
    struct delta_buf patch = {0};
    struct delta_buf made = {0};
    struct delta_err err = {0};
    buf_put_text(&patch, "head");
    buf_put_text(&made, "head");
    CHECK_EQ_INT(bsdiff_diff(old_bytes, old_length, new_bytes, new_length, &patch, &err), 0);
    CHECK(bsdiff_is_patch(patch.data + 4, patch.length - 4));
    CHECK_EQ_INT(bsdiff_apply(old_bytes, old_length, patch.data + 4, patch.length - 4, new_length,
                              &made, &err),
                 0);
    CHECK_EQ_STR(err.text, "");
    CHECK(made.length == new_length + 4 && memcmp(made.data, "head", 4) == 0 &&
          (!new_length || memcmp(made.data + 4, new_bytes, new_length) == 0));
    delta_buf_free(&patch);
    delta_buf_free(&made);
}

static void small_cases(void) {
    static const char *const rows[] = {
        "",
        "a",
        "b",
        "ab",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "{\"a\":1,\"b\":[1,2,3]}",
        "{\"b\":[1,2,3],\"a\":1}",
        "{\"b\":[1,2,4],\"a\":[1,2,3]}",
    };
    enum { COUNT = sizeof rows / sizeof *rows };
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < COUNT; j++) {
            check_row("'%s' to '%s'", rows[i], rows[j]);
            round_trip(rows[i], strlen(rows[i]), rows[j], strlen(rows[j]));
        }
    }
    round_trip(NULL, 0, "x", 1);
    round_trip("x", 1, NULL, 0);
    round_trip(NULL, 0, NULL, 0);
}

/* Bytes of few kinds, so that much of them is found again. */
static void fill(uint64_t *random, char *bytes, size_t length) {
    uint32_t kinds = 1 + check_below(random, 6);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)('a' + check_below(random, kinds));
}

/* New bytes out of runs of the old ones, some of them altered, and some of its own. */
static size_t derive(uint64_t *random, const char *old_bytes, size_t old_length, char *new_bytes,
                     size_t most) {
    size_t used = 0;
    while (used < most && check_below(random, 20)) {
        size_t length = check_below(random, 300);
        if (length > most - used)
            length = most - used;
        if (old_length && check_below(random, 4)) {
            size_t from = check_below(random, (uint32_t)old_length);
            if (length > old_length - from)
                length = old_length - from;
            memcpy(new_bytes + used, old_bytes + from, length);
            for (uint32_t i = check_below(random, 5); length && i > 0; i--)
                new_bytes[used + check_below(random, (uint32_t)length)]++;
        } else {
            fill(random, new_bytes + used, length);
        }
        used += length;
    }
    return used;
}

static void random_cases(void) {
    uint64_t random = check_seed();
    static char old_bytes[4000];
    static char new_bytes[6000];
    for (int round = 0; round < 300; round++) {
        size_t old_length = check_below(&random, sizeof old_bytes);
        fill(&random, old_bytes, old_length);
        size_t new_length = derive(&random, old_bytes, old_length, new_bytes, sizeof new_bytes);
        check_row("round %d: %zu to %zu bytes", round, old_length, new_length);
        round_trip(old_bytes, old_length, new_bytes, new_length);
    }
}

/* What repeats itself is where a plain search takes hours; and each pair has a small patch. */
static void repetitive_texts(void) {
    enum { LENGTH = 1000000 };
    char *zeros = calloc(1, LENGTH);
    char *dots = calloc(1, LENGTH);
    char *period = malloc(LENGTH);
    REQUIRE(zeros && dots && period);
    for (size_t i = 0; i < LENGTH; i += 10007)
        dots[i] = 1;
    for (size_t i = 0; i < LENGTH; i++)
        period[i] = (char)('a' + i % 5);
    const char *const texts[] = {zeros, dots, period};
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            struct delta_buf patch = {0};
            check_row("text %d to %d", i, j);
            CHECK_EQ_INT(bsdiff_diff(texts[i], LENGTH, texts[j], LENGTH - 3, &patch, NULL), 0);
            CHECK(patch.length < 2000);
            delta_buf_free(&patch);
            round_trip(texts[i], LENGTH, texts[j], LENGTH - 3);
        }
    }
    free(zeros);
    free(dots);
    free(period);
}

/* After the last step nothing moves: a number that no reader needs would cost bytes. */
static void nothing_follows_the_end(void) {
    struct delta_buf old_text = {0}, new_text = {0}, patch = {0};
    for (int i = 0; i < 2000; i++)
        buf_printf(&old_text, "%d,", i * i);
    buf_put(&new_text, old_text.data + 3000, 3000);
    buf_put_text(&new_text, "something else");
    buf_put(&new_text, old_text.data, 3000);
    CHECK_EQ_INT(
        bsdiff_diff(old_text.data, old_text.length, new_text.data, new_text.length, &patch, NULL),
        0);
    char control[1024] = {0};
    unsigned length = sizeof control;
    REQUIRE(BZ2_bzBuffToBuffDecompress(control, &length, patch.data + 32,
                                       (unsigned)(unsigned char)patch.data[8], 0, 0) == BZ_OK);
    static const char zero[8];
    REQUIRE(length >= 48);
    CHECK(memcmp(control + length - 8, zero, 8) == 0);
    CHECK(memcmp(control + 16, zero, 8) != 0);
    delta_buf_free(&old_text);
    delta_buf_free(&new_text);
    delta_buf_free(&patch);
}

/* Of the bytes that two alignments reach the first half goes to the one that predicts all of it; of
 * the second half the other one predicts all but two bytes, which come too often for it to begin
 * there. */
static void an_overlap_is_split(void) {
    enum { HALF = 20, LENGTH = 200 };
    uint64_t seed = 1;
    char noise[LENGTH + 2 * HALF + LENGTH] = {0}, old_text[2 * (LENGTH + 2 * HALF) + 100],
                                   differences[600];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)('a' + check_below(&seed, 26));
    for (size_t i = 0; i < sizeof old_text; i++)
        old_text[i] = (char)('0' + check_below(&seed, 10));
    char *first = old_text, *second = old_text + LENGTH + 2 * HALF + 100;
    memcpy(first, noise, LENGTH + 2 * HALF);
    memcpy(second, noise + LENGTH, 2 * HALF + LENGTH);
    for (size_t i = 0; i < HALF; i++) {
        if (i % 3 == 0)
            first[LENGTH + HALF + i] = second[i] = '?';
        if (i % 8 == 7)
            second[HALF + i] = '?';
    }
    struct delta_buf patch = {0};
    CHECK_EQ_INT(bsdiff_diff(old_text, sizeof old_text, noise, sizeof noise, &patch, NULL), 0);
    unsigned length = sizeof differences, control = (unsigned char)patch.data[8],
             packed = (unsigned char)patch.data[16];
    REQUIRE(BZ2_bzBuffToBuffDecompress(differences, &length, patch.data + 32 + control, packed, 0,
                                       0) == BZ_OK);
    CHECK_EQ_INT(length, sizeof noise);
    unsigned different = 0;
    for (unsigned i = 0; i < length; i++)
        different += differences[i] != 0;
    CHECK_EQ_INT(different, 2);
    delta_buf_free(&patch);
    round_trip(old_text, sizeof old_text, noise, sizeof noise);
}

/* ---- Patches written by hand ----------------------------------------------------------------- */

static void put_number(struct delta_buf *buf, int64_t number) {
    uint64_t bits = number < 0 ? UINT64_C(1) << 63 | (0 - (uint64_t)number) : (uint64_t)number;
    for (int i = 0; i < 8; i++)
        buf_put_char(buf, (char)(bits >> 8 * i));
}

static size_t put_block(struct delta_buf *buf, const void *bytes, size_t length) {
    char packed[4096];
    unsigned size = sizeof packed;
    char copy[2048];
    if (length)
        memcpy(copy, bytes, length);
    CHECK_EQ_INT(BZ2_bzBuffToBuffCompress(packed, &size, copy, (unsigned)length, 9, 0, 0), BZ_OK);
    buf_put(buf, packed, size);
    return size;
}

struct forged {
    const char *what;
    int64_t made;        /* length of the result, as stated */
    int64_t steps[4][3]; /* add, insert, seek */
    size_t count;        /* of steps */
    const char *add;     /* difference block */
    const char *insert;  /* extra block */
    const char *result;  /* or NULL when it is to be refused */
    enum delta_code code;
};

static const char OLD[] = "0123456789";

static const struct forged FORGED[] = {
    {"good: one step", 4, {{2, 2, 0}}, 1, "\1\1", "xy", "12xy", DELTA_OK},
    {"good: step back and forth",
     4,
     {{0, 0, 9}, {1, 0, -10}, {1, 0, 0}, {1, 1, 0}},
     4,
     "\0\0\0",
     "z",
     "901z",
     DELTA_OK},
    {"good: cursor at the very end", 1, {{0, 0, 10}, {0, 1, -10}}, 2, "", "z", "z", DELTA_OK},
    {"add is negative", 4, {{-1, 5, 0}}, 1, "", "abcde", NULL, DELTA_ERR_DAMAGED},
    {"insert is negative (CVE-2014-9862)",
     4,
     {{8, -4, 0}},
     1,
     "\0\0\0\0\0\0\0",
     "",
     NULL,
     DELTA_ERR_DAMAGED},
    {"add past the result", 4, {{5, 0, 0}}, 1, "\0\0\0\0", "", NULL, DELTA_ERR_DAMAGED},
    {"insert past the result", 4, {{0, 5, 0}}, 1, "", "abcde", NULL, DELTA_ERR_DAMAGED},
    {"sum past the result", 4, {{3, 3, 0}}, 1, "\0\0", "abc", NULL, DELTA_ERR_DAMAGED},
    {"sum that wraps", 4, {{INT64_MAX, INT64_MAX, 0}}, 1, "", "", NULL, DELTA_ERR_DAMAGED},
    {"add past the old bytes",
     11,
     {{11, 0, 0}},
     1,
     "\1\1\1\1\1\1\1\1\1\1\1",
     "",
     NULL,
     DELTA_ERR_DAMAGED},
    {"add past the old bytes after a seek",
     4,
     {{0, 1, 8}, {3, 0, 0}},
     2,
     "\1\1\1",
     "x",
     NULL,
     DELTA_ERR_DAMAGED},
    {"seek before the old bytes (CVE-2020-14315)",
     4,
     {{1, 1, -2}, {2, 0, 0}},
     2,
     "\1\1\1",
     "x",
     NULL,
     DELTA_ERR_DAMAGED},
    {"seek past the old bytes", 4, {{0, 2, 11}, {0, 2, 0}}, 2, "", "abcd", NULL, DELTA_ERR_DAMAGED},
    {"seek by the smallest number",
     4,
     {{0, 2, -INT64_MAX}, {0, 2, 0}},
     2,
     "",
     "abcd",
     NULL,
     DELTA_ERR_DAMAGED},
    {"steps too few", 4, {{1, 1, 0}}, 1, "\1", "x", NULL, DELTA_ERR_DAMAGED},
    {"a step too many", 2, {{1, 1, 0}, {0, 0, 0}}, 2, "\1", "x", NULL, DELTA_ERR_DAMAGED},
    {"steps that make nothing",
     1,
     {{0, 0, 1}, {0, 0, -1}, {0, 0, 1}, {0, 1, 0}},
     4,
     "",
     "x",
     NULL,
     DELTA_ERR_DAMAGED},
    {"differences too few", 4, {{3, 1, 0}}, 1, "\1\1", "x", NULL, DELTA_ERR_DAMAGED},
    {"differences left over", 3, {{2, 1, 0}}, 1, "\1\1\1", "x", NULL, DELTA_ERR_DAMAGED},
    {"extra bytes too few", 4, {{2, 2, 0}}, 1, "\1\1", "x", NULL, DELTA_ERR_DAMAGED},
    {"extra bytes left over", 3, {{2, 1, 0}}, 1, "\1\1", "xy", NULL, DELTA_ERR_DAMAGED},
    {"result is negative", -4, {{2, 2, 0}}, 1, "\1\1", "xy", NULL, DELTA_ERR_DAMAGED},
    {"result larger than allowed", 101, {{2, 99, 0}}, 1, "\1\1", "xy", NULL, DELTA_ERR_LIMIT},
};

static void forge(const struct forged *row, struct delta_buf *patch) {
    struct delta_buf steps = {0};
    struct delta_buf blocks = {0};
    /* Differences may be 0 and so are as many as the steps say, where they say something sane. */
    size_t adds = strlen(row->add);
    if (row->code == DELTA_OK)
        for (size_t i = adds = 0; i < row->count; i++)
            adds += (size_t)row->steps[i][0];
    for (size_t i = 0; i < row->count; i++)
        for (int j = 0; j < 3; j++)
            put_number(&steps, row->steps[i][j]);
    size_t control = put_block(&blocks, steps.data, steps.length);
    size_t difference = put_block(&blocks, row->add, adds);
    put_block(&blocks, row->insert, strlen(row->insert));
    patch->length = 0;
    buf_put_text(patch, "BSDIFF40");
    put_number(patch, (int64_t)control);
    put_number(patch, (int64_t)difference);
    put_number(patch, row->made);
    buf_put(patch, blocks.data, blocks.length);
    delta_buf_free(&steps);
    delta_buf_free(&blocks);
}

static void forged_patches(void) {
    struct delta_buf patch = {0};
    for (size_t i = 0; i < sizeof FORGED / sizeof *FORGED; i++) {
        struct delta_buf made = {0};
        struct delta_err err = {0};
        check_row("%s", FORGED[i].what);
        forge(&FORGED[i], &patch);
        int result = bsdiff_apply(OLD, sizeof OLD - 1, patch.data, patch.length, 100, &made, &err);
        CHECK_EQ_INT(err.code, FORGED[i].code);
        CHECK_EQ_INT(result, FORGED[i].result ? 0 : -1);
        const char *want = FORGED[i].result ? FORGED[i].result : "";
        CHECK_EQ_MEM(made.data, made.length, want, strlen(want));
        delta_buf_free(&made);
    }
    delta_buf_free(&patch);
}

/* Lengths in the header, each set to what it must not be. */
static void forged_headers(void) {
    static const int64_t lengths[] = {-1, 0, 1, 1000, INT64_MAX, -INT64_MAX};
    struct delta_buf patch = {0};
    for (size_t field = 8; field < 24; field += 8) {
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            struct delta_buf made = {0};
            struct delta_buf number = {0};
            struct delta_err err = {0};
            check_row("%" PRId64 " at %zu", lengths[i], field);
            forge(&FORGED[0], &patch);
            put_number(&number, lengths[i]);
            memcpy(patch.data + field, number.data, 8);
            CHECK_EQ_INT(
                bsdiff_apply(OLD, sizeof OLD - 1, patch.data, patch.length, 100, &made, &err), -1);
            CHECK_EQ_INT(err.code, DELTA_ERR_DAMAGED);
            CHECK_EQ_INT(made.length, 0);
            delta_buf_free(&number);
            delta_buf_free(&made);
        }
    }
    delta_buf_free(&patch);
}

/* Cut anywhere, followed by anything: refused. */
static void all_is_consumed(void) {
    struct delta_buf patch = {0};
    forge(&FORGED[0], &patch);
    buf_put_char(&patch, 'x');
    for (size_t length = 0; length <= patch.length; length++) {
        struct delta_buf made = {0};
        check_row("%zu of %zu bytes", length, patch.length - 1);
        int result = bsdiff_apply(OLD, sizeof OLD - 1, patch.data, length, 100, &made, NULL);
        CHECK_EQ_INT(result, length == patch.length - 1 ? 0 : -1);
        delta_buf_free(&made);
    }
    delta_buf_free(&patch);
}

int main(void) {
    RUN(small_cases);
    RUN(random_cases);
    RUN(repetitive_texts);
    RUN(nothing_follows_the_end);
    RUN(an_overlap_is_split);
    RUN(forged_patches);
    RUN(forged_headers);
    RUN(all_is_consumed);
    return check_done();
}
