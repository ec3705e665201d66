#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"

/* What is no patch, and where. */
static const struct {
    const char *json, *pointer;
} bad[] = {
    {"[]", ""},
    {"null", ""},
    {"{\"chances\":{}}", "/chances"},
    {"{\"changes\":[]}", "/changes"},
    {"{\"removed_keys\":{}}", "/removed_keys"},
    {"{\"removed_keys\":[\"a\",1]}", "/removed_keys/1"},
    {"{\"removed_keys\":[\"a\",\"a\"]}", "/a"},
    {"{\"changes\":{\"a/b\":1},\"removed_keys\":[\"a/b\"]}", "/a~1b"},
    {"{\"changes\":{\"a\":1},\"nested\":{\"a\":{\"value\":1}}}", "/a"},
    {"{\"nested\":[]}", "/nested"},
    {"{\"nested\":{\"a\":{\"nested\":{\"b\":3}}}}", "/nested/a/nested/b"},
    {"{\"value\":1,\"changes\":{}}", ""},
    {"{\"value\":1,\"length\":1}", ""},
    {"{\"length\":1}", ""},
    {"{\"elements\":[]}", ""},
    {"{\"text\":[]}", ""},
    {"{\"length\":1,\"text\":[],\"elements\":[]}", ""},
    {"{\"length\":1,\"elements\":[],\"changes\":{}}", ""},
    {"{\"length\":-1,\"elements\":[]}", "/length"},
    {"{\"length\":1.0,\"elements\":[]}", "/length"},
    {"{\"length\":4294967296,\"elements\":[]}", "/length"},
    {"{\"length\":18446744073709551617,\"elements\":[]}", "/length"},
    {"{\"length\":\"1\",\"elements\":[]}", "/length"},
    {"{\"length\":1,\"elements\":{}}", "/elements"},
    {"{\"length\":1,\"elements\":[[0,2]]}", "/elements/0"},
    {"{\"length\":1,\"elements\":[[1,1]]}", "/elements/0"},
    {"{\"length\":1,\"elements\":[[4294967295,4294967295]]}", "/elements/0"},
    {"{\"length\":1,\"elements\":[[0,0]]}", "/elements/0"},
    {"{\"length\":1,\"elements\":[[0]]}", "/elements/0"},
    {"{\"length\":1,\"elements\":[[0,1,1]]}", "/elements/0"},
    {"{\"length\":1,\"elements\":[[0,\"1\"]]}", "/elements/0/1"},
    {"{\"length\":1,\"elements\":[1]}", "/elements/0"},
    {"{\"length\":1,\"elements\":[{}]}", "/elements/0"},
    {"{\"length\":1,\"elements\":[{\"insert\":[]}]}", "/elements/0/insert"},
    {"{\"length\":1,\"elements\":[{\"insert\":{}}]}", "/elements/0/insert"},
    {"{\"length\":1,\"elements\":[{\"insert\":[1],\"edit\":0}]}", "/elements/0"},
    {"{\"length\":1,\"elements\":[{\"edit\":0}]}", "/elements/0"},
    {"{\"length\":1,\"elements\":[{\"edit\":1,\"nested\":{\"value\":1}}]}", "/elements/0/edit"},
    {"{\"length\":1,\"elements\":[{\"edit\":0,\"nested\":{\"value\":1,\"x\":1}}]}",
     "/elements/0/nested/x"},
    {"{\"length\":9,\"elements\":[[2,3],[0,3]]}", "/elements"},
    {"{\"length\":9,\"elements\":[[2,3],{\"edit\":3,\"nested\":{\"value\":1}}]}", "/elements"},
    {"{\"length\":4294967295,\"elements\":[[0,4294967295],{\"insert\":[1]}]}", "/elements"},
    {"{\"length\":4294967295,\"elements\":[{\"insert\":[1]},[1,4294967294],{\"insert\":[1]}]}",
     "/elements"},
    {"{\"length\":9,\"text\":[[4,2],[0,2]]}", "/text"},
    {"{\"length\":9,\"text\":[[0,3],[2,3]]}", "/text"},
    {"{\"length\":9,\"text\":[\"\"]}", "/text/0"},
    {"{\"length\":9,\"text\":[\"x\",\"\\udc00\"]}", "/text/1"},
    {"{\"length\":9,\"text\":[{\"insert\":[\"x\"]}]}", "/text/0"},
};

static void refuses(void) {
    struct delta_arena *arena = delta_arena_new();

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct delta_err err = {0};
        check_row("%s", bad[i].json);
        CHECK(!patch_from_value(arena, spelled_value(arena, bad[i].json), &err));
        CHECK_EQ_INT(err.code, DELTA_ERR_DAMAGED);
        CHECK_EQ_STR(err.pointer, bad[i].pointer);
        CHECK(err.has_pointer);
    }
    delta_arena_free(arena);
}

/* A value in a patch may be as deep as a state, and no deeper. */
static void bounds_depth(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_value deep = value_literal(DELTA_NULL);
    struct delta_err err = {0};
    for (int i = 0; i < DELTA_MAX_DEPTH; i++)
        REQUIRE(!value_array(arena, &deep, 1, &deep, &err));
    for (int excess = 0; excess <= 1; excess++) {
        struct value_member change = {.key = value_key(arena, "a", 1), .value = deep};
        struct value_member member = {.key = value_key(arena, "changes", 7)};
        struct delta_value patch;
        err = (struct delta_err){0};
        REQUIRE(!value_object(arena, &change, 1, &member.value, &err));
        REQUIRE(!value_object(arena, &member, 1, &patch, &err));
        CHECK((patch_from_value(arena, &patch, &err) == NULL) == (excess != 0));
        CHECK_EQ_STR(err.pointer, excess ? "/changes/a" : "");
        REQUIRE(!value_array(arena, &deep, 1, &deep, &err));
    }
    delta_arena_free(arena);
}

/* An array has at most 2^32 - 1 elements. */
static void takes_the_longest(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    CHECK(patch_from_value(
        arena,
        spelled_value(arena,
                      "{\"length\":4294967295,\"elements\":[{\"insert\":[1]},[1,4294967294]]}"),
        &err));
    CHECK_EQ_STR(err.text, "");
    delta_arena_free(arena);
}

/* What means the same is read as one patch: parts that can be one, parts that do nothing. */
static void normalises(void) {
    static const char *const same[][2] = {
        {"{\"changes\":{},\"removed_keys\":[],\"nested\":{}}", "{}"},
        {"{\"nested\":{\"a\":{}}}", "{}"},
        {"{\"nested\":{\"a\":{\"nested\":{\"b\":{}}}}}", "{}"},
        {"{\"length\":3,\"elements\":[[0,1],[1,2]]}", "{\"length\":3,\"elements\":[[0,3]]}"},
        {"{\"length\":3,\"elements\":[{\"insert\":[1]},{\"insert\":[2]}]}",
         "{\"length\":3,\"elements\":[{\"insert\":[1,2]}]}"},
        {"{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{}}]}",
         "{\"length\":2,\"elements\":[[0,2]]}"},
        {"{\"length\":3,\"text\":[\"a\",\"b\",[0,1],[1,1]]}",
         "{\"length\":3,\"text\":[\"ab\",[0,2]]}"},
        {"{\"removed_keys\":[\"b\",\"a\"],\"changes\":{\"d\":1,\"c\":2}}",
         "{\"changes\":{\"c\":2,\"d\":1},\"removed_keys\":[\"a\",\"b\"]}"},
    };
    struct delta_arena *arena = delta_arena_new();

    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        check_row("%s", same[i][0]);
        CHECK_EQ_STR(spelled_patch_out(arena, spelled_patch(arena, same[i][0])), same[i][1]);
    }
    delta_arena_free(arena);
}

/* Any patch is spelled, measured and read back. */
static void round_trip(void) {
    uint64_t seed = check_seed();

    for (uint32_t round = 0; round < 20000; round++) {
        struct random random = {.arena = delta_arena_new(), .seed = seed + round};
        struct delta_value value = random_value(&random, 4);
        struct delta_value spelled;
        struct delta_err err = {0};

        check_row("SEED=%" PRIu64 " round %u", seed, round);
        const struct delta_patch *patch = random_patch(&random, &value);
        CHECK(!patch_to_value(random.arena, patch, &spelled, &err));
        CHECK(patch_size(patch) == delta_value_size(&spelled));
        const struct delta_patch *back = patch_from_value(random.arena, &spelled, &err);
        CHECK_EQ_STR(err.text, "");
        CHECK(spelled_same_patch(random.arena, patch, back));
        delta_arena_free(random.arena);
    }
}

static void counts(void) {
    struct delta_arena *arena = delta_arena_new();
    struct patch_counts counts = {0, 0, 0};

    patch_count(spelled_patch(arena, "{\"changes\":{\"a\":1},\"removed_keys\":[\"b\",\"c\"],"
                                     "\"nested\":{\"d\":{\"changes\":{\"e\":1}}}}"),
                &counts);
    CHECK_EQ_INT(counts.set, 2);
    CHECK_EQ_INT(counts.removed, 2);
    CHECK_EQ_INT(counts.other, 0);
    counts = (struct patch_counts){0, 0, 0};
    patch_count(spelled_patch(arena, "{\"length\":5,\"elements\":[[4,1],[0,1],{\"insert\":[1,2]},"
                                     "{\"edit\":1,\"nested\":{\"value\":1}}]}"),
                &counts);
    CHECK_EQ_INT(counts.other, 7); /* 2 behind their place, 2 inserted, 1 replaced, 2 dropped */
    delta_arena_free(arena);
}

/* Values that come one at a time into one insert. */
static void gathers_inserts(void) {
    struct delta_arena *arena = delta_arena_new();
    struct patch_items list = {0};
    struct delta_err err = {0};

    for (int i = 0; i < 1000; i++) {
        struct delta_value one = value_literal(i % 2 ? DELTA_TRUE : DELTA_FALSE);
        patch_items_insert(&list, arena, &one, 1);
    }
    const struct delta_patch *patch = patch_items_close(&list, arena, PATCH_ARRAY, 0, &err);
    REQUIRE(patch && patch->count == 1 && patch->items[0].count == 1000);
    for (int i = 0; i < 1000; i++)
        CHECK_EQ_INT(patch->items[0].values[i].type, i % 2 ? DELTA_TRUE : DELTA_FALSE);
    delta_arena_free(arena);
}

int main(void) {
    RUN(refuses);
    RUN(bounds_depth);
    RUN(takes_the_longest);
    RUN(normalises);
    RUN(round_trip);
    RUN(counts);
    RUN(gathers_inserts);
    return check_done();
}
