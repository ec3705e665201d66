/* LD_PRELOAD: one allocation or one system call of a program fails.
 *
 *     FAULTS_ALLOCATION=N  the N-th allocation fails
 *     FAULTS_CALL=N        the N-th system call that reads, writes, syncs or names a file fails
 *     FAULTS_ERROR=E       with this errno; 0: a read or write that is short by half
 *     FAULTS_ON=1          and all after it
 *     FAULTS_COUNT=FILE    at the end, writes to FILE how many of both there were
 *
 * Counted are the calls through the program and its libraries; those within the C library itself
 * (getline's buffer, for one) cannot be reached this way. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#define FAULTS __attribute__((visibility("default")))

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static long allocations, calls, allocation, call;
static int error, on, started;

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

static int fails(void) {
    if (!is_due(&calls, call) || !error)
        return 0;
    errno = error;
    return 1;
}

/* What is left of the length of a read or write: -1 when it fails. */
static ssize_t length_left(size_t length) {
    if (!is_due(&calls, call))
        return (ssize_t)length;
    if (!error)
        return (ssize_t)(length > 1 ? length / 2 : length);
    errno = error;
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
    return left < 0 ? -1 : real(fd, bytes, (size_t)left);
}

FAULTS ssize_t pread(int fd, void *bytes, size_t length, off_t offset) {
    REAL(ssize_t, "pread", int, void *, size_t, off_t);
    ssize_t left = length_left(length);
    return left < 0 ? -1 : real(fd, bytes, (size_t)left, offset);
}

FAULTS ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(ssize_t, "write", int, const void *, size_t);
    if (fd == STDERR_FILENO)
        return real(fd, bytes, length);
    ssize_t left = length_left(length);
    return left < 0 ? -1 : real(fd, bytes, (size_t)left);
}

FAULTS ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    ssize_t left = length_left(length);
    return left < 0 ? -1 : real(fd, bytes, (size_t)left, offset);
}

FAULTS int open(const char *path, int flags, ...) {
    REAL(int, "open", const char *, int, ...);
    va_list arguments;
    va_start(arguments, flags);
    int mode = va_arg(arguments, int);
    va_end(arguments);
    return fails() ? -1 : real(path, flags, mode);
}

#define FAILING(name, parameters, ...)                                                             \
    FAULTS int name parameters {                                                                   \
        static int(*real) parameters;                                                              \
        if (!real)                                                                                 \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                             \
        return fails() ? -1 : real(__VA_ARGS__);                                                   \
    }

FAILING(fsync, (int fd), fd)
FAILING(fdatasync, (int fd), fd)
FAILING(syncfs, (int fd), fd)
FAILING(ftruncate, (int fd, off_t length), fd, length)
FAILING(rename, (const char *from, const char *to), from, to)
FAILING(linkat, (int from_fd, const char *from, int to_fd, const char *to, int flags), from_fd,
        from, to_fd, to, flags)
