/* delta-diff of two directories: their files matched by relative path. */
#ifndef DIFF_DIRECTORY_H
#define DIFF_DIRECTORY_H

#include "cli/filter_options.h"
#include "cli/record_format.h"
#include "tree/tree.h"

struct cli;

struct explain;
struct unmatched;

struct directory_options {
    const struct filtering *filtering; /* whose rules were read: sections are for some of the files;
                                          `diff` has the filter of the others */
    const struct delta_diff_options *diff;
    const struct record_format *how;
    struct tree_filter files;
    const struct explain *explain; /* NULL: not asked for */
    struct unmatched *unmatched;   /* the states of all files are held against it */
    bool records; /* written, of `diff`, each with the path as its key; not of two files */
    bool brief, stat, exit_zero;
    bool has_width; /* `width` was given: columns of text, 0 for no end */
    size_t width;
    unsigned failing; /* bits of enum delta_change_kind that make the status 1 */
};

/* Compares the two directories that are the operands, on all processors, and writes what `how`
 * says, in the order of paths. A file that cannot be read is reported, and does not hide the
 * others. CLI_OK when nothing differs, CLI_NO when something does, CLI_TROUBLE when a file was
 * unreadable or on failure. Memory: the names of all files, and the states of a few. */
int directory_diff(struct cli *cli, const struct directory_options *options);

/* Adds the files that rules include and exclude to `options->files`. CLI_OK, or the status to end
 * with (reported). */
int directory_rules(struct cli *cli, const struct filtering *filtering,
                    struct directory_options *options);

/* The same report of two files: one of the formats of report/file_reports.h. */
int directory_diff_files(struct cli *cli, const struct directory_options *options);

#endif
