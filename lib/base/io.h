/* Whole files in, whole files out. */
#ifndef BASE_IO_H
#define BASE_IO_H

#include "base/arena.h"
#include "delta.h"

/* Zero bytes after what io_read_file returns, not counted in its length. */
enum { IO_PADDING = 64 };

/* All bytes of the file named `path`, or of standard input when that is "-", in `arena`, followed
 * by IO_PADDING zero bytes. More than `max` bytes fail with DELTA_ERR_LIMIT, before they are read
 * where the size is known. A file that grows or shrinks meanwhile gives what was there up to the
 * end that was met. Failures name the file. O(size); a pipe takes twice its size for a moment. */
char *io_read_file(struct delta_arena *arena, const char *path, size_t max, size_t *length,
                   struct delta_err *err);

/* Writes all of it, however often the kernel takes less or is interrupted. The caller names the
 * file of a failure. */
int io_write_all(int fd, const void *bytes, size_t length, struct delta_err *err);

/* A file that is written whole or not at all: a temporary file beside it, which takes its place
 * (and its owner, mode, ACLs and extended attributes, see rights.h) when it is complete. Other hard
 * links keep the old content. A symbolic link stays; its target is replaced. A device, a fifo, a
 * socket, and a descriptor of this process that is named as /dev/stdout or /dev/fd/N, are written
 * to directly. Zero it before use.
 *
 *     begin; write, write, …; commit
 *
 * A failed begin leaves nothing behind. After a failed write or commit, abort: the old file is as
 * it was, unless only the last step of commit failed, that of making the folder's new entry outlast
 * a crash; the failure says so. Failures name the file. */
struct io_replace {
    int fd;          /* where bytes go; the caller may write, seek, flock or dup it */
    char *target;    /* the file to be replaced, with no symbolic link at its end */
    char *temp;      /* the temporary file's name; NULL while it has none */
    uint64_t number; /* see io_replace_begin */
    bool nameless;   /* it is to get a name */
    bool direct;     /* nothing is replaced: bytes go to the target itself */
    bool open;       /* there is a descriptor to close */
};

/* The temporary file has no name where the file system can do that, so that nothing is left of it
 * when we are killed, but for the moment before it takes the target's place. Elsewhere, and for
 * that moment, its name is IO_TEMPORARY and 16 hex digits: `number`, which the caller can find
 * again in what is left over, or a random one for 0. Whatever has that name is left alone. */
#define IO_TEMPORARY ".delta-"
int io_replace_begin(struct io_replace *file, const char *path, uint64_t number,
                     struct delta_err *err);

int io_replace_write(struct io_replace *file, const void *bytes, size_t length,
                     struct delta_err *err);

/* Syncs, renames, syncs the folder, closes, frees. A lock taken on `fd` lives on in a dup of it. */
int io_replace_commit(struct io_replace *file, struct delta_err *err);

/* The same without syncing: for many files at once, which the caller makes durable before, and
 * their folders after it. */
int io_replace_place(struct io_replace *file, struct delta_err *err);

/* Removes the temporary file, closes, frees. Does nothing to a struct that is zero or was committed
 * or aborted already. */
void io_replace_abort(struct io_replace *file);

#endif
