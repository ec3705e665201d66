/* The report of a comparison as one HTML page: each change a row, old and new side by side, as the
 * page of a history shows two revisions. It needs nothing else; its script filters by path. */
#ifndef REPORT_HTML_REPORT_H
#define REPORT_HTML_REPORT_H

#include "report/file_report.h"

/* Each appends to `out`, which shows failure. The page, up to its files; `totals` is text. */
void html_report_begin(const char *totals, size_t length, struct delta_buf *out);

/* A file: its changes, and what became of it if they do not show that. */
void html_report_file(const struct file_report *file, struct delta_buf *out);

void html_report_end(struct delta_buf *out);

#endif
