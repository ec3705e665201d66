/* What a program has already: a digest as text, a text that is to be read without a copy, changes
 * that need no states. */
#include "tests/unit/check.h"

#include "delta.h"

static const struct delta_value *read_text(struct delta_arena *arena, const char *text) {
    return delta_read(arena, text, strlen(text), NULL, NULL);
}

static void check_canonical(const struct delta_value *state, const char *want) {
    struct delta_buf buf = {0};
    REQUIRE(state);
    CHECK(delta_write(state, DELTA_CANONICAL, 0, &buf, NULL) == 0);
    CHECK_EQ_MEM(buf.data, buf.length, want, strlen(want));
    delta_buf_free(&buf);
}

static void a_digest_comes_back_from_its_text(void) {
    const struct delta_digest digest = {.low = 0x0123456789abcdef, .high = 0xfedcba9876543210};
    struct delta_digest got = {0};
    char text[DELTA_DIGEST_TEXT];
    delta_digest_format(digest, text);
    CHECK(delta_digest_parse(text, strlen(text), &got));
    CHECK(got.low == digest.low && got.high == digest.high);
    CHECK(delta_digest_parse("FEDCBA98765432100123456789ABCDEF", 32, &got));
    CHECK(got.low == digest.low && got.high == digest.high);
}

static void other_texts_are_not_digests(void) {
    struct delta_digest got = {.low = 7};
    CHECK(!delta_digest_parse("", 0, &got));
    CHECK(!delta_digest_parse("fedcba98765432100123456789abcdef", 31, &got));
    CHECK(!delta_digest_parse("fedcba98765432100123456789abcdef0", 33, &got));
    CHECK(!delta_digest_parse("fedcba98765432100123456789abcdeg", 32, &got));
    CHECK(!delta_digest_parse("fedcba98765432100123456789abcde ", 32, &got));
    CHECK_EQ_INT(got.low, 7);
}

static void strings_read_in_place_are_those_of_the_text(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    static const char json[] = "{\"key\":[\"plain\",1.50]}\n";
    size_t size = sizeof json - 1, length;
    const char *text = delta_bytes_copy(arena, json, size, &err);
    const struct delta_value *state =
        delta_read_in_place(arena, DELTA_USE_COMPARE, text, size, "f", &err);
    REQUIRE(state);
    const char *plain =
        delta_value_text(delta_value_element(delta_value_get(state, "key"), 0), &length);
    CHECK(plain > text && plain < text + size);
    CHECK_EQ_MEM(plain, length, "plain", 5);
    CHECK(delta_value_equal(state, read_text(arena, json)));
    struct delta_digest in_place = delta_value_digest(state);
    CHECK_EQ_INT(in_place.low, delta_value_digest(read_text(arena, json)).low);
    CHECK(!delta_read_in_place(arena, 0, text, size - 3, "f", &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_SYNTAX);
    CHECK_EQ_STR(err.file, "f");
    delta_arena_free(arena);
}

static void given_changes_become_a_record(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct delta_buf json = {0}, packed = {0};
    const struct delta_record_format as_packed = {.packed = true}, as_json = {0};
    const struct delta_diff_options options = {
        .has_timestamp = true,
        .timestamp = 5,
        .key = delta_value_string_of(arena, "k", &err),
        .source = delta_value_string_of(arena, "s", &err),
        .seq = 9,
        .metadata = read_text(arena, "{\"m\":1}"),
    };
    const struct delta_record *record =
        delta_record_from_changes(arena, read_text(arena, "{\"b\":{\"x\":null},\"d\":[1]}"),
                                  read_text(arena, "[\"a\"]"), &options, &err);
    REQUIRE(record);
    struct delta_record_info info;
    delta_record_info(record, &info);
    CHECK(info.has_timestamp && info.timestamp == 5 && info.seq == 9);
    CHECK(delta_value_is(info.key, "k") && delta_value_is(info.source, "s") && info.metadata);
    CHECK(!info.has_base && !info.has_target);
    CHECK_EQ_INT(info.set, 2);
    CHECK_EQ_INT(info.removed, 1);
    const char *made = "{\"b\":{\"x\":null},\"c\":3,\"d\":[1]}";
    const struct delta_value *base = read_text(arena, "{\"a\":1,\"b\":2,\"c\":3}");
    check_canonical(delta_apply(arena, record, base, NULL, NULL, &err), made);

    /* Of both formats the same comes back. */
    CHECK(delta_record_write(record, NULL, &as_json, &json, &err) == 0);
    CHECK(delta_record_write(record, NULL, &as_packed, &packed, &err) == 0);
    struct delta_buf *streams[] = {&json, &packed};
    for (size_t i = 0; i < 2; i++) {
        size_t offset = 0, length = streams[i]->length;
        const char *bytes = delta_bytes_copy(arena, streams[i]->data, length, &err);
        const struct delta_record *again =
            delta_record_read(arena, bytes, length, &offset, 0, NULL, &err);
        REQUIRE(again);
        check_canonical(delta_apply(arena, again, base, NULL, NULL, &err), made);
    }
    CHECK_EQ_STR(err.text, "");
    delta_buf_free(&json);
    delta_buf_free(&packed);
    delta_arena_free(arena);
}

static void nothing_given_is_an_empty_record(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    const struct delta_record *record = delta_record_from_changes(arena, NULL, NULL, NULL, &err);
    REQUIRE(record);
    check_canonical(delta_apply(arena, record, read_text(arena, "[1]"), NULL, NULL, &err), "[1]");
    delta_arena_free(arena);
}

static void what_cannot_be_changes_is_refused(void) {
    static const struct {
        const char *changes, *removed_keys, *metadata;
    } rows[] = {
        {"[1]", NULL, NULL},
        {NULL, "{}", NULL},
        {NULL, "[1]", NULL},
        {NULL, "[\"a\",\"a\"]", NULL},
        {"{\"a\":1}", "[\"a\"]", NULL},
        {"{\"a\":1}", NULL, "[]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        struct delta_diff_options options = {0};
        check_row("%zu", i);
        if (rows[i].metadata)
            options.metadata = read_text(arena, rows[i].metadata);
        CHECK(!delta_record_from_changes(
            arena, rows[i].changes ? read_text(arena, rows[i].changes) : NULL,
            rows[i].removed_keys ? read_text(arena, rows[i].removed_keys) : NULL, &options, &err));
        CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
        delta_arena_free(arena);
    }
}

int main(void) {
    RUN(a_digest_comes_back_from_its_text);
    RUN(other_texts_are_not_digests);
    RUN(strings_read_in_place_are_those_of_the_text);
    RUN(given_changes_become_a_record);
    RUN(nothing_given_is_an_empty_record);
    RUN(what_cannot_be_changes_is_refused);
    return check_done();
}
