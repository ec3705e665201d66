/* Each format is a row of a table: what one file adds, and what comes at the end. */
#include "report/file_reports.h"

#include "cli/cli.h"
#include "report/github_report.h"
#include "report/html_report.h"
#include "report/junit_report.h"
#include "report/markdown_report.h"
#include "report/sarif_report.h"

/* ---- changes: NDJSON, one change a line (delta-changes(5)) ---- */

/* A file that was added or removed is a change of the empty path. */
static int add_changes(struct file_reports *reports, const struct file_report *file) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct delta_buf out = {0};
    int status = arena ? 0 : (cli_fail(reports->cli, "out of memory"), -1);
    const struct change_origin origin = {
        .key = arena && file->key ? delta_value_string_of(arena, file->key, &err) : NULL};
    for (size_t i = 0; status == 0 && i < file->changes->count; i++)
        change_row_write(arena, &file->changes->rows[i], &origin, &out, &err);
    if (status == 0 && (err.code != DELTA_OK || out.failed)) {
        if (err.code != DELTA_OK)
            cli_error(reports->cli, &err);
        else
            cli_fail(reports->cli, "out of memory");
        status = -1;
    }
    if (status == 0 && out.length)
        status = cli_write_buf(reports->cli, &out);
    delta_buf_free(&out);
    delta_arena_free(arena);
    return status;
}

/* ---- html: a page for a browser, old and new side by side ---- */

static int add_html(struct file_reports *reports, const struct file_report *file) {
    html_report_file(file, &reports->body);
    return 0;
}

static int end_html(struct file_reports *reports) {
    struct delta_buf totals = {0}, head = {0};
    file_report_put_totals(reports->files, "file", &totals);
    html_report_begin(totals.data, totals.length, &head);
    html_report_end(&reports->body);
    head.failed |= totals.failed || reports->body.failed;
    int status = head.failed ? (cli_fail(reports->cli, "out of memory"), -1)
                             : cli_write_buf(reports->cli, &head);
    if (status == 0)
        status = cli_write_buf(reports->cli, &reports->body);
    delta_buf_free(&totals);
    delta_buf_free(&head);
    return status;
}

/* ---- The table ---- */

static const struct {
    enum format format;
    int (*add)(struct file_reports *reports, const struct file_report *file);
    int (*end)(struct file_reports *reports); /* NULL: nothing */
    bool same, text; /* files that are the same are listed; the text of the changes is shown */
} formats[] = {
    {FORMAT_CHANGES, add_changes, NULL, false, false},
    {FORMAT_GITHUB, github_report_add, github_report_end, false, false},
    {FORMAT_MARKDOWN, markdown_report_add, markdown_report_end, false, true},
    {FORMAT_JUNIT, junit_report_add, junit_report_end, true, true},
    {FORMAT_SARIF, sarif_report_add, sarif_report_end, false, false},
    {FORMAT_HTML, add_html, end_html, false, false},
};

enum { FORMATS = sizeof formats / sizeof *formats };

static size_t row_of(enum format format) {
    size_t i = 0;
    while (i < FORMATS && formats[i].format != format)
        i++;
    return i;
}

bool file_reports_has(enum format format) {
    return row_of(format) < FORMATS;
}

bool file_reports_wants_text(enum format format) {
    return file_reports_has(format) && formats[row_of(format)].text;
}

void file_reports_begin(struct file_reports *reports, struct cli *cli, enum format format,
                        unsigned failing) {
    *reports = (struct file_reports){.cli = cli, .format = format, .failing = failing};
}

int file_reports_add(struct file_reports *reports, const struct file_report *file) {
    size_t row = row_of(reports->format);
    reports->files[file->outcome]++;
    return file->outcome == FILE_SAME && !formats[row].same ? 0 : formats[row].add(reports, file);
}

int file_reports_end(struct file_reports *reports) {
    size_t row = row_of(reports->format);
    int status = 0;
    if (reports->body.failed)
        status = (cli_fail(reports->cli, "out of memory"), -1);
    else if (formats[row].end)
        status = formats[row].end(reports);
    delta_buf_free(&reports->body);
    delta_buf_free(&reports->notes);
    return status;
}
