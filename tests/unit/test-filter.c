/* What counts as a change, and what is masked: laws over random states. (tests/filters.bats has the
 * cases one by one.) */
#include "tests/unit/check.h"

#include "diff/diff.h"
#include "diff/filter.h"
#include "diff/mask.h"
#include "patch/apply.h"
#include "tests/unit/filter-law.h"
#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"
#include "view/text.h"

enum { ROUNDS = 3000, LIST_MAX = 24 };

/* A list of patterns, and one that has a label. */
static struct pointer_patterns patterns(struct delta_arena *arena, const char *const *texts,
                                        size_t count, const char *label) {
    struct pattern_source sources[8];
    struct pointer_patterns out;
    for (size_t i = 0; i < count; i++)
        sources[i] = (struct pattern_source){texts[i], strlen(texts[i]), label};
    if (pointer_patterns_compile(arena, sources, count, &out, NULL))
        abort();
    return out;
}

static struct pointer_patterns pattern(struct delta_arena *arena, const char *text) {
    return patterns(arena, &text, 1, "name");
}

struct pair {
    struct delta_arena *arena;
    struct delta_value old, new;
};

static struct pair random_pair(uint64_t *seed) {
    struct random random = {.arena = delta_arena_new(), .seed = check_random(seed)};
    struct pair pair = {.arena = random.arena};
    pair.old = random_value(&random, 4);
    pair.new = random_change(&random, &pair.old);
    if (random_chance(&random, 2))
        pair.new = random_change(&random, &pair.new);
    return pair;
}

static struct delta_value effective(const struct pair *pair, const struct delta_filter *filter) {
    struct delta_value out = value_literal(DELTA_NULL);
    struct delta_err err = {0};
    const struct delta_value *result =
        delta_filter_apply(pair->arena, filter, &pair->old, &pair->new, &err);
    CHECK(result != NULL);
    if (result)
        out = *result;
    CHECK_EQ_STR(err.text, "");
    return out;
}

static void without_filters_everything_counts(void) {
    uint64_t seed = check_seed();
    for (int i = 0; i < ROUNDS; i++) {
        struct pair pair = random_pair(&seed);
        struct delta_filter filter = {0};
        struct delta_value out = effective(&pair, &filter);
        CHECK(delta_value_equal(&out, &pair.new));
        /* A pattern that matches nothing changes nothing, and takes the long way. */
        filter.ignore = pattern(pair.arena, "/**/no such key");
        out = effective(&pair, &filter);
        CHECK(delta_value_equal(&out, &pair.new));
        filter.only = pattern(pair.arena, "/**");
        filter.unordered = pattern(pair.arena, "/**/no such key");
        out = effective(&pair, &filter);
        CHECK(delta_value_equal(&out, &pair.new));
        delta_arena_free(pair.arena);
    }
}

static void what_is_ignored_whole_does_not_change(void) {
    uint64_t seed = check_seed();
    for (int i = 0; i < ROUNDS; i++) {
        struct pair pair = random_pair(&seed);
        struct delta_filter filter = {.ignore = pattern(pair.arena, "/**")};
        struct delta_value out = effective(&pair, &filter);
        CHECK(delta_value_equal(&out, &pair.old));
        filter = (struct delta_filter){.only = pattern(pair.arena, "/**/no such key")};
        out = effective(&pair, &filter);
        CHECK(delta_value_equal(&out, &pair.old));
        delta_arena_free(pair.arena);
    }
}

static struct delta_filter random_filter(struct delta_arena *arena, int i) {
    static const char *const some[] = {"/**/name", "/a/*", "/*/b/**", "/c", "/*/*/id"};
    struct delta_filter filter = {.numeric = i & 1};
    if (i & 2)
        filter.ignore = patterns(arena, some + i % 3, 2, NULL);
    if (i & 4)
        filter.only = patterns(arena, some + i % 4, 2, NULL);
    if (i & 8)
        filter.unordered = pattern(arena, "/**");
    return filter;
}

/* Law 8. */
static void what_counts_is_new_and_all_else_is_old(void) {
    uint64_t seed = check_seed();
    for (int i = 0; i < ROUNDS; i++) {
        struct pair pair = random_pair(&seed);
        struct delta_filter filter = random_filter(pair.arena, i);
        struct delta_value out = effective(&pair, &filter);
        check_row("pair %d", i);
        CHECK(filter_law_holds(&filter, &pair.old, &pair.new, &out));
        delta_arena_free(pair.arena);
    }
}

/* What was filtered once has nothing more to be filtered: where places stay what they are. */
static void filtering_twice_is_filtering_once(void) {
    uint64_t seed = check_seed();
    for (int i = 0; i < ROUNDS; i++) {
        struct pair pair = random_pair(&seed);
        struct delta_filter filter = random_filter(pair.arena, i);
        check_row("pair %d", i);
        struct pair again = pair;
        again.new = effective(&pair, &filter);
        struct pair both = {pair.arena, again.new, effective(&again, &filter)};
        struct delta_value out = effective(&both, &filter); /* but for an order of no account */
        bool all = !filter.ignore.count && !filter.only.count;
        if (all || filter_keeps_lengths(&pair.old, &pair.new)) {
            CHECK(delta_value_equal(&out, &both.old));
            CHECK(filter.unordered.count || delta_value_equal(&both.new, &both.old));
        }
        delta_arena_free(pair.arena);
    }
}

/* The elements in another order. */
static struct delta_value shuffled(struct delta_arena *arena, const struct delta_value *value,
                                   uint64_t *seed) {
    struct delta_value *items = arena_array(arena, (size_t)value->length + 1, sizeof *items);
    struct delta_value out;
    for (uint32_t i = 0; i < value->length; i++)
        items[i] = value_items(value)[i];
    for (uint32_t i = value->length; i > 1; i--) {
        uint32_t j = check_below(seed, i);
        struct delta_value item = items[i - 1];
        items[i - 1] = items[j];
        items[j] = item;
    }
    if (value_array(arena, items, value->length, &out, NULL))
        abort();
    return out;
}

static void order_does_not_count_where_it_is_said(void) {
    uint64_t seed = check_seed();
    for (int i = 0; i < ROUNDS; i++) {
        struct pair pair = random_pair(&seed);
        if (pair.old.type == DELTA_ARRAY) {
            struct delta_filter filter = {.unordered = pattern(pair.arena, "")};
            pair.new = shuffled(pair.arena, &pair.old, &seed);
            struct delta_value out = effective(&pair, &filter);
            CHECK(delta_value_equal(&out, &pair.old));
        }
        delta_arena_free(pair.arena);
    }
}

/* ---- Nothing that counts differs ---- */

/* Few different values, so that elements are alike. */
static struct delta_value small_value(struct random *random, uint32_t depth) {
    static const char *const numbers[] = {"0", "1", "2.50", "-17", "12345678901234567890"};
    uint32_t kind = random_below(random, depth ? 4 : 2);
    uint32_t count = kind < 2 ? 0 : random_below(random, 4);
    if (kind == 0) {
        const char *number = numbers[random_below(random, sizeof numbers / sizeof *numbers)];
        return value_number(number, (uint32_t)strlen(number));
    }
    if (kind == 1)
        return random_chance(random, 4) ? value_literal(DELTA_NULL)
                                        : value_string("text", 1 + random_below(random, 4));
    struct value_member members[4];
    struct delta_value items[4];
    for (uint32_t i = 0; i < count; i++) {
        items[i] = small_value(random, depth - 1);
        members[i] = (struct value_member){value_key(random->arena, &"0abc"[i], 1), items[i]};
    }
    return kind == 2 ? random_array_of(random, items, count)
                     : random_object_of(random, members, count);
}

/* A string that holds the value, an array or object, in JSON. */
static struct delta_value held_by(struct random *random, const struct delta_value *value) {
    struct delta_buf buf = {0};
    delta_buf_put(&buf, "\n\t ", random_below(random, 4));
    writer_compact(value, &buf);
    if (buf.failed)
        abort();
    struct delta_value out =
        value_string(arena_copy(random->arena, buf.data, buf.length), (uint32_t)buf.length);
    delta_buf_free(&buf);
    return out;
}

static struct value_member small_member(struct random *random, const char *name) {
    struct delta_value value = small_value(random, 2);
    if (value_is_container(&value) && random_chance(random, 2))
        value = held_by(random, &value);
    return (struct value_member){value_key(random->arena, name, (uint32_t)strlen(name)), value};
}

/* A list: most elements have an `id`, some the one of another, some none. */
static struct delta_value random_list(struct random *random) {
    static const char *const names[] = {"name", "a", "b"};
    struct delta_value items[LIST_MAX];
    uint32_t count = random_below(random, random_chance(random, 4) ? LIST_MAX : 6);
    for (uint32_t i = 0; i < count; i++) {
        struct value_member members[4];
        size_t own = 0;
        if (!random_chance(random, 5)) {
            char text[16];
            int length = snprintf(text, sizeof text, "%u",
                                  random_chance(random, 6) ? random_below(random, i + 1) : i);
            const char *id = arena_copy(random->arena, text, (size_t)length);
            members[own++] = (struct value_member){value_key(random->arena, "id", 2),
                                                   value_number(id, (uint32_t)length)};
        }
        for (size_t n = 0; n < 3; n++)
            if (random_chance(random, 2))
                members[own++] = small_member(random, names[n]);
        items[i] = own || random_chance(random, 2) ? random_object_of(random, members, own)
                                                   : small_value(random, 2);
    }
    return random_array_of(random, items, count);
}

/* The same number, written in another way. */
static struct delta_value rewritten(struct random *random, const struct delta_value *number) {
    bool bare = !memchr(number->text, '.', number->length) &&
                !memchr(number->text, 'e', number->length) &&
                !memchr(number->text, 'E', number->length);
    char text[64];
    int length = snprintf(text, sizeof text, "%.*s%s", (int)number->length, number->text,
                          bare ? random_chance(random, 2) ? ".0" : "e0" : "");
    return value_number(arena_copy(random->arena, text, (size_t)length), (uint32_t)length);
}

/* The value, with another one in each place that does not count, and arrays in another order where
 * that does not. No two of the other ones are alike, so that none identifies an element. */
static struct delta_value varied(struct law *law, struct random *random,
                                 const struct delta_value *value, bool within) {
    struct delta_value out = *value;
    within |= pattern_matcher_match(&law->only) != NULL;
    if (!law_counts(law, value, within)) {
        char text[32];
        int length = snprintf(text, sizeof text, "other %016" PRIx64, check_random(&random->seed));
        return value_string(arena_copy(random->arena, text, (size_t)length), (uint32_t)length);
    }
    if (value->type == DELTA_NUMBER && law->filter->numeric)
        return rewritten(random, value);
    const struct delta_value *held = law_held(law, value);
    if (held != value) {
        out = varied(law, random, held, within);
        return random_chance(random, 4) ? out : held_by(random, &out);
    }
    if (value->type == DELTA_ARRAY) {
        struct value_array *array = value_array_open(random->arena, value->length);
        for (uint32_t i = 0; i < value->length; i++) {
            law_down(law, NULL);
            array->items[i] = varied(law, random, &value_items(value)[i], within);
            law_up(law);
        }
        CHECK(value_array_close(array, value->length, &out, NULL) == 0);
        if (pattern_matcher_match(&law->unordered))
            out = shuffled(random->arena, &out, &random->seed);
    } else if (value->type == DELTA_OBJECT) {
        struct value_object *object = value_object_open(random->arena, value->length);
        for (uint32_t i = 0; i < value->length; i++) {
            struct value_member *member = &object->members[i];
            *member = value_members(value)[i];
            if (member->key->length == 2 && memcmp(member->key->text, "id", 2) == 0)
                continue; /* what does not count identifies too */
            law_down(law, member);
            member->value = varied(law, random, &member->value, within);
            law_up(law);
        }
        CHECK(value_object_close(object, value->length, &out, NULL) == 0);
    }
    return out;
}

static struct delta_filter list_filter(struct delta_arena *arena, uint64_t *seed) {
    static const char *const some[] = {"/*/name", "/*/a/*", "/*/b"};
    struct delta_filter filter = {.numeric = check_below(seed, 2)};
    if (check_below(seed, 2))
        filter.ignore = patterns(arena, some + check_below(seed, 2), 2, NULL);
    if (check_below(seed, 4) == 0)
        filter.only = patterns(arena, some + check_below(seed, 2), 2, NULL);
    if (check_below(seed, 2))
        filter.unordered = pattern(arena, check_below(seed, 2) ? "/**" : "");
    if (check_below(seed, 2))
        filter.embedded = patterns(arena, (const char *const[]){"/*/name", "/*/a"}, 2, NULL);
    if (check_below(seed, 2))
        filter.array_keys = patterns(arena, (const char *const[]){"/**"}, 1, "id");
    return filter;
}

/* The list with members replaced, elements removed, and elements added. */
static struct delta_value changed_list(struct random *random, const struct delta_value *list) {
    static const char *const names[] = {"name", "a", "b"};
    struct delta_value items[2 * LIST_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->length; i++) {
        const struct delta_value *item = &value_items(list)[i];
        if (random_chance(random, 8))
            items[count++] = small_value(random, 2);
        if (random_chance(random, 8))
            continue;
        items[count++] = *item;
        if (item->type != DELTA_OBJECT || !random_chance(random, 3))
            continue;
        struct value_member members[8] = {small_member(random, names[random_below(random, 3)])};
        memcpy(members + 1, value_members(item), item->length * sizeof *members);
        items[count - 1] = random_object_of(random, members, item->length + 1);
    }
    return random_array_of(random, items, count);
}

static void what_counts_of_a_list_is_new(void) {
    uint64_t seed = check_seed();
    for (int i = 0; i < ROUNDS; i++) {
        struct random random = {.arena = delta_arena_new(), .seed = check_random(&seed)};
        struct pair pair = {.arena = random.arena, .old = random_list(&random)};
        struct delta_filter filter = list_filter(pair.arena, &seed);
        pair.new = changed_list(&random, &pair.old);
        struct delta_value out = effective(&pair, &filter);
        check_row("list %d: %s and %s", i, written_out(pair.arena, &pair.old),
                  written_out(pair.arena, &pair.new));
        CHECK(filter_law_holds(&filter, &pair.old, &pair.new, &out));
        delta_arena_free(pair.arena);
    }
}

static void what_does_not_count_makes_no_difference(void) {
    uint64_t seed = check_seed();
    for (int i = 0; i < ROUNDS; i++) {
        struct random random = {.arena = delta_arena_new(), .seed = check_random(&seed)};
        struct pair pair = {.arena = random.arena, .old = random_list(&random)};
        struct delta_filter filter = list_filter(pair.arena, &seed);
        struct law law;
        REQUIRE(law_open(&law, &filter));
        pair.new = varied(&law, &random, &pair.old, filter.only.count == 0);
        struct delta_value out = effective(&pair, &filter);
        check_row("list %d: %s and %s", i, written_out(pair.arena, &pair.old),
                  written_out(pair.arena, &pair.new));
        CHECK(delta_value_equal(&out, &pair.old));
        REQUIRE(law_close(&law)); /* its arena has parts of the new list */
        delta_arena_free(pair.arena);
    }
}

struct shown {
    const struct delta_value *old, *new;
    unsigned count;
};

/* What is shown is where it is: new values in the new state, old ones in the old. A container that
 * is shown whole may have parts that do not count as they were. */
static int check_places(void *context, const struct delta_change *change, struct delta_err *err) {
    struct shown *shown = context;
    if (change->new_value) {
        const struct delta_value *at =
            delta_value_at(shown->new, change->pointer, change->pointer_length, err);
        CHECK(at && at->type == change->new_value->type);
        if (at && !value_is_container(at))
            CHECK(delta_value_equal(at, change->new_value));
    }
    if (change->old_value) {
        const struct delta_value *at =
            delta_value_at(shown->old, change->old_pointer, change->old_pointer_length, err);
        CHECK(at && delta_value_equal(at, change->old_value));
    }
    shown->count++;
    return 0;
}

static void changes_are_shown_where_they_are(void) {
    uint64_t seed = check_seed();
    struct shown shown = {0};
    for (int i = 0; i < ROUNDS; i++) {
        struct pair pair = random_pair(&seed);
        struct delta_err err = {0};
        struct delta_filter filter = {0};
        struct delta_diff_options options = {.strategy = DELTA_DICT, .elementwise = true};
        if (i & 1)
            filter.unordered = pattern(pair.arena, "/**");
        if (pair.old.type == DELTA_ARRAY && i & 2) {
            pair.new = shuffled(pair.arena, &pair.old, &seed);
            if (pair.new.length > 2)
                CHECK(value_array(pair.arena, value_items(&pair.new), pair.new.length - 1,
                                  &pair.new, NULL) == 0);
        }
        check_row("pair %d", i);
        const struct delta_value *counts =
            delta_filter_place(pair.arena, &filter, &pair.old, &pair.new, &options.places, &err);
        const struct delta_record *record =
            counts ? delta_diff(pair.arena, &pair.old, counts, &options, &err) : NULL;
        CHECK_EQ_STR(err.text, "");
        REQUIRE(record);
        shown.old = &pair.old;
        shown.new = &pair.new;
        CHECK(delta_changes_visit(record, &pair.old, NULL, check_places, &shown, &err) == 0);
        delta_arena_free(pair.arena);
    }
    CHECK(shown.count > ROUNDS / 2);
}

/* ---- Masks ---- */

#define SECRET "SECRET SECRET SECRET"

/* The value with a secret in each member that is called "name". */
static struct delta_value with_secrets(struct delta_arena *arena, const struct delta_value *value,
                                       uint64_t *seed) {
    struct delta_value out = *value;
    if (value->type == DELTA_ARRAY) {
        struct value_array *array = value_array_open(arena, value->length);
        for (uint32_t i = 0; i < value->length; i++)
            array->items[i] = with_secrets(arena, &value_items(value)[i], seed);
        (void)value_array_close(array, value->length, &out, NULL);
    } else if (value->type == DELTA_OBJECT) {
        struct value_object *object = value_object_open(arena, value->length);
        for (uint32_t i = 0; i < value->length; i++) {
            struct value_member member = value_members(value)[i];
            member.value = with_secrets(arena, &member.value, seed);
            if (member.key->length == 4 && memcmp(member.key->text, "name", 4) == 0) {
                char text[64];
                int length = snprintf(text, sizeof text, SECRET " %u\n%u\n", check_below(seed, 3),
                                      check_below(seed, 3));
                member.value =
                    value_string(arena_copy(arena, text, (size_t)length), (uint32_t)length);
            }
            object->members[i] = member;
        }
        (void)value_object_close(object, value->length, &out, NULL);
    }
    return out;
}

static void check_no_secret(const struct delta_buf *buf) {
    CHECK(!buf->length || !memmem(buf->data, buf->length, SECRET, strlen(SECRET)));
}

static void nothing_masked_is_shown(void) {
    uint64_t seed = check_seed();
    for (int i = 0; i < ROUNDS; i++) {
        struct pair pair = random_pair(&seed);
        struct delta_filter filter = {.mask = pattern(pair.arena, "/**/name")};
        struct diff_options options = {.fine = i & 1};
        struct delta_buf buf = {0};
        struct delta_value base, spelled, again;
        const struct delta_patch *masked;
        struct delta_err err = {0};
        check_row("pair %d", i);
        pair.old = with_secrets(pair.arena, &pair.old, &seed);
        pair.new = with_secrets(pair.arena, &pair.new, &seed);
        const struct delta_patch *patch =
            diff_values(pair.arena, &pair.old, &pair.new, &options, NULL);
        REQUIRE(patch);
        CHECK(mask_patch(pair.arena, &filter, &pair.old, patch, &base, &masked, &err) == 0);
        CHECK_EQ_STR(err.text, "");
        REQUIRE(err.code == DELTA_OK);
        CHECK(patch_to_value(pair.arena, masked, &spelled, NULL) == 0);
        writer_compact(&spelled, &buf);
        writer_compact(&base, &buf);
        CHECK(text_write(&base, masked, NULL, &buf, &err) == 0);
        check_no_secret(&buf);
        /* What is spelled is a patch, and fits the masked base. */
        CHECK(patch_from_value(pair.arena, &spelled, NULL) != NULL);
        CHECK(apply_patch(pair.arena, &base, masked, &again, &err) == 0);
        CHECK_EQ_STR(err.text, "");
        CHECK((patch->kind == PATCH_EMPTY) == (masked->kind == PATCH_EMPTY));
        delta_buf_free(&buf);
        delta_arena_free(pair.arena);
    }
}

static void masks_what_was_named_only(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_filter filter = {.mask = pattern(arena, "/a/*/p")};
    struct delta_value out;
    const struct delta_value *value =
        spelled_value(arena, "{\"a\":[{\"p\":{\"q\":1},\"r\":2},{\"s\":3}],\"p\":4}");
    REQUIRE(mask_value(arena, &filter, value, &out, NULL) == 0);
    CHECK_EQ_STR(written_out(arena, &out), "{\"a\":[{\"p\":\"***\",\"r\":2},{\"s\":3}],\"p\":4}");
    delta_arena_free(arena);
}

static void a_patch_that_does_not_fit_is_refused(void) {
    static const struct {
        const char *base, *patch;
    } rows[] = {
        {"{}", "{\"nested\":{\"x\":{\"changes\":{\"p\":1}}}}"},
        {"[]", "{\"changes\":{\"x\":1}}"},
        {"[1]", "{\"length\":2,\"elements\":[[0,2]]}"},
        {"{\"x\":[1]}", "{\"nested\":{\"x\":{\"length\":3,\"elements\":[[0,3]]}}}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_filter filter = {.mask = pattern(arena, "/**/p")};
        struct delta_value base;
        const struct delta_patch *masked;
        struct delta_err err = {0};
        check_row("%s on %s", rows[i].patch, rows[i].base);
        CHECK(mask_patch(arena, &filter, spelled_value(arena, rows[i].base),
                         spelled_patch(arena, rows[i].patch), &base, &masked, &err) == -1);
        CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
        delta_arena_free(arena);
    }
}

int main(void) {
    RUN(without_filters_everything_counts);
    RUN(what_is_ignored_whole_does_not_change);
    RUN(what_counts_is_new_and_all_else_is_old);
    RUN(filtering_twice_is_filtering_once);
    RUN(order_does_not_count_where_it_is_said);
    RUN(what_counts_of_a_list_is_new);
    RUN(what_does_not_count_makes_no_difference);
    RUN(changes_are_shown_where_they_are);
    RUN(nothing_masked_is_shown);
    RUN(masks_what_was_named_only);
    RUN(a_patch_that_does_not_fit_is_refused);
    return check_done();
}
