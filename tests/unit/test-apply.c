#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"

#include "patch/apply.h"

static const struct row {
    const char *what, *base, *patch, *want;
    enum delta_code code;
    const char *pointer;
} rows[] = {
    {"the empty patch fits anything", "[1]", "{}", "[1]", DELTA_OK, ""},
    {"a whole value", "{}", "{\"value\":null}", "null", DELTA_OK, ""},
    {"keys keep their order, new ones follow", "{\"z\":1,\"b\":2,\"a\":3}",
     "{\"changes\":{\"b\":9,\"y\":1,\"c\":1},\"removed_keys\":[\"z\"]}",
     "{\"b\":9,\"a\":3,\"c\":1,\"y\":1}", DELTA_OK, ""},
    {"setting fits where the key is and where it is not", "{}", "{\"changes\":{\"__proto__\":1}}",
     "{\"__proto__\":1}", DELTA_OK, ""},
    {"removing an absent key is no error", "{\"a\":1}", "{\"removed_keys\":[\"b\"]}", "{\"a\":1}",
     DELTA_OK, ""},
    {"nothing is left", "{\"a\":1}", "{\"removed_keys\":[\"a\"]}", "{}", DELTA_OK, ""},
    {"more members than are looked up one by one",
     "{\"l\":0,\"k\":0,\"j\":0,\"i\":0,\"h\":0,\"g\":0,\"f\":0,\"e\":0,\"d\":0,\"c\":0,\"b\":0}",
     "{\"changes\":{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"m\":1},"
     "\"removed_keys\":[\"h\",\"i\",\"n\"]}",
     "{\"l\":0,\"k\":0,\"j\":0,\"g\":1,\"f\":1,\"e\":1,\"d\":1,\"c\":1,\"b\":1,\"a\":1,\"m\":1}",
     DELTA_OK, ""},
    {"a move, an insertion, an edit", "[1,2,{\"a\":1},4]",
     "{\"length\":4,\"elements\":[[3,1],{\"insert\":[7,8]},{\"edit\":2,\"nested\":{\"changes\":"
     "{\"a\":2}}},[0,1]]}",
     "[4,7,8,{\"a\":2},1]", DELTA_OK, ""},
    {"an array emptied", "[1]", "{\"length\":1,\"elements\":[]}", "[]", DELTA_OK, ""},
    {"text by code points", "\"a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80!\"",
     "{\"length\":5,\"text\":[\"<\",[0,2],[3,1],\">\"]}", "\"<a\xc3\xbc\xf0\x9f\x98\x80>\"",
     DELTA_OK, ""},
    {"a text emptied", "\"ab\"", "{\"length\":2,\"text\":[]}", "\"\"", DELTA_OK, ""},
    {"an object patch needs an object", "[]", "{\"changes\":{\"a\":1}}", NULL, DELTA_ERR_BASE, ""},
    {"an array patch needs an array", "{}", "{\"length\":0,\"elements\":[]}", NULL, DELTA_ERR_BASE,
     ""},
    {"an array patch needs its length", "{\"a/b\":[0,[1]]}",
     "{\"nested\":{\"a/b\":{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"length\":2,"
     "\"elements\":[[0,2]]}}]}}}",
     NULL, DELTA_ERR_BASE, "/a~1b/1"},
    {"a text patch needs a string", "1", "{\"length\":1,\"text\":[[0,1]]}", NULL, DELTA_ERR_BASE,
     ""},
    {"a text patch needs its length in code points", "\"\xc3\xbc\"",
     "{\"length\":2,\"text\":[[0,1]]}", NULL, DELTA_ERR_BASE, ""},
    {"a text patch needs a string without lone surrogates", "\"\\ud800\"",
     "{\"length\":1,\"text\":[[0,1]]}", NULL, DELTA_ERR_BASE, ""},
    {"a nested patch needs its key", "{\"a\":{}}",
     "{\"nested\":{\"a\":{\"nested\":{\"~\":{\"value\":1}}}}}", NULL, DELTA_ERR_BASE, "/a/~0"},
};

static void applies(void) {
    struct delta_arena *arena = delta_arena_new();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_err err = {0};
        struct delta_value out = value_literal(DELTA_TRUE);
        check_row("%s", rows[i].what);
        const struct delta_value *base = spelled_value(arena, rows[i].base);
        const struct delta_patch *patch = spelled_patch(arena, rows[i].patch);
        REQUIRE(base && patch);
        int result = apply_patch(arena, base, patch, &out, &err);
        CHECK_EQ_INT(err.code, rows[i].code);
        CHECK_EQ_INT(result, rows[i].want ? 0 : -1);
        CHECK_EQ_STR(written_out(arena, &out), rows[i].want ? rows[i].want : "true");
        CHECK_EQ_STR(err.pointer, rows[i].pointer);
        CHECK_EQ_INT(err.has_pointer, rows[i].want == NULL);
        if (rows[i].want) /* digest and size of what was made are those of what is read */
            CHECK(delta_value_equal(&out, spelled_value(arena, rows[i].want)) &&
                  delta_value_size(&out) == delta_value_size(spelled_value(arena, rows[i].want)));
    }
    delta_arena_free(arena);
}

/* Law 6: a patch that fits another value fails, or makes something; base and memory stay whole. */
static void foreign_bases(void) {
    uint64_t seed = check_seed();
    unsigned refused = 0;

    for (uint32_t round = 0; round < 20000; round++) {
        struct random random = {.arena = delta_arena_new(), .seed = seed + round};
        struct delta_err err = {0};
        struct delta_value out;
        struct delta_value a = random_value(&random, 3);
        struct delta_value b = random_change(&random, &a);
        const char *before = written_out(random.arena, &b);
        if (apply_patch(random.arena, &b, random_patch(&random, &a), &out, &err)) {
            check_row("SEED=%" PRIu64 " round %u", seed, round);
            CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
            CHECK(err.has_pointer);
            refused++;
        }
        CHECK_EQ_STR(written_out(random.arena, &b), before);
        delta_arena_free(random.arena);
    }
    CHECK(refused > 0);
}

static void bounds_depth(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct delta_value deep = value_literal(DELTA_NULL);
    struct delta_value out;

    for (int i = 0; i < DELTA_MAX_DEPTH; i++)
        REQUIRE(!value_array(arena, &deep, 1, &deep, &err));
    struct patch_member set = {.key = value_key(arena, "k", 1), .change = PATCH_SET, .value = deep};
    CHECK(apply_patch(arena, spelled_value(arena, "{}"), patch_object(arena, &set, 1, &err), &out,
                      &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_LIMIT);
    delta_arena_free(arena);
}

/* Patches that were read are checked; those that blocks of states make are not, so that runs of a
 * text that go back, or reach past its end, must be found here. */
static void runs_of_a_text(void) {
    static const struct {
        const char *name;
        uint32_t from[2], count[2];
        const char *made; /* NULL: refused */
    } texts_made[] = {
        {"in order", {1, 3}, {2, 2}, "bcde"},   {"with nothing between", {1, 3}, {2, 5}, "bcdefgh"},
        {"back by one", {1, 2}, {2, 2}, NULL},  {"back to the start", {4, 0}, {2, 2}, NULL},
        {"past the end", {1, 3}, {2, 6}, NULL}, {"from past the end", {1, 9}, {2, 1}, NULL},
    };
    static const char *const texts[] = {"abcdefgh", "abcdefg\xc3\xa9"};
    for (size_t row = 0; row < sizeof texts_made / sizeof *texts_made; row++)
        for (size_t t = 0; t < 2; t++) {
            struct delta_arena *arena = delta_arena_new();
            struct delta_err err = {0};
            struct delta_value made, base = value_string(texts[t], (uint32_t)strlen(texts[t]));
            struct patch_item items[2] = {{.kind = PATCH_COPY}, {.kind = PATCH_COPY}};
            for (int i = 0; i < 2; i++) {
                items[i].from = texts_made[row].from[i];
                items[i].count = texts_made[row].count[i];
            }
            struct delta_patch patch = {
                .kind = PATCH_STRING, .count = 2, .length = 8, .items = items};
            check_row("%s, text %zu", texts_made[row].name, t);
            int status = apply_patch(arena, &base, &patch, &made, &err);
            CHECK_EQ_INT(status, texts_made[row].made ? 0 : -1);
            if (status < 0)
                CHECK_EQ_INT(err.code, DELTA_ERR_DAMAGED);
            else if (t == 0 && texts_made[row].made)
                CHECK_EQ_MEM(made.text, made.length, texts_made[row].made,
                             strlen(texts_made[row].made));
            delta_arena_free(arena);
        }
}

int main(void) {
    RUN(applies);
    RUN(foreign_bases);
    RUN(bounds_depth);
    RUN(runs_of_a_text);
    return check_done();
}
