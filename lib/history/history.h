/* An open history file: which states it has, and where it ends. The view of the file is all that
 * readers use; `base` and `writer` are the state of adding to it. */
#ifndef HISTORY_HISTORY_H
#define HISTORY_HISTORY_H

#include "base/buf.h"
#include "codec/strategy.h"
#include "history/payload.h"
#include "history/positions.h"
#include "history/scan.h"

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

/* The names of states; zeroed: not read yet. */
struct history_names {
    bool loaded;
    struct delta_arena *arena;
    struct delta_history_name *list; /* by name */
    size_t count;
};

/* The identity of a file: unchanged as long as no other process has written to it. */
struct history_file {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

/* The keyframe that new records are compressed against. */
struct history_keyframe {
    bool known;
    uint64_t offset;
    uint32_t index;
    uint64_t weight; /* payload bytes of the records since */
    struct delta_arena *arena;
    struct byte_span text; /* its canonical form; no bytes: not needed yet */
};

/* What the next state is stored against. Read when it is first needed (tip.h). */
struct history_base {
    struct delta_arena *arena;       /* owns the value, unless the caller does */
    const struct delta_value *value; /* of the tip; NULL: not needed yet */
    uint32_t shared;                 /* states before it that it shares the arena with */
    uint64_t shared_bytes;           /* which these take there */
    struct delta_arena *text_arena;
    struct byte_span text; /* canonical form of the tip, padded; no bytes: not known */
    struct history_keyframe keyframe;
};

/* Frames that are added, and the end of the file as the writer sees it. */
struct history_writer {
    struct delta_buf pending; /* frames that are not written yet, from byte `end` on */
    uint32_t pending_states;
    bool pending_names;
    uint64_t end;
    uint64_t torn;          /* bytes at the end to be voided first */
    struct scan_frame last; /* the last frame, pending ones included */
    uint32_t previous;      /* its checksum */
    bool detached;          /* the file is about to replace the history: no other process sees it */
    bool broken;            /* a flush failed */
};

struct delta_history {
    char *path;
    int fd;
    enum delta_history_mode mode;
    uint64_t max_size; /* as it was set; see history_max_size */
    bool locked;
    bool parked;              /* see history_park */
    struct history_file file; /* as it was then */

    /* The view. States that are pending are counted in it, and the tip may be one of them. */
    bool fresh;   /* there is no header yet: the file is missing or empty */
    bool has_tip; /* `tip` is the last frame that holds a state */
    bool has_void;
    bool has_names; /* there is a frame of names */
    struct scan scan;
    struct scan_tail tail;
    struct scan_frame tip;
    struct scan_frame linked; /* the earliest frame whose links to the end of the file were checked;
                                 an offset of 0: none */
    uint32_t count;
    struct delta_export_header options;
    bool options_damaged;
    struct history_names names;
    uint64_t id;                /* random, for life */
    char source[17];            /* the same as hex digits: the source of states without another */
    struct byte_span key;       /* in its own memory, where the path has only its hash; no bytes */
    struct positions positions; /* of the file's start, or of all of it when complete */

    struct history_base base;
    struct history_writer writer;
};

/* A history at this path of which nothing was read; NULL when out of memory. */
struct delta_history *history_new(const char *path, enum delta_history_mode mode,
                                  struct delta_err *err);

/* Reads the file under `fd` again from the start; pending frames are dropped. */
int history_load(struct delta_history *history, struct delta_err *err);

/* Takes the lock, on the file that the path names at that moment, and loads it when it changed.
 * Does nothing when it is held. */
int history_lock(struct delta_history *history, struct delta_err *err);
void history_unlock(struct delta_history *history);

/* Replaces the open file with another one, which is locked. */
int history_adopt(struct delta_history *history, int fd, struct delta_err *err);

/* Forgets the tip's value and text, and the keyframe. */
void history_forget_base(struct delta_history *history);

/* Fails if the end of the file is invalid and not certainly an unfinished write. */
int history_check_end(const struct delta_history *history, struct delta_err *err);

/* Checks that the frames from the end of the file back to byte `offset` follow one another: those
 * of a copy that diverged have good checksums, too. Frames with damage between them are not
 * compared. DELTA_ERR_DAMAGED when one does not follow. O(frames), once. */
int history_check_links(struct delta_history *history, uint64_t offset, struct delta_err *err);

/* Bytes of a state that is read. */
static inline uint64_t history_max_size(const struct delta_history *history) {
    bool less = history->max_size && history->max_size < DELTA_MAX_STATE;
    return less ? history->max_size : DELTA_MAX_STATE;
}

static inline int history_level(const struct delta_history *history) {
    return history->options.how.level ? history->options.how.level : STRATEGY_LEVEL;
}

/* A random salt, in a header of this version. */
int history_new_header(struct frame_header *header, struct delta_err *err);

/* Sets the id, a random one for 0. */
int history_set_id(struct delta_history *history, uint64_t id, struct delta_err *err);

/* Sets the key, a copy, which a file made from now on holds. */
int history_set_key(struct delta_history *history, struct byte_span key, struct delta_err *err);

/* Names the history's file in a failure; returns -1. */
int history_failed(const struct delta_history *history, struct delta_err *err);

#endif
