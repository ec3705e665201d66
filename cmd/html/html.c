#include "html/html.h"

#include "cli/output.h"

#include <inttypes.h>
#include <string.h>

void html_markup(struct delta_buf *html, const char *markup) {
    delta_buf_put(html, markup, strlen(markup));
}

void html_append(struct delta_buf *html, const struct delta_buf *more) {
    delta_buf_put(html, more->data, more->length);
    html->failed |= more->failed;
}

/* ---- Text ---- */

/* The escape of a character of markup; NULL for any other. */
static const char *reference(char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_text(struct delta_buf *html, const char *text, size_t length) {
    struct delta_buf visible = {0};
    delta_visible_write(text, length, &visible);
    size_t start = 0;
    for (size_t i = 0; i < visible.length; i++) {
        const char *instead = reference(visible.data[i]);
        if (!instead)
            continue;
        delta_buf_put(html, visible.data + start, i - start);
        html_markup(html, instead);
        start = i + 1;
    }
    if (visible.length > start)
        delta_buf_put(html, visible.data + start, visible.length - start);
    html->failed |= visible.failed;
    delta_buf_free(&visible);
}

void html_text_cut(struct delta_buf *html, const char *text, size_t length, size_t most) {
    size_t shown = cli_whole_characters(text, length, most);
    html_text(html, text, shown);
    if (shown < length)
        delta_buf_printf(html, "<i>\xe2\x80\xa6 %zu bytes more</i>", length - shown);
}

/* ---- Times and numbers ---- */

void html_time_text(struct delta_buf *html, const char *time) {
    size_t day = strcspn(time, "T"), all = strcspn(time, "Z");
    if (day < all)
        delta_buf_printf(html, "%.*s %.*s UTC", (int)day, time, (int)(all - day - 1),
                         time + day + 1);
}

void html_time(struct delta_buf *html, const char *time) {
    delta_buf_printf(html, "<time datetime=\"%s\">", time);
    html_time_text(html, time);
    html_markup(html, "</time>");
}

void html_count(struct delta_buf *html, uint64_t count, const char *noun) {
    delta_buf_printf(html, "%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
}
