/* The change iterator, and values read and built through the public API. */
#include "tests/unit/check.h"

#include "base/arena.h"
#include "delta.h"
#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"
#include "json/pointer.h"
#include "json/writer.h"

enum { ROUNDS = 2000 };

static const struct delta_value *parsed(struct delta_arena *arena, const char *text) {
    struct delta_err err = {0};
    const struct delta_value *value = delta_read(arena, text, strlen(text), NULL, &err);
    CHECK_EQ_STR(err.text, "");
    return value;
}

/* ---- Changes --------------------------------------------------------------------------------- */

static void put_value(FILE *out, const struct delta_value *value) {
    struct delta_buf buf = {0};
    if (!value)
        return;
    CHECK(delta_write(value, DELTA_COMPACT, 0, &buf, NULL) == 0);
    fprintf(out, " %.*s", (int)buf.length, buf.data);
    delta_buf_free(&buf);
}

static int list_change(void *context, const struct delta_change *change, struct delta_err *err) {
    FILE *out = context;
    (void)err;
    fprintf(out, "%s %.*s", delta_change_name(change->kind), (int)change->pointer_length,
            change->pointer);
    if (change->kind == DELTA_CHANGE_MOVE)
        fprintf(out, " from %.*s", (int)change->old_pointer_length, change->old_pointer);
    if (change->count != 1)
        fprintf(out, " x%u", change->count);
    if (change->label_length)
        fprintf(out, " {%.*s}", (int)change->label_length, change->label);
    put_value(out, change->old_value);
    put_value(out, change->new_value);
    fprintf(out, "%s\n", change->text ? " text" : "");
    return 0;
}

/* The changes between two states, a line each; `known` is false: without the base. */
static char *list(const char *old_text, const char *new_text, bool known,
                  const struct delta_filter_options *filter_options) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    const struct delta_value *old_state = parsed(arena, old_text);
    const struct delta_filter *filter =
        filter_options ? delta_filter_new(arena, filter_options, &err) : NULL;
    const struct delta_diff_options options = {
        .strategy = DELTA_DICT, .elementwise = true, .filter = filter};
    const struct delta_record *record =
        delta_diff(arena, old_state, parsed(arena, new_text), &options, &err);
    char *listed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&listed, &size);
    CHECK(record && delta_changes_visit(record, known ? old_state : NULL, filter, list_change, out,
                                        &err) == 0);
    CHECK_EQ_STR(err.text, "");
    fclose(out);
    delta_arena_free(arena);
    return listed;
}

static void check_list(const char *old_text, const char *new_text, bool known, const char *want) {
    char *listed = list(old_text, new_text, known, NULL);
    CHECK_EQ_STR(listed, want);
    free(listed);
}

static void lists_each_kind(void) {
    check_list("{\"a\":1,\"b\":2,\"c\":{\"d\":[1,2]}}",
               "{\"a\":3,\"c\":{\"d\":[1,2,4]},\"e/f\":null}", true,
               "change /a 1 3\nremove /b 2\nadd /c/d/2 4\nadd /e~1f null\n");
    check_list("1", "[]", true, "change  1 []\n");
    check_list("{\"a\":1}", "{\"a\":1}", true, "");
}

static void names_what_moved_and_from_where(void) {
    check_list("{\"l\":[\"aaaa\",\"bbbb\",\"cccc\",\"dddd\"]}",
               "{\"l\":[\"bbbb\",\"cccc\",\"dddd\",\"aaaa\"]}", true, "move /l/3 from /l/0\n");
    check_list("{\"l\":[1,2,3,4,5,6,7,8]}", "{\"l\":[4,5,6,7,8,1,2,3]}", true,
               "move /l/5 from /l/0 x3\n");
    check_list("{\"old/name\":{\"x\":[1,2,3,4,5,6,7,8,9]}}",
               "{\"new\":{\"x\":[1,2,3,4,5,6,7,8,9]}}", true, "move /new from /old~1name\n");
    check_list("{\"l\":[{\"id\":1,\"v\":1},{\"id\":2,\"v\":2}]}",
               "{\"l\":[{\"id\":1,\"v\":1},{\"id\":2,\"v\":3}]}", true,
               "change /l/1/v {id=2} 2 3\n");
    /* What moved does not end the gap in which one element replaces another. */
    check_list("{\"l\":[10,\"aaaa\",\"bbbb\",\"cccc\",\"moved\"]}",
               "{\"l\":[\"moved\",20,\"aaaa\",\"bbbb\",\"cccc\"]}", true,
               "move /l/0 from /l/4\nchange /l/1 10 20\n");
}

static void leaves_out_what_only_the_base_knows(void) {
    check_list("{\"a\":1,\"b\":2}", "{\"a\":3}", false, "change /a 3\nremove /b\n");
}

static void masks_and_labels_by_the_filter(void) {
    static const char *const masked[] = {"/l/*/v"};
    static const struct delta_array_key key = {"/l", "n"};
    const struct delta_filter_options options = {
        .mask = {masked, 1}, .array_keys = &key, .array_key_count = 1};
    char *listed = list("{\"l\":[{\"n\":\"x\",\"id\":1,\"v\":1}]}",
                        "{\"l\":[{\"n\":\"x\",\"id\":1,\"v\":2}]}", true, &options);
    CHECK_EQ_STR(listed, "change /l/0/v {n=x} \"***\" \"***\"\n");
    free(listed);
}

static int stop(void *context, const struct delta_change *change, struct delta_err *err) {
    (void)change;
    (void)err;
    return ++*(int *)context == 2 ? 7 : 0;
}

static void ends_when_the_visitor_says_so(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    int calls = 0;
    const struct delta_value *old_state = parsed(arena, "{\"a\":[1,2,3]}");
    const struct delta_record *record =
        delta_diff(arena, old_state, parsed(arena, "{\"a\":[4,5,6]}"), NULL, &err);
    CHECK_EQ_INT(delta_changes_visit(record, old_state, NULL, stop, &calls, &err), 7);
    CHECK_EQ_INT(calls, 2);
    CHECK_EQ_INT(err.code, DELTA_OK);
    delta_arena_free(arena);
}

/* A record that was not made from the base may remove what is not there. */
static void removes_what_is_not_there(void) {
    static const char text[256] =
        /* zero bytes follow */ "{\"changes\":{\"b\":{\"x\":1}},\"removed_keys\":[\"absent\"]}";
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    size_t offset = 0;
    const struct delta_record *record =
        delta_record_read(arena, text, strlen(text), &offset, 0, "a record", &err);
    char *listed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&listed, &size);
    CHECK(record && delta_changes_visit(record, parsed(arena, "{\"a\":{\"x\":1}}"), NULL,
                                        list_change, out, &err) == 0);
    fclose(out);
    CHECK_EQ_STR(listed, "add /b {\"x\":1}\n");
    free(listed);
    delta_arena_free(arena);
}

static void refuses_another_base(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    int calls = 0;
    const struct delta_record *record =
        delta_diff(arena, parsed(arena, "{\"a\":1}"), parsed(arena, "{\"a\":2}"), NULL, &err);
    const struct delta_value *other = parsed(arena, "{}");
    struct delta_buf buf = {0};
    CHECK_EQ_INT(delta_changes_visit(record, other, NULL, stop, &calls, &err), -1);
    CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
    CHECK_EQ_INT(calls, 0);
    err = (struct delta_err){0};
    CHECK_EQ_INT(delta_text_write(record, other, NULL, &buf, &err), -1);
    CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
    err = (struct delta_err){0};
    CHECK_EQ_INT(delta_stat_write(record, other, NULL, &buf, &err), -1);
    CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
    err = (struct delta_err){0};
    CHECK_EQ_INT(delta_json_patch_write(record, other, false, &buf, &err), -1);
    CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
    err = (struct delta_err){0};
    CHECK_EQ_INT(delta_merge_patch_write(record, other, &buf, &err), -1);
    CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
    CHECK_EQ_INT(buf.length, 0);
    delta_buf_free(&buf);
    delta_arena_free(arena);
}

struct lookup {
    const struct delta_value *old_state, *new_state;
};

static void check_place(const struct delta_value *state, const char *pointer, size_t length,
                        const struct delta_value *value, const char *row) {
    const struct delta_value *there = delta_value_at(state, pointer, length, NULL);
    if (!there || (value && !delta_value_equal(there, value)))
        check_fail(__FILE__, __LINE__, "%s %.*s", row, (int)length, pointer);
}

/* What moved in an array has the index that its pointer ends in, and a renamed member none. */
static void check_index(const struct delta_value *state, const char *pointer, size_t length,
                        uint32_t index) {
    size_t above = length;
    while (above && pointer[above - 1] != '/')
        above--;
    const struct delta_value *around =
        above ? delta_value_at(state, pointer, above - 1, NULL) : NULL;
    uint32_t last = 0;
    for (; around && delta_value_type(around) == DELTA_ARRAY && above < length; above++)
        last = 10 * last + (uint32_t)(pointer[above] - '0');
    CHECK_EQ_INT(index, last);
}

/* Every value that is reported is at its pointer. */
static int check_change(void *context, const struct delta_change *change, struct delta_err *err) {
    const struct lookup *states = context;
    (void)err;
    CHECK((change->old_pointer == NULL) == (change->kind == DELTA_CHANGE_ADD));
    CHECK(change->count == 1 || (change->kind == DELTA_CHANGE_MOVE && change->count > 1));
    if (change->kind != DELTA_CHANGE_REMOVE)
        check_place(states->new_state, change->pointer, change->pointer_length, change->new_value,
                    "new");
    if (change->kind != DELTA_CHANGE_ADD)
        check_place(states->old_state, change->old_pointer, change->old_pointer_length,
                    change->old_value, "old");
    if (change->kind == DELTA_CHANGE_MOVE) {
        check_index(states->new_state, change->pointer, change->pointer_length, change->index);
        check_index(states->old_state, change->old_pointer, change->old_pointer_length,
                    change->old_index);
    }
    return 0;
}

static void pointers_lead_to_the_values(void) {
    uint64_t seed = check_seed();
    for (int i = 0; i < check_rounds(ROUNDS); i++) {
        struct random random = {.arena = delta_arena_new(), .seed = check_random(&seed)};
        struct delta_value old_state = random_value(&random, 4);
        struct delta_value new_state = random_change(&random, &old_state);
        const struct delta_diff_options options = {.strategy = DELTA_DICT};
        struct delta_err err = {0};
        check_row("round %d", i);
        const struct delta_record *record =
            delta_diff(random.arena, &old_state, &new_state, &options, &err);
        struct lookup states = {&old_state, &new_state};
        CHECK(record &&
              delta_changes_visit(record, &old_state, NULL, check_change, &states, &err) == 0);
        CHECK_EQ_STR(err.text, "");
        delta_arena_free(random.arena);
    }
}

/* ---- Reading --------------------------------------------------------------------------------- */

static void reads_scalars(void) {
    struct delta_arena *arena = delta_arena_new();
    size_t length;
    const struct delta_value *value = parsed(arena, "[1e400,\"a\\u0000\\u00e9\",null,17,-1,1.0]");
    const char *text = delta_value_text(delta_value_element(value, 0), &length);
    CHECK_EQ_MEM(text, length, "1e400", 5);
    text = delta_value_text(delta_value_element(value, 1), &length);
    CHECK_EQ_MEM(text, length, "a\0\xc3\xa9", 4);
    CHECK(delta_value_text(delta_value_element(value, 2), &length) == NULL);
    CHECK_EQ_INT(length, 0);
    uint64_t number = 0;
    CHECK(delta_value_to_u64(delta_value_element(value, 3), &number));
    CHECK_EQ_INT(number, 17);
    CHECK(!delta_value_to_u64(delta_value_element(value, 4), &number));
    CHECK(!delta_value_to_u64(delta_value_element(value, 5), &number));
    CHECK(!delta_value_to_u64(delta_value_element(value, 1), &number));
    CHECK(delta_value_is(parsed(arena, "\"x\""), "x"));
    CHECK(!delta_value_is(parsed(arena, "\"xy\""), "x"));
    CHECK(!delta_value_is(delta_value_element(value, 3), "17"));
    CHECK(!delta_value_is(NULL, "x"));
    delta_arena_free(arena);
}

static void reads_containers(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_member member;
    const struct delta_value *value = parsed(arena, "{\"b\":[1,2],\"a\":{}}");
    CHECK_EQ_INT(delta_value_count(value), 2);
    CHECK(delta_value_member(value, 0, &member));
    CHECK_EQ_MEM(member.key, member.key_length, "b", 1);
    CHECK_EQ_INT(delta_value_count(member.value), 2);
    CHECK(delta_value_member(value, 1, &member));
    CHECK(!delta_value_member(value, 2, &member));
    CHECK(!delta_value_member(delta_value_get(value, "b"), 0, &member));
    CHECK(delta_value_element(value, 0) == NULL);
    CHECK(delta_value_element(delta_value_get(value, "b"), 2) == NULL);
    CHECK(delta_value_get(value, "c") == NULL);
    CHECK(delta_value_get(delta_value_get(value, "b"), "0") == NULL);
    CHECK_EQ_INT(delta_value_count(parsed(arena, "\"text\"")), 0);
    delta_arena_free(arena);
}

static void looks_up_by_pointer(void) {
    static const struct {
        const char *pointer, *found; /* NULL: nothing */
        enum delta_code code;
    } rows[] = {
        {"", "{\"\":0,\"a/b\":{\"~1\":[5,[6]]},\"a\":1,\"ab\":2}", DELTA_OK},
        {"/", "0", DELTA_OK},
        {"/a", "1", DELTA_OK},
        {"/a~1b/~01/1/0", "6", DELTA_OK},
        {"/a~1b/~01/0", "5", DELTA_OK},
        {"/a~1b/~01/00", NULL, DELTA_OK},
        {"/a~1b/~01/2", NULL, DELTA_OK},
        {"/a~1b/~01/-", NULL, DELTA_OK},
        {"/a/x", NULL, DELTA_OK},
        {"/abc", NULL, DELTA_OK},
        {"/b", NULL, DELTA_OK},
        {"a", NULL, DELTA_ERR_USAGE},
        {"/a~2", NULL, DELTA_ERR_USAGE},
    };
    struct delta_arena *arena = delta_arena_new();
    const struct delta_value *value = parsed(arena, rows[0].found);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_err err = {0};
        check_row("%s", rows[i].pointer);
        const struct delta_value *found =
            delta_value_at(value, rows[i].pointer, strlen(rows[i].pointer), &err);
        CHECK_EQ_INT(err.code, rows[i].code);
        CHECK_EQ_STR(found ? written_out(arena, found) : NULL, rows[i].found);
    }
    delta_arena_free(arena);
}

/* ---- Building -------------------------------------------------------------------------------- */

static void builds(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    const struct delta_value *elements[] = {
        delta_value_literal(DELTA_TRUE, &err), NULL, delta_value_number(arena, "1e400", 5, &err),
        delta_value_u64(arena, UINT64_MAX, &err), delta_value_i64(arena, INT64_MIN, &err)};
    const struct delta_member members[] = {
        {"text", 4, delta_value_string(arena, "a\0\"", 3, &err)},
        {"left out", 8, NULL},
        {"list", 4, delta_value_array(arena, elements, 5, &err)},
        {"empty", 5, delta_value_object(arena, NULL, 0, &err)},
        {"none", 4, delta_value_array(arena, NULL, 0, &err)},
    };
    const struct delta_value *value = delta_value_object(arena, members, 5, &err);
    CHECK_EQ_STR(err.text, "");
    REQUIRE(value != NULL);
    static const char want[] =
        "{\"text\":\"a\\u0000\\\"\",\"list\":[true,1e400,18446744073709551615,"
        "-9223372036854775808],\"empty\":{},\"none\":[]}";
    CHECK_EQ_STR(written_out(arena, value), want);
    CHECK(delta_value_equal(value, parsed(arena, want)));
    delta_arena_free(arena);
}

/* Lone surrogates as the library gives them, and nothing else that is not UTF-8. */
static void takes_lone_surrogates(void) {
    static const struct {
        const char *bytes;
        bool taken;
    } rows[] = {
        {"", true},
        {"a\xc3\xa9", true},
        {"\xed\xa0\xbd", true},
        {"a\xed\xb8\x80z", true},
        {"\xed\xb8\x80\xed\xa0\xbd", true}, /* low, high: no pair */
        {"\xed\xa0\xbd\xed\xa0\xbd", true},
        {"\xed\xa0\xbd-\xed\xb8\x80", true},
        {"\xed\xa0\xbd\xed\xb8\x80", false}, /* a pair is one character */
        {"\xed\xa0", false},
        {"\xed\xa0z", false},
        {"\xff", false},
        {"\xc3", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        const struct delta_value *value =
            delta_value_string_wtf8(arena, rows[i].bytes, strlen(rows[i].bytes), &err);
        check_row("%zu", i);
        CHECK((value != NULL) == rows[i].taken);
        CHECK((err.code == DELTA_OK) == rows[i].taken);
        delta_arena_free(arena);
    }
}

static void refuses_what_is_not_json(void) {
    struct delta_arena *arena = delta_arena_new();
    static const char *const numbers[] = {"", "01", "1.", "+1", "0x1", "1 ", "NaN", "-"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct delta_err err = {0};
        check_row("number %s", numbers[i]);
        CHECK(!delta_value_number(arena, numbers[i], strlen(numbers[i]), &err));
        CHECK_EQ_INT(err.code, DELTA_ERR_SYNTAX);
    }
    struct delta_err err = {0};
    CHECK(!delta_value_string_of(arena, "\xff", &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_SYNTAX);
    CHECK(!delta_value_string_of(arena, "good", &err)); /* a failure stays */
    CHECK(!delta_value_string_wtf8(arena, "good", 4, &err));
    CHECK(!delta_value_literal(DELTA_NULL, &err));
    err = (struct delta_err){0};
    const struct delta_value *one = delta_value_u64(arena, 1, &err);
    const struct delta_member twice[] = {{"a", 1, one}, {"b", 1, one}, {"a", 1, one}};
    CHECK(!delta_value_object(arena, twice, 3, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
    CHECK_EQ_STR(err.text, "duplicate key \"a\"");
    err = (struct delta_err){0};
    CHECK(!delta_value_literal(DELTA_NUMBER, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
    delta_arena_free(arena);
}

static void builds_no_deeper_than_is_read(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    const struct delta_value *value = delta_value_array(arena, NULL, 0, &err);
    for (int i = 1; i < DELTA_MAX_DEPTH; i++)
        value = delta_value_array(arena, &value, 1, &err);
    CHECK_EQ_INT(err.code, DELTA_OK);
    CHECK(value && !delta_value_array(arena, &value, 1, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_LIMIT);
    delta_arena_free(arena);
}

static void an_arena_is_cleared(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    delta_arena_clear(arena);
    for (int i = 0; i < 200; i++) {
        for (int k = 0; k < (i % 20 ? 3 : 3000); k++)
            CHECK(delta_value_string_of(arena, "some text that takes a few bytes", &err) != NULL);
        delta_arena_clear(arena);
    }
    delta_arena_free(arena);
}

/* Large things, of one size and of others, in a cleared arena, which is joined to another one. */
static void a_cleared_arena_is_used_again(void) {
    static const size_t sizes[] = {3 << 20, 3 << 20, 100, 5 << 20, 40 << 20, 1 << 20, 3 << 20};
    struct delta_arena *arena = delta_arena_new(), *other = delta_arena_new();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        delta_arena_clear(arena);
        CHECK_EQ_INT(delta_arena_size(arena), 0);
        for (unsigned n = 0; n < 3; n++) {
            char *bytes = arena_alloc(arena, sizes[i]);
            REQUIRE(bytes);
            bytes[0] = bytes[sizes[i] - 1] = 'x';
        }
        CHECK(delta_arena_size(arena) >= 3 * sizes[i]);
    }
    delta_arena_clear(arena);
    CHECK(arena_alloc(other, 100) != NULL);
    arena_join(other, arena);
    CHECK(delta_arena_size(other) >= 100);
    delta_arena_free(other);
}

/* ---- Positions ------------------------------------------------------------------------------- */

static void check_position(const char *text, const char *pointer, uint64_t line, uint64_t column) {
    struct delta_position position = {pointer, strlen(pointer), 9, 9};
    struct delta_err err = {0};
    check_row("%s", pointer);
    CHECK(delta_text_locate(text, strlen(text), &position, 1, &err) == 0);
    CHECK_EQ_STR(err.text, "");
    CHECK_EQ_INT(position.line, line);
    CHECK_EQ_INT(position.column, column);
}

static const char located[] = "\xef\xbb\xbf {\n"
                              "  \"a/b\": [1, {\"x\": [\"]}\\\"\",\n"
                              "    2]}],\n"
                              "\"\\u007e\" : true,\n"
                              "  \"a\": {\"b\": {}, \"c\": -1e5}}\n";

static void locates(void) {
    check_position(located, "", 1, 5);
    check_position(located, "/a~1b", 2, 3);
    check_position(located, "/a~1b/0", 2, 11);
    check_position(located, "/a~1b/1", 2, 14);
    check_position(located, "/a~1b/1/x", 2, 15);
    check_position(located, "/a~1b/1/x/0", 2, 21);
    check_position(located, "/a~1b/1/x/1", 3, 5);
    check_position(located, "/~0", 4, 1);
    check_position(located, "/a/b", 5, 9);
    check_position(located, "/a/c", 5, 18);
    check_position(located, "/a/d", 0, 0);
    check_position(located, "/a/c/0", 0, 0);
    check_position(located, "/a~1b/2", 0, 0);
    check_position(located, "/a~1b/-", 0, 0);
    check_position("7", "", 1, 1);
}

static void locates_many_in_any_order(void) {
    struct delta_position positions[] = {
        {"/a/c", 4, 0, 0}, {"", 0, 0, 0},    {"/a~1b/1/x/1", 11, 0, 0}, {"/a", 2, 0, 0},
        {"/a/c", 4, 0, 0}, {"/zz", 3, 0, 0}, {"/a~1b", 5, 0, 0}};
    static const uint64_t lines[] = {5, 1, 3, 5, 5, 0, 2};
    struct delta_err err = {0};
    CHECK(delta_text_locate(located, sizeof located - 1, positions, 7, &err) == 0);
    for (size_t i = 0; i < 7; i++) {
        check_row("%s", positions[i].pointer);
        CHECK_EQ_INT(positions[i].line, lines[i]);
    }
}

static void refuses_to_locate(void) {
    static const struct {
        const char *text, *pointer;
        enum delta_code code;
    } rows[] = {
        {"{}", "x", DELTA_ERR_USAGE},
        {"{\"a\" 1}", "/a/b", DELTA_ERR_SYNTAX},
        {"{\"a\":[1,2", "/b", DELTA_ERR_SYNTAX},
        {"{\"a", "/b", DELTA_ERR_SYNTAX},
        {"{\"a\":1 2}", "/b", DELTA_ERR_SYNTAX},
        {"", "", DELTA_ERR_SYNTAX},
        {"{a", "/b", DELTA_ERR_SYNTAX},
        {"[1,", "/3", DELTA_ERR_SYNTAX},
        {"]", "", DELTA_ERR_SYNTAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_position position = {rows[i].pointer, strlen(rows[i].pointer), 0, 0};
        struct delta_err err = {0};
        /* A copy without padding, so that a read past the end is seen by the sanitizers. */
        size_t length = strlen(rows[i].text);
        char *text = malloc(length + 1);
        memcpy(text, rows[i].text, length);
        check_row("%s in %s", rows[i].pointer, rows[i].text);
        CHECK(delta_text_locate(text, length, &position, 1, &err) == -1);
        CHECK_EQ_INT(err.code, rows[i].code);
        free(text);
    }
}

/* What is at a position in the text of a value is that value. */
static void positions_lead_to_the_values(void) {
    uint64_t seed = check_seed();
    for (int i = 0; i < check_rounds(ROUNDS); i++) {
        struct random random = {.arena = delta_arena_new(), .seed = check_random(&seed)};
        struct delta_value value = random_value(&random, 4);
        struct delta_buf text = {0};
        CHECK(delta_write(&value, i % 2 ? DELTA_INDENTED : DELTA_COMPACT, 2, &text, NULL) == 0);
        /* A random way down. */
        struct delta_buf pointer = {0};
        const struct delta_value *at = &value;
        bool is_member = false;
        struct delta_member member = {0};
        while (delta_value_count(at) && random_below(&random, 4)) {
            size_t next = random_below(&random, (uint32_t)delta_value_count(at));
            is_member = delta_value_member(at, next, &member);
            if (is_member)
                pointer_put_key(&pointer, member.key, member.key_length);
            else
                pointer_put_index(&pointer, next);
            at = is_member ? member.value : delta_value_element(at, next);
        }
        struct delta_position position = {pointer.data ? pointer.data : "", pointer.length, 0, 0};
        struct delta_err err = {0};
        check_row("round %d: %.*s", i, (int)pointer.length, position.pointer);
        CHECK(delta_text_locate(text.data, text.length, &position, 1, &err) == 0);
        CHECK(position.line >= 1);
        const char *start = text.data;
        for (uint64_t line = 1; line < position.line; line++)
            start =
                (const char *)memchr(start, '\n', text.length - (size_t)(start - text.data)) + 1;
        start += position.column - 1;
        struct delta_buf want = {0};
        if (is_member)
            writer_string(member.key, member.key_length, &want);
        else
            buf_put_char(&want, delta_value_type(at) == DELTA_OBJECT  ? '{'
                                : delta_value_type(at) == DELTA_ARRAY ? '['
                                                                      : *start);
        CHECK_EQ_MEM(start, want.length, want.data, want.length);
        delta_buf_free(&want);
        delta_buf_free(&pointer);
        delta_buf_free(&text);
        delta_arena_free(random.arena);
    }
}

struct old_values {
    const struct delta_value *base;
    unsigned known, unknown;
};

/* Old values are those of the base, and there is one of all that was removed or replaced; of a text
 * the change back. An element that a patch edits may be labelled otherwise without its base. */
static int check_old_value(void *context, const struct delta_change *change,
                           struct delta_err *err) {
    struct old_values *values = context;
    bool had = change->kind == DELTA_CHANGE_REMOVE || change->kind == DELTA_CHANGE_REPLACE;
    CHECK(had || !change->old_value);
    if (!had)
        return 0;
    CHECK(change->old_value || (change->text && change->old_text));
    const struct delta_value *old =
        delta_value_at(values->base, change->old_pointer, change->old_pointer_length, err);
    CHECK(old != NULL);
    if (old && change->old_value)
        CHECK(delta_value_equal(old, change->old_value));
    values->known += change->old_value != NULL;
    values->unknown += change->text != NULL;
    return 0;
}

static void a_reversible_record_has_the_old_values(void) {
    uint64_t seed = check_seed();
    struct old_values values = {0};
    for (int i = 0; i < ROUNDS; i++) {
        struct random random = {.arena = delta_arena_new(), .seed = check_random(&seed)};
        struct delta_value old = random_value(&random, 4), new = random_change(&random, &old);
        struct delta_err err = {0};
        const struct delta_diff_options options = {
            .strategy = DELTA_DICT, .reversible = true, .elementwise = i & 1};
        check_row("pair %d", i);
        const struct delta_record *record = delta_diff(random.arena, &old, &new, &options, &err);
        REQUIRE(record);
        values.base = &old;
        CHECK(delta_changes_visit(record, NULL, NULL, check_old_value, &values, &err) == 0);
        CHECK_EQ_STR(err.text, "");
        delta_arena_free(random.arena);
    }
    printf("# %u old values, %u changes of text\n", values.known, values.unknown);
    CHECK(values.known > ROUNDS / 2 && values.unknown > 0);
}

int main(void) {
    RUN(a_reversible_record_has_the_old_values);
    RUN(lists_each_kind);
    RUN(names_what_moved_and_from_where);
    RUN(leaves_out_what_only_the_base_knows);
    RUN(masks_and_labels_by_the_filter);
    RUN(ends_when_the_visitor_says_so);
    RUN(removes_what_is_not_there);
    RUN(refuses_another_base);
    RUN(pointers_lead_to_the_values);
    RUN(reads_scalars);
    RUN(reads_containers);
    RUN(looks_up_by_pointer);
    RUN(builds);
    RUN(takes_lone_surrogates);
    RUN(refuses_what_is_not_json);
    RUN(builds_no_deeper_than_is_read);
    RUN(an_arena_is_cleared);
    RUN(a_cleared_arena_is_used_again);
    RUN(locates);
    RUN(locates_many_in_any_order);
    RUN(refuses_to_locate);
    RUN(positions_lead_to_the_values);
    return check_done();
}
