/* What stands in arguments: times, sizes, pairs, pointers. */
#include "cli/argument.h"
#include "tests/unit/check.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void times_are_read(void) {
    static const struct {
        const char *text;
        bool good;
        int64_t nanoseconds;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"1795341600", true, 1795341600000000000},
        {"1795341600.000000001", true, 1795341600000000001},
        {"1.5", true, 1500000000},
        {"-1.5", true, -1500000000},
        {"-0.000000001", true, -1},
        {"9223372036.854775807", true, INT64_MAX},
        {"-9223372036.854775808", true, INT64_MIN},
        {"-9223372036.854775809", false, 0},
        {"9223372036.854775808", false, 0},
        {"9223372037", false, 0},
        {"99999999999999999999", false, 0},
        {"1.0000000000", false, 0}, /* ten decimals */
        {"1.", false, 0},
        {".5", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1e3", false, 0},
        {"1970-01-01T00:00:00Z", true, 0},
        {"2026-11-22T10:00:00Z", true, 1795341600000000000},
        {"2026-11-22T12:00:00+02:00", true, 1795341600000000000},
        {"2026-11-22T12:00:00+0200", true, 1795341600000000000},
        {"2026-11-22T12:00+02", true, 1795341600000000000},
        {"2026-11-22 04:30:00-05:30", true, 1795341600000000000},
        {"2026-11-22t10:00:00.25z", true, 1795341600250000000},
        {"1969-12-31T23:59:59.5Z", true, -500000000},
        {"2000-02-29T00:00:00Z", true, 951782400000000000},
        {"2024-02-29T00:00:00Z", true, 1709164800000000000},
        {"1900-02-29T00:00:00Z", false, 0},
        {"2023-02-29T00:00:00Z", false, 0},
        {"2026-04-31T00:00:00Z", false, 0},
        {"2026-13-01T00:00:00Z", false, 0},
        {"2026-00-01T00:00:00Z", false, 0},
        {"2026-11-22T24:00:00Z", false, 0},
        {"2026-11-22T10:60:00Z", false, 0},
        {"2026-11-22T10:00:60Z", false, 0},
        {"2026-11-22T10:00:00", false, 0}, /* no zone: which one is meant? */
        {"2026-11-22", false, 0},
        {"2026-11-22T10:00:00Zx", false, 0},
        {"2026-11-22T10:00:00+2", false, 0},
        {"2026-11-22T10:00:00+02:", false, 0},
        {"2026-11-22T10:00:00+24:00", false, 0},
        {"2026-11-22T10:59:00+00:59", true, 1795341600000000000},
        {"2026-11-22T10:59:00+00:60", false, 0},
        {"2026-11-22T10:59:00+00:99", false, 0},
        {"2262-04-11T23:47:16Z", true, 9223372036000000000},
        {"2262-04-11T23:47:17Z", false, 0},
        {"0001-01-01T00:00:00Z", false, 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t nanoseconds = 0;
        check_row("%s", rows[i].text);
        CHECK_EQ_INT(argument_time(rows[i].text, &nanoseconds), rows[i].good);
        if (rows[i].good)
            CHECK_EQ_INT(nanoseconds, rows[i].nanoseconds);
    }
}

static void sizes_are_read(void) {
    static const struct {
        const char *text;
        bool good;
        uint64_t bytes;
    } rows[] = {
        {"0", true, 0},
        {"17", true, 17},
        {"1K", true, 1024},
        {"1k", true, 1024},
        {"2KiB", true, 2048},
        {"2kb", true, 2048},
        {"3M", true, 3 << 20},
        {"4G", true, UINT64_C(4) << 30},
        {"1T", true, UINT64_C(1) << 40},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"16777216T", false, 0},
        {"", false, 0},
        {"K", false, 0},
        {"1X", false, 0},
        {"1KK", false, 0},
        {"1KiBs", false, 0},
        {"1B", false, 0},
        {"-1", false, 0},
        {"1.5K", false, 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t bytes = 0;
        check_row("%s", rows[i].text);
        CHECK_EQ_INT(argument_bytes(rows[i].text, &bytes), rows[i].good);
        if (rows[i].good)
            CHECK(bytes == rows[i].bytes);
    }
}

static void pairs_are_split(void) {
    struct cli_pair pair;

    REQUIRE(argument_pair("a=b=c", false, &pair));
    CHECK_EQ_MEM(pair.left, pair.left_length, "a", 1);
    CHECK_EQ_STR(pair.right, "b=c");
    REQUIRE(argument_pair("/a\\=b/[m=v]=id=x", true, &pair));
    CHECK_EQ_MEM(pair.left, pair.left_length, "/a\\=b/[m=v]", 11);
    CHECK_EQ_STR(pair.right, "id=x");
    REQUIRE(argument_pair("=id", true, &pair)); /* the root */
    CHECK_EQ_INT(pair.left_length, 0);
    CHECK(argument_pair("a=", false, &pair));
    CHECK(!argument_pair("=b", false, &pair));
    CHECK(!argument_pair("ab", false, &pair));
    CHECK(!argument_pair("", true, &pair));
}

/* The last day of each month, and the one after it, in four years: of 28 and of 29 days. */
static void months_have_their_days(void) {
    static const int years[] = {1999, 2000, 2024, 2100};
    for (size_t i = 0; i < COUNT(years); i++)
        for (int month = 1; month <= 12; month++)
            for (int day = 28; day <= 32; day++) {
                char text[32];
                int64_t nanoseconds;
                struct tm tm = {.tm_year = years[i] - 1900, .tm_mon = month - 1, .tm_mday = day};
                time_t seconds = timegm(&tm);
                bool good = tm.tm_mon == month - 1;
                (void)snprintf(text, sizeof text, "%04d-%02d-%02dT00:00:00Z", years[i], month, day);
                check_row("%s", text);
                CHECK_EQ_INT(argument_time(text, &nanoseconds), good);
                if (good)
                    CHECK_EQ_INT(nanoseconds, (int64_t)seconds * 1000000000);
            }
}

int main(void) {
    RUN(times_are_read);
    RUN(sizes_are_read);
    RUN(pairs_are_split);
    RUN(months_have_their_days);
    return check_done();
}
