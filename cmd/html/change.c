#include "html/change.h"

#include "html/html.h"

#include <string.h>

enum { KEPT = 16 }; /* bytes shown of what two long values both begin with */

const struct change_look change_looks[CHANGE_KINDS] = {
    [DELTA_CHANGE_ADD] = {"+", 'a', "added"},
    [DELTA_CHANGE_REMOVE] = {"-", 'r', "removed"},
    [DELTA_CHANGE_REPLACE] = {"~", 'c', "changed"},
    [DELTA_CHANGE_MOVE] = {"&gt;", 'm', "moved"},
};

const enum delta_change_kind change_order[CHANGE_KINDS] = {DELTA_CHANGE_ADD, DELTA_CHANGE_REPLACE,
                                                           DELTA_CHANGE_REMOVE, DELTA_CHANGE_MOVE};

struct writing {
    struct delta_buf *html;
    size_t most, most_lines;
    size_t *lines;
};

/* The places of `count` elements from that one on: /list/3..5. */
static void write_place(struct writing *w, const char *pointer, size_t length, uint32_t count) {
    if (length == 0)
        html_markup(w->html, "(root)");
    html_text_cut(w->html, pointer, length, w->most);
    if (count == 1)
        return;
    uint64_t index = 0;
    for (const char *digit = (const char *)memrchr(pointer, '/', length) + 1;
         digit < pointer + length; digit++)
        index = index * 10 + (uint64_t)(*digit - '0');
    delta_buf_printf(w->html, "..%llu", (unsigned long long)(index + count - 1));
}

static void write_head(struct writing *w, const struct delta_change *change) {
    const struct change_look *look = &change_looks[change->kind];
    delta_buf_printf(w->html, "<b class=\"%c\">%s <span class=\"p\">", look->class, look->mark);
    write_place(w, change->pointer, change->pointer_length, change->count);
    html_markup(w->html, "</span></b>");
    if (change->label_length == 0)
        return;
    html_markup(w->html, " <span class=\"f\">{");
    html_text_cut(w->html, change->label, change->label_length, w->most);
    html_markup(w->html, "}</span>");
}

static void write_bytes(struct writing *w, char class, const char *text, size_t length) {
    delta_buf_printf(w->html, "<span class=\"%c\">", class);
    html_text_cut(w->html, text, length, w->most);
    html_markup(w->html, "</span>");
}

/* Bytes that both begin with, but for the last KEPT: whole characters. */
static size_t common_start(const struct delta_buf *one, const struct delta_buf *other) {
    size_t same = 0;
    while (same < one->length && same < other->length && one->data[same] == other->data[same])
        same++;
    same = same > KEPT ? same - KEPT : 0;
    while (same && ((unsigned char)one->data[same] & 0xc0) == 0x80)
        same--;
    return same;
}

static int write_values(struct writing *w, const struct delta_value *old_value,
                        const struct delta_value *new_value, struct delta_err *err) {
    struct delta_buf old_text = {0}, new_text = {0};
    int status = 0;
    if (old_value)
        status = delta_write(old_value, DELTA_COMPACT, 0, &old_text, err);
    if (new_value && status == 0)
        status = delta_write(new_value, DELTA_COMPACT, 0, &new_text, err);
    if (status == 0) {
        bool is_long = old_text.length > w->most || new_text.length > w->most;
        size_t skip = is_long && old_value && new_value ? common_start(&old_text, &new_text) : 0;
        html_markup(w->html, "  ");
        if (old_value)
            write_bytes(w, 'r', old_text.data + skip, old_text.length - skip);
        if (old_value && new_value)
            html_markup(w->html, " -&gt; ");
        if (new_value)
            write_bytes(w, 'a', new_text.data + skip, new_text.length - skip);
        if (skip)
            delta_buf_printf(w->html, " <i>\xe2\x80\xa6 both after %zu equal bytes</i>", skip);
    }
    delta_buf_free(&old_text);
    delta_buf_free(&new_text);
    return status;
}

static int write_line(void *context, const struct delta_line *line, struct delta_err *err) {
    static const char classes[] = {[DELTA_LINE_REMOVED] = 'r', [DELTA_LINE_ADDED] = 'a'};
    struct writing *w = context;
    (void)err;
    if ((*w->lines)++ >= w->most_lines)
        return 0;
    if (line->after_gap)
        delta_buf_printf(w->html, "    <span class=\"f\">@@ %llu</span>\n",
                         (unsigned long long)line->number);
    html_markup(w->html, "    ");
    if (line->kind != DELTA_LINE_SAME)
        delta_buf_printf(w->html, "<span class=\"%c\">", classes[line->kind]);
    html_markup(w->html, line->kind == DELTA_LINE_REMOVED ? "- "
                         : line->kind == DELTA_LINE_ADDED ? "+ "
                                                          : "  ");
    html_text_cut(w->html, line->text, line->length, w->most);
    if (line->kind != DELTA_LINE_SAME)
        html_markup(w->html, "</span>");
    html_markup(w->html, "\n");
    return 0;
}

/* Whether a string is read better line by line: there is more than one. */
static bool has_lines(const struct delta_value *value) {
    size_t length;
    if (!value || delta_value_type(value) != DELTA_STRING)
        return false;
    const char *text = delta_value_text(value, &length);
    const char *feed = memchr(text, '\n', length);
    return feed && feed + 1 < text + length;
}

static bool goes_by_lines(const struct delta_change *change) {
    const struct delta_value *old_value = change->old_value, *new_value = change->new_value;
    return change->kind == DELTA_CHANGE_REPLACE && old_value && new_value &&
           delta_value_type(old_value) == DELTA_STRING &&
           delta_value_type(new_value) == DELTA_STRING &&
           (has_lines(old_value) || has_lines(new_value));
}

int change_write(const struct delta_change *change, size_t most, size_t most_lines, size_t *lines,
                 struct delta_buf *html, struct delta_err *err) {
    struct writing w = {.html = html, .most = most, .most_lines = most_lines, .lines = lines};
    int status = 0;
    bool by_lines = goes_by_lines(change);
    if ((*lines)++ < most_lines) {
        write_head(&w, change);
        if (change->kind == DELTA_CHANGE_MOVE) {
            html_markup(html, "<span class=\"f\">  from </span>");
            write_place(&w, change->old_pointer, change->old_pointer_length, change->count);
        } else if (!by_lines) {
            status = write_values(&w, change->old_value, change->new_value, err);
        }
        html_markup(html, "\n");
    }
    if (status == 0 && by_lines)
        status = delta_lines_visit(change->old_value, change->new_value, write_line, &w, err);
    return status;
}
