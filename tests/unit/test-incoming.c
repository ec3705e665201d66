/* delta_history_add_record: states that records make. */
#include "delta.h"
#include "tests/unit/check.h"

#include <unistd.h>

enum { MANY = 1500 }; /* more than share memory before it is freed */

static char path[] = "/tmp/delta-incoming-XXXXXX";

/* {"n":N,"same":[…]} in an arena. */
static const struct delta_value *state_at(struct delta_arena *arena, unsigned n) {
    char text[80];
    int length = snprintf(text, sizeof text, "{\"n\":%u,\"same\":[1,2,{\"deep\":%u}]}", n, n / 4);
    return delta_read(arena, text, (size_t)length, NULL, NULL);
}

static struct delta_digest digest_at(unsigned n) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_digest digest = delta_value_digest(state_at(arena, n));
    delta_arena_free(arena);
    return digest;
}

static struct delta_history *open_empty(void) {
    struct delta_err err = {0};
    (void)unlink(path);
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_ADD, &err);
    if (!history)
        check_fail(__FILE__, __LINE__, "cannot open: %s", err.text);
    return history;
}

/* Adds the record from state `from` to state `to` (from 0: from none), of source `source`, if that
 * is not NULL, with position `to`. Frees the arena unless the history has it. */
static int add(struct delta_history *history, unsigned from, unsigned to, const char *source,
               struct delta_digest *tip, struct delta_err *err) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_diff_options options = {
        .strategy = from ? DELTA_DICT : DELTA_NONE, .timestamp = to, .seq = to};
    const struct delta_history_note note = {0};
    const struct delta_value *new_state = state_at(arena, to);
    if (source)
        options.source = delta_value_string_of(arena, source, NULL);
    const struct delta_record *record =
        delta_diff(arena, from ? state_at(arena, from) : NULL, new_state, &options, err);
    *err = (struct delta_err){0};
    int added = record ? delta_history_add_record(history, arena, record, &note, tip, err) : -2;
    if (added != DELTA_ADDED)
        delta_arena_free(arena);
    return added;
}

static bool is_state(struct delta_history *history, uint32_t index, unsigned n) {
    struct delta_arena *arena = delta_arena_new();
    const struct delta_value *state = delta_history_get(history, arena, index, NULL);
    bool same = state && delta_value_equal(state, state_at(arena, n));
    delta_arena_free(arena);
    return same;
}

/* Flushed only when the history asks for it; the memory of states that share is freed then. */
static void long_chains(void) {
    struct delta_err err = {0};
    struct delta_digest tip;
    unsigned flushes = 0;
    struct delta_history *history = open_empty();
    for (unsigned n = 1; n <= MANY; n++) {
        CHECK_EQ_INT(add(history, n - 1, n, NULL, &tip, &err), DELTA_ADDED);
        CHECK(delta_digest_equal(tip, digest_at(n)));
        if (delta_history_wants_flush(history)) {
            CHECK(delta_history_flush(history, &err) == 0);
            flushes++;
        }
    }
    CHECK_EQ_INT(flushes, MANY / 512);
    CHECK(delta_history_flush(history, &err) == 0);
    CHECK_EQ_INT(delta_history_count(history), MANY);
    CHECK(is_state(history, 0, 1) && is_state(history, 511, 512) && is_state(history, 512, 513) &&
          is_state(history, MANY - 1, MANY));
    delta_history_close(history);
}

static void records_that_do_not_fit(void) {
    struct delta_err err = {0};
    struct delta_digest tip = {.low = 7};
    struct delta_history *history = open_empty();
    CHECK_EQ_INT(add(history, 1, 2, NULL, &tip, &err), -1);
    CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
    CHECK(!err.file[0] && tip.low == 7);
    CHECK(access(path, F_OK) < 0); /* no file for no state */
    CHECK_EQ_INT(add(history, 0, 1, NULL, &tip, &err), DELTA_ADDED);
    CHECK_EQ_INT(add(history, 2, 3, NULL, &tip, &err), -1);
    CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
    CHECK(!err.file[0] && delta_digest_equal(tip, digest_at(1)));
    CHECK_EQ_INT(add(history, 1, 2, NULL, &tip, &err), DELTA_ADDED);
    CHECK(delta_history_flush(history, &err) == 0 && is_state(history, 1, 2));
    delta_history_close(history);
}

static void positions(void) {
    struct delta_err err = {0};
    struct delta_digest tip;
    struct delta_history *history = open_empty();
    CHECK_EQ_INT(add(history, 0, 10, "A", &tip, &err), DELTA_ADDED);
    CHECK_EQ_INT(add(history, 10, 20, "A", &tip, &err), DELTA_ADDED);
    CHECK_EQ_INT(add(history, 20, 30, "A", &tip, &err), DELTA_ADDED);
    CHECK_EQ_INT(add(history, 10, 20, "A", &tip, &err), DELTA_ADD_KNOWN);
    CHECK(delta_digest_equal(tip, digest_at(30)));
    CHECK_EQ_INT(add(history, 10, 15, "A", &tip, &err), DELTA_ADD_OLDER);
    /* Where it comes from 20 and 30 were dropped: it is made of 10. */
    CHECK_EQ_INT(add(history, 10, 40, "A", &tip, &err), DELTA_ADDED);
    CHECK(delta_digest_equal(tip, digest_at(40)));
    CHECK_EQ_INT(add(history, 40, 41, "B", &tip, &err), DELTA_ADDED);
    CHECK_EQ_INT(add(history, 40, 50, "A", &tip, &err), -1);
    CHECK_EQ_INT(err.code, DELTA_ERR_FORK);
    CHECK_EQ_INT(add(history, 41, 51, "A", &tip, &err), DELTA_ADDED);
    CHECK(delta_history_flush(history, &err) == 0);
    CHECK_EQ_INT(delta_history_count(history), 6);
    CHECK(is_state(history, 3, 40) && is_state(history, 5, 51));
    delta_history_close(history);
}

/* States of both kinds take turns: a record's shares with the one that was given. */
static void among_plain_states(void) {
    struct delta_err err = {0};
    struct delta_digest tip;
    const struct delta_history_note note = {0};
    struct delta_arena *arena = delta_arena_new();
    struct delta_history *history = open_empty();
    CHECK_EQ_INT(delta_history_add(history, state_at(arena, 1), &note, &err), DELTA_ADDED);
    CHECK_EQ_INT(add(history, 1, 2, NULL, &tip, &err), DELTA_ADDED);
    CHECK_EQ_INT(add(history, 2, 3, NULL, &tip, &err), DELTA_ADDED);
    CHECK_EQ_INT(delta_history_add(history, state_at(arena, 4), &note, &err), DELTA_ADDED);
    CHECK_EQ_INT(add(history, 4, 5, NULL, &tip, &err), DELTA_ADDED);
    CHECK(delta_history_flush(history, &err) == 0);
    for (unsigned i = 0; i < 5; i++)
        CHECK(is_state(history, i, i + 1));
    delta_history_close(history);
    delta_arena_free(arena);
}

/* Another process added something since: what is expected decides. */
static void another_writer(void) {
    struct delta_err err = {0};
    struct delta_digest tip;
    struct delta_history *one = open_empty();
    struct delta_history *other = delta_history_open(path, DELTA_HISTORY_ADD, &err);
    CHECK_EQ_INT(add(other, 0, 1, NULL, &tip, &err), DELTA_ADDED);
    CHECK(delta_history_flush(other, &err) == 0);
    CHECK_EQ_INT(add(one, 0, 5, NULL, &tip, &err), -1); /* it was for an empty one */
    CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
    CHECK_EQ_INT(add(one, 1, 2, NULL, &tip, &err), DELTA_ADDED);
    CHECK(delta_history_flush(one, &err) == 0);
    CHECK_EQ_INT(add(other, 2, 3, NULL, &tip, &err), DELTA_ADDED);
    CHECK(delta_history_flush(other, &err) == 0);
    CHECK(is_state(other, 2, 3));
    delta_history_close(one);
    delta_history_close(other);
}

int main(void) {
    int fd = mkstemp(path);
    if (fd >= 0)
        close(fd);
    RUN(long_chains);
    RUN(records_that_do_not_fit);
    RUN(positions);
    RUN(among_plain_states);
    RUN(another_writer);
    (void)unlink(path);
    return check_done();
}
