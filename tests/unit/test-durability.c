/* What is acknowledged is on the disk: system calls are watched, and fail, within this process.
 *
 * A model of the disk knows which files and directories have something that a power loss would
 * take: a write makes a file unsafe, a new name its directory; a sync of it makes it safe, and
 * syncfs everything of the store's device. */
#include "delta.h"
#include "tests/unit/check.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { EXT4 = 0xef53, TMPFS = 0x01021994, MOST = 4096 };

enum call { WRITE, FDATASYNC, FSYNC, SYNCFS, RENAME, LINK, FLOCK, PREAD, CLOSE, CALLS };

static struct {
    bool on;
    const char *kernel;
    long file_system;
    ino_t elsewhere[MOST]; /* files that seem to be on another device */
    size_t elsewhere_count;
    ino_t unsafe[MOST];
    size_t unsafe_count;
    char placed[MOST][128]; /* files that got their names, which may not be safe yet */
    size_t placed_count;
    char locked[MOST][32]; /* the files that were locked, in order */
    size_t locked_count;
    size_t bytes_read;
    unsigned made[CALLS];
    enum call fails; /* the call of this kind and number fails: CALLS for none */
    unsigned which;
    int error; /* with this; 0: EIO */
    bool from_then_on;
    bool nothing_written; /* by a write that fails; otherwise half of it */
    int no_space;         /* what fallocate fails with; 0: it does not */
} disk;

static char folder[] = "/tmp/test-durability-XXXXXX";

/* The call itself, that of the C library. */
#define NEXT(name) __extension__((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* ---- The model --------------------------------------------------------------------------------*/

static ino_t inode_of(int fd) {
    char path[40];
    struct stat status;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return stat(path, &status) == 0 ? status.st_ino : 0;
}

static bool has(const ino_t *list, size_t count, ino_t inode) {
    for (size_t i = 0; i < count; i++)
        if (list[i] == inode)
            return true;
    return false;
}

static void add(ino_t *list, size_t *count, ino_t inode) {
    if (!has(list, *count, inode) && *count < MOST)
        list[(*count)++] = inode;
}

static void drop(ino_t *list, size_t *count, ino_t inode) {
    for (size_t i = 0; i < *count; i++)
        if (list[i] == inode)
            list[i--] = list[--*count];
}

static void be_unsafe(ino_t inode) {
    add(disk.unsafe, &disk.unsafe_count, inode);
}

static ino_t directory_of(const char *path) {
    char copy[512];
    struct stat status;
    (void)snprintf(copy, sizeof copy, "%s", path);
    char *slash = strrchr(copy, '/');
    if (slash)
        *slash = '\0';
    return stat(slash ? copy : ".", &status) == 0 ? status.st_ino : 0;
}

/* True when somebody, which is this process, holds the lock of a file. */
static bool is_locked(const char *name) {
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    bool locked = fd >= 0 && NEXT(flock)(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    if (fd >= 0)
        close(fd);
    return locked;
}

static void check_locks(void) {
    while (disk.placed_count)
        CHECK(is_locked(disk.placed[--disk.placed_count]));
}

static bool fails(enum call call) {
    if (!disk.on)
        return false;
    unsigned number = disk.made[call]++;
    if (disk.fails != call || (disk.from_then_on ? number < disk.which : number != disk.which))
        return false;
    errno = disk.error ? disk.error : EIO;
    return true;
}

/* ---- The calls --------------------------------------------------------------------------------*/

ssize_t write(int fd, const void *bytes, size_t length) {
    if (disk.on) {
        be_unsafe(inode_of(fd));
        if (fails(WRITE)) {
            if (!disk.nothing_written)
                (void)!NEXT(write)(fd, bytes, length / 2);
            errno = disk.error ? disk.error : EIO;
            return -1;
        }
    }
    return NEXT(write)(fd, bytes, length);
}

ssize_t pread(int fd, void *bytes, size_t length, off_t offset) {
    if (fails(PREAD))
        return -1;
    disk.bytes_read += length;
    return NEXT(pread)(fd, bytes, length, offset);
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
    if (!disk.on || !disk.no_space)
        return NEXT(fallocate)(fd, mode, offset, length);
    errno = disk.no_space;
    return -1;
}

int fdatasync(int fd) {
    if (fails(FDATASYNC))
        return -1;
    drop(disk.unsafe, &disk.unsafe_count, inode_of(fd));
    return 0;
}

int fsync(int fd) {
    struct stat status;
    if (disk.on && NEXT(fstat)(fd, &status) == 0 && S_ISDIR(status.st_mode))
        check_locks();
    if (fails(FSYNC)) {
        if (disk.error) /* what cannot be synced is as safe as it will be */
            drop(disk.unsafe, &disk.unsafe_count, inode_of(fd));
        return -1;
    }
    drop(disk.unsafe, &disk.unsafe_count, inode_of(fd));
    return 0;
}

int syncfs(int fd) {
    (void)fd;
    check_locks();
    if (fails(SYNCFS))
        return -1;
    for (size_t i = 0; i < disk.unsafe_count; i++)
        if (!has(disk.elsewhere, disk.elsewhere_count, disk.unsafe[i]))
            disk.unsafe[i--] = disk.unsafe[--disk.unsafe_count];
    return 0;
}

int close(int fd) {
    int flags = disk.on ? fcntl(fd, F_GETFL) : 0;
    /* Of what was only read it says nothing. */
    bool bad = disk.on && (flags & O_ACCMODE) != O_RDONLY && fails(CLOSE);
    int status = NEXT(close)(fd);
    if (!bad)
        return status;
    errno = disk.error ? disk.error : EIO;
    return -1;
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags) {
    if (fails(LINK))
        return -1;
    if (disk.on)
        be_unsafe(directory_of(to));
    return NEXT(linkat)(from_fd, from, to_fd, to, flags);
}

int rename(const char *from, const char *to) {
    struct stat status;
    if (fails(RENAME))
        return -1;
    if (disk.on && stat(from, &status) == 0) {
        /* Others wait for the old file, and for the new one until its name is safe. */
        CHECK(!has(disk.unsafe, disk.unsafe_count, status.st_ino));
        CHECK(is_locked(from) && is_locked(to));
        be_unsafe(directory_of(to));
        if (disk.placed_count < MOST)
            (void)snprintf(disk.placed[disk.placed_count++], sizeof *disk.placed, "%.127s", to);
    }
    return NEXT(rename)(from, to);
}

int mkdirat(int fd, const char *path, mode_t mode) {
    if (disk.on)
        be_unsafe(inode_of(fd));
    return NEXT(mkdirat)(fd, path, mode);
}

int flock(int fd, int operation) {
    char path[40], name[512];
    if ((operation & LOCK_EX) && fails(FLOCK))
        return -1;
    if (disk.on && (operation & LOCK_EX)) {
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(path, name, sizeof name - 1);
        name[length < 0 ? 0 : length] = '\0';
        const char *slash = strrchr(name, '/');
        if (disk.locked_count < MOST)
            (void)snprintf(disk.locked[disk.locked_count++], sizeof *disk.locked, "%.31s",
                           slash ? slash + 1 : name);
    }
    return NEXT(flock)(fd, operation);
}

int uname(struct utsname *system) {
    int status = NEXT(uname)(system);
    if (disk.on)
        (void)snprintf(system->release, sizeof system->release, "%s", disk.kernel);
    return status;
}

int fstatfs(int fd, struct statfs *system) {
    int status = NEXT(fstatfs)(fd, system);
    if (disk.on)
        system->f_type = (__typeof__(system->f_type))disk.file_system;
    return status;
}

static void move_elsewhere(struct stat *status) {
    if (disk.on && has(disk.elsewhere, disk.elsewhere_count, status->st_ino))
        status->st_dev++;
}

int fstat(int fd, struct stat *status) {
    int result = NEXT(fstat)(fd, status);
    move_elsewhere(status);
    return result;
}

int stat(const char *path, struct stat *status) {
    int result = NEXT(stat)(path, status);
    if (result == 0)
        move_elsewhere(status);
    return result;
}

/* ---- A store ----------------------------------------------------------------------------------*/

static struct delta_store *store;
static char path[256];

static int remove_one(const char *name, const struct stat *status, int kind, struct FTW *at) {
    (void)status, (void)kind, (void)at;
    return remove(name);
}

/* Opens a new store on a disk of this kind. */
static bool begin(const char *kernel, long file_system, size_t cache) {
    struct delta_err err = {0};
    memset(&disk, 0, sizeof disk);
    disk.fails = CALLS;
    disk.kernel = kernel;
    disk.file_system = file_system;
    (void)snprintf(path, sizeof path, "%s/store", folder);
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (delta_store_init(path, NULL, &err) != 1)
        return false;
    disk.on = true;
    store = delta_store_open(path, cache, &err);
    disk.on = store != NULL;
    return store;
}

static void end(void) {
    delta_store_close(store);
    disk.on = false;
}

enum { SOME_DIGITS = 20000 };

/* Queues the state {"n":number,"digits":N} of a key, with so many digits, which are random. */
static int put_digits(const char *key, unsigned number, int digits) {
    char text[SOME_DIGITS + 40];
    uint64_t random = 1;
    struct delta_err err = {0};
    struct delta_history_note note = {.time = number};
    struct delta_arena *arena = delta_arena_new();
    int length = snprintf(text, sizeof text, "{\"n\":%u,\"digits\":1", number);
    while (digits--)
        text[length++] = (char)('0' + check_below(&random, 10));
    text[length++] = '}';
    const struct delta_value *value = delta_read(arena, text, (size_t)length, NULL, &err);
    return delta_store_add(store, key, strlen(key), arena, value, &note, number, &err);
}

static int put(const char *key, unsigned number) {
    return put_digits(key, number, 0);
}

/* Queues the end of a thing, which takes next to no memory. */
static int put_end(const char *key) {
    struct delta_err err = {0};
    struct delta_history_note note = {.ended = true};
    return delta_store_add(store, key, strlen(key), NULL, NULL, &note, 0, &err);
}

static void put_many(unsigned count, unsigned number) {
    char key[16];
    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(key, sizeof key, "k%u", i);
        CHECK_EQ_INT(put(key, number), 0);
    }
}

static unsigned unsafe_here;

static int count_unsafe(const char *name, const struct stat *status, int kind, struct FTW *at) {
    (void)name, (void)kind, (void)at;
    unsafe_here += has(disk.unsafe, disk.unsafe_count, status->st_ino);
    return 0;
}

/* Nothing is acknowledged that is not safe. */
static int acknowledge(void *context, const struct delta_store_result *result) {
    unsigned *count = context;
    CHECK(!result->refused);
    if (!*count) {
        unsafe_here = 0;
        (void)nftw(path, count_unsafe, 16, FTW_PHYS);
        CHECK_EQ_INT(unsafe_here, 0);
    }
    ++*count;
    return 0;
}

/* The number of states that were acknowledged; -1 when the flush failed, which acknowledges none.
 */
static int flush(void) {
    struct delta_err err = {0};
    unsigned count = 0;
    int status = delta_store_flush(store, acknowledge, &count, &err);
    disk.placed_count = 0;
    if (status == 0)
        return (int)count;
    CHECK_EQ_INT(count, 0);
    CHECK(err.code == DELTA_ERR_SYSTEM);
    return -1;
}

/* The number of states of a key, all of them good; 0 where there is no history. Its end may be
 * `torn` where nothing more could be written. */
static int states(const char *key, bool torn) {
    struct delta_err err = {0};
    struct delta_history *history =
        delta_store_history(store, key, strlen(key), DELTA_HISTORY_READ, &err);
    if (!history)
        return 0;
    int64_t damage = delta_history_verify(history, NULL, NULL, NULL, &err);
    CHECK(damage == 0 || (damage == 1 && torn));
    int count = (int)delta_history_count(history);
    delta_history_close(history);
    return count;
}

/* The path of the history of a key. */
static const char *file_of(const char *key, char out[512]) {
    struct delta_buf below = {0};
    delta_key_path_write(key, strlen(key), &below);
    (void)snprintf(out, 512, "%s/%.*s", path, (int)below.length, below.data);
    delta_buf_free(&below);
    return out;
}

static unsigned count_entries(const char *name) {
    unsigned count = 0;
    DIR *entries = opendir(name);
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (entries)
        closedir(entries);
    return count;
}

static unsigned left_overs;
static int count_left_over(const char *name, const struct stat *status, int kind, struct FTW *at) {
    (void)status, (void)kind;
    left_overs +=
        strncmp(name + at->base, ".delta-", 7) == 0 && strcmp(name + at->base, ".delta-store");
    return 0;
}

static unsigned count_left_overs(void) {
    left_overs = 0;
    (void)nftw(path, count_left_over, 16, FTW_PHYS);
    return left_overs;
}

/* ---- Tests ------------------------------------------------------------------------------------*/

/* Which of the two ways is taken, and that both are enough. */
static void states_are_safe_before_they_are_acknowledged(void) {
    static const struct {
        const char *kernel;
        long file_system;
        unsigned keys;
        bool together;
    } rows[] = {
        {"5.8.0-1", EXT4, 16, true},      {"5.8.0-1", EXT4, 15, false},
        {"5.8.0-1", EXT4, 1, false},      {"5.7.19", EXT4, 16, false},
        {"6.0.1", EXT4, 16, true},        {"4.19.0", EXT4, 16, false},
        {"5.10.0", EXT4, 40, true},       {"unknown", EXT4, 16, false},
        {"6.1.0", 0x58465342, 16, true},  {"6.1.0", 0x9123683e, 16, true},
        {"6.1.0", 0xf2f52010, 16, true},  {"6.1.0", TMPFS, 16, false},
        {"6.1.0", 0x65735546, 16, false}, {"6.1.0", 0x6969, 16, false},
        {"6.1.0", 0x794c7630, 40, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row("Linux %s, file system %#lx, %u keys", rows[i].kernel, rows[i].file_system,
                  rows[i].keys);
        REQUIRE(begin(rows[i].kernel, rows[i].file_system, DELTA_STORE_CACHE));
        unsigned keys = rows[i].keys;
        for (unsigned round = 0; round < 2; round++) {
            put_many(keys, round);
            memset(disk.made, 0, sizeof disk.made);
            CHECK_EQ_INT(flush(), keys);
            /* One call for the files, and where some are new, another one for their names. */
            CHECK_EQ_INT(disk.made[SYNCFS], !rows[i].together ? 0 : round ? 1 : 2);
            CHECK_EQ_INT(disk.made[FDATASYNC], rows[i].together ? 0 : keys);
            if (rows[i].together || round)
                CHECK_EQ_INT(disk.made[FSYNC], 0);
            else
                CHECK(disk.made[FSYNC] > 1 && disk.made[FSYNC] <= keys + 1);
        }
        CHECK_EQ_INT(flush(), 0);
        end();
    }
}

/* syncfs of the store does not reach files that are mounted into it. */
static void files_of_another_device_are_synced_one_by_one(void) {
    char file[512];
    struct stat status;
    REQUIRE(begin("6.1.0", EXT4, DELTA_STORE_CACHE));
    put_many(20, 0);
    CHECK_EQ_INT(flush(), 20);
    REQUIRE(stat(file_of("k7", file), &status) == 0);
    add(disk.elsewhere, &disk.elsewhere_count, status.st_ino);
    put_many(20, 1);
    memset(disk.made, 0, sizeof disk.made);
    CHECK_EQ_INT(flush(), 20);
    CHECK_EQ_INT(disk.made[SYNCFS], 1);
    CHECK_EQ_INT(disk.made[FDATASYNC], 1);
    end();
}

/* Two writers of the same keys never wait for each other in a circle. */
static void histories_are_locked_in_the_order_of_their_keys(void) {
    static const char *const queued[] = {"b", "ab", "c", "a", "abc", "\xc3\xa9", "B", "b1"};
    static const char *const order[] = {"%42", "a", "ab", "abc", "b", "b1", "c", "%c3%a9"};
    enum { KEYS = sizeof queued / sizeof *queued };
    for (unsigned round = 0; round < 4; round++) {
        if (round % 2 == 0)
            REQUIRE(begin("6.1.0", EXT4, round ? 0 : DELTA_STORE_CACHE));
        check_row("round %u", round);
        for (unsigned i = 0; i < KEYS; i++)
            CHECK_EQ_INT(put(queued[(i + round) % KEYS], round), 0);
        disk.locked_count = 0;
        CHECK_EQ_INT(flush(), KEYS);
        /* A new history is locked twice: the empty file, which others wait for, and what takes its
         * place. */
        CHECK_EQ_INT(disk.locked_count, round % 2 ? KEYS : 2 * KEYS);
        for (unsigned i = 0; i < KEYS; i++) {
            char want[32];
            (void)snprintf(want, sizeof want, "%s.history", order[i]);
            if (strncmp(disk.locked[i], want, strlen(want)) != 0)
                check_fail(__FILE__, __LINE__, "%u: %s is locked, not %s", i, disk.locked[i], want);
        }
        if (round % 2)
            end();
    }
}

/* Each call that writes fails once, in a flush of histories that are there and of new ones. */
static void failures(enum call call, const char *name, unsigned keys, bool from_then_on,
                     const char *kernel) {
    for (unsigned which = 0;; which++) {
        check_row("%s %u of %u keys fails, Linux %s", name, which, keys, kernel);
        REQUIRE(begin(kernel, EXT4, DELTA_STORE_CACHE));
        put_many(keys / 2, 0);
        CHECK_EQ_INT(flush(), keys / 2);
        unsigned open_files = count_entries("/proc/self/fd");
        put_many(keys, 1);
        memset(disk.made, 0, sizeof disk.made);
        disk.fails = call;
        disk.which = which;
        disk.from_then_on = from_then_on;
        int acknowledged = flush();
        bool failed = disk.made[call] > which;
        CHECK_EQ_INT(acknowledged, failed ? -1 : (int)keys);
        bool placed = disk.made[LINK] > 0;
        disk.fails = CALLS;
        CHECK_EQ_INT(count_entries("/proc/self/fd"), open_files);
        CHECK_EQ_INT(count_left_overs(), 0);
        unsigned known = 0;
        for (unsigned i = 0; i < keys; i++) {
            char key[16];
            (void)snprintf(key, sizeof key, "k%u", i);
            int before = i < keys / 2, now = states(key, from_then_on);
            /* What is written can be made void only by writing. */
            CHECK(now == before || (now == before + 1 && (placed || from_then_on || !failed)));
            known += (unsigned)now;
        }
        /* What was not acknowledged is sent again, and counts again. */
        put_many(keys, 1);
        CHECK_EQ_INT(flush(), keys);
        unsigned then = 0;
        for (unsigned i = 0; i < keys; i++) {
            char key[16];
            (void)snprintf(key, sizeof key, "k%u", i);
            then += (unsigned)states(key, false);
        }
        CHECK_EQ_INT(then, known + keys);
        end();
        if (!failed)
            break;
    }
}

static void a_failed_sync_acknowledges_nothing(void) {
    failures(FDATASYNC, "fdatasync", 6, false, "6.1.0");
    failures(FDATASYNC, "fdatasync", 6, true, "6.1.0");
    failures(FSYNC, "fsync", 6, false, "6.1.0");
    failures(SYNCFS, "syncfs", 32, false, "6.1.0");
    failures(SYNCFS, "syncfs", 32, false, "5.7.0");
}

static void a_failed_write_acknowledges_nothing(void) {
    failures(WRITE, "write", 6, false, "6.1.0");
    failures(WRITE, "write", 6, true, "6.1.0");
    failures(LINK, "linkat", 6, false, "6.1.0");
    failures(RENAME, "rename", 6, false, "6.1.0");
    failures(RENAME, "rename", 6, true, "6.1.0");
}

static int count_refused(void *context, const struct delta_store_result *result) {
    unsigned *refused = context;
    if (!result->refused)
        return 0;
    ++*refused;
    CHECK(result->key_length == 2 && memcmp(result->key, "k1", 2) == 0);
    CHECK_EQ_INT(result->refused->code, DELTA_ERR_SYSTEM);
    return 0;
}

/* A key whose history cannot be locked is refused, and nothing of it written; the others are not.
 */
static void nothing_is_written_without_a_lock(void) {
    struct delta_err err = {0};
    unsigned refused = 0;
    REQUIRE(begin("6.1.0", EXT4, DELTA_STORE_CACHE));
    put_many(3, 0);
    CHECK_EQ_INT(flush(), 3);
    put_many(3, 1);
    disk.fails = FLOCK;
    disk.which = disk.made[FLOCK] + 1;
    CHECK_EQ_INT(delta_store_flush(store, count_refused, &refused, &err), -1);
    CHECK_EQ_INT(refused, 1);
    CHECK_EQ_INT(err.code, DELTA_ERR_SYSTEM);
    CHECK(strstr(err.file, "k1.history"));
    disk.fails = CALLS;
    CHECK(states("k0", false) == 2 && states("k1", false) == 1 && states("k2", false) == 2);
    put_many(3, 2);
    CHECK_EQ_INT(flush(), 3);
    CHECK(states("k0", false) == 3 && states("k1", false) == 2 && states("k2", false) == 3);
    end();
}

/* Another writer made the directories, and has not made them durable. */
static void directories_of_others_are_made_safe(void) {
    struct delta_err err = {0};
    for (unsigned alone = 0; alone < 2; alone++) {
        check_row("alone %u", alone);
        REQUIRE(begin("6.1.0", EXT4, DELTA_STORE_CACHE));
        struct delta_store *other = store;
        put_many(3, 0);
        disk.fails = WRITE;
        CHECK_EQ_INT(flush(), -1);
        disk.fails = CALLS;
        REQUIRE(store = delta_store_open(path, DELTA_STORE_CACHE, &err));
        if (alone) {
            struct stat status;
            struct delta_history *history =
                delta_store_history(store, "k1", 2, DELTA_HISTORY_ADD, &err);
            CHECK(history && stat(path, &status) == 0);
            CHECK(!has(disk.unsafe, disk.unsafe_count, status.st_ino));
            delta_history_close(history);
        } else {
            put_many(3, 0);
            CHECK_EQ_INT(flush(), 3);
        }
        delta_store_close(other);
        end();
    }
}

/* The directory of a history that is new must be safe before anything is written there. */
static void a_history_is_not_given_in_an_unsafe_directory(void) {
    struct delta_err err = {0};
    REQUIRE(begin("6.1.0", EXT4, DELTA_STORE_CACHE));
    disk.fails = FSYNC;
    CHECK(!delta_store_history(store, "k1", 2, DELTA_HISTORY_ADD, &err));
    CHECK(err.code == DELTA_ERR_SYSTEM);
    disk.fails = CALLS;
    /* One that is there is in a directory that was made safe with it. */
    put_many(1, 0);
    CHECK_EQ_INT(flush(), 1);
    delta_store_close(store);
    REQUIRE(store = delta_store_open(path, DELTA_STORE_CACHE, &err));
    unsigned before = disk.made[FSYNC];
    struct delta_history *history = delta_store_history(store, "k0", 2, DELTA_HISTORY_ADD, &err);
    CHECK(history && disk.made[FSYNC] == before);
    delta_history_close(history);
    end();
}

/* Whatever becomes of a flush, others can write after it. */
static void no_lock_outlasts_a_flush(void) {
    REQUIRE(begin("6.1.0", EXT4, DELTA_STORE_CACHE));
    for (unsigned round = 0; round < 3; round++) {
        check_row("round %u", round);
        disk.fails = round == 1 ? FDATASYNC : CALLS;
        disk.which = disk.made[FDATASYNC] + 1;
        put_many(3, round);
        CHECK_EQ_INT(flush(), round == 1 ? -1 : 3);
        for (unsigned i = 0; i < 3; i++) {
            char key[16], file[512];
            (void)snprintf(key, sizeof key, "k%u", i);
            CHECK(!is_locked(file_of(key, file)));
        }
    }
    end();
}

/* What the cache holds is not read again, unless the file changed meanwhile. */
static void cached_histories_are_not_read_again(void) {
    static const struct {
        size_t cache;
        bool reads;
    } rows[] = {{DELTA_STORE_CACHE, false}, {0, true}, {1, true}};
    for (unsigned i = 0; i < 3; i++) {
        check_row("row %u", i);
        REQUIRE(begin("6.1.0", EXT4, rows[i].cache));
        CHECK_EQ_INT(put_digits("k1", 0, SOME_DIGITS), 0);
        CHECK_EQ_INT(put_digits("k2", 0, SOME_DIGITS), 0);
        CHECK_EQ_INT(flush(), 2);
        CHECK_EQ_INT(put_digits("k1", 1, SOME_DIGITS), 0);
        CHECK_EQ_INT(put_digits("k2", 1, SOME_DIGITS), 0);
        size_t before = disk.bytes_read;
        CHECK_EQ_INT(flush(), 2);
        CHECK((disk.bytes_read - before > SOME_DIGITS) == rows[i].reads);
        /* Another writer adds to one of them. */
        struct delta_err err = {0};
        struct delta_history_note note = {.time = 5};
        struct delta_arena *arena = delta_arena_new();
        struct delta_history *other = delta_store_history(store, "k2", 2, DELTA_HISTORY_ADD, &err);
        CHECK(delta_history_add(other, delta_read(arena, "7", 1, NULL, &err), &note, &err) == 1);
        CHECK(delta_history_flush(other, &err) == 0);
        delta_history_close(other);
        delta_arena_free(arena);
        CHECK_EQ_INT(put_digits("k1", 2, SOME_DIGITS), 0);
        CHECK_EQ_INT(put_digits("k2", 2, SOME_DIGITS), 0);
        CHECK_EQ_INT(flush(), 2);
        CHECK_EQ_INT(states("k1", false), 3);
        CHECK_EQ_INT(states("k2", false), 4);
        end();
    }
}

/* What was dropped from the cache leaves room in it. */
static void the_cache_keeps_what_was_used_last(void) {
    REQUIRE(begin("6.1.0", EXT4, 4 * SOME_DIGITS));
    for (unsigned round = 0; round < 30; round++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%u", round);
        CHECK_EQ_INT(put_digits(key, round, SOME_DIGITS), 0);
        CHECK_EQ_INT(flush(), 1);
    }
    static const struct {
        const char *key;
        bool reads;
    } rows[] = {{"k29", false}, {"k0", true}, {"k0", false}, {"k29", false}, {"k27", true}};
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t before = disk.bytes_read;
        check_row("row %u", i);
        CHECK_EQ_INT(put_digits(rows[i].key, 100 + i, SOME_DIGITS), 0);
        CHECK_EQ_INT(flush(), 1);
        CHECK((disk.bytes_read - before > SOME_DIGITS) == rows[i].reads);
    }
    end();
}

/* A batch has no more keys than there are descriptors for, three a key, with half of them left. */
static void batches_end_before_the_descriptors(void) {
    static const struct {
        rlim_t descriptors;
        unsigned keys;
    } rows[] = {{20, 16}, {96, 16}, {101, 16}, {102, 17}, {6138, 1023}, {6144, 1024}, {7000, 1024}};
    struct rlimit old;
    REQUIRE(getrlimit(RLIMIT_NOFILE, &old) == 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rlimit limit = {rows[i].descriptors, old.rlim_max};
        if (limit.rlim_cur > old.rlim_max)
            continue;
        check_row("%u descriptors", (unsigned)rows[i].descriptors);
        REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        bool begun = begin("6.1.0", EXT4, DELTA_STORE_CACHE);
        (void)setrlimit(RLIMIT_NOFILE, &old);
        REQUIRE(begun);
        for (unsigned k = 0; k < rows[i].keys; k++) {
            char key[16];
            (void)snprintf(key, sizeof key, "k%u", k);
            CHECK(!delta_store_wants_flush(store));
            CHECK_EQ_INT(put_end(key), 0);
        }
        CHECK(delta_store_wants_flush(store));
        CHECK_EQ_INT(put_end("another"), -1);
        CHECK_EQ_INT(put_end("k0"), 0);
        end();
    }
}

/* A batch has no more states than 4,096, nor more memory than 16 MiB. */
static void batches_end_before_the_memory(void) {
    struct delta_err err = {0};
    REQUIRE(begin("6.1.0", EXT4, DELTA_STORE_CACHE));
    for (unsigned i = 1; i <= 4096; i++) {
        CHECK_EQ_INT(put_end("key"), 0);
        if (delta_store_wants_flush(store) != (i == 4096)) {
            check_fail(__FILE__, __LINE__, "full at %u", i);
            break;
        }
    }
    end();
    REQUIRE(begin("6.1.0", EXT4, DELTA_STORE_CACHE));
    for (unsigned i = 0; i < 2; i++) {
        struct delta_history_note note = {.time = i};
        struct delta_arena *arena = delta_arena_new();
        char *text = malloc(9 << 20);
        REQUIRE(text);
        memset(text, '7', 9 << 20);
        const struct delta_value *value = delta_read(arena, text, 9 << 20, NULL, &err);
        CHECK_EQ_INT(delta_store_add(store, "key", 3, arena, value, &note, 0, &err), 0);
        free(text);
        CHECK_EQ_INT(delta_store_wants_flush(store), i == 1);
    }
    end();
}

/* ---- One history ------------------------------------------------------------------------------*/

enum change { ADD, CREATE, INIT, COMPACT, CLEAR, CHANGES };

/* Makes the change: 0, -1. */
static int make_change(enum change change, struct delta_err *err) {
    struct delta_history_options options = {.max_chain_length = 7};
    if (change == INIT)
        return delta_history_init(path, &options, err);
    struct delta_arena *arena = delta_arena_new();
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_ADD, err);
    struct delta_history_note note = {.time = 5};
    int status =
        !history            ? -1
        : change == COMPACT ? delta_history_compact(history, NULL, NULL, err)
        : change == CLEAR   ? delta_history_clear(history, err)
        : delta_history_add(history, delta_read(arena, "[7]", 3, NULL, err), &note, err) < 0
            ? -1
            : delta_history_flush(history, err);
    delta_history_close(history);
    delta_arena_free(arena);
    return status;
}

static int count_states(void) {
    struct delta_err err = {0};
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_READ, &err);
    if (!history)
        return -1;
    CHECK_EQ_INT(delta_history_verify(history, NULL, NULL, NULL, &err), 0);
    int count = (int)delta_history_count(history);
    delta_history_close(history);
    return count;
}

/* A history of two states, or none. */
static bool begin_history(bool some) {
    struct delta_err err = {0};
    memset(&disk, 0, sizeof disk);
    disk.fails = CALLS;
    disk.kernel = "6.1.0";
    (void)snprintf(path, sizeof path, "%s/one", folder);
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (mkdir(path, 0700) < 0)
        return false;
    (void)snprintf(path, sizeof path, "%s/one/h", folder);
    for (int i = 0; some && i < 2; i++)
        if (make_change(ADD, &err) < 0)
            return false;
    return true;
}

static void a_history_is_as_it_was_or_as_it_should_be(void) {
    static const struct {
        const char *name;
        int before, after;
    } rows[CHANGES] = {[ADD] = {"add", 2, 3},
                       [CREATE] = {"create", -1, 1},
                       [INIT] = {"init", -1, 0},
                       [COMPACT] = {"compact", 2, 2},
                       [CLEAR] = {"clear", 2, 0}};
    static const char *const names[CALLS] = {"write",  "fdatasync", "fsync", "syncfs", "rename",
                                             "linkat", "flock",     "pread", "close"};
    char one[64];
    (void)snprintf(one, sizeof one, "%s/one", folder);
    for (enum change change = 0; change < CHANGES; change++)
        for (enum call call = 0; call < CLOSE; call++)
            for (unsigned which = 0;; which++) {
                struct delta_err err = {0};
                REQUIRE(begin_history(rows[change].before > 0));
                unsigned open_files = count_entries("/proc/self/fd");
                disk.fails = call;
                disk.which = which;
                disk.on = true;
                int status = make_change(change, &err);
                disk.on = false;
                bool failed = disk.made[call] > which;
                check_row("%s, %s %u fails: %s", rows[change].name, names[call], which, err.text);
                CHECK_EQ_INT(status, failed ? -1 : 0);
                CHECK_EQ_INT(count_entries("/proc/self/fd"), open_files);
                int count = count_states();
                /* An empty file, which others may be waiting for, is an empty history. */
                bool old = count == rows[change].before || (rows[change].before < 0 && count == 0);
                CHECK(count == rows[change].after || (failed && old));
                CHECK(count_entries(one) <= 1);
                if (!failed) {
                    unsafe_here = 0;
                    (void)nftw(one, count_unsafe, 16, FTW_PHYS);
                    CHECK_EQ_INT(unsafe_here, 0);
                    break;
                }
                err = (struct delta_err){0};
                CHECK_EQ_INT(make_change(ADD, &err), 0);
                CHECK_EQ_INT(count_states(), (count < 0 ? 0 : count) + 1);
            }
}

/* What is interrupted is done again, but for syncs; what cannot be synced at all need not be. */
static void errors_that_are_none(void) {
    static const struct {
        enum change change;
        enum call call;
        int error, status;
    } rows[] = {
        {COMPACT, FSYNC, EINVAL, 0},  {COMPACT, FSYNC, EROFS, 0},   {COMPACT, FSYNC, ENOTSUP, 0},
        {COMPACT, FSYNC, ENOSPC, -1}, {COMPACT, FSYNC, EDQUOT, -1}, {COMPACT, FSYNC, EINTR, -1},
        {ADD, FDATASYNC, EINTR, -1},  {ADD, FDATASYNC, EINVAL, -1}, {ADD, FLOCK, EINTR, 0},
        {ADD, FLOCK, ENOLCK, -1},     {COMPACT, PREAD, EINTR, 0},   {COMPACT, CLOSE, EINTR, 0},
        {COMPACT, CLOSE, EIO, -1},    {COMPACT, CLOSE, ENOSPC, -1}, {ADD, WRITE, EINTR, 0},
        {ADD, WRITE, ENOSPC, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_err err = {0};
        check_row("change %d, call %d, error %d", (int)rows[i].change, (int)rows[i].call,
                  rows[i].error);
        REQUIRE(begin_history(true));
        disk.fails = rows[i].call;
        disk.error = rows[i].error;
        disk.nothing_written = true;
        disk.on = true;
        CHECK_EQ_INT(make_change(rows[i].change, &err), rows[i].status);
        disk.on = false;
        CHECK(disk.made[rows[i].call] > 0);
        CHECK_EQ_INT(count_states(), rows[i].change == ADD && rows[i].status == 0 ? 3 : 2);
    }
}

/* A void needs room as a whole, where the file system can say so; of nothing there is no void. */
static void a_void_is_whole_or_not_at_all(void) {
    static const struct {
        bool nothing_written;
        int no_space;
        bool voided, torn;
    } rows[] = {
        {false, 0, true, false},
        {false, EOPNOTSUPP, true, false},
        {false, ENOSPC, false, true},
        {true, 0, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_err err = {0};
        struct stat before, after;
        uint64_t torn = 0;
        check_row("row %zu", i);
        REQUIRE(begin_history(true) && stat(path, &before) == 0);
        disk.fails = WRITE;
        disk.nothing_written = rows[i].nothing_written;
        disk.no_space = rows[i].no_space;
        disk.on = true;
        CHECK_EQ_INT(make_change(ADD, &err), -1);
        unsigned writes = disk.made[WRITE];
        disk.on = false;
        CHECK_EQ_INT(writes, rows[i].voided ? 2 : 1);
        REQUIRE(stat(path, &after) == 0);
        CHECK((after.st_size > before.st_size) == !rows[i].nothing_written);
        struct delta_history *history = delta_history_open(path, DELTA_HISTORY_READ, &err);
        REQUIRE(history);
        (void)delta_history_check_end(history, &torn, &err);
        CHECK((torn > 0) == rows[i].torn);
        CHECK_EQ_INT(delta_history_count(history), 2);
        delta_history_close(history);
        err = (struct delta_err){0};
        CHECK_EQ_INT(make_change(ADD, &err), 0);
        CHECK_EQ_INT(count_states(), 3);
    }
}

/* What could not be made durable once is not tried again: the kernel may have dropped it. */
static void a_failed_flush_is_not_tried_again(void) {
    static const enum call calls[] = {WRITE, FDATASYNC};
    for (size_t i = 0; i < 2; i++) {
        struct delta_err err = {0};
        struct delta_history_note note = {.time = 5};
        struct delta_arena *arena = delta_arena_new();
        REQUIRE(begin_history(true));
        struct delta_history *history = delta_history_open(path, DELTA_HISTORY_ADD, &err);
        const struct delta_value *value = delta_read(arena, "[8]", 3, NULL, &err);
        REQUIRE(history && delta_history_add(history, value, &note, &err) == 1);
        disk.fails = calls[i];
        disk.on = true;
        CHECK_EQ_INT(delta_history_flush(history, &err), -1);
        disk.on = false;
        err = (struct delta_err){0};
        CHECK_EQ_INT(delta_history_flush(history, &err), -1);
        delta_history_close(history);
        CHECK_EQ_INT(count_states(), 2);
        delta_arena_free(arena);
    }
}

/* Nor does a flush of nothing write or sync anything. */
static void a_flush_of_nothing_does_nothing(void) {
    for (unsigned there = 0; there < 2; there++) {
        struct delta_err err = {0};
        REQUIRE(begin_history(there));
        struct delta_history *history = delta_history_open(path, DELTA_HISTORY_ADD, &err);
        disk.on = true;
        CHECK(history && delta_history_flush(history, &err) == 0);
        disk.on = false;
        CHECK_EQ_INT(disk.made[WRITE] + disk.made[FDATASYNC] + disk.made[FSYNC] + disk.made[FLOCK],
                     0);
        delta_history_close(history);
        CHECK_EQ_INT(access(path, F_OK), there ? 0 : -1);
    }
}

int main(void) {
    if (!mkdtemp(folder))
        return 2;
    RUN(states_are_safe_before_they_are_acknowledged);
    RUN(files_of_another_device_are_synced_one_by_one);
    RUN(histories_are_locked_in_the_order_of_their_keys);
    RUN(a_failed_sync_acknowledges_nothing);
    RUN(a_failed_write_acknowledges_nothing);
    RUN(nothing_is_written_without_a_lock);
    RUN(directories_of_others_are_made_safe);
    RUN(a_history_is_not_given_in_an_unsafe_directory);
    RUN(no_lock_outlasts_a_flush);
    RUN(cached_histories_are_not_read_again);
    RUN(the_cache_keeps_what_was_used_last);
    RUN(batches_end_before_the_descriptors);
    RUN(batches_end_before_the_memory);
    RUN(a_history_is_as_it_was_or_as_it_should_be);
    RUN(errors_that_are_none);
    RUN(a_void_is_whole_or_not_at_all);
    RUN(a_failed_flush_is_not_tried_again);
    RUN(a_flush_of_nothing_does_nothing);
    (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return check_done();
}
