/* UTF-8 and WTF-8: what is valid, where it stops being so, and counting. */
#include "tests/unit/check.h"

#include "base/utf8.h"

#define BYTES(text) (text), sizeof(text) - 1

static const struct {
    const char *what;
    const char *text;
    size_t length;
    size_t bad; /* what utf8_check finds */
} SEQUENCES[] = {
    {"nothing", BYTES(""), 0},
    {"ASCII with NUL", BYTES("a\0b"), 3},
    {"two, three and four bytes", BYTES("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 9},
    {"lowest of each length", BYTES("\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80"), 9},
    {"highest of each length", BYTES("\x7f\xdf\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf"), 10},
    {"beside the surrogates", BYTES("\xed\x9f\xbf\xee\x80\x80"), 6},
    {"lone continuation", BYTES("ab\x80"), 2},
    {"overlong slash, two bytes", BYTES("\xc0\xaf"), 0},
    {"overlong 7f, two bytes", BYTES("\xc1\xbf"), 0},
    {"overlong 7ff, three bytes", BYTES("a\xe0\x9f\xbf"), 1},
    {"overlong ffff, four bytes", BYTES("a\xf0\x8f\xbf\xbf"), 1},
    {"past U+10FFFF", BYTES("\xf4\x90\x80\x80"), 0},
    {"f5", BYTES("\xf5\x80\x80\x80"), 0},
    {"ff", BYTES("\xff"), 0},
    {"cut after one of two", BYTES("x\xc3"), 1},
    {"cut after two of three", BYTES("x\xe2\x82"), 1},
    {"cut after three of four", BYTES("x\xf0\x9f\x98"), 1},
    {"third byte wrong", BYTES("\xe2\x82x"), 0},
    {"fourth byte wrong", BYTES("\xf0\x9f\x98x"), 0},
    {"high surrogate", BYTES("a\xed\xa0\x80z"), 1},
    {"low surrogate", BYTES("a\xed\xbf\xbfz"), 1},
    {"low then high", BYTES("\xed\xb0\x80\xed\xa0\x80"), 0},
    {"a pair written as two", BYTES("\xed\xa0\xbd\xed\xb8\x80"), 0},
    {"high, letter, low", BYTES("\xed\xa0\x80x\xed\xb0\x80"), 0},
};

static void finds_first_bad_byte(void) {
    for (size_t i = 0; i < sizeof SEQUENCES / sizeof *SEQUENCES; i++) {
        check_row("%s", SEQUENCES[i].what);
        CHECK_EQ_INT(utf8_check(SEQUENCES[i].text, SEQUENCES[i].length), SEQUENCES[i].bad);
    }
}

/* The same sequences at each place of a long ASCII text, where whole words are passed over. */
static void finds_it_anywhere(void) {
    char text[80];
    for (size_t i = 0; i < sizeof SEQUENCES / sizeof *SEQUENCES; i++) {
        for (size_t place = 0; place < 40; place++) {
            check_row("%s at %zu", SEQUENCES[i].what, place);
            memset(text, 'x', sizeof text);
            memcpy(text + place, SEQUENCES[i].text, SEQUENCES[i].length);
            bool cut = SEQUENCES[i].bad < SEQUENCES[i].length;
            size_t end = cut ? place + SEQUENCES[i].length : sizeof text;
            CHECK_EQ_INT(utf8_check(text, end), cut ? place + SEQUENCES[i].bad : end);
        }
    }
}

static void codes_round_trip(void) {
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        char bytes[UTF8_LONGEST];
        uint32_t read;
        size_t width = utf8_encode(code, bytes);
        if (utf8_decode(bytes, &read) != width || read != code ||
            (utf8_check(bytes, width) == width) == (code >= 0xd800 && code < 0xe000) ||
            utf8_has_surrogate(bytes, width) != (code >= 0xd800 && code < 0xe000))
            check_fail(__FILE__, __LINE__, "U+%04X does not come back", code);
    }
    CHECK_EQ_INT(utf8_pair(0xd83d, 0xde00), 0x1f600);
    CHECK_EQ_INT(utf8_pair(0xdbff, 0xdfff), 0x10ffff);
}

static void knows_surrogates_from_neighbours(void) {
    CHECK(!utf8_has_surrogate(BYTES("\xed\x9f\xbf\xed\x80\x80 plain")));
    CHECK(utf8_has_surrogate(BYTES("\xed\x9f\xbf plain \xed\xbf\xbf")));
    CHECK(!utf8_has_surrogate("", 0));
}

static void counts_and_finds_code_points(void) {
    uint64_t random = check_seed();
    for (int round = 0; round < 2000; round++) {
        char text[256];
        size_t starts[64];
        size_t count = check_below(&random, 60);
        size_t length = 0;
        for (size_t i = 0; i < count; i++) {
            static const uint32_t bounds[] = {0x80, 0x800, 0x10000, 0x110000};
            starts[i] = length;
            length +=
                utf8_encode(check_below(&random, bounds[check_below(&random, 4)]), text + length);
        }
        CHECK_EQ_INT(utf8_count(text, length), count);
        for (size_t i = 0; i < count; i++)
            CHECK_EQ_INT(utf8_offset(text, length, i), starts[i]);
        CHECK_EQ_INT(utf8_offset(text, length, count), length);
        CHECK_EQ_INT(utf8_offset(text, length, count + 5), length);
    }
}

int main(void) {
    RUN(finds_first_bad_byte);
    RUN(finds_it_anywhere);
    RUN(codes_round_trip);
    RUN(knows_surrogates_from_neighbours);
    RUN(counts_and_finds_code_points);
    return check_done();
}
