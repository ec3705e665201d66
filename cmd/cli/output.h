/* Where a command's results go: standard output, or the file of -o, whole or not at all. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/command.h"

/* Opens the output; `binary` is not written to a terminal without --force. Text needs it
 * only where it may be empty, as the first cli_write opens it: an output that was never opened
 * leaves the file of -o alone. 0, or -1 when it cannot (reported). */
int cli_output_open(struct cli *cli, bool binary);

/* Writes `length` bytes, through a buffer. 0, or -1 when it failed (reported). */
int cli_write(struct cli *cli, const void *bytes, size_t length);
int cli_write_text(struct cli *cli, const char *text);
int cli_write_buf(struct cli *cli, const struct delta_buf *buf);

/* A state as delta_write has it, in pieces. */
int cli_write_value(struct cli *cli, const struct delta_value *value, enum delta_layout layout,
                    unsigned step);

/* Writes text that is not ours (a name, a key, metadata) with what could steer a terminal, hide or
 * turn the direction of writing escaped as in JSON, and U+FFFD for bytes that are not UTF-8. */
int cli_write_visible(struct cli *cli, const char *text, size_t length);

int cli_printf(struct cli *cli, const char *format, ...) DELTA_PRINTF(2, 3);

/* Bytes of the whole characters of UTF-8 that fit in `most`. */
size_t cli_whole_characters(const char *text, size_t length, size_t most);

/* Hands on what is in the buffer. cli_lines_next does it before it waits. */
int cli_flush(struct cli *cli);

/* For streams: what was written before an error is kept, in the file of -o too. Without it
 * cli_finish drops that file when an error was reported, and the old one is as it was. What was
 * written to standard output stays there in any case. */
void cli_output_keep(struct cli *cli);

/* Writes `buf`, through $PAGER ("less", with LESS=FRX when LESS is not set) when standard output is
 * a terminal and it has more lines than the screen. 0, or -1 (reported). */
int cli_page(struct cli *cli, const struct delta_buf *buf);

/* Replaces the file `path` by what `buf` holds, whole or not at all; its mode and owner stay. A
 * non-empty `suffix` keeps the old file under the name `path` with it. 0, or -1 (reported): also
 * when `buf` is incomplete for want of memory. */
int cli_replace_file(struct cli *cli, const char *path, const char *suffix,
                     const struct delta_buf *buf);

/* Completes the output, or drops it after an error: called by cli_finish. 0, or -1 (reported). */
int cli_output_close(struct cli *cli);

#endif
