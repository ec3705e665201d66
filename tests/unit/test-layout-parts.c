/* What goes where in the layout of a file: the counterparts of elements and members, and the order
 * of the members of a merged object. */
#include "base/arena.h"
#include "format/counterpart.h"
#include "format/member_order.h"
#include "tests/unit/spelled.h"

/* An array of strings, or an object of members, each named by a k and one letter; by k alone for a
 * dot. */
static const struct delta_value *container_of(struct delta_arena *arena, const char *letters,
                                              bool object) {
    struct delta_buf text = {0};
    struct delta_err err = {0};
    delta_buf_printf(&text, "%c", object ? '{' : '[');
    for (size_t i = 0; letters[i]; i++)
        delta_buf_printf(&text, "%s\"k%.*s\"%s", i ? "," : "", letters[i] != '.', letters + i,
                         object ? ":0" : "");
    delta_buf_printf(&text, "%c", object ? '}' : ']');
    const struct delta_value *value = delta_read(arena, text.data, text.length, NULL, &err);
    CHECK_EQ_STR(err.text, "");
    delta_buf_free(&text);
    return value;
}

static void counterparts(void) {
    static const struct {
        bool object;
        const char *of, *in, *want; /* by part of `of`: its letter in `in`, or - */
    } rows[] = {
        {true, "abc", "cxa", "a-c"},
        {true, "abc", "abc", "abc"},
        {true, "", "abc", ""},
        {false, "", "abc", ""},
        {false, "abc", "", "---"},
        {false, "abc", "abc", "abc"},
        {false, "axc", "abc", "abc"},   /* takes the place of b */
        {false, "xab", "ab", "-ab"},    /* there is none before a */
        {false, "xyab", "cab", "c-ab"}, /* one, for the first of two */
        {false, "axy", "bac", "ac-"},   /* behind a, not before it */
        {false, "axyb", "acdeb", "acdb"},
        {false, "axb", "acdb", "acb"},
        {false, "abcdef", "abcdefg", "abcdef"},
        {false, "xabcdef", "gabcdef", "gabcdef"},
        {false, "bax", "abc", "ba-"},
        {false, "axyb", "zab", "a--b"}, /* nor for the second one */
        {true, "bxac", "abcd", "b-ac"},
        {true, "edcba", "abcde", "edcba"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        uint32_t part[16];
        char got[17] = "";
        check_row("%s in %s", rows[i].of, rows[i].in);
        CHECK_EQ_INT(counterpart_find(arena, container_of(arena, rows[i].of, rows[i].object),
                                      container_of(arena, rows[i].in, rows[i].object), part, &err),
                     0);
        for (size_t j = 0; rows[i].of[j]; j++)
            got[j] = part[j] == NO_INDEX ? '-' : rows[i].in[part[j]];
        CHECK_EQ_STR(got, rows[i].want);
        delta_arena_free(arena);
    }
}

static struct member_order_side side_of(const char *letters, const char *merged, uint32_t *part) {
    if (!letters)
        return (struct member_order_side){0};
    for (size_t i = 0; merged[i]; i++) {
        const char *at = strchr(letters, merged[i]);
        part[i] = at ? (uint32_t)(at - letters) : NO_INDEX;
    }
    return (struct member_order_side){part, (uint32_t)strlen(letters)};
}

static void orders_of_members(void) {
    static const struct {
        const char *what, *merged, *base, *ours, *theirs, *want;
    } rows[] = {
        {"nothing", "", "", "", "", ""},
        {"the same", "cab", "cab", "cab", "cab", "cab"},
        {"ours changed the order", "abc", "abc", "cab", "abc", "cab"},
        {"theirs did", "abc", "abc", "abc", "cab", "cab"},
        {"theirs did, but for the first", "abc", "abc", "abc", "acb", "acb"},
        {"theirs did, and ours added one", "abcx", "abc", "abcx", "cab", "cxab"},
        {"both did", "abc", "abc", "bac", "cab", "bac"},
        {"ours did by what is not in the base", "xabc", "abc", "xabc", "acb", "xacb"},
        {"no base", "abc", NULL, "cab", "abc", "cab"},
        {"no base, and theirs is sorted", "bac", NULL, "bac", "abc", "bac"},
        {"no ours", "abc", "abc", NULL, "cba", "cba"},
        {"no theirs", "abc", "abc", "cba", NULL, "cba"},
        {"theirs added one", "zabx", "zab", "zab", "zaxb", "zaxb"},
        {"theirs added the first", "zabx", "zab", "zab", "xzab", "xzab"},
        {"theirs added the last", "zabx", "zab", "zab", "zabx", "zabx"},
        {"theirs added two", "zabxy", "zab", "zab", "zxayb", "zxayb"},
        {"both added at one place", "zabxy", "zab", "zayb", "zaxb", "zayxb"},
        {"ours removed what it is behind", "zbx", "zab", "zb", "zaxb", "zxb"},
        {"sorted", "acebd", "ae", "ace", "abde", "abcde"},
        {"three and two that are sorted", "aceb", "a", "ace", "ab", "abce"},
        {"two and three", "acbe", "a", "ac", "abe", "abce"},
        {"two and two, by chance", "acb", "a", "ac", "ab", "acb"},
        {"sorted without regard to case", ".aCeB", ".ae", ".aCe", ".aBe", ".aBCe"},
        {"the same with an A", "aAbec", "a", "aAbe", "ac", "aAbce"},
        {"the same with a Z", "axzZy", "a", "axzZ", "ay", "axyzZ"},
        {"the same with what is no letter", "@_aBdc", "@", "@_aBd", "@c", "@_aBcd"},
        {"sorted by code point", "CaeB", "ae", "Cae", "Bae", "BCae"},
        {"ours is not sorted", "cfed", "ce", "cfe", "cde", "cfde"},
        {"theirs is not", "cfgdb", "c", "cfg", "cdb", "cfgdb"},
        {"one of neither side", "abdc", "abd", "abd", "abd", "abcd"},
        {"one of neither, and both added", "abdec", "ab", "abd", "abe", "abcde"},
        {"the first is of neither", "cabd", "abd", "abd", "abd", "abcd"},
        {"what is no more was the first", "ab", "xab", "xab", "xab", "ab"},
        {"some of neither", "adfeb", "adf", "adf", "adf", "abdef"},
        {"one of neither, and two are sorted by chance", "adc", "ad", "ad", "ad", "adc"},
        {"one of neither, and they are not sorted", "badc", "bad", "bad", "bad", "badc"},
        {"some of neither, and they are not sorted", "badec", "bad", "bad", "bad", "badec"},
        {"one of neither, and they are sorted but for the case", "aBdc", "aBd", "aBd", "aBd",
         "aBdc"},
        {"of the base alone", "abcx", "xabc", "abc", "abc", "abcx"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        uint32_t parts[3][16], order[16];
        char got[17] = "";
        const char *merged = rows[i].merged;
        struct member_order_side base = side_of(rows[i].base, merged, parts[0]);
        struct member_order_side ours = side_of(rows[i].ours, merged, parts[1]);
        struct member_order_side theirs = side_of(rows[i].theirs, merged, parts[2]);
        check_row("%s", rows[i].what);
        CHECK_EQ_INT(member_order_find(container_of(arena, merged, true), &base, &ours, &theirs,
                                       order, &err),
                     0);
        for (size_t j = 0; merged[j]; j++)
            got[j] = merged[order[j]];
        CHECK_EQ_STR(got, rows[i].want);
        delta_arena_free(arena);
    }
}

int main(void) {
    RUN(counterparts);
    RUN(orders_of_members);
    return check_done();
}
