#include "cli/message.h"

#include "cli/hint.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_SIZE = 2048 };

int cli_err_memory(struct delta_err *err) {
    if (err->code == DELTA_OK)
        *err = (struct delta_err){.code = DELTA_ERR_MEMORY, .text = "out of memory"};
    return -1;
}

/* The text with what is not printable ASCII replaced: for want of memory for more. */
static void make_plain(const char *text, size_t length, char plain[MESSAGE_SIZE]) {
    size_t i = 0;

    for (; i < MESSAGE_SIZE - 1 && i < length; i++)
        plain[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    plain[i] = '\0';
}

/* Writes "START TEXT END" in a single write. File names, keys and the like in the text are not
 * ours: nothing in it may steer a terminal. */
static void write_visible(const char *start, const char *text, size_t length, const char *end) {
    struct delta_buf visible = {0};

    delta_visible_write(text, length, &visible);
    bool whole = !visible.failed && (visible.data || !length);
    char plain[MESSAGE_SIZE];
    if (!whole)
        make_plain(text, length, plain);
    (void)fprintf(stderr, "%s%.*s%s", start, whole ? (int)visible.length : (int)strlen(plain),
                  whole && visible.data ? visible.data
                  : whole               ? ""
                                        : plain,
                  end);
    delta_buf_free(&visible);
}

/* One message, "command: text\n". */
static void say(struct cli *cli, const char *text, const char *end) {
    char start[64];

    (void)snprintf(start, sizeof start, "%s%s: ", cli->progress_shown ? "\r\033[K" : "",
                   cli->command->name);
    write_visible(start, text, strlen(text), end);
}

void cli_relay(struct cli *cli, const char *line, size_t length) {
    bool indented = length && *line == '\t';

    if (cli->progress_shown)
        (void)fputs("\r\033[K", stderr);
    write_visible(indented ? "\t" : "", line + indented, length - indented, "\n");
}

/* Formats `prefix` and the message into `text`. */
static void compose_text(char text[MESSAGE_SIZE], const char *prefix, const char *format,
                         va_list args) DELTA_PRINTF(3, 0);

static void compose_text(char text[MESSAGE_SIZE], const char *prefix, const char *format,
                         va_list args) {
    int used = snprintf(text, MESSAGE_SIZE, "%s", prefix);

    (void)vsnprintf(text + used, MESSAGE_SIZE - (size_t)used, format, args);
}

/* A message that is not an error. */
static void say_line(struct cli *cli, const char *prefix, const char *format, va_list args)
    DELTA_PRINTF(3, 0);

static void say_line(struct cli *cli, const char *prefix, const char *format, va_list args) {
    char text[MESSAGE_SIZE];

    compose_text(text, prefix, format, args);
    say(cli, text, "\n");
}

int cli_fail(struct cli *cli, const char *format, ...) {
    char text[MESSAGE_SIZE];
    va_list args;

    va_start(args, format);
    compose_text(text, "", format, args);
    va_end(args);
    cli->failed = true;
    /* Met again by whatever ends after it: it is said once. */
    bool memory = strcmp(text, "out of memory") == 0;
    if (!memory || !cli->out_of_memory)
        say(cli, text, "\n");
    cli->out_of_memory |= memory;
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
    (void)snprintf(end, sizeof end, " (see '%s --help')\n", command_name(cli, name, sizeof name));
    cli->failed = true;
    say(cli, text, end);
    return CLI_TROUBLE;
}

void cli_warn(struct cli *cli, const char *format, ...) {
    va_list args;

    va_start(args, format);
    say_line(cli, "warning: ", format, args);
    va_end(args);
}

void cli_note(struct cli *cli, const char *format, ...) {
    va_list args;

    va_start(args, format);
    say_line(cli, "", format, args);
    va_end(args);
}

void cli_verbose(struct cli *cli, const char *format, ...) {
    va_list args;

    va_start(args, format);
    if (cli->verbose)
        say_line(cli, "", format, args);
    va_end(args);
}

int cli_error(struct cli *cli, const struct delta_err *err) {
    char text[MESSAGE_SIZE], hint[MESSAGE_SIZE / 2];

    delta_err_format(err, text, sizeof text);
    hint_for_error(cli, err, hint, sizeof hint);
    cli_fail(cli, "%s%s%s", text, *hint ? "; " : "", hint);
    switch (err->code) {
    case DELTA_ERR_BASE:
    case DELTA_ERR_APPLIED:
    case DELTA_ERR_JOIN:
    case DELTA_ERR_CONFLICT:
    case DELTA_ERR_FORK:
    case DELTA_ERR_GAP:
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
