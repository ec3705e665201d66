/* Strategies as a table: each gives back what it was given, and never more than it may; and which
 * are tried, at the bounds of what is worth it. */
#include "codec/strategy.h"
#include "codec/strategy_choice.h"
#include "tests/unit/check.h"

static const char old_text[] = "{\"a\":\"0123456789\",\"b\":[1,2,3,4,5,6,7,8,9,10]}";
static const char new_text[] = "{\"a\":\"0123456789\",\"b\":[1,2,3,4,5,6,7,8,9,11],\"c\":null}";

static struct byte_span span_of(const char *text) {
    return (struct byte_span){text, strlen(text)};
}

static void each_gives_back(void) {
    for (enum delta_strategy which = DELTA_AUTO; which <= DELTA_REMOVED; which++) {
        const struct strategy *row = strategy_row(which);
        check_row("%s", row->name);
        CHECK_EQ_STR(delta_strategy_name(which), row->name);
        CHECK_EQ_INT(row->encode != NULL, which >= DELTA_BINARY && which <= DELTA_NONE);
        CHECK_EQ_INT(row->decode != NULL, row->encode != NULL);
        CHECK_EQ_INT(row->full, which == DELTA_COMPRESS || which == DELTA_NONE);
        if (!row->encode)
            continue;
        struct delta_buf payload = {0};
        struct delta_err err = {0};
        REQUIRE(row->encode(span_of(old_text), span_of(new_text), 3, &payload, &err) == 0);
        struct byte_span bytes = {payload.data, payload.length};
        for (int less = 0; less < 2; less++) {
            struct delta_buf back = {0};
            err = (struct delta_err){0};
            int status =
                row->decode(span_of(old_text), bytes, strlen(new_text) - (size_t)less, &back, &err);
            CHECK_EQ_INT(status, -less);
            if (status == 0)
                CHECK_EQ_MEM(back.data, back.length, new_text, strlen(new_text));
            else
                CHECK(err.code == DELTA_ERR_LIMIT && back.length == 0);
            delta_buf_free(&back);
        }
        delta_buf_free(&payload);
    }
}

static void names(void) {
    static const struct {
        const char *name;
        int strategy;
    } rows[] = {
        {"dict", DELTA_DICT},
        {"binary", DELTA_BINARY},
        {"reference", DELTA_REFERENCE},
        {"none", DELTA_NONE},
        {"compress", DELTA_COMPRESS},
        {"removed", DELTA_REMOVED},
        {"auto", -1} /* chosen */,
        {"", -1},
        {"dic", -1},
        {"dictionary", -1},
        {"Dict", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row("%s", rows[i].name);
        CHECK_EQ_INT(strategy_named(rows[i].name, strlen(rows[i].name)), rows[i].strategy);
    }
}

static void worth_a_try(void) {
    static const struct {
        struct strategy_sizes sizes;
        bool reference, compress, none;
    } rows[] = {
        /* In a history: 256 bytes, and 1/64 of the state. */
        {{.in_history = true, .state = 1, .patch = 255}, false, false, false},
        {{.in_history = true, .state = 1, .patch = 256}, true, false, false},
        {{.in_history = true, .state = 64 * 256 - 1, .patch = 256}, true, false, false},
        {{.in_history = true, .state = 64 * 256, .patch = 256}, false, false, false},
        /* In records: 44 bytes, 1/128 of up to 64 KiB, 1/64 of more. */
        {{.state = 45, .patch = 44}, false, false, true},
        {{.state = 45, .patch = 45}, true, true, true},
        {{.state = 128 * 45 - 1, .patch = 45}, true, true, true},
        {{.state = 128 * 45, .patch = 45}, false, false, true},
        {{.state = 65536, .patch = 512}, false, false, true},
        {{.state = 65536, .patch = 513}, true, true, true},
        {{.state = 65537, .patch = 1024}, false, false, true},
        {{.state = 65537, .patch = 1025}, true, true, true},
        /* Where `reference` shrank the state by over 16, or lost by over a quarter. */
        {{.state = 1600, .patch = 200, .least = 100, .reference = 100}, true, false, true},
        {{.state = 1600, .patch = 200, .least = 100, .reference = 101}, true, true, true},
        {{.state = 1600, .patch = 200, .least = 100, .reference = 125}, true, true, true},
        {{.state = 1600, .patch = 200, .least = 100, .reference = 126}, true, false, true},
        {{.state = 1600, .patch = 12, .least = 100, .reference = 125}, false, false, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct strategy_sizes *sizes = &rows[i].sizes;
        check_row("row %zu", i);
        CHECK_EQ_INT(strategy_may_win(DELTA_REFERENCE, sizes), rows[i].reference);
        CHECK_EQ_INT(strategy_may_win(DELTA_COMPRESS, sizes), rows[i].compress);
        CHECK_EQ_INT(strategy_may_win(DELTA_NONE, sizes), rows[i].none);
        CHECK(!strategy_may_win(DELTA_DICT, sizes) && !strategy_may_win(DELTA_BINARY, sizes));
    }
}

static void when_a_keyframe_follows(void) {
    static const struct {
        uint32_t limit; /* of a chain; 0: none */
        enum delta_on_limit at_limit;
        struct strategy_chain chain;
        bool wanted;
    } rows[] = {
        {0, DELTA_LIMIT_KEYFRAME, {.records = 1, .state = 9}, true},
        {0, DELTA_LIMIT_KEYFRAME, {.has_keyframe = true, .records = 127, .state = 9}, false},
        {0, DELTA_LIMIT_KEYFRAME, {.has_keyframe = true, .records = 128, .state = 9}, true},
        {0, DELTA_LIMIT_KEYFRAME, {.has_keyframe = true, .weight = 18, .state = 9}, false},
        {0, DELTA_LIMIT_KEYFRAME, {.has_keyframe = true, .weight = 19, .state = 9}, true},
        {0,
         DELTA_LIMIT_KEYFRAME,
         {.has_keyframe = true, .full = true, .records = 999, .weight = 99, .state = 9},
         false},
        {0, DELTA_LIMIT_MERGE, {.has_keyframe = true, .records = 128, .state = 9}, true},
        {3, DELTA_LIMIT_KEYFRAME, {.has_keyframe = true, .records = 2, .state = 9}, false},
        {3, DELTA_LIMIT_KEYFRAME, {.has_keyframe = true, .records = 3, .state = 9}, true},
        {3,
         DELTA_LIMIT_KEYFRAME,
         {.has_keyframe = true, .records = 2, .weight = 19, .state = 9},
         true},
        {200, DELTA_LIMIT_KEYFRAME, {.has_keyframe = true, .records = 128, .state = 9}, false},
        {3, DELTA_LIMIT_KEYFRAME, {.has_keyframe = true, .full = true, .records = 3}, false},
        {3,
         DELTA_LIMIT_MERGE,
         {.has_keyframe = true, .records = 3, .weight = 99, .state = 9},
         false},
        {3,
         DELTA_LIMIT_MERGE,
         {.has_keyframe = true, .records = 2, .weight = 99, .state = 9},
         false},
        {3, DELTA_LIMIT_MERGE, {.has_keyframe = true, .keep_all = true, .records = 3}, true},
        {3, DELTA_LIMIT_MERGE, {.has_keyframe = true, .keep_all = true, .records = 2}, false},
        {3,
         DELTA_LIMIT_REBASELINE,
         {.has_keyframe = true, .keep_all = true, .full = true, .records = 3},
         true},
        {3,
         DELTA_LIMIT_KEYFRAME,
         {.has_keyframe = true, .keep_all = true, .full = true, .records = 3},
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_history_options options = {.max_chain_length = rows[i].limit,
                                                .on_limit = rows[i].at_limit};
        check_row("row %zu", i);
        CHECK_EQ_INT(strategy_wants_keyframe(&options, &rows[i].chain), rows[i].wanted);
    }
}

int main(void) {
    RUN(each_gives_back);
    RUN(names);
    RUN(worth_a_try);
    RUN(when_a_keyframe_follows);
    return check_done();
}
