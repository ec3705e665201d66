#include "html/html.h"

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

/* The character at `text`, and in `*size` its bytes; -1 and 1 where there is none (RFC 3629). */
static int32_t character(const unsigned char *text, size_t length, size_t *size) {
    static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned first = text[0];
    size_t need = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    *size = 1;
    if (need == 1)
        return (int32_t)first;
    if (need == 0 || first > 0xf4 || need > length)
        return -1;
    int32_t code = (int32_t)(first & (0x7fu >> need));
    for (size_t i = 1; i < need; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return -1;
        code = (code << 6) | (text[i] & 0x3f);
    }
    if (code < least[need] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return -1;
    *size = need;
    return code;
}

/* Controls, separators of lines, marks of direction and of nothing: a page must show them, and must
 * not be steered by them. */
static bool is_hidden(int32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code >= 0xfff9 && code <= 0xfffb) || (code & 0xfffe) == 0xfffe;
}

static void put_hidden(struct delta_buf *html, int32_t code) {
    if (code == '\n')
        html_markup(html, "\\n");
    else if (code == '\t')
        html_markup(html, "\\t");
    else if (code == '\r')
        html_markup(html, "\\r");
    else if (code < 0x10000)
        html_printf(html, "\\u%04x", (unsigned)code);
    else /* a noncharacter past the first plane: as JSON would, by its surrogates */
        html_printf(html, "\\u%04x\\u%04x", 0xd7c0u + ((unsigned)code >> 10),
                    0xdc00u + ((unsigned)code & 0x3ff));
}

/* What stands for a character of markup; NULL for any other. */
static const char *reference(int32_t code) {
    switch (code) {
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
    for (size_t at = 0, size; at < length; at += size) {
        int32_t code = character((const unsigned char *)text + at, length - at, &size);
        const char *instead = code < 0 ? "\xef\xbf\xbd" : reference(code);
        if (instead)
            html_markup(html, instead);
        else if (is_hidden(code))
            put_hidden(html, code);
        else
            put(html, text + at, size);
    }
}

void html_text_cut(struct delta_buf *html, const char *text, size_t length, size_t most) {
    if (length <= most) {
        html_text(html, text, length);
        return;
    }
    while (most && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    html_text(html, text, most);
    html_printf(html, "<i>\xe2\x80\xa6 %zu bytes more</i>", length - most);
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
