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
    {"a row, as the others are", "{\n  \"m\": [\n    [1, 2],\n    [3, 4]\n  ]\n}",
     "{\"m\":[[1,2],[3,4],[5,6]]}", "{\n  \"m\": [\n    [1, 2],\n    [3, 4],\n    [5, 6]\n  ]\n}"},
    {"an object, as the others are", "[\n  { \"a\" : 1, \"p\" : [1,2] },\n  { \"a\" : 2 }\n]",
     "[{\"a\":1,\"p\":[1,2]},{\"a\":2},{\"a\":3,\"p\":[3,4]}]",
     "[\n  { \"a\" : 1, \"p\" : [1,2] },\n  { \"a\" : 2 },\n  { \"a\" : 3, \"p\" : [3,4] }\n]"},
    {"a member's value, as in the elements beside",
     "[\n  {\n    \"a\": 1,\n    \"p\": [1,2]\n  },\n  {\n    \"a\": 2\n  }\n]",
     "[{\"a\":1,\"p\":[1,2]},{\"a\":2,\"p\":[3,4]}]",
     "[\n  {\n    \"a\": 1,\n    \"p\": [1,2]\n  },\n  {\n    \"a\": 2,\n    \"p\": [3,4]\n  }\n]"},
    {"lists in one line, wherever they are",
     "{\n  \"a\": {\n    \"l\": [1, 2]\n  },\n  \"b\": 1\n}", "{\"a\":{\"l\":[1,2]},\"b\":[3,4]}",
     "{\n  \"a\": {\n    \"l\": [1, 2]\n  },\n  \"b\": [3, 4]\n}"},
    {"the last element of a line is another", "[1, 2,\n 3, 4,\n 5]", "[1,2,9,4,5]",
     "[1, 2,\n 9, 4,\n 5]"},
    {"sorted members", "{\"a\":1,\"c\":2,\"e\":3}", "{\"a\":1,\"c\":2,\"e\":3,\"b\":4,\"f\":5}",
     "{\"a\":1,\"b\":4,\"c\":2,\"e\":3,\"f\":5}"},
    {"two members may be sorted by chance", "{\"b\":1,\"c\":2}", "{\"b\":1,\"c\":2,\"a\":3}",
     "{\"b\":1,\"c\":2,\"a\":3}"},
    {"lines without indentation", "[\n1,\n2\n]", "[1,2,[3,{\"a\":4}]]",
     "[\n1,\n2,\n[3, {\"a\": 4}]\n]"},
    {"a space before colons", "{\n  \"a\" : 1\n}", "{\"a\":1,\"b\":{\"c\":2}}",
     "{\n  \"a\" : 1,\n  \"b\" : {\n    \"c\" : 2\n  }\n}"},
    {"commas before members", "{ \"a\": 1\n, \"b\": 2\n}", "{\"a\":1,\"b\":2,\"c\":3}",
     "{ \"a\": 1\n, \"b\": 2\n, \"c\": 3\n}"},
    {"a text that escapes all but ASCII", "{\"a\":\"\\u00e9\"}",
     "{\"a\":\"\xc3\xa9\",\"\xc3\xa9\":\"\xf0\x9f\x98\x80\"}",
     "{\"a\":\"\\u00e9\",\"\\u00e9\":\"\\ud83d\\ude00\"}"},
    {"a text that escapes slashes", "{\"a\":\"\\/\"}", "{\"a\":\"\\/\",\"b/\":\"/\\u0001\"}",
     "{\"a\":\"\\/\",\"b\\/\":\"\\/\\u0001\"}"},
    {"a text that escapes some slashes", "{\"a\":\"\\//\"}", "{\"a\":\"//\",\"b\":\"/\"}",
     "{\"a\":\"\\//\",\"b\":\"/\"}"},
    {"a lone surrogate has no other form", "{\"a\":\"\\ud83d\"}",
     "{\"a\":\"\\ud83d\",\"b\":\"\xc3\xa9\"}", "{\"a\":\"\\ud83d\",\"b\":\"\xc3\xa9\"}"},
    {"the first goes, and the next breaks its own lines", "[[1],\t[2,\n 3]]", "[[2,3]]",
     "[[2,\n 3]]"},
    {"an element in front of one that stays, whose place it does not take",
     "[  {\"b\": 3\n,\"a\"  :2  }\n]", "[{\"b\":0,\"a\":1},{\"b\":3,\"a\":2}]",
     "[  {\"b\": 0\n,\"a\": 1  },{\"b\": 3\n,\"a\"  :2  }\n]"},
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

/* Three texts to the merged state's. NULL: as the base's. */
static const struct {
    const char *what, *base, *ours, *theirs, *want;
} merges[] = {
    {"theirs is new where its neighbours are", "{\"a\":1,\"z\":2}", "{\"a\":1,\"z\":3}",
     "{\"a\":1,\"m\":4,\"z\":2}", "{\"a\":1,\"m\":4,\"z\":3}"},
    {"both at one place: ours first", "{\"z\":1,\"a\":2}", "{\"z\":1,\"o\":3,\"a\":2}",
     "{\"z\":1,\"n\":4,\"a\":2}", "{\"z\":1,\"o\":3,\"n\":4,\"a\":2}"},
    {"both at one place, sorted", "{\"a\":1,\"b\":1,\"z\":1}", "{\"a\":1,\"b\":1,\"o\":2,\"z\":1}",
     "{\"a\":1,\"b\":1,\"n\":3,\"z\":1}", "{\"a\":1,\"b\":1,\"n\":3,\"o\":2,\"z\":1}"},
    {"sorted without regard to case", "{\"a\":1,\"B\":1,\"z\":1}",
     "{\"a\":1,\"B\":1,\"o\":2,\"z\":1}", "{\"a\":1,\"B\":1,\"N\":3,\"z\":1}",
     "{\"a\":1,\"B\":1,\"N\":3,\"o\":2,\"z\":1}"},
    {"the neighbour before went", "{\"x\":1,\"b\":1,\"z\":1}", "{\"x\":1,\"z\":1}",
     "{\"x\":1,\"b\":1,\"c\":2,\"z\":1}", "{\"x\":1,\"c\":2,\"z\":1}"},
    {"theirs is first", "{\"b\":1,\"a\":1}", "{\"b\":1,\"a\":2}", "{\"n\":0,\"b\":1,\"a\":1}",
     "{\"n\":0,\"b\":1,\"a\":2}"},
    {"only theirs changed the order", "{\"a\":1,\"b\":2,\"c\":3}",
     "{\"a\":1,\"b\":2,\"n\":4,\"c\":3}", "{\"c\":3,\"b\":2,\"a\":1}",
     "{\"c\":3,\"b\":2,\"n\":4,\"a\":1}"},
    {"both changed the order", "{\"a\":1,\"b\":2,\"c\":3}", "{\"b\":2,\"a\":1,\"c\":3}",
     "{\"c\":3,\"b\":2,\"a\":1}", "{\"b\":2,\"a\":1,\"c\":3}"},
    {"newlines of theirs, a blank line less in ours", "{\r\n \"a\":1,\r\n\r\n \"b\":2\r\n}\r\n",
     "{\r\n \"a\":1,\r\n \"b\":2\r\n}\r\n", "{\n \"a\":1,\n\n \"b\":2\n}\n",
     "{\n \"a\":1,\n \"b\":2\n}\n"},
    {"indentation of theirs, a member of ours", "{\n  \"a\": 1\n}", "{\n  \"a\": 1,\n  \"b\": 2\n}",
     "{\n\t\"a\": 1\n}", "{\n\t\"a\": 1,\n\t\"b\": 2\n}"},
    {"indentation of theirs, a container of ours", "{\n  \"a\": 1\n}",
     "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [1,2]\n  }\n}", "{\n\t\"a\" : 1\n}",
     "{\n\t\"a\" : 1,\n\t\"b\" : {\n\t\t\"c\" : [1,2]\n\t}\n}"},
    {"lines of theirs, a container of ours", "{\"a\":1}", "{\"a\":1,\"b\":{\"c\":[1,2]}}",
     "{\n  \"a\": 1\n}\n",
     "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [\n      1,\n      2\n    ]\n  }\n}\n"},
    {"one line of theirs, a container of ours", "{\n  \"a\": 1\n}\n",
     "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [\n      1,\n      2\n    ]\n  }\n}\n", "{\"a\":1}",
     "{\"a\":1,\"b\":{\"c\":[1,2]}}"},
    {"the same, with an indentation of its own", "{\n  \"a\": 1\n}\n",
     "{\n  \"a\": 1,\n  \"b\": {\n     \"c\": 1\n }\n}\n", "{\"a\":1}",
     "{\"a\":1,\"b\":{\"c\":1}}"},
    {"one line of theirs, which has nothing of ours", "{\n  \"a\": 1\n}\n",
     "{\n \"k\": [\n  7,\n  6\n ]\n}\n", "{}\n", "{\"k\": [7, 6]}\n"},
    {"rows that ours wrote in lines, a row of theirs", "{\n \"m\": [\n  [1, 2]\n ]\n}",
     "{\n \"m\": [\n  [\n   1,\n   2\n  ]\n ]\n}", "{\n \"m\": [\n  [1, 2],\n  [3, 4]\n ]\n}",
     "{\n \"m\": [\n  [\n   1,\n   2\n  ],\n  [\n   3,\n   4\n  ]\n ]\n}"},
    {"padding that theirs wrote anew, a row of ours", "{\n \"m\": [\n  {\"x\": 1}\n ]\n}",
     "{\n \"m\": [\n  {\"x\": 1},\n  {\"x\": 2}\n ]\n}", "{\n \"m\": [\n  { \"x\": 1 }\n ]\n}",
     "{\n \"m\": [\n  { \"x\": 1 },\n  { \"x\": 2 }\n ]\n}"},
    {"padding of a row of theirs alone", "{\n \"m\": [\n  {\"x\": 1}\n ],\n \"z\": 1\n}",
     "{\n \"m\": [\n  {\"x\": 1}\n ],\n \"z\": 2\n}",
     "{\n \"m\": [\n  {\"x\": 1},\n  { \"x\": 2 }\n ],\n \"z\": 1\n}",
     "{\n \"m\": [\n  {\"x\": 1},\n  { \"x\": 2 }\n ],\n \"z\": 2\n}"},
    {"the last newline of theirs", "[1]", "[2]", "[1]\n", "[2]\n"},
    {"the byte order mark went in theirs", "\xef\xbb\xbf[1]", "\xef\xbb\xbf[2]", "[1]", "[2]"},
    {"escapes: of a key, of a value that theirs spells otherwise",
     "{\"\xc3\xa9\":\"\xc3\xa9\",\"b\":1}", "{\"\xc3\xa9\":\"\xc3\xa9\",\"b\":2}",
     "{\"\\u00e9\":\"\\u00E9\",\"b\":1}", "{\"\\u00e9\":\"\\u00E9\",\"b\":2}"},
    {"both spelled it otherwise: ours", "[\"\xc3\xa9\",1]", "[\"\\u00e9\",2]", "[\"\\u00E9\",1]",
     "[\"\\u00e9\",2]"},
    {"no base", NULL, "{\n  \"o\": [1]\n}\n", "{\n  \"t\": {\"x\" : 1.0}\n}\n",
     "{\n  \"o\": [1],\n  \"t\": {\"x\" : 1.0}\n}\n"},
    {"empty in ours", "{\n  \"a\": {},\n  \"b\": 1\n}", "{\n  \"a\": {},\n  \"b\": 2\n}",
     "{\n  \"a\": {\n    \"x\": 1\n  },\n  \"b\": 1\n}",
     "{\n  \"a\": {\n    \"x\": 1\n  },\n  \"b\": 2\n}"},
    {"an empty one that theirs opened", "[ {}, 1]", "[ {}, 2]", "[ { }, 1]", "[ { }, 2]"},
    {"lines broken at colons, below another indentation",
     "{\n  \"a\": {\n    \"b\"\n    :\n      [\n1]\n  },\n  \"z\": 1\n}",
     "{\n\t\"a\": {\n    \"b\"\n    :\n      [\n1]\n  },\n\t\"z\": 1\n}",
     "{\n  \"a\": {\n    \"b\"\n    :\n      [\n1]\n  },\n  \"n\"\n  :\n    [\n1],\n  \"z\": 2\n}",
     "{\n\t\"a\": {\n    \"b\"\n    :\n      [\n1]\n  },\n\t\"n\"\n\t:\n\t\t[\n1],\n\t\"z\": 2\n}"},
    {"another type in theirs", "{\n  \"a\": 1,\n  \"b\": 1\n}", "{\n  \"a\": 1,\n  \"b\": 2\n}",
     "{\n  \"a\": [\n    1\n  ],\n  \"b\": 1\n}", "{\n  \"a\": [\n    1\n  ],\n  \"b\": 2\n}"},
};

/* A new element is written as its member of the same key is in the element before it, which is
 * looked for among the first 64. */
static void model_among_many(void) {
    for (int before = 63; before <= 64; before++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf text = {0}, after = {0}, want = {0}, out = {0};
        struct delta_err err = {0};
        delta_buf_printf(&text, "[{");
        for (int i = 0; i < before; i++)
            delta_buf_printf(&text, "\"%d\":0,", i);
        delta_buf_printf(&text, "\"z\":[ 1,2 ]}");
        delta_buf_put(&after, text.data, text.length);
        delta_buf_put(&want, text.data, text.length);
        delta_buf_printf(&text, "]");
        delta_buf_printf(&after, ",{\"z\":[3]}]");
        delta_buf_printf(&want, before < 64 ? ",{\"z\":[ 3 ]}]" : ",{\"z\":[3]}]");
        const struct delta_value *old_state = delta_read(arena, text.data, text.length, NULL, &err);
        const struct delta_value *state = delta_read(arena, after.data, after.length, NULL, &err);
        check_row("%d members before", before);
        CHECK(old_state && state &&
              !delta_write_like(text.data, text.length, old_state, state, &out, &err));
        CHECK_EQ_MEM(out.data, out.length, want.data, want.length);
        delta_buf_free(&text);
        delta_buf_free(&after);
        delta_buf_free(&want);
        delta_buf_free(&out);
        delta_arena_free(arena);
    }
}

static void merges_layout(void) {
    struct delta_arena *arena = delta_arena_new();

    for (size_t i = 0; i < sizeof merges / sizeof *merges; i++) {
        const char *texts[] = {merges[i].base, merges[i].ours, merges[i].theirs};
        struct delta_source sources[3] = {{0}};
        struct delta_conflicts conflicts;
        struct delta_merge_options options = {.prefer = DELTA_PREFER_OURS};
        struct delta_buf buf = {0};
        struct delta_err err = {0};
        check_row("%s", merges[i].what);
        for (size_t side = 0; side < 3; side++)
            if (texts[side])
                sources[side] = (struct delta_source){
                    texts[side], strlen(texts[side]),
                    delta_read(arena, texts[side], strlen(texts[side]), NULL, &err)};
        const struct delta_value *base = sources[0].state;
        if (!base)
            base = delta_value_object(arena, NULL, 0, &err);
        const struct delta_value *merged = delta_merge(
            arena, base, sources[1].state, sources[2].state, &options, &conflicts, &err);
        CHECK(merged &&
              !delta_write_merged(&sources[0], &sources[1], &sources[2], merged, &buf, &err));
        CHECK_EQ_MEM(buf.data, buf.length, merges[i].want, strlen(merges[i].want));
        delta_buf_free(&buf);
    }
    delta_arena_free(arena);
}

/* The merged state is that of one side: its text is the result where the other one's is the base's,
 * or there is no other. */
static void one_side_is_the_result(void) {
    static const struct {
        const char *what, *base, *ours, *theirs, *want; /* NULL: there is none */
        bool is_theirs;
    } texts[] = {
        {"theirs is the base", "[1]", " [ 2]", "[1]", " [ 2]", false},
        {"ours is", "[1]", "[1]", " [ 2]", " [ 2]", true},
        {"theirs has a newline more", "[1]", "[2]", "[1]\n", "[2]\n", false},
        {"theirs has a newline less", "[1]\n", "[2]\n", "[1]", "[2]", false},
        {"theirs has another space", "[1] ", "[2] ", " [1]", " [2]", false},
        {"no base", NULL, " [2]", "[2]\n", " [2]", false},
        {"no theirs", "[1]", " [ 2]", NULL, " [ 2]", false},
        {"no ours", "[1]", NULL, " [ 2]", " [ 2]", true},
        {"ours alone", NULL, " [ 2]", NULL, " [ 2]", false},
    };
    struct delta_arena *arena = delta_arena_new();
    for (size_t i = 0; i < 2 * (sizeof texts / sizeof *texts); i++) {
        const char *given[] = {texts[i / 2].base, texts[i / 2].ours, texts[i / 2].theirs};
        struct delta_source sources[3] = {{0}};
        const struct delta_source *sides[3];
        struct delta_buf buf = {0};
        struct delta_err err = {0};
        check_row("%s", texts[i / 2].what);
        for (size_t side = 0; side < 3; side++) {
            if (given[side])
                sources[side] = (struct delta_source){
                    given[side], strlen(given[side]),
                    delta_read(arena, given[side], strlen(given[side]), NULL, &err)};
            /* What there is not is NULL, or has no state. */
            sides[side] = given[side] || i % 2 ? &sources[side] : NULL;
        }
        const struct delta_value *merged = sources[texts[i / 2].is_theirs ? 2 : 1].state;
        CHECK(!delta_write_merged(sides[0], sides[1], sides[2], merged, &buf, &err));
        CHECK_EQ_MEM(buf.data, buf.length, texts[i / 2].want, strlen(texts[i / 2].want));
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
    RUN(model_among_many);
    RUN(merges_layout);
    RUN(one_side_is_the_result);
    RUN(any_change);
    return check_done();
}
