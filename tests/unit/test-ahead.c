/* Payloads begun before the states are read: the same bytes, or nothing. */
#include "tests/unit/check.h"

#include "base/buf.h"
#include "record/ahead.h"
#include "json/canonical.h"

#include <unistd.h>
#include <zstd.h>

enum { MEMBERS = 4000 };

static bool seems(const char *text) {
    return canonical_seems((struct byte_span){text, strlen(text)});
}

static void first_looks(void) {
    static const char *const good[] = {
        "",
        "1",
        "{}",
        "[]",
        "{\"a\":1,\"b\":[{\"a\":1},{\"a\":2}],\"c\":{\"a\":\"x y\"}}",
        "{\"\":1,\"a\":2,\"aa\":3,\"b\":4}",
        "\"a b\"",
        "[\"}\",\"{\\\" \",1]",
        "{\"a",
        "{\"a\"",
    };
    static const char *const bad[] = {
        "{ }",
        "[1, 2]",
        "{\"a\": 1}",
        "{\"b\":1,\"a\":2}",
        "{\"a\":1,\"a\":2}",
        "{\"ab\":1,\"a\":2}",
        "[{\"a\":1},{\"b\":1,\"a\":2}]",
        "{\"a\":{\"z\":1},\"A\":2}",
        "}",
        "\n1",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        check_row("%s", good[i]);
        CHECK(seems(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        check_row("%s", bad[i]);
        CHECK(!seems(bad[i]));
    }
}

/* A state of some 100 kB; `spoilt` adds a member that is spelled in another way than the canonical
 * one, far behind where a first look ends. */
static void put_state(struct delta_buf *buf, int salt, const char *spoilt) {
    buf_put_char(buf, '{');
    for (int i = 0; i < MEMBERS; i++)
        buf_printf(buf, "\"k%05d\":[%d,\"text %d\"],", i, i * (i % 50 ? 1 : salt), i * i);
    buf_put_text(buf, spoilt ? spoilt : "\"z\":\"\\u001f\"");
    buf_put_char(buf, '}');
}

struct files {
    char old_path[32], new_path[32];
};

static bool save(char path[32], const struct delta_buf *buf) {
    (void)snprintf(path, 32, "/tmp/test-ahead-XXXXXX");
    int fd = mkstemp(path);
    bool saved = fd >= 0 && write(fd, buf->data, buf->length) == (ssize_t)buf->length;
    if (fd >= 0)
        close(fd);
    return saved;
}

/* A payload of `compress` is the canonical form and nothing else. */
static void holds_canonical_form(const struct delta_record *record,
                                 const struct delta_value *state) {
    struct delta_buf wanted = {0}, found = {0};
    size_t length;
    const char *payload = delta_record_payload(record, &length);
    CHECK_EQ_INT(delta_write(state, DELTA_CANONICAL, 0, &wanted, NULL), 0);
    REQUIRE(buf_reserve(&found, wanted.length + 100));
    found.length = ZSTD_decompress(found.data, wanted.length + 100, payload, length);
    CHECK_EQ_MEM(found.data, found.length, wanted.data, wanted.length);
    delta_buf_free(&wanted);
    delta_buf_free(&found);
}

/* The packed record between the files, with or without work begun ahead; `*begun` tells whether
 * there was any. */
static struct delta_buf record_of(const struct files *files, struct delta_diff_options options,
                                  bool early, bool *begun) {
    struct delta_buf bytes = {0};
    struct delta_err err = {0};
    const struct delta_value *states[2];
    struct delta_arena *arena = delta_arena_new();
    const struct delta_record_format format = {.packed = true, .level = options.level};
    struct ahead *ahead = early ? ahead_new(&options) : NULL;
    *begun = ahead != NULL;
    ahead_free(ahead);
    const struct delta_record *record = NULL;
    if (early)
        record = delta_diff_files(arena, files->old_path, files->new_path, &options, states, &err);
    else if (delta_read_pair(arena, files->old_path, files->new_path, states, &err) == 0)
        record = delta_diff(arena, states[0], states[1], &options, &err);
    CHECK(record && delta_record_write(record, states[0], &format, &bytes, &err) == 0);
    if (record && options.strategy == DELTA_COMPRESS)
        holds_canonical_form(record, states[1]);
    size_t offset = 0;
    const char *copy = delta_bytes_copy(arena, bytes.data, bytes.length, &err);
    record = delta_record_read(arena, copy, bytes.length, &offset, 0, NULL, &err);
    const struct delta_value *made =
        record ? delta_apply(arena, record, states[0], NULL, NULL, &err) : NULL;
    CHECK(made && delta_value_equal(made, states[1]));
    CHECK_EQ_STR(err.text, "");
    delta_arena_free(arena);
    return bytes;
}

/* Whatever the texts are like, the record is the same. */
static void records_are_the_same(void) {
    static const char *const spoilt[] = {
        NULL,                     /* canonical */
        "\"a\":1",                /* out of order */
        "\"z\":1 ",               /* a space */
        "\"z\":\"\\u001F\"",      /* as long as the canonical form, and another one */
        "\"z\":\"\\u0041\"",      /* longer */
        "\"z\":\"\\/\\ud800\"",   /* a lone surrogate beside a needless escape */
        "\"z\":\"\\n\\\"\\\\\"",  /* canonical, with escapes */
        "\"z\":\"\xed\x9f\xbf\"", /* canonical: no surrogate, though it begins like one */
    };
    static const enum delta_strategy strategies[] = {DELTA_REFERENCE, DELTA_COMPRESS, DELTA_DICT};
    for (size_t i = 0; i < sizeof spoilt / sizeof *spoilt; i++)
        for (size_t s = 0; s < sizeof strategies / sizeof *strategies; s++) {
            struct delta_buf texts[2] = {{0}, {0}};
            struct files files;
            bool early, late;
            check_row("%s by %s", spoilt[i], delta_strategy_name(strategies[s]));
            put_state(&texts[0], 1, spoilt[i]);
            put_state(&texts[1], 7, spoilt[i]);
            buf_put_char(&texts[1], '\n');
            REQUIRE(save(files.old_path, &texts[0]) && save(files.new_path, &texts[1]));
            struct delta_diff_options options = {
                .strategy = strategies[s], .packed = true, .level = 3};
            struct delta_buf a = record_of(&files, options, true, &early);
            struct delta_buf b = record_of(&files, options, false, &late);
            CHECK_EQ_INT(early, strategies[s] != DELTA_DICT);
            CHECK(!late);
            CHECK_EQ_MEM(a.data, a.length, b.data, b.length);
            unlink(files.old_path);
            unlink(files.new_path);
            for (int k = 0; k < 2; k++)
                delta_buf_free(&texts[k]);
            delta_buf_free(&a);
            delta_buf_free(&b);
        }
}

/* What was begun is used, and only for what it was begun for. */
static void taken_for_what_it_is(void) {
    struct delta_buf old_text = {0}, new_text = {0}, payload = {0};
    put_state(&old_text, 1, NULL);
    put_state(&new_text, 3, NULL);
    struct byte_span a = {old_text.data, old_text.length};
    struct byte_span b = {new_text.data, new_text.length};
    struct byte_span shorter = {b.bytes, b.length - 1};
    const struct delta_diff_options options = {.strategy = DELTA_REFERENCE, .level = 5};
    struct ahead *ahead = ahead_new(&options);
    REQUIRE(ahead);
    ahead_give(ahead, 1, b);
    ahead_give(ahead, 0, a);
    CHECK(!ahead_take(ahead, DELTA_COMPRESS, 5, a, b, &payload));
    CHECK(!ahead_take(ahead, DELTA_REFERENCE, 4, a, b, &payload));
    CHECK(!ahead_take(ahead, DELTA_REFERENCE, 5, a, shorter, &payload));
    CHECK(!ahead_take(ahead, DELTA_REFERENCE, 5, b, b, &payload));
    CHECK(ahead_take(ahead, DELTA_REFERENCE, 5, a, b, &payload));
    CHECK(payload.length > 0);
    struct delta_buf again = {0};
    CHECK(!ahead_take(ahead, DELTA_REFERENCE, 5, a, b, &again));
    ahead_free(ahead);
    delta_buf_free(&payload);
    delta_buf_free(&old_text);
    delta_buf_free(&new_text);
}

/* Nobody waits for a text that never comes. */
static void ends_without_texts(void) {
    const struct delta_diff_options options = {.strategy = DELTA_COMPRESS};
    struct delta_buf payload = {0};
    struct ahead *ahead = ahead_new(&options);
    REQUIRE(ahead);
    ahead_free(ahead);
    ahead = ahead_new(&options);
    REQUIRE(ahead);
    struct byte_span text = {"{}", 2};
    ahead_give(ahead, 0, text);
    CHECK(!ahead_take(ahead, DELTA_COMPRESS, 9, text, text, &payload));
    ahead_free(ahead);
    ahead_free(NULL);
}

static void not_worth_it(void) {
    const struct delta_diff_options rows[] = {
        {.strategy = DELTA_AUTO},
        {.strategy = DELTA_BINARY},
        {.strategy = DELTA_REFERENCE, .level = 19},
        {.strategy = DELTA_REFERENCE, .level = -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK(ahead_new(&rows[i]) == NULL);
}

int main(void) {
    RUN(first_looks);
    RUN(records_are_the_same);
    RUN(taken_for_what_it_is);
    RUN(ends_without_texts);
    RUN(not_worth_it);
    return check_done();
}
