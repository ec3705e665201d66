/* Diffs, by the laws: what they make of the old value is the new one, nothing comes of equals, and
 * a patch that does not fit says so. */
#include "diff/diff.h"
#include "patch/apply.h"
#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"
#include "json/reader.h"

enum { PAIRS = 12000 };

/* `b` out of `a`: by the patch itself, and by its JSON spelling read again. */
static void check_pair(struct random *random, const struct delta_value *a,
                       const struct delta_value *b, const struct diff_options *options) {
    struct delta_err err = {0};
    struct delta_buf text = {0};
    struct delta_value made, spelled;
    const struct delta_patch *patch = diff_values(random->arena, a, b, options, &err);
    REQUIRE(patch);
    CHECK((patch->kind == PATCH_EMPTY) == delta_value_equal(a, b));
    CHECK(apply_patch(random->arena, a, patch, &made, &err) == 0);
    CHECK(delta_value_equal(&made, b));
    REQUIRE(patch_to_value(random->arena, patch, &spelled, &err) == 0);
    writer_canonical(&spelled, &text);
    CHECK_EQ_INT(text.length, patch_size(patch));
    buf_reserve(&text, READER_PADDING);
    memset(text.data + text.length, 0, READER_PADDING);
    const struct delta_value *read =
        reader_parse(random->arena, text.data, text.length, READER_RECORD_DEPTH, &err);
    const struct delta_patch *again = read ? patch_from_value(random->arena, read, &err) : NULL;
    if (!again)
        check_fail(__FILE__, __LINE__, "%s %s: %.300s", err.pointer, err.text, text.data);
    else
        CHECK(apply_patch(random->arena, a, again, &made, &err) == 0 &&
              delta_value_equal(&made, b));
    delta_buf_free(&text);
}

static void law_1_changed_values(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(PAIRS); round++) {
        random.arena = delta_arena_new();
        struct delta_value a = random_value(&random, 4);
        struct delta_value b = random_change(&random, &a);
        struct diff_options options = {.shallow = round % 8 == 1, .fine = round % 8 == 2};
        check_pair(&random, &a, &b, &options);
        check_pair(&random, &b, &a, NULL);
        delta_arena_free(random.arena);
    }
}

static void law_1_any_values(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(PAIRS); round++) {
        random.arena = delta_arena_new();
        struct delta_value a = random_value(&random, 3);
        struct delta_value b = random_value(&random, 3);
        struct diff_options options = {.shallow = round % 8 == 1, .fine = round % 8 == 2};
        check_pair(&random, &a, &b, &options);
        delta_arena_free(random.arena);
    }
}

/* Arrays of few kinds of elements, in which equal ones stand everywhere. */
static void law_1_arrays(void) {
    struct random random = {.seed = check_seed()};
    static const char *const kinds[] = {"1", "2", "\"x\"", "{\"id\":1}", "[1,2]", "null"};
    for (int round = 0; round < check_rounds(PAIRS / 2); round++) {
        struct delta_value items[2][40], arrays[2];
        uint32_t variety = 1 + random_below(&random, 6);
        random.arena = delta_arena_new();
        for (int side = 0; side < 2; side++) {
            uint32_t count = random_below(&random, 40);
            for (uint32_t i = 0; i < count; i++)
                items[side][i] =
                    *spelled_value(random.arena, kinds[random_below(&random, variety)]);
            arrays[side] = random_array_of(&random, items[side], count);
        }
        check_pair(&random, &arrays[0], &arrays[1], NULL);
        check_pair(&random, &arrays[0], &arrays[1], &(struct diff_options){.fine = true});
        delta_arena_free(random.arena);
    }
}

/* Long texts with lines and words. */
static void law_1_texts(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(PAIRS / 4); round++) {
        random.arena = delta_arena_new();
        struct delta_value a = random_prose(&random, 10 + random_below(&random, 300));
        struct delta_value b = random_change_text(&random, &a);
        for (uint32_t more = random_below(&random, 4); more; more--)
            b = random_change_text(&random, &b);
        check_pair(&random, &a, &b, NULL);
        check_pair(&random, &b, &a, NULL);
        delta_arena_free(random.arena);
    }
}

/* Long texts of few letters of three bytes, which share first, middle and last ones: a run that
 * ended within a letter would show. */
static void law_1_letters(void) {
    static const char letters[][4] = {"\xe2\x82\xac", "\xe2\x82\xad", "\xe2\x86\xac",
                                      "\xe3\x82\xac"};
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(PAIRS / 4); round++) {
        random.arena = delta_arena_new();
        uint32_t length = 3 * (20 + random_below(&random, 200));
        uint32_t rate = 2 + random_below(&random, 40);
        char *old = arena_alloc(random.arena, length), *new = arena_alloc(random.arena, length);
        for (uint32_t i = 0; i < length; i += 3) {
            memcpy(old + i, letters[random_chance(&random, 5) ? random_below(&random, 4) : 0], 3);
            bool changed = random_chance(&random, rate);
            memcpy(new + i, changed ? letters[random_below(&random, 4)] : old + i, 3);
        }
        struct delta_value a = value_string(old, length), b = value_string(new, length);
        check_pair(&random, &a, &b, NULL);
        delta_arena_free(random.arena);
    }
}

static void law_4_equal_values(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(PAIRS / 4); round++) {
        random.arena = delta_arena_new();
        struct delta_value a = random_value(&random, 4), made;
        struct delta_buf text = {0};
        writer_canonical(&a, &text);
        const struct delta_value *copy =
            delta_read(random.arena, text.data, text.length, NULL, NULL);
        REQUIRE(copy);
        CHECK(diff_values(random.arena, &a, copy, NULL, NULL) == &patch_empty);
        struct delta_value other = random_value(&random, 2);
        CHECK(apply_patch(random.arena, &other, &patch_empty, &made, NULL) == 0);
        CHECK(delta_value_equal(&made, &other));
        delta_buf_free(&text);
        delta_arena_free(random.arena);
    }
}

/* On different base: a failure that names the place, or a value; and the base stays what it was. */
static void law_6_other_bases(void) {
    struct random random = {.seed = check_seed()};
    unsigned refused = 0;
    for (int round = 0; round < check_rounds(PAIRS); round++) {
        random.arena = delta_arena_new();
        struct delta_value a = random_value(&random, 4);
        struct delta_value b = random_change(&random, &a);
        struct delta_value c = round % 2 ? random_change(&random, &a) : random_value(&random, 3);
        struct delta_digest digest = delta_value_digest(&c);
        const struct delta_patch *patch = diff_values(random.arena, &a, &b, NULL, NULL);
        struct delta_value made;
        struct delta_err err = {0};
        REQUIRE(patch);
        if (apply_patch(random.arena, &c, patch, &made, &err)) {
            refused++;
            CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
            CHECK(err.has_pointer);
        } else {
            struct delta_buf text = {0};
            writer_canonical(&made, &text);
            const struct delta_value *read =
                delta_read(random.arena, text.data, text.length, NULL, NULL);
            CHECK(read && delta_value_equal(read, &made));
            delta_buf_free(&text);
        }
        struct delta_digest after = delta_value_digest(&c);
        CHECK(after.low == digest.low && after.high == digest.high);
        delta_arena_free(random.arena);
    }
    CHECK(refused > (unsigned)check_rounds(PAIRS) / 20);
}

static void shapes(void) {
    static const struct {
        const char *name, *a, *b, *patch;
    } rows[] = {
        {"the documentation's example", "{\"key1\":\"value1\",\"key2\":42}",
         "{\"key1\":\"value1\",\"key3\":\"new_value\"}",
         "{\"changes\":{\"key3\":\"new_value\"},\"removed_keys\":[\"key2\"]}"},
        {"within", "{\"a\":{\"b\":1,\"c\":[1,2,3]},\"d\":0}",
         "{\"a\":{\"b\":2,\"c\":[1,2,3]},\"d\":0}", "{\"nested\":{\"a\":{\"changes\":{\"b\":2}}}}"},
        {"a number spelled otherwise", "{\"a\":1.0}", "{\"a\":1}", "{\"changes\":{\"a\":1}}"},
        {"null is a value", "{\"a\":1}", "{\"a\":null}", "{\"changes\":{\"a\":null}}"},
        {"another type", "{\"a\":1}", "[1]", "{\"value\":[1]}"},
        {"key order", "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", "{}"},
        {"a move", "[\"a long enough element\",\"another one, too\",\"the third that moves\"]",
         "[\"the third that moves\",\"a long enough element\",\"another one, too\"]",
         "{\"length\":3,\"elements\":[[2,1],[0,2]]}"},
        {"an insertion", "[\"a long enough element\",\"another one, too\"]",
         "[\"a long enough element\",1,\"another one, too\"]",
         "{\"length\":2,\"elements\":[[0,1],{\"insert\":[1]},[1,1]]}"},
        {"awkward keys", "{\"__proto__\":1,\"constructor\":2,\"_t\":3,\"\":4,\"a/b\":5,\"~\":6}",
         "{\"__proto__\":2,\"constructor\":2,\"_t\":\"a\",\"a/b\":5,\"~\":7,\"\\u0000\":8}",
         "{\"changes\":{\"\\u0000\":8,\"__proto__\":2,\"_t\":\"a\",\"~\":7},"
         "\"removed_keys\":[\"\"]}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        check_row("%s", rows[i].name);
        const struct delta_patch *patch = diff_values(arena, spelled_value(arena, rows[i].a),
                                                      spelled_value(arena, rows[i].b), NULL, NULL);
        CHECK(spelled_same_patch(arena, patch, spelled_patch(arena, rows[i].patch)));
        delta_arena_free(arena);
    }
}

/* A patch of little is little, wherever the arrays are large. */
static void few_changes_in_a_large_array(void) {
    enum { COUNT = 20000, CHANGES = 40 };
    struct random random = {.seed = check_seed(), .arena = delta_arena_new()};
    struct delta_value *items = arena_array(random.arena, 2 * COUNT, sizeof *items), made;
    struct delta_value *changed = items + COUNT;
    uint32_t count = 0;
    for (uint32_t i = 0; i < COUNT; i++) {
        char json[80];
        (void)snprintf(json, sizeof json, "{\"id\":%u,\"kind\":\"k%u\"}", i, i % 5);
        items[i] = *spelled_value(random.arena, arena_copy(random.arena, json, strlen(json)));
        uint32_t what = random_below(&random, COUNT / CHANGES);
        if (what == 1)
            continue;
        if (what != 2 || count < COUNT)
            changed[count++] = items[i];
    }
    struct delta_value a = random_array_of(&random, items, COUNT);
    struct delta_value b = random_array_of(&random, changed, count);
    const struct delta_patch *patch = diff_values(random.arena, &a, &b, NULL, NULL);
    REQUIRE(patch);
    CHECK(apply_patch(random.arena, &a, patch, &made, NULL) == 0 && delta_value_equal(&made, &b));
    CHECK(patch_size(patch) < 16 * (uint64_t)(COUNT - count) + 64);
    delta_arena_free(random.arena);
}

int main(void) {
    RUN(shapes);
    RUN(law_1_changed_values);
    RUN(law_1_any_values);
    RUN(law_1_arrays);
    RUN(law_1_texts);
    RUN(law_1_letters);
    RUN(law_4_equal_values);
    RUN(law_6_other_bases);
    RUN(few_changes_in_a_large_array);
    return check_done();
}
