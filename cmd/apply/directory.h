/* delta-apply to a directory: each record goes to the file that its key names. */
#ifndef APPLY_DIRECTORY_H
#define APPLY_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli;

struct directory_apply {
    const char *root;
    char **paths; /* of the streams of records; none: standard input */
    size_t path_count;
    bool any_base, dry_run;
    uint64_t max_size;  /* bytes of one state */
    const char *suffix; /* under which the old files are kept, or "" */
};

/* Reads all records and applies each to its file, in memory; only when all of them fit are the
 * files written, each whole or not at all, laid out as they were. A new file is indented. CLI_OK;
 * CLI_NO when a record does not fit (each is reported); CLI_TROUBLE on failure. In both cases
 * nothing was written, unless writing itself failed, which is reported with the number of files
 * that were written before. Memory: the records, and the texts of the files that they change. */
int directory_apply(struct cli *cli, const struct directory_apply *options);

#endif
