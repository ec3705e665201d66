/* Where a command's results go. */
#include "cli/output.h"
#include "cli/message.h"
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_SIZE = 1 << 16 };

/* Reports that the output cannot be written, once. */
static int output_fail(struct cli *cli, const struct delta_err *err) {
    if (!cli->out.broken && err)
        (void)cli_error(cli, err);
    else if (!cli->out.broken)
        (void)cli_fail_system(cli, "standard output");
    cli->out.broken = true;
    cli->out.length = 0;
    return -1;
}

int cli_output_open(struct cli *cli, bool binary) {
    struct delta_err err = {0};

    if (cli->out.open)
        return 0;
    if (binary && !cli->force && cli_is_terminal(cli)) {
        cli_fail(cli, "refusing to write binary data to a terminal: use -o FILE, or --force");
        return -1;
    }
    cli->out.data = malloc(OUTPUT_SIZE);
    if (!cli->out.data) {
        cli_fail(cli, "out of memory");
        return -1;
    }
    cli->out.open = true;
    if (cli->output) {
        cli->out.file = delta_replace_new(cli->output, &err);
        if (!cli->out.file)
            return output_fail(cli, &err);
    }
    return 0;
}

/* True when the write that just failed is worth making again: it was interrupted, or the descriptor
 * was handed to us non-blocking and is ready now. */
static bool wait_to_write(int fd) {
    struct pollfd ready = {.fd = fd, .events = POLLOUT};

    return errno == EINTR || (errno == EAGAIN && (poll(&ready, 1, -1) > 0 || errno == EINTR));
}

static int write_all(int fd, const char *bytes, size_t length) {
    while (length) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && wait_to_write(fd))
            continue;
        if (written < 0)
            return -1;
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

static int write_through(struct cli *cli, const void *bytes, size_t length) {
    struct delta_err err = {0};

    cli->out.written = true;
    if (cli->out.file)
        return delta_replace_write(cli->out.file, bytes, length, &err) ? output_fail(cli, &err) : 0;
    return write_all(STDOUT_FILENO, bytes, length) ? output_fail(cli, NULL) : 0;
}

int cli_flush(struct cli *cli) {
    size_t length = cli->out.length;

    cli->out.length = 0;
    return length ? write_through(cli, cli->out.data, length) : -(int)cli->out.broken;
}

int cli_write(struct cli *cli, const void *bytes, size_t length) {
    if (cli_output_open(cli, false) || cli->out.broken)
        return -1;
    if (length > OUTPUT_SIZE - cli->out.length && cli_flush(cli))
        return -1;
    if (length >= OUTPUT_SIZE)
        return write_through(cli, bytes, length);
    if (length)
        memcpy(cli->out.data + cli->out.length, bytes, length);
    cli->out.length += length;
    return 0;
}

int cli_write_text(struct cli *cli, const char *text) {
    return cli_write(cli, text, strlen(text));
}

int cli_write_buf(struct cli *cli, const struct delta_buf *buf) {
    if (buf->failed) {
        cli_fail(cli, "out of memory");
        return -1;
    }
    return cli_write(cli, buf->data, buf->length);
}

static int put_piece(void *context, const void *bytes, size_t length, struct delta_err *err) {
    (void)err; /* reported already */
    return cli_write(context, bytes, length);
}

int cli_write_value(struct cli *cli, const struct delta_value *value, enum delta_layout layout,
                    unsigned step) {
    struct delta_err err = {0};
    if (delta_write_to(value, layout, step, put_piece, cli, &err) == 0)
        return 0;
    if (err.code != DELTA_OK)
        (void)cli_error(cli, &err);
    return -1;
}

int cli_write_visible(struct cli *cli, const char *text, size_t length) {
    struct delta_buf visible = {0};
    int failed;

    delta_visible_write(text, length, &visible);
    failed = cli_write_buf(cli, &visible);
    delta_buf_free(&visible);
    return failed;
}

size_t cli_whole_characters(const char *text, size_t length, size_t most) {
    if (length <= most)
        return length;
    while (most && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

int cli_printf(struct cli *cli, const char *format, ...) {
    char small[512], *text = small;
    va_list args;
    int length, failed;

    va_start(args, format);
    length = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (length >= (int)sizeof small) {
        va_start(args, format);
        length = vasprintf(&text, format, args);
        va_end(args);
    }
    if (length < 0) {
        cli_fail(cli, "out of memory");
        return -1;
    }
    failed = cli_write(cli, text, (size_t)length);
    if (text != small)
        free(text);
    return failed;
}

void cli_output_keep(struct cli *cli) {
    cli->out.keep = true;
}

int cli_output_close(struct cli *cli) {
    struct cli_output *out = &cli->out;
    struct delta_err err = {0};
    int failed = 0;

    if (!out->open)
        return 0;
    /* A file is not replaced by nothing because its first line could not be made. */
    bool kept = out->keep && (out->written || out->length);
    if (out->file && cli->failed && !kept) {
        delta_replace_abort(out->file);
    } else if (cli_flush(cli)) {
        failed = -1;
        delta_replace_abort(out->file);
    } else if (out->file) {
        if (delta_replace_commit(out->file, &err))
            failed = output_fail(cli, &err);
    } else if (close(STDOUT_FILENO)) {
        failed = output_fail(cli, NULL);
    }
    free(out->data);
    *out = (struct cli_output){0};
    return failed;
}

/* ---- The pager ------------------------------------------------------------------------------- */

static bool fits_screen(const struct cli *cli, const struct delta_buf *buf) {
    unsigned rows = cli_rows(cli), lines = 1;
    const char *p = buf->data, *end = p ? p + buf->length : p;

    while (lines < rows && p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
        p++;
        lines++;
    }
    return lines < rows;
}

/* Starts the pager with its standard input at the reading end of a pipe, whose writing end is
 * returned; -1 when it cannot be started. */
static int start_pager(const char *pager, pid_t *child) {
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, (char *)(uintptr_t)pager, NULL};
    posix_spawn_file_actions_t actions;
    int ends[2], error;

    if (pipe2(ends, O_CLOEXEC))
        return -1;
    error = posix_spawn_file_actions_init(&actions);
    if (!error) {
        error = posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
        if (!error)
            error = posix_spawn(child, "/bin/sh", &actions, NULL, argv, environ);
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    close(ends[0]);
    if (error) {
        close(ends[1]);
        return -1;
    }
    return ends[1];
}

int cli_page(struct cli *cli, const struct delta_buf *buf) {
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction on_pipe, on_interrupt;
    const char *pager = getenv("PAGER");
    pid_t child;
    int fd, state = 0;

    if (!pager || !*pager)
        pager = "less";
    if (buf->failed || !cli_is_terminal(cli) || fits_screen(cli, buf) || strcmp(pager, "cat") == 0)
        return cli_write_buf(cli, buf);
    if (cli_flush(cli))
        return -1;
    (void)setenv("LESS", "FRX", 0);
    fd = start_pager(pager, &child);
    if (fd < 0)
        return cli_write_buf(cli, buf);
    /* Leaving the pager early is not an error, and ^C is for the pager. */
    (void)sigaction(SIGPIPE, &ignore, &on_pipe);
    (void)sigaction(SIGINT, &ignore, &on_interrupt);
    (void)write_all(fd, buf->data, buf->length);
    close(fd);
    while (waitpid(child, &state, 0) < 0 && errno == EINTR)
        continue;
    (void)sigaction(SIGPIPE, &on_pipe, NULL);
    (void)sigaction(SIGINT, &on_interrupt, NULL);
    /* The shell's word for a pager that is not there: then nothing has been shown. */
    if (WIFEXITED(state) && (WEXITSTATUS(state) == 126 || WEXITSTATUS(state) == 127))
        return cli_write_buf(cli, buf);
    return 0;
}

/* ---- Files in place -------------------------------------------------------------------------- */

/* Gives the file `path` the second name `backup`, in place of what had it. Nothing is copied:
 * `path` becomes another file afterwards. */
static int keep_backup(const char *path, const char *backup) {
    char *temp = NULL;
    int failed;

    if (linkat(AT_FDCWD, path, AT_FDCWD, backup, AT_SYMLINK_FOLLOW) == 0)
        return 0;
    if (errno != EEXIST || asprintf(&temp, "%s.%ld~", backup, (long)getpid()) < 0)
        return -1;
    failed = linkat(AT_FDCWD, path, AT_FDCWD, temp, AT_SYMLINK_FOLLOW);
    if (!failed) {
        int error;
        failed = rename(temp, backup);
        error = errno;
        (void)unlink(temp); /* still there when both were names of one file already */
        errno = error;
    }
    free(temp);
    return failed;
}

int cli_replace_file(struct cli *cli, const char *path, const char *suffix,
                     const struct delta_buf *buf) {
    struct delta_err err = {0};
    struct delta_replace *file;
    char *backup = NULL;
    int failed = 0;

    if (buf->failed) {
        cli_fail(cli, "out of memory");
        return -1;
    }
    file = delta_replace_new(path, &err);
    if (file && delta_replace_is_direct(file)) {
        delta_replace_abort(file);
        cli_fail(cli, "%s: cannot be replaced: it is a descriptor, a pipe or a device", path);
        return -1;
    }
    if (!file || delta_replace_write(file, buf->data, buf->length, &err)) {
        cli_error(cli, &err);
        delta_replace_abort(file);
        return -1;
    }
    if (suffix && *suffix) {
        if (asprintf(&backup, "%s%s", path, suffix) < 0) {
            backup = NULL;
            failed = -1;
            cli_fail(cli, "out of memory");
        } else if (keep_backup(path, backup)) {
            failed = -1;
            cli_fail_system(cli, "%s: cannot make the backup '%s'", path, backup);
        }
    }
    if (failed) {
        delta_replace_abort(file);
    } else if (delta_replace_commit(file, &err)) {
        failed = -1;
        cli_error(cli, &err);
    }
    free(backup);
    return failed;
}
