/* JSON Patch: the suite of json-patch-tests, and what we write applied again. */
#include "tests/unit/check.h"
#include "tests/unit/foreign-patches.h"

#include "base/err.h"
#include "diff/diff.h"
#include "format/json_patch.h"
#include "patch/apply.h"
#include "tests/unit/random-value.h"
#include "json/writer.h"

#include <unistd.h>

/* A checkout of https://github.com/json-patch/json-patch-tests, beside the source tree. */
#define SUITE "../shared/suites/json-patch-tests"

static const struct delta_value *read_text(struct delta_arena *arena, const char *text) {
    return delta_read(arena, text, strlen(text), NULL, NULL);
}

/* ---- The suite ---- */

/* The end of the JSON value at `at`, by its brackets and strings only: the suite has texts that no
 * reader takes. */
static size_t skip_value(const char *text, size_t at, size_t length) {
    int depth = 0;
    bool quoted = false;
    for (; at < length; at++) {
        char c = text[at];
        if (quoted) {
            if (c == '\\')
                at++;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return at + 1;
        }
    }
    return length;
}

/* A case that the reader refuses because of a duplicate key in its patch, as it must. */
static void check_refused(const char *text, size_t length, const struct delta_err *err) {
    char copy[2048];
    CHECK(strstr(err->text, "duplicate key") != NULL);
    REQUIRE(length < sizeof copy);
    memcpy(copy, text, length);
    copy[length] = '\0';
    CHECK(strstr(copy, "\"error\"") != NULL);
    const char *patch = strstr(copy, "\"patch\"");
    REQUIRE(patch && (patch = strchr(patch, '[')));
    struct delta_arena *arena = delta_arena_new();
    struct delta_err inner = {0};
    CHECK(!delta_read(arena, patch, skip_value(patch, 0, strlen(patch)), NULL, &inner));
    CHECK(strstr(inner.text, "duplicate key") != NULL);
    delta_arena_free(arena);
}

static void check_case(struct delta_arena *arena, const struct delta_value *row) {
    const struct delta_value *doc = value_get(row, "doc");
    const struct delta_value *patch = value_get(row, "patch");
    const struct delta_value *expected = value_get(row, "expected");
    const struct delta_value *error = value_get(row, "error");
    const struct delta_value *comment = value_get(row, "comment");
    if (!doc || !patch)
        return;
    if (comment)
        check_row("%.*s", (int)comment->length, comment->text);
    struct delta_value out;
    struct delta_err err = {0};
    struct delta_digest before = delta_value_digest(doc);
    int status = json_patch_apply(arena, doc, patch, &out, &err);
    CHECK_EQ_INT(status, error ? -1 : 0);
    if (error) {
        CHECK(strncmp(err.text, "operation ", 10) == 0);
        CHECK(err.code == DELTA_ERR_BASE || err.code == DELTA_ERR_DAMAGED);
    } else if (status == 0 && expected) {
        CHECK(delta_value_equal(&out, expected));
    }
    struct delta_digest after = delta_value_digest(doc);
    CHECK(before.low == after.low && before.high == after.high);
}

static unsigned check_suite(const char *path) {
    struct delta_arena *arena = delta_arena_new();
    size_t length;
    unsigned count = 0;
    const char *text = delta_read_bytes(arena, path, 1 << 24, &length, NULL);
    CHECK(text != NULL);
    for (size_t at = 0; text && at < length; at++) {
        if (text[at] != '{')
            continue;
        size_t end = skip_value(text, at, length);
        struct delta_err err = {0};
        const struct delta_value *row = delta_read(arena, text + at, end - at, path, &err);
        check_row("at byte %zu of %s", at, path);
        if (row)
            check_case(arena, row);
        else
            check_refused(text + at, end - at, &err);
        at = end;
        count++;
    }
    delta_arena_free(arena);
    return count;
}

static void passes_the_suite(void) {
    if (access(SUITE, R_OK) != 0) {
        check_skip("no " SUITE);
        return;
    }
    CHECK_EQ_INT(check_suite(SUITE "/tests.json"), 95);
    CHECK_EQ_INT(check_suite(SUITE "/spec_tests.json"), 17);
}

/* ---- Beside the suite ---- */

static void follows_the_rules(void) {
    static const struct {
        const char *doc, *patch, *expected; /* NULL: refused */
        enum delta_code code;
        const char *text, *pointer;
    } rows[] = {
        {"{\"a\":1.0}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1}]", "{\"a\":1.0}", 0, 0, 0},
        {"{\"a\":[1e2,{\"b\":-0}]}",
         "[{\"op\":\"test\",\"path\":\"\",\"value\":{\"a\":[100,{\"b\":0}]}}]",
         "{\"a\":[1e2,{\"b\":-0}]}", 0, 0, 0},
        {"{\"a\":\"10\"}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":10}]", NULL, DELTA_ERR_BASE,
         "operation 0 (test): the value differs", "/a"},
        {"[1,2]",
         "[{\"op\":\"add\",\"path\":\"/0\",\"value\":0},{\"op\":\"remove\",\"path\":\"/7\"}]", NULL,
         DELTA_ERR_BASE, "operation 1 (remove): there is no such element", "/7"},
        {"{}", "[{\"op\":\"jump\",\"path\":\"\"}]", NULL, DELTA_ERR_DAMAGED,
         "operation 0: 'op' is not add, remove, replace, move, copy or test", ""},
        {"{}", "[{\"op\":\"add\",\"path\":\"a\",\"value\":1}]", NULL, DELTA_ERR_DAMAGED,
         "operation 0 (add): 'path' is not a JSON Pointer", "a"},
        {"{}", "[3]", NULL, DELTA_ERR_DAMAGED, "operation 0: not an object", NULL},
        {"{}", "[{\"op\":\"add\",\"path\":\"/a\"}]", NULL, DELTA_ERR_DAMAGED,
         "operation 0 (add): missing 'value'", "/a"},
        {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/a\"}]", NULL, DELTA_ERR_DAMAGED,
         "operation 0 (replace): missing 'value'", "/a"},
        {"{\"a\":null}", "[{\"op\":\"test\",\"path\":\"/a\"}]", NULL, DELTA_ERR_DAMAGED,
         "operation 0 (test): missing 'value'", "/a"},
        {"{\"a\":1}", "[{\"op\":\"move\",\"path\":\"/a\"}]", NULL, DELTA_ERR_DAMAGED,
         "operation 0 (move): missing 'from'", "/a"},
        {"{\"a\":1}", "[{\"op\":\"move\",\"from\":\"\",\"path\":\"/a\"}]", NULL, DELTA_ERR_BASE,
         "operation 0 (move): a value cannot move into itself", "/a"},
        {"{\"a\":1}", "[{\"op\":\"move\",\"from\":\"\",\"path\":\"\"}]", "{\"a\":1}", 0, 0, 0},
        {"{}", "{}", NULL, DELTA_ERR_DAMAGED, "not a JSON Patch: expected an array of operations",
         NULL},
        {"{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/c\"}]", NULL,
         DELTA_ERR_BASE, "operation 0 (move): a value cannot move into itself", "/a/c"},
        {"{\"a\":1,\"ab\":{}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/ab/c\"}]",
         "{\"ab\":{\"c\":1}}", 0, 0, 0},
        {"{\"a\":1}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]", "{\"a\":1}", 0, 0, 0},
        {"{}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]", NULL, DELTA_ERR_BASE,
         "operation 0 (move): there is no such member", "/a"},
        {"{\"a\":[1]}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"\"}]", "[1]", 0, 0, 0},
        {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"\"}]", NULL, DELTA_ERR_BASE,
         "operation 0 (remove): the root cannot be removed", ""},
        {"{\"a\":1}",
         "[{\"op\":\"copy\",\"from\":\"\",\"path\":\"/b\"},"
         "{\"op\":\"add\",\"path\":\"/b/a\",\"value\":2}]",
         "{\"a\":1,\"b\":{\"a\":2}}", 0, 0, 0},
        {"{\"a\":{\"x\":1}}",
         "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"},"
         "{\"op\":\"replace\",\"path\":\"/a/x\",\"value\":2}]",
         "{\"a\":{\"x\":2},\"b\":{\"x\":1}}", 0, 0, 0},
        {"{\"a\":1}",
         "[{\"op\":\"remove\",\"path\":\"/a\"},"
         "{\"op\":\"add\",\"path\":\"/a\",\"value\":2},"
         "{\"op\":\"remove\",\"path\":\"/a\"}]",
         "{}", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row("%s", rows[i].patch);
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        struct delta_value out;
        int status = json_patch_apply(arena, read_text(arena, rows[i].doc),
                                      read_text(arena, rows[i].patch), &out, &err);
        CHECK_EQ_INT(status, rows[i].expected ? 0 : -1);
        if (rows[i].expected && status == 0)
            CHECK(delta_value_equal(&out, read_text(arena, rows[i].expected)));
        if (!rows[i].expected) {
            CHECK_EQ_INT(err.code, rows[i].code);
            CHECK_EQ_STR(err.text, rows[i].text);
            CHECK_EQ_STR(err.pointer, rows[i].pointer ? rows[i].pointer : "");
        }
        delta_arena_free(arena);
    }
}

static void holds_results_to_the_depth_of_states(void) {
    struct delta_buf buf = {0};
    buf_put_char(&buf, '[');
    for (int i = 0; i < 3000; i++) {
        if (i)
            buf_put_char(&buf, ',');
        buf_put_text(&buf, "{\"op\":\"add\",\"path\":\"");
        for (int n = 0; n < i; n++)
            buf_put_text(&buf, "/a");
        buf_put_text(&buf, "\",\"value\":{}}");
    }
    buf_put_char(&buf, ']');
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct delta_value out;
    const struct delta_value *patch = delta_read(arena, buf.data, buf.length, NULL, NULL);
    REQUIRE(patch);
    CHECK(json_patch_apply(arena, read_text(arena, "{}"), patch, &out, &err) == -1);
    CHECK_EQ_INT(err.code, DELTA_ERR_LIMIT);
    CHECK(strncmp(err.text, "operation 2048 ", 15) == 0);
    delta_arena_free(arena);
    delta_buf_free(&buf);
}

/* Copies that double: the text that they ask for is larger than any state. */
static void bounds_what_copies_ask_for(void) {
    struct delta_buf buf = {0};
    buf_put_char(&buf, '[');
    for (int i = 0; i < 64; i++)
        buf_printf(&buf, "%s{\"op\":\"copy\",\"from\":\"\",\"path\":\"/k%d\"}", i ? "," : "", i);
    buf_put_char(&buf, ']');
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct delta_value out;
    CHECK(json_patch_apply(arena, read_text(arena, "{}"),
                           delta_read(arena, buf.data, buf.length, NULL, NULL), &out, &err) == -1);
    CHECK_EQ_INT(err.code, DELTA_ERR_LIMIT);
    delta_arena_free(arena);
    delta_buf_free(&buf);
}

/* Many operations on one array and one object, against a plain array of the same. */
static void applies_many_operations(void) {
    enum { OPERATIONS = 20000 };
    uint64_t state = check_seed();
    struct delta_buf buf = {0};
    unsigned *model = calloc(OPERATIONS + 1, sizeof *model);
    REQUIRE(model);
    size_t length = 0;
    buf_put_char(&buf, '[');
    for (unsigned i = 0; i < OPERATIONS; i++) {
        uint32_t at = check_below(&state, (uint32_t)length + 1);
        buf_put_text(&buf, i ? ",\n" : "");
        if (at < length && check_below(&state, 3) == 0) {
            buf_printf(&buf, "{\"op\":\"remove\",\"path\":\"/%u\"}", at);
            length--;
            memmove(model + at, model + at + 1, (length - at) * sizeof *model);
        } else {
            buf_printf(&buf, "{\"op\":\"add\",\"path\":\"/%u\",\"value\":%u}", at, i);
            memmove(model + at + 1, model + at, (length - at) * sizeof *model);
            model[at] = i;
            length++;
        }
    }
    buf_put_char(&buf, ']');
    struct delta_arena *arena = delta_arena_new();
    struct delta_value out = {0};
    struct delta_err err = {0};
    CHECK(json_patch_apply(arena, read_text(arena, "[]"),
                           delta_read(arena, buf.data, buf.length, NULL, NULL), &out, &err) == 0);
    CHECK_EQ_STR(err.text, "");
    CHECK_EQ_INT(out.length, length);
    for (uint32_t i = 0; i < out.length && i < length; i++) {
        uint64_t n;
        CHECK(value_to_u64(&value_items(&out)[i], &n) && n == model[i]);
    }
    free(model);
    delta_buf_free(&buf);
    delta_arena_free(arena);
}

/* ---- Writing ---- */

static void check_written(const char *old, const char *new, bool test, const char *expected) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_buf buf = {0};
    const struct delta_value *a = read_text(arena, old), *b = read_text(arena, new);
    const struct diff_options fine = {.fine = true};
    const struct json_patch_options options = {.test = test};
    const struct delta_patch *patch = diff_values(arena, a, b, &fine, NULL);
    CHECK(json_patch_write(a, patch, &options, &buf, NULL) == 0);
    CHECK_EQ_MEM(buf.data, buf.length, expected, strlen(expected));
    delta_buf_free(&buf);
    delta_arena_free(arena);
}

static void writes_what_changed(void) {
    check_written("{}", "{}", true, "[]");
    check_written("1", "2", false, "[{\"op\":\"replace\",\"path\":\"\",\"value\":2}]");
    check_written("{\"a\":1,\"b\":true}", "{\"a\":2,\"c\":true}", false,
                  "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":2},"
                  "{\"op\":\"remove\",\"path\":\"/b\"},"
                  "{\"op\":\"add\",\"path\":\"/c\",\"value\":true}]");
    check_written("{\"old/name\":[1],\"x\":{\"y\":1}}", "{\"new~name\":[1],\"x\":{\"y\":2}}", true,
                  "[{\"op\":\"test\",\"path\":\"/old~1name\",\"value\":[1]},"
                  "{\"op\":\"move\",\"from\":\"/old~1name\",\"path\":\"/new~0name\"},"
                  "{\"op\":\"test\",\"path\":\"/x/y\",\"value\":1},"
                  "{\"op\":\"replace\",\"path\":\"/x/y\",\"value\":2}]");
    check_written("[1,2,3,4,5]", "[5,1,2,3,4]", false,
                  "[{\"op\":\"move\",\"from\":\"/4\",\"path\":\"/0\"}]");
    check_written("[1,2,3]", "[1,9,3]", true,
                  "[{\"op\":\"test\",\"path\":\"/1\",\"value\":2},"
                  "{\"op\":\"replace\",\"path\":\"/1\",\"value\":9}]");
    check_written("[1,2,3]", "[3]", false,
                  "[{\"op\":\"remove\",\"path\":\"/1\"},{\"op\":\"remove\",\"path\":\"/0\"}]");
}

/* A random array of small elements, among them equal ones, objects and arrays. */
static void put_random(struct delta_buf *buf, uint64_t *state, int depth) {
    uint32_t kind = check_below(state, depth ? 6 : 4);
    uint32_t count = check_below(state, 7);
    if (kind < 3) {
        buf_printf(buf, "%u", check_below(state, 12));
    } else if (kind == 3) {
        buf_printf(buf, "\"s%u\"", check_below(state, 5));
    } else if (kind == 4) {
        buf_put_char(buf, '[');
        for (uint32_t i = 0; i < count; i++) {
            buf_put_text(buf, i ? "," : "");
            put_random(buf, state, depth - 1);
        }
        buf_put_char(buf, ']');
    } else {
        buf_put_char(buf, '{');
        for (uint32_t i = 0, key = 0; i < count; i++) {
            buf_printf(buf, "%s\"k/%u\":", i ? "," : "", key += 1 + check_below(state, 2));
            put_random(buf, state, depth - 1);
        }
        buf_put_char(buf, '}');
    }
}

static const struct delta_value *random_array(struct delta_arena *arena, uint64_t *state) {
    struct delta_buf buf = {0};
    uint32_t count = check_below(state, 14);
    buf_put_char(&buf, '[');
    for (uint32_t i = 0; i < count; i++) {
        buf_put_text(&buf, i ? "," : "");
        put_random(&buf, state, 3);
    }
    buf_put_char(&buf, ']');
    const struct delta_value *value = delta_read(arena, buf.data, buf.length, NULL, NULL);
    delta_buf_free(&buf);
    return value;
}

/* Some of the old elements in another order, with new ones between. */
static const struct delta_value *shuffled(struct delta_arena *arena, const struct delta_value *a,
                                          uint64_t *state) {
    struct delta_value items[64], out;
    size_t count = 0;
    const struct delta_value *other = random_array(arena, state);
    for (uint32_t i = 0; i < a->length; i++)
        if (check_below(state, 5))
            items[count++] = value_items(a)[i];
    for (uint32_t i = 0; i < other->length && i < 4; i++)
        items[count++] = value_items(other)[i];
    for (uint32_t swaps = check_below(state, 5); swaps && count; swaps--) {
        uint32_t i = check_below(state, (uint32_t)count), j = check_below(state, (uint32_t)count);
        struct delta_value kept = items[i];
        items[i] = items[j];
        items[j] = kept;
    }
    struct delta_value *result = arena_alloc(arena, sizeof *result);
    if (!result || value_array(arena, items, count, &out, NULL))
        abort();
    *result = out;
    return result;
}

static void writes_what_leads_there(void) {
    uint64_t state = check_seed();
    for (unsigned i = 0; i < 5000; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf buf = {0};
        const struct diff_options fine = {.fine = true};
        const struct json_patch_options options = {.test = i % 2};
        const struct delta_value *a = random_array(arena, &state);
        const struct delta_value *b =
            i % 4 ? shuffled(arena, a, &state) : random_array(arena, &state);
        const struct delta_patch *patch = diff_values(arena, a, b, &fine, NULL);
        struct delta_value out = {0};
        struct delta_err err = {0};
        check_row("pair %u", i);
        CHECK(json_patch_write(a, patch, &options, &buf, &err) == 0);
        CHECK(json_patch_apply(arena, a, delta_read(arena, buf.data, buf.length, NULL, NULL), &out,
                               &err) == 0);
        CHECK_EQ_STR(err.text, "");
        CHECK(delta_value_equal(&out, b));
        delta_buf_free(&buf);
        delta_arena_free(arena);
    }
}

/* Patches that no diff makes: keys removed that are not there, elements in any order. */
static void writes_what_any_patch_does(void) {
    uint64_t seed = check_seed();
    for (unsigned i = 0; i < 5000; i++) {
        struct random random = {.arena = delta_arena_new(), .seed = check_random(&seed)};
        struct delta_value base = random_value(&random, 4), want = {0}, got = {0};
        const struct delta_patch *patch = random_patch(&random, &base);
        const struct json_patch_options options = {.test = i % 2};
        struct delta_buf buf = {0};
        struct delta_err err = {0};
        check_row("patch %u", i);
        CHECK(apply_patch(random.arena, &base, patch, &want, &err) == 0);
        CHECK(json_patch_write(&base, patch, &options, &buf, &err) == 0);
        const struct delta_value *operations =
            delta_read(random.arena, buf.data, buf.length, NULL, &err);
        CHECK(operations && json_patch_apply(random.arena, &base, operations, &got, &err) == 0);
        CHECK_EQ_STR(err.text, "");
        CHECK(delta_value_equal(&got, &want));
        delta_buf_free(&buf);
        delta_arena_free(random.arena);
    }
}

static void refuses_a_base_that_does_not_fit(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_buf buf = {0};
    struct delta_err err = {0};
    const struct delta_value *a = read_text(arena, "{\"a\":{\"b\":[1,2,3]}}");
    const struct delta_value *b = read_text(arena, "{\"a\":{\"b\":[2,3,1]}}");
    const struct diff_options fine = {.fine = true};
    const struct delta_patch *patch = diff_values(arena, a, b, &fine, NULL);
    CHECK(json_patch_write(read_text(arena, "{\"a\":{\"b\":[1]}}"), patch, NULL, &buf, &err) == -1);
    CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
    CHECK_EQ_STR(err.pointer, "/a/b");
    delta_buf_free(&buf);
    delta_arena_free(arena);
}

int main(void) {
    RUN(passes_the_suite);
    RUN(follows_the_rules);
    RUN(holds_results_to_the_depth_of_states);
    RUN(bounds_what_copies_ask_for);
    RUN(applies_many_operations);
    RUN(writes_what_changed);
    RUN(writes_what_leads_there);
    RUN(writes_what_any_patch_does);
    RUN(refuses_a_base_that_does_not_fit);
    return check_done();
}
