/* Keys of arrays, given and inferred, and the matches that they lead to. */
#include "diff/identity.h"
#include "diff/inference.h"
#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"

enum { MOST = 64 };

/* The value that `json`, with ' for ", spells. */
static const struct delta_value *quoted(struct delta_arena *arena, const char *json) {
    char *text = arena_copy(arena, json, strlen(json));
    for (char *c = text; c && *c; c++)
        if (*c == '\'')
            *c = '"';
    return spelled_value(arena, text ? text : "");
}

/* The key as text: its parts' paths, separated by commas; "" for none. */
static void key_text(const struct identity_key *key, char text[128]) {
    struct delta_buf buf = {0};
    for (uint32_t p = 0; p < key->count; p++) {
        if (p)
            buf_put_char(&buf, ',');
        for (uint32_t n = 0; n < key->parts[p].count; n++)
            pointer_put_key(&buf, key->parts[p].steps[n].text, key->parts[p].steps[n].length);
    }
    CHECK(buf.length < 128);
    memcpy(text, buf.length ? buf.data : "", buf.length);
    text[buf.length] = '\0';
    delta_buf_free(&buf);
}

static struct identity_pair pair_of(const struct delta_value *a, const struct delta_value *b) {
    return (struct identity_pair){
        .a = value_items(a), .b = value_items(b), .a_count = a->length, .b_count = b->length};
}

static void keys_are_parsed(void) {
    static const struct {
        const char *text, *key; /* NULL: refused */
    } rows[] = {
        {"id", "/id"},
        {"/metadata/namespace,/metadata/name", "/metadata/namespace,/metadata/name"},
        {"port,protocol", "/port,/protocol"},
        {"a\\,b,c\\\\d", "/a,b,/c\\d"},
        {"a\\b", "/a\\b"},
        {"a/b", "/a~1b"},
        {"a,b,c,d", "/a,/b,/c,/d"},
        {"", NULL},
        {"a,", NULL},
        {",a", NULL},
        {"/a~2", NULL},
        {"a,b,c,d,e", NULL},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct delta_arena *arena = delta_arena_new();
        struct identity_key key;
        struct delta_err err = {0};
        char text[128];
        check_row("%s", rows[row].text);
        int status = identity_key_parse(arena, rows[row].text, &key, &err);
        CHECK_EQ_INT(status, rows[row].key ? 0 : -1);
        if (status == 0) {
            key_text(&key, text);
            CHECK_EQ_STR(text, rows[row].key);
        } else {
            CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
        }
        delta_arena_free(arena);
    }
}

static void elements_are_matched(void) {
    static const struct {
        const char *name, *key, *a, *b; /* key NULL: inferred */
        int from[6];                    /* -1: none */
    } rows[] = {
        {"keys differ, however alike",
         NULL,
         "[{'id':1,'v':'same'},{'id':2,'v':'x'}]",
         "[{'id':2,'v':'x'},{'id':9,'v':'same'}]",
         {1, -1}},
        {"number keys with zeros at their end",
         "id",
         "[{'id':10},{'id':100}]",
         "[{'id':1.0e2},{'id':1e1}]",
         {1, 0}},
        {"a number key by value", "id", "[{'id':1},{'id':2}]", "[{'id':2.0},{'id':10e-1}]", {1, 0}},
        {"several parts",
         "p,q",
         "[{'p':1,'q':1},{'p':1,'q':2}]",
         "[{'p':1,'q':2,'x':0},{'p':2,'q':1}]",
         {1, -1}},
        {"a repeated key: as without one",
         "n",
         "[{'n':'a','v':1},{'n':'a','v':2},{'n':'b'}]",
         "[{'n':'a','v':2},{'n':'b','x':1}]",
         {1, 2}},
        {"a repeated key that one of each is left with",
         "n",
         "[{'n':'a','v':1},{'n':'b'},{'n':'a','w':'long content'}]",
         "[{'n':'a','w':'long content'},{'n':'a','z':7},{'n':'b','x':1}]",
         {2, 0, 1}},
        {"an element without it",
         "n",
         "[{'n':'a'},{'z':1,'y':2,'x':3}]",
         "[{'z':1,'y':2,'x':4},{'n':'a','v':1}]",
         {1, 0}},
        {"a removed repeat is the last of its run",
         NULL,
         "['d','b','b','e']",
         "['d','b','e']",
         {0, 1, 3}},
        {"whatever surrounds it", NULL, "['d','b','b','e']", "['x','d','b','e']", {-1, 0, 1, 3}},
        {"up to the end", NULL, "['a','b','b']", "['a','b']", {0, 1}},
        {"an added repeat is the last", NULL, "['b','e']", "['b','b','b','e']", {0, -1, -1, 1}},
        {"a group of two", NULL, "[1,'a','b','a','b',2]", "[1,'a','b',2]", {0, 1, 2, 5}},
        {"a number that changed beside what tells the element is not a key",
         NULL,
         "[{'w':1,'t':['a long description']},{'w':2,'t':['another long one']}]",
         "[{'w':3,'t':['a long description']},{'w':2,'t':['another long one'],'x':0}]",
         {0, 1}},
        {"but it is where its name says so",
         NULL,
         "[{'userId':1,'t':['a long description']},{'userId':2,'t':['another long one']}]",
         "[{'userId':3,'t':['a long description']},{'userId':2,'t':['another long one'],'x':0}]",
         {-1, 1}},
        {"but it is where content may be the same by chance",
         NULL,
         "[{'w':1,'t':['x']},{'w':2,'t':['yy']}]",
         "[{'w':3,'t':['x']},{'w':2,'t':['z']}]",
         {-1, 1}},
        {"a string of few elements likewise, none of which changed under it",
         NULL,
         "[{'v':'14.7.0'},{'v':'10.5.0','t':['a long description']}]",
         "[{'v':'14.7.0'},{'v':'11.7.0','t':['a long description']}]",
         {0, 1}},
        {"but it is where one did",
         NULL,
         "[{'v':'14.7.0'},{'v':'10.5.0','t':['a long description']}]",
         "[{'v':'14.7.0','x':0},{'v':'11.7.0','t':['a long description']}]",
         {0, -1}},
        {"and where its name says so",
         NULL,
         "[{'buildId':'14.7.0'},{'buildId':'10.5.0','t':['a long description']}]",
         "[{'buildId':'14.7.0'},{'buildId':'11.7.0','t':['a long description']}]",
         {0, -1}},
        {"two members likewise, neither of a usual name",
         NULL,
         "[{'p':'a','q':'c','t':['a long description']},{'p':'a','q':'d','t':['another long "
         "one']},{'p':'b','q':'c','t':['the third of them']},{'p':'b','q':'d','t':['the last of "
         "them']}]",
         "[{'p':'a','q':'e','t':['a long description']},{'p':'a','q':'d','t':['another long "
         "one']},{'p':'b','q':'c','t':['the third of them'],'x':0},{'p':'b','q':'d','t':['the last "
         "of them'],'x':0}]",
         {0, 1, 2, 3}},
        {"two members, one of a usual name: keys that differ",
         NULL,
         "[{'name':'a','q':'c','t':['a long description']},{'name':'a','q':'d','t':['another long "
         "one']},{'name':'b','q':'c','t':['the third of them']},{'name':'b','q':'d','t':['the last "
         "of them']}]",
         "[{'name':'a','q':'e','t':['a long description']},{'name':'a','q':'d','t':['another long "
         "one']},{'name':'b','q':'c','t':['the third of "
         "them'],'x':0},{'name':'b','q':'d','t':['the last of them'],'x':0}]",
         {-1, 1, 2, 3}},
        {"a member is no key where it is an array or object",
         NULL,
         "[{'name':['p','q'],'t':'a long description'},{'name':'b'}]",
         "[{'name':['q','p'],'t':'a long description'},{'name':'b'}]",
         {0, 1}},
        {"within an object likewise",
         NULL,
         "[{'m':{'name':{'p':1}},'t':'a long description'},{'m':{'name':'b'}}]",
         "[{'m':{'name':{'p':2}},'t':'a long description'},{'m':{'name':'b'}}]",
         {0, 1}},
        {"an index is no member",
         NULL,
         "[['p','a long description'],{'0':'b'}]",
         "[['q','a long description'],{'0':'b'}]",
         {0, 1}},
        {"but a given key may be at one",
         "/0",
         "[['p','a long description'],['q','another']]",
         "[['q','a long description'],['r','another']]",
         {1, -1}},
        {"and be an object",
         "_id",
         "[{'_id':{'$oid':'p'},'v':'a long description'},{'_id':{'$oid':'q'}}]",
         "[{'_id':{'$oid':'q'},'v':'a long description'},{'_id':{'$oid':'r'}}]",
         {1, -1}},
        {"a surplus behind a replacement", NULL, "['d','b','b','e']", "['x','b','e']", {-1, 1, 3}},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct delta_arena *arena = delta_arena_new();
        struct identity_key key;
        uint32_t from[MOST], prefix, suffix;
        check_row("%s", rows[row].name);
        struct identity_pair pair = pair_of(quoted(arena, rows[row].a), quoted(arena, rows[row].b));
        if (rows[row].key)
            CHECK(identity_key_parse(arena, rows[row].key, &key, NULL) == 0);
        CHECK(identity_align(arena, &pair, rows[row].key ? &key : NULL, PAIRING_SHOW, from, &prefix,
                             &suffix, NULL) == 0);
        for (uint32_t j = 0; j < pair.b_count; j++)
            CHECK_EQ_INT(from[j], (uint32_t)rows[row].from[j]);
        delta_arena_free(arena);
    }
}

/* The same edit among equal neighbours leads to the same matches, whatever comes before it. */
static void placement_is_canonical(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(5000); round++) {
        struct delta_value items[2][MOST];
        uint32_t from[2][MOST], prefix, suffix, count[2] = {0, 0};
        random.arena = delta_arena_new();
        uint32_t length = 1 + random_below(&random, 12);
        uint32_t at = random_below(&random, length);
        items[0][count[0]++] = items[1][count[1]++] = value_number("9", 1);
        for (uint32_t i = 0; i < length; i++)
            items[0][count[0]++] = value_literal((enum delta_type)random_below(&random, 3));
        for (uint32_t i = 0; i < length; i++)
            if (i != at)
                items[1][count[1]++] = items[0][i + 1];
        struct delta_value before = value_number("7", 1);
        for (int with = 0; with < 2; with++) {
            struct delta_value a = random_array_of(&random, items[0], count[0]);
            struct delta_value b = random_array_of(&random, items[1], count[1]);
            struct identity_pair pair = pair_of(&a, &b);
            CHECK(identity_align(random.arena, &pair, NULL, PAIRING_SHOW, from[with], &prefix,
                                 &suffix, NULL) == 0);
            memmove(items[1] + 1, items[1], count[1] * sizeof *items[1]);
            items[1][0] = before;
            count[1]++;
        }
        CHECK_EQ_INT(from[1][0], NO_INDEX);
        for (uint32_t j = 0; j < length; j++)
            CHECK_EQ_INT(from[1][j + 1], from[0][j]);
        delta_arena_free(random.arena);
    }
}

/* Checks the key that is inferred from two states, which this frees. */
static void check_inferred(struct delta_buf states[2], const char *wanted) {
    struct delta_arena *arena = delta_arena_new();
    const struct delta_value *values[2];
    struct identity_key key;
    char text[128];
    for (int side = 0; side < 2; side++) {
        CHECK(buf_check(&states[side], NULL) == 0);
        values[side] = delta_read(arena, states[side].data, states[side].length, NULL, NULL);
        delta_buf_free(&states[side]);
    }
    REQUIRE(values[0] && values[1]);
    struct identity_pair pair = pair_of(values[0], values[1]);
    CHECK(identity_infer(arena, &pair, 1, &key, NULL, NULL, NULL) == 0);
    key_text(&key, text);
    CHECK_EQ_STR(text, wanted);
    delta_arena_free(arena);
}

/* 19 of 20 elements have the key, on either side. */
static void most_elements_have_the_key(void) {
    for (int row = 0; row < 4; row++) {
        struct delta_buf states[2] = {{0}, {0}};
        int having[2] = {row < 2 ? 19 - row : 20, row < 2 ? 20 : 21 - row};
        for (int side = 0; side < 2; side++) {
            for (int n = 0; n < 20; n++)
                if (n < having[side])
                    buf_printf(&states[side], "%s{\"sku\":\"s%d\",\"v\":%d}", n ? "," : "[", n,
                               side);
                else
                    buf_printf(&states[side], ",{\"v\":%d}", side);
            buf_put_text(&states[side], "]");
        }
        check_row("%d and %d of 20", having[0], having[1]);
        check_inferred(states, having[0] < 19 || having[1] < 19 ? "" : "/sku");
    }
}

/* A string of 512 bytes may be a key, a longer one is content. */
static void long_strings_are_content(void) {
    for (int length = 512; length <= 513; length++) {
        struct delta_buf states[2] = {{0}, {0}};
        for (int side = 0; side < 2; side++) {
            for (int n = 0; n < 2; n++)
                buf_printf(&states[side], "%s{\"s\":\"%0*d\",\"v\":%d}", n ? "," : "[", length, n,
                           side);
            buf_put_text(&states[side], "]");
        }
        check_row("%d bytes", length);
        check_inferred(states, length == 512 ? "/s" : "");
    }
}

/* Of 16 bytes of content that moved to another key, the key is no key; fewer may be alike by
 * chance. */
static void content_that_moves(void) {
    for (int length = 10; length <= 11; length++) {
        struct delta_buf states[2] = {{0}, {0}};
        for (int side = 0; side < 2; side++)
            buf_printf(&states[side],
                       "[{\"s\":\"%c\",\"v\":\"%0*d\"},{\"s\":\"%c\",\"v\":\"%0*d\"}]",
                       side ? 'b' : 'a', length, 1, side ? 'a' : 'b', length, 2);
        check_row("%d bytes", length + 5);
        check_inferred(states, length == 10 ? "/s" : "/v");
    }
}

/* A list of versions, of which the last ones have no date yet. The other state has one more, and
 * the ages of all are others: what the first one without a date held is then under the next one's
 * key. */
struct versions {
    const char *name;
    int dated;
    const char *format; /* of the version, by its number */
    const char *key;
    int channel;  /* characters of a member that goes with the age, or 0 */
    int same;     /* the first versions, of one date */
    int changed;  /* the first versions, whose dates the other state changes */
    bool halved;  /* two versions have one number */
    bool merge;   /* the key of two pairs is inferred */
    bool strange; /* there is an element that is no object */
};

static void put_versions(struct delta_buf *state, const struct versions *list, int side) {
    buf_put_char(state, '[');
    for (int n = 0; n < list->dated + 2 + side; n++) {
        int age = list->dated + side - n, day = n < list->same ? 0 : n;
        buf_put_char(state, '{');
        buf_printf(state, list->format, list->halved ? n / 2 : n, n % 2 ? "odd" : "even");
        buf_printf(state, ",\"used\":0,\"age\":%d,\"date\":", age);
        if (n < list->dated)
            buf_printf(state, "\"20%d-%02d-%02d\"", n < list->changed ? 20 + side : 20,
                       1 + day / 28, 1 + day % 28);
        else
            buf_put_text(state, "null");
        if (n >= list->dated && list->channel)
            buf_printf(state, ",\"channel\":\"%0*d\"", list->channel, -age);
        buf_put_text(state, "},");
    }
    buf_put_text(state, list->strange ? "\"a string\"]"
                                      : "{\"version\":\"the last version\",\"of\":\"all\"}]");
}

/* Two elements whose content is under another key do not count beside 40 that keep a member which
 * no other one has, unless they have such a member too. */
static void content_that_moves_by_chance(void) {
    static const char text[] = "\"version\":\"version %d\"", number[] = "\"version\":1%03d0000",
                      two[] = "\"version\":\"version %d\",\"of\":\"%s\"";
    static const struct versions rows[] = {
        {.name = "beside 40", 40, text, "/version"},
        {.name = "beside 39", 39, text, ""},
        {.name = "of 8 bytes that only they have", 40, text, "", .channel = 6},
        {.name = "of 7 bytes", 40, text, "/version", .channel = 5},
        {.name = "beside 60 and two of one date, one of which moves",
         62,
         text,
         "/version",
         .same = 2},
        {.name = "beside 59 and two of one date", 61, text, "", .same = 2},
        {.name = "beside 40 and one that changed", 41, text, "/version", .changed = 1},
        {.name = "beside 39 and one that changed", 40, text, "", .changed = 1},
        {.name = "in a merge", 40, text, "", .merge = true},
        {.name = "beside a string", 40, text, "/version", .strange = true},
        {.name = "of a number", 40, number, ""},
        {.name = "of two members", 40, two, "", .halved = true},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct delta_arena *arena = delta_arena_new();
        struct identity_pair pairs[2];
        struct identity_key key;
        const struct delta_value *values[2];
        char inferred[128];
        check_row("%s", rows[row].name);
        for (int side = 0; side < 2; side++) {
            struct delta_buf state = {0};
            put_versions(&state, &rows[row], side);
            CHECK(buf_check(&state, NULL) == 0);
            values[side] = delta_read(arena, state.data, state.length, NULL, NULL);
            REQUIRE(values[side]);
            delta_buf_free(&state);
        }
        pairs[0] = pairs[1] = pair_of(values[0], values[1]);
        CHECK(identity_infer(arena, pairs, rows[row].merge ? 2 : 1, &key, NULL, NULL, NULL) == 0);
        key_text(&key, inferred);
        CHECK_EQ_STR(inferred, rows[row].key);
        delta_arena_free(arena);
    }
}

/* Beside eight elements whose string is the same, one with another string is another element,
 * though all else in it is the same. */
static void strings_of_many_elements(void) {
    for (int count = 7; count <= 8; count++) {
        struct delta_buf states[2] = {{0}, {0}};
        for (int side = 0; side < 2; side++) {
            for (int n = 0; n < count; n++)
                buf_printf(&states[side], "%s{\"s\":\"s%d\",\"v\":[%d]}", n ? "," : "[", n, n);
            buf_printf(&states[side], ",{\"s\":\"%s\",\"v\":[\"a long description\"]}]",
                       side ? "new" : "old");
        }
        check_row("%d others", count);
        check_inferred(states, count == 8 ? "/s" : "");
    }
}

/* What changed within a long string costs little: it is no reason for it to be the key. */
static void long_strings_are_patched(void) {
    for (int length = 100; length <= 400; length += 300) {
        struct delta_buf states[2] = {{0}, {0}};
        for (int side = 0; side < 2; side++) {
            for (int n = 0; n < 4; n++)
                buf_printf(&states[side], "%s{\"s\":\"%0*d%s%0*d\",\"v\":\"%d\",\"x\":%d}",
                           n ? "," : "[", length / 2, n, side && n < 2 ? "new" : "old", length / 2,
                           n, n, n == 3 && side);
            buf_put_text(&states[side], "]");
        }
        check_row("%d bytes", length);
        check_inferred(states, length == 100 ? "/s" : "/v");
    }
}

/* A key that leads to changes half as large, and no larger, unseats one before it; one that leads
 * to changes of nearly the size makes the choice ambiguous, and one of up to twice the size is
 * another that would do. The changes by `p`: element 0, whose key changed, is inserted (61 bytes
 * and its text), `q` of 1 and `w` of 3 are set (41 and 38 bytes); by `q`: `p` of 0 is set (41
 * bytes), and where its own value changed in element 1, that is inserted. */
static void choices_are_weighed(void) {
    static const struct {
        const char *name;
        int first, second; /* lengths of the texts; `second` 0: the key of 1 is the same */
        const char *key;
        bool ambiguous;
        uint32_t others;
    } rows[] = {
        {"twice 79 bytes", 59, 0, "/p", false, 1},
        {"more than that", 60, 0, "/q", false, 0},
        {"300 bytes and 330", 160, 190, "/p", true, 1},
        {"300 bytes and 331", 160, 191, "/p", false, 1},
        {"300 bytes and 600", 160, 460, "/p", false, 1},
        {"300 bytes and 601", 160, 461, "/p", false, 0},
        {"330 bytes and 300", 190, 160, "/p", true, 1},
        {"331 bytes and 300", 191, 160, "/p", false, 1},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf text = {0};
        const struct delta_value *states[2];
        struct choice choice;
        char key[128];
        check_row("%s", rows[row].name);
        for (int side = 0; side < 2; side++) {
            text.length = 0;
            for (int n = 0; n < 4; n++) {
                int second = rows[row].second ? rows[row].second : 1;
                buf_printf(&text, "%s{\"p\":\"%c%d\",\"q\":\"%c%d\",\"v\":\"%0*d\",\"w\":%d}",
                           n ? "," : "[", n == 0 && side ? 'b' : 'a', n,
                           n == 1 && side && rows[row].second ? 'y' : 'x', n,
                           n == 0 ? rows[row].first : second, 0, n == 3 && side);
            }
            buf_put_text(&text, "]");
            REQUIRE(buf_check(&text, NULL) == 0);
            states[side] = delta_read(arena, text.data, text.length, NULL, NULL);
        }
        struct identity_pair pair = pair_of(states[0], states[1]);
        CHECK(inference_choose(arena, &pair, 1, &choice, NULL) == 0);
        key_text(&choice.best->key, key);
        CHECK_EQ_STR(key, rows[row].key);
        CHECK_EQ_INT(choice.ambiguous, rows[row].ambiguous);
        CHECK_EQ_INT(choice.other_count, rows[row].others);
        delta_buf_free(&text);
        delta_arena_free(arena);
    }
}

/* The key that names elements is known wherever there are two states of at least one element. */
static void keys_of_few_elements(void) {
    static const char *const rows[][3] = {
        {"[{'sku':'a','v':1}]", "[{'sku':'a','v':2}]", "/sku"},
        {"[{'sku':'a','v':1}]", "[{'sku':'a','v':2},{'sku':'b','v':2}]", "/sku"},
        {"[{'sku':'a','v':1},{'sku':'b','v':1}]", "[{'sku':'a','v':2}]", "/sku"},
        {"[{'sku':'a','v':1},{'sku':'b','v':1}]", "[{'sku':'b','v':1}]", "/sku"},
        {"[]", "[{'sku':'a','v':2}]", ""},
        {"[{'sku':'a','v':2}]", "[]", ""},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct delta_arena *arena = delta_arena_new();
        struct identity_key key;
        char text[128];
        check_row("%s and %s", rows[row][0], rows[row][1]);
        struct identity_pair pair =
            pair_of(quoted(arena, rows[row][0]), quoted(arena, rows[row][1]));
        CHECK(identity_key_of(arena, &pair, &key, NULL) == 0);
        key_text(&key, text);
        CHECK_EQ_STR(text, rows[row][2]);
        delta_arena_free(arena);
    }
}

/* Of very many elements the first good key is taken, while what it makes of them is less than a
 * quarter of the new ones; of fewer another one that makes half of that. */
static void keys_of_very_many_elements(void) {
    static const struct {
        uint32_t old, new, moved; /* per thousand, in two halves */
        const char *key;
    } rows[] = {
        {4096, 4096, 150, "/p"}, {4096, 4095, 150, "/q"}, {4095, 4096, 150, "/q"},
        {4096, 4096, 330, "/q"}, {6000, 4096, 150, "/p"}, {6000, 4096, 330, "/q"},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct delta_buf states[2] = {{0}, {0}};
        check_row("%u, %u, %u", rows[row].old, rows[row].new, rows[row].moved);
        for (int side = 0; side < 2; side++) {
            uint32_t count = side ? rows[row].new : rows[row].old;
            buf_put_char(&states[side], '[');
            for (uint32_t n = 0; n < count; n++) {
                /* In the new state some have the `p` of their neighbour, and a mark of their own.
                 */
                bool moves = side && n % 1000 < rows[row].moved && (n | 1) < count;
                buf_printf(&states[side], "%s{\"p\":\"p%u\",\"q\":\"q%u\",\"mark\":%d",
                           n ? "," : "", moves ? n ^ 1 : n, n, moves);
                for (uint32_t v = 0; v < 5; v++)
                    buf_printf(&states[side], ",\"v%u\":%u.%025u", v, n, n * v);
                buf_put_char(&states[side], '}');
            }
            buf_put_char(&states[side], ']');
        }
        check_inferred(states, rows[row].key);
    }
}

/* What is said of a key that nothing has. */
static void keys_that_select(void) {
    static const struct {
        const char *pointer, *member, *value;
        enum delta_key_found found;
    } rows[] = {
        {"/l", "id", "{'l':[{'id':1},{'x':2}]}", DELTA_KEY_FOUND},
        {"/l", "id", "{'l':[{'x':2},{'x':1}]}", DELTA_KEY_LACKING},
        {"/l", "id", "{'l':[]}", DELTA_KEY_FOUND},
        {"/l", "id", "{'m':[{'id':1}]}", DELTA_KEY_NOTHING},
        {"/l", "id", "{'l':{'a':{'x':1}}}", DELTA_KEY_LACKING},
        {"/*", "id", "{'l':[{'x':1}],'m':[{'id':1}]}", DELTA_KEY_FOUND},
        {"/l", "/m/n", "{'l':[{'m':{'n':1}}]}", DELTA_KEY_FOUND},
        {"/l", "/m/n", "{'l':[{'m':{'x':1}}]}", DELTA_KEY_LACKING},
        {"/l", "/m/n", "{'l':[{'n':1}]}", DELTA_KEY_LACKING},
        {"/l", "/m/n", "{'l':[{'m':1}]}", DELTA_KEY_LACKING},
        {"/l", "a,b", "{'l':[{'a':1},{'b':1}]}", DELTA_KEY_FOUND},
        {"/l", "a,b", "{'l':[{'a':1},{'a':2}]}", DELTA_KEY_LACKING},
        {"/l", "a,b", "{'l':[{'b':1},{'b':2}]}", DELTA_KEY_LACKING},
        /* What means something in a pattern is itself here. */
        {"/l", "/i*", "{'l':[{'i*':1}]}", DELTA_KEY_FOUND},
        {"/l", "/i*", "{'l':[{'id':1}]}", DELTA_KEY_LACKING},
        {"/l", "/[x=1]", "{'l':[{'[x=1]':1}]}", DELTA_KEY_FOUND},
        {"/l", "/[x=1]", "{'l':[{'y':{'x':1}}]}", DELTA_KEY_LACKING},
        {"/l", "/a~1b", "{'l':[{'a/b':1}]}", DELTA_KEY_FOUND},
        {"/l", "/a~1b", "{'l':[{'a':{'b':1}}]}", DELTA_KEY_LACKING},
        {"/l", "/a~0b", "{'l':[{'a~b':1}]}", DELTA_KEY_FOUND},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        struct delta_array_key key = {rows[row].pointer, rows[row].member};
        check_row("%s=%s in %s", key.pointer, key.member, rows[row].value);
        CHECK_EQ_INT(delta_array_key_selects(&key, quoted(arena, rows[row].value), &err),
                     rows[row].found);
        delta_arena_free(arena);
    }
}

/* All parts of a key count, in all of their bits. */
static void keys_of_two_parts(void) {
    enum { COUNT = 3000 };
    struct delta_arena *arena = delta_arena_new();
    struct identity_key key;
    const struct delta_value *values[2];
    uint32_t prefix, suffix, *from = arena_array(arena, COUNT, sizeof *from);
    for (int side = 0; side < 2; side++) {
        struct delta_buf state = {0};
        buf_put_char(&state, '[');
        for (uint32_t n = 0; n < COUNT; n++) {
            uint32_t which = side ? COUNT - 1 - n : n;
            buf_printf(&state, "%s{\"p\":\"%s\",\"q\":\"%u\",\"v\":%d}", n ? "," : "",
                       which % 2 ? "odd" : "even", which / 2, side);
        }
        buf_put_char(&state, ']');
        values[side] = delta_read(arena, state.data, state.length, NULL, NULL);
        delta_buf_free(&state);
    }
    REQUIRE(from && values[0] && values[1]);
    struct identity_pair pair = pair_of(values[0], values[1]);
    CHECK(identity_key_parse(arena, "p,q", &key, NULL) == 0);
    CHECK(identity_align(arena, &pair, &key, PAIRING_NONE, from, &prefix, &suffix, NULL) == 0);
    for (uint32_t j = 0; j < COUNT; j++)
        CHECK_EQ_INT(from[j], COUNT - 1 - j);
    delta_arena_free(arena);
}

int main(void) {
    RUN(keys_are_parsed);
    RUN(keys_that_select);
    RUN(keys_of_two_parts);
    RUN(elements_are_matched);
    RUN(most_elements_have_the_key);
    RUN(long_strings_are_content);
    RUN(content_that_moves);
    RUN(content_that_moves_by_chance);
    RUN(keys_of_few_elements);
    RUN(choices_are_weighed);
    RUN(strings_of_many_elements);
    RUN(keys_of_very_many_elements);
    RUN(long_strings_are_patched);
    RUN(placement_is_canonical);
    return check_done();
}
