/* The reader: what it accepts, what it refuses and where, and JSONTestSuite. */
#include "base/utf8.h"
#include "tests/unit/spelled.h"
#include "json/member_memos.h"
#include "json/reader.h"
#include "json/value.h"

#include <dirent.h>

/* ---- Refusals and their places ---- */

#define TEXT(literal) literal, sizeof(literal) - 1

struct refused {
    const char *name;
    const char *text;
    size_t length;
    size_t offset; /* the place is on the first line unless `line` says another */
    const char *says;
    uint64_t line, column; /* 0: 1, and offset + 1 */
};

static void check_refused(const struct refused *row) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    check_row("%s", row->name);
    CHECK(delta_read(arena, row->text, row->length, "state.json", &err) == NULL);
    CHECK_EQ_INT(err.code, DELTA_ERR_SYNTAX);
    CHECK_EQ_INT(err.offset, row->offset);
    CHECK_EQ_INT(err.line, row->line ? row->line : 1);
    CHECK_EQ_INT(err.column, row->column ? row->column : row->offset + 1);
    CHECK_EQ_STR(err.file, "state.json");
    if (!strstr(err.text, row->says))
        check_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", err.text, row->says);
    delta_arena_free(arena);
}

#define CHECK_REFUSED(rows)                                                                        \
    for (size_t i = 0; i < sizeof(rows) / sizeof *(rows); i++)                                     \
    check_refused(&(rows)[i])

static void what_is_no_value(void) {
    static const struct refused rows[] = {
        {"nothing", TEXT(""), 0, "empty", 0, 0},
        {"spaces only", TEXT("  \t"), 3, "empty", 0, 0},
        {"a newline only", TEXT("\n"), 1, "empty", 2, 1},
        {"a word", TEXT("nul"), 0, "unexpected word 'nul': expected a value", 0, 0},
        {"a literal too long", TEXT("[true1]"), 1, "unexpected word 'true1': expected a value", 0,
         0},
        {"a literal in capitals", TEXT("[True]"), 1,
         "unexpected word 'True': true, false and null are lower case", 0, 0},
        {"NaN", TEXT("[NaN]"), 1, "NaN is not a JSON number: use null or a string", 0, 0},
        {"a comment", TEXT("[1 /* */]"), 3, "comments are not allowed in JSON", 0, 0},
        {"a vertical tab", TEXT("[\v1]"), 1, "unexpected byte 0x0b: expected a value", 0, 0},
        {"a no-break space",
         TEXT("[\xc2\xa0"
              "1]"),
         1, "unexpected U+00A0 (no-break space): remove it", 0, 0},
        {"two values", TEXT("{} {}"), 3, "unexpected data after the value", 0, 0},
        {"two numbers", TEXT("1 2"), 2, "unexpected data after the value", 0, 0},
        {"a bracket too many", TEXT("[]]"), 2, "unexpected ']': nothing is open that it closes", 0,
         0},
        {"a conflict marker", TEXT("{\n<<<<<<< ours\n\"a\":1}"), 2, "unresolved merge conflicts", 2,
         1},
        {"one after a value", TEXT("{\"a\":1\n=======\n}"), 7, "unresolved merge conflicts", 2, 1},
        {"six of them", TEXT("{\n<<<<<< \n}"), 2, "unexpected '<'", 2, 1},
        {"one not at the start of a line", TEXT("{\n <<<<<<<\n}"), 3, "unexpected '<'", 2, 2},
        {"on the third line", TEXT("{\n  \"a\": 1,\n  \"b\": x\n}"), 19,
         "unexpected word 'x': expected a value", 3, 8},
        {"CR LF counts one line", TEXT("[1,\r\n2,\r\n3,\r\nx]"), 13,
         "unexpected word 'x': expected a value", 4, 1},
    };
    CHECK_REFUSED(rows);
}

static void containers_that_are_wrong(void) {
    static const struct refused rows[] = {
        {"a comma before ]", TEXT("[1,]"), 2, "trailing comma before ']'", 0, 0},
        {"a comma first", TEXT("[,1]"), 1, "unexpected ',': expected a value", 0, 0},
        {"two commas", TEXT("[1,,2]"), 3, "unexpected ',': expected a value", 0, 0},
        {"no comma", TEXT("[1 2]"), 3, "unexpected '2': expected ',' or ']'", 0, 0},
        {"a comma before }", TEXT("{\"a\":1,}"), 6, "trailing comma before '}'", 0, 0},
        {"no colon", TEXT("{\"a\" 1}"), 5, "unexpected '1': expected ':' after a key", 0, 0},
        {"no value", TEXT("{\"a\":}"), 5, "unexpected '}': expected a value", 0, 0},
        {"a bare key", TEXT("{a:1}"), 1, "unexpected 'a': expected a key in double quotes", 0, 0},
        {"single quotes", TEXT("{'a':1}"), 1,
         "unexpected single quote: keys must be in double quotes", 0, 0},
        {"a number as key", TEXT("{1:1}"), 1, "unexpected '1': expected a key", 0, 0},
        {"no comma between members", TEXT("{\"a\":1 \"b\":2}"), 7,
         "unexpected '\"': expected ',' or '}'", 0, 0},
        {"} for ]", TEXT("[}"), 1, "unexpected '}': expected a value", 0, 0},
        {"] for }", TEXT("{]"), 1, "unexpected ']': expected a key", 0, 0},
        {"} for ] after a value", TEXT("[1}"), 2,
         "unexpected '}': expected ',' or ']' (a '[' on this line is not closed)", 0, 0},
        {"cut after [", TEXT("["), 1, "unexpected end of text: expected a value", 0, 0},
        {"cut after an element", TEXT("[1"), 2, "unexpected end of text: expected ',' or ']'", 0,
         0},
        {"cut after a comma", TEXT("[1,"), 3, "unexpected end of text: expected a value", 0, 0},
        {"cut after {", TEXT("{"), 1, "unexpected end of text: expected a key", 0, 0},
        {"cut after a key", TEXT("{\"a\""), 4, "unexpected end of text: expected ':'", 0, 0},
        {"cut after a colon", TEXT("{\"a\":"), 5, "unexpected end of text: expected a value", 0, 0},
        {"cut after a member", TEXT("{\"a\":1"), 6, "unexpected end of text: expected ',' or '}'",
         0, 0},
        {"cut after its comma", TEXT("{\"a\":1,"), 7, "unexpected end of text: expected a key", 0,
         0},
    };
    CHECK_REFUSED(rows);
}

static void numbers_that_are_wrong(void) {
    static const struct refused rows[] = {
        {"a leading zero", TEXT("[01]"), 1, "a number must not begin with 0", 0, 0},
        {"a leading zero after minus", TEXT("-01"), 0, "a number must not begin with 0", 0, 0},
        {"plus", TEXT("[+1]"), 1, "a number must not begin with '+'", 0, 0},
        {"no digit before the point", TEXT("[.5]"), 1,
         "a number must begin with a digit: 0.5, not .5", 0, 0},
        {"no digit after the point", TEXT("[1.]"), 3,
         "unexpected ']': expected a digit after the point", 0, 0},
        {"no digit between point and e", TEXT("1.e1"), 2, "unexpected 'e': expected a digit after",
         0, 0},
        {"no exponent", TEXT("[1e]"), 3, "unexpected ']': expected a digit in the exponent", 0, 0},
        {"no exponent after its sign", TEXT("1E+"), 3,
         "unexpected end of text: expected a digit in", 0, 0},
        {"a minus alone", TEXT("-"), 1, "unexpected end of text: expected a digit", 0, 0},
        {"two minuses", TEXT("[--1]"), 2, "unexpected '-': expected a digit after '-'", 0, 0},
        {"minus infinity", TEXT("-Infinity"), 0,
         "-Infinity is not a JSON number: use null or a string", 0, 0},
        {"hexadecimal", TEXT("[0x10]"), 1, "hexadecimal numbers are not allowed in JSON", 0, 0},
        {"an underscore", TEXT("1_000"), 1, "unexpected '_' in a number: digits cannot be grouped",
         0, 0},
        {"a full-width digit", TEXT("[\xef\xbc\x91]"), 1, "unexpected U+FF11: expected a value", 0,
         0},
    };
    CHECK_REFUSED(rows);
}

static void strings_that_are_wrong(void) {
    static const struct refused rows[] = {
        {"cut", TEXT("\"abc"), 4, "unexpected end of text: a string on this line is not closed", 0,
         0},
        {"cut after an escape", TEXT("\"ab\\n"), 5,
         "unexpected end of text: a string on this line is not closed", 0, 0},
        {"cut in an escape", TEXT("\"ab\\"), 4, "a string on this line is not closed", 0, 0},
        {"cut in a \\u", TEXT("\"\\u12"), 1, "\\u must be followed by four hexadecimal digits", 0,
         0},
        {"a raw tab", TEXT("\"a\tb\""), 2, "tab in a string: write it as \\t", 0, 0},
        {"a raw newline", TEXT("\"a\nb\""), 2,
         "newline in a string: write it as \\n, or close the string before it", 0, 0},
        {"a raw control after an escape", TEXT("\"\\n\x1f\""), 3,
         "control character in a string: write it as \\u001f", 0, 0},
        {"a raw NUL", TEXT("[\"a\0b\"]"), 3, "control character in a string: write it as \\u0000",
         0, 0},
        {"a raw NUL after an escape", TEXT("[\"\\t\0\"]"), 4, "control character in a string", 0,
         0},
        {"\\x", TEXT("\"\\x41\""), 1,
         "invalid escape sequence \\x: a backslash itself is written \\\\", 0, 0},
        {"\\'", TEXT("\"\\'\""), 1, "invalid escape sequence", 0, 0},
        {"\\U", TEXT("\"\\U0041\""), 1, "invalid escape sequence", 0, 0},
        {"\\ and a NUL", TEXT("\"\\\0\""), 1, "invalid escape sequence", 0, 0},
        {"\\ and a byte past 0x7f", TEXT("\"\\\xc3\xa9\""), 1, "invalid escape sequence", 0, 0},
        {"three digits", TEXT("\"\\u12g4\""), 1, "\\u must be followed by four", 0, 0},
        {"a sign for a digit", TEXT("\"\\u+123\""), 1, "\\u must be followed by four", 0, 0},
        {"the second \\u of a pair", TEXT("\"\\ud83d\\u12\""), 7, "\\u must be followed by four", 0,
         0},
        {"0xff", TEXT("[\"a\xff\"]"), 3, "invalid UTF-8", 0, 0},
        {"a continuation byte alone", TEXT("\"\x80\""), 1, "invalid UTF-8", 0, 0},
        {"an overlong NUL", TEXT("\"\xc0\x80\""), 1, "invalid UTF-8", 0, 0},
        {"an overlong slash", TEXT("\"\xe0\x80\xaf\""), 1, "invalid UTF-8", 0, 0},
        {"a raw surrogate", TEXT("\"\xed\xa0\x80\""), 1, "invalid UTF-8", 0, 0},
        {"past U+10FFFF", TEXT("\"\xf4\x90\x80\x80\""), 1, "invalid UTF-8", 0, 0},
        {"cut by the quote", TEXT("\"ab\xc3\""), 3, "invalid UTF-8", 0, 0},
        {"cut by the end", TEXT("\"ab\xe2\x82"), 5, "unexpected end of text", 0, 0},
        {"cut by an escape", TEXT("\"\xe2\x82\\n\""), 1, "invalid UTF-8", 0, 0},
        {"in a key", TEXT("{\"a\xff\":1}"), 3, "invalid UTF-8", 0, 0},
        {"far behind", TEXT("[\"0123456789abcdef0123456789abcdef\xc3\xa9\xff\"]"), 36,
         "invalid UTF-8", 0, 0},
        {"far behind, after an escape", TEXT("[\"\\n0123456789abcdef0123456789\xff\"]"), 30,
         "invalid UTF-8", 0, 0},
    };
    CHECK_REFUSED(rows);
}

/* What people write by mistake: each is called by its name, at the place where it was made. */
static void common_mistakes(void) {
    static const struct refused rows[] = {
        {"a single-quoted string", TEXT("['a']"), 1,
         "unexpected single quote: strings must be in double quotes (\")", 0, 0},
        {"backticks", TEXT("[`a`]"), 1, "unexpected backtick: strings must be", 0, 0},
        {"typographic quotes", TEXT("{\u201ca\u201d: 1}"), 1,
         "unexpected typographic quote: keys must be in double quotes", 0, 0},
        {"a quote in a string", TEXT("[\"say \"hi\" now\"]"), 7,
         "unexpected 'h' after a string: a quote within a string is written \\\"", 0, 0},
        {"a quote in a key", TEXT("{\"a\"b\": 1}"), 4, "unexpected 'b' after a string", 0, 0},
        {"a word after a string and a space", TEXT("[\"a\" b]"), 5,
         "unexpected 'b': expected ',' or ']'", 0, 0},
        {"undefined", TEXT("[undefined]"), 1, "unexpected word 'undefined': use null", 0, 0},
        {"None", TEXT("{\"a\": None}"), 6, "unexpected word 'None': use null", 0, 0},
        {"Infinity", TEXT("[Infinity]"), 1, "Infinity is not a JSON number", 0, 0},
        {"inf", TEXT("[-inf]"), 1, "-inf is not a JSON number", 0, 0},
        {"a longer word", TEXT("[information]"), 1, "unexpected word 'information'", 0, 0},
        {"a word after a minus", TEXT("[-x]"), 2, "unexpected 'x': expected a digit after '-'", 0,
         0},
        {"a word of 40 letters", TEXT("[aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd]"), 1,
         "word 'aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd'", 0, 0},
        {"a word of 41 letters", TEXT("[aaaaaaaaaabbbbbbbbbbccccccccccdddddddddde]"), 1,
         "word 'aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd\u2026'", 0, 0},
        {"a literal and more", TEXT("nulls"), 0, "unexpected word 'nulls'", 0, 0},
        {"a comment to the end of the line", TEXT("{ // a\n}"), 2, "comments are not", 0, 0},
        {"a comment of a shell", TEXT("[1, # a\n2]"), 4, "comments are not", 0, 0},
        {"a comment after the value", TEXT("{} // a\n"), 3, "comments are not", 0, 0},
        {"a slash", TEXT("[/]"), 1, "unexpected '/': expected a value", 0, 0},
        {"a trailing comma before spaces", TEXT("{\"a\": 1 , \n\t\r}"), 8,
         "trailing comma before '}'", 0, 0},
        {"a comma alone in an array", TEXT("[,]"), 1, "unexpected ',': expected a value", 0, 0},
        {"a comma after the value", TEXT("{},"), 2, "unexpected data after the value", 0, 0},
        {"a zero in front of a zero", TEXT("[1, 00]"), 4, "a number must not begin with 0", 0, 0},
        {"zeros at the end of a number", TEXT("[100 1]"), 5, "unexpected '1': expected", 0, 0},
        {"capital hexadecimal", TEXT("[-0X1]"), 1, "hexadecimal numbers", 0, 0},
        {"a unit", TEXT("[10x]"), 3, "unexpected 'x': expected ',' or ']'", 0, 0},
        {"plus alone", TEXT("[+]"), 1, "unexpected '+': expected a value", 0, 0},
        {"plus and a point", TEXT("[+.5]"), 1, "a number must not begin with '+'", 0, 0},
        {"an ellipsis", TEXT("[...]"), 1, "unexpected '.': expected a value", 0, 0},
        {"a zero width space", TEXT("[1\u200b]"), 2, "unexpected U+200B (zero width space)", 0, 0},
        {"a path of Windows", TEXT("\"C:\\Users\""), 3,
         "invalid escape sequence \\U: a backslash itself is written \\\\", 0, 0},
        {"a continued string", TEXT("\"a\\\nb\""), 2, "cannot continue on the next line", 0, 0},
        {"gzip", TEXT("\x1f\x8b\x08"), 0, "compressed with gzip", 0, 0},
        {"a packed record", TEXT("\235dr\003"), 0, "packed delta record", 0, 0},
        {"not quite one", TEXT("\235d"), 0, "unexpected byte 0x9d", 0, 0},
        {"zstd", TEXT("\x28\xb5\x2f\xfd"), 0, "compressed with zstd", 0, 0},
        {"HTML", TEXT("<html>"), 0, "looks like HTML or XML", 0, 0},
        {"HTML after two lines", TEXT("\n\n<html>"), 2, "unexpected '<': expected a value", 3, 1},
        {"YAML", TEXT("---\na: 1\n"), 0, "looks like YAML", 0, 0},
        {"a second value", TEXT("[1]\n{\"a\""), 4, "unexpected data after", 2, 1},
        {"an object cut after a line", TEXT("{\n\"a\": 1"), 8,
         "expected ',' or '}' (the '{' 1 line above is not closed)", 2, 7},
        {"an array cut after three lines", TEXT("{\"b\": [\n1,\n\n"), 12,
         "expected a value (the '[' 3 lines above is not closed)", 4, 1},
        {"a container closed wrongly", TEXT("[[], {\"]\": [1, 2}"), 16,
         "unexpected '}': expected ',' or ']' (a '[' on this line is not closed)", 0, 0},
        {"a string cut after an escaped quote", TEXT("[\"a\", \"b\\\""), 10,
         "a string on this line is not closed", 0, 0},
        {"a string cut on the second line", TEXT("[\n \"a"), 5,
         "a string on this line is not closed", 2, 4},
    };
    CHECK_REFUSED(rows);
}

static void other_encodings(void) {
    static const struct refused rows[] = {
        {"UTF-16LE with a mark", TEXT("\xff\xfe[\0]\0"), 0, "UTF-16; convert it to UTF-8", 0, 0},
        {"UTF-16BE with a mark", TEXT("\xfe\xff\0[\0]"), 0, "UTF-16; convert it to UTF-8", 0, 0},
        {"UTF-16LE", TEXT("[\0]\0"), 0, "UTF-16; convert it to UTF-8", 0, 0},
        {"UTF-16BE", TEXT("\0[\0]"), 0, "UTF-16; convert it to UTF-8", 0, 0},
        {"UTF-32BE", TEXT("\0\0\0[\0\0\0]"), 0, "unexpected NUL byte", 0, 0},
        {"a raw NUL after the value", TEXT("[]\0"), 2, "unexpected data after the value", 0, 0},
        {"a raw NUL between", TEXT("[1,\0 2]"), 3, "unexpected NUL byte: expected a value", 0, 0},
        {"a mark alone", TEXT("\xef\xbb\xbf"), 3, "empty", 0, 0},
        {"half a mark", TEXT("\xef\xbb"), 0, "unexpected byte 0xef: expected a value", 0, 0},
        {"two marks", TEXT("\xef\xbb\xbf\xef\xbb\xbf[]"), 3,
         "unexpected U+FEFF (byte order mark): remove it", 0, 0},
        {"a mark behind a space", TEXT(" \xef\xbb\xbf[]"), 1,
         "unexpected U+FEFF (byte order mark): remove it", 0, 0},
    };
    CHECK_REFUSED(rows);
    struct delta_arena *arena = delta_arena_new();
    check_row("a mark before the state");
    CHECK(delta_read(arena, TEXT("\xef\xbb\xbf {}"), NULL, NULL) != NULL);
    delta_arena_free(arena);
}

/* ---- Duplicate keys ---- */

static void a_key_twice(void) {
    static const struct refused rows[] = {
        {"plain", TEXT("{\"a\":1,\"a\":2}"), 7, "duplicate key \"a\"", 0, 0},
        {"with the same value", TEXT("{\"a\":1,\"a\":1}"), 7, "duplicate key \"a\"", 0, 0},
        {"not side by side", TEXT("{\"a\":1,\"b\":2,\"a\":3,\"c\":4}"), 13, "duplicate key \"a\"",
         0, 0},
        {"the second escaped", TEXT("{\"a\":1,\"\\u0061\":2}"), 7, "duplicate key \"a\"", 0, 0},
        {"e acute", TEXT("{\"\xc3\xa9\":1,\"\\u00e9\":2}"), 8, "duplicate key \"\xc3\xa9\"", 0, 0},
        {"an escaped pair", TEXT("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}"), 10,
         "duplicate key \"\xf0\x9f\x98\x80\"", 0, 0},
        {"empty", TEXT("{\"\":1,\"\":2}"), 6, "duplicate key \"\"", 0, 0},
        {"within", TEXT("[{\"a\":{\"b\":1,\"b\":2}}]"), 13, "duplicate key \"b\"", 0, 0},
        {"after an inner object with it", TEXT("{\"a\":{\"a\":1},\"a\":2}"), 13,
         "duplicate key \"a\"", 0, 0},
        {"lone surrogates", TEXT("{\"\\uD800\":1,\"\\ud800\":2}"), 12, "duplicate key", 0, 0},
        {"\\u0000", TEXT("{\"\\u0000\":1,\"\\u0000\":2}"), 12, "duplicate key", 0, 0},
        {"on another line", TEXT("{\"a\":1,\n\"a\":2\n}"), 8, "duplicate key \"a\"", 2, 1},
        {"with brackets in strings before it",
         TEXT("[{\"}\":\"a\\\"{\"},{\"c\":[\"a\",{\"b\":\"]\\\\\"}],\"b\":\"c\",\"c\":0}]"), 45,
         "duplicate key \"c\"", 0, 0},
        {"of an object behind another", TEXT("[{\"a\":1,\"b\":2},[\"a\",\"a\"],{\"b\":1,\"b\":2}]"),
         32, "duplicate key \"b\"", 0, 0},
    };
    CHECK_REFUSED(rows);
}

static void a_long_key_twice(void) {
    char text[2000];
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    size_t used = 0;
    for (int member = 0; member < 2; member++) {
        text[used++] = member ? ',' : '{';
        text[used++] = '"';
        used += (size_t)snprintf(text + used, 8, "a"); /* so that 100 bytes end within a letter */
        for (int i = 0; i < 200; i++) {
            memcpy(text + used, "\xe2\x82\xac", 3);
            used += 3;
        }
        memcpy(text + used, "\":1", 3);
        used += 3;
    }
    text[used++] = '}';
    CHECK(delta_read(arena, text, used, NULL, &err) == NULL);
    CHECK(strstr(err.text, "duplicate key") != NULL);
    CHECK_EQ_INT(utf8_check(err.text, strlen(err.text)), strlen(err.text));
    delta_arena_free(arena);
}

static void keys_that_only_look_alike(void) {
    static const char *const rows[] = {
        "{\"a\":1,\"A\":2}",
        "{\"a\":{\"a\":{\"a\":1}}}",
        "[{\"a\":1},{\"a\":2}]",
        "{\"a\":1,\"a\\u0000\":2,\"\":3,\"\\u0000\":4}",
        "{\"\xc3\xa9\":1,\"e\xcc\x81\":2}",
        "{\"\\ud800\":1,\"\\ud801\":2,\"\\udc00\":3,\"\\ud800\\udc00\":4}",
        "{\"x\":{\"a\":1},\"a\":{\"x\":1},\"y\":{\"a\":1,\"x\":2}}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        check_row("%s", rows[i]);
        CHECK(spelled_value(arena, rows[i]) != NULL);
        delta_arena_free(arena);
    }
}

/* Many objects of many keys, so that the key table grows while objects are open. */
static void one_key_twice_among_many(void) {
    for (uint32_t twice = 0; twice < 3; twice++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf text = {0};
        struct delta_err err = {0};
        buf_put_char(&text, '{');
        for (uint32_t i = 0; i < 3000; i++)
            buf_printf(&text, "\"key%u\":{\"key%u\":%u,\"x\":1},", i, i * 7 % 3000, i);
        buf_printf(&text, "\"key%u\":0}", twice == 0 ? 5000u : twice == 1 ? 0u : 2999u);
        const struct delta_value *value = delta_read(arena, text.data, text.length, NULL, &err);
        CHECK((value != NULL) == (twice == 0));
        if (twice)
            CHECK(strstr(err.text, twice == 1 ? "\"key0\"" : "\"key2999\"") != NULL);
        delta_buf_free(&text);
        delta_arena_free(arena);
    }
}

/* Between the two are so many keys that the reader forgets those before them, and then keys that it
 * knows, so that it begins to remember again. */
static void a_key_twice_around_many(void) {
    for (uint32_t twice = 0; twice < 2; twice++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf text = {0};
        struct delta_err err = {0};
        buf_put_text(&text, "{\"first\":0,\"many\":[{");
        for (uint32_t i = 0; i < 40000; i++)
            buf_printf(&text, "%s\"key%u\":0", i ? "," : "", i);
        buf_put_text(&text, "}");
        for (uint32_t i = 0; i < 40000; i++)
            buf_printf(&text, ",{\"key%u\":0,\"x%u\":0,\"key%u\":1}", i % 100, i % 100,
                       i % 50 + 200);
        for (uint32_t i = 0; i < 100; i++) /* the table is full, and keys were found in it */
            buf_printf(&text, ",{\"new%u\":0}", i);
        buf_printf(&text, "],\"%s\":1}", twice ? "first" : "second");
        const struct delta_value *value = delta_read(arena, text.data, text.length, NULL, &err);
        CHECK((value != NULL) == (twice == 0));
        if (twice)
            CHECK(strstr(err.text, "\"first\"") != NULL);
        delta_buf_free(&text);
        delta_arena_free(arena);
    }
}

/* A key that is in an object within the object too. */
static void keys_within_and_around(void) {
    static const struct {
        const char *text;
        bool valid;
    } rows[] = {
        {"{\"a\":1,\"b\":{\"a\":2},\"c\":3}", true},
        {"{\"a\":1,\"b\":{\"a\":2},\"a\":3}", false},
        {"{\"b\":{\"a\":2},\"a\":3,\"c\":{\"a\":1},\"a\":4}", false},
        {"[{\"a\":1,\"b\":2,\"c\":3},{\"a\":1,\"b\":2,\"d\":3},{\"a\":1,\"b\":2,\"a\":3}]", false},
        {"[{\"a\":1,\"b\":2},{\"b\":1,\"a\":2},{\"b\":1,\"a\":2,\"b\":3}]", false},
        {"[{\"a\":1,\"b\":2},{\"b\":1,\"a\":2},{\"a\":1,\"c\":2,\"b\":3}]", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        check_row("%s", rows[i].text);
        CHECK((delta_read(arena, rows[i].text, strlen(rows[i].text), NULL, NULL) != NULL) ==
              rows[i].valid);
        delta_arena_free(arena);
    }
}

/* ---- What is remembered from one value to the next ---- */

/* A text of objects of a few kinds that are repeated, some of them wide; and the same value with
 * space that differs from object to object, so that no two have the same text. */
static void put_objects(uint64_t *seed, struct delta_buf *text, struct delta_buf *spaced,
                        uint32_t depth) {
    uint32_t width = check_below(seed, 20) ? check_below(seed, 5) : check_below(seed, 120);
    char kind = (char)('a' + check_below(seed, 3));
    buf_put_char(text, '{');
    buf_put_char(spaced, '{');
    for (uint32_t i = 0; i < width; i++) {
        const char *comma = i ? "," : "";
        buf_printf(text, "%s\"%c%u\":", comma, kind, i);
        buf_printf(spaced, "%s\"%c%u\":", comma, kind, i);
        if (depth && check_below(seed, 3) == 0) {
            put_objects(seed, text, spaced, depth - 1);
            continue;
        }
        static const char *const scalars[] = {
            "1", "true", "\"{a}\"", "[{},{}]", "\"a longer one\"", "\"\\n\"", "-0.50"};
        const char *scalar = scalars[check_below(seed, 10) ? i % 7 : check_below(seed, 7)];
        buf_put_text(text, scalar);
        buf_put_text(spaced, scalar);
    }
    buf_put_char(text, '}');
    for (uint64_t number = spaced->length; number; number /= 4)
        buf_put_char(spaced, " \n\t\r"[number % 4]);
    buf_put_char(spaced, '}');
}

static void repeated_objects(void) {
    uint64_t seed = check_seed();
    for (uint32_t round = 0; round < 60; round++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf text = {0}, spaced = {0}, first = {0}, second = {0};
        uint32_t count = 1u << check_below(&seed, 12);
        for (uint32_t i = 0; i < count; i++) {
            buf_put_char(&text, i ? ',' : '[');
            buf_put_char(&spaced, i ? ',' : '[');
            put_objects(&seed, &text, &spaced, 2);
        }
        buf_put_char(&text, ']');
        buf_put_char(&spaced, ']');
        const struct delta_value *one = delta_read(arena, text.data, text.length, NULL, NULL);
        const struct delta_value *other = delta_read(arena, spaced.data, spaced.length, NULL, NULL);
        CHECK(one && other);
        if (one && other) {
            CHECK(delta_digest_equal(delta_value_digest(one), delta_value_digest(other)));
            CHECK(value_hash(one) == value_hash(other));
            writer_compact(one, &first);
            writer_compact(other, &second);
            CHECK_EQ_MEM(first.data, first.length, text.data, text.length);
            CHECK_EQ_MEM(second.data, second.length, text.data, text.length);
        }
        delta_buf_free(&text);
        delta_buf_free(&spaced);
        delta_buf_free(&first);
        delta_buf_free(&second);
        delta_arena_free(arena);
    }
}

/* The same object further inside, where it nests too deep. */
static void repeated_too_deep(void) {
    for (uint32_t around = 1; around <= 3; around++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf text = {0}, object = {0};
        struct delta_err err = {0};
        enum { INSIDE = 1000 };
        buf_put_text(&object, "{\"a key of some length\":");
        for (uint32_t i = 0; i < INSIDE; i++)
            buf_put_char(&object, '[');
        for (uint32_t i = 0; i < INSIDE; i++)
            buf_put_char(&object, ']');
        buf_put_char(&object, '}');
        uint32_t levels = DELTA_MAX_DEPTH - INSIDE - 3 + around;
        buf_put_char(&text, '[');
        buf_put(&text, object.data, object.length);
        buf_put_char(&text, ',');
        for (uint32_t i = 0; i < levels; i++)
            buf_put_char(&text, '[');
        buf_put(&text, object.data, object.length);
        for (uint32_t i = 0; i < levels; i++)
            buf_put_char(&text, ']');
        buf_put_char(&text, ']');
        const struct delta_value *value = delta_read(arena, text.data, text.length, NULL, &err);
        CHECK((value != NULL) == (around == 1));
        if (!value)
            CHECK_EQ_INT(err.code, DELTA_ERR_LIMIT);
        delta_buf_free(&text);
        delta_buf_free(&object);
        delta_arena_free(arena);
    }
}

static void put_repetitive(uint64_t *seed, struct delta_buf *text, uint32_t depth) {
    static const char *const keys[] = {"a", "b", "\\u0061b", "name", "a longer key", "cd", "c", ""};
    static const char *const scalars[] = {
        "true",    "false",       "null",         "\"true\"",      "\"n\"", "1",
        "\"1\"",   "12345678",    "\"12345678\"", "\"123456789\"", "\"\"",  "-0",
        "\"\\n\"", "\"\\u0031\"", "1.50",         "\"\xc3\xa9\""};
    if (depth == 0 || check_below(seed, 2)) {
        buf_put_text(text, scalars[check_below(seed, sizeof scalars / sizeof *scalars)]);
        return;
    }
    bool is_object = check_below(seed, 4) != 0;
    uint32_t first = check_below(seed, 8), count = check_below(seed, 6);
    buf_put_char(text, is_object ? '{' : '[');
    for (uint32_t i = 0; i < count; i++) {
        if (is_object) /* keys in one order, begun anywhere, and distinct */
            buf_printf(text, "%s\"%s\":", i ? "," : "", keys[(first + i) % 8]);
        else if (i)
            buf_put_char(text, ',');
        put_repetitive(seed, text, depth - 1);
    }
    buf_put_char(text, is_object ? '}' : ']');
}

/* A value has the hashes that it has when it is read alone, whatever was read before it. */
static void values_after_others(void) {
    enum { FEW = 100, MANY = 1000 }; /* so many that the text has memos */
    uint64_t seed = check_seed();
    for (int round = 0; round < 200; round++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf all = {0};
        size_t ends[MANY], count = round % 8 ? FEW : MANY;
        buf_put_char(&all, '[');
        for (size_t i = 0; i < count; i++) {
            if (i)
                buf_put_char(&all, ',');
            put_repetitive(&seed, &all, 4);
            ends[i] = all.length;
        }
        buf_put_char(&all, ']');
        CHECK((all.length >= MEMO_FEW) == (count == MANY));
        char *text = reader_copy(arena, all.data, all.length);
        const struct delta_value *together =
            reader_parse_with(arena, text, all.length, VALUE_HASH | VALUE_DIGEST, NULL);
        CHECK(together != NULL);
        for (size_t i = 0; i < count && together; i++) {
            size_t start = i ? ends[i - 1] + 1 : 1;
            const struct delta_value *item = &value_items(together)[i];
            const struct delta_value *alone =
                delta_read(arena, text + start, ends[i] - start, NULL, NULL);
            CHECK(alone && delta_value_equal(alone, item));
            CHECK(alone && value_hash(alone) == value_hash(item));
            CHECK(alone && delta_digest_equal(delta_value_digest(alone), delta_value_digest(item)));
            CHECK(alone && delta_value_size(alone) == delta_value_size(item));
        }
        delta_buf_free(&all);
        delta_arena_free(arena);
    }
}

/* ---- Depth ---- */

/* `depth` levels, of arrays, objects, or both in turn. */
static void put_deep(struct delta_buf *text, int depth, int kind) {
    for (int i = 0; i < depth; i++)
        buf_put_text(text, kind == 0 || (kind == 2 && i % 2) ? "[" : "{\"a\":");
    buf_put_text(text, "1");
    for (int i = depth; i-- > 0;)
        buf_put_text(text, kind == 0 || (kind == 2 && i % 2) ? "]" : "}");
}

static void depth(void) {
    for (int kind = 0; kind < 3; kind++) {
        for (int deep = DELTA_MAX_DEPTH; deep <= DELTA_MAX_DEPTH + 1; deep++) {
            struct delta_arena *arena = delta_arena_new();
            struct delta_buf text = {0};
            struct delta_err err = {0};
            put_deep(&text, deep, kind);
            check_row("kind %d, %d levels", kind, deep);
            const struct delta_value *value = delta_read(arena, text.data, text.length, NULL, &err);
            CHECK((value != NULL) == (deep <= DELTA_MAX_DEPTH));
            if (value) {
                CHECK_EQ_INT(value->height, deep);
            } else {
                CHECK_EQ_INT(err.code, DELTA_ERR_LIMIT);
                CHECK_EQ_INT(err.line, 1);
                CHECK(text.data[err.offset] == '[' || text.data[err.offset] == '{');
                CHECK(strstr(err.text, "2048") != NULL);
            }
            delta_buf_free(&text);
            delta_arena_free(arena);
        }
    }
}

/* A hundred thousand brackets are refused for the first one too many, whatever comes behind. */
static void deep_and_cut(void) {
    size_t length = 100000;
    char *text = malloc(length);
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    REQUIRE(text);
    memset(text, '[', length);
    CHECK(delta_read(arena, text, length, NULL, &err) == NULL);
    CHECK_EQ_INT(err.code, DELTA_ERR_LIMIT);
    CHECK_EQ_INT(err.offset, DELTA_MAX_DEPTH);
    free(text);
    delta_arena_free(arena);
}

/* ---- What is kept ---- */

static void spellings(void) {
    static const struct {
        const char *read, *canonical;
    } rows[] = {
        {" [ 1 , 2 ] \r\n\t", "[1,2]"},
        {"12345678901234567890", "12345678901234567890"},
        {"-0", "-0"},
        {"[0,-0,0.0,-0.0,0e0,0E+0,1e400,1E-400,1.0,1.00,1]",
         "[0,-0,0.0,-0.0,0e0,0E+0,1e400,1E-400,1.0,1.00,1]"},
        {"\"\\u0041\\/\\u002f\"", "\"A//\""},
        {"\"\\b\\f\\n\\r\\t\\\"\\\\\"", "\"\\b\\f\\n\\r\\t\\\"\\\\\""},
        {"\"\\u0008\\u000C\\u000a\\u000D\\u0009\\u0022\\u005C\"", "\"\\b\\f\\n\\r\\t\\\"\\\\\""},
        {"\"\\u0000\\u001F\\u007f\"", "\"\\u0000\\u001f\x7f\""},
        {"\"\\u00e9\\u20AC\"", "\"\xc3\xa9\xe2\x82\xac\""},
        {"\"\\ud83d\\uDE00\"", "\"\xf0\x9f\x98\x80\""},
        {"\"\\uDBFF\\uDFFF\"", "\"\xf4\x8f\xbf\xbf\""},
        {"\"\\uD800\"", "\"\\ud800\""},
        {"\"\\uDFFFx\"", "\"\\udfffx\""},
        {"\"\\uDE00\\uD83D\"", "\"\\ude00\\ud83d\""},
        {"\"\\uD800\\uD800\\uDC00\"", "\"\\ud800\xf0\x90\x80\x80\""},
        {"\"\\uD800\\n\"", "\"\\ud800\\n\""},
        {"\"\\uD800\\u0041\"", "\"\\ud800A\""},
        {"\"\xef\xbf\xbf\xee\x80\x80\"", "\"\xef\xbf\xbf\xee\x80\x80\""},
        {"\"\xef\xbb\xbf\"", "\"\xef\xbb\xbf\""},
        {"{\"b\":1,\"a\":2,\"\":3}", "{\"\":3,\"a\":2,\"b\":1}"},
        {"{\"\\ud83d\\ude00\":1,\"\\uffff\":2,\"\\ud800\":3}",
         "{\"\\ud800\":3,\"\xef\xbf\xbf\":2,\"\xf0\x9f\x98\x80\":1}"},
        {"[[],{},[[]],[{}]]", "[[],{},[[]],[{}]]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf text = {0};
        check_row("%s", rows[i].read);
        const struct delta_value *value = spelled_value(arena, rows[i].read);
        if (value) {
            writer_canonical(value, &text);
            CHECK_EQ_MEM(text.data, text.length, rows[i].canonical, strlen(rows[i].canonical));
            CHECK_EQ_INT(delta_value_size(value), text.length);
        }
        delta_buf_free(&text);
        delta_arena_free(arena);
    }
}

/* A prefix ends where its value ends, and says how much it took. */
static void prefixes(void) {
    static const struct {
        const char *text;
        size_t used; /* 0: refused */
    } rows[] = {
        {"[1] [2]", 3},   {" {}x", 3}, {"\"a\"\"b\"", 3}, {"1 2", 1}, {"12", 2},
        {"truefalse", 4}, {"[1", 0},   {"", 0},           {"nul", 0}, {"\n\n{\"a\":1}\n", 9},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char padded[128] = {0};
        struct delta_arena *arena = delta_arena_new();
        size_t used = 0;
        check_row("%s", rows[i].text);
        memcpy(padded, rows[i].text, strlen(rows[i].text));
        bool got = reader_parse_prefix(arena, padded, strlen(rows[i].text), DELTA_MAX_DEPTH, &used,
                                       NULL) != NULL;
        CHECK_EQ_INT(got, rows[i].used != 0);
        if (got)
            CHECK_EQ_INT(used, rows[i].used);
        delta_arena_free(arena);
    }
}

/* Every text of up to three awkward bytes, and every text cut at each byte: no more is asked than
 * that it is decided. Texts end where their memory does, but for the padding. */
static void short_texts(void) {
    static const char bytes[] = "[]{},:\"\\u0-.e1tn \n\x80\xc3\xed\xff";
    enum { KINDS = sizeof bytes }; /* the NUL among them */
    for (unsigned n = 0; n < KINDS * KINDS * KINDS; n++) {
        char text[3] = {bytes[n % KINDS], bytes[n / KINDS % KINDS], bytes[n / KINDS / KINDS]};
        struct delta_arena *arena = delta_arena_new();
        for (size_t length = 1; length <= 3; length++) {
            struct delta_err err = {0};
            if (!delta_read(arena, text, length, NULL, &err))
                CHECK(err.code == DELTA_ERR_SYNTAX && err.offset <= length);
        }
        delta_arena_free(arena);
    }
}

static void cut_texts(void) {
    static const char text[] = "{\"a\\u00e9\":[1,-2.5e+3,true,null,\"\\ud83d\\ude00\xc3\xa9 \\n\"],"
                               "\"b\":{\"c\":false,\"d\":[]}}";
    for (size_t length = 0; length < sizeof text - 1; length++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        CHECK(delta_read(arena, text, length, NULL, &err) == NULL);
        CHECK_EQ_INT(err.code, DELTA_ERR_SYNTAX);
        CHECK(err.offset <= length);
        delta_arena_free(arena);
    }
}

/* ---- JSONTestSuite ---- */

/* The 35 texts whose fate RFC 8259 leaves open. Numbers are kept as written, whatever they stand
 * for; escapes of lone surrogates are kept as escapes; a byte order mark is passed over. Refused
 * is what is no UTF-8. */
static const struct {
    const char *name;
    bool accepted;
} open_texts[] = {
    {"i_number_double_huge_neg_exp.json", true},
    {"i_number_huge_exp.json", true},
    {"i_number_neg_int_huge_exp.json", true},
    {"i_number_pos_double_huge_exp.json", true},
    {"i_number_real_neg_overflow.json", true},
    {"i_number_real_pos_overflow.json", true},
    {"i_number_real_underflow.json", true},
    {"i_number_too_big_neg_int.json", true},
    {"i_number_too_big_pos_int.json", true},
    {"i_number_very_big_negative_int.json", true},
    {"i_object_key_lone_2nd_surrogate.json", true},
    {"i_string_1st_surrogate_but_2nd_missing.json", true},
    {"i_string_1st_valid_surrogate_2nd_invalid.json", true},
    {"i_string_UTF-16LE_with_BOM.json", false},
    {"i_string_UTF-8_invalid_sequence.json", false},
    {"i_string_UTF8_surrogate_U+D800.json", false},
    {"i_string_incomplete_surrogate_and_escape_valid.json", true},
    {"i_string_incomplete_surrogate_pair.json", true},
    {"i_string_incomplete_surrogates_escape_valid.json", true},
    {"i_string_invalid_lonely_surrogate.json", true},
    {"i_string_invalid_surrogate.json", true},
    {"i_string_invalid_utf-8.json", false},
    {"i_string_inverted_surrogates_U+1D11E.json", true},
    {"i_string_iso_latin_1.json", false},
    {"i_string_lone_second_surrogate.json", true},
    {"i_string_lone_utf8_continuation_byte.json", false},
    {"i_string_not_in_unicode_range.json", false},
    {"i_string_overlong_sequence_2_bytes.json", false},
    {"i_string_overlong_sequence_6_bytes.json", false},
    {"i_string_overlong_sequence_6_bytes_null.json", false},
    {"i_string_truncated-utf-8.json", false},
    {"i_string_utf16BE_no_BOM.json", false},
    {"i_string_utf16LE_no_BOM.json", false},
    {"i_structure_500_nested_arrays.json", true},
    {"i_structure_UTF-8_BOM_empty_object.json", true},
};

/* Those that other readers change: what must come out. NULL: refused. */
static const struct {
    const char *name, *canonical;
} transformed[] = {
    {"number_-9223372036854775808.json", "[-9223372036854775808]"},
    {"number_-9223372036854775809.json", "[-9223372036854775809]"},
    {"number_1.0.json", "[1.0]"},
    {"number_1.000000000000000005.json", "[1.000000000000000005]"},
    {"number_1000000000000000.json", "[1000000000000000]"},
    {"number_10000000000000000999.json", "[10000000000000000999]"},
    {"number_1e-999.json", "[1E-999]"},
    {"number_1e6.json", "[1E6]"},
    {"number_9223372036854775807.json", "[9223372036854775807]"},
    {"number_9223372036854775808.json", "[9223372036854775808]"},
    {"object_key_nfc_nfd.json", "{\"e\xcc\x81\":\"NFD\",\"\xc3\xa9\":\"NFC\"}"},
    {"object_key_nfd_nfc.json", "{\"e\xcc\x81\":\"NFD\",\"\xc3\xa9\":\"NFC\"}"},
    {"object_same_key_different_values.json", NULL},
    {"object_same_key_same_value.json", NULL},
    {"object_same_key_unclear_values.json", NULL},
    {"string_1_escaped_invalid_codepoint.json", "[\"\\ud800\"]"},
    {"string_1_invalid_codepoint.json", NULL},
    {"string_2_escaped_invalid_codepoints.json", "[\"\\ud800\\ud800\"]"},
    {"string_2_invalid_codepoints.json", NULL},
    {"string_3_escaped_invalid_codepoints.json", "[\"\\ud800\\ud800\\ud800\"]"},
    {"string_3_invalid_codepoints.json", NULL},
    {"string_with_escaped_NULL.json", "[\"A\\u0000B\"]"},
};

static const char *suite(void) {
    const char *given = getenv("JSON_TEST_SUITE");
    return given ? given : "../shared/suites/JSONTestSuite";
}

static const struct delta_value *read_suite(struct delta_arena *arena, const char *folder,
                                            const char *name, struct delta_err *err) {
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s/%s", suite(), folder, name);
    return delta_read_file(arena, path, err);
}

static bool is_open_and_accepted(const char *name) {
    for (size_t i = 0; i < sizeof open_texts / sizeof *open_texts; i++)
        if (strcmp(open_texts[i].name, name) == 0)
            return open_texts[i].accepted;
    check_fail(__FILE__, __LINE__, "not decided: %s", name);
    return false;
}

static void json_test_suite(void) {
    char path[1024];
    unsigned met[3] = {0, 0, 0};
    (void)snprintf(path, sizeof path, "%s/test_parsing", suite());
    DIR *folder = opendir(path);
    if (!folder) {
        check_skip("JSONTestSuite is not here: JSON_TEST_SUITE may name its folder");
        return;
    }
    for (const struct dirent *entry; (entry = readdir(folder));) {
        const char *name = entry->d_name;
        if (name[0] == '.')
            continue;
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        bool accepted = read_suite(arena, "test_parsing", name, &err) != NULL;
        bool duplicated = strncmp(name, "y_object_duplicated_key", 23) == 0;
        check_row("%s", name);
        met[name[0] == 'y' ? 0 : name[0] == 'n' ? 1 : 2]++;
        if (name[0] == 'y')
            CHECK_EQ_INT(accepted, !duplicated);
        else if (name[0] == 'n')
            CHECK(!accepted);
        else
            CHECK_EQ_INT(accepted, is_open_and_accepted(name));
        if (duplicated)
            CHECK(strstr(err.text, "duplicate key \"a\"") != NULL);
        if (!accepted)
            CHECK(err.code == DELTA_ERR_SYNTAX || err.code == DELTA_ERR_LIMIT);
        delta_arena_free(arena);
    }
    closedir(folder);
    check_row("how many there are");
    CHECK_EQ_INT(met[0], 95);
    CHECK_EQ_INT(met[1], 188);
    CHECK_EQ_INT(met[2], 35);
}

static void json_test_suite_transformed(void) {
    for (size_t i = 0; i < sizeof transformed / sizeof *transformed; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        struct delta_buf text = {0};
        check_row("%s", transformed[i].name);
        const struct delta_value *value =
            read_suite(arena, "test_transform", transformed[i].name, &err);
        if (!value && err.code == DELTA_ERR_SYSTEM) {
            delta_arena_free(arena);
            check_skip("JSONTestSuite is not here: JSON_TEST_SUITE may name its folder");
            return;
        }
        CHECK((value != NULL) == (transformed[i].canonical != NULL));
        if (value && transformed[i].canonical) {
            writer_canonical(value, &text);
            CHECK_EQ_MEM(text.data, text.length, transformed[i].canonical,
                         strlen(transformed[i].canonical));
        }
        delta_buf_free(&text);
        delta_arena_free(arena);
    }
}

int main(void) {
    RUN(what_is_no_value);
    RUN(containers_that_are_wrong);
    RUN(numbers_that_are_wrong);
    RUN(strings_that_are_wrong);
    RUN(common_mistakes);
    RUN(other_encodings);
    RUN(a_key_twice);
    RUN(a_long_key_twice);
    RUN(keys_that_only_look_alike);
    RUN(one_key_twice_among_many);
    RUN(a_key_twice_around_many);
    RUN(keys_within_and_around);
    RUN(repeated_objects);
    RUN(repeated_too_deep);
    RUN(values_after_others);
    RUN(depth);
    RUN(deep_and_cut);
    RUN(spellings);
    RUN(prefixes);
    RUN(short_texts);
    RUN(cut_texts);
    RUN(json_test_suite);
    RUN(json_test_suite_transformed);
    return check_done();
}
