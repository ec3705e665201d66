/* Lines as they arrive, for --ndjson. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "delta.h"

struct cli;

struct cli_lines {
    const char *name; /* for messages */
    int fd;
    char *data;
    size_t capacity, start, end; /* bytes data[start..end) are read and not yet returned */
    size_t scanned;              /* no newline before this place */
    size_t most;
    uint64_t number; /* of the line returned last, from 1 */
    bool ended;
};

/* Opens a file, or standard input for "-" and NULL. A line may have `most` bytes (0: as many as a
 * state may). 0, or the status to end with (reported). */
int cli_lines_open(struct cli *cli, struct cli_lines *lines, const char *path, size_t most);

/* The next line that is not blank, without its newline, valid until the next call: 1. At the end 0;
 * -1 when reading failed (reported). Returns a line as soon as it is there, and flushes the output
 * before it waits for more: what was made of the lines so far is never held back. */
int cli_lines_next(struct cli *cli, struct cli_lines *lines, const char **text, size_t *length);

/* Sets the place of a failure that was met in the line returned last: its line number is counted
 * within the file. */
void cli_lines_place(const struct cli_lines *lines, struct delta_err *err);

void cli_lines_close(struct cli_lines *lines);

#endif
