#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"

#include "patch/apply.h"
#include "patch/compose.h"
#include "patch/invert.h"

enum { ROUNDS = 30000 };

static const struct row {
    const char *what, *base, *patch, *want;
} rows[] = {
    {"nothing", "1", "{}", "{}"},
    {"a whole value", "1", "{\"value\":2}", "{\"value\":1}"},
    {"a new key", "{}", "{\"changes\":{\"a\":1}}", "{\"removed_keys\":[\"a\"]}"},
    {"a changed and a removed key", "{\"a\":1,\"b\":2}",
     "{\"changes\":{\"a\":3},\"removed_keys\":[\"b\"]}", "{\"changes\":{\"a\":1,\"b\":2}}"},
    {"an absent key removed has cannot be reversed", "{}", "{\"removed_keys\":[\"a\"]}", "{}"},
    {"the same, nested", "{\"x\":{}}", "{\"nested\":{\"x\":{\"removed_keys\":[\"a\"]}}}", "{}"},
    {"a move goes back as a move", "[1,2,3]", "{\"length\":3,\"elements\":[[2,1],[0,2]]}",
     "{\"length\":3,\"elements\":[[1,2],[0,1]]}"},
    {"dropped elements are inserted", "[1,2,3,4]", "{\"length\":4,\"elements\":[[0,1],[3,1]]}",
     "{\"length\":2,\"elements\":[[0,1],{\"insert\":[2,3]},[1,1]]}"},
    {"an edit of a moved element", "[{\"a\":1},2]",
     "{\"length\":2,\"elements\":[[1,1],{\"edit\":0,\"nested\":{\"changes\":{\"a\":3}}}]}",
     "{\"length\":2,\"elements\":[{\"edit\":1,\"nested\":{\"changes\":{\"a\":1}}},[0,1]]}"},
    {"text", "\"a\xc3\xbc\xe2\x82\xac.\"", "{\"length\":4,\"text\":[[0,1],\"xyz\",[3,1]]}",
     "{\"length\":5,\"text\":[[0,1],\"\xc3\xbc\xe2\x82\xac\",[4,1]]}"},
};

static void inverts(void) {
    struct delta_arena *arena = delta_arena_new();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_err err = {0};
        check_row("%s", rows[i].what);
        const struct delta_value *base = spelled_value(arena, rows[i].base);
        const struct delta_patch *back =
            invert_patch(arena, base, spelled_patch(arena, rows[i].patch), &err);
        CHECK_EQ_STR(err.text, "");
        CHECK(spelled_same_patch(arena, back, spelled_patch(arena, rows[i].want)));
    }
    delta_arena_free(arena);
}

static void refuses_other_bases(void) {
    static const struct {
        const char *base, *patch, *pointer;
    } bad[] = {
        {"1", "{\"changes\":{\"a\":1}}", ""},
        {"{\"a\":[1]}", "{\"nested\":{\"a\":{\"length\":2,\"elements\":[[0,2]]}}}", "/a"},
        {"[{}]",
         "{\"length\":1,\"elements\":[{\"edit\":0,\"nested\":{\"nested\":{\"b\":{\"value\":1}}}}]}",
         "/0/b"},
        {"\"ab\"", "{\"length\":3,\"text\":[[0,3]]}", ""},
        {"\"\\ud800x\"", "{\"length\":2,\"text\":[[0,2]]}", ""},
    };
    struct delta_arena *arena = delta_arena_new();

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct delta_err err = {0};
        check_row("%s on %s", bad[i].patch, bad[i].base);
        CHECK(!invert_patch(arena, spelled_value(arena, bad[i].base),
                            spelled_patch(arena, bad[i].patch), &err));
        CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
        CHECK_EQ_STR(err.pointer, bad[i].pointer);
    }
    delta_arena_free(arena);
}

/* Law 3: apply(b, invert(p)) = a; and the way back of two steps is that of each, in reverse. */
static void law_3(void) {
    uint64_t seed = check_seed();

    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct random random = {.arena = delta_arena_new(), .seed = seed + round};
        struct delta_arena *arena = random.arena;
        struct delta_err err = {0};

        check_row("SEED=%" PRIu64 " round %u", seed, round);
        struct delta_value a = random_value(&random, 4);
        struct delta_value b;
        struct delta_value c;
        struct delta_value reached;
        const struct delta_patch *p = random_patch(&random, &a);
        bool fine = !apply_patch(arena, &a, p, &b, &err);
        const struct delta_patch *q = fine ? random_patch(&random, &b) : NULL;
        fine = fine && !apply_patch(arena, &b, q, &c, &err);
        const struct delta_patch *p_back = fine ? invert_patch(arena, &a, p, &err) : NULL;
        const struct delta_patch *q_back = p_back ? invert_patch(arena, &b, q, &err) : NULL;
        const struct delta_patch *both =
            q_back ? compose_patches(arena, q_back, p_back, &err) : NULL;
        CHECK(both != NULL);
        if (both) {
            CHECK(!apply_patch(arena, &b, p_back, &reached, &err) &&
                  delta_value_equal(&reached, &a));
            CHECK(!apply_patch(arena, &c, both, &reached, &err) && delta_value_equal(&reached, &a));
        }
        CHECK_EQ_STR(err.text, "");
        delta_arena_free(arena);
    }
}

int main(void) {
    RUN(inverts);
    RUN(refuses_other_bases);
    RUN(law_3);
    return check_done();
}
