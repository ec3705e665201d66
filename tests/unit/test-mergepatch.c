/* JSON Merge Patch: appendix A of RFC 7396, and what we write applied again. */
#include "tests/unit/check.h"
#include "tests/unit/foreign-patches.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/merge_patch.h"

static const struct delta_value *read_text(struct delta_arena *arena, const char *text) {
    return delta_read(arena, text, strlen(text), NULL, NULL);
}

static void applies_the_appendix(void) {
    static const struct {
        const char *original, *patch, *result;
    } rows[] = {
        {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
        {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
        {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
        {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
        {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
        {"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
        {"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
        {"{\"a\":\"foo\"}", "null", "null"},
        {"{\"a\":\"foo\"}", "\"bar\"", "\"bar\""},
        {"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
        {"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
        {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
        /* the example of section 3 */
        {"{\"title\":\"Goodbye!\",\"author\":{\"givenName\":\"John\",\"familyName\":\"Doe\"},"
         "\"tags\":[\"example\",\"sample\"],\"content\":\"This will be unchanged\"}",
         "{\"title\":\"Hello!\",\"phoneNumber\":\"+01-123-456-7890\",\"author\":{\"familyName\":"
         "null},\"tags\":[\"example\"]}",
         "{\"title\":\"Hello!\",\"author\":{\"givenName\":\"John\"},\"tags\":[\"example\"],"
         "\"content\":\"This will be unchanged\",\"phoneNumber\":\"+01-123-456-7890\"}"},
        /* arrays are taken as they are */
        {"{}", "{\"a\":[null,{\"b\":null}]}", "{\"a\":[null,{\"b\":null}]}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row("%s on %s", rows[i].patch, rows[i].original);
        struct delta_arena *arena = delta_arena_new();
        struct delta_value out;
        REQUIRE(merge_patch_apply(arena, read_text(arena, rows[i].original),
                                  read_text(arena, rows[i].patch), &out, NULL) == 0);
        CHECK(delta_value_equal(&out, read_text(arena, rows[i].result)));
        delta_arena_free(arena);
    }
}

static void writes_what_leads_there(void) {
    static const struct {
        const char *old, *new, *patch; /* NULL: refused, at `pointer` */
        const char *pointer;
    } rows[] = {
        {"{\"a\":1}", "{\"a\":1}", "{}", NULL},
        {"{\"a\":1}", "{\"a\":2,\"b\":3}", "{\"a\":2,\"b\":3}", NULL},
        {"{\"a\":{\"x\":1,\"y\":2}}", "{\"a\":{\"y\":2}}", "{\"a\":{\"x\":null}}", NULL},
        {"{\"a\":{\"x\":1}}", "{\"a\":{}}", "{\"a\":{\"x\":null}}", NULL},
        {"{\"a\":{\"x\":1}}", "{\"a\":{\"z\":2}}", "{\"a\":{\"x\":null,\"z\":2}}", NULL},
        {"{\"a\":1}", "{\"a\":{\"b\":[null]}}", "{\"a\":{\"b\":[null]}}", NULL},
        {"[1]", "[2]", "[2]", NULL},
        {"[1]", "[1]", "[1]", NULL},
        {"{}", "null", "null", NULL},
        {"7", "{\"a\":1}", "{\"a\":1}", NULL},
        {"{\"a\":1}", "{\"a\":null}", NULL, "/a"},
        {"{\"a\":1}", "{\"a\":1,\"b/c\":{\"d\":{\"e\":null}}}", NULL, "/b~1c/d/e"},
        {"7", "{\"a\":null}", NULL, "/a"},
        {"{\"a\":null,\"b\":1}", "{\"a\":null}", "{\"b\":null}", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row("%s to %s", rows[i].old, rows[i].new);
        struct delta_arena *arena = delta_arena_new();
        const struct delta_value *old = read_text(arena, rows[i].old);
        const struct delta_value *new = read_text(arena, rows[i].new);
        struct delta_value patch, out;
        struct delta_err err = {0};
        int status = merge_patch_diff(arena, old, new, &patch, &err);
        CHECK_EQ_INT(status, rows[i].patch ? 0 : -1);
        if (rows[i].patch && status == 0) {
            CHECK(delta_value_equal(&patch, read_text(arena, rows[i].patch)));
            CHECK(merge_patch_apply(arena, old, &patch, &out, NULL) == 0);
            CHECK(delta_value_equal(&out, new));
        } else if (!rows[i].patch) {
            CHECK_EQ_INT(err.code, DELTA_ERR_UNSUPPORTED);
            CHECK_EQ_STR(err.pointer, rows[i].pointer);
        }
        delta_arena_free(arena);
    }
}

/* An object of many members, and one as deep as a state may be, each way. */
static void copes_with_wide_and_deep(void) {
    enum { WIDE = 5000 };
    struct delta_buf old = {0}, new = {0};
    buf_put_char(&old, '{');
    buf_put_char(&new, '{');
    for (int i = 0; i < WIDE; i++) {
        buf_printf(&old, "%s\"k%d\":%d", i ? "," : "", i, i);
        buf_printf(&new, "%s\"k%d\":%d", i ? "," : "", WIDE + WIDE / 2 - i, WIDE / 2 - i);
    }
    buf_put_text(&old, ",\"deep\":");
    buf_put_text(&new, ",\"deep\":");
    for (int i = 1; i < DELTA_MAX_DEPTH; i++) {
        buf_put_text(&old, "{\"d\":");
        buf_put_text(&new, "{\"d\":");
    }
    buf_put_char(&old, '1');
    buf_put_char(&new, '2');
    for (int i = 0; i < DELTA_MAX_DEPTH; i++) {
        buf_put_char(&old, '}');
        buf_put_char(&new, '}');
    }
    struct delta_arena *arena = delta_arena_new();
    const struct delta_value *a = delta_read(arena, old.data, old.length, NULL, NULL);
    const struct delta_value *b = delta_read(arena, new.data, new.length, NULL, NULL);
    struct delta_value patch, out;
    REQUIRE(a && b);
    REQUIRE(merge_patch_diff(arena, a, b, &patch, NULL) == 0);
    REQUIRE(merge_patch_apply(arena, a, &patch, &out, NULL) == 0);
    CHECK(delta_value_equal(&out, b));
    delta_arena_free(arena);
    delta_buf_free(&old);
    delta_buf_free(&new);
}

int main(void) {
    RUN(applies_the_appendix);
    RUN(writes_what_leads_there);
    RUN(copes_with_wide_and_deep);
    return check_done();
}
