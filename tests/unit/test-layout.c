#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"

static const struct {
    const char *what, *text, *after, *want;
} rows[] = {
    {"nothing changed", " {\"a\" :1 ,\r\n\"b\":[ ]}\n\n", "{\"a\":1,\"b\":[]}",
     " {\"a\" :1 ,\r\n\"b\":[ ]}\n\n"},
    {"a value", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "{\"a\":3,\"b\":2}",
     "{\n  \"a\": 3,\n  \"b\": 2\n}\n"},
    {"escapes of what stays", "{\"\\u0061\":\"\\u00e9\\/\",\"b\":1}",
     "{\"a\":\"\xc3\xa9/\",\"b\":2}", "{\"\\u0061\":\"\\u00e9\\/\",\"b\":2}"},
    {"a new last member", "{\n  \"a\": 1\n}\n", "{\"a\":1,\"b\":{\"c\":[1,{}]}}",
     "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [\n      1,\n      {}\n    ]\n  }\n}\n"},
    {"tabs", "{\n\t\"a\": {\n\t\t\"b\": 1\n\t}\n}", "{\"a\":{\"b\":1,\"c\":[2]}}",
     "{\n\t\"a\": {\n\t\t\"b\": 1,\n\t\t\"c\": [\n\t\t\t2\n\t\t]\n\t}\n}"},
    {"carriage returns", "{\r\n  \"a\": 1\r\n}\r\n", "{\"a\":1,\"b\":2}",
     "{\r\n  \"a\": 1,\r\n  \"b\": 2\r\n}\r\n"},
    {"the first member goes", "{\n  \"a\": 1,\n  \"b\": 2\n}", "{\"b\":2}", "{\n  \"b\": 2\n}"},
    {"the last member goes", "{\n  \"a\": 1,\n  \"b\": 2\n}", "{\"a\":1}", "{\n  \"a\": 1\n}"},
    {"every member goes", "{\n  \"a\": 1\n}\n", "{}", "{}\n"},
    {"the first member goes, in one line", "{\"a\": 1, \"b\": 2}", "{\"b\":2}", "{\"b\": 2}"},
    {"a new member, in one line", "{\"a\": 1, \"b\": 2}", "{\"a\":1,\"b\":2,\"c\":{\"d\":[1,2]}}",
     "{\"a\": 1, \"b\": 2, \"c\": {\"d\": [1, 2]}}"},
    {"a new member, without spaces", "{\"a\":1}", "{\"a\":1,\"b\":[1,2]}", "{\"a\":1,\"b\":[1,2]}"},
    {"an empty object in lines", "{\n  \"a\": {},\n  \"b\": []\n}", "{\"a\":{\"x\":1},\"b\":[1,2]}",
     "{\n  \"a\": {\n    \"x\": 1\n  },\n  \"b\": [\n    1,\n    2\n  ]\n}"},
    {"an array in one line within lines", "{\n  \"a\": [1, 2, 3],\n  \"b\": 0\n}",
     "{\"a\":[1,7,2,3,8],\"b\":0}", "{\n  \"a\": [1, 7, 2, 3, 8],\n  \"b\": 0\n}"},
    {"an element at the front", "[\n  1,\n  2\n]", "[0,1,2]", "[\n  0,\n  1,\n  2\n]"},
    {"the first element moves", "[1, 2, 3]", "[2,3,1]", "[2, 3, 1]"},
    {"lines of several elements", "[1, 2,\n 3, 4]", "[1,2,3,5]", "[1, 2,\n 3, 5]"},
    {"an element of one", "[1]", "[1,2]", "[1, 2]"},
    {"an element changed within", "[ {\"a\": 1 , \"b\": [ 1,2 ]} , 5 ]",
     "[{\"a\":1,\"b\":[1,3]},5]", "[ {\"a\": 1 , \"b\": [ 1,3 ]} , 5 ]"},
    {"strings full of brackets", "{\n  \"]}\\\\\": \"\\\"{[\",\n  \"b\": 1\n}",
     "{\"]}\\\\\":\"\\\"{[\",\"b\":2}", "{\n  \"]}\\\\\": \"\\\"{[\",\n  \"b\": 2\n}"},
    {"a byte order mark", "\xef\xbb\xbf{\"a\":1}\n", "{\"a\":2}", "\xef\xbb\xbf{\"a\":2}\n"},
    {"the root", "[1]\n", "{\"a\":1}", "{\"a\": 1}\n"},
    {"a scalar", " 1 \n", "2", " 2 \n"},
};

static void keeps_layout(void) {
    struct delta_arena *arena = delta_arena_new();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_buf buf = {0};
        struct delta_err err = {0};
        check_row("%s", rows[i].what);
        CHECK(!delta_write_like(rows[i].text, strlen(rows[i].text),
                                spelled_value(arena, rows[i].text),
                                spelled_value(arena, rows[i].after), &buf, &err));
        CHECK_EQ_MEM(buf.data, buf.length, rows[i].want, strlen(rows[i].want));
        delta_buf_free(&buf);
    }
    delta_arena_free(arena);
}

/* Any change, in any layout, is read back as it is; what did not change is the same text; and an
 * indented text stays one: what is written is what indenting the result would give, but for the
 * order of keys. */
static void any_change(void) {
    uint64_t seed = check_seed();

    for (uint32_t round = 0; round < 20000; round++) {
        struct random random = {.arena = delta_arena_new(), .seed = seed + round};
        struct delta_buf text = {0};
        struct delta_buf like = {0};
        struct delta_buf again = {0};
        struct delta_err err = {0};
        check_row("SEED=%" PRIu64 " round %u", seed, round);
        struct delta_value made = random_value(&random, 4);
        unsigned layout = random_below(&random, 3);
        if (layout == 0)
            writer_compact(&made, &text);
        else
            (void)delta_write(&made, DELTA_INDENTED, layout == 1 ? 0 : 2, &text, NULL);
        buf_put_char(&text, '\n');
        const struct delta_value *a = delta_read(random.arena, text.data, text.length, NULL, &err);
        struct delta_value b = a ? random_change(&random, a) : made;
        CHECK(a && !delta_write_like(text.data, text.length, a, &b, &like, &err));
        const struct delta_value *read =
            delta_read(random.arena, like.data, like.length, NULL, &err);
        CHECK(read && delta_value_equal(read, &b));
        CHECK_EQ_STR(err.text, "");
        if (read && layout > 0) {
            (void)delta_write(read, DELTA_INDENTED, layout == 1 ? 0 : 2, &again, NULL);
            buf_put_char(&again, '\n');
            if (a->length > 0 && value_is_container(a))
                CHECK_EQ_MEM(like.data, like.length, again.data, again.length);
        }
        if (a && delta_value_equal(a, &b))
            CHECK_EQ_MEM(like.data, like.length, text.data, text.length);
        delta_buf_free(&text);
        delta_buf_free(&like);
        delta_buf_free(&again);
        delta_arena_free(random.arena);
    }
}

int main(void) {
    RUN(keeps_layout);
    RUN(any_change);
    return check_done();
}
