#include "report/html_report.h"

#include "html/change.h"
#include "html/html.h"
#include "html/page_parts.h"

#include <string.h>

enum { MOST_VALUE = 4096 }; /* bytes of a value */

void html_report_begin(const char *totals, size_t length, struct delta_buf *out) {
    delta_buf_printf(out,
                     "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                     "style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'\">\n",
                     page_style_hash, report_script_hash);
    html_markup(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"referrer\" content=\"no-referrer\">\n"
                     "<meta name=\"generator\" content=\"delta-diff " DELTA_VERSION "\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<title>delta-diff</title>\n<style>");
    html_markup(out, page_style);
    html_markup(out, "</style>\n</head>\n<body>\n<header>\n<h1>delta-diff</h1>\n<p>");
    html_text(out, totals, length);
    html_markup(out, "</p>\n</header>\n<main>\n"
                     "<div id=\"controls\" hidden>"
                     "<input id=\"filter\" type=\"search\" placeholder=\"place or text\" "
                     "aria-label=\"Show changes at this place, or with this text\" "
                     "autocomplete=\"off\" spellcheck=\"false\"> "
                     "<button id=\"open\" type=\"button\">Open all</button> "
                     "<button id=\"close\" type=\"button\">Close all</button> "
                     "<output id=\"found\"></output></div>\n"
                     "<p id=\"keys\" class=\"f\" hidden></p>\n<div id=\"revisions\">\n");
}

static void put_value(const struct delta_value *value, char class, struct delta_buf *out) {
    struct delta_buf json = {0};
    delta_buf_printf(out, "<td class=\"%c\">", class);
    if (value) {
        out->failed |= delta_write(value, DELTA_COMPACT, 0, &json, NULL) < 0;
        html_text_cut(out, json.data, json.length, MOST_VALUE);
    }
    html_markup(out, "</td>");
    delta_buf_free(&json);
}

static void put_row(const struct change_row *row, struct delta_buf *out) {
    const struct change_look *look = &change_looks[row->kind];
    delta_buf_printf(out, "<tr><td><b class=\"%c\">%s</b> <span class=\"p\">", look->class,
                     look->mark);
    if (row->path.length)
        html_text_cut(out, row->path.bytes, row->path.length, MOST_VALUE);
    else
        html_markup(out, "(root)");
    html_markup(out, "</span>");
    if (row->label.length) {
        html_markup(out, " <span class=\"f\">{");
        html_text_cut(out, row->label.bytes, row->label.length, MOST_VALUE);
        html_markup(out, "}</span>");
    }
    html_markup(out, "</td>");
    if (row->kind == DELTA_CHANGE_MOVE) {
        html_markup(out, "<td class=\"f\">from ");
        html_text_cut(out, row->from.bytes, row->from.length, MOST_VALUE);
        html_markup(out, "</td><td></td>");
    } else {
        put_value(row->old_value, 'r', out);
        put_value(row->new_value, 'a', out);
    }
    html_markup(out, "</tr>\n");
}

static void put_note(const struct file_report *file, struct delta_buf *out) {
    if (file->outcome == FILE_ADDED)
        html_markup(out, "added");
    else if (file->outcome == FILE_REMOVED)
        html_markup(out, "removed");
    else if (file->outcome == FILE_UNREADABLE)
        file_report_put_error(file, out);
}

void html_report_file(const struct file_report *file, struct delta_buf *out) {
    const char *name = file_report_name(file);
    const struct change_list *changes = file->changes;
    html_markup(out, "<details open>\n<summary><span class=\"n\">");
    html_text(out, name, strlen(name));
    html_markup(out, "</span> <span class=\"counts\">");
    for (int i = 0; changes && i < CHANGE_KINDS; i++) {
        enum delta_change_kind kind = change_order[i];
        const struct change_look *look = &change_looks[kind];
        if (changes->counts[kind])
            delta_buf_printf(out, "<span class=\"%c\" title=\"%s\">%s%llu</span> ", look->class,
                             look->name, look->mark, (unsigned long long)changes->counts[kind]);
    }
    html_markup(out, "</span> <span class=\"note\">");
    put_note(file, out);
    html_markup(out, "</span></summary>\n");
    if (changes && changes->count) {
        html_markup(out, "<div class=\"body\"><table class=\"sides\">\n<thead><tr><th>place</th>"
                         "<th>old</th><th>new</th></tr></thead>\n<tbody>\n");
        for (size_t i = 0; i < changes->count; i++)
            put_row(&changes->rows[i], out);
        html_markup(out, "</tbody>\n</table></div>\n");
    }
    html_markup(out, "</details>\n");
}

void html_report_end(struct delta_buf *out) {
    html_markup(out, "</div>\n</main>\n<script>");
    html_markup(out, report_script);
    html_markup(out, "</script>\n</body>\n</html>\n");
}
