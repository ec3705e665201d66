#include "tests/unit/merge-law.h"
#include "tests/unit/spelled.h"

#include "diff/diff.h"
#include "merge/merge.h"
#include "merge/merge_align.h"
#include "patch/apply.h"

enum { ROUNDS = 30000, LIST_ROUNDS = 3000 };

/* `conflicts` lists what remains: "pointer kind" for each, joined by commas. */
static const struct row {
    const char *what, *base, *ours, *theirs, *want, *conflicts;
} rows[] = {
    {"only ours changed", "{\"a\":1}", "{\"a\":2}", "{\"a\":1}", "{\"a\":2}", ""},
    {"only theirs changed", "{\"a\":1}", "{\"a\":1}", "[]", "[]", ""},
    {"different keys", "{\"a\":1,\"b\":2}", "{\"a\":3,\"b\":2}", "{\"a\":1,\"b\":4,\"c\":5}",
     "{\"a\":3,\"b\":4,\"c\":5}", ""},
    {"equal changes are one", "{\"a\":1}", "{\"a\":2,\"b\":1}", "{\"a\":2,\"b\":1}",
     "{\"a\":2,\"b\":1}", ""},
    {"both removed", "{\"a\":1,\"b\":1}", "{\"b\":1}", "{\"b\":2}", "{\"b\":2}", ""},
    {"one value, two changes", "{\"a/b\":{\"~\":1}}", "{\"a/b\":{\"~\":2}}", "{\"a/b\":{\"~\":3}}",
     "{\"a/b\":{\"~\":2}}", "/a~1b/~0 changed"},
    {"changed and removed", "{\"a\":{\"x\":1}}", "{\"a\":{\"x\":2}}", "{}", "{\"a\":{\"x\":2}}",
     "/a changed/removed"},
    {"removed and changed", "{\"a\":{\"x\":1}}", "{}", "{\"a\":{\"x\":2}}", "{}",
     "/a removed/changed"},
    {"added with two values", "{}", "{\"a\":1}", "{\"a\":2}", "{\"a\":1}", "/a added"},
    {"added objects are merged", "{}", "{\"a\":{\"x\":1,\"z\":0}}", "{\"a\":{\"y\":2,\"z\":0}}",
     "{\"a\":{\"x\":1,\"z\":0,\"y\":2}}", ""},
    {"added objects that differ in a member", "{}", "{\"a\":{\"x\":1}}", "{\"a\":{\"x\":2}}",
     "{\"a\":{\"x\":1}}", "/a/x added"},
    {"another type here, changed there", "{\"a\":{\"x\":1}}", "{\"a\":[]}", "{\"a\":{\"x\":2}}",
     "{\"a\":[]}", "/a changed"},
    {"the root", "1", "2", "3", "2", " changed"},
    {"different elements", "[1,2,3,4]", "[9,2,3,4]", "[1,2,3,8]", "[9,2,3,8]", ""},
    {"neighbouring elements", "[1,2,3,4]", "[1,9,3,4]", "[1,2,8,4]", "[1,9,8,4]", ""},
    {"all elements, by as many scalars", "[1,2]", "[3,2]", "[1,4]", "[3,4]", ""},
    {"one element, two changes", "[1,2,3]", "[1,8,3]", "[1,9,3]", "[1,8,3]", "/1 changed"},
    {"insertions at different places", "[1,2,3]", "[0,1,2,3]", "[1,2,3,4]", "[0,1,2,3,4]", ""},
    {"insertions at one place", "[1,2]", "[1,7,2]", "[1,8,2]", "[1,7,2]", "/1 gap"},
    {"equal insertions at one place", "[1,2]", "[1,7,2]", "[1,7,2]", "[1,7,2]", ""},
    {"insertions at the end", "[1]", "[1,2]", "[1,3]", "[1,2]", "/1 gap"},
    {"removals side by side", "[1,2,3,4]", "[1,3,4]", "[1,2,4]", "[1,4]", ""},
    {"an insertion beside a removal", "[1,2,3]", "[1,9,2,3]", "[1,3]", "[1,9,2,3]", "/1 gap"},
    {"the same with a key", "[{\"id\":1},{\"id\":2},{\"id\":3}]",
     "[{\"id\":1},{\"id\":9},{\"id\":2},{\"id\":3}]", "[{\"id\":1},{\"id\":3}]",
     "[{\"id\":1},{\"id\":9},{\"id\":3}]", ""},
    {"two keys moved alike, one of them beside an insertion",
     "[{\"id\":1},{\"id\":2},{\"id\":3},{\"id\":4}]",
     "[{\"id\":2},{\"id\":3},{\"id\":4},{\"id\":1}]",
     "[{\"id\":2},{\"id\":3},{\"id\":4},{\"id\":1},{\"id\":5}]",
     "[{\"id\":2},{\"id\":3},{\"id\":4},{\"id\":1},{\"id\":5}]", ""},
    {"a repeat removed and an insertion before", "[\"d\",\"b\",\"b\",\"e\"]", "[\"d\",\"b\",\"e\"]",
     "[\"x\",\"d\",\"b\",\"e\"]", "[\"x\",\"d\",\"b\",\"e\"]", ""},
    {"a repeat removed and one replaced", "[\"b\",\"b\",\"e\"]", "[\"b\",\"e\"]",
     "[\"x\",\"b\",\"e\"]", "[\"b\",\"e\"]", " uncertain"},
    {"a repeat added, by theirs behind another addition", "[\"b\",\"e\"]", "[\"b\",\"b\",\"e\"]",
     "[\"x\",\"b\",\"b\",\"e\"]", "[\"x\",\"b\",\"b\",\"e\"]", ""},
    {"the same at the end", "[1,1]", "[1,1,1]", "[2,1,1,1]", "[2,1,1,1]", ""},
    {"a repeated group, by ours behind another addition", "[9,1,2,8]", "[9,7,1,2,1,2,8]",
     "[9,1,2,1,2,8]", "[9,7,1,2,1,2,8]", ""},
    {"a repeated line, behind another one", "\"b\\ne\\n\"", "\"b\\nb\\ne\\n\"",
     "\"x\\nb\\nb\\ne\\n\"", "\"x\\nb\\nb\\ne\\n\"", ""},
    {"two places of equal numbers", "[0,0,0,1]", "[5,0,0,1]", "[0,0,7,1]", "[5,0,7,1]", ""},
    {"an edit of what was replaced", "[{\"id\":1,\"r\":\"u\"},{\"id\":2,\"r\":\"u\"}]",
     "[{\"id\":2,\"r\":\"u\"},{\"id\":9,\"r\":\"u\"}]",
     "[{\"id\":1,\"r\":\"a\"},{\"id\":2,\"r\":\"u\"}]",
     "[{\"id\":2,\"r\":\"u\"},{\"id\":9,\"r\":\"u\"}]", "/0 removed/changed"},
    {"an element changed within and removed", "[{\"a\":1,\"b\":1,\"c\":1},2,3]",
     "[{\"a\":2,\"b\":1,\"c\":1},2,3]", "[2,3]", "[{\"a\":2,\"b\":1,\"c\":1},2,3]",
     "/0 changed/removed"},
    {"an element removed and changed within", "[{\"a\":1,\"b\":1,\"c\":1},2,3]", "[2,3]",
     "[{\"a\":2,\"b\":1,\"c\":1},2,3]", "[2,3]", "/0 removed/changed"},
    {"an element moved and changed within", "[{\"a\":1,\"b\":1,\"c\":1},2,3]",
     "[2,3,{\"a\":1,\"b\":1,\"c\":1}]", "[{\"a\":2,\"b\":1,\"c\":1},2,3]",
     "[2,3,{\"a\":2,\"b\":1,\"c\":1}]", ""},
    {"an element moved and removed", "[\"x\",2,3]", "[2,3,\"x\"]", "[2,3]", "[2,3,\"x\"]",
     "/0 moved/removed"},
    {"an element removed and moved", "[\"x\",2,3]", "[2,3]", "[2,3,\"x\"]", "[2,3]",
     "/0 removed/moved"},
    {"an element moved to two places", "[\"x\",2,3,4]", "[2,3,4,\"x\"]", "[2,\"x\",3,4]",
     "[2,3,4,\"x\"]", "/0 moved"},
    {"an element moved alike", "[\"x\",2,3]", "[2,3,\"x\"]", "[2,3,\"x\"]", "[2,3,\"x\"]", ""},
    {"an element moved to the end by both, among others", "[\"x\",1,2]", "[1,2,\"n\",\"x\"]",
     "[1,2,\"x\",\"m\"]", "[1,2,\"n\",\"x\"]", "/0 moved,/3 gap"},
    {"one addition at two places", "[\"a\",\"b\"]", "[\"x\",\"a\",\"b\"]", "[\"a\",\"x\",\"b\"]",
     "[\"x\",\"a\",\"b\"]", " uncertain"},
    {"the same beside others", "[1,2,3]", "[8,1,\"x\",2,3]", "[1,2,\"x\",3,9]", "[8,1,\"x\",2,3]",
     " uncertain"},
    {"a repeat added at two places", "[1,0]", "[0,1,0]", "[1,0,0]", "[0,1,0]", " uncertain"},
    {"a repeat added at two places, among other things", "[0,1,2,3,4]", "[8,0,1,0,2,3,4]",
     "[0,1,2,3,0,4,9]", "[8,0,1,0,2,3,0,4,9]", ""},
    {"an addition of ours that theirs has twice, elsewhere, among other things", "[1,2,3,4]",
     "[8,1,7,2,3,4]", "[1,2,7,3,7,4,9]", "[8,1,7,2,7,3,7,4,9]", ""},
    {"an addition at one place, and again", "[1,2]", "[1,5,2]", "[1,5,2,5]", "[1,5,2,5]", ""},
    {"two additions, of which theirs has one elsewhere", "[1,2,3,4]", "[1,5,2,5,3,4]",
     "[1,5,2,3,5,4]", "[1,5,2,5,3,4]", " uncertain"},
    {"names exchanged, where numbers are unique by chance",
     "[{\"h\":\"n1\",\"m\":1,\"n\":1,\"o\":0,\"p\":2},{\"h\":\"n2\",\"m\":0,\"n\":0,\"o\":2,\"p\":"
     "2},{\"h\":\"n3\",\"m\":2,\"n\":2,\"o\":1,\"p\":1}]",
     "[{\"h\":\"n1\",\"m\":1,\"n\":1,\"o\":0,\"p\":2},{\"h\":\"n2\",\"m\":0,\"n\":0,\"o\":2,\"p\":"
     "1001},{\"h\":\"n3\",\"m\":2,\"n\":2,\"o\":1,\"p\":1}]",
     "[{\"h\":\"n1\",\"m\":1,\"n\":1002,\"o\":0,\"p\":2},{\"h\":\"n3\",\"m\":0,\"n\":0,\"o\":2,"
     "\"p\":2},{\"h\":\"n2\",\"m\":1003,\"n\":2,\"o\":1,\"p\":1}]",
     "[{\"h\":\"n1\",\"m\":1,\"n\":1,\"o\":0,\"p\":2},{\"h\":\"n2\",\"m\":0,\"n\":0,\"o\":2,\"p\":"
     "1001},{\"h\":\"n3\",\"m\":2,\"n\":2,\"o\":1,\"p\":1}]",
     " uncertain"},
    {"an element replaced and removed", "[1,{\"a\":1},3]", "[1,[9],3]", "[1,3]", "[1,[9],3]",
     "/1 gap"},
    {"elements within elements", "[[1,2,8],[3,4,8]]", "[[1,5,8],[3,4,8]]", "[[1,2,8],[6,4,8]]",
     "[[1,5,8],[6,4,8]]", ""},
    {"rows of which half is the same", "[[1,2],[3,4]]", "[[1,5],[3,4]]", "[[1,2],[6,4]]",
     "[[1,5],[3,4]]", "/0 gap"},
    {"lines of a string", "\"a\\nb\\nc\\n\"", "\"A\\nb\\nc\\n\"", "\"a\\nb\\nC\\nd\\n\"",
     "\"A\\nb\\nC\\nd\\n\"", ""},
    {"neighbouring lines", "\"a\\nb\\nc\"", "\"A\\nb\\nc\"", "\"a\\nB\\nc\"", "\"A\\nB\\nc\"", ""},
    {"one line added at two places, among other things", "\"a\\nb\\nc\\n\"",
     "\"w\\na\\nx\\nb\\nc\\n\"", "\"a\\nb\\nx\\nc\\nz\\n\"", "\"w\\na\\nx\\nb\\nx\\nc\\nz\\n\"",
     ""},
    {"one line added at two places", "\"a\\nb\\nc\\n\"", "\"a\\nx\\nb\\nc\\n\"",
     "\"a\\nb\\nx\\nc\\n\"", "\"a\\nx\\nb\\nc\\n\"", " changed"},
    {"one line, two changes", "{\"t\":\"a\\nb\\nc\\n\"}", "{\"t\":\"A\\nx\\nc\\n\"}",
     "{\"t\":\"a\\ny\\nC\\n\"}", "{\"t\":\"A\\nx\\nC\\n\"}", "/t changed"},
    {"a short string has no lines", "\"ab\"", "\"ac\"", "\"bb\"", "\"ac\"", " changed"},
    {"one of many equal elements is removed, and two things are inserted",
     "[\"b\",\"a\",\"a\",\"a\",\"a\"]", "[\"b\",\"a\",\"a\",\"a\"]",
     "[\"b\",\"d\",\"a\",\"a\",\"a\",\"a\"]", "[\"b\",\"d\",\"a\",\"a\",\"a\"]", ""},
    {"an alignment through the other side that would reorder what is kept",
     "[\"c\",\"b\",\"b\",\"c\"]", "[\"c\",\"b\",\"c\"]", "[\"c\",\"c\",\"b\",\"a\"]",
     "[\"c\",\"b\",\"c\"]", " uncertain"},
    {"an alignment through the other side goes forwards only", "[\"b\",\"b\",\"c\"]",
     "[\"b\",\"a\",\"c\",\"b\"]", "[\"a\",\"b\",\"b\",\"c\"]", "[\"a\",\"b\",\"a\",\"c\",\"b\"]",
     ""},
};

static const struct row ours_rows[] = {
    {"one value", "[{\"a\":1}]", "[{\"a\":2}]", "[{\"a\":3}]", "[{\"a\":2}]", ""},
    {"removed here", "{\"a\":1}", "{}", "{\"a\":2}", "{}", ""},
    {"one place", "[1,2]", "[1,7,2]", "[1,8,2]", "[1,7,2]", ""},
};
static const struct row theirs_rows[] = {
    {"one value", "[{\"a\":1}]", "[{\"a\":2}]", "[{\"a\":3}]", "[{\"a\":3}]", ""},
    {"removed here", "{\"a\":1}", "{}", "{\"a\":2}", "{\"a\":2}", ""},
    {"removed there", "{\"a\":1}", "{\"a\":2}", "{}", "{}", ""},
    {"one place", "[1,2]", "[1,7,2]", "[1,8,2]", "[1,8,2]", ""},
    {"removed element", "[{\"a\":1,\"b\":1},2,3]", "[2,3]", "[{\"a\":2,\"b\":1},2,3]",
     "[{\"a\":2,\"b\":1},2,3]", ""},
    {"removed element there", "[{\"a\":1,\"b\":1},2,3]", "[{\"a\":2,\"b\":1},2,3]", "[2,3]",
     "[2,3]", ""},
    {"moved to two places", "[\"x\",2,3,4]", "[2,3,4,\"x\"]", "[2,\"x\",3,4]", "[2,\"x\",3,4]", ""},
    {"an element moved into a gap that is theirs comes back", "[\"x\",1,2]", "[1,\"x\",\"n\",2]",
     "[\"x\",1,\"m\",2]", "[\"x\",1,\"m\",2]", ""},
    {"lines", "\"a\\nb\\nc\\n\"", "\"A\\nx\\nc\\n\"", "\"a\\ny\\nC\\n\"", "\"A\\ny\\nC\\n\"", ""},
};
static const struct row union_rows[] = {
    {"one place", "[1,2]", "[1,7,2]", "[1,8,2]", "[1,7,8,2]", ""},
    {"one scalar element", "[1,2,3]", "[1,8,3]", "[1,9,3]", "[1,8,9,3]", ""},
    {"a removal gives in", "{\"a\":1,\"b\":2}", "{\"b\":3}", "{\"a\":4}", "{\"a\":4,\"b\":3}", ""},
    {"a scalar has no union", "{\"a\":1}", "{\"a\":2}", "{\"a\":3}", "{\"a\":2}", "/a changed"},
    {"lines", "\"a\\nb\\n\"", "\"a\\nx\\n\"", "\"a\\ny\\n\"", "\"a\\nx\\ny\\n\"", ""},
    {"a last line without its end", "\"a\\nb\"", "\"a\\nx\"", "\"a\\ny\"", "\"a\\nx\\ny\"", ""},
};
static const struct row keyed_rows[] = {
    {"elements are known by name", "{\"l\":[{\"id\":1},{\"id\":2}]}",
     "{\"l\":[{\"id\":1,\"a\":1},{\"id\":2}]}", "{\"l\":[{\"id\":2,\"b\":2},{\"id\":1}]}",
     "{\"l\":[{\"id\":2,\"b\":2},{\"id\":1,\"a\":1}]}", ""},
    {"both add at the end", "{\"l\":[{\"id\":1}]}", "{\"l\":[{\"id\":1},{\"id\":\"x\"}]}",
     "{\"l\":[{\"id\":1},{\"id\":\"y\"}]}", "{\"l\":[{\"id\":1},{\"id\":\"x\"},{\"id\":\"y\"}]}",
     ""},
    {"both add one name", "{\"l\":[]}", "{\"l\":[{\"id\":1,\"a\":1}]}",
     "{\"l\":[{\"id\":1,\"b\":2}]}", "{\"l\":[{\"id\":1,\"a\":1,\"b\":2}]}", ""},
    {"one name, another element", "{\"l\":[{\"id\":1,\"a\":1}]}", "{\"l\":[{\"id\":1,\"z\":9}]}",
     "{\"l\":[{\"id\":1,\"a\":1,\"b\":2}]}", "{\"l\":[{\"id\":1,\"b\":2,\"z\":9}]}", ""},
    {"one name twice", "{\"l\":[{\"id\":1}]}", "{\"l\":[{\"id\":1},{\"id\":1,\"x\":1}]}",
     "{\"l\":[{\"id\":1,\"y\":1}]}", "{\"l\":[{\"id\":1,\"y\":1},{\"id\":1,\"x\":1}]}", ""},
    {"one member, two changes", "{\"l\":[{\"id\":1,\"a\":1}]}", "{\"l\":[{\"id\":1,\"a\":2}]}",
     "{\"l\":[{\"id\":1,\"a\":3}]}", "{\"l\":[{\"id\":1,\"a\":2}]}", "/l/0/a changed"},
};

static void check_rows(const struct row *table, size_t count,
                       const struct delta_merge_options *options) {
    struct delta_arena *arena = delta_arena_new();

    for (size_t i = 0; i < count; i++) {
        struct delta_err err = {0};
        struct delta_conflicts conflicts = {0};
        char found[200] = "";
        check_row("%s", table[i].what);
        const struct delta_value *out = delta_merge(
            arena, spelled_value(arena, table[i].base), spelled_value(arena, table[i].ours),
            spelled_value(arena, table[i].theirs), options, &conflicts, &err);
        REQUIRE(out != NULL);
        CHECK_EQ_STR(written_out(arena, out),
                     written_out(arena, spelled_value(arena, table[i].want)));
        for (size_t j = 0; j < conflicts.count; j++)
            (void)snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s %s",
                           j ? "," : "", conflicts.list[j].pointer,
                           delta_conflict_name(conflicts.list[j].kind));
        CHECK_EQ_STR(found, table[i].conflicts);
    }
    delta_arena_free(arena);
}

#define CHECK_ROWS(table, options) check_rows(table, sizeof table / sizeof *table, options)

static void merges(void) {
    CHECK_ROWS(rows, &(struct delta_merge_options){0});
}

static void prefers(void) {
    CHECK_ROWS(ours_rows, &(struct delta_merge_options){.prefer = DELTA_PREFER_OURS});
    CHECK_ROWS(theirs_rows, &(struct delta_merge_options){.prefer = DELTA_PREFER_THEIRS});
    CHECK_ROWS(union_rows, &(struct delta_merge_options){.prefer = DELTA_PREFER_UNION});
}

static void merges_keyed_lists(void) {
    static const struct delta_array_key key = {"/*", "id"};
    static const struct delta_merge_options options = {.keys = &key, .key_count = 1};
    CHECK_ROWS(keyed_rows, &options);
}

/* An array of objects with these digits as `id`. */
static const struct delta_value *elements(struct delta_arena *arena, const char *digits) {
    char text[200] = "[";
    for (const char *c = digits; *c; c++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s{\"id\":%d}",
                       c == digits ? "" : ",", *c == 'X' ? 10 : *c - '0');
    return spelled_value(arena, strcat(text, "]"));
}

/* With a key that was given both sides may insert and move into one hunk: what comes first there
 * does not depend on which side is ours. */
static void both_insert_by_a_given_key(void) {
    static const struct delta_array_key key = {"", "id"};
    static const struct delta_merge_options options = {.keys = &key, .key_count = 1};
    static const struct {
        const char *what, *base, *ours, *theirs, *want;
    } table[] = {
        {"new ones, by the value of the key", "123", "123X", "1239", "1239X"},
        {"new ones, in front", "123", "8123", "7123", "78123"},
        {"a moved one after a new one", "1234", "12934", "1243", "12943"},
        {"moved ones, by their index in the base", "123456", "152346", "162345", "156234"},
        {"moved ones, one beside an element that theirs removed", "123456", "126345", "15346",
         "15634"},
        {"one that both moved, and new ones", "12345", "147235", "148235", "1478235"},
        {"one that both moved, and one more of each", "1234567", "1452367", "1462357", "1456237"},
    };
    struct delta_arena *arena = delta_arena_new();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int swap = 0; swap < 2; swap++) {
            struct delta_err err = {0};
            struct delta_conflicts conflicts = {0};
            const char *ours = swap ? table[i].theirs : table[i].ours;
            const char *theirs = swap ? table[i].ours : table[i].theirs;
            check_row("%s%s", table[i].what, swap ? ", sides exchanged" : "");
            const struct delta_value *out =
                delta_merge(arena, elements(arena, table[i].base), elements(arena, ours),
                            elements(arena, theirs), &options, &conflicts, &err);
            REQUIRE(out != NULL);
            CHECK_EQ_INT(conflicts.count, 0);
            CHECK_EQ_STR(written_out(arena, out),
                         written_out(arena, elements(arena, table[i].want)));
        }
    delta_arena_free(arena);
}

/* What a conflict tells. */
/* The value that `json`, with ' for ", spells. */
static const struct delta_value *quoted(struct delta_arena *arena, const char *json) {
    char *text = arena_copy(arena, json, strlen(json));
    for (char *c = text; c && *c; c++)
        if (*c == '\'')
            *c = '"';
    return spelled_value(arena, text ? text : "");
}

static void reports_values(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct delta_conflicts conflicts;
    const struct delta_value *merged =
        delta_merge(arena, spelled_value(arena, "{\"l\":[1,2],\"r\":{\"x\":1}}"),
                    spelled_value(arena, "{\"l\":[1,7,2],\"r\":{\"x\":2}}"),
                    spelled_value(arena, "{\"l\":[1,8,2]}"), NULL, &conflicts, &err);

    REQUIRE(merged && conflicts.count == 2);
    CHECK_EQ_STR(written_out(arena, conflicts.list[0].base), "[]");
    CHECK_EQ_STR(written_out(arena, conflicts.list[0].ours), "[7]");
    CHECK_EQ_STR(written_out(arena, conflicts.list[0].theirs), "[8]");
    CHECK_EQ_STR(written_out(arena, conflicts.list[1].base), "{\"x\":1}");
    CHECK_EQ_STR(written_out(arena, conflicts.list[1].ours), "{\"x\":2}");
    CHECK(!conflicts.list[1].theirs);
    delta_arena_free(arena);
}

/* Where an element in conflict is in the three states, or would be, and what each made of it. */
static void reports_elements(void) {
    static const struct {
        const char *what, *base, *ours, *theirs;
        const char *values[3]; /* NULL: removed */
        struct delta_span spans[3];
    } table[] = {
        {"removed by ours",
         "[{'id':1},{'id':2},{'id':3}]",
         "[{'id':9},{'id':1},{'id':3}]",
         "[{'id':7},{'id':8},{'id':1},{'id':2,'v':1},{'id':3}]",
         {"{'id':2}", NULL, "{'id':2,'v':1}"},
         {{1, 1}, {2, 0}, {3, 1}}},
        {"removed by theirs, with all behind it",
         "[{'id':1},{'id':2},{'id':3},{'id':4}]",
         "[{'id':9},{'id':1},{'id':2,'v':1},{'id':3},{'id':4}]",
         "[{'id':1}]",
         {"{'id':2}", "{'id':2,'v':1}", NULL},
         {{1, 1}, {2, 1}, {1, 0}}},
        {"removed by ours, which moved the one behind it",
         "[{'id':1},{'id':2},{'id':3},{'id':4},{'id':5}]",
         "[{'id':1},{'id':4},{'id':5},{'id':3}]",
         "[{'id':1},{'id':2,'v':1},{'id':3},{'id':4},{'id':5}]",
         {"{'id':2}", NULL, "{'id':2,'v':1}"},
         {{1, 1}, {1, 0}, {1, 1}}},
        {"moved to two places, and changed in both",
         "[{'id':1},{'id':0},{'id':2},{'id':3},{'id':4},{'id':5}]",
         "[{'id':1},{'id':0},{'id':3},{'id':4},{'id':5},{'id':2,'v':1}]",
         "[{'id':2,'v':1},{'id':1},{'id':0},{'id':3},{'id':4},{'id':5}]",
         {"{'id':2}", "{'id':2,'v':1}", "{'id':2,'v':1}"},
         {{2, 1}, {5, 1}, {0, 1}}},
        {"moved to two places, and changed in both, each in another way",
         "[{'id':1},{'id':0},{'id':2},{'id':3},{'id':4},{'id':5}]",
         "[{'id':1},{'id':0},{'id':3},{'id':4},{'id':5},{'id':2,'v':1}]",
         "[{'id':2,'w':2},{'id':1},{'id':0},{'id':3},{'id':4},{'id':5}]",
         {"{'id':2}", "{'id':2,'v':1}", "{'id':2,'w':2}"},
         {{2, 1}, {5, 1}, {0, 1}}},
        {"moved to two places, and changed in one",
         "[{'id':1},{'id':0},{'id':2},{'id':3},{'id':4},{'id':5}]",
         "[{'id':1},{'id':0},{'id':3},{'id':4},{'id':5},{'id':2,'v':1}]",
         "[{'id':2},{'id':1},{'id':0},{'id':3},{'id':4},{'id':5}]",
         {"{'id':2}", "{'id':2,'v':1}", "{'id':2}"},
         {{2, 1}, {5, 1}, {0, 1}}},
    };
    for (size_t row = 0; row < sizeof table / sizeof *table; row++) {
        struct delta_arena *arena = delta_arena_new();
        const char *texts[3] = {table[row].base, table[row].ours, table[row].theirs};
        const struct delta_value *states[3];
        struct delta_err err = {0};
        struct delta_conflicts conflicts;
        check_row("%s", table[row].what);
        for (int i = 0; i < 3; i++)
            states[i] = quoted(arena, texts[i]);
        REQUIRE(delta_merge(arena, states[0], states[1], states[2], NULL, &conflicts, &err));
        REQUIRE(conflicts.count >= 1);
        const struct delta_conflict *found = &conflicts.list[0];
        const struct delta_value *values[3] = {found->base, found->ours, found->theirs};
        struct delta_span spans[3] = {found->base_span, found->ours_span, found->theirs_span};
        for (int i = 0; i < 3; i++) {
            CHECK(!values[i] == !table[row].values[i]);
            if (values[i] && table[row].values[i])
                CHECK_EQ_STR(written_out(arena, values[i]),
                             written_out(arena, quoted(arena, table[row].values[i])));
            CHECK_EQ_INT(spans[i].start, table[row].spans[i].start);
            CHECK_EQ_INT(spans[i].count, table[row].spans[i].count);
        }
        delta_arena_free(arena);
    }
}

static const struct {
    const char *what, *ours, *theirs, *want, *conflicts;
} patch_rows[] = {
    {"different keys", "{\"changes\":{\"a\":1}}", "{\"removed_keys\":[\"b\"]}",
     "{\"changes\":{\"a\":1},\"removed_keys\":[\"b\"]}", ""},
    {"within one member", "{\"nested\":{\"a\":{\"changes\":{\"x\":1}}}}",
     "{\"nested\":{\"a\":{\"changes\":{\"y\":1}}}}",
     "{\"nested\":{\"a\":{\"changes\":{\"x\":1,\"y\":1}}}}", ""},
    {"one key", "{\"changes\":{\"a\":1}}", "{\"changes\":{\"a\":2}}", "{\"changes\":{\"a\":1}}",
     "/a changed"},
    {"elements", "{\"length\":3,\"elements\":[[0,2]]}",
     "{\"length\":3,\"elements\":[{\"insert\":[0]},[0,3]]}",
     "{\"length\":3,\"elements\":[{\"insert\":[0]},[0,2]]}", ""},
    {"one member each of one element",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"a\":1}}}]}",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"b\":2}}}]}",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"a\":1,\"b\":2}}}]}",
     ""},
    {"two of one element and one: another may have been there",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"a\":1}}}]}",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"b\":2,\"c\":3}}}]}",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"a\":1}}}]}",
     "/1 uncertain"},
    {"two and one",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"a\":1,\"b\":2}}}]}",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"c\":3}}}]}",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"a\":1,\"b\":2}}}]}",
     "/1 uncertain"},
    {"ours of both, three of theirs alone",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"a\":1}}}]}",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"a\":1,\"b\":1,\"c\":"
     "1,\"d\":1}}}]}",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"a\":1,\"b\":1,\"c\":"
     "1,\"d\":1}}}]}",
     ""},
    {"theirs of both, three of ours alone",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"a\":1,\"b\":1,\"c\":"
     "1,\"d\":1}}}]}",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"a\":1}}}]}",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"a\":1,\"b\":1,\"c\":"
     "1,\"d\":1}}}]}",
     ""},
    {"one of them both, and one each",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"a\":1,\"b\":2}}}]}",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"a\":1,\"c\":3}}}]}",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"a\":1,\"b\":2,\"c\":"
     "3}}}]}",
     ""},
    {"the id counts for two",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"id\":4}}}]}",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"b\":2}}}]}",
     "{\"length\":2,\"elements\":[[0,1],{\"edit\":1,\"nested\":{\"changes\":{\"id\":4}}}]}",
     "/1 uncertain"},
    {"one each, of one that was moved",
     "{\"length\":3,\"elements\":[{\"edit\":2,\"nested\":{\"changes\":{\"a\":1}}},[0,2]]}",
     "{\"length\":3,\"elements\":[[0,2],{\"edit\":2,\"nested\":{\"changes\":{\"b\":2}}}]}",
     "{\"length\":3,\"elements\":[{\"edit\":2,\"nested\":{\"changes\":{\"a\":1}}},[0,2]]}",
     "/2 uncertain"},
    {"one each, of one that theirs moved",
     "{\"length\":3,\"elements\":[[0,2],{\"edit\":2,\"nested\":{\"changes\":{\"a\":1}}}]}",
     "{\"length\":3,\"elements\":[{\"edit\":2,\"nested\":{\"changes\":{\"b\":2}}},[0,2]]}",
     "{\"length\":3,\"elements\":[{\"edit\":2,\"nested\":{\"changes\":{\"a\":1}}},[0,2]]}",
     "/2 uncertain"},
    {"text", "{\"length\":9,\"text\":[\"x\",[1,8]]}", "{\"length\":9,\"text\":[[0,4],\"y\",[5,4]]}",
     "{\"length\":9,\"text\":[\"x\",[1,3],\"y\",[5,4]]}", ""},
    {"equal text edits", "{\"length\":9,\"text\":[\"x\",[1,8]]}",
     "{\"length\":9,\"text\":[\"x\",[1,4],[7,2]]}", "{\"length\":9,\"text\":[\"x\",[1,4],[7,2]]}",
     ""},
    {"touching text edits", "{\"length\":9,\"text\":[[0,3],\"x\",[4,5]]}",
     "{\"length\":9,\"text\":[[0,4],\"y\",[4,5]]}", "{\"length\":9,\"text\":[[0,3],\"x\",[4,5]]}",
     " changed"},
};

static void merges_patches_without_base(void) {
    struct delta_arena *arena = delta_arena_new();

    for (size_t i = 0; i < sizeof patch_rows / sizeof *patch_rows; i++) {
        struct delta_err err = {0};
        struct merge_conflicts conflicts = {0};
        struct merge_options options = {0};
        char found[200] = "";
        check_row("%s", patch_rows[i].what);
        const struct delta_patch *both =
            merge_patches(arena, NULL, spelled_patch(arena, patch_rows[i].ours),
                          spelled_patch(arena, patch_rows[i].theirs), &options, &conflicts, &err);
        CHECK(spelled_same_patch(arena, both, spelled_patch(arena, patch_rows[i].want)));
        for (size_t j = 0; j < conflicts.count; j++)
            (void)snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s %s",
                           j ? "," : "", conflicts.list[j].pointer,
                           delta_conflict_name(conflicts.list[j].kind));
        CHECK_EQ_STR(found, patch_rows[i].conflicts);
    }
    struct delta_err err = {0};
    struct merge_conflicts conflicts = {0};
    struct merge_options options = {0};
    CHECK(!merge_patches(
        arena, NULL, spelled_patch(arena, "{\"nested\":{\"a\":{\"length\":1,\"elements\":[]}}}"),
        spelled_patch(arena, "{\"nested\":{\"a\":{\"length\":2,\"elements\":[]}}}"), &options,
        &conflicts, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_JOIN);
    CHECK_EQ_STR(err.pointer, "/a");
    delta_arena_free(arena);
}

/* Where the base is known, values that both patches replace whole are compared. */
static void merges_whole_values(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct merge_conflicts conflicts = {0};
    struct merge_options options = {0};
    struct delta_value out;
    const struct delta_value *base = spelled_value(arena, "{\"l\":[1,2,3]}");
    const struct delta_patch *both = merge_patches(
        arena, base, spelled_patch(arena, "{\"changes\":{\"l\":[0,1,2,3]}}"),
        spelled_patch(arena, "{\"changes\":{\"l\":[1,2]}}"), &options, &conflicts, &err);

    REQUIRE(both && !apply_patch(arena, base, both, &out, &err));
    CHECK_EQ_STR(written_out(arena, &out), "{\"l\":[0,1,2]}");
    CHECK_EQ_INT(conflicts.count, 0);
    delta_arena_free(arena);
}

struct merged {
    struct delta_value value;
    struct delta_conflicts conflicts;
    bool fine;
};

static struct merged merge(struct delta_arena *arena, const struct delta_value *base,
                           const struct delta_value *ours, const struct delta_value *theirs,
                           enum delta_prefer prefer) {
    struct merged merged = {.fine = false};
    const struct delta_merge_options options = {.prefer = prefer};
    struct delta_err err = {0};
    const struct delta_value *value =
        delta_merge(arena, base, ours, theirs, &options, &merged.conflicts, &err);
    merged.fine = value != NULL;
    if (value)
        merged.value = *value;
    CHECK_EQ_STR(err.text, "");
    return merged;
}

/* Law 5: a merge with what did not change, or changed alike, is the other side; and the sides can
 * be exchanged when nothing conflicts. */
static void law_5(void) {
    uint64_t seed = check_seed();
    unsigned clean = 0;

    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct random random = {.arena = delta_arena_new(), .seed = seed + round};
        struct delta_arena *arena = random.arena;
        check_row("SEED=%" PRIu64 " round %u", seed, round);
        struct delta_value a = random_value(&random, 4);
        struct delta_value b = random_change(&random, &a);
        struct delta_value c = random_change(&random, &a);
        struct merged one = merge(arena, &a, &b, &c, DELTA_PREFER_NONE);
        struct merged other = merge(arena, &a, &c, &b, DELTA_PREFER_NONE);
        struct merged same = merge(arena, &a, &b, &b, DELTA_PREFER_NONE);
        struct merged left = merge(arena, &a, &b, &a, DELTA_PREFER_NONE);
        struct merged right = merge(arena, &a, &a, &b, DELTA_PREFER_NONE);
        CHECK(one.fine && other.fine && same.fine && left.fine && right.fine);
        CHECK(delta_value_equal(&same.value, &b) && delta_value_equal(&left.value, &b) &&
              delta_value_equal(&right.value, &b));
        CHECK_EQ_INT(same.conflicts.count + left.conflicts.count + right.conflicts.count, 0);
        CHECK(!one.conflicts.count == !other.conflicts.count);
        if (one.conflicts.count == 0 && other.conflicts.count == 0) {
            CHECK(delta_value_equal(&one.value, &other.value));
            clean++;
        }
        /* What is preferred leaves no conflict; ours is what stands without a preference. */
        struct merged ours = merge(arena, &a, &b, &c, DELTA_PREFER_OURS);
        struct merged theirs = merge(arena, &a, &b, &c, DELTA_PREFER_THEIRS);
        CHECK(ours.conflicts.count == 0 && theirs.conflicts.count == 0);
        CHECK(delta_value_equal(&ours.value, &one.value));
        CHECK(merge(arena, &a, &b, &c, DELTA_PREFER_UNION).fine);
        delta_arena_free(arena);
    }
    printf("# %u of %u merged without a conflict\n", clean, (unsigned)ROUNDS);
    CHECK(clean > ROUNDS / 50);
}

/* The same through the core alone: equal patches merge to what they do. */
static void equal_patches(void) {
    uint64_t seed = check_seed();

    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct random random = {.arena = delta_arena_new(), .seed = seed + round};
        struct delta_arena *arena = random.arena;
        struct delta_err err = {0};
        struct merge_conflicts conflicts = {0};
        struct merge_options options = {0};
        struct delta_value want;
        struct delta_value got;
        check_row("SEED=%" PRIu64 " round %u", seed, round);
        struct delta_value a = random_value(&random, 4);
        const struct delta_patch *p = random_patch(&random, &a);
        const struct delta_value *base = round % 2 ? &a : NULL;
        CHECK(!apply_patch(arena, &a, p, &want, &err));
        const struct delta_patch *both =
            merge_patches(arena, base, p, p, &options, &conflicts, &err);
        CHECK(both && !apply_patch(arena, &a, both, &got, &err) && delta_value_equal(&got, &want));
        CHECK_EQ_INT(conflicts.count, 0);
        CHECK_EQ_STR(err.text, "");
        /* Any two patches of one value merge to one that fits it. */
        const struct delta_patch *q = random_patch(&random, &a);
        both = merge_patches(arena, base, p, q, &options, &conflicts, &err);
        CHECK(both && !apply_patch(arena, &a, both, &got, &err));
        CHECK_EQ_STR(err.text, "");
        delta_arena_free(arena);
    }
}

/* Of half of the lists parts are repeated, so that elements are alike and keys several times there.
 */
static void lists_merge_by_the_laws(void) {
    uint64_t seed = check_seed();
    for (uint32_t round = 0; round < LIST_ROUNDS; round++) {
        struct random random = {.arena = delta_arena_new(), .seed = seed + round};
        struct merge_lists lists;
        uint8_t bytes[500];
        if (round % 2) {
            random.bytes = bytes;
            random.left = 100 + check_below(&random.seed, sizeof bytes - 99);
            repetitive_bytes(&random.seed, bytes, random.left);
        }
        REQUIRE(merge_lists_make(&random, &lists));
        check_row("SEED=%" PRIu64 " round %u: base %s side %s", seed, round,
                  written_out(random.arena, &lists.base), written_out(random.arena, &lists.side));
        CHECK(merge_leaves(&lists, &lists.side, &lists.base_again));
        CHECK(merge_leaves(&lists, &lists.base_again, &lists.side));
        CHECK(merge_leaves(&lists, &lists.side, &lists.side_again));
        CHECK(merge_leaves(&lists, &lists.side_again, &lists.side));
        CHECK(merge_exchanges(&lists));
        CHECK(merge_keeps_elements(&lists));
        CHECK(merge_goes_on(&lists, &lists.side, &lists.further));
        CHECK(merge_goes_on(&lists, &lists.further, &lists.side));
        REQUIRE(law_close(&lists.law));
        delta_arena_free(random.arena);
    }
}

/* The order of added elements is the same from either side, whatever the hashes of this process. */
static void added_elements_have_one_order(void) {
    static const char *const texts[] = {
        "{}",   "[]",           "null", "true", "false", "{\"k\":1}", "[1]",  "[2]",
        "[[]]", "{\"k\":\"\"}", "1",    "2",    "\"a\"", "\"ab\"",    "\"\"", "{\"k\":1,\"b\":2}",
        "1.0",  "[3]"};
    enum { TEXTS = sizeof texts / sizeof *texts };
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct identity_key keys[2] = {0};
    const struct delta_value *values[TEXTS];
    CHECK(identity_key_parse(arena, "k", &keys[1], &err) == 0);
    for (size_t i = 0; i < TEXTS; i++)
        values[i] = spelled_value(arena, texts[i]);
    for (size_t key = 0; key < 2; key++) {
        for (size_t i = 0; i < TEXTS; i++) {
            for (size_t j = 0; j < TEXTS; j++) {
                int there = merge_align_compare(&keys[key], values[i], values[j]);
                int back = merge_align_compare(&keys[key], values[j], values[i]);
                check_row("%s, %s", texts[i], texts[j]);
                CHECK((there > 0) == (back < 0) && (there < 0) == (back > 0));
                CHECK((there == 0) == (i == j));
            }
        }
    }
    delta_arena_free(arena);
}

int main(void) {
    RUN(merges);
    RUN(prefers);
    RUN(merges_keyed_lists);
    RUN(both_insert_by_a_given_key);
    RUN(reports_values);
    RUN(reports_elements);
    RUN(merges_patches_without_base);
    RUN(merges_whole_values);
    RUN(added_elements_have_one_order);
    RUN(law_5);
    RUN(lists_merge_by_the_laws);
    RUN(equal_patches);
    return check_done();
}
