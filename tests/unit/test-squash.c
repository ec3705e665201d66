#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"

#include "diff/diff.h"
#include "patch/apply.h"
#include "patch/compose.h"
#include "patch/copy.h"
#include "record/record.h"

enum { ROUNDS = 1500, MOST_STATES = 12 };

/* A record as it is read from a stream, in an arena of its own. */
static const struct delta_record *carried(const struct delta_record *record,
                                          const struct delta_value *base, bool packed,
                                          struct delta_arena **arena) {
    static const char padding[64];
    struct delta_buf buf = {0};
    struct delta_record_format format = {.packed = packed};
    struct delta_err err = {0};
    size_t offset = 0;
    *arena = delta_arena_new();
    CHECK(!delta_record_write(record, base, &format, &buf, &err));
    size_t length = buf.length;
    buf_put(&buf, padding, sizeof padding);
    const char *bytes = arena_copy(*arena, buf.data, buf.length);
    delta_buf_free(&buf);
    const struct delta_record *read =
        delta_record_read(*arena, bytes, length, &offset, 0, "test", &err);
    CHECK_EQ_STR(err.text, "");
    return read;
}

/* What a chain of records is made of, by the round. */
struct plan {
    bool known;      /* the base is given */
    bool reversible; /* every record is */
    bool any; /* records of every strategy; only where the base is known, or after a full one */
};

static const struct delta_record *step(struct random *random, const struct plan *plan,
                                       const struct delta_value *from, const struct delta_value *to,
                                       bool known, bool *packed) {
    struct delta_diff_options options = {.strategy = DELTA_DICT, .reversible = plan->reversible};
    struct delta_err err = {0};
    *packed = random_chance(random, 2);
    options.standalone = *packed && !known;
    options.packed = *packed;
    if (plan->any) {
        static const enum delta_strategy all[] = {DELTA_DICT,     DELTA_DICT,      DELTA_NONE,
                                                  DELTA_COMPRESS, DELTA_REFERENCE, DELTA_BINARY};
        options.strategy = all[random_below(random, known ? 6 : 4)];
    }
    const struct delta_record *record = delta_diff(random->arena, from, to, &options, &err);
    CHECK_EQ_STR(err.text, "");
    return record;
}

/* Squashed records lead from the first state to the last, and back. */
static void any_chain(void) {
    uint64_t seed = check_seed();

    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct random random = {.arena = delta_arena_new(), .seed = seed + round};
        struct delta_err err = {0};
        struct delta_value states[MOST_STATES];
        uint32_t count = 2 + random_below(&random, MOST_STATES - 1);
        struct plan plan = {
            .known = round % 2, .reversible = round % 3 == 0, .any = round % 3 == 1};
        bool full = false;
        check_row("SEED=%" PRIu64 " round %u", seed, round);
        states[0] = random_value(&random, 3);
        struct delta_squash *squash = delta_squash_new(plan.known ? &states[0] : NULL, &err);
        REQUIRE(squash);
        for (uint32_t i = 1; i < count; i++) {
            struct delta_arena *arena;
            bool packed;
            states[i] = random_change(&random, &states[i - 1]);
            bool known = plan.known || full;
            const struct delta_record *made =
                step(&random, &plan, &states[i - 1], &states[i], known, &packed);
            REQUIRE(made);
            const struct delta_record *record =
                carried(made, known ? &states[i - 1] : NULL, packed, &arena);
            full |= made->strategy == DELTA_NONE || made->strategy == DELTA_COMPRESS;
            REQUIRE(record && !delta_squash_add(squash, arena, record, NULL, &err));
        }
        struct delta_arena *arena = delta_arena_new();
        const struct delta_record *all = delta_squash_close(squash, arena, NULL, &err);
        delta_squash_free(squash);
        CHECK_EQ_STR(err.text, "");
        REQUIRE(all);
        const struct delta_value *last = delta_apply(arena, all, &states[0], NULL, NULL, &err);
        CHECK(last && delta_value_equal(last, &states[count - 1]));
        CHECK_EQ_STR(err.text, "");
        CHECK(all->has_base && all->has_target);
        CHECK_EQ_INT(record_is_reversible(all), plan.reversible);
        if (plan.reversible) {
            struct delta_apply_options back = {.reverse = true};
            const struct delta_value *first =
                delta_apply(arena, all, &states[count - 1], &back, NULL, &err);
            CHECK(first && delta_value_equal(first, &states[0]));
            const struct delta_record *inverse = delta_record_invert(arena, all, NULL, &err);
            first =
                inverse ? delta_apply(arena, inverse, &states[count - 1], NULL, NULL, &err) : NULL;
            CHECK(first && delta_value_equal(first, &states[0]));
        }
        delta_arena_free(arena);
        delta_arena_free(random.arena);
    }
}

/* A chain so long that the state that is followed is copied on the way, more than once. */
static void long_chain(void) {
    uint64_t seed = check_seed();
    struct random random = {.arena = delta_arena_new(), .seed = seed};
    struct delta_err err = {0};
    struct delta_value state = random_value(&random, 3);
    struct delta_value base = state;
    struct delta_squash *squash = delta_squash_new(&base, &err);

    check_row("SEED=%" PRIu64, seed);
    REQUIRE(squash);
    for (int i = 0; i < 1500; i++) {
        struct delta_arena *arena;
        struct delta_value next = random_change(&random, &state);
        const struct delta_record *made = delta_diff(random.arena, &state, &next, NULL, &err);
        REQUIRE(made);
        const struct delta_record *record = carried(made, &state, false, &arena);
        REQUIRE(record && !delta_squash_add(squash, arena, record, NULL, &err));
        state = next;
    }
    struct delta_arena *arena = delta_arena_new();
    const struct delta_record *all = delta_squash_close(squash, arena, NULL, &err);
    delta_squash_free(squash);
    REQUIRE(all);
    const struct delta_value *last = delta_apply(arena, all, &base, NULL, NULL, &err);
    CHECK(last && delta_value_equal(last, &state));
    delta_arena_free(arena);
    delta_arena_free(random.arena);
}

/* Records that do not follow one another are named. */
static void joins_by_digest(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    const struct delta_value *a = spelled_value(arena, "{\"a\":1}");
    const struct delta_value *b = spelled_value(arena, "{\"a\":2}");
    const struct delta_record *record = delta_diff(arena, a, b, NULL, &err);
    struct delta_arena *one;
    struct delta_arena *other;
    const struct delta_record *first = carried(record, a, false, &one);
    const struct delta_record *second = carried(record, a, false, &other);
    struct delta_squash *squash = delta_squash_new(NULL, &err);

    CHECK(!delta_squash_add(squash, one, first, "this", &err));
    CHECK(delta_squash_add(squash, other, second, NULL, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_JOIN);
    CHECK(strstr(err.text, "this and record 2 do not join"));
    delta_squash_free(squash);
    delta_arena_free(arena);
}

/* A change and a removal are a removal of the first base; only a full record joins after it. */
static void joins_removed(void) {
    struct delta_arena *arena = delta_arena_new();
    const struct delta_value *a = spelled_value(arena, "{\"a\":1}");
    const struct delta_value *b = spelled_value(arena, "{\"a\":2}");
    const struct {
        const struct delta_value *from, *to;
        int status; /* of adding it */
        enum delta_strategy strategy;
    } last[] = {{NULL, a, 0, DELTA_NONE}, {b, a, -1, DELTA_REMOVED}};
    for (int known = 0; known < 2; known++) {
        for (size_t i = 0; i < 2; i++) {
            struct delta_err err = {0};
            struct delta_arena *arenas[3];
            struct delta_squash *squash = delta_squash_new(known ? a : NULL, &err);
            const struct delta_record *records[] = {
                carried(delta_diff(arena, a, b, NULL, &err), a, false, &arenas[0]),
                carried(delta_diff(arena, b, NULL, NULL, &err), b, true, &arenas[1]),
                carried(delta_diff(arena, last[i].from, last[i].to, NULL, &err), last[i].from,
                        false, &arenas[2])};
            CHECK_EQ_INT(delta_squash_add(squash, arenas[0], records[0], NULL, &err), 0);
            CHECK_EQ_INT(delta_squash_add(squash, arenas[1], records[1], NULL, &err), 0);
            struct delta_record_info info;
            delta_record_info(delta_squash_close(squash, arena, NULL, &err), &info);
            CHECK_EQ_INT(info.strategy, DELTA_REMOVED);
            CHECK(info.has_base && !info.has_target);
            CHECK(info.base.low == delta_value_digest(a).low);
            CHECK_EQ_INT(delta_squash_add(squash, arenas[2], records[2], NULL, &err),
                         last[i].status);
            if (last[i].status == 0) {
                delta_record_info(delta_squash_close(squash, arena, NULL, &err), &info);
                CHECK(info.has_target && info.target.low == delta_value_digest(a).low);
            }
            delta_squash_free(squash);
        }
    }
    delta_arena_free(arena);
}

/* The position is that of the last record: none where it has none. */
static void last_position(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    const struct delta_value *states[] = {
        spelled_value(arena, "{\"a\":1}"), spelled_value(arena, "{\"a\":2}"),
        spelled_value(arena, "{\"a\":3}"), spelled_value(arena, "{\"a\":4}")};
    static const char *const sources[][3] = {
        {"s", "s", "s"}, {"s", "t", "s"}, {NULL, NULL, "t"}, {"s", "t", NULL}};
    for (size_t row = 0; row < sizeof sources / sizeof *sources; row++) {
        for (int known = 0; known < 2; known++) {
            struct delta_squash *squash = delta_squash_new(known ? states[0] : NULL, &err);
            for (int i = 0; i < 3; i++) {
                const char *source = sources[row][i];
                struct delta_arena *one;
                const struct delta_diff_options options = {
                    .source = source ? delta_value_string_of(arena, source, &err) : NULL,
                    .seq = 10 + (uint64_t)i};
                const struct delta_record *record =
                    delta_diff(arena, states[i], states[i + 1], &options, &err);
                record = carried(record, states[i], false, &one);
                CHECK(!delta_squash_add(squash, one, record, NULL, &err));
            }
            struct delta_record_info info;
            const struct delta_record *made = delta_squash_close(squash, arena, NULL, &err);
            delta_squash_free(squash);
            check_row("row %zu, known %d", row, known);
            REQUIRE(made);
            delta_record_info(made, &info);
            CHECK_EQ_INT(info.source != NULL, sources[row][2] != NULL);
            if (info.source)
                CHECK(delta_value_is(info.source, sources[row][2]) && info.seq == 12);
        }
    }
    delta_arena_free(arena);
}

/* One key stays; records of two keys do not join, however their digests do. */
static void joins_by_key(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    const struct delta_value *states[] = {spelled_value(arena, "{\"a\":1}"),
                                          spelled_value(arena, "{\"a\":2}"),
                                          spelled_value(arena, "{\"a\":3}")};
    const struct delta_diff_options x = {.key = delta_value_string_of(arena, "x", &err)};
    const struct delta_diff_options y = {.key = delta_value_string_of(arena, "y", &err)};
    const struct delta_record *first = delta_diff(arena, states[0], states[1], &x, &err);
    const struct delta_diff_options *keys[] = {&x, &y, NULL};
    for (int i = 0; i < 3; i++) {
        struct delta_arena *one, *other;
        struct delta_squash *squash = delta_squash_new(NULL, &err);
        const struct delta_record *second = delta_diff(arena, states[1], states[2], keys[i], &err);
        first = carried(first, states[0], false, &one);
        second = carried(second, states[1], false, &other);
        CHECK(!delta_squash_add(squash, one, first, "this", &err));
        CHECK_EQ_INT(delta_squash_add(squash, other, second, NULL, &err), i ? -1 : 0);
        if (i == 0) {
            struct delta_record_info info;
            delta_record_info(delta_squash_close(squash, arena, NULL, &err), &info);
            CHECK(delta_value_is(info.key, "x"));
        } else {
            CHECK_EQ_INT(err.code, DELTA_ERR_JOIN);
            CHECK(strstr(err.text, "this and record 2 do not join: their keys differ"));
        }
        delta_squash_free(squash);
        first = delta_diff(arena, states[0], states[1], &x, &err);
        err = (struct delta_err){0};
    }
    delta_arena_free(arena);
}

/* Laws 1 and 4, and 2 for patches that a diff makes: chains of them, folded from either end. */
static void laws_of_diff(void) {
    uint64_t seed = check_seed();
    static const struct diff_options ways[] = {{0}, {.fine = true}, {.shallow = true}};

    for (uint32_t round = 0; round < 20000; round++) {
        struct random random = {.arena = delta_arena_new(), .seed = seed + round};
        struct delta_arena *arena = random.arena;
        struct delta_err err = {0};
        const struct diff_options *options = &ways[round % 3];
        check_row("SEED=%" PRIu64 " round %u", seed, round);
        struct delta_value a = random_value(&random, 4);
        struct delta_value b = random_change(&random, &a);
        struct delta_value c = random_change(&random, &b);
        struct delta_value out;
        const struct delta_patch *p = diff_values(arena, &a, &b, options, &err);
        const struct delta_patch *q = diff_values(arena, &b, &c, options, &err);
        const struct delta_patch *none = diff_values(arena, &a, &a, options, &err);
        REQUIRE(p && q && none);
        CHECK(!apply_patch(arena, &a, p, &out, &err) && delta_value_equal(&out, &b));
        CHECK_EQ_INT(none->kind, PATCH_EMPTY);
        CHECK(compose_patches(arena, p, none, &err) == p &&
              compose_patches(arena, none, p, &err) == p);
        const struct delta_patch *both = compose_patches(arena, p, q, &err);
        CHECK(both && !apply_patch(arena, &a, both, &out, &err) && delta_value_equal(&out, &c));
        CHECK_EQ_STR(err.text, "");
        delta_arena_free(arena);
    }
}

/* A copy is equal and shares nothing: it outlives what it was made from. */
static void copies(void) {
    uint64_t seed = check_seed();

    for (uint32_t round = 0; round < 5000; round++) {
        struct random random = {.arena = delta_arena_new(), .seed = seed + round};
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        struct delta_value copy;
        check_row("SEED=%" PRIu64 " round %u", seed, round);
        struct delta_value value = random_value(&random, 4);
        const struct delta_patch *patch = random_patch(&random, &value);
        CHECK(!copy_value(arena, &value, &copy, &err) && delta_value_equal(&copy, &value));
        const struct delta_patch *copied = copy_patch(arena, patch, &err);
        CHECK(copied && spelled_same_patch(arena, copied, patch));
        const char *before = arena_copy(arena, written_out(random.arena, &value),
                                        strlen(written_out(random.arena, &value)));
        const char *spelled = spelled_patch_out(arena, copied);
        delta_arena_free(random.arena);
        CHECK_EQ_STR(written_out(arena, &copy), before);
        CHECK_EQ_STR(spelled_patch_out(arena, copied), spelled);
        delta_arena_free(arena);
    }
}

static void nothing_added(void) {
    struct delta_err err = {0};
    struct delta_arena *arena = delta_arena_new();
    struct delta_squash *squash = delta_squash_new(NULL, &err);

    CHECK(!delta_squash_close(squash, arena, NULL, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
    delta_squash_free(squash);
    delta_squash_free(NULL);
    delta_arena_free(arena);
}

int main(void) {
    RUN(laws_of_diff);
    RUN(any_chain);
    RUN(long_chain);
    RUN(joins_by_digest);
    RUN(joins_by_key);
    RUN(last_position);
    RUN(joins_removed);
    RUN(copies);
    RUN(nothing_added);
    return check_done();
}
