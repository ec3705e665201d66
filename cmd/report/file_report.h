/* What is reported of a file, and the state of a report of many. */
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
    uint64_t listed, left_out; /* annotations of github, results of sarif */
    uint64_t files_left_out;   /* of markdown */
    struct delta_buf body;     /* of a report that begins with its totals */
    struct delta_buf notes;    /* of sarif: files that are unreadable */
};

/* The name under which it is shown: its key, or its path. */
const char *file_report_name(const struct file_report *file);

/* Appends as HTML what is wrong with a file that is FILE_UNREADABLE: "a/x.json:1:6: text". */
void file_report_put_error(const struct file_report *file, struct delta_buf *html);

/* Bytes of the whole lines at the start of `text`, `most` at most. */
size_t file_report_whole_lines(const struct delta_buf *text, size_t most);

/* Appends "2 files changed, 1 added, 7 the same", of a noun "file"; outcomes that did not occur are
 * left out. */
void file_report_put_totals(const uint64_t files[FILE_OUTCOMES], const char *noun,
                            struct delta_buf *buf);

#endif
