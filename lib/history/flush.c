/* Writing pending frames. The file of a new history is created together with its first states or
 * not at all; later frames are appended, and what a failed write leaves behind is voided.
 *
 * Invariant: at every moment, and after a crash at any, the file is a valid history that has at
 * least the acknowledged states. */
#include "history/flush.h"

#include "base/err.h"
#include "base/io.h"
#include "history/frame_writer.h"
#include "history/pending.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int flush_create(const char *path, uint64_t salt, struct replacement *file, struct delta_err *err) {
    if (replacement_begin(file, path, salt, err) < 0)
        return -1;
    if (file->direct)
        return err_set(err, DELTA_ERR_USAGE, "a history must be a regular file, not a descriptor");
    return flock(file->fd, LOCK_EX) < 0 ? err_system(err, "cannot lock") : 0;
}

int flush_duplicate(const struct replacement *file, struct delta_err *err) {
    int fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 3);
    return fd < 0 ? err_system(err, "cannot duplicate the descriptor") : fd;
}

/* Writes the file of a new history under a temporary name. */
static int write_fresh(struct delta_history *history, struct replacement *file,
                       struct delta_err *err) {
    const struct delta_buf *pending = &history->writer.pending;
    if (flush_create(history->path, history->scan.header.salt, file, err) < 0)
        return -1;
    return replacement_write(file, pending->data, pending->length, err);
}

/* Puts the file in its place; returns a descriptor that holds its lock, or -1. */
static int place_fresh(struct replacement *file, bool durably, struct delta_err *err) {
    int fd = flush_duplicate(file, err);
    if (fd < 0)
        return -1;
    if ((durably ? replacement_commit(file, err) : replacement_place(file, err)) == 0)
        return fd;
    close(fd);
    return -1;
}

static int flush_fresh(struct delta_history *history, struct delta_err *err) {
    struct replacement file = {0};
    int fd = write_fresh(history, &file, err) < 0 ? -1 : place_fresh(&file, true, err);
    if (fd < 0) {
        replacement_abort(&file);
        return -1;
    }
    return history_adopt(history, fd, err);
}

/* Voids what a failed write left behind, if that is still possible. */
static void void_pending(struct delta_history *history) {
    struct stat status;
    /* The torn bytes before it are voided too, because their void is part of what failed. */
    if (fstat(history->fd, &status) < 0 || (uint64_t)status.st_size <= history->tail.end)
        return;
    uint64_t voided = (uint64_t)status.st_size - history->tail.end;
    struct delta_buf out = {0}, nothing = {0};
    uint32_t previous = history->tail.has_frame ? (uint32_t)history->tail.last.checksum : 0;
    struct frame_place place = {.out = &out,
                                .start = (uint64_t)status.st_size,
                                .salt = history->scan.header.salt,
                                .previous = &previous};
    struct frame_head head = {.kind = FRAME_VOID,
                              .index = history->count - history->writer.pending_states,
                              .distance = voided,
                              .flags = (uint16_t)(pending_flags(history) | FRAME_FIRST)};
    /* Half a void would be worse than none: the next writer makes one where there is room. */
    if (frame_append(&place, &head, &nothing, NULL) == 0 &&
        (fallocate(history->fd, FALLOC_FL_KEEP_SIZE, status.st_size, (off_t)out.length) == 0 ||
         errno == EOPNOTSUPP) &&
        lseek(history->fd, status.st_size, SEEK_SET) >= 0)
        (void)io_write_all(history->fd, out.data, out.length, NULL);
    delta_buf_free(&out);
}

static int write_appended(struct delta_history *history, struct delta_err *err) {
    const struct history_writer *writer = &history->writer;
    if (lseek(history->fd, (off_t)writer->end, SEEK_SET) < 0)
        return err_system(err, "cannot write");
    return io_write_all(history->fd, writer->pending.data, writer->pending.length, err);
}

/* The pending frames are now in the file. */
static void note_written(struct delta_history *history) {
    struct history_writer *writer = &history->writer;
    history->fresh = false;
    writer->end += writer->pending.length;
    scan_extend(&history->scan, writer->end);
    history->tail = (struct scan_tail){.has_frame = true, .last = writer->last, .end = writer->end};
    delta_buf_free(&writer->pending);
    writer->pending_states = 0;
    writer->pending_names = false;
}

static int flush_appended(struct delta_history *history, struct delta_err *err) {
    if (write_appended(history, err) < 0 ||
        (!history->writer.detached && fdatasync(history->fd) < 0 &&
         err_system(err, "cannot sync") < 0)) {
        if (!history->writer.detached)
            void_pending(history);
        return -1;
    }
    note_written(history);
    return 0;
}

/* Writes what is pending, into a new file if there is none yet. */
static int flush(struct delta_history *history, struct delta_err *err) {
    bool fresh = history->fresh && !history->writer.detached;
    return fresh ? flush_fresh(history, err) : flush_appended(history, err);
}

int flush_empty(struct delta_history *history, struct delta_err *err) {
    return pending_begin(history, err) < 0 ? -1 : flush(history, err);
}

/* 1 when there is something to write, all of which is pending then; 0, -1. */
static int collect(struct delta_history *history, struct delta_err *err) {
    const struct history_writer *writer = &history->writer;
    if (writer->broken)
        return err_set(err, DELTA_ERR_USAGE, "an earlier write failed");
    if (!writer->pending_states && !writer->pending_names && !history->positions.dirty)
        return 0;
    return history->positions.dirty && pending_positions(history, true, err) < 0 ? -1 : 1;
}

int flush_pending(struct delta_history *history, struct delta_err *err) {
    int some = collect(history, err);
    if (some <= 0)
        return some;
    history->writer.broken = true;
    if (flush(history, err) < 0)
        return -1;
    history->writer.broken = false;
    return 0;
}

int flush_write(struct delta_history *history, struct replacement *file, struct delta_err *err) {
    int some = collect(history, err);
    if (some <= 0)
        return some;
    history->writer.broken = true;
    if ((history->fresh ? write_fresh(history, file, err) : write_appended(history, err)) == 0)
        return 1;
    flush_undo(history, file);
    return -1;
}

int flush_settle(struct delta_history *history, struct replacement *file, struct delta_err *err) {
    if (history->fresh) {
        int fd = place_fresh(file, false, err);
        if (fd < 0) {
            replacement_abort(file);
            return -1;
        }
        struct frame_header header = history->scan.header;
        scan_close(&history->scan);
        close(history->fd);
        history->fd = fd;
        history->scan = (struct scan){.fd = fd, .header = header};
    }
    note_written(history);
    history->writer.broken = false;
    return 0;
}

void flush_undo(struct delta_history *history, struct replacement *file) {
    if (history->fresh)
        replacement_abort(file);
    else
        void_pending(history);
}
