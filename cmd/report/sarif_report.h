/* The report of files as SARIF; used as a row of file_reports.c. */
#ifndef REPORT_SARIF_REPORT_H
#define REPORT_SARIF_REPORT_H

#include "report/file_report.h"

/* What one file adds, and what comes at the end: 0, or -1 (reported). */
int sarif_report_add(struct file_reports *reports, const struct file_report *file);
int sarif_report_end(struct file_reports *reports);

#endif
