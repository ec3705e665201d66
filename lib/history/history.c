#include "history/history.h"

#include "base/err.h"
#include "json/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

int history_failed(const struct delta_history *history, struct delta_err *err) {
    return err_in_file(err, history->path);
}

int history_new_header(struct frame_header *header, struct delta_err *err) {
    *header = (struct frame_header){.version = FRAME_VERSION};
    if (getrandom(&header->salt, sizeof header->salt, 0) != (ssize_t)sizeof header->salt)
        return err_system(err, "cannot get random numbers");
    return 0;
}

int history_set_id(struct delta_history *history, uint64_t id, struct delta_err *err) {
    while (!id)
        if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id)
            return err_system(err, "cannot get random numbers");
    history->id = id;
    (void)snprintf(history->source, sizeof history->source, "%016" PRIx64, id);
    return 0;
}

int history_set_key(struct delta_history *history, struct byte_span key, struct delta_err *err) {
    char *copy = key.length ? malloc(key.length) : NULL;
    if (key.length && !copy)
        return err_memory(err);
    if (copy)
        memcpy(copy, key.bytes, key.length);
    free((char *)history->key.bytes);
    history->key = (struct byte_span){copy, copy ? key.length : 0};
    return 0;
}

/* ---- Loading ----------------------------------------------------------------------------------*/

void history_forget_base(struct delta_history *history) {
    delta_arena_free(history->base.arena);
    delta_arena_free(history->base.text_arena);
    delta_arena_free(history->base.keyframe.arena);
    history->base = (struct history_base){0};
}

/* Forgets all that is known of the file but its header, options and key. */
static void forget(struct delta_history *history) {
    history_forget_base(history);
    delta_buf_free(&history->writer.pending);
    history->writer = (struct history_writer){.detached = history->writer.detached,
                                              .broken = history->writer.broken};
    positions_free(&history->positions);
    delta_arena_free(history->names.arena);
    history->names = (struct history_names){0};
    history->parked = false;
    history->tail = (struct scan_tail){.end = FRAME_START};
    history->has_tip = history->has_void = history->has_names = false;
    history->linked = (struct scan_frame){0};
    history->count = 0;
    history->fresh = true;
    scan_close(&history->scan);
}

/* 0 when what cannot be read is damaged; -1 with the failure when it only could not be read now. */
static int only_damage(const struct delta_err *why, struct delta_err *err) {
    if (why->code == DELTA_ERR_DAMAGED)
        return 0;
    if (err && err->code == DELTA_OK)
        *err = *why;
    return -1;
}

/* The options are the first frame. A reader can do without them. */
static int load_options(struct delta_history *history, struct delta_err *err) {
    struct scan_frame frame;
    history->options = (struct delta_export_header){0};
    history->options_damaged = history->scan.end > FRAME_START;
    int found = scan_after(&history->scan, FRAME_START, FRAME_START + 1, &frame, err);
    if (found <= 0)
        return found;
    struct delta_err why = {0};
    struct byte_span key;
    if (frame.head.kind != FRAME_OPTIONS) {
        history->options_damaged = false; /* there never were any */
        return 0;
    }
    const unsigned char *payload = scan_payload(&history->scan, &frame, &why);
    if (payload && payload_get_options(payload, (size_t)frame.head.payload_length,
                                       &history->options, &history->id, &key, &why) == 0) {
        history->options_damaged = false;
        return history_set_id(history, history->id, err) < 0 ? -1
                                                             : history_set_key(history, key, err);
    }
    return only_damage(&why, err);
}

/* Positions that a rewrite carried over are the second frame. */
static int load_positions(struct delta_history *history, struct delta_err *err) {
    uint64_t at = FRAME_START + FRAME_AROUND + PAYLOAD_OPTIONS + history->key.length;
    struct scan_frame frame;
    if (at >= history->scan.end)
        return 0;
    int found = scan_after(&history->scan, at, at + 1, &frame, err);
    if (found <= 0 || frame.head.kind != FRAME_POSITIONS)
        return found < 0 ? -1 : 0;
    struct delta_err why = {0};
    const unsigned char *payload = scan_payload(&history->scan, &frame, &why);
    if (payload &&
        positions_get(&history->positions, payload, (size_t)frame.head.payload_length, &why) == 0)
        return 0;
    history->options_damaged = true;
    return only_damage(&why, err);
}

static int load_tip(struct delta_history *history, struct delta_err *err) {
    uint64_t limit = history->tail.end;
    int found;
    do {
        found = scan_live_before(&history->scan, limit, &history->tip, err);
        limit = history->tip.offset;
    } while (found > 0 &&
             (history->tip.head.kind == FRAME_POSITIONS || history->tip.head.kind == FRAME_NAMES));
    if (found <= 0)
        return found;
    if (history->tip.head.kind == FRAME_OPTIONS)
        return 0;
    history->has_tip = true;
    history->count = history->tip.head.index + history->tip.head.count;
    return 0;
}

int history_load(struct delta_history *history, struct delta_err *err) {
    struct stat status;
    forget(history);
    if (history->fd < 0)
        return 0;
    if (fstat(history->fd, &status) < 0)
        return err_system(err, "cannot stat");
    if (!S_ISREG(status.st_mode))
        return err_set(err, DELTA_ERR_USAGE, "a history must be a regular file");
    history->writer.end = (uint64_t)status.st_size;
    if (status.st_size == 0)
        return 0;
    history->fresh = false;
    if (scan_open(&history->scan, history->fd, (uint64_t)status.st_size, err) < 0 ||
        scan_tail(&history->scan, &history->tail, err) < 0 || load_options(history, err) < 0 ||
        load_positions(history, err) < 0 || load_tip(history, err) < 0)
        return -1;
    if (history->tail.ending != SCAN_CLEAN)
        history->writer.torn = history->scan.end - history->tail.end;
    if (history->tail.has_frame) {
        const struct frame_head *last = &history->tail.last.head;
        history->has_void = last->flags & FRAME_AFTER_VOID || last->kind == FRAME_VOID;
        history->has_names = last->flags & FRAME_NAMED;
        history->writer.previous = (uint32_t)history->tail.last.checksum;
    }
    return 0;
}

/* ---- Opening ----------------------------------------------------------------------------------*/

/* Opens the file. In the mode DELTA_HISTORY_ADD a missing one is created if `create`, else left
 * missing. */
static int open_file(struct delta_history *history, bool create, struct delta_err *err) {
    int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK; /* a FIFO is refused, not waited for */
    flags |= history->mode == DELTA_HISTORY_READ ? O_RDONLY : O_RDWR;
    if (create && history->mode == DELTA_HISTORY_ADD)
        flags |= O_CREAT;
    int fd = open(history->path, flags, 0666);
    if (fd < 0 && errno == ENOENT && history->mode == DELTA_HISTORY_ADD && !create)
        return 0;
    if (fd < 0)
        return err_system(err, "cannot open");
    if (history->fd >= 0)
        close(history->fd);
    history->fd = fd;
    return 0;
}

struct delta_history *history_new(const char *path, enum delta_history_mode mode,
                                  struct delta_err *err) {
    struct delta_history *history = calloc(1, sizeof *history);
    if (!history || !(history->path = strdup(path))) {
        free(history);
        err_memory(err);
        return NULL;
    }
    history->fd = -1;
    history->mode = mode;
    history->fresh = true;
    history->scan.fd = -1;
    return history;
}

struct delta_history *delta_history_open(const char *path, enum delta_history_mode mode,
                                         struct delta_err *err) {
    struct delta_history *history = history_new(path, mode, err);
    if (!history)
        return NULL;
    if (open_file(history, false, err) < 0 || history_load(history, err) < 0) {
        history_failed(history, err);
        delta_history_close(history);
        return NULL;
    }
    return history;
}

void delta_history_close(struct delta_history *history) {
    if (!history)
        return;
    forget(history);
    if (history->fd >= 0)
        close(history->fd);
    free((char *)history->key.bytes);
    free(history->path);
    free(history);
}

/* ---- Locking ----------------------------------------------------------------------------------*/

/* True while the path names the file that is open: 1, 0 or -1. */
static int is_current(const struct delta_history *history, struct delta_err *err) {
    struct stat open_one, named;
    if (fstat(history->fd, &open_one) < 0)
        return err_system(err, "cannot stat");
    if (stat(history->path, &named) < 0)
        return errno == ENOENT ? 0 : err_system(err, "cannot stat");
    return open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
}

static bool is_unchanged(const struct history_file *file, const struct stat *status) {
    return file->device == status->st_dev && file->inode == status->st_ino &&
           file->size == status->st_size && file->changed.tv_sec == status->st_ctim.tv_sec &&
           file->changed.tv_nsec == status->st_ctim.tv_nsec;
}

int history_lock(struct delta_history *history, struct delta_err *err) {
    struct stat status;
    bool reopened = false;
    if (history->locked)
        return 0;
    if (history->mode == DELTA_HISTORY_READ)
        return err_set(err, DELTA_ERR_USAGE, "the history is open for reading only");
    if (history->fd < 0) {
        if (open_file(history, true, err) < 0)
            return -1;
        reopened = true;
    }
    for (;;) {
        while (flock(history->fd, LOCK_EX) < 0)
            if (errno != EINTR)
                return err_system(err, "cannot lock");
        int current = is_current(history, err);
        if (current < 0)
            return -1;
        if (current)
            break;
        /* It was rewritten while we waited. */
        if (open_file(history, true, err) < 0)
            return -1;
        reopened = true;
    }
    history->locked = true;
    if (fstat(history->fd, &status) < 0)
        return err_system(err, "cannot stat");
    if (history->parked && is_unchanged(&history->file, &status)) {
        history->parked = false;
        history->scan.fd = history->fd;
        return 0;
    }
    if (reopened || (uint64_t)status.st_size != history->writer.end)
        return history_load(history, err);
    return 0;
}

void history_unlock(struct delta_history *history) {
    if (history->locked)
        flock(history->fd, LOCK_UN);
    history->locked = false;
}

int history_adopt(struct delta_history *history, int fd, struct delta_err *err) {
    close(history->fd);
    history->fd = fd;
    history->locked = true;
    return history_load(history, err);
}

/* ---- Queries ----------------------------------------------------------------------------------*/

int history_check_end(const struct delta_history *history, struct delta_err *err) {
    if (history->fresh || history->tail.ending != SCAN_INVALID)
        return 0;
    err_set(err, DELTA_ERR_DAMAGED,
            "the last %" PRIu64 " bytes, from byte %" PRIu64
            " on, are invalid: an unfinished write, or damage",
            history->scan.end - history->tail.end, history->tail.end);
    return history_failed(history, err);
}

int history_check_links(struct delta_history *history, uint64_t offset, struct delta_err *err) {
    struct scan_frame frame, *linked = &history->linked;
    if (!history->tail.has_frame)
        return 0;
    if (!linked->offset)
        *linked = history->tail.last;
    for (;;) {
        if (scan_follow_links(&history->scan, offset, linked, err))
            return -1;
        if (linked->offset <= offset)
            return 0;
        int found = scan_live_before_frame(&history->scan, linked, &frame, err);
        if (found <= 0)
            return found;
        if (frame.unlinked)
            return err_set(
                err, DELTA_ERR_DAMAGED,
                "the frame at byte %" PRIu64
                " does not follow the one before it: earlier frames belong to another copy "
                "(see `delta-chain verify`)",
                linked->offset);
        *linked = frame;
    }
}

int delta_history_check_end(const struct delta_history *history, uint64_t *torn,
                            struct delta_err *err) {
    if (torn)
        *torn = history->fresh ? 0 : history->scan.end - history->tail.end;
    return history_check_end(history, err);
}

void delta_history_set_max_size(struct delta_history *history, uint64_t max_size) {
    history->max_size = max_size;
}

uint32_t delta_history_count(const struct delta_history *history) {
    return history->count;
}

const char *delta_history_source(const struct delta_history *history) {
    return history->source;
}

void delta_history_options(const struct delta_history *history,
                           struct delta_history_options *options) {
    *options = history->options.how;
}

bool delta_history_export_header(const struct delta_history *history,
                                 struct delta_export_header *export_header) {
    *export_header = history->options;
    export_header->names = NULL;
    return !history->options_damaged;
}
