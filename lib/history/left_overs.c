/* A rewrite that is killed between giving its file a name and renaming it leaves that file behind.
 * It differs from everything else by its content: it is a history whose salt is the number in its
 * name, and no process holds its lock. */
#include "history/left_overs.h"

#include "base/replacement.h"
#include "history/frame.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The number in the name of a temporary file; false for other names. */
static bool temporary_number(const char *name, uint64_t *number) {
    size_t prefix = sizeof REPLACEMENT_TEMPORARY - 1;
    if (strncmp(name, REPLACEMENT_TEMPORARY, prefix) != 0 || strlen(name + prefix) != 16 ||
        strspn(name + prefix, "0123456789abcdef") != 16)
        return false;
    *number = strtoull(name + prefix, NULL, 16);
    return true;
}

static bool is_left_over(int fd, uint64_t number) {
    unsigned char bytes[FRAME_START];
    struct frame_header header;
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
           pread(fd, bytes, sizeof bytes, 0) == (ssize_t)sizeof bytes &&
           frame_header_get(bytes, 0, &header) == FRAME_GOOD && header.salt == number &&
           flock(fd, LOCK_EX | LOCK_NB) == 0;
}

void left_overs_remove(const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    DIR *entries = folder ? opendir(folder) : NULL;
    free(folder);
    struct dirent *entry;
    while (entries && (entry = readdir(entries))) {
        uint64_t number;
        if (!temporary_number(entry->d_name, &number))
            continue;
        int fd = openat(dirfd(entries), entry->d_name,
                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        if (fd >= 0 && is_left_over(fd, number))
            (void)unlinkat(dirfd(entries), entry->d_name, 0);
        if (fd >= 0)
            close(fd);
    }
    if (entries)
        closedir(entries);
}
