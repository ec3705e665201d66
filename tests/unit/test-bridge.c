#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"

#include <jansson.h>
#include <math.h>
#include <pthread.h>

/* The compact form of what comes back, in the arena; NULL when it does not go there. */
static const char *there_and_back(struct delta_arena *arena, const struct delta_value *value,
                                  struct delta_err *err) {
    json_t *json = delta_value_to_json(value, err);
    const struct delta_value *again = json ? delta_value_from_json(arena, json, err) : NULL;
    json_decref(json);
    return again ? written_out(arena, again) : NULL;
}

static const struct held {
    const char *what, *there, *back; /* back NULL: the same */
} held_rows[] = {
    {"literals", "[null,false,true]", NULL},
    {"keys in their order", "{\"z\":1,\"a\":{\"y\":[],\"b\":{}}}", NULL},
    {"integers of 64 bits", "[9223372036854775807,-9223372036854775808,0]", NULL},
    {"decimals", "[0.1,3.14,1.0,-2.5,1.7976931348623157e308,5e-324,2.2250738585072014e-308]", NULL},
    {"16 and 17 digits", "[0.3000000000000001,2251799813685249.5]", NULL},
    {"an exponent is a real", "1e2", "100.0"},
    {"zeros at the end", "1.50", "1.5"},
    {"a negative zero keeps its sign", "[-0,-0.0,0.0,-0e5]", "[-0.0,-0.0,0.0,-0.0]"},
    {"a NUL in string and key", "{\"a\\u0000b\":\"c\\u0000\"}", NULL},
    {"characters of every width", "\"a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", NULL},
    {"the empty key", "{\"\":\"\"}", NULL},
};

static void holds(void) {
    struct delta_arena *arena = delta_arena_new();
    for (size_t i = 0; i < sizeof held_rows / sizeof *held_rows; i++) {
        const struct held *row = &held_rows[i];
        struct delta_err err = {0};
        check_row("%s", row->what);
        const char *back = there_and_back(arena, spelled_value(arena, row->there), &err);
        CHECK_EQ_STR(back, row->back ? row->back : row->there);
        CHECK_EQ_INT(err.code, DELTA_OK);
    }
    delta_arena_free(arena);
}

static const struct refused {
    const char *what, *json, *pointer;
} refused_rows[] = {
    {"one past 64 bits", "{\"a\":[1,9223372036854775808]}", "/a/1"},
    {"one past 64 bits, downwards", "-9223372036854775809", ""},
    {"unsigned 64 bits", "[18446744073709551615]", "/0"},
    {"a long integer", "[12345678901234567890123]", "/0"},
    {"past a double's range", "{\"x\":1e400}", "/x"},
    {"below a double's range", "[1e-400]", "/0"},
    {"more digits than a double has", "[0.1000000000000000055]", "/0"},
    {"17 digits that are not the shortest", "[0.10000000000000001]", "/0"},
    {"an integer that a real would round", "[9007199254740993.0]", "/0"},
    {"half a surrogate pair", "{\"a/b\":[\"x\",\"\\ud800\"]}", "/a~1b/1"},
    {"half a surrogate pair in a key", "{\"a\":{\"\\udc00\":1}}", "/a"},
};

static void refuses(void) {
    struct delta_arena *arena = delta_arena_new();
    for (size_t i = 0; i < sizeof refused_rows / sizeof *refused_rows; i++) {
        const struct refused *row = &refused_rows[i];
        struct delta_err err = {0};
        check_row("%s", row->what);
        json_t *json = delta_value_to_json(spelled_value(arena, row->json), &err);
        CHECK(!json);
        json_decref(json);
        CHECK_EQ_INT(err.code, DELTA_ERR_UNSUPPORTED);
        CHECK(err.has_pointer);
        CHECK_EQ_STR(err.pointer, row->pointer);
    }
    delta_arena_free(arena);
}

/* What only _nocheck functions put into a json_t. */
static void refuses_what_is_no_utf8(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    json_t *array = json_pack("[i, [s]]", 1, "x");
    json_array_append_new(json_array_get(array, 1), json_stringn_nocheck("a\xff", 2));
    CHECK(!delta_value_from_json(arena, array, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_UNSUPPORTED);
    CHECK_EQ_STR(err.pointer, "/1/1");
    json_decref(array);

    err = (struct delta_err){0};
    json_t *object = json_object();
    json_object_setn_new_nocheck(object, "\xed\xa0\x80", 3, json_null());
    CHECK(!delta_value_from_json(arena, object, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_UNSUPPORTED);
    CHECK(err.has_pointer);
    json_decref(object);

    err = (struct delta_err){0};
    CHECK(!delta_value_from_json(arena, NULL, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
    delta_arena_free(arena);
}

/* Arrays and objects in turn, `levels` deep. */
static json_t *nested(unsigned levels) {
    json_t *json = json_array();
    for (unsigned i = 1; i < levels; i++) {
        json_t *outer = i % 2 ? json_object() : json_array();
        if (i % 2)
            json_object_set_new(outer, "k", json);
        else
            json_array_append_new(outer, json);
        json = outer;
    }
    return json;
}

static void holds_the_depth_that_states_may_have(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    json_t *deepest = nested(DELTA_MAX_DEPTH);
    const struct delta_value *value = delta_value_from_json(arena, deepest, &err);
    REQUIRE(value);
    CHECK_EQ_INT(value->height, DELTA_MAX_DEPTH);
    json_t *again = delta_value_to_json(value, &err);
    CHECK(again && json_equal(again, deepest));
    json_decref(again);
    json_decref(deepest);

    json_t *deeper = nested(DELTA_MAX_DEPTH + 1);
    CHECK(!delta_value_from_json(arena, deeper, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_LIMIT);
    json_decref(deeper);

    err = (struct delta_err){0};
    json_t *outer = json_array(), *inner = json_array();
    json_array_append(outer, inner);
    json_array_append(inner, outer); /* contains itself */
    CHECK(!delta_value_from_json(arena, outer, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_LIMIT);
    json_array_clear(inner);
    json_decref(inner);
    json_decref(outer);
    delta_arena_free(arena);
}

static void *on_small_stack(void *unused) {
    (void)unused;
    holds_the_depth_that_states_may_have();
    return NULL;
}

static void needs_a_mebibyte_of_stack_at_most(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)1 << 20);
    REQUIRE(pthread_create(&thread, &attributes, on_small_stack, NULL) == 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

/* Each double comes back as itself, and its spelling is one that jansson holds. */
static void reals_come_back(void) {
    uint64_t seed = check_seed();
    struct delta_arena *arena = delta_arena_new();
    for (int i = 0; i < 20000; i++) {
        struct delta_err err = {0};
        uint64_t bits = check_random(&seed);
        double number;
        if (i % 4 == 0)
            bits &= UINT64_C(0x800fffffffffffff) >> check_below(&seed, 50); /* subnormal */
        memcpy(&number, &bits, sizeof number);
        if (!isfinite(number))
            continue;
        json_t *real = json_real(number);
        const struct delta_value *value = delta_value_from_json(arena, real, &err);
        json_decref(real);
        REQUIRE(value);
        json_t *again = delta_value_to_json(value, &err);
        check_row("%a is %.*s", number, (int)value->length, value->text);
        CHECK(again && json_is_real(again) && json_real_value(again) == number);
        json_decref(again);
    }
    delta_arena_free(arena);
}

/* What is held comes back the same from there on, and is what jansson reads of the text. (Its
 * reader turns -0 into 0, and json_equal looks up keys as C strings.) */
static void random_values_are_held_or_refused(void) {
    struct random random = {.seed = check_seed()};
    unsigned held = 0;
    for (int i = 0; i < 2000; i++) {
        struct delta_err err = {0};
        random.arena = delta_arena_new();
        struct delta_value value = random_value(&random, 4);
        json_t *json = delta_value_to_json(&value, &err);
        if (json) {
            const char *text = written_out(random.arena, &value);
            const struct delta_value *once = delta_value_from_json(random.arena, json, &err);
            check_row("%s", text);
            CHECK(once && once->height == value.height);
            if (once)
                CHECK_EQ_STR(there_and_back(random.arena, once, &err),
                             written_out(random.arena, once));
            json_t *read = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
            CHECK(strstr(text, "-0") || strstr(text, "u0000") || json_equal(read, json));
            json_decref(read);
            held++;
        } else {
            CHECK_EQ_INT(err.code, DELTA_ERR_UNSUPPORTED);
        }
        json_decref(json);
        delta_arena_free(random.arena);
    }
    CHECK(held > 100);
}

int main(void) {
    RUN(holds);
    RUN(refuses);
    RUN(refuses_what_is_no_utf8);
    RUN(holds_the_depth_that_states_may_have);
    RUN(needs_a_mebibyte_of_stack_at_most);
    RUN(reals_come_back);
    RUN(random_values_are_held_or_refused);
    return check_done();
}
