/* Workflow commands, which become annotations at a line of a file. Source: "Workflow commands for
 * GitHub Actions" (docs.github.com). */
#include "report/github_report.h"

#include "cli/cli.h"

#include <string.h>

enum {
    MOST_ANNOTATIONS = 50, /* GitHub shows no more of a step */
    MOST_VALUE = 200,      /* bytes of a value in a message */
};

static void put(struct delta_buf *buf, const char *text) {
    delta_buf_put(buf, text, strlen(text));
}

/* The message of a workflow command, or, with ':' and ',' escaped as well, a property of it. */
static void put_escaped(struct delta_buf *out, const char *text, size_t length, bool property) {
    struct delta_buf visible = {0};
    delta_visible_write(text, length, &visible);
    for (size_t i = 0; i < visible.length; i++) {
        char c = visible.data[i];
        if (c == '%' || (property && (c == ':' || c == ',')))
            delta_buf_printf(out, "%%%02X", (unsigned)(unsigned char)c);
        else
            delta_buf_put(out, &c, 1);
    }
    out->failed |= visible.failed;
    delta_buf_free(&visible);
}

static void put_command(const struct file_reports *reports, const struct file_report *file,
                        enum delta_change_kind kind, const struct change_row *row,
                        struct delta_buf *out) {
    put(out, reports->failing >> kind & 1 ? "::error file=" : "::notice file=");
    put_escaped(out, file->path, strlen(file->path), true);
    if (row && row->new_line)
        delta_buf_printf(out, ",line=%llu", (unsigned long long)row->new_line);
    if (row && row->new_column)
        delta_buf_printf(out, ",col=%llu", (unsigned long long)row->new_column);
}

static void put_annotation(const struct file_reports *reports, const struct file_report *file,
                           const struct change_row *row, struct delta_buf *out) {
    struct delta_buf line = {0};
    put_command(reports, file, row->kind, row, out);
    put(out, "::");
    change_row_put_line(row, MOST_VALUE, &line);
    put_escaped(out, line.data, line.length, false);
    put(out, "\n");
    out->failed |= line.failed;
    delta_buf_free(&line);
}

int github_report_add(struct file_reports *reports, const struct file_report *file) {
    struct delta_buf out = {0};
    uint64_t before = reports->listed;
    if (file->outcome == FILE_UNREADABLE) {
        put(&out, "::error file=");
        put_escaped(&out, file->path, strlen(file->path), true);
        if (file->err->line)
            delta_buf_printf(&out, ",line=%llu,col=%llu", (unsigned long long)file->err->line,
                             (unsigned long long)file->err->column);
        put(&out, "::");
        put_escaped(&out, file->err->text, strlen(file->err->text), false);
        put(&out, "\n");
    } else if (file->outcome == FILE_ADDED || file->outcome == FILE_REMOVED) {
        bool added = file->outcome == FILE_ADDED;
        if (reports->listed < MOST_ANNOTATIONS) {
            put_command(reports, file, added ? DELTA_CHANGE_ADD : DELTA_CHANGE_REMOVE, NULL, &out);
            put(&out, added ? "::file added\n" : "::file removed\n");
            reports->listed++;
        } else {
            reports->left_out++;
        }
    } else {
        for (size_t i = 0; i < file->changes->count && reports->listed < MOST_ANNOTATIONS; i++) {
            put_annotation(reports, file, &file->changes->rows[i], &out);
            reports->listed++;
        }
        reports->left_out += file->changes->count - (size_t)(reports->listed - before);
    }
    int status = out.failed ? (cli_fail(reports->cli, "out of memory"), -1) : 0;
    if (status == 0 && out.length)
        status = cli_write_buf(reports->cli, &out);
    delta_buf_free(&out);
    return status;
}

int github_report_end(struct file_reports *reports) {
    if (!reports->left_out)
        return 0;
    struct delta_buf totals = {0};
    file_report_put_totals(reports->files, "file", &totals);
    int status =
        totals.failed
            ? (cli_fail(reports->cli, "out of memory"), -1)
            : cli_printf(reports->cli, "::notice::%llu more changes are not listed; %.*s\n",
                         (unsigned long long)reports->left_out, (int)totals.length, totals.data);
    delta_buf_free(&totals);
    return status;
}
