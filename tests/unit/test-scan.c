/* Runs of bytes in JSON text, beside loops over one byte at a time, at every offset within 16.
 * test-scan-portable.c is the same without SSE2. */
#include "tests/unit/check.h"

#include "json/key_tags.h"
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
        high = false;
        CHECK_EQ_INT(scan_long_string(start, &high) - start, expected - start);
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

static void braces(void) {
    uint64_t seed = check_seed();
    for (int round = 0; round < 20000; round++) {
        char text[ROOM];
        fill(&seed, text);
        size_t start = check_below(&seed, 64), end = start + check_below(&seed, 120);
        for (uint32_t i = 0; i < check_below(&seed, 4); i++)
            text[check_below(&seed, ROOM)] = "{}"[check_below(&seed, 2)];
        size_t within = start, brace = start;
        while (within < start + SCAN_WITHIN && text[within] != '}')
            within++;
        if (within < start + SCAN_WITHIN)
            within++;
        while (brace < end && text[brace] != '{' && text[brace] != '}')
            brace++;
        CHECK_EQ_INT(scan_within(text + start, '}'), within - start);
        const char *found = scan_brace(text + start, text + end);
        CHECK(brace < end ? found == text + brace : found == NULL);
    }
}

static void equal_blocks(void) {
    uint64_t seed = check_seed();
    for (int round = 0; round < 20000; round++) {
        char a[ROOM], b[ROOM];
        fill(&seed, a);
        memcpy(b, a, ROOM);
        size_t length = 16 + check_below(&seed, 80);
        b[check_below(&seed, 120)] ^= (char)check_below(&seed, 3);
        CHECK_EQ_INT(scan_same_block(a, b, length), memcmp(a, b, length) == 0);
    }
}

static void tags(void) {
    uint64_t seed = check_seed();
    for (int round = 0; round < 20000; round++) {
        static const uint16_t likely[] = {0, 1, 0x7fff, 0x8000, 0xffff, 0x0100};
        uint16_t group[KEY_TAGS];
        unsigned tag = likely[1 + check_below(&seed, 5)], expected = 0, expected_unused = 0, same;
        for (unsigned i = 0; i < KEY_TAGS; i++) {
            group[i] = likely[check_below(&seed, 6)];
            expected |= (unsigned)(group[i] == tag) << i;
            expected_unused |= (unsigned)(group[i] == 0) << i;
        }
        CHECK_EQ_INT(key_tags_find(group, tag, &same), expected_unused);
        CHECK_EQ_INT(same, expected);
    }
}

int main(void) {
    RUN(ends_of_strings);
    RUN(ends_of_space);
    RUN(equal_bytes);
    RUN(braces);
    RUN(equal_blocks);
    RUN(tags);
    return check_done();
}
