#include "html/html.h"

#include "cli/output.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Bytes ---- */

static bool reserve(struct delta_buf *html, size_t more) {
    if (html->failed)
        return false;
    if (html->capacity - html->length >= more)
        return true;
    size_t capacity = html->capacity ? html->capacity : 4096;
    while (capacity - html->length < more && capacity <= SIZE_MAX / 2)
        capacity *= 2;
    char *data = capacity - html->length < more ? NULL : realloc(html->data, capacity);
    if (!data) {
        html->failed = true;
        return false;
    }
    html->data = data;
    html->capacity = capacity;
    return true;
}

static void put(struct delta_buf *html, const void *bytes, size_t length) {
    if (!length || !reserve(html, length))
        return;
    memcpy(html->data + html->length, bytes, length);
    html->length += length;
}

void html_markup(struct delta_buf *html, const char *markup) {
    put(html, markup, strlen(markup));
}

void html_append(struct delta_buf *html, const struct delta_buf *more) {
    put(html, more->data, more->length);
    html->failed |= more->failed;
}

void html_printf(struct delta_buf *html, const char *format, ...) {
    char small[512];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (length >= 0 && (size_t)length < sizeof small) {
        put(html, small, (size_t)length);
        return;
    }
    if (length < 0 || !reserve(html, (size_t)length + 1)) {
        html->failed = true;
        return;
    }
    va_start(args, format);
    (void)vsnprintf(html->data + html->length, (size_t)length + 1, format, args);
    va_end(args);
    html->length += (size_t)length;
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
        put(html, visible.data + start, i - start);
        html_markup(html, instead);
        start = i + 1;
    }
    if (visible.length > start)
        put(html, visible.data + start, visible.length - start);
    html->failed |= visible.failed;
    delta_buf_free(&visible);
}

void html_text_cut(struct delta_buf *html, const char *text, size_t length, size_t most) {
    size_t shown = cli_whole_characters(text, length, most);
    html_text(html, text, shown);
    if (shown < length)
        html_printf(html, "<i>\xe2\x80\xa6 %zu bytes more</i>", length - shown);
}

/* ---- Times and numbers ---- */

void html_time_text(struct delta_buf *html, const char *time) {
    size_t day = strcspn(time, "T"), all = strcspn(time, "Z");
    if (day < all)
        html_printf(html, "%.*s %.*s UTC", (int)day, time, (int)(all - day - 1), time + day + 1);
}

void html_time(struct delta_buf *html, const char *time) {
    html_printf(html, "<time datetime=\"%s\">", time);
    html_time_text(html, time);
    html_markup(html, "</time>");
}

void html_count(struct delta_buf *html, uint64_t count, const char *noun) {
    html_printf(html, "%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
}
