/* The page of a history: text made harmless, text for terminals read, places counted. */
#include "tests/unit/check.h"

#include "html/change_text.h"
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
        {"lone surrogate", "\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
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

/* ---- changetext ---- */

static const char coloured[] = "\33[32m+ /a  b {x}\33[m \33[2m{id=<1>}\33[m  \33[32m\"n\"\33[m\n"
                               "\33[33m~ /text\33[m\n"
                               "    \33[31m- + /no change\33[m\n"
                               "    \33[2m@@ 3\33[m\n"
                               "\33[36m> /list/2\33[m\33[2m  from \33[m/list/0\n"
                               "1 added, 1 changed, 1 moved\n";

static void changes_are_found_in_coloured_text(void) {
    static const struct {
        bool is_change;
        enum change_mark mark;
        const char *pointer, *html;
    } want[] = {
        {true, CHANGE_ADDED, "/a  b {x}",
         "<b class=\"a\">+ <span class=\"p\">/a  b {x}</span></b> "
         "<span class=\"f\">{id=&lt;1&gt;}</span>  <span class=\"a\">&quot;n&quot;</span>\n"},
        {true, CHANGE_CHANGED, "/text", "<b class=\"c\">~ <span class=\"p\">/text</span></b>\n"},
        {false, 0, "", "    <span class=\"r\">- + /no change</span>\n"},
        {false, 0, "", "    <span class=\"f\">@@ 3</span>\n"},
        {true, CHANGE_MOVED, "/list/2",
         "<b class=\"m\">&gt; <span class=\"p\">/list/2</span></b>"
         "<span class=\"f\">  from </span>/list/0\n"},
    };
    const char *text = coloured, *end = coloured + sizeof coloured - 1;
    struct change_text_line line;
    size_t count = 0;
    while (change_text_next(&text, end, &line)) {
        struct delta_buf html = {0};
        check_row("line %zu", count);
        REQUIRE(count < sizeof want / sizeof *want);
        CHECK_EQ_INT(line.is_change, want[count].is_change);
        if (line.is_change)
            CHECK_EQ_INT(line.mark, want[count].mark);
        CHECK_EQ_MEM(line.pointer, line.pointer_length, want[count].pointer,
                     strlen(want[count].pointer));
        change_text_html(&html, &line, 1000);
        check_html(&html, want[count].html);
        delta_buf_free(&html);
        count++;
    }
    CHECK_EQ_INT(count, sizeof want / sizeof *want);
}

/* Of text that is cut anywhere, or has no colour at all, nothing is read past the end. */
static void other_text_is_survived(void) {
    for (size_t length = 0; length < sizeof coloured; length++) {
        char *copy = malloc(length ? length : 1);
        REQUIRE(copy);
        memcpy(copy, coloured, length);
        const char *text = copy;
        struct change_text_line line;
        struct delta_buf html = {0};
        while (change_text_next(&text, copy + length, &line))
            change_text_html(&html, &line, 4);
        CHECK(!html.failed);
        CHECK(!memchr(html.data ? html.data : "", '\33', html.length));
        delta_buf_free(&html);
        free(copy);
    }
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
    CHECK_EQ_STR(paths.places[0].pointer, "/a");
    CHECK_EQ_INT(paths.places[0].revisions, 2);
    CHECK_EQ_STR(paths.places[1].pointer, "/b/*");
    CHECK_EQ_INT(paths.places[1].revisions, 1);
    CHECK_EQ_INT(paths.places[1].changes, 3);
    CHECK_EQ_STR(paths.places[2].pointer, "/");
    CHECK_EQ_STR(paths.places[3].pointer, "/1.0.0/x");
    CHECK_EQ_STR(paths.places[4].pointer, "/b1");
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
    CHECK(paths.places[0].cut);
    CHECK(paths.places[0].length < PATH_COUNT_LENGTH && paths.places[0].length % 2 == 1);
    CHECK_EQ_MEM(paths.places[0].pointer, paths.places[0].length, pointer, paths.places[0].length);
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
    CHECK_EQ_STR(paths.places[0].pointer, "/k17");
    path_count_free(&paths);
}

int main(void) {
    RUN(text_is_escaped);
    RUN(long_text_is_cut_between_characters);
    RUN(changes_are_found_in_coloured_text);
    RUN(other_text_is_survived);
    RUN(places_are_ranked_by_revisions);
    RUN(long_places_are_cut_between_characters);
    RUN(memory_for_places_is_bounded);
    return check_done();
}
