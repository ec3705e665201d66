#include "html/change_text.h"

#include "html/html.h"

#include <string.h>

#define ESCAPE '\33'

const struct change_look change_looks[CHANGE_MARKS] = {
    [CHANGE_ADDED] = {'+', 'a', "added"},
    [CHANGE_CHANGED] = {'~', 'c', "changed"},
    [CHANGE_REMOVED] = {'-', 'r', "removed"},
    [CHANGE_MOVED] = {'>', 'm', "moved"},
};

/* A stretch of one colour. */
struct run {
    int color; /* of SGR: 31 red, 32 green, 33 yellow, 36 cyan, 2 faint; 0: none */
    const char *text;
    size_t length;
};

/* Takes the next stretch off `*text`; false at the end. */
static bool next_run(const char **text, const char *end, struct run *run) {
    const char *at = *text;
    run->color = 0;
    while (at < end && *at == ESCAPE) {
        run->color = 0;
        for (at++; at < end && *at != 'm'; at++)
            if (*at >= '0' && *at <= '9')
                run->color = (run->color * 10 + (*at - '0')) % 100;
        at += at < end;
    }
    if (at >= end)
        return false;
    const char *stop = memchr(at, ESCAPE, (size_t)(end - at));
    *text = stop ? stop : end;
    run->text = at;
    run->length = (size_t)(*text - at);
    return true;
}

/* "+ /pointer", coloured, at the start of a line. */
static bool is_head(const char *text, const char *end, struct run *run, enum change_mark *mark) {
    if (text == end || *text != ESCAPE || !next_run(&text, end, run) || run->length < 2 ||
        run->text[1] != ' ')
        return false;
    for (int i = 0; i < CHANGE_MARKS; i++)
        if (change_looks[i].mark == run->text[0]) {
            *mark = (enum change_mark)i;
            return true;
        }
    return false;
}

bool change_text_next(const char **text, const char *end, struct change_text_line *line) {
    while (*text < end) {
        struct run head;
        const char *newline = memchr(*text, '\n', (size_t)(end - *text));
        const char *stop = newline ? newline : end;
        *line = (struct change_text_line){.text = *text, .length = (size_t)(stop - *text)};
        *text = newline ? newline + 1 : end;
        line->is_change = is_head(line->text, stop, &head, &line->mark);
        if (line->is_change) {
            line->pointer = head.text + 2;
            line->pointer_length = head.length - 2;
        }
        if (line->is_change || (line->length && line->text[0] == ' '))
            return true;
    }
    return false;
}

static char class_of(int color) {
    switch (color) {
    case 31:
        return 'r';
    case 32:
        return 'a';
    case 33:
        return 'c';
    case 36:
        return 'm';
    case 2:
        return 'f';
    default:
        return 0;
    }
}

void change_text_html(struct delta_buf *html, const struct change_text_line *line, size_t most) {
    const char *text = line->text, *end = line->text + line->length;
    struct run run;
    if (line->is_change) {
        const struct change_look *look = &change_looks[line->mark];
        html_printf(html, "<b class=\"%c\">%s ", look->class,
                    look->mark == '>' ? "&gt;" : (char[2]){look->mark, 0});
        html_markup(html, "<span class=\"p\">");
        html_text_cut(html, line->pointer, line->pointer_length, most);
        html_markup(html, "</span></b>");
        text = line->pointer + line->pointer_length;
    }
    while (next_run(&text, end, &run)) {
        char class = class_of(run.color);
        if (class)
            html_printf(html, "<span class=\"%c\">", class);
        html_text_cut(html, run.text, run.length, most);
        if (class)
            html_markup(html, "</span>");
    }
    html_markup(html, "\n");
}
