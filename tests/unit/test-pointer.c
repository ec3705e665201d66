/* JSON Pointers and patterns of them. */
#include "tests/unit/check.h"

#include "base/err.h"
#include "json/pattern_matcher.h"
#include "json/value.h"

static const struct delta_value *read_text(struct delta_arena *arena, const char *text) {
    return delta_read(arena, text, strlen(text), NULL, NULL);
}

static void names_values_as_the_rfc_does(void) {
    static const char document[] =
        "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,"
        "\"g|h\":4,\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8}";
    static const struct {
        const char *pointer, *text; /* NULL: no such place */
    } rows[] = {
        {"/foo/0", "\"bar\""}, {"/", "0"},     {"/a~1b", "1"},     {"/c%d", "2"},
        {"/e^f", "3"},         {"/g|h", "4"},  {"/i\\j", "5"},     {"/k\"l", "6"},
        {"/ ", "7"},           {"/m~0n", "8"}, {"/foo/01", NULL},  {"/foo/-", NULL},
        {"/foo/2", NULL},      {"/fo", NULL},  {"/foo/0/x", NULL}, {"/foo/4294967296", NULL},
        {"/foo/", NULL},       {"//", NULL},   {"/foo/ 0", NULL},
    };
    struct delta_arena *arena = delta_arena_new();
    const struct delta_value *value = read_text(arena, document);
    REQUIRE(value);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row("%s", rows[i].pointer);
        struct pointer pointer;
        CHECK(delta_pointer_valid(rows[i].pointer, strlen(rows[i].pointer)));
        REQUIRE(pointer_parse(arena, rows[i].pointer, strlen(rows[i].pointer), &pointer, NULL) ==
                0);
        const struct delta_value *found = pointer_find(&pointer, value);
        CHECK((found != NULL) == (rows[i].text != NULL));
        if (found && rows[i].text)
            CHECK(delta_value_equal(found, read_text(arena, rows[i].text)));
    }
    struct pointer root;
    REQUIRE(pointer_parse(arena, "", 0, &root, NULL) == 0);
    CHECK(pointer_find(&root, value) == value);
    delta_arena_free(arena);
}

static void refuses_what_is_no_pointer(void) {
    static const char *const rows[] = {"foo", "/~", "/a~2", "/a~", "#/a", " "};
    static const char *const patterns_rows[] = {"/\\a", "/\\", "/[a]", "/[a=1", "/[a=1]b", "/["};
    for (size_t i = 0; i < sizeof patterns_rows / sizeof *patterns_rows; i++) {
        check_row("%s", patterns_rows[i]);
        struct delta_arena *arena = delta_arena_new();
        struct pattern_source source = {patterns_rows[i], strlen(patterns_rows[i]), NULL};
        struct pointer_patterns patterns;
        struct delta_err err = {0};
        CHECK(pointer_patterns_compile(arena, &source, 1, &patterns, &err) == -1);
        CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
        delta_arena_free(arena);
    }
    CHECK(!delta_pointer_valid("/~0", 2)); /* the length counts */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row("%s", rows[i]);
        CHECK(!delta_pointer_valid(rows[i], strlen(rows[i])));
        struct delta_arena *arena = delta_arena_new();
        struct pattern_source source = {rows[i], strlen(rows[i]), NULL};
        struct pointer_patterns patterns;
        struct delta_err err = {0};
        CHECK(pointer_patterns_compile(arena, &source, 1, &patterns, &err) == -1);
        CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
        delta_arena_free(arena);
    }
}

static void escapes_what_it_writes(void) {
    struct delta_buf buf = {0};
    pointer_put_key(&buf, "a~/b", 4);
    pointer_put_index(&buf, 0);
    pointer_put_index(&buf, 18446744073709551615u);
    pointer_put_key(&buf, "", 0);
    CHECK_EQ_MEM(buf.data, buf.length, "/a~0~1b/0/18446744073709551615/", 31);
    delta_buf_free(&buf);
}

/* Walks down `path`, a pointer, and says whether the patterns match there. */
static bool matches(const struct pointer_patterns *patterns, const char *path, bool *below) {
    struct delta_arena *arena = delta_arena_new();
    struct pointer pointer = {0};
    struct pattern_matcher matcher;
    (void)pointer_parse(arena, path, strlen(path), &pointer, NULL);
    pattern_matcher_open(&matcher, patterns);
    for (uint32_t i = 0; i < pointer.count; i++) {
        uint32_t index;
        if (pointer_index(&pointer.steps[i], &index))
            pattern_matcher_index(&matcher, index);
        else
            pattern_matcher_key(&matcher, pointer.steps[i].text, pointer.steps[i].length);
    }
    bool match = pattern_matcher_match(&matcher) != NULL;
    *below = pattern_matcher_may_match_below(&matcher);
    for (uint32_t i = 0; i < pointer.count; i++)
        pattern_matcher_up(&matcher);
    CHECK_EQ_INT(matcher.depth, 0);
    pattern_matcher_close(&matcher);
    delta_arena_free(arena);
    return match;
}

static void matches_patterns(void) {
    static const struct {
        const char *pattern, *path;
        bool match, below;
    } rows[] = {
        {"/a/b", "/a/b", true, false},
        {"/a/b", "/a", false, true},
        {"/a/b", "/a/b/c", false, false},
        {"/a/b", "", false, true},
        {"", "", true, false},
        {"/a/*", "/a/0", true, false},
        {"/a/*", "/a", false, true},
        {"/a/*/c", "/a/b/c", true, false},
        {"/a/*/c", "/a/b/b/c", false, false},
        {"/**", "", true, true},
        {"/**", "/x/y/z", true, true},
        {"/**/c", "/c", true, true},
        {"/**/c", "/a/b/c", true, true},
        {"/**/c", "/a/b/c/d", false, true},
        {"/a/**/c", "/a/c", true, true},
        {"/a/**/c", "/b/c", false, false},
        {"/a/**/b/**/c", "/a/x/b/y/z/c", true, true},
        {"/a/**/b/**/c", "/a/x/y/z/c", false, true},
        {"/**/*/c", "/c", false, true},
        {"/**/*/c", "/a/c", true, true},
        {"/12", "/12", true, false},
        {"/12", "/1", false, false},
        {"/a~1b", "/a~1b", true, false},
        {"/***", "/a", true, false},
        {"/**/*Time", "/a/startTime", true, true},
        {"/**/*Time", "/a/Timer", false, true},
        {"/a*b*c", "/abbc", true, false},
        {"/a*b*c", "/acb", false, false},
        {"/1*", "/12", true, false},
        {"/\\*", "/*", true, false},
        {"/\\*", "/x", false, false},
        {"/\\[a\\=b]", "/[a=b]", true, false},
        {"/a=b,c", "/a=b,c", true, false},
        {"/[a=1]/x", "", false, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row("%s on %s", rows[i].pattern, rows[i].path);
        struct delta_arena *arena = delta_arena_new();
        struct pattern_source source = {rows[i].pattern, strlen(rows[i].pattern), NULL};
        struct pointer_patterns patterns;
        REQUIRE(pointer_patterns_compile(arena, &source, 1, &patterns, NULL) == 0);
        bool below;
        CHECK(matches(&patterns, rows[i].path, &below) == rows[i].match);
        CHECK(below == rows[i].below);
        delta_arena_free(arena);
    }
}

static void keeps_many_patterns_and_levels_apart(void) {
    enum { MANY = 200 };
    static char texts[MANY][16];
    struct pattern_source sources[MANY];
    struct delta_arena *arena = delta_arena_new();
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "/k%d/*", i);
        sources[i] = (struct pattern_source){texts[i], strlen(texts[i]), texts[i]};
    }
    struct pointer_patterns patterns;
    REQUIRE(pointer_patterns_compile(arena, sources, MANY, &patterns, NULL) == 0);
    struct pattern_matcher matcher;
    pattern_matcher_open(&matcher, &patterns);
    for (int i = 0; i < MANY; i++) {
        pattern_matcher_key(&matcher, texts[i] + 1, (uint32_t)strlen(texts[i]) - 3);
        CHECK(!pattern_matcher_match(&matcher));
        pattern_matcher_indices(&matcher, 7, 8);
        const struct pattern_state *end = pattern_matcher_match(&matcher);
        CHECK(end && end->label == texts[i]);
        pattern_matcher_up(&matcher);
        pattern_matcher_up(&matcher);
    }
    for (int i = 0; i < 3000; i++)
        pattern_matcher_key(&matcher, "x", 1);
    CHECK(!matcher.failed && !pattern_matcher_may_match_below(&matcher));
    pattern_matcher_close(&matcher);
    pattern_matcher_open(&matcher, NULL);
    pattern_matcher_key(&matcher, "x", 1);
    CHECK(!pattern_matcher_match(&matcher) && !pattern_matcher_may_match_below(&matcher));
    pattern_matcher_close(&matcher);
    delta_arena_free(arena);
}

static void takes_an_element_for_both_its_indices(void) {
    struct delta_arena *arena = delta_arena_new();
    struct pattern_source sources[] = {{"/3", 2, "old"}, {"/5", 2, "new"}};
    struct pointer_patterns patterns;
    REQUIRE(pointer_patterns_compile(arena, sources, 2, &patterns, NULL) == 0);
    struct pattern_matcher matcher;
    pattern_matcher_open(&matcher, &patterns);
    pattern_matcher_indices(&matcher, 3, 4);
    CHECK(pattern_matcher_match(&matcher));
    pattern_matcher_up(&matcher);
    pattern_matcher_indices(&matcher, 4, 5);
    CHECK(pattern_matcher_match(&matcher));
    pattern_matcher_up(&matcher);
    pattern_matcher_indices(&matcher, 4, 4);
    CHECK(!pattern_matcher_match(&matcher));
    pattern_matcher_close(&matcher);
    delta_arena_free(arena);
}

int main(void) {
    RUN(names_values_as_the_rfc_does);
    RUN(refuses_what_is_no_pointer);
    RUN(escapes_what_it_writes);
    RUN(matches_patterns);
    RUN(keeps_many_patterns_and_levels_apart);
    RUN(takes_an_element_for_both_its_indices);
    return check_done();
}
