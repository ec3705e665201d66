/* What counts as a change, and what is masked: laws over random states. (tests/filters.bats has the
 * cases one by one.) */
#include "tests/unit/check.h"

#include "diff/diff.h"
#include "diff/filter.h"
#include "diff/mask.h"
#include "patch/apply.h"
#include "tests/unit/filter-law.h"
#include "tests/unit/random-list.h"
#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"
#include "view/text.h"

enum { ROUNDS = 3000 };

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

/* ---- Lists ---- */

static void what_counts_of_a_list_is_new(void) {
    uint64_t seed = check_seed();
    for (int i = 0; i < ROUNDS; i++) {
        struct random random = {.arena = delta_arena_new(), .seed = check_random(&seed)};
        struct pair pair = {.arena = random.arena, .old = random_list(&random)};
        struct delta_filter filter = list_filter(&random);
        pair.new = changed_list(&random, &pair.old);
        struct delta_value out = effective(&pair, &filter);
        check_row("list %d: %s and %s", i, written_out(pair.arena, &pair.old),
                  written_out(pair.arena, &pair.new));
        CHECK(filter_law_holds(&filter, &pair.old, &pair.new, &out));
        /* And where embedded JSON is shown, as in text, if anything counts in records. */
        struct pair shown = pair;
        shown.old = *delta_filter_expand(pair.arena, &filter, &pair.old, NULL);
        shown.new = *delta_filter_expand(pair.arena, &filter, &pair.new, NULL);
        struct delta_value shown_out = effective(&shown, &filter);
        CHECK(delta_value_equal(&out, &pair.old) == delta_value_equal(&shown_out, &shown.old));
        delta_arena_free(pair.arena);
    }
}

static void what_does_not_count_makes_no_difference(void) {
    uint64_t seed = check_seed();
    for (int i = 0; i < ROUNDS; i++) {
        struct random random = {.arena = delta_arena_new(), .seed = check_random(&seed)};
        struct pair pair = {.arena = random.arena, .old = random_list(&random)};
        struct delta_filter filter = list_filter(&random);
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

struct reported {
    struct law *law;
    unsigned count;
};

/* Whether a change at a place whose pointer, without escapes, is given is of something that counts;
 * what was added or removed may hold what does not. */
static bool reports_what_counts(struct law *law, bool within, const char *pointer, size_t length,
                                const struct delta_change *change) {
    within |= pattern_matcher_match(&law->only) != NULL;
    if (pattern_matcher_match(&law->ignore) ||
        (!within && !pattern_matcher_may_match_below(&law->only)))
        return false;
    if (length) {
        const char *next = memchr(pointer + 1, '/', length - 1);
        size_t step = next ? (size_t)(next - pointer) : length;
        const struct value_key key = {.text = pointer + 1, .length = (uint32_t)step - 1};
        law_down(law, &(struct value_member){.key = &key});
        bool counts = reports_what_counts(law, within, pointer + step, length - step, change);
        law_up(law);
        return counts;
    }
    if (change->kind != DELTA_CHANGE_REPLACE)
        return true;
    return (law_counts(law, change->old_value, within) ||
            law_counts(law, change->new_value, within)) &&
           !(law->filter->numeric &&
             numeric_equal(law->arena, change->old_value, change->new_value, NULL) == 1);
}

static int check_reported(void *context, const struct delta_change *change, struct delta_err *err) {
    struct reported *reported = context;
    (void)err;
    CHECK(change->kind == DELTA_CHANGE_MOVE ||
          reports_what_counts(reported->law, reported->law->filter->only.count == 0,
                              change->pointer, change->pointer_length, change));
    reported->count++;
    return 0;
}

static void what_is_reported_counts(void) {
    uint64_t seed = check_seed();
    struct reported reported = {0};
    for (int i = 0; i < ROUNDS; i++) {
        struct random random = {.arena = delta_arena_new(), .seed = check_random(&seed)};
        struct pair pair = {.arena = random.arena, .old = random_list(&random)};
        struct delta_filter filter = list_filter(&random);
        struct delta_diff_options options = {
            .strategy = DELTA_DICT, .elementwise = true, .filter = &filter};
        struct law law;
        struct delta_err err = {0};
        filter.embedded = (struct pointer_patterns){0};
        REQUIRE(law_open(&law, &filter));
        pair.new = changed_list(&random, &pair.old);
        pair.new = varied(&law, &random, &pair.new, filter.only.count == 0);
        check_row("list %d: %s and %s", i, written_out(pair.arena, &pair.old),
                  written_out(pair.arena, &pair.new));
        const struct delta_value *counts =
            delta_filter_place(pair.arena, &filter, &pair.old, &pair.new, &options.places, &err);
        const struct delta_record *record =
            counts ? delta_diff(pair.arena, &pair.old, counts, &options, &err) : NULL;
        REQUIRE(record);
        reported.law = &law;
        CHECK(delta_changes_visit(record, &pair.old, NULL, check_reported, &reported, &err) == 0);
        REQUIRE(law_close(&law));
        delta_arena_free(pair.arena);
    }
    CHECK(reported.count > ROUNDS);
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
    RUN(what_is_reported_counts);
    RUN(changes_are_shown_where_they_are);
    RUN(nothing_masked_is_shown);
    RUN(masks_what_was_named_only);
    RUN(a_patch_that_does_not_fit_is_refused);
    return check_done();
}
