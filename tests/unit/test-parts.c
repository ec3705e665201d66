/* Reading a text beside another one that it resembles: value, hashes and failures are those of
 * reading it alone, whatever was taken over. */
#include "base/buf.h"
#include "tests/unit/check.h"
#include "json/parts.h"
#include "json/reader.h"
#include "json/value.h"

enum { ELEMENTS = 40, BOTH = VALUE_HASH | VALUE_DIGEST };

/* Texts of elements, which the two states share in part. */
struct elements {
    struct delta_buf texts[ELEMENTS];
};

static void put_value(uint64_t *seed, struct delta_buf *text, uint32_t depth) {
    static const char *const scalars[] = {
        "true",          "null", "\"n\"", "12345678",
        "\"\\u0061 b\"", "[]",   "{}",    "\"a string of some length\"",
        "-1.5e3"};
    static const char *const spaces[] = {"", "", "", " ", "\n  "};
    if (depth == 0 || check_below(seed, 3) == 0) {
        buf_put_text(text, scalars[check_below(seed, sizeof scalars / sizeof *scalars)]);
        return;
    }
    bool is_object = check_below(seed, 3) != 0;
    uint32_t count = check_below(seed, 9), first = check_below(seed, 30);
    buf_put_char(text, is_object ? '{' : '[');
    for (uint32_t i = 0; i < count; i++) {
        buf_put_text(text, i ? "," : "");
        buf_put_text(text, spaces[check_below(seed, 5)]);
        if (is_object)
            buf_printf(text, "\"key%u\":%s", first + i, spaces[check_below(seed, 4)]);
        put_value(seed, text, depth - 1);
    }
    buf_put_char(text, is_object ? '}' : ']');
}

static void renew(uint64_t *seed, struct delta_buf *element) {
    element->length = 0;
    put_value(seed, element, 5);
}

/* All the elements but some, with some more, in an array or an object. */
static void put_state(uint64_t *seed, struct delta_buf *out, struct elements *elements,
                      bool is_object, bool changed) {
    const char *separator = is_object ? "{" : "[";
    for (uint32_t i = 0; i < ELEMENTS; i++) {
        uint32_t fate = changed ? check_below(seed, 16) : 9;
        if (fate == 0)
            continue;
        if (fate == 1)
            renew(seed, &elements->texts[i]);
        for (int twice = 0; twice < (fate == 2 ? 2 : 1); twice++) {
            buf_put_text(out, separator);
            if (is_object)
                buf_printf(out, "\"%s%u\":", twice ? "new" : "member", i);
            buf_put(out, elements->texts[i].data, elements->texts[i].length);
            separator = ",";
        }
    }
    buf_put_text(out, *separator == ',' ? "" : separator);
    buf_put_char(out, is_object ? '}' : ']');
}

static void check_same_error(const struct delta_err *got, const struct delta_err *expected) {
    CHECK_EQ_INT(got->code, expected->code);
    CHECK_EQ_INT(got->offset, expected->offset);
    CHECK_EQ_INT(got->line, expected->line);
    CHECK_EQ_INT(got->column, expected->column);
    CHECK_EQ_STR(got->text, expected->text);
}

static void check_same_value(const struct delta_value *got, const struct delta_value *expected) {
    struct delta_buf texts[2] = {{0}};
    CHECK(delta_value_equal(got, expected));
    CHECK(value_hash(got) == value_hash(expected));
    CHECK(delta_digest_equal(delta_value_digest(got), delta_value_digest(expected)));
    CHECK_EQ_INT(delta_value_size(got), delta_value_size(expected));
    CHECK_EQ_INT(got->height, expected->height);
    CHECK(delta_write(got, DELTA_COMPACT, 0, &texts[0], NULL) == 0);
    CHECK(delta_write(expected, DELTA_COMPACT, 0, &texts[1], NULL) == 0);
    CHECK_EQ_MEM(texts[0].data, texts[0].length, texts[1].data, texts[1].length);
    delta_buf_free(&texts[0]);
    delta_buf_free(&texts[1]);
}

/* The bytes that reading `text` beside `old` took in the arena. */
static size_t check_beside(const struct delta_buf *old, const struct delta_buf *text) {
    struct delta_arena *arena = delta_arena_new(), *other = delta_arena_new();
    struct delta_err err = {0}, alone_err = {0};
    struct parts parts = {0};
    size_t used = 0;
    char *old_copy = reader_copy(arena, old->data, old->length);
    char *copy = reader_copy(other, text->data, text->length);
    if (reader_parse_noted(arena, old_copy, old->length, BOTH, &parts, NULL)) {
        size_t before = delta_arena_size(other);
        const struct delta_value *beside =
            reader_parse_beside(other, copy, text->length, BOTH, &parts, &err);
        used = delta_arena_size(other) - before;
        const struct delta_value *alone =
            reader_parse_with(arena, copy, text->length, BOTH, &alone_err);
        CHECK_EQ_INT(beside != NULL, alone != NULL);
        if (beside && alone)
            check_same_value(beside, alone);
        else
            check_same_error(&err, &alone_err);
    } else {
        check_fail(__FILE__, __LINE__, "the first text cannot be read");
    }
    parts_free(&parts);
    delta_arena_free(arena);
    delta_arena_free(other);
    return used;
}

/* Reads the text beside the old one with one byte of it replaced, ten times. */
static void check_damaged_beside(uint64_t *seed, const struct delta_buf *old,
                                 struct delta_buf *text) {
    for (int damaged = 0; damaged < 10; damaged++) {
        uint32_t at = check_below(seed, (uint32_t)text->length);
        char kept = text->data[at];
        text->data[at] = "\"{}[],:1 \\x\n\xff"[check_below(seed, 14)];
        (void)check_beside(old, text);
        text->data[at] = kept;
    }
}

static void states_that_resemble_one_another(void) {
    uint64_t seed = check_seed();
    for (int round = 0; round < 400; round++) {
        struct elements elements = {0};
        struct delta_buf old = {0}, text = {0};
        bool is_object = check_below(&seed, 2), other_kind = check_below(&seed, 20) == 0;
        for (uint32_t i = 0; i < ELEMENTS; i++)
            renew(&seed, &elements.texts[i]);
        put_state(&seed, &old, &elements, is_object, false);
        put_state(&seed, &text, &elements, is_object != other_kind, check_below(&seed, 10));
        (void)check_beside(&old, &text);
        (void)check_beside(&text, &old);
        check_damaged_beside(&seed, &old, &text);
        for (uint32_t i = 0; i < ELEMENTS; i++)
            delta_buf_free(&elements.texts[i]);
        delta_buf_free(&old);
        delta_buf_free(&text);
    }
}

/* ---- Objects of many members ---- */

enum { WIDE = 1024 }; /* OLD_MEMBERS_FEWEST */

static void put_key(uint64_t *seed, struct delta_buf *text, uint32_t number) {
    static const char *const forms[] = {
        "key%u", "key%u", "key%u", "\\u006bey%u", "key\\\"%u", "a key that has some length, %u"};
    static const char *const spaces[] = {"", "", "", " ", "\n "};
    uint32_t form = number % 16 < 4 ? number % 16 + 2 : 0;
    if (form >= sizeof forms / sizeof *forms)
        form = 0;
    if (form == 3 && check_below(seed, 2)) /* which is the same key */
        form = 0;
    buf_put_text(text, spaces[check_below(seed, 5)]);
    buf_put_char(text, '"');
    buf_printf(text, forms[form], number);
    buf_put_char(text, '"');
    buf_put_text(text, spaces[check_below(seed, 5)]);
    buf_put_char(text, ':');
    buf_put_text(text, spaces[check_below(seed, 5)]);
}

/* Members, of which some are other ones, or in another place, where `changed` is not 0. */
static void put_wide(uint64_t *seed, struct delta_buf *out, struct delta_buf values[WIDE + 64],
                     uint32_t changed) {
    struct delta_buf other = {0};
    uint32_t order[WIDE + 64], count = WIDE + 64;
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t i = 1; i < count && changed; i++)
        if (check_below(seed, 4096) < changed) {
            uint32_t with = check_below(seed, 4) ? i - 1 : check_below(seed, count);
            uint32_t kept = order[i];
            order[i] = order[with];
            order[with] = kept;
        }
    buf_put_char(out, '{');
    for (uint32_t i = 0; i < count; i++) {
        uint32_t fate = changed && check_below(seed, 4096) < changed ? check_below(seed, 9) : 9;
        if (fate == 0)
            continue;
        buf_put_text(out, out->data[out->length - 1] == '{' ? "" : ",");
        if (fate == 1) {
            put_key(seed, out, 10000 + i);
            buf_put_text(out, "1,");
        }
        if (fate == 2 && check_below(seed, 8) == 0) { /* there twice */
            put_key(seed, out, order[check_below(seed, count)]);
            buf_put_text(out, "1,");
        }
        put_key(seed, out, order[i]);
        if (fate > 2 && fate < 6)
            renew(seed, &other);
        const struct delta_buf *value = fate > 2 && fate < 6 ? &other : &values[order[i]];
        buf_put(out, value->data, value->length);
    }
    buf_put_char(out, '}');
    delta_buf_free(&other);
}

static void wide_objects_that_resemble_one_another(void) {
    static const uint32_t changes[] = {0, 1, 8, 64, 1024};
    static const char *const before[] = {"", "{\"x\":", "[{},", "{\"x\":1,\"y\":[1,"};
    static const char *const behind[] = {"", "}", ",2]", "]}"};
    uint64_t seed = check_seed();
    struct delta_buf values[WIDE + 64] = {{0}};
    for (int round = 0; round < 40; round++) {
        struct delta_buf old = {0}, text = {0};
        uint32_t place = check_below(&seed, 4), changed = changes[check_below(&seed, 5)];
        for (uint32_t i = 0; i < WIDE + 64; i++) {
            values[i].length = 0;
            put_value(&seed, &values[i], check_below(&seed, 50) ? 0 : 3);
        }
        buf_put_text(&old, before[place]);
        put_wide(&seed, &old, values, 0);
        buf_put_text(&old, behind[place]);
        buf_put_text(&text, before[place]);
        put_wide(&seed, &text, values, changed);
        buf_put_text(&text, behind[place]);
        (void)check_beside(&old, &text);
        check_damaged_beside(&seed, &old, &text);
        delta_buf_free(&old);
        delta_buf_free(&text);
    }
    for (uint32_t i = 0; i < WIDE + 64; i++)
        delta_buf_free(&values[i]);
}

/* One member of many becomes another that begins like it, or nests less. */
static void a_member_that_is_spelled_like_the_old_one(void) {
    static const char *const rows[][2] = {
        {"1", "12"},      {"1", "1.5"},       {"1", "1e3"},          {"1", "1E+3"},
        {"1", "1-"},      {"1", "1 "},        {"1", "-1"},           {"true", "truer"},
        {"null", "nul"},  {"false", "falsy"}, {"\"a\"", "\"ab\""},   {"\"a\"", "\"\\u0061\""},
        {"\"a\"", "\"a"}, {"[[1]]", "1"},     {"{\"a\":[]}", "null"}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct delta_buf texts[2] = {{0}};
        check_row("%s to %s", rows[r][0], rows[r][1]);
        for (uint32_t i = 0; i < WIDE; i++)
            for (int new = 0; new < 2; new ++)
                buf_printf(&texts[new], "%s\"key%u\":%s", i ? "," : "{", i,
                           i == WIDE / 2 ? rows[r][new] : "0");
        buf_put_char(&texts[0], '}');
        buf_put_char(&texts[1], '}');
        (void)check_beside(&texts[0], &texts[1]);
        delta_buf_free(&texts[0]);
        delta_buf_free(&texts[1]);
    }
}

/* Members that did not change take a slot and nothing else. */
static void members_are_taken_over(void) {
    struct delta_buf old = {0}, text = {0};
    for (uint32_t i = 0; i < 20000; i++)
        for (int new = 0; new < 2; new ++)
            if (!new || i != 3000)
                buf_printf(new ? &text : &old, "%s\"%s%u\":\"%u\"", i ? "," : "{",
                           new &&i % 1000 == 8 ? "name" : "key", i,
                           new &&i % 1000 == 7 ? i + 1000000 : i);
    buf_put_char(&old, '}');
    buf_put_char(&text, '}');
    CHECK(check_beside(&old, &text) < 20000 * sizeof(struct value_member) + 8192);
    CHECK(parts_are_worth_it(old.data, old.length, text.data, text.length));
    delta_buf_free(&old);
    delta_buf_free(&text);
}

/* What did not change takes no memory again. */
static void what_is_equal_is_not_read(void) {
    struct delta_buf old = {0}, text = {0};
    for (uint32_t i = 0; i < 5000; i++)
        for (int new = 0; new < 2; new ++)
            if (!new || i != 3000)
                buf_printf(new ? &text : &old,
                           "%s{\"id\":%u,\"name\":\"name %u\",\"tags\":[\"one\",\"two\",\"three\"],"
                           "\"more\":{\"a\":%u,\"b\":true}}",
                           i ? "," : "[", i, i, new &&i % 1000 == 7 ? i + 1000000 : i);
    buf_put_char(&old, ']');
    buf_put_char(&text, ']');
    CHECK(check_beside(&old, &text) < 5000 * 16 + 8192); /* the array's elements, and six objects */
    CHECK(parts_are_worth_it(old.data, old.length, text.data, text.length));
    memset(text.data, '1', text.length);
    CHECK(!parts_are_worth_it(old.data, old.length, text.data, text.length));
    delta_buf_free(&old);
    delta_buf_free(&text);
}

/* A part is not taken over where it would nest too deep. */
static void depth_is_checked(void) {
    struct delta_buf old = {0}, text = {0};
    for (int deep = 0; deep < 2; deep++) {
        struct delta_buf *to = deep ? &text : &old;
        for (int i = 0; i < (deep ? DELTA_MAX_DEPTH - 10 : 1); i++)
            buf_put_char(to, '[');
        for (int i = 0; i < 100; i++)
            buf_put_char(to, '[');
        for (int i = 0; i < 100 + (deep ? DELTA_MAX_DEPTH - 10 : 1); i++)
            buf_put_char(to, ']');
    }
    (void)check_beside(&old, &text);
    delta_buf_free(&old);
    delta_buf_free(&text);
}

int main(void) {
    RUN(states_that_resemble_one_another);
    RUN(wide_objects_that_resemble_one_another);
    RUN(a_member_that_is_spelled_like_the_old_one);
    RUN(members_are_taken_over);
    RUN(what_is_equal_is_not_read);
    RUN(depth_is_checked);
    return check_done();
}
