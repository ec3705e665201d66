/* What is reported of many files, one after the other: for programs (changes), for reviewers
 * (github, markdown) and for CI servers (junit). */
#ifndef REPORT_FILE_REPORT_H
#define REPORT_FILE_REPORT_H

#include "cli/record_format.h"
#include "report/change_list.h"

struct cli;

enum file_outcome {
    FILE_SAME,
    FILE_CHANGED,
    FILE_ADDED,
    FILE_REMOVED,
    FILE_UNREADABLE, /* on one side or both: it is neither changed nor the same */
    FILE_OUTCOMES,
};

struct file_report {
    const char *key;  /* the relative path; NULL when two files were named */
    const char *path; /* the new file's, as it is opened; the old one's when removed */
    enum file_outcome outcome;
    const struct delta_err *err; /* of FILE_UNREADABLE */
    const struct change_list *changes;
    struct delta_buf *text; /* the changes for people, without colour */
};

/* A report that is being written. */
struct file_reports {
    struct cli *cli;
    enum format format;
    unsigned failing; /* bits of enum delta_change_kind that are errors, not notices */
    uint64_t files[FILE_OUTCOMES];
    uint64_t listed, left_out; /* annotations of github */
    uint64_t files_left_out;   /* of markdown */
    struct delta_buf body;     /* of a report that begins with its totals */
};

/* True for formats that are reports. */
bool file_reports_has(enum format format);

/* True for reports that show the text of the changes. */
bool file_reports_wants_text(enum format format);

/* Begin, one call for each file in order, end. 0, or -1 (reported). Memory: junit and markdown keep
 * what they write. */
void file_reports_begin(struct file_reports *reports, struct cli *cli, enum format format,
                        unsigned failing);
int file_reports_add(struct file_reports *reports, const struct file_report *file);
int file_reports_end(struct file_reports *reports);

/* Appends "2 files changed, 1 added, 7 the same"; outcomes that did not occur are left out. */
void file_reports_put_totals(const uint64_t files[FILE_OUTCOMES], struct delta_buf *buf);

#endif
