/* Numbers: what RFC 8259 section 6 allows, and order by exact value. */
#include "tests/unit/check.h"

#include "json/number.h"

#include <math.h>

static void knows_the_grammar(void) {
    static const char *const good[] = {
        "0",
        "-0",
        "1",
        "10",
        "-17",
        "0.5",
        "-0.0",
        "1.50",
        "1e5",
        "1E5",
        "1e+5",
        "1e-05",
        "0e0",
        "1.0e0",
        "1e400",
        "-1.25E-7",
        "12345678901234567890",
    };
    static const char *const bad[] = {
        "",    "-",  "+1", "01",   "-01", ".5",  "1.",  "1.e5",  "1e", "1e+", "1e-",
        "0x1", "1 ", " 1", "1e5.", "NaN", "1_0", "--1", "1.2.3", "e5", "-.5", "00",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        check_row("%s", good[i]);
        CHECK_EQ_INT(number_scan(good[i], strlen(good[i])), strlen(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        check_row("%s", bad[i]);
        CHECK(!bad[i][0] || number_scan(bad[i], strlen(bad[i])) != strlen(bad[i]));
    }
    CHECK_EQ_INT(number_scan("1.e5", 4), 1);
    CHECK_EQ_INT(number_scan("1e+x", 4), 1);
    CHECK_EQ_INT(number_scan("012", 3), 1);
    CHECK_EQ_INT(number_scan("1.5,", 4), 3);
    CHECK_EQ_INT(number_scan("1.55", 3), 3);
}

#define NINES "999999999999999999"
#define LONG_ZEROS "00000000000000000000000000000000000000000000"

/* Spellings in ascending order; `equal` says that one equals the one before. */
static const struct {
    const char *text;
    bool equal;
    const char *canonical;
} ORDER[] = {
    {"-1e1000000000000000000000000", false, "-1e1000000000000000000000000"},
    {"-1e400", false, "-1e400"},
    {"-100.5", false, "-1005e-1"},
    {"-100", false, "-1e2"},
    {"-1e2", true, "-1e2"},
    {"-1", false, "-1e0"},
    {"-0.5", false, "-5e-1"},
    {"-1e-99999999999999999999", false, "-1e-99999999999999999999"},
    {"-0", false, "0"},
    {"0", true, "0"},
    {"0.000", true, "0"},
    {"0e99999999999999999999999", true, "0"},
    {"-0.0E-7", true, "0"},
    {"1e-1000000000000000000000000", false, "1e-1000000000000000000000000"},
    {"10e-1000000000000000000000001", true, "1e-1000000000000000000000000"},
    {"1e-1000000000000000000", false, "1e-1000000000000000000"},
    {"0.1e-" NINES, true, "1e-1000000000000000000"},
    {"1e-" NINES, false, "1e-" NINES},
    {"10e-1000000000000000000", true, "1e-" NINES},
    {"1e-400", false, "1e-400"},
    {"0.05", false, "5e-2"},
    {"5e-2", true, "5e-2"},
    {"0.0500E" LONG_ZEROS, true, "5e-2"},
    {"0.1", false, "1e-1"},
    {"0.10000000000000001", false, "10000000000000001e-17"},
    {"1", false, "1e0"},
    {"1.0", true, "1e0"},
    {"1E+0000000", true, "1e0"},
    {"10e-1", true, "1e0"},
    {"0.00001e5", true, "1e0"},
    {"1.0000000000000000000000001", false, "10000000000000000000000001e-25"},
    {"9.99", false, "999e-2"},
    {"10", false, "1e1"},
    {"10.01", false, "1001e-2"},
    {"10.1", false, "101e-1"},
    {"1e+0000002", false, "1e2"},
    {"101", false, "101e0"},
    {"9007199254740992", false, "9007199254740992e0"},
    {"9007199254740993", false, "9007199254740993e0"},
    {"12345678901234567890", false, "1234567890123456789e1"},
    {"1e400", false, "1e400"},
    {"10.00e399", true, "1e400"},
    {"1e401", false, "1e401"},
    {"1e" NINES, false, "1e" NINES},
    {"0.01e1000000000000000001", true, "1e" NINES},
    {"1e1000000000000000000", false, "1e1000000000000000000"},
    {"10e" NINES, true, "1e1000000000000000000"},
    {"1.5e1000000000000000000", false, "15e" NINES},
    {"1e18446744073709551616", false, "1e18446744073709551616"},
    {"1000e18446744073709551613", true, "1e18446744073709551616"},
    {"1.1e18446744073709551616", false, "11e18446744073709551615"},
    {"1e1000000000000000000000000", false, "1e1000000000000000000000000"},
    {"10e999999999999999999999999", true, "1e1000000000000000000000000"},
};

/* Where each spelling stands: its rank, by the row it equals. */
static void orders_by_exact_value(void) {
    enum { COUNT = sizeof ORDER / sizeof *ORDER };
    size_t ranks[COUNT] = {0};
    for (size_t i = 1; i < COUNT; i++)
        ranks[i] = ranks[i - 1] + !ORDER[i].equal;
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < COUNT; j++) {
            const char *a = ORDER[i].text;
            const char *b = ORDER[j].text;
            check_row("%s against %s", a, b);
            int order = number_compare(a, strlen(a), b, strlen(b));
            CHECK_EQ_INT((order > 0) - (order < 0), (ranks[i] > ranks[j]) - (ranks[i] < ranks[j]));
        }
    }
}

static void canonical_spelling_is_one(void) {
    for (size_t i = 0; i < sizeof ORDER / sizeof *ORDER; i++) {
        struct delta_buf buf = {0};
        check_row("%s", ORDER[i].text);
        number_canonical(ORDER[i].text, strlen(ORDER[i].text), &buf);
        CHECK_EQ_MEM(buf.data, buf.length, ORDER[i].canonical, strlen(ORDER[i].canonical));
        delta_buf_free(&buf);
    }
}

/* An exponent of ten thousand digits is a number like any other. */
static void long_exponents(void) {
    enum { DIGITS = 10000 };
    static char nines[DIGITS + 4];
    static char power[DIGITS + 4];
    struct delta_buf buf = {0};
    memcpy(nines, "10e", 3);
    memset(nines + 3, '9', DIGITS);
    memcpy(power, "1e1", 3);
    memset(power + 3, '0', DIGITS);
    CHECK_EQ_INT(number_compare(nines, DIGITS + 3, power, DIGITS + 3), 0);
    CHECK(number_compare(nines, DIGITS + 2, power, DIGITS + 3) < 0);
    number_canonical(nines, DIGITS + 3, &buf);
    CHECK_EQ_MEM(buf.data, buf.length, power, DIGITS + 3);
    delta_buf_free(&buf);
}

static size_t random_number(uint64_t *random, char out[64]) {
    size_t used = 0;
    if (check_below(random, 2))
        out[used++] = '-';
    size_t whole = 1 + check_below(random, 4);
    for (size_t i = 0; i < whole; i++)
        out[used++] =
            (char)((i || whole == 1) ? '0' + check_below(random, 3) : '1' + check_below(random, 2));
    if (check_below(random, 2)) {
        out[used++] = '.';
        for (size_t i = 1 + check_below(random, 4); i > 0; i--)
            out[used++] = (char)('0' + check_below(random, 3));
    }
    if (check_below(random, 2))
        used += (size_t)sprintf(out + used, "e%+d", (int)check_below(random, 9) - 4);
    out[used] = '\0';
    return used;
}

/* Short numbers have few enough digits for long double to tell them apart. */
static void agrees_with_floating_point(void) {
    uint64_t random = check_seed();
    for (int round = 0; round < 100000; round++) {
        char a[64];
        char b[64];
        size_t a_length = random_number(&random, a);
        size_t b_length = random_number(&random, b);
        long double x = strtold(a, NULL);
        long double y = strtold(b, NULL);
        check_row("%s against %s", a, b);
        CHECK_EQ_INT(number_scan(a, a_length), a_length);
        int order = number_compare(a, a_length, b, b_length);
        bool near = fabsl(x - y) < 1e-12L;
        CHECK_EQ_INT((order > 0) - (order < 0), near ? 0 : (x > y) - (x < y));
        struct delta_buf ca = {0};
        struct delta_buf cb = {0};
        number_canonical(a, a_length, &ca);
        number_canonical(b, b_length, &cb);
        bool same = ca.length == cb.length && memcmp(ca.data, cb.data, ca.length) == 0;
        CHECK_EQ_INT(same, order == 0);
        delta_buf_free(&ca);
        delta_buf_free(&cb);
    }
}

static int outside(const char *old, const char *now, const char *bound) {
    return number_outside(old, strlen(old), now, strlen(now), bound, strlen(bound));
}

static void keeps_within_bounds(void) {
    static const struct {
        const char *old, *now, *bound;
        int outside;
    } rows[] = {
        {"10", "10.5", "0.5", 0},
        {"10", "10.500000000000000000000000000000001", "0.5", 1},
        {"10.5", "10", "0.5", 0},
        {"0.1", "0.3", "0.2", 0},
        {"-1", "1", "2", 0},
        {"-1", "1", "1.99", 1},
        {"0", "0.001", "5%", 1},
        {"0", "-0.0", "0", 0},
        {"1", "1.0", "0", 0},
        {"200", "210", "5%", 0},
        {"200", "190", "5%", 0},
        {"200", "189.999", "5%", 1},
        {"-200", "-210", "5%", 0},
        {"-200", "-210.1", "5%", 1},
        {"190", "200", "5%", 1},
        {"3", "4", "33.33333%", 1},
        {"3", "4", "33.4%", 0},
        {"999", "1000", "1", 0},
        {"1000", "999", "9e-1", 1},
        {"12345678901234567890", "12345678901234567891", "1", 0},
        {"1e400", "1", "1e399", 1},
        {"1e9999", "1", "1e99999", 1},
        {"1e9999", "10e9998", "0", 0},
        {"1e99999999999999999999", "2e99999999999999999999", "500%", 1},
        {"7", "9", "1000%", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row("%s to %s within %s", rows[i].old, rows[i].now, rows[i].bound);
        CHECK_EQ_INT(outside(rows[i].old, rows[i].now, rows[i].bound), rows[i].outside);
    }
    static const char *const bad[] = {"", "%", "-1", "x", "1x", "1%%", "01", "+1", "1 %"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        check_row("the bound '%s'", bad[i]);
        CHECK(!number_is_bound(bad[i], strlen(bad[i])));
    }
    CHECK(number_is_bound("0.5", 3) && number_is_bound("1e-3%", 5));
}

/* Integers, for which the sums are those of the machine. */
static void bounds_agree_with_integers(void) {
    uint64_t random = check_seed();
    for (int round = 0; round < 100000; round++) {
        long long old = (long long)check_below(&random, 4000) - 2000;
        long long now = old + (long long)check_below(&random, 400) - 200;
        long long bound = (long long)check_below(&random, 200);
        bool percent = check_below(&random, 2);
        char a[32], b[32], c[32];
        sprintf(a, "%lld", old);
        sprintf(b, "%lld", now);
        sprintf(c, percent ? "%lld%%" : "%lld", bound);
        bool want =
            percent ? llabs(now - old) * 100 > bound * llabs(old) : llabs(now - old) > bound;
        check_row("%s to %s within %s", a, b, c);
        CHECK_EQ_INT(outside(a, b, c), want);
    }
}

int main(void) {
    RUN(keeps_within_bounds);
    RUN(bounds_agree_with_integers);
    RUN(knows_the_grammar);
    RUN(orders_by_exact_value);
    RUN(canonical_spelling_is_one);
    RUN(long_exponents);
    RUN(agrees_with_floating_point);
    return check_done();
}
