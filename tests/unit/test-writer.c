/* The writer: each layout to the byte. That what is written reads back is in test-value.c. */
#include "base/utf8.h"
#include "tests/unit/spelled.h"
#include "json/value.h"
#include "json/writer.h"

static int put_piece(void *context, const void *bytes, size_t length, struct delta_err *err) {
    (void)err;
    delta_buf_put(context, bytes, length);
    return 0;
}

static void layouts(void) {
    static const struct {
        const char *json;
        enum delta_layout layout;
        unsigned step;
        const char *text;
    } rows[] = {
        {"{\"b\":[1,{}],\"a\":[]}", DELTA_CANONICAL, 0, "{\"a\":[],\"b\":[1,{}]}"},
        {"{\"b\":[1,{}],\"a\":[]}", DELTA_COMPACT, 0, "{\"b\":[1,{}],\"a\":[]}"},
        {"{\"b\":[1,{}],\"a\":[]}", DELTA_INDENTED, 2,
         "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": []\n}"},
        {"{\"b\":[1,{}],\"a\":[]}", DELTA_INDENTED, 0,
         "{\n\t\"b\": [\n\t\t1,\n\t\t{}\n\t],\n\t\"a\": []\n}"},
        {"[]", DELTA_INDENTED, 4, "[]"},
        {"{}", DELTA_INDENTED, 4, "{}"},
        {"[[[]]]", DELTA_INDENTED, 1, "[\n [\n  []\n ]\n]"},
        {"-0.10e+05", DELTA_INDENTED, 1, "-0.10e+05"},
        /* the orders of objects within objects do not disturb each other */
        {"{\"c\":{\"z\":{\"2\":0,\"1\":0},\"y\":{\"2\":0,\"1\":0}},\"b\":{\"x\":0,\"w\":0},\"a\":"
         "0}",
         DELTA_CANONICAL, 0,
         "{\"a\":0,\"b\":{\"w\":0,\"x\":0},\"c\":{\"y\":{\"1\":0,\"2\":0},\"z\":{\"1\":0,\"2\":0}}"
         "}"},
        {"{\"\\ue000\":1,\"\\ud83d\\ude00\":2,\"\\udc00\":3,\"b\":4,\"aa\":5,\"a\":6,\"\\u0000\":"
         "7}",
         DELTA_CANONICAL, 0,
         "{\"\\u0000\":7,\"a\":6,\"aa\":5,\"b\":4,\"\\udc00\":3,\"\xee\x80\x80\":1,"
         "\"\xf0\x9f\x98\x80\":2}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf text = {0}, pieces = {0};
        check_row("%s, layout %d, step %u", rows[i].json, rows[i].layout, rows[i].step);
        CHECK(delta_write(spelled_value(arena, rows[i].json), rows[i].layout, rows[i].step, &text,
                          NULL) == 0);
        CHECK_EQ_MEM(text.data, text.length, rows[i].text, strlen(rows[i].text));
        CHECK(delta_write_to(spelled_value(arena, rows[i].json), rows[i].layout, rows[i].step,
                             put_piece, &pieces, NULL) == 0);
        CHECK_EQ_MEM(pieces.data, pieces.length, rows[i].text, strlen(rows[i].text));
        delta_buf_free(&text);
        delta_buf_free(&pieces);
        delta_arena_free(arena);
    }
}

/* Every character below U+0100, the edges of the surrogates, and all of them in one string: what
 * DESIGN calls the canonical spelling, from a second hand. */
static void every_escape(void) {
    for (uint32_t code = 0; code < 0x120; code++) {
        char bytes[UTF8_LONGEST], want[16];
        size_t length = utf8_encode(code, bytes);
        static const char named[] = "\bb\tt\nn\ff\rr\"\"\\\\";
        const char *name = NULL;
        for (const char *pair = named; pair < named + sizeof named - 1; pair += 2)
            if ((uint32_t)*pair == code)
                name = pair + 1;
        if (name)
            (void)snprintf(want, sizeof want, "\"\\%c\"", *name);
        else if (code < 0x20)
            (void)snprintf(want, sizeof want, "\"\\u00%02x\"", code);
        else
            (void)snprintf(want, sizeof want, "\"%.*s\"", (int)length, bytes);
        struct delta_buf text = {0};
        struct delta_value value = value_string(bytes, (uint32_t)length);
        check_row("U+%04X", code);
        writer_canonical(&value, &text);
        CHECK_EQ_MEM(text.data, text.length, want, strlen(want));
        CHECK_EQ_INT(delta_value_size(&value), strlen(want));
        delta_buf_free(&text);
    }
    for (uint32_t code = 0xd7fe; code < 0xe002; code++) {
        char bytes[UTF8_LONGEST], want[16];
        size_t length = utf8_encode(code, bytes);
        struct delta_buf text = {0};
        struct delta_value value = value_string(bytes, (uint32_t)length);
        if ((code >= 0xd800 && code < 0xe000))
            (void)snprintf(want, sizeof want, "\"\\u%04x\"", code);
        else
            (void)snprintf(want, sizeof want, "\"%.*s\"", (int)length, bytes);
        check_row("U+%04X", code);
        writer_canonical(&value, &text);
        CHECK_EQ_MEM(text.data, text.length, want, strlen(want));
        CHECK_EQ_INT(delta_value_size(&value), strlen(want));
        delta_buf_free(&text);
    }
}

/* Appends: what stands in the buffer before stays. */
static void appends(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_buf text = {0};
    buf_put_text(&text, "before ");
    CHECK(delta_write(spelled_value(arena, "[1]"), DELTA_CANONICAL, 0, &text, NULL) == 0);
    CHECK(delta_write(spelled_value(arena, "{\"a\":2}"), DELTA_COMPACT, 0, &text, NULL) == 0);
    CHECK_EQ_MEM(text.data, text.length, "before [1]{\"a\":2}", 17);
    delta_buf_free(&text);
    delta_arena_free(arena);
}

/* Deeper than a state, as records are: no recursion. */
static void deep(void) {
    enum { LEVELS = 60000 };
    struct delta_arena *arena = delta_arena_new();
    struct delta_buf text = {0};
    struct delta_value value = value_literal(DELTA_NULL);
    for (int i = 0; i < LEVELS; i++)
        CHECK(value_array(arena, &value, 1, &value, NULL) == 0);
    CHECK(delta_write(&value, DELTA_CANONICAL, 0, &text, NULL) == 0);
    CHECK_EQ_INT(text.length, 2 * LEVELS + 4);
    delta_buf_free(&text);
    delta_arena_free(arena);
}

int main(void) {
    RUN(layouts);
    RUN(every_escape);
    RUN(appends);
    RUN(deep);
    return check_done();
}
