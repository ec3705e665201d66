#include "tests/unit/random-value.h"

#include "patch/apply.h"
#include "patch/compose.h"
#include "tests/unit/spelled.h"

enum { ROUNDS = 30000 };

/* What two patches, spelled as JSON, come to. */
static const struct row {
    const char *what, *p, *q, *want;
    enum delta_code code;
    const char *pointer;
} rows[] = {
    {"empty is the unit on the left", "{}", "{\"changes\":{\"a\":1}}", "{\"changes\":{\"a\":1}}",
     DELTA_OK, ""},
    {"empty is the unit on the right", "{\"changes\":{\"a\":1}}", "{}", "{\"changes\":{\"a\":1}}",
     DELTA_OK, ""},
    {"set then removed ends removed", "{\"changes\":{\"a\":1}}", "{\"removed_keys\":[\"a\"]}",
     "{\"removed_keys\":[\"a\"]}", DELTA_OK, ""},
    {"removed then set ends set and is not also removed", "{\"removed_keys\":[\"a\"]}",
     "{\"changes\":{\"a\":1}}", "{\"changes\":{\"a\":1}}", DELTA_OK, ""},
    {"a patch within a value that was set", "{\"changes\":{\"a\":{\"b\":1,\"c\":2}}}",
     "{\"nested\":{\"a\":{\"changes\":{\"b\":3},\"removed_keys\":[\"c\"]}}}",
     "{\"changes\":{\"a\":{\"b\":3}}}", DELTA_OK, ""},
    {"a patch within a whole value", "{\"value\":[1,2]}",
     "{\"length\":2,\"elements\":[[1,1],[0,1]]}", "{\"value\":[2,1]}", DELTA_OK, ""},
    {"two moves", "{\"length\":3,\"elements\":[[2,1],[0,2]]}",
     "{\"length\":3,\"elements\":[[1,2],[0,1]]}", "{\"length\":3,\"elements\":[[0,3]]}", DELTA_OK,
     ""},
    {"an edit of a moved element", "{\"length\":2,\"elements\":[[1,1],[0,1]]}",
     "{\"length\":2,\"elements\":[{\"edit\":0,\"nested\":{\"changes\":{\"k\":1}}},[1,1]]}",
     "{\"length\":2,\"elements\":[{\"edit\":1,\"nested\":{\"changes\":{\"k\":1}}},[0,1]]}",
     DELTA_OK, ""},
    {"an edit of an inserted element", "{\"length\":1,\"elements\":[[0,1],{\"insert\":[{}]}]}",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"k\":1}}}]}",
     "{\"length\":1,\"elements\":[[0,1],{\"insert\":[{\"k\":1}]}]}", DELTA_OK, ""},
    {"edits of one element",
     "{\"length\":1,\"elements\":[{\"edit\":0,\"nested\":{\"changes\":"
     "{\"k\":1}}}]}",
     "{\"length\":1,\"elements\":[{\"edit\":0,\"nested\":{\"removed_keys\":[\"l\"]}}]}",
     "{\"length\":1,\"elements\":[{\"edit\":0,\"nested\":{\"changes\":{\"k\":1},\"removed_keys\":["
     "\"l\"]}}]}",
     DELTA_OK, ""},
    {"an inserted element is removed again", "{\"length\":1,\"elements\":[[0,1],{\"insert\":[7]}]}",
     "{\"length\":2,\"elements\":[[0,1]]}", "{\"length\":1,\"elements\":[[0,1]]}", DELTA_OK, ""},
    {"literals are cut by code points",
     "{\"length\":4,\"text\":[[0,2],\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\",[2,2]]}",
     "{\"length\":7,\"text\":[[1,2],\"x\",[4,2]]}",
     "{\"length\":4,\"text\":[[1,1],\"\xc3\xbcx\xf0\x9f\x98\x80\",[2,1]]}", DELTA_OK, ""},
    {"within what was removed", "{\"nested\":{\"x\":{\"removed_keys\":[\"a/b\"]}}}",
     "{\"nested\":{\"x\":{\"nested\":{\"a/b\":{\"value\":1}}}}}", NULL, DELTA_ERR_JOIN, "/x/a~1b"},
    {"another length", "{\"length\":1,\"elements\":[[0,1]]}", "{\"length\":2,\"elements\":[[0,2]]}",
     NULL, DELTA_ERR_JOIN, ""},
    {"another text length", "{\"nested\":{\"t\":{\"length\":1,\"text\":[[0,1],\"x\"]}}}",
     "{\"nested\":{\"t\":{\"length\":1,\"text\":[[0,1]]}}}", NULL, DELTA_ERR_JOIN, "/t"},
    {"another type", "{\"changes\":{\"a\":1}}", "{\"length\":2,\"elements\":[[0,2]]}", NULL,
     DELTA_ERR_JOIN, ""},
    {"what was set has another type", "{\"changes\":{\"a\":1}}",
     "{\"nested\":{\"a\":{\"changes\":{\"b\":1}}}}", NULL, DELTA_ERR_BASE, "/a"},
};

static void joins_patches(void) {
    struct delta_arena *arena = delta_arena_new();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_err err = {0};
        check_row("%s", rows[i].what);
        const struct delta_patch *p = spelled_patch(arena, rows[i].p);
        const struct delta_patch *q = spelled_patch(arena, rows[i].q);
        const struct delta_patch *both = p && q ? compose_patches(arena, p, q, &err) : NULL;
        CHECK(!both == !rows[i].want);
        CHECK_EQ_INT(err.code, rows[i].code);
        CHECK_EQ_STR(err.pointer, rows[i].pointer);
        if (both && rows[i].want)
            CHECK(spelled_same_patch(arena, both, spelled_patch(arena, rows[i].want)));
    }
    delta_arena_free(arena);
}

/* Law 2: apply(a, compose(p,q)) = apply(apply(a,p),q), and compose is associative. */
static void law_2(void) {
    uint64_t seed = check_seed();

    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct random random = {.arena = delta_arena_new(), .seed = seed + round};
        struct delta_arena *arena = random.arena;
        struct delta_err err = {0};
        struct delta_value states[4];
        const struct delta_patch *patches[3];
        struct delta_value reached;

        check_row("SEED=%" PRIu64 " round %u", seed, round);
        states[0] = random_value(&random, 4);
        bool fine = true;
        for (int i = 0; i < 3 && fine; i++) {
            patches[i] = random_patch(&random, &states[i]);
            fine = patches[i] && !apply_patch(arena, &states[i], patches[i], &states[i + 1], &err);
        }
        CHECK(fine);
        const struct delta_patch *first =
            fine ? compose_patches(arena, patches[0], patches[1], &err) : NULL;
        const struct delta_patch *last =
            first ? compose_patches(arena, patches[1], patches[2], &err) : NULL;
        const struct delta_patch *left =
            last ? compose_patches(arena, first, patches[2], &err) : NULL;
        const struct delta_patch *right =
            left ? compose_patches(arena, patches[0], last, &err) : NULL;
        CHECK_EQ_STR(err.text, "");
        if (right) {
            CHECK(!apply_patch(arena, &states[0], first, &reached, &err) &&
                  delta_value_equal(&reached, &states[2]));
            CHECK(!apply_patch(arena, &states[0], left, &reached, &err) &&
                  delta_value_equal(&reached, &states[3]));
            CHECK(spelled_same_patch(arena, left, right));
        }
        delta_arena_free(arena);
    }
}

/* The values in a composed patch are held to the depth of a state. */
static void bounds_depth(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct delta_value deep = value_literal(DELTA_NULL);

    /* Below two objects, the most levels that a state has room for, then one more. */
    for (int i = 0; i < DELTA_MAX_DEPTH - 2; i++)
        REQUIRE(!value_array(arena, &deep, 1, &deep, &err));
    const struct value_key *key = value_key(arena, "k", 1);
    struct delta_value empty;
    REQUIRE(!value_object(arena, NULL, 0, &empty, &err));
    struct patch_member first = {.key = key, .change = PATCH_SET, .value = empty};
    for (int excess = 0; excess <= 1; excess++) {
        struct patch_member within = {.key = key, .change = PATCH_SET, .value = deep};
        struct patch_member second = {
            .key = key, .change = PATCH_NEST, .nested = patch_object(arena, &within, 1, &err)};
        const struct delta_patch *p = patch_object(arena, &first, 1, &err);
        const struct delta_patch *q = patch_object(arena, &second, 1, &err);
        CHECK((compose_patches(arena, p, q, &err) == NULL) == (excess != 0));
        CHECK_EQ_INT(err.code, excess ? DELTA_ERR_LIMIT : DELTA_OK);
        REQUIRE(!value_array(arena, &deep, 1, &deep, &err));
    }
    delta_arena_free(arena);
}

int main(void) {
    RUN(joins_patches);
    RUN(law_2);
    RUN(bounds_depth);
    return check_done();
}
