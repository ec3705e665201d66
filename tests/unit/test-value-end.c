/* The end of a value in bytes that arrive: where it is, or where something cannot be. */
#include "cli/value_end.h"
#include "tests/unit/check.h"

enum { NONE = -1 };

/* How many bytes the value takes, looked at in pieces; NONE when it does not end. */
static int find(struct value_end *end, const char *text, size_t piece) {
    size_t length = strlen(text);
    for (size_t at = 0; at < length; at += piece) {
        size_t used = 0, some = piece < length - at ? piece : length - at;
        if (value_end_find(end, text + at, some, &used))
            return (int)(at + used);
    }
    return NONE;
}

static void ends_are_found(void) {
    static const struct {
        const char *text;
        int used;
    } rows[] = {
        {"{}", 2},
        {"[] []", 2},
        {" {\"a\":[1,{\"b\":null}]}x", 21},
        {"\"a\\\"b\" ", 6},
        {"\"a\\\\\"b", 5},
        {"{\"a\\\"}\":1}", 10},
        {"12 ", 2},
        {"12", NONE},
        {"true[", 4},
        {"[1", NONE},
        {"{\"a\":1,\"b\":\"}\"}", 15},
        /* What cannot be there is the last byte. */
        {"]", 1},
        {"[}", 2},
        {"{]", 2},
        {"[1,]", 4},
        {"{\"a\":1,}", 8},
        {"{\"a\"}", 5},
        {"{\"a\",", 5},
        {"{\"a\":}", 6},
        {"{1", 2},
        {"{,", 2},
        {"[,", 2},
        {"[1 2", 4},
        {"[:", 2},
        {",", 1},
        {"\"a\n", 3},
        {"[\"a\" \"", 6},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t piece = 1; piece < 8; piece++) {
            struct value_end end = {0};
            check_row("%s in pieces of %zu", rows[i].text, piece);
            CHECK_EQ_INT(find(&end, rows[i].text, piece), rows[i].used);
        }
}

/* As deep as a state may be, and one deeper: there it ends, and nothing behind it is touched. */
static void depth(void) {
    static const char *const open[] = {"[", "{\"a\":"}, *const close[] = {"]", "}"};
    for (int more = 0; more < 2; more++)
        for (int object = 0; object < 2; object++) {
            struct {
                struct value_end end;
                uint64_t behind;
            } place = {.behind = UINT64_C(0x5555555555555555)};
            struct delta_buf text = {0};
            int levels = DELTA_MAX_DEPTH + more;
            check_row("%d levels, object %d", levels, object);
            for (int i = 0; i < levels; i++)
                delta_buf_printf(&text, "%s", open[object]);
            int deepest = (int)text.length - (object ? 4 : 0);
            delta_buf_printf(&text, "1");
            for (int i = 0; i < levels; i++)
                delta_buf_printf(&text, "%s", close[object]);
            CHECK_EQ_INT(find(&place.end, text.data, 100), more ? deepest : (int)text.length);
            CHECK(place.behind == UINT64_C(0x5555555555555555));
            delta_buf_free(&text);
        }
}

int main(void) {
    RUN(ends_are_found);
    RUN(depth);
    return check_done();
}
