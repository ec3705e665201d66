/* The guess whether two values differ much: exact where members and elements are in order. */
#include "diff/estimate.h"
#include "tests/unit/spelled.h"

static void how_much_differs(void) {
    static const struct {
        const char *name, *old_text, *new_text;
        unsigned bytes; /* that differ, in canonical form */
    } rows[] = {
        {"nothing", "{\"a\":[1,2,3]}", "{\"a\":[1,2,3]}", 0},
        {"a scalar within", "{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"b\":1,\"c\":345}}", 3},
        {"a member added", "{\"a\":1,\"c\":3}", "{\"a\":1,\"b\":22,\"c\":3}", 2},
        {"a member removed", "{\"a\":1,\"b\":22,\"c\":3}", "{\"a\":1,\"c\":3}", 0},
        {"an element added", "[1,2,3]", "[1,77,2,3]", 2},
        {"an element removed", "[1,77,2,3]", "[1,2,3]", 0},
        {"an element at the end", "[1]", "[1,\"x\"]", 3},
        {"another type", "{\"a\":{\"b\":1}}", "{\"a\":[1,2]}", 5},
        {"within an element", "[{\"a\":1,\"b\":2},3]", "[{\"a\":1,\"b\":7},3]", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        const struct delta_value *a = spelled_value(arena, rows[i].old_text);
        const struct delta_value *b = spelled_value(arena, rows[i].new_text);
        check_row("%s", rows[i].name);
        CHECK(!estimate_exceeds(a, b, rows[i].bytes));
        CHECK(rows[i].bytes == 0 || estimate_exceeds(a, b, rows[i].bytes - 1));
        delta_arena_free(arena);
    }
}

int main(void) {
    RUN(how_much_differs);
    return check_done();
}
