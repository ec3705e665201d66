/* A run of a command from start to end, and what it says on standard error. */
#include "cli/cli.h"
#include "cli/options.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cli_block {
    struct cli_block *next;
    _Alignas(max_align_t) char bytes[];
};

enum {
    KEPT_MEMORY = 64 * 1024 * 1024, /* bytes freed that are not given back to the system */
    OWN_MAPPING = 4 * 1024 * 1024,  /* bytes from which a block gets a mapping of its own */
};

void cli_begin(struct cli *cli, const struct cli_command *command) {
    *cli = (struct cli){.command = command};
    /* A stream's next record needs the memory that the last one gave up. */
    mallopt(M_TRIM_THRESHOLD, KEPT_MEMORY);
    mallopt(M_MMAP_THRESHOLD, OWN_MAPPING);
    /* A closed descriptor is taken by something that cannot be used in its direction, so that its
     * use fails, and no other file gets its number. */
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void *cli_alloc(struct cli *cli, size_t count, size_t size) {
    struct cli_block *block = NULL;
    size_t bytes;

    if (!__builtin_mul_overflow(count, size, &bytes) &&
        !__builtin_add_overflow(bytes, sizeof *block, &bytes))
        block = calloc(1, bytes);
    if (!block) {
        cli_fail(cli, "out of memory");
        return NULL;
    }
    block->next = cli->owned;
    cli->owned = block;
    return block->bytes;
}

int cli_finish(struct cli *cli, int status) {
    if (cli_output_close(cli))
        status = CLI_TROUBLE;
    while (cli->owned) {
        struct cli_block *next = cli->owned->next;
        free(cli->owned);
        cli->owned = next;
    }
    return status;
}

/* The `number`th name of "OLD NEW..."; the last one stands for all after it. */
static const char *operand_name(const char *names, size_t number, int *length) {
    for (;;) {
        size_t end = strcspn(names, " ");
        if (number-- == 0 || names[end] == '\0') {
            *length = (int)end;
            return names;
        }
        names += end + 1;
    }
}

int cli_operands(struct cli *cli, size_t least, size_t most, const char *names) {
    int length;

    if (cli->operand_count < least) {
        const char *name = operand_name(names, cli->operand_count, &length);
        return cli_usage(cli, "%.*s is missing", length, name);
    }
    if (cli->operand_count > most)
        return cli_usage(cli, "extra operand '%s'", cli->operands[most]);
    return CLI_GO;
}

int cli_stdin_once(struct cli *cli) {
    size_t count = 0;

    for (size_t i = 0; i < cli->operand_count; i++)
        count += strcmp(cli->operands[i], "-") == 0;
    return count > 1 ? cli_usage(cli, "'-' stands twice, and standard input can be read only once")
                     : CLI_GO;
}

/* ---- Messages -------------------------------------------------------------------------------- */

enum { MESSAGE_SIZE = 2048 };

/* One message, "command: text\n", in a single write. Control characters, which a file's name can
 * bring, are escaped. */
static void say(struct cli *cli, const char *text, const char *end) {
    static const char hex[] = "0123456789abcdef";
    char out[MESSAGE_SIZE];
    size_t used, room = sizeof out - strlen(end) - 1;

    used = (size_t)snprintf(out, sizeof out, "%s%s: ", cli->progress_shown ? "\r\033[K" : "",
                            cli->command->name);
    for (const unsigned char *p = (const unsigned char *)text; *p && used + 4 < room; p++) {
        if (*p < 0x20 || *p == 0x7f) {
            out[used++] = '\\';
            out[used++] = 'x';
            out[used++] = hex[*p >> 4];
            out[used++] = hex[*p & 15];
        } else {
            out[used++] = (char)*p;
        }
    }
    memcpy(out + used, end, strlen(end) + 1);
    (void)fputs(out, stderr);
}

/* Formats `prefix` and the message into `text`. */
static void compose_text(char text[MESSAGE_SIZE], const char *prefix, const char *format,
                         va_list args) DELTA_PRINTF(3, 0);

static void compose_text(char text[MESSAGE_SIZE], const char *prefix, const char *format,
                         va_list args) {
    int used = snprintf(text, MESSAGE_SIZE, "%s", prefix);

    (void)vsnprintf(text + used, MESSAGE_SIZE - (size_t)used, format, args);
}

int cli_fail(struct cli *cli, const char *format, ...) {
    char text[MESSAGE_SIZE];
    va_list args;

    va_start(args, format);
    compose_text(text, "", format, args);
    va_end(args);
    cli->failed = true;
    say(cli, text, "\n");
    return CLI_TROUBLE;
}

int cli_fail_system(struct cli *cli, const char *format, ...) {
    const char *reason = strerror(errno);
    char text[MESSAGE_SIZE];
    va_list args;

    va_start(args, format);
    compose_text(text, "", format, args);
    va_end(args);
    return cli_fail(cli, "%s: %s", text, reason);
}

int cli_usage(struct cli *cli, const char *format, ...) {
    char text[MESSAGE_SIZE], name[64], end[128];
    va_list args;

    va_start(args, format);
    compose_text(text, "", format, args);
    va_end(args);
    (void)snprintf(end, sizeof end, " (see '%s --help')\n",
                   options_command_name(cli, name, sizeof name));
    cli->failed = true;
    say(cli, text, end);
    return CLI_TROUBLE;
}

void cli_warn(struct cli *cli, const char *format, ...) {
    char text[MESSAGE_SIZE];
    va_list args;

    va_start(args, format);
    compose_text(text, "warning: ", format, args);
    va_end(args);
    say(cli, text, "\n");
}

void cli_verbose(struct cli *cli, const char *format, ...) {
    char text[MESSAGE_SIZE];
    va_list args;

    if (!cli->verbose)
        return;
    va_start(args, format);
    compose_text(text, "", format, args);
    va_end(args);
    say(cli, text, "\n");
}

int cli_error(struct cli *cli, const struct delta_err *err) {
    char text[MESSAGE_SIZE];

    delta_err_format(err, text, sizeof text);
    cli_fail(cli, "%s", text);
    switch (err->code) {
    case DELTA_ERR_BASE:
    case DELTA_ERR_APPLIED:
    case DELTA_ERR_JOIN:
    case DELTA_ERR_CONFLICT:
        return CLI_NO;
    default:
        return CLI_TROUBLE;
    }
}

void cli_warn_error(struct cli *cli, const struct delta_err *err) {
    char text[MESSAGE_SIZE];

    delta_err_format(err, text, sizeof text);
    cli_warn(cli, "%s", text);
}
