/* The report of files as JUnit XML; used as a row of file_reports.c. */
#ifndef REPORT_JUNIT_REPORT_H
#define REPORT_JUNIT_REPORT_H

#include "report/file_report.h"

/* What one file adds, and what comes at the end: 0, or -1 (reported). */
int junit_report_add(struct file_reports *reports, const struct file_report *file);
int junit_report_end(struct file_reports *reports);

#endif
