/* Files: read whole, replaced whole or not at all. */
#include "tests/unit/check.h"

#include "base/io.h"
#include "base/replacement.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test-io-XXXXXX";

/* The path of `name` in the test's folder, until the next call but three. */
static const char *in_folder(const char *name) {
    static char paths[4][256];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void put_file(const char *path, const void *bytes, size_t length, mode_t mode) {
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    REQUIRE(fd >= 0);
    CHECK_EQ_INT(io_write_all(fd, bytes, length, NULL), 0);
    CHECK_EQ_INT(fchmod(fd, mode), 0);
    close(fd);
}

static void holds(const char *path, const char *want) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    size_t length = 0;
    char *text = io_read_file(arena, path, 1 << 20, &length, &err);
    CHECK_EQ_STR(text, want);
    delta_arena_free(arena);
}

static size_t entries(void) {
    char command[300];
    snprintf(command, sizeof command, "ls -A %s | wc -l", folder);
    FILE *pipe = popen(command, "r");
    unsigned count = 999;
    if (pipe) {
        if (fscanf(pipe, "%u", &count) != 1)
            count = 999;
        pclose(pipe);
    }
    return count;
}

static void reads_files_with_padding(void) {
    static const size_t sizes[] = {0, 1, 63, 64, 65, 4096, 300000, 5000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t size = sizes[i];
        check_row("%zu bytes", size);
        char *bytes = malloc(size + 1);
        REQUIRE(bytes);
        memset(bytes, 'x', size);
        put_file(in_folder("some"), bytes, size, 0644);
        struct delta_arena *arena = delta_arena_new();
        size_t length = 99;
        char *text = io_read_file(arena, in_folder("some"), size, &length, NULL);
        REQUIRE(text);
        CHECK_EQ_INT(length, size);
        CHECK(memcmp(text, bytes, size) == 0);
        static const char zeros[IO_PADDING];
        CHECK(memcmp(text + size, zeros, IO_PADDING) == 0);
        if (size) {
            struct delta_err err = {0};
            CHECK(!io_read_file(arena, in_folder("some"), size - 1, &length, &err));
            CHECK_EQ_INT(err.code, DELTA_ERR_LIMIT);
            CHECK_EQ_STR(err.file, in_folder("some"));
        }
        delta_arena_free(arena);
        free(bytes);
    }
    unlink(in_folder("some"));
}

static void names_what_cannot_be_read(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    size_t length;
    char line[600];
    CHECK(!io_read_file(arena, folder, 100, &length, &err));
    CHECK_EQ_INT(err.sys_errno, EISDIR);
    err = (struct delta_err){0};
    CHECK(!io_read_file(arena, "/nonexistent/file", 100, &length, &err));
    delta_err_format(&err, line, sizeof line);
    CHECK_EQ_STR(line, "/nonexistent/file: cannot open: No such file or directory");
    delta_arena_free(arena);
}

struct feed {
    int fd;
    size_t size;
};

static void *feed_pipe(void *argument) {
    struct feed *feed = argument;
    char chunk[1000];
    memset(chunk, 'p', sizeof chunk);
    for (size_t left = feed->size; left;) {
        size_t step = left < sizeof chunk ? left : sizeof chunk;
        if (io_write_all(feed->fd, chunk, step, NULL) < 0)
            break;
        left -= step;
    }
    close(feed->fd);
    return NULL;
}

/* `non_blocking` on both ends: as a pipe from a program that works so. */
static char *read_pipe(struct delta_arena *arena, size_t size, size_t max, bool non_blocking,
                       size_t *length, struct delta_err *err) {
    int ends[2];
    if (pipe2(ends, non_blocking ? O_NONBLOCK : 0) < 0)
        return NULL;
    struct feed feed = {.fd = ends[1], .size = size};
    pthread_t thread;
    if (pthread_create(&thread, NULL, feed_pipe, &feed) != 0)
        return NULL;
    char path[40];
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    char *text = io_read_file(arena, path, max, length, err);
    close(ends[0]);
    pthread_join(thread, NULL);
    return text;
}

static void reads_pipes(void) {
    for (int non_blocking = 0; non_blocking < 2; non_blocking++) {
        static const size_t sizes[] = {0, 10, 65536, 3000000};
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct delta_arena *arena = delta_arena_new();
            size_t length = 0;
            check_row("%zu bytes, non-blocking %d", sizes[i], non_blocking);
            char *text = read_pipe(arena, sizes[i], sizes[i], non_blocking, &length, NULL);
            REQUIRE(text);
            CHECK_EQ_INT(length, sizes[i]);
            CHECK_EQ_INT(strspn(text, "p"), sizes[i]);
            delta_arena_free(arena);
        }
    }
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    size_t length = 0;
    CHECK(!read_pipe(arena, 3000000, 2999999, false, &length, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_LIMIT);
    delta_arena_free(arena);
}

/* /proc says 0 bytes and has more; a descriptor half way gives its rest. */
static void reads_what_is_there(void) {
    struct delta_arena *arena = delta_arena_new();
    size_t length = 0;
    CHECK(io_read_file(arena, "/proc/self/status", 1 << 20, &length, NULL));
    CHECK(length > 100);
    put_file(in_folder("half"), "0123456789", 10, 0644);
    int fd = open(in_folder("half"), O_RDONLY);
    CHECK_EQ_INT(lseek(fd, 4, SEEK_SET), 4);
    CHECK_EQ_INT(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    CHECK_EQ_STR(io_read_file(arena, "-", 6, &length, NULL), "456789");
    CHECK_EQ_STR(io_read_file(arena, "-", 6, &length, NULL), "");
    close(fd);
    unlink(in_folder("half"));
    delta_arena_free(arena);
}

static void *grow_file(void *argument) {
    char chunk[5000];
    memset(chunk, 'g', sizeof chunk);
    for (int i = 0; i < 2000; i++)
        if (io_write_all(*(int *)argument, chunk, sizeof chunk, NULL) < 0)
            break;
    return NULL;
}

/* While someone appends, each read gives all that was there when it began, and maybe more. */
static void reads_growing_files(void) {
    pthread_t thread;
    int fd = open(in_folder("growing"), O_WRONLY | O_CREAT | O_APPEND, 0644);
    REQUIRE(fd >= 0);
    REQUIRE(pthread_create(&thread, NULL, grow_file, &fd) == 0);
    for (size_t length = 0; length < 2000u * 5000;) {
        struct delta_arena *arena = delta_arena_new();
        struct stat before;
        CHECK_EQ_INT(stat(in_folder("growing"), &before), 0);
        char *text = io_read_file(arena, in_folder("growing"), 1 << 28, &length, NULL);
        REQUIRE(text);
        CHECK(length >= (size_t)before.st_size);
        CHECK_EQ_INT(strspn(text, "g"), length);
        delta_arena_free(arena);
    }
    pthread_join(thread, NULL);
    close(fd);
    unlink(in_folder("growing"));
}

static void replaces_whole(void) {
    struct replacement file = {0};
    struct stat before;
    struct stat after;
    mode_t mask = umask(027);
    put_file(in_folder("old"), "old", 3, 0604);
    CHECK_EQ_INT(stat(in_folder("old"), &before), 0);
    CHECK_EQ_INT(replacement_begin(&file, in_folder("old"), 0, NULL), 0);
    CHECK_EQ_INT(replacement_write(&file, "ne", 2, NULL), 0);
    holds(in_folder("old"), "old");
    CHECK_EQ_INT(replacement_write(&file, "w", 1, NULL), 0);
    CHECK_EQ_INT(replacement_commit(&file, NULL), 0);
    replacement_abort(&file);
    holds(in_folder("old"), "new");
    CHECK_EQ_INT(stat(in_folder("old"), &after), 0);
    CHECK_EQ_INT(after.st_mode & 07777, 0604);
    CHECK(after.st_ino != before.st_ino);

    CHECK_EQ_INT(replacement_begin(&file, in_folder("fresh"), 0, NULL), 0);
    CHECK_EQ_INT(replacement_write(&file, "fresh", 5, NULL), 0);
    CHECK_EQ_INT(replacement_commit(&file, NULL), 0);
    holds(in_folder("fresh"), "fresh");
    CHECK_EQ_INT(stat(in_folder("fresh"), &after), 0);
    CHECK_EQ_INT(after.st_mode & 07777, 0640);
    umask(mask);
    CHECK_EQ_INT(entries(), 2);
    unlink(in_folder("fresh"));
    unlink(in_folder("old"));
}

static void keeps_the_owner(void) {
    if (geteuid() != 0) {
        check_skip("only root can give files away");
        return;
    }
    struct replacement file = {0};
    struct stat status;
    put_file(in_folder("owned"), "old", 3, 0600);
    CHECK_EQ_INT(chown(in_folder("owned"), 1234, 4321), 0);
    CHECK_EQ_INT(replacement_begin(&file, in_folder("owned"), 0, NULL), 0);
    CHECK_EQ_INT(replacement_commit(&file, NULL), 0);
    CHECK_EQ_INT(stat(in_folder("owned"), &status), 0);
    CHECK_EQ_INT(status.st_uid, 1234);
    CHECK_EQ_INT(status.st_gid, 4321);
    unlink(in_folder("owned"));
}

static void abort_leaves_no_trace(void) {
    struct replacement file = {0};
    put_file(in_folder("old"), "old", 3, 0644);
    CHECK_EQ_INT(replacement_begin(&file, in_folder("old"), 1, NULL), 0);
    CHECK_EQ_INT(replacement_write(&file, "half", 4, NULL), 0);
    replacement_abort(&file);
    replacement_abort(&file);
    holds(in_folder("old"), "old");
    CHECK_EQ_INT(entries(), 1);
    unlink(in_folder("old"));
}

static void follows_links(void) {
    struct replacement file = {0};
    struct stat status;
    put_file(in_folder("real"), "old", 3, 0644);
    CHECK_EQ_INT(symlink("real", in_folder("one")), 0);
    CHECK_EQ_INT(symlink(in_folder("one"), in_folder("two")), 0);
    CHECK_EQ_INT(symlink("missing", in_folder("dangling")), 0);
    CHECK_EQ_INT(symlink("loop", in_folder("loop")), 0);
    CHECK_EQ_INT(replacement_begin(&file, in_folder("two"), 0, NULL), 0);
    CHECK_EQ_INT(replacement_write(&file, "new", 3, NULL), 0);
    CHECK_EQ_INT(replacement_commit(&file, NULL), 0);
    holds(in_folder("real"), "new");
    CHECK_EQ_INT(lstat(in_folder("two"), &status), 0);
    CHECK(S_ISLNK(status.st_mode));
    CHECK_EQ_INT(replacement_begin(&file, in_folder("dangling"), 0, NULL), 0);
    CHECK_EQ_INT(replacement_write(&file, "made", 4, NULL), 0);
    CHECK_EQ_INT(replacement_commit(&file, NULL), 0);
    holds(in_folder("missing"), "made");
    struct delta_err err = {0};
    CHECK_EQ_INT(replacement_begin(&file, in_folder("loop"), 0, &err), -1);
    CHECK_EQ_INT(err.sys_errno, ELOOP);
    CHECK_EQ_INT(entries(), 6);
    static const char *const names[] = {"real", "one", "two", "dangling", "missing", "loop"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in_folder(names[i]));
}

static void refuses_by_name(void) {
    static const struct {
        const char *path;
        int cause;
    } rows[] = {{"", ENOENT}, {"/tmp", EISDIR}, {"/nonexistent/file", ENOENT}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct replacement file = {0};
        struct delta_err err = {0};
        check_row("'%s'", rows[i].path);
        CHECK_EQ_INT(replacement_begin(&file, rows[i].path, 0, &err), -1);
        CHECK_EQ_INT(err.sys_errno, rows[i].cause);
        CHECK_EQ_STR(err.file, rows[i].path);
        replacement_abort(&file);
    }
}

static void devices_are_written_to(void) {
    struct replacement file = {0};
    struct delta_err err = {0};
    struct stat status;
    CHECK_EQ_INT(replacement_begin(&file, "/dev/null", 0, &err), 0);
    CHECK_EQ_INT(replacement_write(&file, "gone", 4, &err), 0);
    CHECK_EQ_INT(replacement_commit(&file, &err), 0);
    CHECK_EQ_INT(stat("/dev/null", &status), 0);
    CHECK(S_ISCHR(status.st_mode));
    CHECK_EQ_INT(replacement_begin(&file, "/dev/full", 0, &err), 0);
    CHECK_EQ_INT(replacement_write(&file, "much", 4, &err), -1);
    CHECK_EQ_INT(err.sys_errno, ENOSPC);
    CHECK_EQ_STR(err.file, "/dev/full");
    replacement_abort(&file);
    CHECK_EQ_INT(stat("/dev/full", &status), 0);
}

int main(void) {
    if (!mkdtemp(folder)) {
        perror(folder);
        return 1;
    }
    RUN(reads_files_with_padding);
    RUN(names_what_cannot_be_read);
    RUN(reads_pipes);
    RUN(reads_what_is_there);
    RUN(reads_growing_files);
    RUN(replaces_whole);
    RUN(keeps_the_owner);
    RUN(abort_leaves_no_trace);
    RUN(follows_links);
    RUN(refuses_by_name);
    RUN(devices_are_written_to);
    rmdir(folder);
    return check_done();
}
