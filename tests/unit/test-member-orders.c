/* The canonical orders that are kept from one pass over the objects of a patch to the next. */
#include "base/arena.h"
#include "patch/member_orders.h"
#include "tests/unit/spelled.h"

/* An object of members m000, m001, ...; `first` comes first, and the others in order. */
static const struct delta_value *object_of(struct delta_arena *arena, unsigned members,
                                           unsigned first) {
    struct delta_buf text = {0};
    struct delta_err err = {0};
    if (members)
        delta_buf_printf(&text, "{\"m%03u\":0", first);
    else
        delta_buf_printf(&text, "{");
    for (unsigned i = 0; i < members; i++)
        if (i != first)
            delta_buf_printf(&text, ",\"m%03u\":0", i);
    delta_buf_printf(&text, "}");
    const struct delta_value *object = delta_read(arena, text.data, text.length, NULL, &err);
    CHECK_EQ_STR(err.text, "");
    delta_buf_free(&text);
    return object;
}

static void check_order(const struct delta_value *object, const uint32_t *order) {
    for (uint32_t i = 1; i < object->length; i++)
        CHECK(value_key_compare(value_members(object)[order[i - 1]].key,
                                value_members(object)[order[i]].key) < 0);
}

/* What is kept is what the next pass gets; what comes otherwise is sorted anew. */
static void kept_from_pass_to_pass(void) {
    static const struct {
        unsigned members, first;
    } rows[] = {{0, 0}, {1, 0}, {2, 0}, {2, 1}, {255, 0}, {255, 254}, {256, 0}, {256, 1}, {300, 7}};
    enum { ROWS = sizeof rows / sizeof *rows };
    struct delta_arena *arena = delta_arena_new();
    struct member_orders orders = {0};
    const struct delta_value *objects[ROWS];
    const uint32_t *firsts[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        objects[i] = object_of(arena, rows[i].members, rows[i].first);
    for (int pass = 0; pass < 3; pass++) {
        member_orders_rewind(&orders);
        for (size_t i = 0; i < ROWS; i++) {
            const uint32_t *order = member_orders_get(&orders, objects[i]);
            check_row("pass %d, object %zu", pass, i);
            REQUIRE(order);
            check_order(objects[i], order);
            CHECK_EQ_INT(member_orders_is_counted(&orders, objects[i], order), rows[i].first == 0);
            CHECK_EQ_INT(order == orders.counted, rows[i].first == 0 && rows[i].members < 256);
            if (pass == 0)
                firsts[i] = order;
            CHECK(order == firsts[i]);
            CHECK_EQ_INT(orders.kept.count, pass ? ROWS : i + 1);
            member_orders_release(&orders, order);
        }
    }
    member_orders_rewind(&orders);
    const uint32_t *order = member_orders_get(&orders, objects[ROWS - 1]);
    REQUIRE(order);
    check_order(objects[ROWS - 1], order);
    CHECK_EQ_INT(orders.kept.count, ROWS + 1);
    member_orders_release(&orders, order);
    member_orders_free(&orders);
    delta_arena_free(arena);
}

/* Of small objects that are not in order those are kept that come first. */
static void few_small_ones_are_kept(void) {
    enum { MEMBERS = 200, FIT = (1 << 20) / MEMBERS, OBJECTS = FIT + 10 };
    struct delta_arena *arena = delta_arena_new();
    struct member_orders orders = {0};
    const struct delta_value *object = object_of(arena, MEMBERS, 199);
    struct delta_value *objects = calloc(OBJECTS, sizeof *objects);
    for (int pass = 0; pass < 2; pass++) {
        member_orders_rewind(&orders);
        for (size_t i = 0; i < OBJECTS; i++) {
            if (pass == 0)
                objects[i] = *object;
            const uint32_t *order = member_orders_get(&orders, &objects[i]);
            REQUIRE(order);
            CHECK_EQ_INT(orders.kept.count, pass || i >= FIT ? FIT : i + 1);
            member_orders_release(&orders, order);
        }
    }
    /* One that would fit is not kept any more either, but for a large one. */
    const struct delta_value *small = object_of(arena, 2, 1), *large = object_of(arena, 300, 1);
    member_orders_release(&orders, member_orders_get(&orders, small));
    CHECK_EQ_INT(orders.kept.count, FIT);
    member_orders_release(&orders, member_orders_get(&orders, large));
    CHECK_EQ_INT(orders.kept.count, FIT + 1);
    free(objects);
    member_orders_free(&orders);
    delta_arena_free(arena);
}

int main(void) {
    RUN(kept_from_pass_to_pass);
    RUN(few_small_ones_are_kept);
    return check_done();
}
