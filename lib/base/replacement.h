/* Files that are replaced, whole or not at all. */
#ifndef BASE_REPLACEMENT_H
#define BASE_REPLACEMENT_H

#include "delta.h"

/* A file that is written whole or not at all: a temporary file beside it, which takes its place
 * (and its owner, mode, ACLs and extended attributes, see rights.h) when it is complete. Other hard
 * links keep the old content. A symbolic link stays; its target is replaced. A device, a fifo, a
 * socket, and a descriptor that this process was given and that is named as /dev/stdout or
 * /dev/fd/N, are written to directly; one of another process (/proc/PID/fd/N) is opened to append.
 * Zero it before use.
 *
 *     begin; write, write, …; commit
 *
 * A failed begin leaves nothing behind. After a failed write or commit, abort: the old file is as
 * it was, unless only the last step of commit failed, that of making the folder's new entry outlast
 * a crash; the failure says so. Failures name the file. */
struct replacement {
    int fd;          /* where bytes go; the caller may write, seek, flock or dup it */
    char *target;    /* the file to be replaced, with no symbolic link at its end */
    char *temp;      /* the temporary file's name; NULL while it has none */
    uint64_t number; /* see replacement_begin */
    bool nameless;   /* it is to get a name */
    bool direct;     /* nothing is replaced: bytes go to the target itself */
    bool open;       /* there is a descriptor to close */
};

/* The temporary file has no name where the file system can do that, so that nothing is left of it
 * when we are killed, but for the moment before it takes the target's place. Elsewhere, and for
 * that moment, its name is REPLACEMENT_TEMPORARY and 16 hex digits: `number`, which the caller can
 * find again in what is left over, or a random one for 0. Whatever has that name is left alone. */
#define REPLACEMENT_TEMPORARY ".delta-"
int replacement_begin(struct replacement *file, const char *path, uint64_t number,
                      struct delta_err *err);

int replacement_write(struct replacement *file, const void *bytes, size_t length,
                      struct delta_err *err);

/* Syncs, renames, syncs the folder, closes, frees. A lock taken on `fd` lives on in a dup of it. */
int replacement_commit(struct replacement *file, struct delta_err *err);

/* The same without syncing: for many files at once, which the caller makes durable before, and
 * their folders after it. */
int replacement_place(struct replacement *file, struct delta_err *err);

/* Removes the temporary file, closes, frees. Does nothing to a struct that is zero or was committed
 * or aborted already. */
void replacement_abort(struct replacement *file);

#endif
