/* The last state of a history: how long it is kept with the memory of those before it, and the
 * keyframe that it depends on. */
#include "base/arena.h"
#include "history/sources.h"
#include "history/tip.h"
#include "tests/unit/spelled.h"

#include <unistd.h>

static char path[] = "/tmp/delta-tip-XXXXXX";

static const struct delta_value *state_of(struct delta_arena *arena, unsigned number) {
    struct delta_buf text = {0};
    struct delta_err err = {0};
    delta_buf_printf(&text, "{\"n\":%u,\"text\":\"", number);
    for (unsigned i = 0; i < 100; i++)
        delta_buf_printf(&text, "%u ", i * i);
    delta_buf_printf(&text, "\"}");
    const struct delta_value *value = delta_read(arena, text.data, text.length, NULL, &err);
    CHECK_EQ_STR(err.text, "");
    delta_buf_free(&text);
    return value;
}

/* A history of `count` states, of which the first is its only keyframe. */
static struct delta_history *make_history(unsigned count) {
    struct delta_err err = {0};
    struct delta_arena *arena = delta_arena_new();
    (void)unlink(path);
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_ADD, &err);
    for (unsigned i = 0; history && i < count; i++) {
        const struct delta_history_note note = {.time = i + 1};
        CHECK_EQ_INT(delta_history_add(history, state_of(arena, i), &note, &err), DELTA_ADDED);
    }
    if (!history || delta_history_flush(history, &err))
        check_fail(__FILE__, __LINE__, "%s", err.text);
    delta_history_close(history);
    delta_arena_free(arena);
    return delta_history_open(path, DELTA_HISTORY_ADD, &err);
}

/* ---- The memory that states share ---- */

static struct delta_arena *arena_of(size_t bytes) {
    struct delta_arena *arena = delta_arena_new();
    if (bytes && !arena_alloc(arena, bytes))
        abort();
    return arena;
}

static void many_states_that_share_are_heavy(void) {
    struct delta_history *history = calloc(1, sizeof *history);
    struct delta_value value = value_literal(DELTA_TRUE);
    for (unsigned i = 1; i <= 512; i++) {
        CHECK(!tip_is_heavy(history));
        tip_set_value(history, &value, arena_of(0));
        CHECK_EQ_INT(history->base.shared, i);
    }
    CHECK(tip_is_heavy(history));
    history->writer.pending_states = 1;
    tip_lighten(history);
    CHECK(tip_is_heavy(history) && history->base.value == &value);
    history->writer.pending_states = 0;
    tip_lighten(history);
    CHECK(!tip_is_heavy(history) && !history->base.value && !history->base.arena);
    CHECK_EQ_INT(history->base.shared, 0);
    tip_set_value(history, &value, arena_of(0));
    tip_lighten(history);
    CHECK(history->base.value == &value);
    tip_set_value(history, NULL, NULL);
    free(history);
}

static void large_states_that_share_are_heavy(void) {
    struct delta_history *history = calloc(1, sizeof *history);
    struct delta_value value = value_literal(DELTA_TRUE);
    for (unsigned i = 0; i < 4; i++) {
        CHECK(!tip_is_heavy(history));
        tip_set_value(history, &value, arena_of(16 << 20));
    }
    CHECK(tip_is_heavy(history));
    /* One that shares nothing begins anew. */
    tip_set_value(history, &value, NULL);
    CHECK(!tip_is_heavy(history) && history->base.shared_bytes == 0);
    free(history);
}

/* ---- The keyframe ---- */

static void the_keyframe_of_the_tip(void) {
    struct delta_history *history = make_history(3);
    struct delta_arena *arena = delta_arena_new();
    struct delta_buf want = {0};
    struct byte_span text, again;
    struct delta_err err = {0};
    REQUIRE(history && delta_history_count(history) == 3);
    CHECK_EQ_INT(tip_keyframe_text(history, &text, &err), 0);
    CHECK(!text.bytes);
    CHECK_EQ_INT(tip_find_keyframe(history, &err), 0);
    REQUIRE(history->base.keyframe.known);
    CHECK_EQ_INT(history->base.keyframe.index, 0);
    CHECK(history->base.keyframe.weight > 0 && history->base.keyframe.weight < 200);
    writer_canonical(state_of(arena, 0), &want);
    CHECK_EQ_INT(tip_keyframe_text(history, &text, &err), 0);
    CHECK_EQ_MEM(text.bytes, text.length, want.data, want.length);
    CHECK_EQ_INT(tip_keyframe_text(history, &again, &err), 0);
    CHECK(again.bytes == text.bytes && again.length == text.length);
    CHECK_EQ_STR(err.text, "");
    delta_buf_free(&want);
    delta_history_close(history);
    delta_arena_free(arena);
}

/* ---- Positions of its own ---- */

/* States that come with the history's own source are counted by it, without a hole. */
static void its_own_source_has_no_gaps(void) {
    struct delta_history *history = make_history(3);
    REQUIRE(history && delta_history_count(history) == 3);
    const char *own = delta_history_source(history);
    char begins_so[16] = "";
    CHECK_EQ_INT(strlen(own), 16);
    memcpy(begins_so, own, 15);
    const struct {
        const char *source;
        uint64_t seq;
        int want; /* enum delta_added, or -1: a gap */
    } rows[] = {
        {own, 3, DELTA_ADD_KNOWN},
        {own, 4, DELTA_ADDED},
        {own, 5, -1},
        {own, 1000, -1},
        {"another", 4, DELTA_ADDED},
        {"0123456789abcdef", 4, DELTA_ADDED},
        {begins_so, 4, DELTA_ADDED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct delta_history_note note = {
            .source = rows[i].source, .source_length = strlen(rows[i].source), .seq = rows[i].seq};
        struct delta_err err = {0};
        check_row("row %zu", i);
        CHECK_EQ_INT(sources_is_own(history, &note), rows[i].source == own);
        CHECK_EQ_INT(delta_history_judge(history, &note, NULL, &err), rows[i].want);
        CHECK_EQ_INT(err.code, rows[i].want < 0 ? DELTA_ERR_GAP : DELTA_OK);
    }
    /* Where there is no file yet it has no source, which is not that of a state without one. */
    const struct delta_history_note none = {0};
    struct delta_history *fresh = calloc(1, sizeof *fresh);
    CHECK(!sources_is_own(fresh, &none));
    free(fresh);
    delta_history_close(history);
}

int main(void) {
    close(mkstemp(path));
    RUN(many_states_that_share_are_heavy);
    RUN(large_states_that_share_are_heavy);
    RUN(the_keyframe_of_the_tip);
    RUN(its_own_source_has_no_gaps);
    (void)unlink(path);
    return check_done();
}
