/* For a step summary or a comment: the totals, then each file, folded. */
#include "report/markdown_report.h"

#include "cli/cli.h"
#include "html/html.h"

#include <string.h>

enum {
    MOST_MARKDOWN = 60 * 1024, /* bytes; a comment may have 65,536 characters */
    MOST_FILE_TEXT = 8 * 1024, /* bytes of one file's changes */
};

/* Backticks in a row in the text, at most; the fence around it has one more. */
static size_t longest_fence(const struct delta_buf *text) {
    size_t longest = 2, run = 0;
    for (size_t i = 0; i < text->length; i++) {
        run = text->data[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void put_fence(struct delta_buf *out, size_t length) {
    for (size_t i = 0; i <= length; i++)
        html_markup(out, "`");
}

/* Lines of a diff block whose first column is `~` or `>` get the `!` that GitHub colours. */
static void put_block(struct delta_buf *out, const struct delta_buf *text) {
    size_t fence = longest_fence(text), shown = file_report_whole_lines(text, MOST_FILE_TEXT);
    put_fence(out, fence);
    html_markup(out, "diff\n");
    for (size_t start = 0; start < shown;) {
        const char *newline = memchr(text->data + start, '\n', shown - start);
        size_t end = newline ? (size_t)(newline - text->data) + 1 : shown;
        bool marked = text->data[start] == '~' || text->data[start] == '>';
        if (marked)
            html_markup(out, "!");
        delta_buf_put(out, text->data + start + marked, end - start - marked);
        start = end;
    }
    if (shown < text->length)
        html_markup(out, "…\n");
    put_fence(out, fence);
    html_markup(out, "\n");
}

static void put_markdown_file(struct delta_buf *out, const struct file_report *file) {
    const char *name = file_report_name(file);
    html_markup(out, "\n<details><summary><code>");
    html_text(out, name, strlen(name));
    html_markup(out, "</code> ");
    switch (file->outcome) {
    case FILE_ADDED:
        html_markup(out, "added</summary></details>\n");
        return;
    case FILE_REMOVED:
        html_markup(out, "removed</summary></details>\n");
        return;
    case FILE_UNREADABLE:
        html_markup(out, "<b>unreadable</b>: ");
        file_report_put_error(file, out);
        html_markup(out, "</summary></details>\n");
        return;
    default:
        change_list_put_counts(file->changes->counts, out);
        html_markup(out, "</summary>\n\n");
        put_block(out, file->text);
        html_markup(out, "\n</details>\n");
    }
}

int markdown_report_add(struct file_reports *reports, const struct file_report *file) {
    struct delta_buf part = {0};
    put_markdown_file(&part, file);
    if (reports->body.length + part.length <= MOST_MARKDOWN)
        delta_buf_put(&reports->body, part.data, part.length);
    else
        reports->files_left_out++;
    reports->body.failed |= part.failed;
    delta_buf_free(&part);
    return 0;
}

int markdown_report_end(struct file_reports *reports) {
    struct delta_buf totals = {0};
    file_report_put_totals(reports->files, "file", &totals);
    int status = totals.failed || reports->body.failed
                     ? (cli_fail(reports->cli, "out of memory"), -1)
                     : cli_printf(reports->cli, "**%.*s**\n", (int)totals.length, totals.data);
    if (status == 0 && reports->body.length)
        status = cli_write_buf(reports->cli, &reports->body);
    if (status == 0 && reports->files_left_out)
        status = cli_printf(reports->cli, "\n%llu more files are not listed.\n",
                            (unsigned long long)reports->files_left_out);
    delta_buf_free(&totals);
    return status;
}
