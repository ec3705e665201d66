#include "base/rights.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The access ACL. It is set through the mode's group bits too, which are its mask. */
static const char access_acl[] = "system.posix_acl_access";

static bool starts_with(const char *name, const char *prefix) {
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* True when the call failed because there is no such attribute, or because the file system has none
 * at all. */
static bool is_absent(void) {
    return errno == ENODATA || errno == EOPNOTSUPP || errno == ENOSYS;
}

/* The names of all attributes, each ended by NUL, to be freed; `*length` 0 and NULL when there are
 * none. -1 with errno on failure. */
static int list_names(const char *path, char **names, size_t *length) {
    *names = NULL;
    *length = 0;
    for (;;) {
        ssize_t size = listxattr(path, NULL, 0);
        if (size <= 0)
            return size == 0 || is_absent() ? 0 : -1;
        char *list = malloc((size_t)size);
        if (!list)
            return -1;
        ssize_t got = listxattr(path, list, (size_t)size);
        if (got >= 0) {
            *names = list;
            *length = (size_t)got;
            return 0;
        }
        int cause = errno;
        free(list);
        if (cause != ERANGE) { /* more were added meanwhile */
            errno = cause;
            return -1;
        }
    }
}

/* Copies one attribute. 0 when it is there afterwards, or is not in the old file any more. */
static int copy_attribute(const char *path, const char *name, int fd) {
    for (;;) {
        ssize_t size = getxattr(path, name, NULL, 0);
        if (size < 0)
            return errno == ENODATA ? 0 : -1;
        char *value = malloc((size_t)size + 1);
        if (!value)
            return -1;
        ssize_t got = getxattr(path, name, value, (size_t)size);
        int failed = got < 0 || fsetxattr(fd, name, value, (size_t)got, 0) < 0;
        int cause = errno;
        free(value);
        if (!failed)
            return 0;
        errno = cause;
        if (got >= 0 || cause != ERANGE)
            return -1;
    }
}

/* True for what is bound to the bytes of the old file. */
static bool is_of_content(const char *name) {
    return strcmp(name, "security.capability") == 0 || strcmp(name, "security.ima") == 0 ||
           strcmp(name, "security.evm") == 0;
}

/* Copies all attributes. `*limited` is set when one that may limit access could not be kept. */
static int copy_attributes(const char *path, int fd, bool *limited) {
    char *names;
    size_t length;
    if (list_names(path, &names, &length) < 0) {
        *limited = true; /* whatever there is */
        return errno == EACCES || errno == EPERM ? 0 : -1;
    }
    int status = 0;
    bool has_acl = false;
    const char *end = length ? names + length : names; /* NULL when there are none */
    for (char *name = names; status == 0 && name < end; name += strlen(name) + 1) {
        bool grants = starts_with(name, "system."), is_users = starts_with(name, "user.");
        has_acl |= strcmp(name, access_acl) == 0;
        if (is_of_content(name) || copy_attribute(path, name, fd) == 0)
            continue;
        if (grants)
            *limited = true;
        else if (is_users ||
                 (errno != EPERM && errno != EACCES && errno != EOPNOTSUPP && errno != EINVAL))
            status = -1;
    }
    int cause = errno;
    free(names);
    errno = cause;
    /* A new file may have got an ACL from its folder. */
    if (status == 0 && !has_acl && fremovexattr(fd, access_acl) < 0 && !is_absent())
        *limited = true;
    return status;
}

int rights_copy(const char *path, const struct stat *old, int fd) {
    mode_t mode = old->st_mode & 07777;
    struct stat now;
    bool owner_kept = true, group_kept = true, limited = false;
    if (fstat(fd, &now) < 0)
        return -1;
    if ((now.st_uid != old->st_uid || now.st_gid != old->st_gid) &&
        fchown(fd, old->st_uid, old->st_gid) < 0) {
        owner_kept = now.st_uid == old->st_uid;
        group_kept = now.st_gid == old->st_gid || fchown(fd, (uid_t)-1, old->st_gid) == 0;
    }
    if (copy_attributes(path, fd, &limited) < 0)
        return -1;
    if (!owner_kept || !group_kept)
        mode &= 0777;
    if (!group_kept) {
        mode_t both = mode >> 3 & mode & 07;
        mode = (mode & 0700) | both << 3 | both;
        /* The ACL's entry for the group would grant its rights to another group. */
        if (fgetxattr(fd, access_acl, NULL, 0) >= 0 || !is_absent())
            limited = true;
    }
    if (limited) {
        mode &= 0700;
        (void)fremovexattr(fd, access_acl);
    }
    return fchmod(fd, mode);
}
