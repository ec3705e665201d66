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
    uint64_t number;     /* of the line returned last, from 1 */
    size_t text, length; /* the bytes returned last */
    uint64_t first;      /* number of the line in which they begin, */
    size_t column;       /* and how many bytes of it are before them */
    bool part;           /* what is not returned begins within a line, */
    size_t next_column;  /* behind so many of its bytes */
    bool tabs;           /* a line with a tab is not blank: the caller's */
    bool ended;
};

/* Opens a file, or standard input for "-" and NULL. A line may have `most` bytes (0: as many as a
 * state may). 0, or the status to end with (reported). */
int cli_lines_open(struct cli *cli, struct cli_lines *lines, const char *path, size_t most);

/* The next line that is not blank, without its newline, valid until the next call: 1. At the end 0;
 * -1 when reading failed (reported). Returns a line as soon as it is there, and flushes the output
 * before it waits for more: what was made of the lines so far is never held back. */
int cli_lines_next(struct cli *cli, struct cli_lines *lines, const char **text, size_t *length);

/* The bytes returned last, the newline after them and the line that follows, as one text: 1. At the
 * end 0; -1 when reading failed (reported). For values that span lines. Amortised O(length of the
 * line that is added). */
int cli_lines_extend(struct cli *cli, struct cli_lines *lines, const char **text, size_t *length);

/* Only the first `used` bytes returned last were wanted; the next call begins behind them. They
 * must end in the last line of that text. */
void cli_lines_cut(struct cli_lines *lines, size_t used);

/* True when the next line is there, or something is after so many milliseconds at most. */
bool cli_lines_near(const struct cli_lines *lines, int patience);

/* Sets the place of a failure that was met in the bytes returned last: its line, and in the first
 * line its column, are counted within the file. */
void cli_lines_place(const struct cli_lines *lines, struct delta_err *err);

/* True for spaces, tabs and carriage returns only. */
bool cli_is_blank(const char *text, size_t length);

void cli_lines_close(struct cli_lines *lines);

#endif
