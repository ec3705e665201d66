#include "base/replacement.h"

#include "base/err.h"
#include "base/io.h"
#include "base/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    MOST_LINKS = 40,  /* symbolic links followed, as the kernel has it */
    MOST_NAMES = 100, /* temporary names tried */
};

/* Makes what was written (the entries of a folder too) outlast a crash. Not an error where the file
 * cannot be synced at all (a pipe, a terminal). */
static int sync_fd(int fd) {
    return fsync(fd) < 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP ? -1 : 0;
}

/* The folder part of a path: what comes before `*name`, "" when that is all there is. */
static size_t folder_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Opens the folder that holds `path`. Where we may enter and write to a folder but not read it, it
 * cannot be synced either, which is no error: -1 with errno EACCES. */
static int open_folder(const char *path) {
    size_t length = folder_length(path);
    char *folder = length ? strndup(path, length) : strdup(".");
    if (!folder)
        return -1;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    return fd;
}

/* What the symbolic link `path` says, as a path from here; NULL with errno EINVAL when it is no
 * link. To be freed. */
static char *read_link(const char *path) {
    char says[4096];
    ssize_t length = readlink(path, says, sizeof says);
    if (length < 0)
        return NULL;
    if ((size_t)length == sizeof says) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    size_t folder = says[0] == '/' ? 0 : folder_length(path);
    char *joined = malloc(folder + (size_t)length + 1);
    if (joined) {
        memcpy(joined, path, folder);
        memcpy(joined + folder, says, (size_t)length);
        joined[folder + (size_t)length] = '\0';
    }
    return joined;
}

/* The descriptor that `path` names, as /dev/fd/N and /proc/self/fd/N do: one that this process
 * was given, not one that it opened itself. */
enum named {
    NOTHING_OPEN, /* no descriptor */
    OURS,         /* of this process, in `*descriptor`: -1 where it was not given that one */
    OF_ANOTHER,   /* of another process */
};

static enum named named_descriptor(const char *path, int *descriptor) {
    size_t folder = folder_length(path);
    struct stat here, own, threads;
    struct statfs system;
    long number = 0;
    *descriptor = -1;
    if (!path[folder])
        return NOTHING_OPEN;
    for (const char *digit = path + folder; *digit; digit++) {
        if (*digit < '0' || *digit > '9' || number > INT_MAX / 16)
            return NOTHING_OPEN;
        number = number * 10 + (*digit - '0');
    }
    char *name = folder ? strndup(path, folder) : strdup(".");
    bool is_folder = name && stat(name, &here) == 0;
    bool is_ours = is_folder && ((stat("/proc/self/fd", &own) == 0 && here.st_dev == own.st_dev &&
                                  here.st_ino == own.st_ino) ||
                                 (stat("/proc/thread-self/fd", &threads) == 0 &&
                                  here.st_dev == threads.st_dev && here.st_ino == threads.st_ino));
    bool is_proc = is_folder && statfs(name, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
    free(name);
    if (!is_ours)
        return is_proc ? OF_ANOTHER : NOTHING_OPEN;
    int flags = fcntl((int)number, F_GETFD);
    if (flags >= 0 && !(flags & FD_CLOEXEC))
        *descriptor = (int)number;
    return OURS;
}

/* The path that symbolic links lead to, whether something is there or not; `*named` and
 * `*descriptor` say whether it is that of a descriptor, which is not followed: what it was opened
 * as is not to be replaced. To be freed. */
static char *follow_links(const char *path, enum named *named, int *descriptor) {
    char *here = strdup(path);
    for (int links = 0; here; links++) {
        *named = named_descriptor(here, descriptor);
        if (*named != NOTHING_OPEN)
            return here;
        char *next = read_link(here);
        if (!next && (errno == EINVAL || errno == ENOENT))
            return here;
        int cause = errno;
        free(here);
        errno = cause;
        here = next;
        if (here && links == MOST_LINKS) {
            free(here);
            errno = ELOOP;
            return NULL;
        }
    }
    return NULL;
}

/* Makes something under a name that cannot be foreseen and that nothing has, in the target's
 * folder; short, so that it fits wherever the target's does. `make` may be called again while it
 * fails with EEXIST. */
typedef int make_named(const char *name, void *context);

static int make_unique(struct replacement *file, make_named *make, void *context) {
    int folder = (int)folder_length(file->target);
    uint64_t number = file->number;
    for (int tries = 0; tries < MOST_NAMES; tries++) {
        if (!number && getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
            return -1;
        if (asprintf(&file->temp, "%.*s" REPLACEMENT_TEMPORARY "%016" PRIx64, folder, file->target,
                     number) < 0) {
            file->temp = NULL;
            return -1;
        }
        int made = make(file->temp, context);
        if (made >= 0)
            return made;
        int cause = errno;
        free(file->temp);
        file->temp = NULL;
        errno = cause;
        if (errno != EEXIST || file->number)
            return -1;
        number = 0;
    }
    return -1;
}

static int create_exclusive(const char *name, void *context) {
    const mode_t *mode = context;
    return open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, *mode);
}

static int link_open_file(const char *name, void *context) {
    return linkat(AT_FDCWD, context, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

/* The way to an open file that has no name. */
enum { FD_PATH = 32 };
static char *fd_path(int fd, char out[FD_PATH]) {
    (void)snprintf(out, FD_PATH, "/proc/self/fd/%d", fd);
    return out;
}

/* A file without a name, of which nothing is left if we are killed; where the file system has no
 * such files, one with a name of its own. */
static int create_temporary(struct replacement *file, mode_t mode) {
    char path[FD_PATH];
    size_t length = folder_length(file->target);
    char *folder = length ? strndup(file->target, length) : strdup(".");
    int fd = folder ? open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, mode) : -1;
    free(folder);
    if (fd >= 0 && access(fd_path(fd, path), F_OK) == 0) {
        file->nameless = true;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return make_unique(file, create_exclusive, &mode);
}

/* A descriptor that shares the place in the file and the flags of one that this process was given;
 * errno EBADF when it was not given it. */
static int duplicate_for_writing(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY) {
        errno = EBADF;
        return -1;
    }
    return fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

/* Opens what bytes are to be written to. On failure errno says why. */
static int open_for_writing(struct replacement *file, const char *path) {
    struct stat old;
    enum named named;
    int descriptor;
    if (!path[0]) {
        errno = ENOENT;
        return -1;
    }
    file->target = follow_links(path, &named, &descriptor);
    if (!file->target)
        return -1;
    if (named == OURS) {
        file->direct = true;
        return duplicate_for_writing(descriptor);
    }
    if (named == OF_ANOTHER) { /* what is in its file already stays */
        file->direct = true;
        return open(file->target, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
    }
    bool exists = stat(file->target, &old) == 0;
    if (!exists && errno != ENOENT)
        return -1;
    if (exists && S_ISDIR(old.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    if (exists && !S_ISREG(old.st_mode)) {
        file->direct = true;
        return open(file->target, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    }
    /* A file that its owner made read-only is not to be replaced behind his back. */
    if (exists && faccessat(AT_FDCWD, file->target, W_OK, AT_EACCESS) < 0)
        return -1;
    int fd = create_temporary(file, exists ? 0600 : 0666);
    if (fd >= 0 && exists && rights_copy(file->target, &old, fd) < 0) {
        int cause = errno;
        close(fd);
        if (file->temp)
            unlink(file->temp);
        errno = cause;
        return -1;
    }
    return fd;
}

static void release(struct replacement *file) {
    free(file->target);
    free(file->temp);
    *file = (struct replacement){.fd = -1};
}

int replacement_begin(struct replacement *file, const char *path, uint64_t number,
                      struct delta_err *err) {
    *file = (struct replacement){.fd = -1, .number = number};
    file->fd = open_for_writing(file, path);
    if (file->fd < 0) {
        err_system(err, "cannot write");
        release(file);
        return err_in_file(err, path);
    }
    file->open = true;
    return 0;
}

int replacement_write(struct replacement *file, const void *bytes, size_t length,
                      struct delta_err *err) {
    if (io_write_all(file->fd, bytes, length, err) < 0)
        return err_in_file(err, file->target);
    return 0;
}

/* A file can take another one's place only by a name. */
static int name_file(struct replacement *file) {
    char path[FD_PATH];
    if (!file->nameless)
        return 0;
    file->nameless = false;
    return make_unique(file, link_open_file, fd_path(file->fd, path));
}

/* Puts the complete temporary file in the target's place. */
static int take_place(struct replacement *file, struct delta_err *err) {
    /* Opened before the rename, so that what can fail fails while the old file is there. */
    int folder = open_folder(file->target);
    if (folder < 0 && errno != EACCES)
        return err_system(err, "cannot open the directory");
    int result = 0;
    if (sync_fd(file->fd) < 0) {
        result = err_system(err, "cannot sync");
    } else if (name_file(file) < 0 || rename(file->temp, file->target) < 0) {
        result = err_system(err, "cannot replace");
    } else {
        free(file->temp);
        file->temp = NULL;
        if (folder >= 0 && sync_fd(folder) < 0)
            result = err_system(err, "replaced, but a power loss may bring the old file back, "
                                     "because the directory cannot be synced");
    }
    if (folder >= 0)
        close(folder);
    return result;
}

/* Gives up the descriptor and the memory of a file that is in its place. */
static int complete(struct replacement *file, struct delta_err *err) {
    /* Closing can be where a network file system says that it has no space. */
    file->open = false;
    if (close(file->fd) < 0 && errno != EINTR) {
        err_system(err, "cannot write");
        return err_in_file(err, file->target);
    }
    release(file);
    return 0;
}

int replacement_commit(struct replacement *file, struct delta_err *err) {
    if ((file->temp || file->nameless) && take_place(file, err) < 0)
        return err_in_file(err, file->target);
    return complete(file, err);
}

int replacement_place(struct replacement *file, struct delta_err *err) {
    if (name_file(file) < 0 || rename(file->temp, file->target) < 0) {
        err_system(err, "cannot replace");
        return err_in_file(err, file->target);
    }
    free(file->temp);
    file->temp = NULL;
    return complete(file, err);
}

void replacement_abort(struct replacement *file) {
    if (file->open)
        close(file->fd);
    if (file->temp)
        unlink(file->temp);
    release(file);
}

/* ---- The public face ------------------------------------------------------------------------- */

struct delta_replace {
    struct replacement file;
};

struct delta_replace *delta_replace_new(const char *path, struct delta_err *err) {
    struct delta_replace *made = calloc(1, sizeof *made);
    if (!made) {
        err_memory(err);
        return NULL;
    }
    if (replacement_begin(&made->file, path, 0, err) < 0) {
        free(made);
        return NULL;
    }
    return made;
}

bool delta_replace_is_direct(const struct delta_replace *file) {
    return file->file.direct;
}

int delta_replace_write(struct delta_replace *file, const void *bytes, size_t length,
                        struct delta_err *err) {
    return replacement_write(&file->file, bytes, length, err);
}

int delta_replace_commit(struct delta_replace *file, struct delta_err *err) {
    int result = replacement_commit(&file->file, err);
    if (result < 0)
        replacement_abort(&file->file);
    free(file);
    return result;
}

void delta_replace_abort(struct delta_replace *file) {
    if (!file)
        return;
    replacement_abort(&file->file);
    free(file);
}
