/* Pairing of changed elements: what it may never do, and what it finds. */
#include "diff/pairing.h"
#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"

enum { MOST = 64 };

/* Matches equal elements, the first free one, and then pairs the others. `from` gets both. */
static void pair(struct delta_arena *arena, const struct delta_value *a,
                 const struct delta_value *b, enum pairing_mode mode, uint32_t *from) {
    const struct delta_value *old[MOST], *new[MOST];
    bool used[MOST] = {false}, equal[MOST] = {false};
    for (uint32_t i = 0; i < a->length; i++)
        old[i] = &value_items(a)[i];
    for (uint32_t j = 0; j < b->length; j++) {
        new[j] = &value_items(b)[j];
        from[j] = NO_INDEX;
        for (uint32_t i = 0; i < a->length && from[j] == NO_INDEX; i++)
            if (!used[i] && value_same(old[i], new[j])) {
                used[i] = equal[j] = true;
                from[j] = i;
            }
    }
    struct pairing_arrays arrays = {
        .a = old, .b = new, .a_count = a->length, .b_count = b->length, .from = from};
    CHECK(pairing_find(arena, &arrays, mode, NULL) == 0);
    for (uint32_t j = 0; j < b->length; j++) {
        if (from[j] == NO_INDEX)
            continue;
        CHECK(from[j] < a->length);
        if (from[j] >= a->length)
            continue;
        CHECK_EQ_INT(old[from[j]]->type, new[j]->type);
        if (equal[j])
            CHECK(value_same(old[from[j]], new[j]));
        else
            CHECK(!used[from[j]]);
        used[from[j]] = true;
    }
}

static void nothing_twice(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(10000); round++) {
        uint32_t from[MOST];
        struct delta_value items[24];
        random.arena = delta_arena_new();
        uint32_t count = random_below(&random, 24);
        for (uint32_t i = 0; i < count; i++)
            items[i] = random_value(&random, 2);
        struct delta_value a = random_array_of(&random, items, count);
        struct delta_value b = random_change_array(&random, &a);
        pair(random.arena, &a, &b, (enum pairing_mode)random_below(&random, 3), from);
        delta_arena_free(random.arena);
    }
}

static void what_is_alike(void) {
    static const struct {
        const char *name, *a, *b;
        enum pairing_mode mode;
        int from[4]; /* -1: none */
    } rows[] = {
        {"an object with one member changed",
         "[{\"id\":1,\"x\":1,\"y\":2}]",
         "[{\"id\":1,\"x\":9,\"y\":2}]",
         PAIRING_SHOW,
         {0}},
        {"two that changed places and changed within",
         "[{\"id\":1,\"n\":\"a\",\"v\":1},{\"id\":2,\"n\":\"b\",\"v\":2}]",
         "[{\"id\":2,\"n\":\"b\",\"v\":3},{\"id\":1,\"n\":\"a\",\"v\":4}]",
         PAIRING_SHOW,
         {1, 0}},
        {"the best score first, not the first that will do",
         "[{\"a\":1,\"b\":2,\"c\":3,\"d\":4}]",
         "[{\"a\":1,\"b\":2,\"c\":3,\"d\":9,\"e\":9},{\"a\":1,\"b\":2,\"c\":3,\"d\":5}]",
         PAIRING_SHOW,
         {-1, 0}},
        {"exactly half is not more than half",
         "[{\"a\":1,\"b\":2},0]",
         "[0,{\"a\":1,\"c\":2}]",
         PAIRING_SHOW,
         {1, -1}},
        {"but in a row that keeps its first value", "[[1,2],0]", "[0,[1,9]]", PAIRING_SHOW, {1, 0}},
        {"or text", "[[\"a\",222],0]", "[0,[\"a\",333]]", PAIRING_ANY_ORDER, {1, 0}},
        {"not in one that keeps another", "[[1,2],0]", "[0,[9,2]]", PAIRING_SHOW, {1, -1}},
        {"nor one that has no name", "[[[1],222],0]", "[0,[[1],333]]", PAIRING_SHOW, {1, -1}},
        {"nor with less", "[[1,22],0]", "[0,[1,99]]", PAIRING_SHOW, {1, -1}},
        {"nor in a merge", "[[1,2],0]", "[0,[1,9]]", PAIRING_CERTAIN, {1, -1}},
        {"just more than half",
         "[{\"a\":11,\"b\":2},0]",
         "[0,{\"a\":11,\"c\":2}]",
         PAIRING_SHOW,
         {1, 0}},
        {"in its place, a third",
         "[{\"a\":1,\"b\":2,\"c\":3}]",
         "[{\"a\":1,\"b\":5,\"c\":6}]",
         PAIRING_SHOW,
         {0}},
        {"in its place, just less than a third",
         "[{\"a\":1,\"b\":2,\"c\":3}]",
         "[{\"a\":1,\"b\":5,\"c\":66}]",
         PAIRING_SHOW,
         {-1}},
        {"in its place, two members, both changed",
         "[{\"a\":1,\"b\":2}]",
         "[{\"a\":3,\"b\":4}]",
         PAIRING_SHOW,
         {0}},
        {"in its place, another id",
         "[{\"id\":1,\"b\":2}]",
         "[{\"id\":3,\"b\":4}]",
         PAIRING_SHOW,
         {-1}},
        {"nothing shared, alone in one place", "[{\"a\":1}]", "[{\"b\":2}]", PAIRING_SHOW, {-1}},
        {"of another type", "[[1,2,3]]", "[{\"a\":1}]", PAIRING_SHOW, {-1}},
        {"scalars are not changed within", "[1]", "[2]", PAIRING_SHOW, {-1}},
        {"arrays that share elements", "[[1,2,3,4],5]", "[5,[1,2,3,9]]", PAIRING_SHOW, {1, 0}},
        {"certain: one like it",
         "[{\"a\":1,\"b\":2,\"c\":3}]",
         "[{\"a\":1,\"b\":2,\"c\":4}]",
         PAIRING_CERTAIN,
         {0}},
        {"certain: two as much like it",
         "[{\"a\":1,\"b\":2,\"c\":3}]",
         "[{\"a\":1,\"b\":2,\"c\":4},{\"a\":1,\"b\":2,\"c\":5}]",
         PAIRING_CERTAIN,
         {-1, -1}},
        {"certain: the place alone says nothing", "[[1]]", "[[2]]", PAIRING_CERTAIN, {-1}},
        {"certain: another id is another thing",
         "[{\"id\":1,\"a\":1,\"b\":2,\"c\":3}]",
         "[{\"id\":2,\"a\":1,\"b\":2,\"c\":3}]",
         PAIRING_CERTAIN,
         {-1}},
        {"certain: another metadata/name",
         "[{\"metadata\":{\"name\":\"a\"},\"s\":{\"x\":1,\"y\":12345}}]",
         "[{\"metadata\":{\"name\":\"b\"},\"s\":{\"x\":1,\"y\":12345}}]",
         PAIRING_CERTAIN,
         {-1}},
        {"a string of 48 bytes, one of them changed",
         "[\"AxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxB\",5]",
         "[5,\"AxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxC\"]",
         PAIRING_SHOW,
         {1, 0}},
        {"a string of 47 bytes is another one",
         "[\"AxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxB\",5]",
         "[5,\"AxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxC\"]",
         PAIRING_SHOW,
         {1, -1}},
        {"of two as much like it, the one in its place",
         "[{\"a\":1,\"b\":2,\"c\":3},0,{\"a\":1,\"b\":2,\"c\":4}]",
         "[0,{\"a\":1,\"b\":2,\"c\":5}]",
         PAIRING_SHOW,
         {1, 2}},
        {"a long text counts as 40 bytes",
         "[{\"t\":"
         "\"ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp"
         "ppppppppppppp\",\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,"
         "\"j\":1},0]",
         "[0,{\"t\":"
         "\"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
         "qqqqqqqqqqqqq\",\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,"
         "\"j\":1}]",
         PAIRING_SHOW,
         {1, 0}},
        {"certain: one that is as much like two",
         "[{\"a\":1,\"b\":2,\"c\":3},{\"a\":1,\"b\":2,\"c\":4}]",
         "[{\"a\":1,\"b\":2,\"c\":5}]",
         PAIRING_CERTAIN,
         {-1}},
        {"empty ones", "[]", "[]", PAIRING_SHOW, {-1}},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct delta_arena *arena = delta_arena_new();
        uint32_t from[MOST];
        check_row("%s", rows[row].name);
        const struct delta_value *a = spelled_value(arena, rows[row].a);
        const struct delta_value *b = spelled_value(arena, rows[row].b);
        pair(arena, a, b, rows[row].mode, from);
        for (uint32_t j = 0; j < b->length; j++)
            CHECK_EQ_INT(from[j], (uint32_t)rows[row].from[j]);
        delta_arena_free(arena);
    }
}

/* More elements than are compared each with each are paired by the parts that few of them have. */
static void many(void) {
    enum { COUNT = 3000 };
    struct delta_arena *arena = delta_arena_new();
    struct delta_buf buf[2] = {{0}, {0}};
    for (int side = 0; side < 2; side++) {
        buf_put_char(&buf[side], '[');
        for (int n = 0; n < COUNT; n++) {
            int i = side ? COUNT - 1 - n : n;
            buf_printf(&buf[side], "%s{\"host\":\"h%d\",\"path\":\"/p/%d\",\"on\":true,\"v\":%d}",
                       n ? "," : "", i, 7 * i, side ? i % 3 : 5);
        }
        buf_put_text(&buf[side], "]");
        CHECK(buf_check(&buf[side], NULL) == 0);
    }
    const struct delta_value *a = delta_read(arena, buf[0].data, buf[0].length, NULL, NULL);
    const struct delta_value *b = delta_read(arena, buf[1].data, buf[1].length, NULL, NULL);
    const struct delta_value **elements = arena_array(arena, 2 * COUNT, sizeof *elements);
    uint32_t *from = arena_array(arena, COUNT, sizeof *from);
    REQUIRE(a && b && elements && from);
    for (uint32_t i = 0; i < COUNT; i++) {
        elements[i] = &value_items(a)[i];
        elements[COUNT + i] = &value_items(b)[i];
        from[i] = NO_INDEX;
    }
    struct pairing_arrays arrays = {
        .a = elements, .b = elements + COUNT, .a_count = COUNT, .b_count = COUNT, .from = from};
    CHECK(pairing_find(arena, &arrays, PAIRING_SHOW, NULL) == 0);
    uint32_t right = 0;
    for (uint32_t j = 0; j < COUNT; j++)
        right += from[j] == COUNT - 1 - j;
    CHECK_EQ_INT(right, COUNT);
    delta_buf_free(&buf[0]);
    delta_buf_free(&buf[1]);
    delta_arena_free(arena);
}

enum { FILLERS = 1000 }; /* so many that not all pairs are scored */

static void put_fillers(struct delta_buf *buf, int value) {
    for (int n = 0; n < FILLERS; n++)
        buf_printf(buf, ",{\"k\":\"filler%d\",\"v\":%d}", n, value);
}

/* What the first element of `b` is a changed form of, as a distance from the first element behind
 * the fillers of `a`, which are in both, changed; -1: of none. */
static int64_t first_of(const struct delta_buf *a_tail, const struct delta_buf *b_first) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_buf a = {0}, b = {0};
    buf_put_text(&a, "[0");
    put_fillers(&a, 1);
    buf_put(&a, a_tail->data, a_tail->length);
    buf_put_text(&a, "]");
    buf_put_text(&b, "[");
    buf_put(&b, b_first->data, b_first->length);
    put_fillers(&b, 2);
    buf_put_text(&b, "]");
    CHECK(buf_check(&a, NULL) == 0 && buf_check(&b, NULL) == 0);
    const struct delta_value *old = delta_read(arena, a.data, a.length, NULL, NULL);
    const struct delta_value *new = delta_read(arena, b.data, b.length, NULL, NULL);
    uint32_t old_count = old ? old->length : 0, new_count = new ? new->length : 0;
    const struct delta_value **elements =
        arena_array(arena, (size_t)old_count + new_count, sizeof *elements);
    uint32_t *from = arena_array(arena, new_count, sizeof *from);
    int64_t found = -2;
    CHECK(old && new &&elements &&from);
    if (old && new &&elements && from) {
        for (uint32_t i = 0; i < old_count; i++)
            elements[i] = &value_items(old)[i];
        for (uint32_t j = 0; j < new_count; j++) {
            elements[old_count + j] = &value_items(new)[j];
            from[j] = NO_INDEX;
        }
        struct pairing_arrays arrays = {.a = elements,
                                        .b = elements + old_count,
                                        .a_count = old_count,
                                        .b_count = new_count,
                                        .from = from};
        CHECK(pairing_find(arena, &arrays, PAIRING_SHOW, NULL) == 0);
        found = from[0] == NO_INDEX ? -1 : (int64_t)from[0] - 1 - FILLERS;
    }
    delta_buf_free(&a);
    delta_buf_free(&b);
    delta_arena_free(arena);
    return found;
}

/* More than half of what is in each element that has it. */
#define HEAVY                                                                                      \
    "\"p\":{\"one\":\"a part that is more than half of all that is in an element\","               \
    "\"two\":\"and that is in others, too, be they many or few of them\"}"

/* A part tells something while at most eight elements have it. */
static void a_part_that_many_have(void) {
    for (int holders = 8; holders <= 9; holders++) {
        struct delta_buf tail = {0}, first = {0};
        for (int n = 0; n < holders; n++)
            buf_printf(&tail, ",{" HEAVY ",\"u\":%d}", n);
        buf_put_text(&first, "{" HEAVY ",\"u\":77}");
        check_row("%d holders", holders);
        int64_t found = first_of(&tail, &first);
        CHECK(holders == 8 ? found >= 0 : found == -1);
        delta_buf_free(&tail);
        delta_buf_free(&first);
    }
}

/* The eight elements with which it shares most parts are looked at, be these light or not. */
static void the_most_parts(void) {
    for (int others = 7; others <= 8; others++) {
        struct delta_buf tail = {0}, first = {0};
        buf_put_text(&first, "{" HEAVY);
        for (int n = 0; n < others; n++) {
            buf_printf(&tail, ",{\"a%d\":1,\"b%d\":1}", n, n);
            buf_printf(&first, ",\"a%d\":1,\"b%d\":1", n, n);
        }
        buf_put_text(&tail, ",{" HEAVY "}");
        buf_put_text(&first, "}");
        check_row("%d others", others);
        CHECK_EQ_INT(first_of(&tail, &first), others == 7 ? 7 : -1);
        delta_buf_free(&tail);
        delta_buf_free(&first);
    }
}

/* One element whose texts have so many bytes: `same` in both states, the other in its own. */
static void check_weighed(struct delta_buf states[2], bool alike) {
    struct delta_arena *arena = delta_arena_new();
    const struct delta_value *values[2];
    uint32_t from[MOST];
    for (int side = 0; side < 2; side++) {
        REQUIRE(buf_check(&states[side], NULL) == 0);
        values[side] = delta_read(arena, states[side].data, states[side].length, NULL, NULL);
        delta_buf_free(&states[side]);
        REQUIRE(values[side]);
    }
    pair(arena, values[0], values[1], PAIRING_CERTAIN, from);
    CHECK_EQ_INT(from[0], alike ? 0 : NO_INDEX);
    delta_arena_free(arena);
}

/* Of what is in an object a scalar weighs 40 bytes at most, a name as much and one more, and an
 * object or array 400. */
static void weights(void) {
    static const struct {
        const char *name, *before, *after; /* around what differs */
        int differs, same;                 /* bytes; the least same text that is enough */
    } rows[] = {
        {"a long scalar", "\"d\":\"", "\"", 100, 45 - 9},
        {"a scalar of 40 bytes", "\"d\":\"", "\"", 38, 45 - 9},
        {"a scalar of 39 bytes", "\"d\":\"", "\"", 37, 44 - 9},
        {"a large array", "\"d\":[\"", "\"]", 1000, 406 - 8 * 46 - 9},
        {"an array of 400 bytes", "\"d\":[\"", "\"]", 396, 406 - 8 * 46 - 9},
        {"an array of 399 bytes", "\"d\":[\"", "\"]", 395, 405 - 8 * 46 - 9},
        {"a large object", "\"d\":{\"e\":\"", "\"}", 1000, 406 - 8 * 46 - 9},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        for (int less = 0; less < 2; less++) {
            struct delta_buf states[2] = {{0}, {0}};
            check_row("%s, %d less", rows[row].name, less);
            for (int side = 0; side < 2; side++) {
                buf_printf(&states[side], "[{%s", rows[row].before);
                for (int n = 0; n < rows[row].differs; n++)
                    buf_put_char(&states[side], side ? 'x' : 'y');
                buf_put_text(&states[side], rows[row].after);
                for (int n = 0; n < 8 && rows[row].differs > 300; n++) /* 46 bytes each */
                    buf_printf(&states[side], ",\"k%02d\":\"%038d\"", n, n);
                buf_printf(&states[side], ",\"same\":\"%0*d\"}]", rows[row].same - less, 0);
            }
            check_weighed(states, less == 0);
        }
    }
}

/* Six levels below an element are compared. */
static void levels(void) {
    for (int depth = 5; depth <= 6; depth++) {
        struct delta_buf states[2] = {{0}, {0}};
        check_row("%d levels", depth);
        for (int side = 0; side < 2; side++) {
            buf_put_char(&states[side], '[');
            for (int n = 0; n < depth; n++)
                buf_put_text(&states[side], n % 2 ? "[" : "{\"d\":");
            buf_printf(&states[side], "{\"p\":1,\"q\":2,\"r\":%d}", side);
            for (int n = depth; n-- > 0;)
                buf_put_char(&states[side], n % 2 ? ']' : '}');
            buf_put_char(&states[side], ']');
        }
        check_weighed(states, depth == 5);
    }
}

/* Elements that share only what many have are found where all pairs are scored: 64 of each side
 * with 2 KiB each are just few enough. */
static void the_most_that_is_compared(void) {
    enum { COUNT = 64, SIZE = 2048, BITS = 6 };
    for (int more = 0; more < 2; more++) {
        struct delta_arena *arena = delta_arena_new();
        const struct delta_value *values[2];
        uint32_t from[MOST];
        check_row("%d bytes more", more);
        for (int side = 0; side < 2; side++) {
            struct delta_buf state = {0};
            buf_put_char(&state, '[');
            for (int n = 0; n < COUNT; n++) {
                int which = side ? COUNT - 1 - n : n;
                buf_put_text(&state, n ? ",[" : "[");
                size_t start = state.length - 1;
                for (int bit = 0; bit < BITS; bit++)
                    buf_printf(&state, "\"%040d\",", 2 * bit + (which >> bit & 1));
                buf_put_char(&state, '"');
                while (state.length - start < SIZE - 2 + (size_t)(more && side && !n))
                    buf_put_char(&state, side ? 'x' : 'y');
                buf_put_text(&state, "\"]");
            }
            buf_put_char(&state, ']');
            values[side] = delta_read(arena, state.data, state.length, NULL, NULL);
            delta_buf_free(&state);
            REQUIRE(values[side]);
        }
        CHECK_EQ_INT(delta_value_size(&value_items(values[0])[0]), SIZE);
        pair(arena, values[0], values[1], PAIRING_SHOW, from);
        uint32_t right = 0;
        for (uint32_t j = 0; j < COUNT; j++)
            right += from[j] == COUNT - 1 - j;
        CHECK((right == COUNT) == !more);
        delta_arena_free(arena);
    }
}

int main(void) {
    RUN(nothing_twice);
    RUN(what_is_alike);
    RUN(weights);
    RUN(levels);
    RUN(many);
    RUN(a_part_that_many_have);
    RUN(the_most_parts);
    RUN(the_most_that_is_compared);
    return check_done();
}
