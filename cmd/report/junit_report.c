/* The XML that CI servers read: a test case a file. Source: junit-10.xsd of Jenkins' xunit plugin.
 */
#include "report/junit_report.h"

#include "cli/cli.h"
#include "html/html.h"

#include <string.h>

enum { MOST_FILE_TEXT = 64 * 1024 }; /* bytes of one file's changes */

static void put_text_file(struct delta_buf *out, const struct file_report *file) {
    size_t shown = file->text ? file_report_whole_lines(file->text, MOST_FILE_TEXT) : 0;
    for (size_t start = 0; start < shown;) { /* the text's own newlines stay */
        const char *newline = memchr(file->text->data + start, '\n', shown - start);
        size_t end = newline ? (size_t)(newline - file->text->data) : shown;
        html_text(out, file->text->data + start, end - start);
        html_markup(out, "\n");
        start = end + 1;
    }
    if (file->text && shown < file->text->length)
        html_markup(out, "…\n");
}

int junit_report_add(struct file_reports *reports, const struct file_report *file) {
    struct delta_buf *out = &reports->body;
    const char *name = file_report_name(file);
    html_markup(out, "  <testcase classname=\"delta-diff\" name=\"");
    html_text(out, name, strlen(name));
    switch (file->outcome) {
    case FILE_SAME:
        html_markup(out, "\"/>\n");
        break;
    case FILE_UNREADABLE:
        html_markup(out, "\">\n    <error message=\"");
        file_report_put_error(file, out);
        html_markup(out, "\"/>\n  </testcase>\n");
        break;
    default:
        html_markup(out, "\">\n    <failure message=\"");
        if (file->outcome == FILE_ADDED)
            html_markup(out, "file added");
        else if (file->outcome == FILE_REMOVED)
            html_markup(out, "file removed");
        else
            change_list_put_counts(file->changes->counts, out);
        html_markup(out, "\">");
        put_text_file(out, file);
        html_markup(out, "</failure>\n  </testcase>\n");
    }
    return 0;
}

int junit_report_end(struct file_reports *reports) {
    const uint64_t *files = reports->files;
    uint64_t failures = files[FILE_CHANGED] + files[FILE_ADDED] + files[FILE_REMOVED];
    unsigned long long tests = failures + files[FILE_SAME] + files[FILE_UNREADABLE];
    int status =
        cli_printf(reports->cli,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
                   "<testsuite name=\"delta-diff\" tests=\"%llu\" failures=\"%llu\" "
                   "errors=\"%llu\">\n",
                   tests, (unsigned long long)failures, (unsigned long long)files[FILE_UNREADABLE]);
    if (status == 0 && reports->body.length)
        status = cli_write_buf(reports->cli, &reports->body);
    return status ? status : cli_write_text(reports->cli, "</testsuite>\n</testsuites>\n");
}
