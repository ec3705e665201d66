/* The reports of many files, one after the other: for programs (changes), for reviewers (github,
 * markdown, html) and for CI servers (junit, sarif). */
#ifndef REPORT_FILE_REPORTS_H
#define REPORT_FILE_REPORTS_H

#include "report/file_report.h"

/* True for formats that are reports. */
bool file_reports_has(enum format format);

/* True for reports that show the text of the changes. */
bool file_reports_wants_text(enum format format);

/* Begin, one call for each file in order, end. 0, or -1 (reported). Memory: junit, markdown, sarif
 * and html keep what they write. */
void file_reports_begin(struct file_reports *reports, struct cli *cli, enum format format,
                        unsigned failing);
int file_reports_add(struct file_reports *reports, const struct file_report *file);
int file_reports_end(struct file_reports *reports);

#endif
