/* Patches as text for people, of any patch, with a base and without. (tests/text.bats has what it
 * looks like.) */
#include "tests/unit/check.h"

#include "patch/apply.h"
#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"
#include "view/line_diff.h"
#include "view/stat.h"
#include "view/text.h"

enum { ROUNDS = 3000 };

static void check_text(const char *base, const char *patch, const char *want) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_buf buf = {0};
    struct delta_err err = {0};
    check_row("%s", patch);
    CHECK(text_write(base ? spelled_value(arena, base) : NULL, spelled_patch(arena, patch), NULL,
                     &buf, &err) == 0);
    CHECK_EQ_STR(err.text, "");
    CHECK_EQ_MEM(buf.data, buf.length, want, strlen(want));
    delta_buf_free(&buf);
    delta_arena_free(arena);
}

static void tells_what_it_can_without_a_base(void) {
    check_text(NULL, "{}", "");
    check_text(NULL, "{\"value\":1}", "~ (root)  -> 1\n1 changed\n");
    check_text(NULL,
               "{\"changes\":{\"a\":1},\"removed_keys\":[\"b\"],\"nested\":{\"c\":{\"value\":2}}}",
               "~ /a  -> 1\n- /b\n~ /c  -> 2\n1 removed, 2 changed\n");
    check_text(NULL,
               "{\"length\":5,\"elements\":[[3,2],{\"insert\":[{\"name\":\"x\"}]},[0,1],"
               "{\"edit\":1,\"nested\":{\"value\":7}}]}",
               "- /2\n+ /2 {name=x}  {\"name\":\"x\"}\n> /3..4  from /0..1\n~ /4  -> 7\n"
               "1 added, 1 removed, 1 changed, 2 moved\n");
    check_text(NULL, "{\"nested\":{\"t\":{\"length\":90,\"text\":[[0,40],\"new\\n\",[50,40]]}}}",
               "~ /t  text changed\n      …\n    + \"new\\n\"\n      …\n1 changed\n");
}

static void tells_a_replaced_container_from_within(void) {
    check_text("{\"l\":[1,2,3]}", "{\"changes\":{\"l\":[1,3]}}", "- /l/1  2\n1 removed\n");
    check_text("{\"o\":{\"a\":1}}", "{\"changes\":{\"o\":{\"a\":2}}}",
               "~ /o/a  1 -> 2\n1 changed\n");
    check_text("{\"o\":{\"a\":1}}", "{\"changes\":{\"o\":[]}}",
               "~ /o  {\"a\":1} -> []\n1 changed\n");
    check_text("{}", "{\"removed_keys\":[\"b\"]}", "");
}

static void refuses_a_base_that_does_not_fit(void) {
    static const struct {
        const char *base, *patch, *pointer;
    } rows[] = {
        {"{}", "{\"nested\":{\"a\":{\"changes\":{\"b\":1}}}}", "/a"},
        {"{\"a\":1}", "{\"nested\":{\"a\":{\"changes\":{\"b\":1}}}}", "/a"},
        {"{\"a\":[1]}", "{\"nested\":{\"a\":{\"length\":2,\"elements\":[[1,1]]}}}", "/a"},
        {"{\"a\":\"x\"}", "{\"nested\":{\"a\":{\"length\":9,\"text\":[[0,3]]}}}", "/a"},
        {"1", "{\"length\":2,\"elements\":[[1,1]]}", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf buf = {0};
        struct delta_err err = {0};
        check_row("%s on %s", rows[i].patch, rows[i].base);
        CHECK(text_write(spelled_value(arena, rows[i].base), spelled_patch(arena, rows[i].patch),
                         NULL, &buf, &err) == -1);
        CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
        CHECK_EQ_STR(err.pointer, rows[i].pointer);
        delta_buf_free(&buf);
        delta_arena_free(arena);
    }
}

/* A forged patch of few bytes does not make much of little. */
static void refuses_to_count_what_is_not_there(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_buf buf = {0};
    struct delta_err err = {0};
    const struct delta_patch *patch =
        spelled_patch(arena, "{\"length\":4000000000,\"elements\":[[0,3999999999]]}");
    CHECK(text_write(NULL, patch, NULL, &buf, &err) == -1);
    CHECK_EQ_INT(err.code, DELTA_ERR_LIMIT);
    delta_buf_free(&buf);
    delta_arena_free(arena);
}

/* Each line begins as it must, holds nothing that steers a terminal, and is no wider than asked,
 * but for the place that it names. */
static void check_lines(const struct delta_buf *buf, size_t width) {
    const char *at = buf->data, *end = at ? at + buf->length : at;
    while (at != end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = newline ? (size_t)(newline - at) : 0;
        CHECK(newline != NULL);
        if (!newline)
            return;
        CHECK(length >= 1 && strchr("+-~> 123456789", at[0]));
        for (size_t i = 0; i < length; i++)
            CHECK((unsigned char)at[i] >= 0x20 && at[i] != 0x7f);
        /* The place that an element came from stands on a line of its own where it changed, too. */
        bool names_place = strncmp(at, "    from /", strlen("    from /")) == 0;
        if (width && at[0] == ' ' && !names_place)
            CHECK(visible_columns(at, length) <= width ||
                  length == strlen("      \\ no newline at the end"));
        at = newline + 1;
    }
}

static void tells_any_patch(void) {
    uint64_t seed = check_seed();
    for (int i = 0; i < ROUNDS; i++) {
        struct random random = {.arena = delta_arena_new(), .seed = check_random(&seed)};
        struct delta_value base = random_value(&random, 4), result;
        const struct delta_patch *patch = random_patch(&random, &base);
        struct text_options options = {.width = i % 3 ? 40 + (size_t)(i % 100) : 0};
        struct delta_err err = {0};
        check_row("patch %d", i);
        for (int without = 0; without < 2; without++) {
            const struct delta_value *known = without ? NULL : &base;
            struct delta_buf text = {0}, bars = {0};
            CHECK(text_write(known, patch, &options, &text, &err) == 0);
            CHECK(stat_write(known, patch, &options, &bars, &err) == 0);
            CHECK_EQ_STR(err.text, "");
            check_lines(&text, options.width);
            check_lines(&bars, 0);
            CHECK((text.length == 0) == (bars.length == 0));
            if (!without && apply_patch(random.arena, &base, patch, &result, NULL) == 0)
                CHECK(text.length || delta_value_equal(&base, &result));
            delta_buf_free(&text);
            delta_buf_free(&bars);
        }
        delta_arena_free(random.arena);
    }
}

static void hides_what_cannot_be_seen(void) {
    static const struct {
        const char *text, *shown;
    } rows[] = {
        {"a\tb", "a\\tb"},
        {"\xc2\xad", "\\u00ad"},                  /* soft hyphen */
        {"\xe1\xa0\x8e", "\\u180e"},              /* Mongolian vowel separator */
        {"\xe2\x80\xae", "\\u202e"},              /* right-to-left override */
        {"\xef\xbf\xb9", "\\ufff9"},              /* interlinear annotation: anchor, */
        {"\xef\xbf\xbb", "\\ufffb"},              /* its terminator */
        {"\xef\xbf\xbe", "\\ufffe"},              /* a noncharacter */
        {"\xf3\xa0\x80\x81", "\\udb40\\udc01"},   /* language tag */
        {"a\xe3\x85\xa4", "a\\u3164"},            /* Hangul filler, */
        {"a\xe1\x85\x9f", "a\\u115f"},            /* another one, */
        {"a\xef\xbe\xa0", "a\\uffa0"},            /* and half as wide */
        {"a\xcd\x8f", "a\\u034f"},                /* combining grapheme joiner */
        {"a\xe2\xa0\x80", "a\\u2800"},            /* braille blank */
        {"a\xef\xb8\x80", "a\\ufe00"},            /* variation selector 1 */
        {"a\xf3\xa0\x87\xaf", "a\\udb40\\uddef"}, /* and 256 */
        {"\xe2\x9d\xa4\xef\xb8\x8f", "\xe2\x9d\xa4\xef\xb8\x8f"}, /* that of an emoji */
        {"\xed\xa0\x80", "\\ud800"},                              /* a lone surrogate */
        {"\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* not UTF-8 */
        {"\xc3\xa9\xf0\x9f\x98\x80", "\xc3\xa9\xf0\x9f\x98\x80"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_buf buf = {0};
        check_row("%s", rows[i].shown);
        delta_visible_write(rows[i].text, strlen(rows[i].text), &buf);
        CHECK_EQ_MEM(buf.data, buf.length, rows[i].shown, strlen(rows[i].shown));
        delta_buf_free(&buf);
    }
}

/* ---- Lines ---- */

/* The lines that are visited: " -+", "=" behind it where the forms differ, the number, the text,
 * "$" where a line feed ends it; "@" before what comes after a gap. */
static int put_visited(void *context, const struct delta_line *line, struct delta_err *err) {
    struct delta_buf *buf = context;
    (void)err;
    buf_printf(buf, "%s%c%s%d %.*s%s,", line->after_gap ? "@" : "", " -+"[line->kind],
               line -> forms_differ ? "=" : "", (int)line->number, (int)line->length, line->text,
               line->ended ? "$" : "");
    return 0;
}

static const struct delta_value *text_value(struct delta_arena *arena, const char *text) {
    return delta_value_string(arena, text, strlen(text), NULL);
}

static void visits_lines(void) {
    static const struct {
        const char *old, *new, *want;
    } rows[] = {
        {"a\nb\n", "a\nb\n", ""},
        {"", "a\nb", "+1 a$,+2 b,"},
        {"a\nb", "", "-1 a$,-1 b,"},
        {"a\nb\n", "a\nc\n", " 1 a$,-2 b$,+2 c$,"},
        {"a\nb\nc\nd\n", "a\nb\n", " 1 a$, 2 b$,-3 c$,-3 d$,"},
        {"1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\n4\nx\n6\n7\n", "@ 3 3$, 4 4$,-5 5$,+5 x$, 6 6$, 7 7$,"},
        {"1\n2\n3\n4\n5\n6\n", "x\n2\n3\n4\n5\ny\n",
         "-1 1$,+1 x$, 2 2$, 3 3$, 4 4$, 5 5$,-6 6$,+6 y$,"},
        {"1\n2\n3\n4\n5\n6\n7\n", "x\n2\n3\n4\n5\n6\ny\n",
         "-1 1$,+1 x$, 2 2$, 3 3$,@ 5 5$, 6 6$,-7 7$,+7 y$,"},
        /* Lines that look alike, each beside the one that it replaces. */
        {"\xc3\xa9\n", "e\xcc\x81\n", "-=1 \xc3\xa9$,+=1 e\xcc\x81$,"},
        {"x\n\xc3\xa9\ny\n", "z\ne\xcc\x81\n", "-1 x$,-=1 \xc3\xa9$,-1 y$,+1 z$,+=2 e\xcc\x81$,"},
        {"a\n\xc3\xa9\n", "b\nc\na\ne\xcc\x81\n",
         "+1 b$,+2 c$, 3 a$,-=4 \xc3\xa9$,+=4 e\xcc\x81$,"},
        {"\xc3\xa9\n", "x\ne\xcc\x81\n", "-1 \xc3\xa9$,+1 x$,+2 e\xcc\x81$,"},
        {"x\n", "\xc3\xa9\ne\xcc\x81\n", "-1 x$,+1 \xc3\xa9$,+2 e\xcc\x81$,"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf buf = {0};
        struct delta_err err = {0};
        check_row("row %zu", i);
        CHECK_EQ_INT(delta_lines_visit(text_value(arena, rows[i].old),
                                       text_value(arena, rows[i].new), put_visited, &buf, &err),
                     0);
        CHECK_EQ_MEM(buf.data, buf.length, rows[i].want, strlen(rows[i].want));
        CHECK_EQ_STR(err.text, "");
        delta_buf_free(&buf);
        delta_arena_free(arena);
    }
}

static int count_to_three(void *context, const struct delta_line *line, struct delta_err *err) {
    int *count = context;
    (void)line;
    (void)err;
    return ++*count == 3 ? 7 : 0;
}

static void visitors_of_lines_end_it(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_value number = value_literal(DELTA_NULL);
    const struct delta_value *text = text_value(arena, "1\n2\n3\n4\n5\n");
    struct delta_err err = {0};
    int count = 0;
    CHECK_EQ_INT(delta_lines_visit(text_value(arena, ""), text, count_to_three, &count, &err), 7);
    CHECK_EQ_INT(count, 3);
    CHECK_EQ_INT(delta_lines_visit(&number, text, count_to_three, &count, &err), -1);
    CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
    CHECK_EQ_INT(delta_lines_visit(text, &number, count_to_three, &count, &err), -1);
    CHECK_EQ_INT(count, 3);
    delta_arena_free(arena);
}

static void cuts_and_colours_lines(void) {
    static const struct {
        struct line_diff_options options;
        const char *old, *new, *want;
    } rows[] = {
        {{.color = true},
         "1\n2\n3\na\n",
         "1\n2\n3\nb",
         "\033[2m    @@ 2\033[m\n      2\n      3\n"
         "    \033[31m- a\033[m\n    \033[32m+ b\033[m\n      \\ no newline at the end\n"},
        {{.width = 12}, "a\n", "a\n1234567\n123456\n", "      a\n    + 12345…\n    + 123456\n"},
        {{.width = 9}, "", "1234\n123\n", "    + 12…\n    + 123\n"},
        {{.width = 8}, "", "123\n12\n", "    + 1…\n    + 12\n"},
        {{.width = 1}, "", "123\n12\n", "    + 1…\n    + 12\n"},
        {{.width = 0}, "", "1234567890\n", "    + 1234567890\n"},
        {{0}, "\xc3\xa9\n", "e\xcc\x81\n", "    - \\u00e9\n    + e\\u0301\n"},
        /* The end of a text that both have is not worth a word. */
        {{0}, "a\nz", "b\nz", "    - a\n    + b\n      z\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf buf = {0};
        check_row("row %zu", i);
        CHECK_EQ_INT(line_diff_put(arena, text_value(arena, rows[i].old),
                                   text_value(arena, rows[i].new), &rows[i].options, &buf, NULL),
                     0);
        CHECK_EQ_MEM(buf.data, buf.length, rows[i].want, strlen(rows[i].want));
        delta_buf_free(&buf);
        delta_arena_free(arena);
    }
}

static void measures_and_cuts_by_columns(void) {
    CHECK_EQ_INT(visible_columns("aé漢e\xcc\x81", strlen("aé漢e\xcc\x81")), 5);
    CHECK_EQ_INT(visible_columns("\xf0\x9f\x98\x80", 4), 2);         /* an emoji */
    CHECK_EQ_INT(visible_columns("\xe0\xa4\x95\xe0\xa5\x8d", 6), 1); /* a letter and a virama */
    CHECK_EQ_INT(visible_columns("\xea\xb0\x80", 3), 2);             /* a Hangul syllable */
    struct delta_buf buf = {0};
    visible_put_cut(&buf, "漢字漢字", 12, 6);
    CHECK_EQ_MEM(buf.data, buf.length, "漢字…", 9);
    buf.length = 0;
    visible_put(&buf, "\x1b\x7f\xc2\x9b\xe2\x80\xae\xed\xa0\x80\xef\xbb\xbf z", 15);
    CHECK_EQ_MEM(buf.data, buf.length, "\\u001b\\u007f\\u009b\\u202e\\ud800\\ufeff z", 38);
    delta_buf_free(&buf);
}

/* As deep as a state and its patch may be. */
static void tells_deep_changes(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_value inner = value_literal(DELTA_NULL), other = value_literal(DELTA_TRUE);
    const struct value_key *key = value_key(arena, "k", 1);
    const struct delta_patch *patch = patch_whole(arena, &other, NULL);
    for (int i = 0; i < DELTA_MAX_DEPTH; i++) {
        struct value_member member = {key, inner};
        struct patch_member *change = arena_alloc(arena, sizeof *change);
        REQUIRE(change && value_object(arena, &member, 1, &inner, NULL) == 0);
        *change = (struct patch_member){.key = key, .change = PATCH_NEST, .nested = patch};
        patch = patch_object(arena, change, 1, NULL);
    }
    struct delta_buf buf = {0};
    CHECK(text_write(&inner, patch, NULL, &buf, NULL) == 0);
    CHECK(buf.length > 2 * DELTA_MAX_DEPTH);
    delta_buf_free(&buf);
    delta_arena_free(arena);
}

int main(void) {
    RUN(tells_what_it_can_without_a_base);
    RUN(tells_a_replaced_container_from_within);
    RUN(refuses_a_base_that_does_not_fit);
    RUN(refuses_to_count_what_is_not_there);
    RUN(tells_any_patch);
    RUN(hides_what_cannot_be_seen);
    RUN(visits_lines);
    RUN(visitors_of_lines_end_it);
    RUN(cuts_and_colours_lines);
    RUN(measures_and_cuts_by_columns);
    RUN(tells_deep_changes);
    return check_done();
}
