/* Runs of bytes in JSON text, beside loops over one byte at a time, at every offset within 16.
 * test-scan-portable.c is the same without SSE2. */
#include "tests/unit/check.h"

#include "json/scan.h"

enum { ROOM = 256 };

static void fill(uint64_t *seed, char text[ROOM]) {
    static const char likely[] =
        "aaaaaaaaaaaaaaaaaaaaaaaa     \n\r\t\"\\\x1f\x20\x21\x7f\x80\xc3\xa9\xff";
    uint32_t plain = check_below(seed, 4) ? (uint32_t)sizeof likely : 24;
    for (size_t i = 0; i < ROOM; i++)
        text[i] =
            check_below(seed, 40) ? likely[check_below(seed, plain)] : (char)check_below(seed, 256);
    for (size_t i = ROOM - 2 * SCAN_READABLE; i < ROOM; i++)
        text[i] = '\0';
}

static void ends_of_strings(void) {
    uint64_t seed = check_seed();
    for (int round = 0; round < 20000; round++) {
        char text[ROOM];
        bool high = false, expected_high = false;
        fill(&seed, text);
        const char *start = text + check_below(&seed, 64), *expected = start;
        for (; (unsigned char)*expected >= 0x20 && *expected != '"' && *expected != '\\';
             expected++)
            expected_high |= (unsigned char)*expected >= 0x80;
        CHECK_EQ_INT(scan_string(start, &high) - start, expected - start);
        CHECK_EQ_INT(high, expected_high);
    }
}

static void ends_of_space(void) {
    uint64_t seed = check_seed();
    for (int round = 0; round < 20000; round++) {
        char text[ROOM];
        fill(&seed, text);
        char *start = text + check_below(&seed, 64);
        memset(start, "  \n\t\r"[check_below(&seed, 5)], check_below(&seed, 50));
        const char *expected = start;
        while (*expected == ' ' || *expected == '\n' || *expected == '\r' || *expected == '\t')
            expected++;
        CHECK_EQ_INT(scan_space(start) - start, expected - start);
    }
}

static void equal_bytes(void) {
    uint64_t seed = check_seed();
    for (int round = 0; round < 20000; round++) {
        char a[ROOM], b[ROOM];
        fill(&seed, a);
        memcpy(b, a, ROOM);
        uint32_t length = check_below(&seed, 40);
        b[check_below(&seed, 60)] ^= (char)check_below(&seed, 3);
        CHECK_EQ_INT(scan_same(a, b, length), memcmp(a, b, length) == 0);
    }
}

int main(void) {
    RUN(ends_of_strings);
    RUN(ends_of_space);
    RUN(equal_bytes);
    return check_done();
}
