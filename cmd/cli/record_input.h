/* Records as they arrive, of either spelling. */
#ifndef CLI_RECORD_INPUT_H
#define CLI_RECORD_INPUT_H

#include "delta.h"

struct cli;

struct record_input {
    const char *name; /* for messages */
    int fd;
    char *data;
    size_t capacity, start, end; /* bytes data[start..end) are not used yet; zeros follow */
    uint64_t line;               /* of data[start], from 1 */
    size_t used;                 /* bytes of the record returned last */
    bool ended;
    bool has_export_header; /* the stream began as the export of a whole history does */
    struct delta_export_header export_header;

    /* Set after opening: */
    uint64_t max_size; /* of what is packed in a record; 0: 4 GiB */
    bool free_form;    /* JSON records may stand over several lines, and several in one */
    size_t scanned;    /* of a record in free form: bytes looked at */
    size_t depth;      /* and the brackets that are open there */
    bool in_string, escaped;
};

/* Opens a file, or standard input for "-" and NULL. 0, or the status to end with (reported). */
int record_input_open(struct cli *cli, struct record_input *input, const char *path);

/* The next record, in `arena`, as soon as all of it is there: 1. At the end 0; -1 when it is
 * damaged or reading failed (reported, with its line). JSON records stand one a line, unless in
 * free form. Preambles of histories are no records, and kept. Flushes the output before it waits.
 */
int record_input_next(struct cli *cli, struct record_input *input, struct delta_arena *arena,
                      const struct delta_record **record);

/* Sets the place of a failure that was met with the record returned last: its line. */
void record_input_place(const struct record_input *input, struct delta_err *err);

void record_input_close(struct record_input *input);

#endif
