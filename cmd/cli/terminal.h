/* What a person at a terminal gets: colour, width, readable sizes, progress. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli;

/* True when the output is a terminal. */
bool cli_is_terminal(const struct cli *cli);

/* True when the output is to be coloured: --color, else NO_COLOR (https://no-color.org), else
 * whether it is a terminal that is not "dumb". */
bool cli_color(const struct cli *cli);

/* Columns of the terminal that is the output, from COLUMNS when that is a number, else asked of the
 * terminal; 80 when there is none. Lines likewise, 0 when there is none. */
unsigned cli_columns(const struct cli *cli);
unsigned cli_rows(const struct cli *cli);

#define CLI_SIZE_TEXT 24

/* Bytes as text, into `out`, which it returns: "1.8 KiB" for people, plain digits otherwise. */
const char *cli_size(char out[CLI_SIZE_TEXT], uint64_t bytes, bool people);

/* "12 of 40 states" on the last line of a terminal's standard error, and nowhere else. */
struct cli_progress {
    struct cli *cli;
    const char *label; /* "states" */
    uint64_t total;    /* 0: not known */
    int64_t last;      /* by cli_clock */
    bool active;
};

void cli_progress_begin(struct cli *cli, struct cli_progress *progress, const char *label,
                        uint64_t total);

/* Cheap enough for every step of a loop: shows ten times a second at most. */
void cli_progress_update(struct cli_progress *progress, uint64_t done);

/* Clears the line. */
void cli_progress_end(struct cli_progress *progress);

#endif
