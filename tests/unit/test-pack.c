/* Packed patches: the same patch comes out, bound or standing alone, and damage is found out. */
#include "base/varint.h"
#include "diff/diff.h"
#include "patch/apply.h"
#include "patch/columns.h"
#include "patch/patch_binary.h"
#include "patch/patch_pack.h"
#include "patch/patch_unpack.h"
#include "patch/repetitions.h"
#include "patch/step.h"
#include "patch/surroundings.h"
#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"
#include "json/reader.h"

enum { PATCHES = 10000 };

/* What was packed, in memory of its own that is followed by the padding and nothing more. */
static char *padded(const struct delta_buf *bytes) {
    char *copy = calloc(1, bytes->length + READER_PADDING);
    if (bytes->length)
        memcpy(copy, bytes->data, bytes->length);
    return copy;
}

/* A bound patch forgets removals of what is not there, so that it is known by what it does. */
static void check_patch(struct random *random, const struct delta_patch *patch,
                        const struct delta_value *base, bool bound, bool exact) {
    struct delta_buf bytes = {0}, again = {0};
    struct delta_err err = {0};
    struct delta_value want, made;
    REQUIRE(pack_patch(patch, bound ? base : NULL, &bytes, &err) == 0);
    char *copy = padded(&bytes);
    const struct delta_patch *read =
        unpack_patch(random->arena, copy, bytes.length, bound ? base : NULL, &err);
    if (!read) {
        check_fail(__FILE__, __LINE__, "%s", err.text);
    } else {
        if (exact)
            CHECK(spelled_same_patch(random->arena, read, patch));
        CHECK(apply_patch(random->arena, base, patch, &want, &err) == 0);
        CHECK(apply_patch(random->arena, base, read, &made, &err) == 0);
        CHECK(delta_value_equal(&made, &want));
        CHECK(pack_patch(read, bound ? base : NULL, &again, &err) == 0);
        if (exact)
            CHECK_EQ_MEM(again.data, again.length, bytes.data, bytes.length);
    }
    free(copy);
    delta_buf_free(&bytes);
    delta_buf_free(&again);
}

static void packed_and_unpacked(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(PATCHES); round++) {
        random.arena = delta_arena_new();
        struct delta_value a = random_value(&random, 4);
        struct delta_value b = random_change(&random, &a);
        const struct delta_patch *patch = diff_values(random.arena, &a, &b, NULL, NULL);
        check_patch(&random, patch, &a, false, true);
        check_patch(&random, patch, &a, true, true);
        patch = random_patch(&random, &a);
        check_patch(&random, patch, &a, false, true);
        check_patch(&random, patch, &a, true, false);
        delta_arena_free(random.arena);
    }
}

/* The values by columns, where that is another order: the same patch comes out of them, and in the
 * wrong order, or with one value more, none does that is taken for it. */
static void check_columns(struct random *random, const struct patch_parts *parts,
                          const struct delta_value *base, const struct delta_value *target,
                          unsigned ways, struct member_orders *orders) {
    struct delta_buf columns = {0};
    struct delta_err err = {0};
    struct delta_value made;
    int moved = patch_parts_by_columns(parts, base, orders, &columns, &err);
    REQUIRE(moved >= 0);
    CHECK(moved == 0 ? columns.length == 0 : columns.length == parts->values.length);
    if (!moved)
        buf_put(&columns, parts->values.data, parts->values.length);
    struct byte_span ops = {parts->ops.data, parts->ops.length};
    struct byte_span values = {columns.data, columns.length};
    const struct delta_patch *read =
        unpack_patch_parts(random->arena, ops, values, base, ways | PATCH_COLUMNS, orders, &err);
    REQUIRE(read);
    CHECK(apply_patch(random->arena, base, read, &made, &err) == 0);
    CHECK(delta_value_equal(&made, target));
    buf_put_text(&columns, columns.length ? ",1" : "1");
    values = (struct byte_span){columns.data, columns.length};
    CHECK(!unpack_patch_parts(random->arena, ops, values, base, true, orders, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_DAMAGED);
    delta_buf_free(&columns);
}

/* In two parts, in any way; what stands around can be written whatever its width. */
static void check_parts(struct random *random, const struct delta_patch *patch,
                        const struct delta_value *base, const struct delta_value *target,
                        bool bound, unsigned ways) {
    struct patch_parts parts, again;
    struct member_orders orders = {0};
    struct delta_buf around = {0};
    struct delta_err err = {0};
    struct delta_value made;
    REQUIRE(pack_patch_parts(patch, bound ? base : NULL, ways, &orders, &parts, &err) == 0);
    struct byte_span ops = {parts.ops.data, parts.ops.length};
    struct byte_span values = {parts.values.data, parts.values.length};
    const struct delta_patch *read =
        unpack_patch_parts(random->arena, ops, values, bound ? base : NULL, ways, &orders, &err);
    if (!read) {
        check_fail(__FILE__, __LINE__, "%s", err.text);
    } else {
        CHECK(apply_patch(random->arena, base, read, &made, &err) == 0);
        CHECK(delta_value_equal(&made, target));
        CHECK(pack_patch_parts(read, bound ? base : NULL, ways, &orders, &again, &err) == 0);
        CHECK_EQ_MEM(again.ops.data, again.ops.length, parts.ops.data, parts.ops.length);
        CHECK_EQ_MEM(again.values.data, again.values.length, parts.values.data,
                     parts.values.length);
        patch_parts_free(&again);
    }
    if (bound) {
        uint32_t width = 1 + random_below(random, SURROUNDINGS_WIDEST);
        CHECK_EQ_INT(surroundings_write(ops, base, &orders, width, UINT64_MAX, &around, &err), 0);
        size_t length = around.length;
        if (length)
            CHECK_EQ_INT(surroundings_write(ops, base, &orders, width, length - 1, &around, &err),
                         1);
        check_columns(random, &parts, base, target, ways, &orders);
    }
    delta_buf_free(&around);
    patch_parts_free(&parts);
    member_orders_free(&orders);
}

static void packed_in_two_parts(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(PATCHES); round++) {
        random.arena = delta_arena_new();
        struct delta_value a = random_value(&random, 4);
        struct delta_value b = random_change(&random, &a);
        const struct delta_patch *patch = diff_values(random.arena, &a, &b, NULL, NULL);
        check_parts(&random, patch, &a, &b, false, 0);
        for (unsigned ways = 0; ways <= (PATCH_STEPS | PATCH_NEIGHBOURS); ways++)
            check_parts(&random, patch, &a, &b, true, ways);
        delta_arena_free(random.arena);
    }
}

/* What is inserted anywhere under one key is together, and so are objects of members added there.
 */
static void columns(void) {
    static const char old[] =
        "{\"e\":1,\"f\":{\"1\":[1,2,3,4,5,6,7,8],\"2\":{\"y\":[1,2,3,4,5,6,7]},"
        "\"3\":[11,12,13,14,15,16]},\"g\":{\"1\":{\"n\":0,\"s\":\"a\"},"
        "\"2\":{\"n\":0,\"s\":\"b\"}},\"h\":{\"1\":0,\"2\":0}}";
    static const char new[] =
        "{\"e\":2,\"f\":{\"1\":[1,2,3,4,5,6,7,8,\"x\"],\"2\":{\"y\":[1,2,3,4,5,6,"
        "7],\"z\":1},\"3\":[11,12,13,14,15,16,5]},\"g\":{\"1\":{\"n\":true,"
        "\"s\":\"c\"},\"2\":{\"n\":false,\"s\":\"d\"}},\"h\":{\"1\":7,\"2\":8}}";
    static const char want[] =
        "2,[1,2,3,4,5,6,7,8,\"x\"],[11,12,13,14,15,16,5],{\"z\":1},true,false,\"c\",\"d\",7,8";
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct delta_buf values = {0};
    struct patch_parts parts;
    struct member_orders orders = {0};
    const struct delta_value *from = delta_read(arena, old, strlen(old), NULL, &err);
    const struct delta_value *to = delta_read(arena, new, strlen(new), NULL, &err);
    REQUIRE(from && to);
    const struct delta_patch *patch = diff_values(arena, from, to, NULL, NULL);
    REQUIRE(pack_patch_parts(patch, from, 0, &orders, &parts, &err) == 0);
    CHECK_EQ_INT(patch_parts_by_columns(&parts, from, &orders, &values, &err), 1);
    CHECK_EQ_MEM(values.data, values.length, want, strlen(want));
    delta_buf_free(&values);
    patch_parts_free(&parts);
    member_orders_free(&orders);
    delta_arena_free(arena);
}

/* Members whose names begin with a digit, as those of numbered things do, are of one column, that
 * of the name around them. */
static void columns_of_numbered_members(void) {
    static const char base_text[] =
        "{\"p\":{\"\":0,\"/\":0,\"0\":0,\"1a\":0,\"9\":0,\":\":0,\"a1\":0},"
        "\"q\":{\"\":0,\"/\":0,\"0\":0,\"1a\":0,\"9\":0,\":\":0,\"a1\":0}}";
    static const char patch_text[] =
        "{\"nested\":{\"p\":{\"changes\":{\"\":1,\"/"
        "\":2,\"0\":3,\"1a\":4,\"9\":5,\":\":6,\"a1\":7}},"
        "\"q\":{\"changes\":{\"\":11,\"/\":12,\"0\":13,\"1a\":14,\"9\":15,\":\":16,\"a1\":17}}}}";
    static const char want[] = "1,11,2,12,3,4,5,6,16,7,17,13,14,15";
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct delta_buf values = {0}, around = {0};
    struct patch_parts parts;
    struct member_orders orders = {0};
    const struct delta_value *base = spelled_value(arena, base_text);
    const struct delta_patch *patch = spelled_patch(arena, patch_text);
    REQUIRE(pack_patch_parts(patch, base, 0, &orders, &parts, &err) == 0);
    CHECK_EQ_INT(orders.kept.count, 3);
    CHECK_EQ_INT(patch_parts_by_columns(&parts, base, &orders, &values, &err), 1);
    CHECK_EQ_MEM(values.data, values.length, want, strlen(want));
    /* Each pass over the objects gets the orders that the first one kept. */
    struct byte_span ops = {parts.ops.data, parts.ops.length};
    CHECK_EQ_INT(orders.kept.count, 3);
    CHECK_EQ_INT(surroundings_write(ops, base, &orders, 1, 1 << 20, &around, &err), 0);
    CHECK_EQ_INT(orders.kept.count, 3);
    CHECK(unpack_patch_parts(arena, ops, (struct byte_span){values.data, values.length}, base,
                             PATCH_COLUMNS, &orders, &err) != NULL);
    CHECK_EQ_INT(orders.kept.count, 3);
    CHECK_EQ_STR(err.text, "");
    delta_buf_free(&values);
    delta_buf_free(&around);
    patch_parts_free(&parts);
    member_orders_free(&orders);
    delta_arena_free(arena);
}

/* Values that are in the order of their columns already stay as they are. */
static void columns_in_order(void) {
    static const struct {
        const char *patch;
        int moved;
    } rows[] = {
        {"{\"changes\":{\"a\":1}}", 0},
        {"{\"changes\":{\"a\":1,\"b\":2}}", 0},
        {"{\"nested\":{\"l\":{\"changes\":{\"x\":1,\"y\":2}}}}", 0},
        {"{\"nested\":{\"l\":{\"changes\":{\"x\":1,\"y\":2}},\"m\":{\"changes\":{\"x\":3}}}}", 1},
        {"{\"nested\":{\"l\":{\"changes\":{\"x\":1,\"y\":2}},\"m\":{\"changes\":{\"y\":3}}}}", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        struct delta_buf values = {0};
        struct patch_parts parts;
        struct member_orders orders = {0};
        const struct delta_value *base = spelled_value(
            arena, "{\"a\":0,\"b\":0,\"l\":{\"x\":0,\"y\":0},\"m\":{\"x\":0,\"y\":0}}");
        check_row("%s", rows[i].patch);
        REQUIRE(pack_patch_parts(spelled_patch(arena, rows[i].patch), base, 0, &orders, &parts,
                                 &err) == 0);
        CHECK_EQ_INT(patch_parts_by_columns(&parts, base, &orders, &values, &err), rows[i].moved);
        CHECK_EQ_INT(values.length, rows[i].moved ? parts.values.length : 0);
        delta_buf_free(&values);
        patch_parts_free(&parts);
        member_orders_free(&orders);
        delta_arena_free(arena);
    }
}

/* A member that is added to few, and to so many that a patch in two parts says where it belongs. */
static void added_to_many(void) {
    for (unsigned members = PATCH_NARROW - 1; members <= PATCH_NARROW + 1; members++) {
        struct random random = {.arena = delta_arena_new(), .seed = members};
        struct delta_buf text = {0};
        struct delta_err err = {0};
        struct delta_value made;
        check_row("%u members", members);
        for (unsigned i = 0; i < members; i++)
            delta_buf_printf(&text, "%c\"k%02u\":0", i ? ',' : '{', i);
        delta_buf_put(&text, "}", 2);
        const struct delta_value *base = spelled_value(random.arena, text.data);
        const struct delta_patch *patch =
            spelled_patch(random.arena, "{\"changes\":{\"k07+\":1,\"k05\":2}}");
        REQUIRE(!apply_patch(random.arena, base, patch, &made, &err));
        check_patch(&random, patch, base, true, false);
        check_patch(&random, patch, base, false, true);
        check_parts(&random, patch, base, &made, true, 0);
        delta_buf_free(&text);
        delta_arena_free(random.arena);
    }
}

/* Of what is around a place, a container of more than 8 KiB is left out, and a string is cut there.
 */
static void surroundings_of_large_values(void) {
    static const struct {
        const char *what;
        int digits;     /* of the number in the array that is a neighbour */
        bool is_string; /* it is a string of as many instead */
        size_t length;  /* bytes of it in the surroundings */
    } rows[] = {
        {"an array of 8192 bytes", 8190, false, 8192},
        {"an array of 8193 bytes", 8191, false, 0},
        {"a string of 8192 bytes", 8190, true, 8192},
        {"a string of 8193 bytes", 8191, true, 8192},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        struct delta_buf text = {0}, around = {0}, want = {0};
        struct patch_parts parts;
        struct member_orders orders = {0};
        const char *open = rows[i].is_string ? "\"" : "[", *close = rows[i].is_string ? "\"" : "]";
        check_row("%s", rows[i].what);
        delta_buf_printf(&text, "[1,%s%0*d%s,3]", open, rows[i].digits, 0, close);
        memset(text.data + 4, '7', (size_t)rows[i].digits);
        delta_buf_put(&text, "", 1);
        const struct delta_value *base = spelled_value(arena, text.data);
        const struct delta_patch *patch =
            spelled_patch(arena, "{\"length\":3,\"elements\":[[0,2],{\"insert\":[8]},[2,1]]}");
        REQUIRE(base && pack_patch_parts(patch, base, 0, &orders, &parts, &err) == 0);
        CHECK_EQ_INT(surroundings_write((struct byte_span){parts.ops.data, parts.ops.length}, base,
                                        &orders, 1, 1 << 20, &around, &err),
                     0);
        buf_put_char(&want, ',');
        buf_put(&want, text.data + 3, rows[i].length);
        buf_put_text(&want, ",3");
        CHECK_EQ_MEM(around.data, around.length, want.data, want.length);
        delta_buf_free(&text);
        delta_buf_free(&around);
        delta_buf_free(&want);
        patch_parts_free(&parts);
        member_orders_free(&orders);
        delta_arena_free(arena);
    }
}

/* Of equal arrays and objects of 64 bytes or more the first is written, of shorter ones each. */
static void repetitions(void) {
#define LONG "[\"sixty-four bytes are as many as there are in these two\",\"strings\"]"
    static const struct {
        const char *state, *written;
    } rows[] = {
        {"null", "null"},
        {"[[1,2],[1,2],{},{}]", "[[1,2],[1,2],{},{}]"},
        {"[" LONG "," LONG "," LONG "]", "[" LONG ",,]"},
        {"{\"b\":" LONG ",\"a\":{\"x\":" LONG "},\"c\":{\"x\":" LONG "}}",
         "{\"a\":{\"x\":" LONG "},\"b\":,\"c\":}"},
        {"{\"a\":{\"x\":" LONG ",\"y\":1},\"c\":{\"y\":1,\"x\":" LONG "}}",
         "{\"a\":{\"x\":" LONG ",\"y\":1},\"c\":}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf written = {0};
        const struct delta_value *state =
            delta_read(arena, rows[i].state, strlen(rows[i].state), NULL, NULL);
        REQUIRE(state);
        CHECK_EQ_INT(write_without_repetitions(state, &written, NULL), 0);
        CHECK_EQ_MEM(written.data, written.length, rows[i].written, strlen(rows[i].written));
        delta_buf_free(&written);
        delta_arena_free(arena);
    }
}

/* As many containers as let the table grow, all of them twice. */
static void many_repetitions(void) {
    enum { MANY = 1000 };
    struct delta_arena *arena = delta_arena_new();
    struct delta_buf text = {0}, once = {0}, written = {0};
    for (int i = 0; i < 2 * MANY; i++)
        delta_buf_printf(&text, "%c[%d," LONG "]", i ? ',' : '[', i % MANY);
    delta_buf_printf(&text, "]");
    for (int i = 0; i < MANY; i++)
        delta_buf_printf(&once, i ? ",[%d,]" : "[[%d," LONG "]", i);
    for (int i = 0; i < MANY; i++)
        delta_buf_printf(&once, ",");
    delta_buf_printf(&once, "]");
    const struct delta_value *state = delta_read(arena, text.data, text.length, NULL, NULL);
    REQUIRE(state);
    CHECK_EQ_INT(write_without_repetitions(state, &written, NULL), 0);
    CHECK_EQ_MEM(written.data, written.length, once.data, once.length);
    delta_buf_free(&text);
    delta_buf_free(&once);
    delta_buf_free(&written);
    delta_arena_free(arena);
}

/* Where a number moved, the step alone is carried, and leads to the same text. */
static void steps(void) {
    static const struct {
        const char *from, *to, *step; /* NULL: there is none */
    } rows[] = {
        {"4231", "4232", "1"},
        {"4231", "4230", "-1"},
        {"10", "9", NULL},
        {"99", "100", "1"},
        {"-100", "-99", "1"},
        {"-1", "99", NULL},
        {"0.25", "0.26", "1"},
        {"12.50", "12.75", "25"},
        {"-0.5", "0.5", NULL},
        {"9.99", "10.00", "1"},
        {"0.0009", "0.0010", "1"},
        {"1", "1", NULL},
        {"1.0", "1.00", NULL},
        {"1e4", "1e5", NULL},
        {"10000", "1e4", NULL},
        {"0.00", "-0.00", NULL},
        {"-0", "1000", NULL},
        {"999999999999999998", "999999999999999999", "1"},
        {"999999999999999999", "1000000000000000000", NULL},
        {"1234567890123456789", "1234567890123456790", NULL},
        {"1000", "2000", "1000"},
        {"1000", "9999", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_value from = value_number(rows[i].from, (uint32_t)strlen(rows[i].from));
        struct delta_value to = value_number(rows[i].to, (uint32_t)strlen(rows[i].to));
        struct delta_value made;
        char text[DECIMAL_LONGEST];
        bool failed;
        check_row("%s to %s", rows[i].from, rows[i].to);
        size_t length = step_between(&from, &to, text);
        bool wanted = rows[i].step && 2 * strlen(rows[i].step) <= strlen(rows[i].to);
        CHECK_EQ_INT(length, wanted ? strlen(rows[i].step) : 0);
        if (length) {
            CHECK_EQ_MEM(text, length, rows[i].step, strlen(rows[i].step));
            struct delta_value step = value_number(text, (uint32_t)length);
            CHECK(step_apply(arena, &from, &step, &made, &failed) == 0);
            CHECK_EQ_MEM(made.text, made.length, to.text, to.length);
        }
        delta_arena_free(arena);
    }
}

/* Steps that nobody writes, from what is no number or by what is no step. */
static void refused_steps(void) {
    static const struct {
        const char *from, *step;
    } rows[] = {{"1", "0"},     {"1", "0.5"},  {"1", "1e1"}, {"1e1", "1"},
                {"\"1\"", "1"}, {"1", "true"}, {"[1]", "1"}, {"1", "1234567890123456789"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_value made;
        bool failed;
        check_row("%s by %s", rows[i].from, rows[i].step);
        const struct delta_value *from = spelled_value(arena, rows[i].from);
        const struct delta_value *step = spelled_value(arena, rows[i].step);
        CHECK(step_apply(arena, from, step, &made, &failed) != 0);
        CHECK(!failed);
        delta_arena_free(arena);
    }
}

/* A number of up to `most` digits, of any shape that JSON has. */
static size_t random_number(struct random *random, uint32_t most, char *out) {
    size_t length = 0;
    if (random_below(random, 4) == 0)
        out[length++] = '-';
    uint32_t digits = 1 + random_below(random, most), point = random_below(random, 2 * digits);
    bool leading = random_below(random, 8) == 0; /* 0.0… */
    for (uint32_t i = 0; i < digits; i++) {
        static const char often[] = "09";
        char digit = often[random_below(random, 2)];
        if (random_below(random, 3) == 0)
            digit = (char)('0' + random_below(random, 10));
        if (i == 0)
            digit = leading || digits == 1 ? '0' : digit == '0' ? '1' : digit;
        out[length++] = digit;
        if (i == 0 && leading && digits > 1)
            point = 1;
        if (i + 1 == point && i + 1 < digits)
            out[length++] = '.';
    }
    if (random_below(random, 10) == 0)
        length += (size_t)sprintf(out + length, "e%s%u", random_below(random, 2) ? "-" : "+",
                                  random_below(random, 400));
    out[length] = '\0';
    return length;
}

/* The number with its last digits raised or lowered, as one does it on paper. */
static void random_neighbour(struct random *random, const char *from, char *to) {
    size_t length = strlen(from), at = length;
    bool up = random_below(random, 2);
    strcpy(to, from);
    while (at-- > 0 && ((to[at] >= '0' && to[at] <= '9') || to[at] == '.')) {
        if (to[at] == '.')
            continue;
        bool carries = to[at] == (up ? '9' : '0');
        to[at] = (char)(carries ? (up ? '0' : '9') : to[at] + (up ? 1 : -1));
        if (!carries)
            return;
    }
    if (up) { /* 99.9 to 100.0 */
        size_t first = from[0] == '-';
        memmove(to + first + 1, to + first, length - first + 1);
        to[first] = '1';
    } else { /* 00 would be none */
        strcpy(to, from);
    }
}

static bool is_number(const char *text) {
    struct delta_arena *arena = delta_arena_new();
    const struct delta_value *value = delta_read(arena, text, strlen(text), NULL, NULL);
    bool is = value && value->type == DELTA_NUMBER;
    delta_arena_free(arena);
    return is;
}

/* Digits as an integer where there are up to 18 of them and no exponent, and how many follow the
 * point; -1 for others. */
static int digits_of(const char *text, int64_t *digits) {
    int fraction = 0, count = 0;
    bool negative = text[0] == '-', point = false;
    *digits = 0;
    for (const char *at = text + negative; *at; at++) {
        if (*at == 'e')
            return -1;
        if (*at == '.') {
            point = true;
            continue;
        }
        if (++count > 18)
            return -1;
        *digits = *digits * 10 + (*at - '0');
        fraction += point;
    }
    *digits = negative ? -*digits : *digits;
    return fraction;
}

/* Of all shapes: what comes out is the text that went in; and a number of at most 18 digits and as
 * many behind the point goes by a step wherever that has at most half of its bytes. */
static void random_steps(void) {
    struct random random = {.seed = check_seed()};
    enum { LONGEST = 48 };
    size_t stepped = 0;
    for (int round = 0; round < check_rounds(20 * PATCHES); round++) {
        char from[LONGEST], to[LONGEST], bases[2 * LONGEST], targets[2 * LONGEST];
        uint32_t most = random_below(&random, 3) ? 18 : 31;
        random_number(&random, most, from);
        if (random_below(&random, 4))
            random_neighbour(&random, from, to);
        else
            random_number(&random, most, to);
        if (!is_number(from) || !is_number(to))
            continue;
        check_row("%s to %s", from, to);
        random.arena = delta_arena_new();
        snprintf(bases, sizeof bases, "{\"n\":%s}", from);
        snprintf(targets, sizeof targets, "{\"n\":%s}", to);
        const struct delta_value *a = spelled_value(random.arena, bases);
        const struct delta_value *b = spelled_value(random.arena, targets);
        const struct delta_patch *patch = diff_values(random.arena, a, b, NULL, NULL);
        struct patch_parts parts;
        struct member_orders orders = {0};
        REQUIRE(pack_patch_parts(patch, a, PATCH_STEPS, &orders, &parts, NULL) == 0);
        int64_t old_digits, new_digits;
        int fraction = digits_of(from, &old_digits);
        bool same = fraction >= 0 && fraction == digits_of(to, &new_digits) &&
                    !(to[0] == '-' && new_digits == 0); /* a step leads to no -0 */
        bool wanted = false;
        if (same && old_digits != new_digits) {
            char step[24];
            snprintf(step, sizeof step, "%lld", (long long)(new_digits - old_digits));
            wanted = 2 * strlen(step) <= strlen(to);
        }
        CHECK_EQ_INT((parts.could & PATCH_STEPS) != 0, wanted);
        stepped += wanted;
        struct byte_span ops = {parts.ops.data, parts.ops.length};
        struct byte_span values = {parts.values.data, parts.values.length};
        struct delta_err err = {0};
        struct delta_value made;
        const struct delta_patch *read =
            unpack_patch_parts(random.arena, ops, values, a, PATCH_STEPS, &orders, &err);
        REQUIRE(read && apply_patch(random.arena, a, read, &made, &err) == 0);
        const struct delta_value *number = value_get(&made, "n");
        CHECK_EQ_MEM(number->text, number->length, to, strlen(to));
        patch_parts_free(&parts);
        member_orders_free(&orders);
        delta_arena_free(random.arena);
    }
    CHECK(stepped > 0);
}

/* What is said of members that are added, and what is not taken for it. */
static void neighbours(void) {
    static const struct {
        const char *from, *to, *values;
    } rows[] = {
        {"{\"1\":\"y\",\"3\":\"n\"}", "{\"1\":\"y\",\"2\":\"y\",\"3\":\"n\"}", "\"2\""},
        {"{\"1\":\"y\",\"3\":\"n\"}", "{\"1\":\"y\",\"2\":\"n\",\"3\":\"n\"}", "{\"2\":\"n\"}"},
        {"{\"1\":\"y\"}", "{\"0\":\"y\",\"1\":\"y\"}", "\"0\""},
        {"{\"1\":\"y\"}", "{\"1\":\"y\",\"2\":\"y\",\"3\":\"y\"}", "[\"2\",\"3\"]"},
        {"{\"1\":[7]}", "{\"1\":[7],\"2\":8,\"3\":[7],\"4\":9}", "[\"3\",{\"2\":8,\"4\":9}]"},
        {"{\"1\":{\"a\":1,\"b\":2}}", "{\"1\":{\"a\":1,\"b\":2},\"2\":{\"b\":2,\"a\":1}}", "\"2\""},
        {"{\"1\":1}", "{\"1\":1,\"2\":1.0}", "{\"2\":1.0}"},
        {"{\"o\":{}}", "{\"o\":{\"1\":null}}", "{\"1\":null}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct random random = {.arena = delta_arena_new()};
        const struct delta_value *from = spelled_value(random.arena, rows[i].from);
        const struct delta_value *to = spelled_value(random.arena, rows[i].to);
        const struct delta_patch *patch = diff_values(random.arena, from, to, NULL, NULL);
        struct member_orders orders = {0};
        struct patch_parts parts;
        check_row("%s to %s", rows[i].from, rows[i].to);
        REQUIRE(pack_patch_parts(patch, from, PATCH_NEIGHBOURS, &orders, &parts, NULL) == 0);
        CHECK_EQ_MEM(parts.values.data, parts.values.length, rows[i].values,
                     strlen(rows[i].values));
        check_parts(&random, patch, from, to, true, PATCH_NEIGHBOURS);
        patch_parts_free(&parts);
        member_orders_free(&orders);
        delta_arena_free(random.arena);
    }
}

static void refused_neighbours(void) {
    static const char add[] = {8 | PATCH_OBJECT, PATCH_OP_ADD};
    static const struct {
        const char *base, *values;
        unsigned ways;
    } rows[] = {
        {"{\"1\":1}", "\"2\"", 0},
        {"{\"1\":1}", "[\"2\",\"3\"]", 0},
        {"{}", "\"2\"", PATCH_NEIGHBOURS},
        {"{}", "[\"2\",{\"3\":1}]", PATCH_NEIGHBOURS},
        {"{\"1\":1}", "[]", PATCH_NEIGHBOURS},
        {"{\"1\":1}", "[\"2\"]", PATCH_NEIGHBOURS},
        {"{\"1\":1}", "[{\"2\":2}]", PATCH_NEIGHBOURS},
        {"{\"1\":1}", "[\"2\",2]", PATCH_NEIGHBOURS},
        {"{\"1\":1}", "2", PATCH_NEIGHBOURS},
        {"{\"1\":1}", "[2]", PATCH_NEIGHBOURS},
        {"{\"1\":1}", "[\"2\",{}]", PATCH_NEIGHBOURS},
        {"{\"1\":1}", "[{\"2\":2},\"3\"]", PATCH_NEIGHBOURS},
        {"{\"1\":1}", "[\"2\",\"2\"]", PATCH_NEIGHBOURS},
        {"{\"1\":1}", "[\"2\",{\"2\":3}]", PATCH_NEIGHBOURS},
        {"{\"1\":1}", "[\"2\",[\"3\"]]", PATCH_NEIGHBOURS},
        {"{\"1\":1}", "\"2\",\"3\"", PATCH_NEIGHBOURS},
        {"{\"1\":1}", "", PATCH_NEIGHBOURS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct member_orders orders = {0};
        struct delta_err err = {0};
        struct byte_span ops = {add, sizeof add};
        struct byte_span values = {rows[i].values, strlen(rows[i].values)};
        check_row("%s beside %s", rows[i].values, rows[i].base);
        CHECK(!unpack_patch_parts(arena, ops, values, spelled_value(arena, rows[i].base),
                                  rows[i].ways, &orders, &err));
        CHECK_EQ_INT(err.code, DELTA_ERR_DAMAGED);
        member_orders_free(&orders);
        delta_arena_free(arena);
    }
}

/* Each of these does nothing at this base, at the top or within. */
static void bound_patches_that_do_nothing(void) {
    static const struct {
        const char *base, *patch;
    } rows[] = {
        {"{}", "{\"removed_keys\":[\"a\"]}"},
        {"{\"b\":1}", "{\"removed_keys\":[\"a\",\"c\"]}"},
        {"{\"b\":{\"x\":1}}", "{\"nested\":{\"b\":{\"removed_keys\":[\"a\"]}}}"},
        {"[{\"x\":1}]",
         "{\"length\":1,\"elements\":[{\"edit\":0,\"nested\":{\"removed_keys\":[\"a\"]}}]}"},
        {"{\"b\":{\"x\":{}}}",
         "{\"nested\":{\"b\":{\"nested\":{\"x\":{\"removed_keys\":[\"a\"]}}}}}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct random random = {.arena = delta_arena_new()};
        check_row("%s on %s", rows[i].patch, rows[i].base);
        check_patch(&random, spelled_patch(random.arena, rows[i].patch),
                    spelled_value(random.arena, rows[i].base), true, false);
        delta_arena_free(random.arena);
    }
}

static void a_base_that_does_not_fit(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(PATCHES / 2); round++) {
        random.arena = delta_arena_new();
        struct delta_value a = random_value(&random, 3);
        struct delta_value c = random_change(&random, &a);
        const struct delta_patch *patch = random_patch(&random, &a);
        struct delta_buf bytes = {0}, other = {0};
        struct delta_err err = {0};
        struct delta_value made;
        REQUIRE(pack_patch(patch, &a, &bytes, &err) == 0);
        char *copy = padded(&bytes);
        const struct delta_patch *read = unpack_patch(random.arena, copy, bytes.length, &c, &err);
        if (!read)
            CHECK(err.code == DELTA_ERR_BASE || err.code == DELTA_ERR_DAMAGED);
        else if (apply_patch(random.arena, &c, read, &made, &err))
            CHECK_EQ_INT(err.code, DELTA_ERR_BASE); /* a text with a lone surrogate */
        err = (struct delta_err){0};
        if (pack_patch(patch, &c, &other, &err)) {
            CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
            CHECK(apply_patch(random.arena, &c, patch, &made, NULL) != 0);
        }
        free(copy);
        delta_buf_free(&bytes);
        delta_buf_free(&other);
        delta_arena_free(random.arena);
    }
}

/* ---- Damage ---- */

/* Unpacks anything: what comes out is a patch that can be spelled and used. */
static void try_bytes(const char *bytes, size_t length, const struct delta_value *base) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_buf own = {.data = (char *)(uintptr_t)bytes, .length = length};
    char *copy = padded(&own);
    for (int bound = 0; bound < 2; bound++) {
        struct delta_err err = {0};
        struct delta_value spelled, made;
        const struct delta_patch *patch =
            unpack_patch(arena, copy, length, bound ? base : NULL, &err);
        if (!patch) {
            CHECK(err.code == DELTA_ERR_DAMAGED || err.code == DELTA_ERR_BASE);
            continue;
        }
        CHECK(patch_to_value(arena, patch, &spelled, &err) == 0);
        const struct delta_patch *again = patch_from_value(arena, &spelled, &err);
        if (!again)
            check_fail(__FILE__, __LINE__, "%s %s: %.300s", err.pointer, err.text,
                       written_out(arena, &spelled));
        if (apply_patch(arena, base, patch, &made, &err) == 0) {
            struct delta_buf text = {0};
            writer_canonical(&made, &text);
            const struct delta_value *value = delta_read(arena, text.data, text.length, NULL, &err);
            CHECK(value && delta_value_equal(value, &made));
            delta_buf_free(&text);
        }
    }
    struct varint_cursor cursor = varint_cursor(bytes, length);
    const void *ops;
    size_t ops_length;
    if (varint_get_run(&cursor, &ops, &ops_length)) {
        struct byte_span first = {ops, ops_length};
        struct byte_span second = {(const char *)cursor.next, varint_left(&cursor)};
        struct delta_buf around = {0};
        struct delta_err err = {0};
        struct member_orders orders = {0};
        int status =
            surroundings_write(first, base, &orders, SURROUNDINGS_WIDEST, 1 << 20, &around, &err);
        CHECK(status >= 0 || err.code == DELTA_ERR_DAMAGED || err.code == DELTA_ERR_BASE);
        err = (struct delta_err){0};
        for (unsigned ways = 0; ways < 2 * PATCH_COLUMNS; ways += PATCH_NEIGHBOURS) {
            err = (struct delta_err){0};
            if (!unpack_patch_parts(arena, first, second, base, ways, &orders, &err))
                CHECK(err.code == DELTA_ERR_DAMAGED || err.code == DELTA_ERR_BASE);
        }
        member_orders_free(&orders);
        delta_buf_free(&around);
    }
    free(copy);
    delta_arena_free(arena);
}

static void damaged_bytes(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(250); round++) {
        random.arena = delta_arena_new();
        struct delta_value a = random_value(&random, 3);
        struct delta_buf bytes = {0};
        const struct delta_patch *patch = random_patch(&random, &a);
        if (round % 3) {
            REQUIRE(pack_patch(patch, round % 2 ? &a : NULL, &bytes, NULL) == 0);
        } else {
            struct patch_parts parts;
            struct member_orders orders = {0};
            unsigned ways = random_below(&random, 4);
            REQUIRE(pack_patch_parts(patch, &a, ways, &orders, &parts, NULL) == 0);
            member_orders_free(&orders);
            varint_put_run(&bytes, parts.ops.data, parts.ops.length);
            buf_put(&bytes, parts.values.data, parts.values.length);
            patch_parts_free(&parts);
        }
        size_t length = bytes.length < 400 ? bytes.length : 400;
        for (size_t at = 0; at < length; at++) {
            try_bytes(bytes.data, at, &a);
            bytes.data[at] = (char)(bytes.data[at] ^ 1 << random_below(&random, 8));
            try_bytes(bytes.data, bytes.length, &a);
            bytes.data[at] = (char)random_below(&random, 256);
            try_bytes(bytes.data, bytes.length, &a);
        }
        delta_buf_free(&bytes);
        delta_arena_free(random.arena);
    }
}

/* By hand: operations, then values. */
static void forged(void) {
    static const struct {
        const char *name;
        const char *ops; /* numbers in hex */
        const char *values;
        const char *base; /* NULL: stands alone */
    } rows[] = {
        {"no operations", "", "", NULL},
        {"an unknown kind", "05", "", NULL},
        {"an empty patch with a count", "08", "", NULL},
        {"a value that is missing", "01", "", NULL},
        {"a value too much", "01", "[1,2]", NULL},
        {"values that are no array", "01", "{}", NULL},
        {"values that are an object with a member", "01", "{\"a\":1}", NULL},
        {"values that are a string", "01", "\"a\"", NULL},
        {"values that are a number", "01", "1", NULL},
        {"values that are empty", "00", "[]", NULL},
        {"values that are cut", "01", "[1", NULL},
        {"operations left over", "0000", "", NULL},
        {"an array run past the end", "0b 03 0c 02", "", NULL}, /* 3 from 1 of 3 */
        {"an array run of nothing", "0b 03 00 00", "", NULL},
        {"an array run before the start", "0b 03 04 01", "", NULL},
        {"an array run of 2^62", "0b 03 fcffffffffffffffff01 00", "", NULL},
        {"an element used twice", "13 03 04 00 04 01", "", NULL},
        {"an insertion of nothing", "0b 03 01", "[1]", NULL},
        {"an insertion of more than there is", "0b 03 0d", "[1]", NULL},
        {"an insertion of 2^60", "0b 03 81808080808080804001", "[1]", NULL},
        {"more items than there are", "fbffffffffffffffff01 03", "", NULL},
        {"an item of an unknown kind", "0b 03 03", "", NULL},
        {"a length past the limit", "0b ffffffff0f", "", NULL},
        {"an empty edit", "0b 03 02 00", "", NULL},
        {"an edit in a text", "0c 03 02 01", "[1]", NULL},
        {"a literal that is no string", "0c 03 05", "[1]", NULL},
        {"an empty literal", "0c 03 05", "[\"\"]", NULL},
        {"a literal with a lone surrogate", "0c 03 05", "[\"\\ud800\"]", NULL},
        {"two halves of a pair in two literals", "14 03 05 05", "[\"\\ud83d\",\"\\ude00\"]", NULL},
        {"text runs out of order", "14 03 04 02 04 03", "", NULL},
        {"an object patch of nothing", "02 00 00", "", NULL},
        {"an object patch that sets nothing", "0a 00 00", "[{}]", NULL},
        {"members that are no object", "0a 00 00", "[1]", NULL},
        {"two objects of members", "12 00 00", "[{\"a\":1},{\"b\":1}]", NULL},
        {"a key that is no string", "02 01 00", "[1]", NULL},
        {"more removals than there are", "02 7f 00", "[\"a\"]", NULL},
        {"2^63 removals", "02 80808080808080808001 00", "[\"a\"]", NULL},
        {"a key set and removed", "0a 01 00", "[{\"a\":1},\"a\"]", NULL},
        {"a key removed twice", "02 02 00", "[\"a\",\"a\"]", NULL},
        {"an empty change within", "02 00 01 00", "[\"a\"]", NULL},
        {"bound: a member past the last", "0a 09", "", "{\"a\":1,\"b\":2}"},
        {"bound: 2^62 members passed over", "0a fdffffffffffffffff01", "", "{\"a\":1}"},
        {"bound: added members not last", "12 03 01", "[{\"c\":1}]", "{\"a\":1}"},
        {"bound: members passed over before the added", "0a 07", "[{\"c\":1}]", "{\"a\":1}"},
        {"bound: of an object, this is an array", "0a 01", "", "[1]"},
        {"bound: of an array, this is a number", "0b 04 00", "", "17"},
        {"bound: a text run past the end", "0c 10 00", "", "\"\xc3\xa9\xc3\xa9\xc3\xa9\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf ops = {0}, bytes = {0};
        struct delta_err err = {0};
        check_row("%s", rows[i].name);
        for (const char *at = rows[i].ops; *at; at++) {
            unsigned byte;
            if (*at != ' ' && sscanf(at++, "%2x", &byte) == 1)
                buf_put_char(&ops, (char)byte);
        }
        varint_put_run(&bytes, ops.data, ops.length);
        buf_put_text(&bytes, rows[i].values);
        char *copy = padded(&bytes);
        CHECK(unpack_patch(arena, copy, bytes.length,
                           rows[i].base ? spelled_value(arena, rows[i].base) : NULL, &err) == NULL);
        CHECK(err.code == DELTA_ERR_DAMAGED || err.code == DELTA_ERR_BASE);
        free(copy);
        delta_buf_free(&ops);
        delta_buf_free(&bytes);
        delta_arena_free(arena);
    }
}

/* Operations in two parts that lead out of the base, or take another number of values, are refused
 * by each function that follows them: two do before the values are looked at. */
static void forged_operations(void) {
    enum { COLUMNS = 1, AROUND = 2, PATCH = 4, ALL = 7, TAKEN = COLUMNS | PATCH };
    static const struct {
        const char *what;
        const char *ops;
        uint32_t count; /* of values */
        const char *base;
        unsigned refused; /* by which */
    } rows[] = {
        {"a value", "01", 1, "[7]", 0},
        {"no value", "01", 0, "[7]", TAKEN},
        {"a value too much", "01", 2, "[7]", TAKEN},
        {"none is taken", "00", 1, "[7]", TAKEN},
        {"operations left over", "01 00", 1, "[7]", TAKEN},
        {"no operations", "", 0, "[7]", ALL},
        {"an unknown kind", "05", 0, "[7]", ALL},
        {"of an object, this is an array", "0a 00", 1, "[7]", ALL},
        {"of an array, this is an object", "0b 02 01", 1, "{\"a\":1}", ALL},
        {"of a string, this is an array", "0c 05", 1, "[7]", ALL},
        {"an element changed", "0b 02 01", 1, "[7]", 0},
        {"the one before the first", "0b 06 01", 1, "[7]", ALL},
        {"the one behind the last", "0b 0a 01", 1, "[7]", ALL},
        {"one after that", "0b 12 01", 1, "[7]", ALL},
        {"an element copied", "0b 08", 0, "[7]", 0},
        {"the same, with a place that it need not say", "0b 0c 00", 0, "[7]", ALL},
        {"the second one", "0b 0c 02", 0, "[7,8]", 0},
        {"the third one of two", "0b 0c 04", 0, "[7,8]", ALL},
        {"two of one", "0b 10", 0, "[7]", ALL},
        {"one before the first", "0b 0c 01", 0, "[7]", ALL},
        {"one 2^63 - 1 behind the first", "13 08 0c feffffffffffffffff01", 0, "[7]", ALL},
        {"one that is inserted", "0b 09", 1, "[7]", 0},
        {"one in place of another", "0b 0d", 1, "[7]", 0},
        {"two in place of two", "0b 15", 2, "[7]", ALL},
        {"three, and there are two", "0b 19", 2, "[7]", TAKEN},
        {"2^28, and there are two", "0b 81808080 08", 2, "[7]", TAKEN},
        {"two and three, and there are four", "13 11 19", 4, "[7]", TAKEN},
        {"three, and there are four", "0b 19", 4, "[7]", TAKEN},
        {"an insertion of nothing", "0b 01", 0, "[7]", TAKEN},
        {"an item of an unknown kind", "0b 03", 0, "[7]", ALL},
        {"an item less than is announced", "13 08", 0, "[7]", ALL},
        {"a member set", "0a 00", 1, "{\"a\":1}", 0},
        {"the second of one", "0a 04", 1, "{\"a\":1}", ALL},
        {"the one behind the last", "12 00 00", 2, "{\"a\":1}", ALL},
        {"a member of none", "0a 00", 1, "{}", ALL},
        {"a member changed within, which is no object", "0a 02 0a 00", 1, "{\"a\":1}", ALL},
        {"members added before the last operation", "12 03 00", 2, "{\"a\":1}", ALL},
        {"an edit in a text", "0c 02 01", 1, "\"abc\"", ALL},
        {"a literal in place of another", "0c 0d", 1, "\"abc\"", ALL},
        {"an operation less than is announced", "12 00", 1, "{\"a\":1,\"b\":2}", ALL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct member_orders orders = {0};
        struct delta_buf bytes = {0}, values = {0}, around = {0};
        struct delta_err errs[3] = {0};
        uint32_t *indices = calloc(rows[i].count ? rows[i].count : 1, sizeof *indices);
        const struct delta_value *base = spelled_value(arena, rows[i].base);
        check_row("%s", rows[i].what);
        for (const char *at = rows[i].ops; *at; at++) {
            unsigned byte;
            if (*at != ' ' && sscanf(at++, "%2x", &byte) == 1)
                buf_put_char(&bytes, (char)byte);
        }
        for (uint32_t n = 0; n < rows[i].count; n++)
            buf_put_text(&values, n ? ",1" : "1");
        struct byte_span ops = {bytes.data, bytes.length};
        unsigned refused = 0;
        if (columns_order(ops, base, &orders, rows[i].count, indices, &errs[0]))
            refused |= COLUMNS;
        if (surroundings_write(ops, base, &orders, 1, 1 << 20, &around, &errs[1]))
            refused |= AROUND;
        if (!unpack_patch_parts(arena, ops, (struct byte_span){values.data, values.length}, base, 0,
                                &orders, &errs[2]))
            refused |= PATCH;
        CHECK_EQ_INT(refused, rows[i].refused);
        for (unsigned n = 0; n < 3; n++)
            if (refused & 1u << n)
                CHECK(errs[n].code == DELTA_ERR_DAMAGED || errs[n].code == DELTA_ERR_BASE);
        free(indices);
        member_orders_free(&orders);
        delta_buf_free(&bytes);
        delta_buf_free(&values);
        delta_buf_free(&around);
        delta_arena_free(arena);
    }
}

/* Patches nested to the limit, and one level more. */
static void deep(void) {
    for (unsigned levels = DELTA_MAX_DEPTH; levels <= DELTA_MAX_DEPTH + 1; levels++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf ops = {0}, bytes = {0};
        struct delta_err err = {0};
        for (unsigned i = 0; i < levels; i++)
            buf_put(&ops, "\x0b\x01\x02", 3); /* an array of one element, changed within */
        buf_put_char(&ops, 1);
        varint_put_run(&bytes, ops.data, ops.length);
        buf_put_text(&bytes, "[2]");
        char *copy = padded(&bytes);
        check_row("%u levels", levels);
        const struct delta_patch *patch = unpack_patch(arena, copy, bytes.length, NULL, &err);
        CHECK((patch != NULL) == (levels <= DELTA_MAX_DEPTH));
        free(copy);
        delta_buf_free(&ops);
        delta_buf_free(&bytes);
        delta_arena_free(arena);
    }
}

int main(void) {
    RUN(packed_and_unpacked);
    RUN(packed_in_two_parts);
    RUN(columns);
    RUN(columns_of_numbered_members);
    RUN(columns_in_order);
    RUN(added_to_many);
    RUN(surroundings_of_large_values);
    RUN(repetitions);
    RUN(many_repetitions);
    RUN(steps);
    RUN(random_steps);
    RUN(refused_steps);
    RUN(neighbours);
    RUN(refused_neighbours);
    RUN(bound_patches_that_do_nothing);
    RUN(a_base_that_does_not_fit);
    RUN(damaged_bytes);
    RUN(forged);
    RUN(forged_operations);
    RUN(deep);
    return check_done();
}
