/* The page of a history: text made harmless, text for terminals read, places counted. */
#include "tests/unit/check.h"

#include "html/change.h"
#include "html/html.h"
#include "html/path_count.h"

/* ---- html ---- */

static void check_html(const struct delta_buf *html, const char *want) {
    CHECK(!html->failed);
    CHECK_EQ_MEM(html->data, html->length, want, strlen(want));
}

static void text_is_escaped(void) {
    static const struct {
        const char *name, *text;
        size_t length;
        const char *want;
    } rows[] = {
        {"nothing", "", 0, ""},
        {"plain", "a \xc3\xa9 \xf0\x9f\x98\x80", 9, "a \xc3\xa9 \xf0\x9f\x98\x80"},
        {"markup", "</script>&\"'", 12, "&lt;/script&gt;&amp;&quot;&#39;"},
        {"controls", "a\0b\x1b\n\t\r\x7f", 8, "a\\u0000b\\u001b\\n\\t\\r\\u007f"},
        {"C1 control", "\xc2\x9b", 2, "\\u009b"},
        {"line separators", "\xe2\x80\xa8\xe2\x80\xa9", 6, "\\u2028\\u2029"},
        {"direction", "\xe2\x80\xae\xe2\x81\xa6", 6, "\\u202e\\u2066"},
        {"byte order mark", "\xef\xbb\xbf", 3, "\\ufeff"},
        {"noncharacters", "\xef\xbf\xbf\xf4\x8f\xbf\xbf", 7, "\\uffff\\udbff\\udfff"},
        {"lone surrogate", "\xed\xa0\x80", 3, "\\ud800"},
        {"half a surrogate", "\xed\xa0<", 3, "\xef\xbf\xbd\xef\xbf\xbd&lt;"},
        {"overlong <", "\xc0\xbc", 2, "\xef\xbf\xbd\xef\xbf\xbd"},
        {"cut character before <", "\xe2\x80<", 3, "\xef\xbf\xbd\xef\xbf\xbd&lt;"},
        {"cut at the end", "\xf0\x9f\x98", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"past U+10FFFF", "\xf4\x90\x80\x80", 4,
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_buf html = {0};
        check_row("%s", rows[i].name);
        html_text(&html, rows[i].text, rows[i].length);
        check_html(&html, rows[i].want);
        delta_buf_free(&html);
    }
}

static void long_text_is_cut_between_characters(void) {
    struct delta_buf html = {0};
    html_text_cut(&html, "abc\xc3\xa9\xc3\xa9", 7, 7);
    check_html(&html, "abc\xc3\xa9\xc3\xa9");
    html.length = 0;
    html_text_cut(&html, "abc\xc3\xa9\xc3\xa9", 7, 4);
    check_html(&html, "abc<i>\xe2\x80\xa6 4 bytes more</i>");
    delta_buf_free(&html);
}

/* ---- changes ---- */

struct shown {
    struct delta_buf html;
    size_t most, most_lines, lines;
};

static int show_change(void *context, const struct delta_change *change, struct delta_err *err) {
    struct shown *shown = context;
    return change_write(change, shown->most, shown->most_lines, &shown->lines, &shown->html, err);
}

/* The changes between two states as HTML. */
static struct shown show(const char *old_text, const char *new_text, size_t most,
                         size_t most_lines) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct shown shown = {.most = most, .most_lines = most_lines};
    const struct delta_diff_options options = {.strategy = DELTA_DICT, .elementwise = true};
    const struct delta_value *old_state = delta_read(arena, old_text, strlen(old_text), NULL, &err);
    const struct delta_value *new_state = delta_read(arena, new_text, strlen(new_text), NULL, &err);
    const struct delta_record *record = delta_diff(arena, old_state, new_state, &options, &err);
    CHECK(record && delta_changes_visit(record, old_state, NULL, show_change, &shown, &err) == 0);
    CHECK_EQ_STR(err.text, "");
    delta_arena_free(arena);
    return shown;
}

static void changes_become_html(void) {
    static const struct {
        const char *old_text, *new_text, *html;
    } rows[] = {
        {"{}", "{\"<a>\":\"&\"}",
         "<b class=\"a\">+ <span class=\"p\">/&lt;a&gt;</span></b>  "
         "<span class=\"a\">&quot;&amp;&quot;</span>\n"},
        {"[1,2]", "[2]",
         "<b class=\"r\">- <span class=\"p\">/0</span></b>  <span class=\"r\">1</span>\n"},
        {"{\"l\":[{\"id\":\"<x>\",\"v\":1}]}", "{\"l\":[{\"id\":\"<x>\",\"v\":2}]}",
         "<b class=\"c\">~ <span class=\"p\">/l/0/v</span></b> "
         "<span class=\"f\">{id=&lt;x&gt;}</span>  "
         "<span class=\"r\">1</span> -&gt; <span class=\"a\">2</span>\n"},
        {"[1,2,3,4,5,6,7,8]", "[4,5,6,7,8,1,2,3]",
         "<b class=\"m\">&gt; <span class=\"p\">/5..7</span></b>"
         "<span class=\"f\">  from </span>/0..2\n"},
        {"1", "[]",
         "<b class=\"c\">~ <span class=\"p\">(root)</span></b>  "
         "<span class=\"r\">1</span> -&gt; <span class=\"a\">[]</span>\n"},
        {"\"a\\nb\\nc\\nd\\n<e>\\n\"", "\"a\\nb\\nc\\nd\\n<f>\\n\"",
         "<b class=\"c\">~ <span class=\"p\">(root)</span></b>\n"
         "    <span class=\"f\">@@ 3</span>\n"
         "      c\n      d\n    <span class=\"r\">- &lt;e&gt;</span>\n"
         "    <span class=\"a\">+ &lt;f&gt;</span>\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shown shown = show(rows[i].old_text, rows[i].new_text, 1000, 100);
        check_row("%s", rows[i].new_text);
        check_html(&shown.html, rows[i].html);
        delta_buf_free(&shown.html);
    }
}

static void long_values_show_where_they_differ(void) {
    struct shown shown = show("\"0123456789abcdefghijklmnopqrstuvwxyz\"",
                              "\"0123456789abcdefghijklmnopqrstuvwxyZ\"", 20, 100);
    check_html(&shown.html, "<b class=\"c\">~ <span class=\"p\">(root)</span></b>  "
                            "<span class=\"r\">jklmnopqrstuvwxyz&quot;</span> -&gt; "
                            "<span class=\"a\">jklmnopqrstuvwxyZ&quot;</span>"
                            " <i>\xe2\x80\xa6 both after 20 equal bytes</i>\n");
    delta_buf_free(&shown.html);
}

static void lines_past_the_most_are_counted(void) {
    struct shown all = show("\"a\\nb\\nc\"", "\"x\\ny\\nz\"", 1000, 100);
    struct shown few = show("\"a\\nb\\nc\"", "\"x\\ny\\nz\"", 1000, 3);
    CHECK_EQ_INT(all.lines, 7);
    CHECK_EQ_INT(few.lines, 7);
    CHECK(few.html.length < all.html.length &&
          memcmp(few.html.data, all.html.data, few.html.length) == 0);
    delta_buf_free(&all.html);
    delta_buf_free(&few.html);
}

/* ---- pathcount ---- */

static void add(struct path_count *paths, uint32_t revision, const char *pointer) {
    CHECK_EQ_INT(path_count_add(paths, revision, pointer, strlen(pointer)), 0);
}

static void places_are_ranked_by_revisions(void) {
    struct path_count paths = {0};
    add(&paths, 1, "/b/7");
    add(&paths, 1, "/b/12");
    add(&paths, 1, "/b/3..5");
    add(&paths, 1, "/a");
    add(&paths, 2, "/a");
    add(&paths, 3, "/1.0.0/x");
    add(&paths, 3, "/b1");
    add(&paths, 3, "/");
    path_count_rank(&paths);
    REQUIRE(paths.count == 5);
    CHECK_EQ_STR(paths.places[0]->pointer, "/a");
    CHECK_EQ_INT(paths.places[0]->revisions, 2);
    CHECK_EQ_STR(paths.places[1]->pointer, "/b/*");
    CHECK_EQ_INT(paths.places[1]->revisions, 1);
    CHECK_EQ_INT(paths.places[1]->changes, 3);
    CHECK_EQ_STR(paths.places[2]->pointer, "/");
    CHECK_EQ_STR(paths.places[3]->pointer, "/1.0.0/x");
    CHECK_EQ_STR(paths.places[4]->pointer, "/b1");
    path_count_free(&paths);
}

static void long_places_are_cut_between_characters(void) {
    char pointer[1 + 2 * PATH_COUNT_LENGTH];
    struct path_count paths = {0};
    pointer[0] = '/';
    for (size_t i = 0; i < PATH_COUNT_LENGTH; i++)
        memcpy(pointer + 1 + 2 * i, "\xc3\xa9", 2);
    CHECK_EQ_INT(path_count_add(&paths, 0, pointer, sizeof pointer), 0);
    REQUIRE(paths.count == 1);
    CHECK(paths.places[0]->cut);
    CHECK(paths.places[0]->length < PATH_COUNT_LENGTH && paths.places[0]->length % 2 == 1);
    CHECK_EQ_MEM(paths.places[0]->pointer, paths.places[0]->length, pointer,
                 paths.places[0]->length);
    path_count_free(&paths);
}

static void memory_for_places_is_bounded(void) {
    struct path_count paths = {0};
    char pointer[32];
    for (uint32_t i = 0; i < PATH_COUNT_MOST + 100u; i++) {
        (void)snprintf(pointer, sizeof pointer, "/k%" PRIu32, i);
        add(&paths, i, pointer);
    }
    CHECK_EQ_INT(paths.count, PATH_COUNT_MOST);
    CHECK(paths.full);
    add(&paths, PATH_COUNT_MOST + 100, "/k17");
    path_count_rank(&paths);
    CHECK_EQ_STR(paths.places[0]->pointer, "/k17");
    path_count_free(&paths);
}

int main(void) {
    RUN(text_is_escaped);
    RUN(long_text_is_cut_between_characters);
    RUN(changes_become_html);
    RUN(long_values_show_where_they_differ);
    RUN(lines_past_the_most_are_counted);
    RUN(places_are_ranked_by_revisions);
    RUN(long_places_are_cut_between_characters);
    RUN(memory_for_places_is_bounded);
    return check_done();
}
