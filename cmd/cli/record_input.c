#include "cli/record_input.h"

#include "cli/message.h"
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEP = 64 * 1024 }; /* bytes asked for at once */

static int open_keyed(struct cli *cli, struct record_input *input, const char *path) {
    input->fd = -1;
    int status = cli_lines_open(cli, &input->lines, path, 0);
    input->lines.tabs = true;
    input->name = input->lines.name;
    return status;
}

int record_input_open(struct cli *cli, struct record_input *input, const char *path,
                      enum record_input_form form, uint64_t max_size) {
    bool named = path && strcmp(path, "-") != 0;
    *input = (struct record_input){.name = named ? path : "standard input",
                                   .fd = STDIN_FILENO,
                                   .keyed = form == RECORD_INPUT_KEYED,
                                   .max_size = max_size};
    if (input->keyed)
        return open_keyed(cli, input, path);
    const struct delta_record_reader_options options = {
        .name = input->name, .max_size = max_size, .lines = form == RECORD_INPUT_LINES};
    struct delta_err err = {0};
    input->step = malloc(STEP);
    input->reader = delta_record_reader_new(&options, &err);
    if (!input->step || !input->reader)
        return cli_fail(cli, "out of memory");
    if (named)
        input->fd = open(path, O_RDONLY | O_CLOEXEC);
    return input->fd < 0 ? cli_fail_system(cli, "%s", path) : CLI_OK;
}

void record_input_place(const struct record_input *input, struct delta_err *err) {
    if (input->keyed)
        cli_lines_place(&input->lines, err);
    else
        delta_record_reader_place(input->reader, err);
}

void record_input_close(struct record_input *input) {
    if (input->keyed)
        cli_lines_close(&input->lines);
    if (input->fd > STDIN_FILENO)
        close(input->fd);
    delta_record_reader_free(input->reader);
    free(input->step);
}

static bool pauses(const struct record_input *input) {
    struct pollfd ready = {.fd = input->fd, .events = POLLIN};
    return input->on_pause && poll(&ready, 1, input->patience) == 0;
}

/* Reads what is there, waiting for a byte at least. 1; 0 at the end; -1. */
static int fill(struct cli *cli, struct record_input *input) {
    struct delta_err err = {0};
    if ((pauses(input) && input->on_pause(input->context) != CLI_OK) || cli_flush(cli))
        return -1;
    ssize_t got;
    do
        got = read(input->fd, input->step, STEP);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return cli_fail_system(cli, "%s", input->name), -1;
    if (got == 0)
        delta_record_reader_end(input->reader);
    else if (delta_record_reader_feed(input->reader, input->step, (size_t)got, &err))
        return cli_error(cli, &err), -1;
    return got > 0;
}

/* ---- KEY TAB RECORD ---- */

static int refuse(struct cli *cli, const struct record_input *input, struct delta_err *err) {
    record_input_place(input, err);
    cli_error(cli, err);
    return -1;
}

static int refuse_text(struct cli *cli, const struct record_input *input, const char *text) {
    struct delta_err err = {.code = DELTA_ERR_DAMAGED};
    (void)snprintf(err.text, sizeof err.text, "%s", text);
    return refuse(cli, input, &err);
}

/* The bytes of the record in a text, in `arena`, with zeros behind them. */
static const char *record_bytes(struct delta_arena *arena, const char *text, size_t *length,
                                struct delta_err *err) {
    struct delta_buf bytes = {0};
    const char *copy = NULL;
    if (*length && *text == '{')
        return delta_bytes_copy(arena, text, *length, err);
    if (*length && text[*length - 1] == '\r')
        --*length;
    if (delta_base64_read(text, *length, &bytes, err) == 0)
        copy = delta_bytes_copy(arena, bytes.data ? bytes.data : "", bytes.length, err);
    *length = bytes.length;
    delta_buf_free(&bytes);
    return copy;
}

/* The record in a text, which is all of it; NULL (reported). */
static const struct delta_record *read_one(struct cli *cli, const struct record_input *input,
                                           struct delta_arena *arena, const char *text,
                                           size_t length) {
    struct delta_err err = {0};
    size_t offset = 0;
    const char *bytes = record_bytes(arena, text, &length, &err);
    const struct delta_record *record =
        bytes ? delta_record_read(arena, bytes, length, &offset, input->max_size, NULL, &err)
              : NULL;
    if (!record && err.code == DELTA_OK)
        return (void)refuse_text(cli, input, "expected a record"), NULL;
    if (!record) {
        err.line = 0; /* of the bytes */
        return (void)refuse(cli, input, &err), NULL;
    }
    if (!cli_is_blank(bytes + offset, length - offset) && bytes[offset] != '\n')
        return (void)refuse_text(cli, input, "unexpected data after the record"), NULL;
    return record;
}

static int next_line(struct cli *cli, struct record_input *input, struct delta_arena *arena,
                     const struct delta_record **record) {
    const char *text;
    size_t length;
    int got = cli_lines_next(cli, &input->lines, &text, &length);
    if (got <= 0)
        return got;
    const char *tab = memchr(text, '\t', length);
    if (!tab)
        return refuse_text(cli, input, "expected a key, a tab and a record");
    struct delta_err err = {0};
    size_t key_length = (size_t)(tab - text);
    input->key = delta_value_string(arena, text, key_length, &err);
    if (!input->key)
        return refuse(cli, input, &err);
    *record = read_one(cli, input, arena, tab + 1, length - key_length - 1);
    if (!*record)
        return -1;
    struct delta_record_info info;
    delta_record_info(*record, &info);
    if (info.key && !delta_value_equal(info.key, input->key))
        return refuse_text(cli, input, "the record has another key than the one before the tab");
    return 1;
}

/* ---- Records ---- */

int record_input_next(struct cli *cli, struct record_input *input, struct delta_arena *arena,
                      const struct delta_record **record) {
    if (input->keyed)
        return next_line(cli, input, arena, record);
    for (bool ended = false;;) {
        struct delta_err err = {0};
        int got = delta_record_reader_next(input->reader, arena, record, &err);
        if (got < 0)
            cli_error(cli, &err);
        if (got > 0) {
            struct delta_record_info info;
            delta_record_info(*record, &info);
            input->key = info.key;
        }
        if (got != 0 || ended)
            return got;
        int filled = fill(cli, input);
        if (filled < 0)
            return -1;
        ended = filled == 0;
    }
}
