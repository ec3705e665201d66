/* The text that tells what changed, as the library writes it for terminals in colour, read line by
 * line and turned into HTML. Its escape sequences say where a pointer ends: in what it shows of a
 * state there are none. Private to delta-chain. */
#ifndef HTML_CHANGE_TEXT_H
#define HTML_CHANGE_TEXT_H

#include "delta.h"

enum change_mark { CHANGE_ADDED, CHANGE_CHANGED, CHANGE_REMOVED, CHANGE_MOVED, CHANGE_MARKS };

/* How a kind of change is written, in the text and in HTML's classes, and called. */
struct change_look {
    char mark;
    char class; /* class="a" */
    const char *name;
};
extern const struct change_look change_looks[CHANGE_MARKS];

/* A line, in the text. */
struct change_text_line {
    const char *text; /* without its newline */
    size_t length;
    bool is_change; /* it begins a change: then these are set too */
    enum change_mark mark;
    const char *pointer;
    size_t pointer_length;
};

/* Takes the next line off `*text`; false at the end. The line that counts is passed over. */
bool change_text_next(const char **text, const char *end, struct change_text_line *line);

/* Appends it as HTML with its newline. A run of one colour is cut past `most` bytes. */
void change_text_html(struct delta_buf *html, const struct change_text_line *line, size_t most);

#endif
