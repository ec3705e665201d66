#include "base/io.h"

#include "base/buf.h"
#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIPE_STEP = 256 * 1024 }; /* bytes asked of a pipe at once */

/* True when the call that just failed is worth making again: it was interrupted, or the descriptor
 * was handed to us non-blocking and is ready now. */
static bool again(int fd, short event) {
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN)
        return false;
    struct pollfd ready = {.fd = fd, .events = event};
    return poll(&ready, 1, -1) > 0 || errno == EINTR;
}

/* One read that gives bytes, the end (0), or -1. */
static ssize_t read_some(int fd, void *bytes, size_t length) {
    ssize_t got;
    do
        got = read(fd, bytes, length);
    while (got < 0 && again(fd, POLLIN));
    return got;
}

static char *too_large(size_t max, struct delta_err *err) {
    err_set(err, DELTA_ERR_LIMIT, "larger than the %zu bytes allowed", max);
    return NULL;
}

static char *finish(char *text, size_t used, size_t *length) {
    memset(text + used, 0, IO_PADDING);
    *length = used;
    return text;
}

/* Reads on to an end that is not known, after the bytes that `start` holds already. */
static char *read_growing(struct delta_arena *arena, int fd, struct delta_buf *start, size_t max,
                          size_t *length, struct delta_err *err) {
    char *text = NULL;
    for (;;) {
        if (!buf_reserve(start, PIPE_STEP)) {
            err_memory(err);
            break;
        }
        ssize_t got = read_some(fd, start->data + start->length, start->capacity - start->length);
        if (got < 0) {
            err_system(err, "cannot read");
            break;
        }
        start->length += (size_t)got;
        if (start->length > max) {
            too_large(max, err);
            break;
        }
        if (got == 0) {
            text = arena_alloc(arena, start->length + IO_PADDING);
            if (!text)
                err_memory(err);
            break;
        }
    }
    if (text) {
        memcpy(text, start->data, start->length);
        finish(text, start->length, length);
    }
    delta_buf_free(start);
    return text;
}

/* A regular file with `size` bytes left in it when we looked: one allocation, and as a rule one
 * call. The padding has room for a few bytes more, which show that the file has grown; a call that
 * was given that room and stopped at the size has found the end. */
static char *read_sized(struct delta_arena *arena, int fd, size_t size, size_t max, size_t *length,
                        struct delta_err *err) {
    struct arena_mark mark = arena_mark(arena);
    char *text = arena_alloc(arena, size + IO_PADDING);
    if (!text) {
        err_memory(err);
        return NULL;
    }
    size_t used = 0;
    while (used <= size) {
        ssize_t got = read_some(fd, text + used, size + IO_PADDING - used);
        if (got < 0) {
            err_system(err, "cannot read");
            arena_rewind(arena, mark);
            return NULL;
        }
        used += (size_t)got;
        if (got == 0 || used == size)
            return finish(text, used, length);
    }
    struct delta_buf start = {0};
    buf_put(&start, text, used);
    arena_rewind(arena, mark);
    return read_growing(arena, fd, &start, max, length, err);
}

/* From where the descriptor is to its end; the caller names the file of a failure. */
static char *read_fd(struct delta_arena *arena, int fd, size_t max, size_t *length,
                     struct delta_err *err) {
    struct stat status;
    if (max > SIZE_MAX / 2)
        max = SIZE_MAX / 2; /* so that padding can be added to any length allowed */
    if (fstat(fd, &status) < 0) {
        err_system(err, "cannot read");
        return NULL;
    }
    if (S_ISREG(status.st_mode)) {
        off_t at = lseek(fd, 0, SEEK_CUR);
        uint64_t left = at >= 0 && status.st_size > at ? (uint64_t)(status.st_size - at) : 0;
        if (left > max)
            return too_large(max, err);
        /* A size of 0 says nothing: files of /proc have it too. */
        if (left)
            return read_sized(arena, fd, (size_t)left, max, length, err);
    }
    struct delta_buf start = {0};
    return read_growing(arena, fd, &start, max, length, err);
}

char *io_read_file(struct delta_arena *arena, const char *path, size_t max, size_t *length,
                   struct delta_err *err) {
    bool named = strcmp(path, "-") != 0;
    int fd = named ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
    char *text = NULL;
    if (fd < 0)
        err_system(err, "cannot open");
    else
        text = read_fd(arena, fd, max, length, err);
    if (!text)
        err_in_file(err, named ? path : "standard input");
    if (named && fd >= 0)
        close(fd);
    return text;
}

int io_write_all(int fd, const void *bytes, size_t length, struct delta_err *err) {
    const char *next = bytes;
    while (length) {
        ssize_t put = write(fd, next, length);
        if (put < 0) {
            if (again(fd, POLLOUT))
                continue;
            return err_system(err, "cannot write");
        }
        next += put;
        length -= (size_t)put;
    }
    return 0;
}

const char *delta_read_bytes(struct delta_arena *arena, const char *path, size_t max,
                             size_t *length, struct delta_err *err) {
    return io_read_file(arena, path, max, length, err);
}

const char *delta_bytes_copy(struct delta_arena *arena, const char *bytes, size_t length,
                             struct delta_err *err) {
    char *copy = length <= SIZE_MAX - IO_PADDING ? arena_alloc(arena, length + IO_PADDING) : NULL;
    if (!copy) {
        err_memory(err);
        return NULL;
    }
    if (length)
        memcpy(copy, bytes, length);
    memset(copy + length, 0, IO_PADDING);
    return copy;
}
