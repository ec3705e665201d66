/* Pairing of changed elements: what it may never do, and what it finds. */
#include "diff/pairing.h"
#include "diff/sequence.h"
#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"

enum { MOST = 64 };

/* What sequence_match would say: equal elements, the first free one. */
static void match_equal(const struct delta_value *a, const struct delta_value *b,
                        uint32_t *source) {
    bool used[MOST] = {false};
    for (uint32_t j = 0; j < b->length; j++) {
        source[j] = SEQUENCE_NONE;
        for (uint32_t i = 0; i < a->length && source[j] == SEQUENCE_NONE; i++)
            if (!used[i] && value_same(&value_items(a)[i], &value_items(b)[j])) {
                used[i] = true;
                source[j] = i;
            }
    }
}

static void pair(struct delta_arena *arena, const struct delta_value *a,
                 const struct delta_value *b, uint32_t *source, uint32_t *edited) {
    struct pairing_arrays arrays = {.a = value_items(a),
                                    .b = value_items(b),
                                    .a_count = a->length,
                                    .b_count = b->length,
                                    .source = source};
    bool used[MOST] = {false};
    match_equal(a, b, source);
    CHECK(pair_alike(arena, &arrays, edited, NULL) == 0);
    for (uint32_t j = 0; j < b->length; j++)
        if (source[j] != SEQUENCE_NONE)
            used[source[j]] = true;
    for (uint32_t j = 0; j < b->length; j++) {
        if (source[j] != SEQUENCE_NONE)
            CHECK(edited[j] == SEQUENCE_NONE);
        if (edited[j] == SEQUENCE_NONE)
            continue;
        CHECK(edited[j] < a->length);
        if (edited[j] >= a->length)
            continue;
        CHECK(!used[edited[j]]);
        used[edited[j]] = true;
        CHECK_EQ_INT(value_items(a)[edited[j]].type, value_items(b)[j].type);
    }
}

static void nothing_twice(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(10000); round++) {
        uint32_t source[MOST], edited[MOST];
        struct delta_value items[24];
        random.arena = delta_arena_new();
        uint32_t count = random_below(&random, 24);
        for (uint32_t i = 0; i < count; i++)
            items[i] = random_value(&random, 2);
        struct delta_value a = random_array_of(&random, items, count);
        struct delta_value b = random_change_array(&random, &a);
        pair(random.arena, &a, &b, source, edited);
        delta_arena_free(random.arena);
    }
}

static void what_is_alike(void) {
    static const struct {
        const char *name, *a, *b;
        int edited[4]; /* -1: none */
    } rows[] = {
        {"an object with one member changed",
         "[{\"id\":1,\"x\":1,\"y\":2}]",
         "[{\"id\":1,\"x\":9,\"y\":2}]",
         {0}},
        {"two that changed places and changed within",
         "[{\"id\":1,\"n\":\"a\",\"v\":1},{\"id\":2,\"n\":\"b\",\"v\":2}]",
         "[{\"id\":2,\"n\":\"b\",\"v\":3},{\"id\":1,\"n\":\"a\",\"v\":4}]",
         {1, 0}},
        {"nothing shared, but alone in one place", "[{\"a\":1}]", "[{\"b\":2}]", {0}},
        {"nothing shared, not alone", "[{\"a\":1},{\"a\":2}]", "[{\"b\":2}]", {-1}},
        {"of another type", "[[1,2,3]]", "[{\"a\":1}]", {-1}},
        {"scalars are not changed within", "[1]", "[2]", {-1}},
        {"arrays that share elements", "[[1,2,3,4],5]", "[5,[1,2,3,9]]", {-1, 0}},
        {"empty ones", "[]", "[]", {-1}},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct delta_arena *arena = delta_arena_new();
        uint32_t source[MOST], edited[MOST];
        check_row("%s", rows[row].name);
        const struct delta_value *a = spelled_value(arena, rows[row].a);
        const struct delta_value *b = spelled_value(arena, rows[row].b);
        pair(arena, a, b, source, edited);
        for (uint32_t j = 0; j < b->length; j++)
            CHECK_EQ_INT(edited[j], (uint32_t)rows[row].edited[j]);
        delta_arena_free(arena);
    }
}

int main(void) {
    RUN(nothing_twice);
    RUN(what_is_alike);
    return check_done();
}
