#include "cli/record_input.h"

#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    STEP = 64 * 1024, /* bytes asked for at once */
    PADDING = 64,     /* zeros behind what is read, as delta_record_read wants them */
    PACKED_MARK = 0x9d,
};

int record_input_open(struct cli *cli, struct record_input *input, const char *path) {
    *input = (struct record_input){.name = "standard input", .line = 1};
    if (!path || strcmp(path, "-") == 0)
        return CLI_OK;
    input->name = path;
    input->fd = open(path, O_RDONLY | O_CLOEXEC);
    return input->fd < 0 ? cli_fail_system(cli, "%s", path) : CLI_OK;
}

void record_input_close(struct record_input *input) {
    if (input->fd > STDIN_FILENO)
        close(input->fd);
    free(input->data);
}

/* Room for a step more, the unused bytes moved to the front. */
static int make_room(struct cli *cli, struct record_input *input) {
    size_t used = input->end - input->start;
    if (input->start && used)
        memmove(input->data, input->data + input->start, used);
    input->start = 0;
    input->end = used;
    if (input->capacity - used >= STEP + PADDING)
        return 0;
    size_t capacity = 2 * input->capacity + 2 * (STEP + PADDING);
    char *data = realloc(input->data, capacity);
    if (!data)
        return cli_fail(cli, "out of memory"), -1;
    input->data = data;
    input->capacity = capacity;
    return 0;
}

/* Reads what is there, waiting for a byte at least. */
static int fill(struct cli *cli, struct record_input *input) {
    if (make_room(cli, input) || cli_flush(cli))
        return -1;
    ssize_t got;
    do
        got = read(input->fd, input->data + input->end, STEP);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return cli_fail_system(cli, "%s", input->name), -1;
    input->ended = got == 0;
    input->end += (size_t)got;
    memset(input->data + input->end, 0, PADDING);
    return 0;
}

static void skip_space(struct record_input *input) {
    for (; input->start < input->end; input->start++) {
        char c = input->data[input->start];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            break;
        input->line += c == '\n';
    }
}

/* Bytes of the JSON value at hand, up to the bracket that closes it; of what is none, its line. */
static size_t measure_value(struct record_input *input) {
    const char *at = input->data + input->start;
    size_t left = input->end - input->start;
    while (input->scanned < left) {
        char c = at[input->scanned++];
        if (input->in_string) {
            input->in_string = input->escaped || c != '"';
            input->escaped = !input->escaped && c == '\\';
        } else if (c == '"') {
            input->in_string = true;
        } else if (c == '{' || c == '[') {
            input->depth++;
        } else if ((c == '}' || c == ']') && input->depth <= 1) {
            return input->scanned;
        } else if (c == '}' || c == ']') {
            input->depth--;
        } else if (c == '\n' && input->depth == 0) {
            return input->scanned - 1;
        }
    }
    return input->ended ? left : 0;
}

/* Bytes of the record at hand: a line, or for a packed one what reading it takes; 0 while it is not
 * all there. */
static size_t measure(struct cli *cli, struct record_input *input, bool *failed) {
    const char *at = input->data + input->start;
    size_t left = input->end - input->start;
    if (input->free_form && *at == 'B')
        return input->ended ? left : 0; /* a bare BSDIFF40 patch does not say where it ends */
    if (input->free_form && (unsigned char)*at != PACKED_MARK)
        return measure_value(input);
    if ((unsigned char)*at != PACKED_MARK) {
        const char *newline = memchr(at, '\n', left);
        return newline ? (size_t)(newline - at) : input->ended ? left : 0;
    }
    struct delta_arena *scratch = delta_arena_new();
    struct delta_err err = {0};
    size_t used = 0;
    if (!scratch) {
        cli_fail(cli, "out of memory");
        *failed = true;
    } else if (!delta_record_read(scratch, at, left, &used, input->max_size, input->name, &err)) {
        *failed = err.code != DELTA_ERR_CUT || input->ended;
        if (*failed)
            cli_error(cli, &err);
        used = 0;
    }
    delta_arena_free(scratch);
    return used;
}

void record_input_place(const struct record_input *input, struct delta_err *err) {
    if (!err->line)
        err->column = 1;
    err->line = input->line + (err->line ? err->line - 1 : 0);
    if (!err->file[0])
        snprintf(err->file, sizeof err->file, "%s", input->name);
}

/* Waits for all of the next record; its bytes are stored in `*used`. 1; 0 at the end; -1. */
static int await(struct cli *cli, struct record_input *input, size_t *used) {
    for (*used = 0; *used == 0;) {
        bool failed = false;
        skip_space(input);
        if (input->start < input->end)
            *used = measure(cli, input, &failed);
        if (failed)
            return -1;
        if (*used == 0 && input->ended)
            return 0;
        if (*used == 0 && fill(cli, input))
            return -1;
    }
    return 1;
}

static void pass(struct record_input *input, size_t bytes) {
    for (const char *at = input->data + input->start, *end = at + bytes;
         input->free_form && (at = memchr(at, '\n', (size_t)(end - at))); at++)
        input->line++;
    input->start += bytes;
    input->used = bytes;
    input->scanned = input->depth = 0;
    input->in_string = input->escaped = false;
}

int record_input_next(struct cli *cli, struct record_input *input, struct delta_arena *arena,
                      const struct delta_record **record) {
    size_t used;
    int got;
    while ((got = await(cli, input, &used)) > 0) {
        struct delta_err err = {0};
        size_t offset = 0;
        const char *bytes = delta_bytes_copy(arena, input->data + input->start, used, &err);
        *record = bytes ? delta_record_read(arena, bytes, used, &offset, input->max_size,
                                            input->name, &err)
                        : NULL;
        if (*record) {
            pass(input, offset);
            return 1;
        }
        if (err.code != DELTA_OK ||
            delta_export_header_read(bytes, used, &input->export_header, &err) < 0) {
            record_input_place(input, &err);
            cli_error(cli, &err);
            return -1;
        }
        input->has_export_header = true;
        pass(input, used);
    }
    return got;
}
