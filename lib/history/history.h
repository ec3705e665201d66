/* A history file that is open: which states it has, and where its end is. What is done with it is
 * in restore, append, walk, audit, rewrite and revision. */
#ifndef HISTORY_HISTORY_H
#define HISTORY_HISTORY_H

#include "base/buf.h"
#include "history/payload.h"
#include "history/positions.h"
#include "history/scan.h"

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

enum {
    HISTORY_LEVEL = 9,   /* zstd, where the options name none */
    HISTORY_CHAIN = 128, /* records between a state and its keyframe, where they name no limit */
};

/* The keyframe that new records are compressed against. */
struct history_keyframe {
    bool known;
    uint64_t offset;
    uint32_t index;
    uint64_t weight; /* bytes of the records' bodies since */
    struct delta_arena *arena;
    const struct delta_value *value; /* NULL while nobody needed it */
    struct byte_span text;           /* likewise */
};

/* What states are called; a zeroed one is not read yet. */
struct history_names {
    bool loaded;
    struct delta_arena *arena;
    struct delta_history_name *list; /* by name */
    size_t count;
};

/* What a file was when we looked at it: the same as long as nobody else wrote to it. */
struct history_file {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct delta_history {
    char *path;
    int fd;
    enum delta_history_mode mode;
    uint64_t max_size; /* as it was set; see history_max_size */
    bool locked;
    bool fresh;    /* there is no header yet: the file is missing or empty */
    bool detached; /* a file on its way to become the history: nobody else sees it */
    bool broken;   /* a flush failed */
    bool has_tip;  /* `tip` is the last frame that holds a state */
    bool has_void; /* a void stands somewhere */
    struct scan scan;
    struct scan_tail tail;
    struct scan_frame tip;
    struct scan_frame linked; /* the earliest frame whose links to the end of the file were checked;
                                 an offset of 0: none */
    uint64_t torn;            /* bytes at the end to be passed over */
    uint32_t count;
    struct delta_export_header options;
    bool options_damaged;
    struct history_names names;
    uint64_t id;                /* random, for life */
    char source[17];            /* the same as hex digits: the source of states without another */
    struct byte_span key;       /* in its own memory, where the path has only its hash; no bytes */
    struct positions positions; /* of the file's start, or of all of it when complete */

    /* Being added: */
    struct delta_arena *tip_arena;       /* owns the tip's value when it was read from the file */
    const struct delta_value *tip_value; /* NULL while nobody needed it */
    bool parked;                         /* see history_park */
    struct history_file file;            /* as it was then */
    struct delta_arena *text_arena;      /* owns the tip's text */
    struct byte_span tip_text;           /* its canonical form, padded; no bytes: not known */
    struct history_keyframe keyframe;
    struct delta_buf pending;   /* frames not written yet, which start at `end` */
    uint64_t end;               /* of the file as its writers see it */
    struct frame_head tip_head; /* of the last state, pending ones included */
    uint32_t previous;          /* checksum of the last frame, likewise */
    uint16_t flags;             /* of frames to come */
    struct scan_frame last;     /* the last frame that is pending or written */
    uint32_t pending_states;
    bool pending_names;
};

/* Looks at the file anew, as it is now under `fd`; what was pending is dropped. */
int history_load(struct delta_history *history, struct delta_err *err);

/* Takes the lock, on the file that the path names at that moment, and loads it when it changed.
 * Does nothing when it is held. */
int history_lock(struct delta_history *history, struct delta_err *err);
void history_unlock(struct delta_history *history);

/* Closes the file of a history that has nothing pending, which gives up the lock, and keeps what is
 * known of it, in as little memory as that takes. history_lock opens it again, and reads it only
 * when somebody else wrote to it meanwhile. For want of memory less is kept. O(tip, keyframe). */
void history_park(struct delta_history *history);

/* Bytes that a parked history takes. */
size_t history_parked_size(const struct delta_history *history);

/* Puts another open file, which is locked, in the place of this one. */
int history_adopt(struct delta_history *history, int fd, struct delta_err *err);

/* Fails when the end is invalid and not plainly an unfinished write. */
int history_check_end(const struct delta_history *history, struct delta_err *err);

/* Checks that the frames from the end of the file back to byte `offset` follow one another: those
 * of a copy that went another way have good checksums, too. Frames that damage stands between are
 * not held against each other. DELTA_ERR_DAMAGED when one does not follow. O(frames), once. */
int history_check_links(struct delta_history *history, uint64_t offset, struct delta_err *err);

/* Bytes of a state that is read. */
static inline uint64_t history_max_size(const struct delta_history *history) {
    bool less = history->max_size && history->max_size < DELTA_MAX_STATE;
    return less ? history->max_size : DELTA_MAX_STATE;
}

static inline int history_level(const struct delta_history *history) {
    return history->options.how.level ? history->options.how.level : HISTORY_LEVEL;
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
