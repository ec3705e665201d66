/* Whole files in, and writing that is not cut short. */
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

#endif
