#include "cli/record_input.h"

#include "cli/message.h"
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEP = 64 * 1024 }; /* bytes asked for at once */

int record_input_open(struct cli *cli, struct record_input *input, const char *path,
                      uint64_t max_size, bool lines) {
    bool named = path && strcmp(path, "-") != 0;
    *input = (struct record_input){.name = named ? path : "standard input", .fd = STDIN_FILENO};
    const struct delta_record_reader_options options = {
        .name = input->name, .max_size = max_size, .lines = lines};
    struct delta_err err = {0};
    input->step = malloc(STEP);
    input->reader = delta_record_reader_new(&options, &err);
    if (!input->step || !input->reader)
        return cli_fail(cli, "out of memory");
    if (named)
        input->fd = open(path, O_RDONLY | O_CLOEXEC);
    return input->fd < 0 ? cli_fail_system(cli, "%s", path) : CLI_OK;
}

void record_input_close(struct record_input *input) {
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

int record_input_next(struct cli *cli, struct record_input *input, struct delta_arena *arena,
                      const struct delta_record **record) {
    for (bool ended = false;;) {
        struct delta_err err = {0};
        int got = delta_record_reader_next(input->reader, arena, record, &err);
        if (got < 0)
            cli_error(cli, &err);
        if (got != 0 || ended)
            return got;
        int filled = fill(cli, input);
        if (filled < 0)
            return -1;
        ended = filled == 0;
    }
}
