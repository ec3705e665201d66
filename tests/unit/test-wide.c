/* Objects of many members: their keys are distinct, they are read and compared right, whatever the
 * order of their keys. */
#include "base/err.h"
#include "diff/diff.h"
#include "patch/apply.h"
#include "patch/copy.h"
#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"
#include "json/distinct.h"
#include "json/reader.h"

enum { MOST = 70000 }; /* enough for several parts */

static const uint32_t counts[] = {2, 3, 4, 5, 16, 32, 33, 100, 4000, 16384, 16385, 40000, MOST};

#define EACH_COUNT(c)                                                                              \
    size_t c = 0;                                                                                  \
    c < sizeof counts / sizeof *counts;                                                            \
    c++

/* Members 1 to `count`, in order or shuffled. */
static struct value_member *members_of(struct random *random, uint32_t count, bool shuffled) {
    struct value_member *members = arena_array(random->arena, count, sizeof *members);
    for (uint32_t i = 0; members && i < count; i++) {
        char text[24];
        int length = snprintf(text, sizeof text, "k%08" PRIu32, i);
        const char *copy = arena_copy(random->arena, text, (size_t)length);
        members[i].key = value_key(random->arena, copy, (uint32_t)length);
        value_u64(random->arena, i, &members[i].value, NULL);
    }
    for (uint32_t i = count; members && shuffled && i > 1; i--) {
        uint32_t j = random_below(random, i);
        struct value_member member = members[i - 1];
        members[i - 1] = members[j];
        members[j] = member;
    }
    return members;
}

/* ---- Distinct keys ---- */

static void one_key_is_there_twice(void) {
    struct random random = {.seed = check_seed()};
    struct distinct distinct = {0};
    for (EACH_COUNT(c))
        for (int shuffled = 0; shuffled < 2; shuffled++) {
            uint32_t count = counts[c];
            random.arena = delta_arena_new();
            struct value_member *members = members_of(&random, count, shuffled);
            const struct value_key *found = NULL;
            CHECK_EQ_INT(distinct_check(&distinct, members, count, &found), 0);
            for (unsigned round = 0; round < 5; round++) {
                uint32_t from = random_below(&random, count);
                uint32_t to = (from + 1 + random_below(&random, count - 1)) % count;
                const struct value_key *kept = members[to].key;
                members[to].key =
                    value_key(random.arena, members[from].key->text, members[from].key->length);
                CHECK_EQ_INT(distinct_check(&distinct, members, count, &found), 1);
                CHECK(found && value_key_equal(found, members[to].key));
                members[to].key = kept;
            }
            delta_arena_free(random.arena);
        }
    distinct_free(&distinct);
}

/* Hashes that some of the keys share prove nothing. */
static void equal_hashes_prove_nothing(void) {
    struct random random = {.seed = check_seed()};
    struct distinct distinct = {0};
    for (EACH_COUNT(c)) {
        uint32_t count = counts[c], shared = count < 100 ? count : 100;
        random.arena = delta_arena_new();
        struct value_member *members = members_of(&random, count, true);
        const struct value_key *found = NULL;
        for (uint32_t i = 0; i < shared; i++)
            ((struct value_key *)(uintptr_t)members[i].key)->hash = 7;
        CHECK_EQ_INT(distinct_check(&distinct, members, count, &found), 0);
        delta_arena_free(random.arena);
    }
    distinct_free(&distinct);
}

/* Hashes whose bits are equal where a table keeps them, and that follow one another in it, are
 * compared as a whole. */
static void equal_parts_of_hashes_prove_nothing(void) {
    enum { ABOVE_SLOT = 17 }; /* below the bits that are kept */
    struct random random = {.seed = check_seed()};
    struct distinct distinct = {0};
    for (EACH_COUNT(c)) {
        uint32_t count = counts[c], shared = count < 100 ? count : 100;
        random.arena = delta_arena_new();
        struct value_member *members = members_of(&random, count, true);
        const struct value_key *found = NULL;
        for (uint32_t i = 0; i < shared; i++)
            ((struct value_key *)(uintptr_t)members[i].key)->hash =
                UINT64_C(7) << 60 | i % 4 | (uint64_t)(i / 4) << ABOVE_SLOT;
        CHECK_EQ_INT(distinct_check(&distinct, members, count, &found), 0);
        members[0].key = members[shared - 1].key;
        CHECK_EQ_INT(distinct_check(&distinct, members, count, &found), 1);
        CHECK(found == members[0].key);
        delta_arena_free(random.arena);
    }
    distinct_free(&distinct);
}

/* ---- Reading ---- */

/* More keys than the reader remembers, in an array of objects that share some of them; the last
 * object has one twice, or not. */
static void keys_are_forgotten(void) {
    enum { OBJECTS = 6, WIDTH = 9000 };
    for (unsigned twice = 0; twice < 2; twice++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf text = {0}, again = {0};
        struct delta_err err = {0};
        buf_put_char(&text, '[');
        for (unsigned o = 0; o < OBJECTS; o++) {
            for (unsigned i = 0; i < WIDTH; i++)
                delta_buf_printf(&text, "%s\"k%u\":%u",
                                 i   ? ","
                                 : o ? "},{"
                                     : "{",
                                 i * (o + 1) % (WIDTH + 1) + o / 2, i);
            if (o == OBJECTS - 1 && twice)
                delta_buf_printf(&text, ",\"k%u\":1", 7 + o / 2);
        }
        delta_buf_printf(&text, "}]");
        const struct delta_value *value = delta_read(arena, text.data, text.length, NULL, &err);
        if (twice) {
            CHECK(!value);
            CHECK_EQ_STR(err.text, "duplicate key \"k9\"");
        } else {
            REQUIRE(value);
            writer_compact(value, &again);
            CHECK_EQ_MEM(again.data, again.length, text.data, text.length);
        }
        delta_buf_free(&text);
        delta_buf_free(&again);
        delta_arena_free(arena);
    }
}

/* Containers whose elements stay on the stack's memory, after others that are open, or closed. */
static void large_containers_among_others(void) {
    enum { WIDTH = 1 << 15 };
    static const unsigned before[] = {0, 1, 3, WIDTH - 2, WIDTH + 1};
    for (size_t b = 0; b < sizeof before / sizeof *before; b++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf text = {0}, again = {0};
        buf_put_char(&text, '[');
        for (unsigned i = 0; i < before[b]; i++)
            delta_buf_printf(&text, "%u,", i);
        for (unsigned kind = 0; kind < 4; kind++) {
            delta_buf_printf(&text, "%s[{\"a\":", kind ? "," : "");
            for (unsigned i = 0; i < WIDTH + kind - 1; i++)
                delta_buf_printf(&text, kind % 2 ? "%s%u" : "%s\"k%u\":[{\"b\":\"x\"}]",
                                 i          ? ","
                                 : kind % 2 ? "["
                                            : "{",
                                 i);
            delta_buf_printf(&text, "%c,\"c\":{}},null]", kind % 2 ? ']' : '}');
        }
        buf_put_char(&text, ']');
        const struct delta_value *value = delta_read(arena, text.data, text.length, NULL, NULL);
        REQUIRE(value);
        CHECK_EQ_INT(delta_value_size(value), text.length);
        struct delta_digest digest = delta_value_digest(value);
        writer_compact(value, &again);
        CHECK_EQ_MEM(again.data, again.length, text.data, text.length);
        struct delta_value copy = *value;
        CHECK_EQ_INT(copy_value(arena, value, &copy, NULL), 0);
        CHECK(delta_digest_equal(delta_value_digest(&copy), digest));
        delta_buf_free(&text);
        delta_buf_free(&again);
        delta_arena_free(arena);
    }
}

/* A key is not the one that came before in its place because it begins like it. */
static void expected_keys(void) {
    static const char *const rows[] = {
        "[{\"a\":1,\"b\":2},{\"a\":1,\"bc\":2},{\"ab\":1,\"b\":2}]",
        "[{\"a\":1,\"b\":2},{\"b\":1,\"a\":2},{\"\":1,\"b\":2},{\"a\":1},{\"b\":1}]",
        "[{\"a\\\"\":1,\"b\":2},{\"a\\\"\":1,\"b\":2},{\"a\":1}]",
        "[{\"key of 17 letters\":1},{\"key of 17 letters\":2},{\"key of 17 letterz\":3}]",
        "{\"x\":{\"x\":{\"x\":{}},\"y\":{\"x\":1}},\"y\":{\"y\":{\"x\":{}},\"x\":0}}",
        "[{\"\\u00e9\":1},{\"\xc3\xa9\":2},{\"\\u00e9\":3}]",
        "[{\"a\":1,\"b\":2,\"c\":3},{\"a\":1,\"c\":2},{\"a\":1,\"c\":2,\"b\":3},{\"c\":4,\"a\":5},{"
        "}]",
        "[{\"a\":1,\"b\":[{\"a\":1}]},{\"a\":1},{\"a\":1,\"b\":[{\"a\":1,\"b\":2},{\"b\":1}],\"c\":"
        "0}]",
        "[{\"o\":{\"a\":1,\"b\":2}},{\"o\":{\"a\":1}},{\"o\":{\"a\":1,\"bb\":2}},{\"o\":[]},{\"o\":"
        "{\"b\":2}}]",
        "{\"o\":{\"o\":{\"o\":{\"a\":1},\"a\":1},\"a\":1},\"a\":1,\"p\":{\"o\":{\"a\":1,\"o\":{"
        "\"a\":1}}}}",
    };
    static const char *const written[sizeof rows / sizeof *rows] = {
        [5] = "[{\"\xc3\xa9\":1},{\"\xc3\xa9\":2},{\"\xc3\xa9\":3}]",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf text = {0};
        const char *want = written[i] ? written[i] : rows[i];
        check_row("%s", rows[i]);
        const struct delta_value *value = delta_read(arena, rows[i], strlen(rows[i]), NULL, NULL);
        REQUIRE(value);
        writer_compact(value, &text);
        CHECK_EQ_MEM(text.data, text.length, want, strlen(want));
        for (size_t cut = 1; cut < strlen(rows[i]); cut++)
            CHECK(!delta_read(arena, rows[i], cut, NULL, NULL));
        delta_buf_free(&text);
        delta_arena_free(arena);
    }
}

/* The last object has a key twice, whatever the objects before it had. */
static void expected_keys_twice(void) {
    static const char *const rows[] = {
        "[{\"a\":1,\"b\":2},{\"a\":1,\"a\":2}]",
        "[{\"a\":1,\"b\":2},{\"a\":1,\"b\":2,\"a\":3}]",
        "[{\"b\":1,\"a\":2},{\"a\":1,\"b\":2},{\"a\":1,\"b\":2,\"a\":3}]",
        "[{\"a\":1,\"b\":2,\"c\":3},{\"a\":1,\"c\":2,\"a\":3}]",
        "[{\"a\":1,\"b\":2,\"c\":3},{\"a\":1,\"b\":2,\"a\":3}]",
        "[{\"o\":{\"a\":1,\"b\":2}},{\"o\":{\"b\":1,\"b\":2}}]",
        "[{\"o\":{\"a\":1,\"b\":2}},{\"o\":{\"a\":1,\"\\u0061\":2}}]",
        "[{\"o\":{\"\\u0061\":1,\"b\":2}},{\"o\":{\"\\u0061\":1,\"a\":2}}]",
        "{\"o\":{\"a\":1,\"b\":2},\"p\":{\"a\":1,\"b\":{\"a\":1},\"a\":2}}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        check_row("%s", rows[i]);
        CHECK(!delta_read(arena, rows[i], strlen(rows[i]), NULL, &err));
        CHECK(strncmp(err.text, "duplicate key ", 14) == 0);
        delta_arena_free(arena);
    }
}

/* ---- Diffs ---- */

/* Some members added, removed, changed and moved, a few or most of them. */
static uint32_t changed_members(struct random *random, const struct value_member *from,
                                uint32_t count, uint32_t one_in, struct value_member *to) {
    uint32_t made = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (random_chance(random, one_in)) {
            char text[24];
            int length = snprintf(text, sizeof text, "new%" PRIu32, i);
            const char *copy = arena_copy(random->arena, text, (size_t)length);
            to[made].key = value_key(random->arena, copy, (uint32_t)length);
            to[made++].value = value_literal(DELTA_TRUE);
        }
        if (random_chance(random, one_in))
            continue;
        to[made] = from[i];
        if (random_chance(random, one_in))
            to[made].value = value_literal(DELTA_NULL);
        made++;
        if (made > 1 && random_chance(random, one_in)) {
            uint32_t other = random_below(random, made);
            struct value_member member = to[other];
            to[other] = to[made - 1];
            to[made - 1] = member;
        }
    }
    return made;
}

static void what_a_diff_finds(void) {
    static const uint32_t sizes[] = {1, 2, 5, 9, 20, 100, 3000};
    static const uint32_t rarities[] = {1000, 50, 8, 3, 1};
    struct random random = {.seed = check_seed()};
    for (unsigned round = 0; round < 300; round++) {
        uint32_t count = sizes[round % 7];
        random.arena = delta_arena_new();
        struct value_member *from = members_of(&random, count, random_chance(&random, 2));
        struct value_member *to = arena_array(random.arena, 2 * count, sizeof *to);
        uint32_t made = changed_members(&random, from, count, rarities[round % 5], to);
        struct delta_value a, b, out;
        struct delta_err err = {0};
        REQUIRE(!value_object(random.arena, from, count, &a, &err));
        REQUIRE(!value_object(random.arena, to, made, &b, &err));
        const struct delta_patch *patch = diff_values(random.arena, &a, &b, NULL, &err);
        REQUIRE(patch);
        CHECK(!apply_patch(random.arena, &a, patch, &out, &err) && delta_value_equal(&out, &b));
        uint32_t differ = 0; /* by looking at all pairs, as it is defined */
        for (uint32_t i = 0; i < count; i++) {
            const struct value_member *other = value_member(&b, from[i].key);
            differ += !other || !delta_value_equal(&other->value, &from[i].value);
        }
        for (uint32_t j = 0; j < made; j++)
            differ += !value_member(&a, to[j].key);
        CHECK_EQ_INT(patch->kind == PATCH_EMPTY ? 0 : patch->count, differ);
        delta_arena_free(random.arena);
    }
}

/* ---- Order ---- */

/* Keys that share beginnings of all lengths, end in zeros, or are whole words of one another. */
static const struct value_key *awkward_key(struct random *random, uint32_t kind, uint32_t i) {
    static const char *const beginnings[] = {"", "a beginning of keys, of many k",
                                             "a beginning of keys, of many l"};
    static const char letters[] = {'\0', 'a', 'b', '"', '\x7f'};
    char text[64];
    uint32_t length = 0;
    if (kind == 0)
        length = (uint32_t)snprintf(text, sizeof text, "%s%" PRIu32,
                                    i % 29  ? "key-"
                                    : i % 2 ? "ke"
                                    : i % 4 ? "key0"
                                            : "a",
                                    i);
    else if (kind == 1)
        length = (uint32_t)snprintf(text, sizeof text, "%s%" PRIu32 "-", beginnings[i % 3], i);
    else
        while (length < 40 && random_below(random, 40) > kind)
            text[length++] = letters[random_below(random, kind == 2 ? 2 : sizeof letters)];
    const char *copy = arena_copy(random->arena, text, length);
    return copy ? value_key(random->arena, copy, length) : NULL;
}

static int compare_members(const void *a, const void *b) {
    const struct value_member *left = a, *right = b;
    return value_key_compare(left->key, right->key);
}

static int put_piece(void *context, const void *bytes, size_t length, struct delta_err *err) {
    (void)err;
    delta_buf_put(context, bytes, length);
    return 0;
}

static int put_nothing(void *context, const void *bytes, size_t length, struct delta_err *err) {
    (void)bytes;
    (void)length;
    *(unsigned *)context += 1;
    return err_set(err, DELTA_ERR_SYSTEM, "full");
}

/* value_order and canonical form are what a sort by comparison gives. */
static void orders(void) {
    static const uint32_t sizes[] = {2, 15, 16, 17, 100, 600, 5000, 9000, 30000};
    struct random random = {.seed = check_seed()};
    for (unsigned round = 0; round < 90; round++) {
        uint32_t count = sizes[round % 9], kind = round / 9 % 4 + (round / 36) * 5, kept = 0;
        struct delta_value deep = value_literal(DELTA_NULL);
        struct delta_err err = {0};
        random.arena = delta_arena_new();
        struct value_member *members = arena_array(random.arena, count, sizeof *members);
        REQUIRE(members && !value_array(random.arena, &deep, 1, &deep, &err));
        for (uint32_t i = 0; i < count; i++) {
            members[i].key = awkward_key(&random, kind, random_below(&random, 1u << 30));
            members[i].value = i % 7 ? value_literal(DELTA_TRUE) : deep;
            REQUIRE(members[i].key);
        }
        qsort(members, count, sizeof *members, compare_members);
        for (uint32_t i = 0; i < count; i++)
            if (!kept || value_key_compare(members[kept - 1].key, members[i].key))
                members[kept++] = members[i];
        struct value_member *mixed = arena_array(random.arena, kept, sizeof *mixed);
        uint32_t *order = arena_array(random.arena, kept, sizeof *order);
        struct delta_value sorted, shuffled;
        REQUIRE(mixed && order);
        for (uint32_t i = 0; i < kept; i++) {
            uint32_t j = random_below(&random, i + 1);
            mixed[i] = mixed[j];
            mixed[j] = members[i];
        }
        REQUIRE(!value_object(random.arena, members, kept, &sorted, &err) &&
                !value_object(random.arena, mixed, kept, &shuffled, &err));
        value_order(&shuffled, order);
        for (uint32_t i = 0; i < kept; i++)
            REQUIRE(value_members(&shuffled)[order[i]].key == members[i].key);
        struct delta_buf want = {0}, text = {0}, pieces = {0};
        unsigned calls = 0;
        writer_compact(&sorted, &want);
        writer_canonical(&shuffled, &text);
        CHECK_EQ_MEM(text.data, text.length, want.data, want.length);
        CHECK(!delta_write_to(&shuffled, DELTA_CANONICAL, 0, put_piece, &pieces, &err));
        CHECK_EQ_MEM(pieces.data, pieces.length, want.data, want.length);
        CHECK(delta_write_to(&shuffled, DELTA_CANONICAL, 0, put_nothing, &calls, &err));
        CHECK_EQ_INT(calls, 1);
        CHECK_EQ_INT(err.code, DELTA_ERR_SYSTEM);
        delta_buf_free(&want);
        delta_buf_free(&text);
        delta_buf_free(&pieces);
        delta_arena_free(random.arena);
    }
}

/* ---- Patches ---- */

/* An object as text: about one in `one_in` of the members of `seed` is another, gone, or new. In
 * order, or with the last members first. */
static const struct delta_value *wide_object(struct random *random, uint32_t count, bool rotated,
                                             uint32_t one_in, char added) {
    static const char *const values[] = {"null", "1", "\"x\"", "[]", "{\"a\":[1]}", "[[[2]]]"};
    struct delta_buf text = {0};
    struct delta_err err = {0};
    for (uint32_t n = 0; n < count; n++) {
        uint32_t i = rotated ? (n + count / 3) % count : n;
        bool highest = i == count / 2;
        uint32_t fate = one_in ? random_below(random, highest ? 3 : one_in) : 9;
        const char *value = values[highest ? 5 : i % 97 ? i % 3 : i % 5];
        if (fate == 0)
            delta_buf_printf(&text, ",\"%c%08" PRIu32 "+\":%s", added, i, values[i % 6]);
        if (fate != 1)
            delta_buf_printf(&text, ",\"k%08" PRIu32 "\":%s", i,
                             fate == 2 ? values[random_below(random, 6)] : value);
    }
    delta_buf_put(&text, "}", 1);
    text.data[0] = '{';
    const struct delta_value *value = delta_read(random->arena, text.data, text.length, NULL, &err);
    delta_buf_free(&text);
    return value;
}

static bool in_order(const struct delta_value *object) {
    for (uint32_t i = 1; i < object->length; i++)
        if (value_key_compare(value_members(object)[i - 1].key, value_members(object)[i].key) >= 0)
            return false;
    return true;
}

/* What is known of the result is what is known of the same object when it is read. */
static void what_a_patch_makes(void) {
    static const uint32_t sizes[] = {64, 100, 5000, 20000};
    static const uint32_t rarities[] = {2000, 300, 40, 5};
    static const char added[] = {'a', 'k', 'z'};
    struct random random = {.seed = check_seed()};
    for (unsigned round = 0; round < 96; round++) {
        uint32_t count = sizes[round % 4];
        struct delta_err err = {0};
        struct delta_value out;
        random.arena = delta_arena_new();
        bool rotated = random_chance(&random, 2);
        const struct delta_value *a = wide_object(&random, count, rotated, 0, 0);
        const struct delta_value *b =
            wide_object(&random, count, rotated, rarities[round / 4 % 4], added[round % 3]);
        REQUIRE(a && b);
        const struct delta_patch *patch = diff_values(random.arena, a, b, NULL, &err);
        REQUIRE(patch);
        const struct patch_order as_it_is = {a->object, NULL};
        if (!rotated && patch->kind == PATCH_OBJECT) /* as one that was unpacked */
            ((struct delta_patch *)(uintptr_t)patch)->order = &as_it_is;
        REQUIRE(!apply_patch(random.arena, a, patch, &out, &err));
        CHECK_EQ_INT(delta_value_size(&out), delta_value_size(b));
        CHECK_EQ_INT(out.height, b->height);
        CHECK(delta_digest_equal(delta_value_digest(&out), delta_value_digest(b)));
        CHECK(delta_value_equal(&out, b));
        CHECK(!(out.flags & VALUE_ASCENDING) || in_order(&out));
        if (count > 1 << 14)
            CHECK_EQ_INT((a->flags & VALUE_ASCENDING) != 0, !rotated);
        for (uint32_t i = 0; i < b->length; i += 1 + b->length / 500) {
            const struct value_member *member = value_member(&out, value_members(b)[i].key);
            REQUIRE(member && delta_value_equal(&member->value, &value_members(b)[i].value));
        }
        struct delta_buf text = {0}, want = {0};
        writer_canonical(&out, &text);
        writer_canonical(b, &want);
        CHECK_EQ_MEM(text.data, text.length, want.data, want.length);
        delta_buf_free(&text);
        delta_buf_free(&want);
        delta_arena_free(random.arena);
    }
}

/* The height is that of the highest member that is left, wherever that is. */
static void the_height_of_what_is_left(void) {
    enum { MEMBERS = 64 };
    for (unsigned left = 0; left < MEMBERS; left++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf text = {0};
        struct delta_err err = {0};
        struct delta_value out;
        char change[64];
        unsigned gone = (left + 7) % MEMBERS;
        for (unsigned i = 0; i < MEMBERS; i++)
            delta_buf_printf(&text, "%c\"k%02u\":%s", i ? ',' : '{', i,
                             i == left || i == gone ? "[[1]]" : "[]");
        delta_buf_put(&text, "}", 2);
        const struct delta_value *base = spelled_value(arena, text.data);
        check_row("%u left, %u gone", left, gone);
        snprintf(change, sizeof change, "{\"removed_keys\":[\"k%02u\"]}", gone);
        REQUIRE(!apply_patch(arena, base, spelled_patch(arena, change), &out, &err));
        CHECK_EQ_INT(out.height, base->height);
        snprintf(change, sizeof change, "{\"changes\":{\"k%02u\":0,\"k%02u\":[]}}", left, gone);
        REQUIRE(!apply_patch(arena, base, spelled_patch(arena, change), &out, &err));
        CHECK_EQ_INT(out.height, base->height - 1);
        delta_buf_free(&text);
        delta_arena_free(arena);
    }
}

/* An object whose members, which were in order, were all removed has no last one. */
static void one_that_is_emptied(void) {
    struct random random = {.seed = 1, .arena = delta_arena_new()};
    struct value_member *members = members_of(&random, MOST, false);
    struct delta_value states[3], out;
    struct delta_err err = {0};
    REQUIRE(members && !value_object(random.arena, members, MOST, &states[0], &err));
    REQUIRE(!value_object(random.arena, members, 0, &states[1], &err));
    REQUIRE(!value_object(random.arena, members, 1, &states[2], &err));
    out = states[0];
    out.flags |= VALUE_ASCENDING;
    for (unsigned i = 1; i < 3; i++) {
        const struct delta_patch *patch =
            diff_values(random.arena, &states[i - 1], &states[i], NULL, &err);
        struct delta_value base = out;
        REQUIRE(patch && !apply_patch(random.arena, &base, patch, &out, &err));
        CHECK(delta_value_equal(&out, &states[i]));
    }
    delta_arena_free(random.arena);
}

/* The order of an object as if nothing were known of it. */
static const uint32_t *sorted_order(struct delta_arena *arena, const struct delta_value *object) {
    struct delta_value plain;
    uint32_t *order = arena_array(arena, object->length, sizeof *order);
    if (!order || value_object(arena, value_members(object), object->length, &plain, NULL))
        return NULL;
    value_order(&plain, order);
    return order;
}

/* From one state to the next, by patches of which the first knows the order of its base. */
static void an_order_is_kept(void) {
    enum { STEPS = 4 };
    static const uint32_t sizes[] = {200, 4096, 9000};
    static const char added[] = {'a', 'k', 'z'};
    struct random random = {.seed = check_seed()};
    for (unsigned round = 0; round < 18; round++) {
        struct delta_err err = {0};
        random.arena = delta_arena_new();
        const struct delta_value *first = wide_object(&random, sizes[round % 3], true, 0, 0);
        REQUIRE(first);
        struct delta_value state = *first;
        struct patch_order known = {first->object, sorted_order(random.arena, first)};
        for (unsigned step = 0; step < STEPS; step++) {
            const struct delta_value *next = wide_object(
                &random, sizes[round % 3], true, round % 2 ? 40 : 8, added[(round + step) % 3]);
            const struct delta_patch *patch =
                next ? diff_values(random.arena, &state, next, NULL, &err) : NULL;
            struct delta_value out, copy;
            REQUIRE(patch && patch->kind == PATCH_OBJECT);
            if (step == 0)
                ((struct delta_patch *)(uintptr_t)patch)->order = &known;
            REQUIRE(!apply_patch(random.arena, &state, patch, &out, &err));
            CHECK(delta_value_equal(&out, next));
            REQUIRE(out.flags & VALUE_ORDERED);
            const uint32_t *order = sorted_order(random.arena, &out);
            REQUIRE(order);
            CHECK_EQ_MEM((const char *)value_kept_order(&out), out.length * sizeof *order,
                         (const char *)order, out.length * sizeof *order);
            REQUIRE(!copy_value(random.arena, &out, &copy, &err));
            struct delta_buf text = {0}, copied = {0}, want = {0};
            writer_canonical(&out, &text);
            writer_canonical(&copy, &copied);
            writer_canonical(next, &want);
            CHECK_EQ_MEM(text.data, text.length, want.data, want.length);
            CHECK_EQ_MEM(copied.data, copied.length, want.data, want.length);
            delta_buf_free(&text);
            delta_buf_free(&copied);
            delta_buf_free(&want);
            state = out;
        }
        delta_arena_free(random.arena);
    }
}

int main(void) {
    RUN(one_key_is_there_twice);
    RUN(equal_hashes_prove_nothing);
    RUN(equal_parts_of_hashes_prove_nothing);
    RUN(keys_are_forgotten);
    RUN(large_containers_among_others);
    RUN(expected_keys);
    RUN(expected_keys_twice);
    RUN(what_a_diff_finds);
    RUN(orders);
    RUN(what_a_patch_makes);
    RUN(the_height_of_what_is_left);
    RUN(one_that_is_emptied);
    RUN(an_order_is_kept);
    return check_done();
}
