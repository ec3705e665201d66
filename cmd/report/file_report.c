#include "report/file_report.h"

#include "html/html.h"

#include <string.h>

void file_report_put_totals(const uint64_t files[FILE_OUTCOMES], const char *noun,
                            struct delta_buf *buf) {
    static const char *const words[FILE_OUTCOMES] = {[FILE_SAME] = "the same",
                                                     [FILE_CHANGED] = "changed",
                                                     [FILE_ADDED] = "added",
                                                     [FILE_REMOVED] = "removed",
                                                     [FILE_UNREADABLE] = "unreadable"};
    static const enum file_outcome order[] = {FILE_ADDED, FILE_REMOVED, FILE_CHANGED, FILE_SAME,
                                              FILE_UNREADABLE};
    bool first = true;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        uint64_t count = files[order[i]];
        if (!count)
            continue;
        delta_buf_printf(buf, "%s%llu ", first ? "" : ", ", (unsigned long long)count);
        if (first)
            delta_buf_printf(buf, count == 1 ? "%s " : "%ss ", noun);
        delta_buf_printf(buf, "%s", words[order[i]]);
        first = false;
    }
    if (first)
        delta_buf_printf(buf, "no %ss", noun);
}

const char *file_report_name(const struct file_report *file) {
    return file->key ? file->key : file->path;
}

void file_report_put_error(const struct file_report *file, struct delta_buf *html) {
    char text[sizeof *file->err];
    delta_err_format(file->err, text, sizeof text);
    html_text(html, text, strlen(text));
}

size_t file_report_whole_lines(const struct delta_buf *text, size_t most) {
    if (text->length <= most)
        return text->length;
    const char *end = memrchr(text->data, '\n', most);
    return end ? (size_t)(end - text->data) + 1 : 0;
}
