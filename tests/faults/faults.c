/* LD_PRELOAD: one allocation or one system call of a program fails.
 *
 *     FAULTS_ALLOCATION=N  the N-th allocation fails
 *     FAULTS_CALL=N        the N-th system call that reads, writes, syncs or names a file fails
 *     FAULTS_ERROR=E       with this errno; 0: a read or write that is short by half; -1: the
 * process is killed before the call; -2: after it, of which a read or write is short FAULTS_ON=1
 * and all after it FAULTS_COUNT=FILE    at the end, writes to FILE how many of both there were
 *
 * Counted are the calls through the program and its libraries; those within the C library itself
 * (getline's buffer, for one) cannot be reached this way. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define FAULTS __attribute__((visibility("default")))

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static long allocations, calls, allocation, call;
enum { KILLED_BEFORE = -1, KILLED_AFTER = -2 };

static int error, on, started, dies;

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

__attribute__((constructor)) static void start(void) {
    unsetenv("LD_PRELOAD"); /* programs that this one runs do not fail */
    allocation = number("FAULTS_ALLOCATION");
    call = number("FAULTS_CALL");
    error = (int)number("FAULTS_ERROR");
    on = (int)number("FAULTS_ON");
    allocations = calls = 0;
    started = 1;
}

__attribute__((destructor)) static void finish(void) {
    const char *path = getenv("FAULTS_COUNT");
    started = 0;
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) {
        fprintf(file, "%ld %ld\n", allocations, calls);
        fclose(file);
    }
}

static int is_due(long *count, long due) {
    if (!started)
        return 0;
    long now = __sync_add_and_fetch(count, 1);
    return due && (now == due || (on && now > due));
}

static int fails_to_allocate(void) {
    if (!is_due(&allocations, allocation))
        return 0;
    errno = ENOMEM;
    return 1;
}

/* What is due at this call: 0, or the error. */
static int due_error(void) {
    if (error == KILLED_BEFORE)
        raise(SIGKILL);
    dies = error == KILLED_AFTER;
    return error > 0 ? error : 0;
}

static int fails(void) {
    int failure = is_due(&calls, call) ? due_error() : 0;
    if (failure)
        errno = failure;
    return failure != 0;
}

/* Around each call that was made. */
static ssize_t ended(ssize_t result) {
    if (dies)
        raise(SIGKILL);
    return result;
}

/* What is left of the length of a read or write: -1 when it fails. */
static ssize_t length_left(size_t length) {
    if (!is_due(&calls, call))
        return (ssize_t)length;
    int failure = due_error();
    if (!failure)
        return (ssize_t)(length > 1 ? length / 2 : length);
    errno = failure;
    return -1;
}

/* ---- Allocations ----------------------------------------------------------------------------- */

FAULTS void *malloc(size_t size) {
    return fails_to_allocate() ? NULL : __libc_malloc(size);
}

FAULTS void *calloc(size_t count, size_t size) {
    return fails_to_allocate() ? NULL : __libc_calloc(count, size);
}

FAULTS void *realloc(void *old, size_t size) {
    return fails_to_allocate() ? NULL : __libc_realloc(old, size);
}

FAULTS void *reallocarray(void *old, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, bytes);
}

FAULTS void *aligned_alloc(size_t alignment, size_t size) {
    return fails_to_allocate() ? NULL : __libc_memalign(alignment, size);
}

FAULTS int posix_memalign(void **out, size_t alignment, size_t size) {
    if (fails_to_allocate())
        return ENOMEM;
    *out = __libc_memalign(alignment, size);
    return *out ? 0 : ENOMEM;
}

/* ---- System calls ---------------------------------------------------------------------------- */

#define REAL(type, name, ...)                                                                      \
    static type (*real)(__VA_ARGS__);                                                              \
    if (!real)                                                                                     \
    *(void **)&real = dlsym(RTLD_NEXT, name)

FAULTS void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
    REAL(void *, "mmap", void *, size_t, int, int, int, off_t);
    return fails_to_allocate() ? MAP_FAILED : real(at, length, protection, flags, fd, offset);
}

FAULTS ssize_t read(int fd, void *bytes, size_t length) {
    REAL(ssize_t, "read", int, void *, size_t);
    ssize_t left = length_left(length);
    return left < 0 ? -1 : ended(real(fd, bytes, (size_t)left));
}

FAULTS ssize_t pread(int fd, void *bytes, size_t length, off_t offset) {
    REAL(ssize_t, "pread", int, void *, size_t, off_t);
    ssize_t left = length_left(length);
    return left < 0 ? -1 : ended(real(fd, bytes, (size_t)left, offset));
}

FAULTS ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(ssize_t, "write", int, const void *, size_t);
    if (fd == STDERR_FILENO)
        return real(fd, bytes, length);
    ssize_t left = length_left(length);
    return left < 0 ? -1 : ended(real(fd, bytes, (size_t)left));
}

FAULTS ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    ssize_t left = length_left(length);
    return left < 0 ? -1 : ended(real(fd, bytes, (size_t)left, offset));
}

FAULTS int open(const char *path, int flags, ...) {
    REAL(int, "open", const char *, int, ...);
    va_list arguments;
    va_start(arguments, flags);
    int mode = va_arg(arguments, int);
    va_end(arguments);
    return fails() ? -1 : (int)ended(real(path, flags, mode));
}

FAULTS int openat(int folder, const char *path, int flags, ...) {
    REAL(int, "openat", int, const char *, int, ...);
    va_list arguments;
    va_start(arguments, flags);
    int mode = va_arg(arguments, int);
    va_end(arguments);
    return fails() ? -1 : (int)ended(real(folder, path, flags, mode));
}

#define FAILING(name, parameters, ...)                                                             \
    FAULTS int name parameters {                                                                   \
        static int(*real) parameters;                                                              \
        if (!real)                                                                                 \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                             \
        return fails() ? -1 : (int)ended(real(__VA_ARGS__));                                       \
    }

FAILING(fsync, (int fd), fd)
FAILING(fdatasync, (int fd), fd)
FAILING(syncfs, (int fd), fd)
FAILING(ftruncate, (int fd, off_t length), fd, length)
FAILING(rename, (const char *from, const char *to), from, to)
FAILING(linkat, (int from_fd, const char *from, int to_fd, const char *to, int flags), from_fd,
        from, to_fd, to, flags)
FAILING(flock, (int fd, int operation), fd, operation)
FAILING(fchmod, (int fd, mode_t mode), fd, mode)
FAILING(mkdir, (const char *path, mode_t mode), path, mode)
FAILING(mkdirat, (int folder, const char *path, mode_t mode), folder, path, mode)
