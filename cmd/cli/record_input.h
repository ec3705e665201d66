/* Records from a file or a pipe, as they arrive. */
#ifndef CLI_RECORD_INPUT_H
#define CLI_RECORD_INPUT_H

#include "cli/command.h"
#include "cli/input.h"

enum record_input_form {
    RECORD_INPUT_STREAM,
    RECORD_INPUT_LINES, /* JSON records are one a line */
    RECORD_INPUT_KEYED, /* a line is a key, a tab and a record: JSON, or base64 of a packed one */
};

struct record_input {
    const char *name; /* for messages */
    int fd;
    struct delta_record_reader *reader;
    char *step; /* what is read at once */
    bool keyed; /* lines are KEY TAB RECORD: `lines` instead of the reader */
    struct cli_lines lines;
    uint64_t max_size;
    const struct delta_value *key; /* of the record returned last: its own, or before it; NULL */
    /* Called with the context when no more bytes arrive for `patience` milliseconds, before waiting
     * for them; what it returns other than CLI_OK ends reading. NULL: nothing is called. */
    int (*on_pause)(void *context);
    void *context;
    int patience;
};

/* Opens a file, or standard input for "-" and NULL. What is packed in a record may have `max_size`
 * bytes (0: 4 GiB). CLI_OK, or the status to end with (reported); close it in any case. */
int record_input_open(struct cli *cli, struct record_input *input, const char *path,
                      enum record_input_form form, uint64_t max_size);

/* The next record, in `arena`, as soon as all of it is there: 1. At the end 0; -1 when it is
 * corrupt or reading failed (reported, with its line). Flushes the output before it waits. */
int record_input_next(struct cli *cli, struct record_input *input, struct delta_arena *arena,
                      const struct delta_record **record);

/* Sets the place of a failure that was met with the record returned last. */
void record_input_place(const struct record_input *input, struct delta_err *err);

void record_input_close(struct record_input *input);

#endif
