/* Keyed values as they arrive: keys, ends, layouts, and where what is wrong is reported. */
#include "cli/keyed_lines.h"
#include "tests/unit/random-value.h"

#include <inttypes.h>
#include <unistd.h>

static const struct cli_command command = {.name = "delta-test"};

static void put_file(const char *text, size_t length) {
    FILE *file = fopen("lines", "w");
    REQUIRE(file && fwrite(text, 1, length, file) == length && fclose(file) == 0);
}

/* Each value as NUMBER KEY VALUE, `!` before an end, or the value alone; then what is on standard
 * error. */
static void read_all(const struct keyed_options *options, bool alone, struct delta_buf *out) {
    struct cli cli;
    struct keyed_lines lines;
    struct keyed_line line;
    struct delta_arena *arena = delta_arena_new();
    int saved = dup(STDERR_FILENO), got;
    REQUIRE(arena && saved >= 0 && freopen("errors", "w", stderr));
    cli_begin(&cli, &command);
    REQUIRE(keyed_lines_open(&cli, &lines, "lines", options) == CLI_OK);
    while ((got = keyed_lines_next(&cli, &lines, arena, DELTA_USE_DIGEST, &line)) > 0) {
        size_t length = 0;
        const char *key = line.key ? delta_value_text(line.key, &length) : "-";
        if (!alone)
            delta_buf_printf(out, "%s%" PRIu64 " %.*s ", line.ended ? "!" : "", line.number,
                             line.key ? (int)length : 1, key);
        if (line.value)
            REQUIRE(delta_write(line.value, DELTA_CANONICAL, 0, out, NULL) == 0);
        delta_buf_printf(out, "\n");
    }
    keyed_lines_close(&lines);
    (void)cli_finish(&cli, 0);
    delta_arena_free(arena);
    (void)fflush(stderr);
    REQUIRE(dup2(saved, STDERR_FILENO) >= 0 && close(saved) == 0);
    FILE *errors = fopen("errors", "r");
    char message[512];
    while (errors && fgets(message, sizeof message, errors))
        delta_buf_printf(out, "%s", message);
    REQUIRE(errors && fclose(errors) == 0);
    delta_buf_put(out, "", 1);
    REQUIRE(!out->failed);
}

static void rows(void) {
    static const struct {
        const char *name;
        struct keyed_options options;
        const char *text, *want;
    } cases[] = {
        {"no keys: one a line", {0}, "1\n\n [2]\r\n{}", "1 - 1\n3 - [2]\n4 - {}\n"},
        {"no keys: two in a line",
         {0},
         "1\n{}{}\n",
         "1 - 1\ndelta-test: lines:2:3: unexpected data after the value\n"},
        {"a key that is a string", {.by = "/id"}, "{\"id\":\"a b\"}", "1 a b {\"id\":\"a b\"}\n"},
        {"a number", {.by = "/id"}, "{\"id\":1.50}", "1 1.50 {\"id\":1.50}\n"},
        {"a string that is JSON", {.by = ""}, "\"5\"", "1 \"5\" \"5\"\n"},
        {"a string that is JSON between spaces", {.by = ""}, "\" {} \"", "1 \" {} \" \" {} \"\n"},
        {"a string that begins like JSON", {.by = ""}, "\"5a\" \"n\"", "1 5a \"5a\"\n1 n \"n\"\n"},
        {"an empty string", {.by = ""}, "\"\"", "1  \"\"\n"},
        {"a control character", {.by = ""}, "\"a\\tb\"", "1 \"a\\tb\" \"a\\tb\"\n"},
        {"half a surrogate pair", {.by = ""}, "\"\\uD800\"", "1 \"\\ud800\" \"\\ud800\"\n"},
        {"an object",
         {.by = ""},
         "{\"b\":1,\"a\":[]}",
         "1 {\"a\":[],\"b\":1} {\"a\":[],\"b\":1}\n"},
        {"two pointers",
         {.by = "/a,/b"},
         "{\"a\":\"x\",\"b\":2}",
         "1 [\"x\",2] {\"a\":\"x\",\"b\":2}\n"},
        {"a comma in a pointer", {.by = "/a\\,b"}, "{\"a,b\":\"x\"}", "1 x {\"a,b\":\"x\"}\n"},
        {"a missing key",
         {.by = "/a/b"},
         "{\"a\":{\"b\":\"x\"}}\n{\"a\":1}",
         "1 x {\"a\":{\"b\":\"x\"}}\ndelta-test: lines:2:1: /a/b: the key is missing\n"},
        {"a missing key within a line",
         {.by = "/a"},
         "{\"a\":1}{\"a\":2} {} []",
         "1 1 {\"a\":1}\n1 2 {\"a\":2}\ndelta-test: lines:1:15: /a: the key is missing\n"},
        {"any layout",
         {.by = ""},
         "{\n  \"a\": [\n 1 ]\n}\n[] {}\n\n 1\n2 3[]\"x\"",
         "1 {\"a\":[1]} {\"a\":[1]}\n5 [] []\n5 {} {}\n7 1 1\n8 2 2\n8 3 3\n8 [] []\n8 x \"x\"\n"},
        {"a byte order mark before a value of many lines",
         {.by = ""},
         "\xef\xbb\xbf{\n}",
         "1 {} {}\n"},
        {"damage in a line of several values",
         {.by = ""},
         "[1] [2}",
         "1 [1] [1]\ndelta-test: lines:1:7: unexpected '}': expected ',' or ']' (a '[' on this "
         "line "
         "is not closed)\n"},
        {"damage in a value of several lines",
         {.by = ""},
         "[]\n{\n \"a\": 1\n \"b\": 2\n}\n",
         "1 [] []\ndelta-test: lines:4:2: unexpected '\"': expected ',' or '}'\n"},
        {"a truncated line",
         {.by = ""},
         "{\"a\":1\n{\"a\":2}\n",
         "delta-test: lines:2:1: unexpected '{': expected ',' or '}'\n"},
        {"a string that does not end",
         {.by = ""},
         "{\"a\n\":2}",
         "delta-test: lines:1:4: unexpected end of text: a string on this line is not closed\n"},
        {"the end of the input",
         {.by = ""},
         "1\n[\n",
         "1 1 1\ndelta-test: lines:3:1: unexpected end of text: expected a value (the '[' 1 line "
         "above is not closed)\n"},
        {"the end of a thing",
         {.by = "/id", .end_when = "/type=DELETED"},
         "{\"id\":\"a\",\"type\":\"DELETED\"}\n{\"id\":\"a\",\"type\":\"ADDED\"}\n{\"id\":\"a\"}",
         "!1 a {\"id\":\"a\",\"type\":\"DELETED\"}\n2 a {\"id\":\"a\",\"type\":\"ADDED\"}\n3 a "
         "{\"id\":\"a\"}\n"},
        {"an end by any value",
         {.by = "/0", .end_when = "/1"},
         "[\"a\",true]\n[\"a\",false]\n[\"a\",null]\n[\"a\"]\n[\"a\",0]",
         "!1 a [\"a\",true]\n2 a [\"a\",false]\n3 a [\"a\",null]\n4 a [\"a\"]\n!5 a [\"a\",0]\n"},
        {"an end by true",
         {.by = "/0", .end_when = "/1=true"},
         "[1,true]\n[1,1]",
         "!1 1 [1,true]\n2 1 [1,1]\n"},
        {"keys before the values",
         {.keyed = true},
         "a b\t{\"x\":1}\n5\t \r\n\n\t[]\n\t\n",
         "1 a b {\"x\":1}\n!2 5 \n4  []\n!5  \n"},
        {"no key before the value",
         {.keyed = true},
         "a\t1\n[]\n",
         "1 a 1\ndelta-test: lines:2:1: expected a key, a tab and a value\n"},
        {"damage behind a key",
         {.keyed = true},
         "a\t[1}\n",
         "delta-test: lines:1:5: unexpected '}': expected ',' or ']' (a '[' on this line is not "
         "closed)\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct delta_buf out = {0};
        check_row("%s", cases[i].name);
        put_file(cases[i].text, strlen(cases[i].text));
        read_all(&cases[i].options, false, &out);
        CHECK_EQ_STR(out.data, cases[i].want);
        delta_buf_free(&out);
    }
}

/* Values in any layouts, one after the other, are those that were written. */
static void random_layouts(void) {
    static const char *const spaces[] = {"\n", " ", "", "\r\n \n", "\t"};
    static const struct keyed_options options = {.by = ""};
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(400); round++) {
        struct delta_buf text = {0}, want = {0}, got = {0};
        random.arena = delta_arena_new();
        REQUIRE(random.arena);
        for (uint32_t n = random_below(&random, 12); n; n--) {
            struct delta_value value = random_value(&random, 5);
            enum delta_layout layout = random_chance(&random, 3) ? DELTA_INDENTED : DELTA_COMPACT;
            const char *space = spaces[random_below(&random, 5)];
            size_t at = text.length;
            REQUIRE(delta_write(&value, layout, 1, &text, NULL) == 0);
            REQUIRE(delta_write(&value, DELTA_CANONICAL, 0, &want, NULL) == 0);
            /* Two scalars would be one. */
            if (!*space && !strchr("{[\"", text.data[at]))
                space = "\n";
            delta_buf_printf(&text, "%s", space);
            delta_buf_printf(&want, "\n");
        }
        delta_buf_put(&want, "", 1);
        put_file(text.data ? text.data : "", text.length);
        read_all(&options, true, &got);
        CHECK_EQ_STR(got.data, want.data);
        delta_buf_free(&text);
        delta_buf_free(&want);
        delta_buf_free(&got);
        delta_arena_free(random.arena);
    }
}

int main(void) {
    static char folder[] = "/tmp/test-keyed-lines.XXXXXX";
    if (!mkdtemp(folder) || chdir(folder))
        return 2;
    RUN(rows);
    RUN(random_layouts);
    int status = check_done();
    (void)unlink("lines");
    (void)unlink("errors");
    return chdir("/") || rmdir(folder) ? 1 : status;
}
