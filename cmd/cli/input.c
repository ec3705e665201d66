/* Lines as they arrive. */
#include "cli/input.h"
#include "cli/message.h"
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INPUT_CHUNK = 1 << 18 };

int cli_lines_open(struct cli *cli, struct cli_lines *lines, const char *path, size_t most) {
    bool standard = !path || strcmp(path, "-") == 0;

    *lines = (struct cli_lines){.name = standard ? "standard input" : path,
                                .fd = STDIN_FILENO,
                                .most = most ? most : DELTA_MAX_STATE};
    if (!standard)
        lines->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return lines->fd < 0 ? cli_fail_system(cli, "%s", path) : 0;
}

/* Makes room for a chunk after what is there, moving it to the front first. */
static bool make_room(struct cli_lines *lines) {
    size_t present = lines->end - lines->start;

    if (lines->start) {
        memmove(lines->data, lines->data + lines->start, present);
        lines->scanned -= lines->start;
        lines->start = 0;
        lines->end = present;
    }
    return delta_array_reserve(&lines->data, &lines->capacity, present + INPUT_CHUNK, 1);
}

/* True when the read that just failed is worth making again: it was interrupted, or the descriptor
 * was handed to us non-blocking and is ready now. */
static bool wait_to_read(int fd) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};

    return errno == EINTR || (errno == EAGAIN && (poll(&ready, 1, -1) > 0 || errno == EINTR));
}

/* Reads what there is: 0 with `ended` set at the end. */
static int read_more(struct cli *cli, struct cli_lines *lines) {
    ssize_t got;

    if (cli_flush(cli))
        return -1;
    if (!make_room(lines)) {
        cli_fail(cli, "%s:%" PRIu64 ": out of memory for this line", lines->name,
                 lines->number + 1);
        return -1;
    }
    do
        got = read(lines->fd, lines->data + lines->end, INPUT_CHUNK);
    while (got < 0 && wait_to_read(lines->fd));
    if (got < 0) {
        cli_fail_system(cli, "%s", lines->name);
        return -1;
    }
    lines->ended = got == 0;
    lines->end += (size_t)got;
    return 0;
}

bool cli_is_blank(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
            return false;
    return true;
}

/* Finds the end of the line, from `scanned` on, which is then there: 1 at a newline, 0 at
 * the end of the input; -1 (reported). */
static int find_newline(struct cli *cli, struct cli_lines *lines) {
    for (;;) {
        const char *newline = NULL;

        if (lines->end > lines->scanned)
            newline = memchr(lines->data + lines->scanned, '\n', lines->end - lines->scanned);
        lines->scanned = newline ? (size_t)(newline - lines->data) : lines->end;
        if (lines->scanned - lines->start > lines->most) {
            cli_fail(cli, "%s:%" PRIu64 ": the line is longer than %zu bytes", lines->name,
                     lines->number + 1, lines->most);
            return -1;
        }
        if (newline || lines->ended)
            return newline != NULL;
        if (read_more(cli, lines))
            return -1;
    }
}

/* Returns the bytes from `start` to the end of the line, and moves behind it. */
static void take_line(struct cli_lines *lines, bool newline, const char **text, size_t *length) {
    lines->text = lines->start;
    lines->length = lines->scanned - lines->start;
    *text = lines->data + lines->text;
    *length = lines->length;
    lines->start = lines->scanned = lines->scanned + newline;
    lines->number++;
}

int cli_lines_next(struct cli *cli, struct cli_lines *lines, const char **text, size_t *length) {
    for (;;) {
        int newline = find_newline(cli, lines);
        if (newline < 0)
            return -1;
        if (!newline && lines->start == lines->end)
            return 0;
        take_line(lines, newline, text, length);
        lines->first = lines->number;
        lines->column = lines->part ? lines->next_column : 0;
        lines->part = false;
        if (!cli_is_blank(*text, *length) || (lines->tabs && memchr(*text, '\t', *length)))
            return 1;
    }
}

int cli_lines_extend(struct cli *cli, struct cli_lines *lines, const char **text, size_t *length) {
    if (lines->ended && lines->start == lines->end)
        return 0;
    lines->start = lines->text;
    int newline = find_newline(cli, lines);
    if (newline < 0)
        return -1;
    take_line(lines, newline, text, length);
    return 1;
}

void cli_lines_cut(struct cli_lines *lines, size_t used) {
    const char *text = lines->data + lines->text;
    const char *newline = memrchr(text, '\n', used);
    if (used == lines->length)
        return;
    lines->next_column = newline ? (size_t)(text + used - (newline + 1)) : lines->column + used;
    lines->part = true;
    lines->start = lines->scanned = lines->text + used;
    lines->number--;
}

bool cli_lines_near(const struct cli_lines *lines, int patience) {
    struct pollfd poll_one = {.fd = lines->fd, .events = POLLIN};
    return (lines->end > lines->start &&
            memchr(lines->data + lines->start, '\n', lines->end - lines->start)) ||
           poll(&poll_one, 1, patience) != 0;
}

void cli_lines_place(const struct cli_lines *lines, struct delta_err *err) {
    if (!err->line)
        err->line = err->column = 1;
    if (err->line == 1)
        err->column += lines->column;
    err->line += lines->first - 1;
    if (!err->file[0])
        strncpy(err->file, lines->name, sizeof err->file - 1);
}

void cli_lines_close(struct cli_lines *lines) {
    if (lines->fd > STDIN_FILENO)
        close(lines->fd);
    free(lines->data);
    *lines = (struct cli_lines){.fd = -1};
}
