/* What every unit test program stands on.
 *
 *     static void grows(void)
 *     {
 *         CHECK_EQ_INT(buf.len, 3);
 *     }
 *
 *     int main(void)
 *     {
 *         RUN(grows);
 *         return check_done();
 *     }
 *
 * Each RUN prints one line, "ok - grows" or "not ok - grows file:line: what", which is what
 * `make check` counts. A failed CHECK does not leave the function; a failed REQUIRE does.
 */
#ifndef CHECK_H
#define CHECK_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Failures spelled out for one test; a property that breaks ten thousand times is told by a few. */
#define CHECK_SHOWN 8

static struct {
    const char *name;  /* the test that runs */
    char row[256];     /* the row of a table within it, see check_row */
    char skip[256];    /* why the test was skipped, or "" */
    char first[600];   /* where and how it failed first */
    unsigned bad;      /* failed checks of this test */
    unsigned failures; /* failed tests of this program */
    unsigned tests;
} check_state;

#define CHECK(cond) ((cond) ? (void)0 : check_fail(__FILE__, __LINE__, "%s", "CHECK(" #cond ")"))

/* For what the rest of the test cannot do without. Only in functions returning void. */
#define REQUIRE(cond)                                                                              \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            check_fail(__FILE__, __LINE__, "%s", "REQUIRE(" #cond ")");                            \
            return;                                                                                \
        }                                                                                          \
    } while (0)

#define CHECK_EQ_INT(got, want)                                                                    \
    check_eq_int(__FILE__, __LINE__, #got, (intmax_t)(got), (intmax_t)(want))
#define CHECK_EQ_STR(got, want) check_eq_str(__FILE__, __LINE__, #got, (got), (want))
#define CHECK_EQ_MEM(got, got_len, want, want_len)                                                 \
    check_eq_mem(__FILE__, __LINE__, #got, (got), (got_len), (want), (want_len))

#define RUN(test) check_run(#test, (test))

/* Records a failure of the running test; the test goes on. */
__attribute__((format(printf, 3, 4))) static inline void check_fail(const char *file, int line,
                                                                    const char *fmt, ...) {
    char what[400];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    if (check_state.bad == 0)
        (void)snprintf(check_state.first, sizeof check_state.first, "%s:%d: %s", file, line, what);
    if (check_state.bad < CHECK_SHOWN) {
        printf("# %s:%d: %s%s%s\n", file, line, what, check_state.row[0] ? "; row: " : "",
               check_state.row);
    }
    check_state.bad++;
}

static inline void check_eq_int(const char *file, int line, const char *expr, intmax_t got,
                                intmax_t want) {
    if (got != want)
        check_fail(file, line, "%s is %jd, not %jd", expr, got, want);
}

static inline void check_eq_str(const char *file, int line, const char *expr, const char *got,
                                const char *want) {
    if (!got || !want ? got != want : strcmp(got, want) != 0)
        check_fail(file, line, "%s is \"%.120s\", not \"%.120s\"", expr, got ? got : "(null)",
                   want ? want : "(null)");
}

static inline void check_eq_mem(const char *file, int line, const char *expr, const void *got,
                                size_t got_len, const void *want, size_t want_len) {
    if (got_len != want_len || (got_len && memcmp(got, want, got_len) != 0))
        check_fail(file, line, "%s is %zu bytes \"%.*s\", not %zu bytes \"%.*s\"", expr, got_len,
                   (int)(got_len < 120 ? got_len : 120), got_len ? (const char *)got : "", want_len,
                   (int)(want_len < 120 ? want_len : 120), want_len ? (const char *)want : "");
}

/* Names the row of a table that is checked next; failures tell it. Cleared by the next RUN. */
__attribute__((format(printf, 1, 2))) static inline void check_row(const char *fmt, ...) {
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(check_state.row, sizeof check_state.row, fmt, ap);
    va_end(ap);
}

/* Says that the running test cannot be done here; return after it. */
static inline void check_skip(const char *why) {
    (void)snprintf(check_state.skip, sizeof check_state.skip, "%s", why);
}

static inline void check_run(const char *name, void (*test)(void)) {
    check_state.name = name;
    check_state.row[0] = check_state.skip[0] = check_state.first[0] = '\0';
    check_state.bad = 0;
    test();
    check_state.tests++;
    if (check_state.bad) {
        check_state.failures++;
        printf("not ok - %s %s (%u failed checks)\n", name, check_state.first, check_state.bad);
    } else if (check_state.skip[0]) {
        printf("ok - %s # skip %s\n", name, check_state.skip);
    } else {
        printf("ok - %s\n", name);
    }
    (void)fflush(stdout); /* so that a crash in the next test does not take this line along */
}

/* The exit status of the program. */
static inline int check_done(void) {
    return check_state.failures != 0 || check_state.tests == 0;
}

/* The seed of a property test: SEED from the environment, else the clock. Printed, so that a
 * failure can be run again. */
static inline uint64_t check_seed(void) {
    const char *given = getenv("SEED");
    uint64_t seed;
    struct timespec now;

    if (given) {
        seed = strtoull(given, NULL, 10);
    } else {
        (void)clock_gettime(CLOCK_REALTIME, &now);
        seed = (uint64_t)now.tv_sec * 1000000007u ^ (uint64_t)now.tv_nsec;
    }
    printf("# SEED=%" PRIu64 " %s\n", seed, check_state.name ? check_state.name : "");
    return seed;
}

/* The next number of a sequence that starts at a seed (splitmix64). */
static inline uint64_t check_random(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* How often a property is tried: a fifth as often under the sanitizers, where each try is slow. */
static inline int check_rounds(int rounds) {
#ifdef __SANITIZE_ADDRESS__
    return rounds / 5;
#else
    return rounds;
#endif
}

/* A number below `bound`, which is not 0. */
static inline uint32_t check_below(uint64_t *state, uint32_t bound) {
    return (uint32_t)(check_random(state) % bound);
}

#endif
