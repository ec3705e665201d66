/* Rights of a file that takes another one's place: kept, or fewer, whatever the file system
 * refuses. The calls that get and set them are those of a file system that is made up here. */
#include "base/rights.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ACL "system.posix_acl_access"

enum { MOST = 3 };

/* What the old file has, and what fails, with which error. */
static struct fake {
    const char *names[MOST];
    int get[MOST], set[MOST], list, chown, chgrp, remove, stat;
    int later, list_later; /* what the second call of getting one, or the list, fails with, once */
    bool from_dir;         /* the new file has an ACL already, from its folder */
    bool has[MOST];        /* of the new file: */
    bool has_acl;
    mode_t mode;
} fake;

static int answer(int error) {
    errno = error;
    return error ? -1 : 0;
}

static int once(int *error) {
    int now = *error;
    *error = 0;
    return answer(now);
}

static int find(const char *name) {
    for (int i = 0; i < MOST && fake.names[i]; i++)
        if (strcmp(fake.names[i], name) == 0)
            return i;
    return -1;
}

ssize_t listxattr(const char *path, char *list, size_t size) {
    size_t length = 0;
    (void)path;
    if (fake.list)
        return answer(fake.list);
    if (list && fake.list_later)
        return once(&fake.list_later);
    for (int i = 0; i < MOST && fake.names[i]; i++) {
        size_t more = strlen(fake.names[i]) + 1;
        if (list && length + more <= size)
            memcpy(list + length, fake.names[i], more);
        length += more;
    }
    return (ssize_t)length;
}

ssize_t getxattr(const char *path, const char *name, void *value, size_t size) {
    int i = find(name);
    (void)path;
    if (i < 0 || fake.get[i])
        return answer(i < 0 ? ENODATA : fake.get[i]);
    if (value && fake.later)
        return once(&fake.later);
    if (value && size)
        memcpy(value, "v", 1);
    return 1;
}

int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags) {
    int i = find(name);
    (void)fd, (void)flags;
    CHECK(i >= 0 && size == 1 && memcmp(value, "v", 1) == 0);
    if (i < 0 || fake.set[i])
        return answer(i < 0 ? EIO : fake.set[i]);
    fake.has[i] = true;
    fake.has_acl |= strcmp(name, ACL) == 0;
    return 0;
}

ssize_t fgetxattr(int fd, const char *name, void *value, size_t size) {
    (void)fd, (void)value, (void)size;
    CHECK_EQ_STR(name, ACL);
    return answer(fake.has_acl ? 0 : ENODATA);
}

int fremovexattr(int fd, const char *name) {
    (void)fd;
    CHECK_EQ_STR(name, ACL);
    if (!fake.has_acl || fake.remove)
        return answer(fake.has_acl ? fake.remove : ENODATA);
    fake.has_acl = false;
    return 0;
}

int fchown(int fd, uid_t owner, gid_t group) {
    (void)fd, (void)group;
    return answer(owner == (uid_t)-1 ? fake.chgrp : fake.chown);
}

int fchmod(int fd, mode_t mode) {
    (void)fd;
    fake.mode = mode;
    return 0;
}

int fstat(int fd, struct stat *status) {
    (void)fd;
    *status = (struct stat){.st_uid = 1, .st_gid = 1};
    return answer(fake.stat);
}

enum { SAME, OTHER_OWNER, OTHER_GROUP, OTHER_BOTH };

static void kept_or_fewer(void) {
    static const struct {
        const char *name;
        struct fake fake;
        int whose, mode, left; /* left: the new mode; -1: it fails */
        bool acl;
    } rows[] = {
        {"nothing but a mode", {.mode = 0}, SAME, 06755, 06755, false},
        {"an ACL", {.names = {ACL}}, SAME, 0660, 0660, true},
        {"an ACL that cannot be set",
         {.names = {ACL}, .set = {EOPNOTSUPP}},
         SAME,
         0660,
         0600,
         false},
        {"for whatever reason", {.names = {ACL}, .set = {EIO}}, SAME, 0775, 0700, false},
        {"an ACL that is gone meanwhile",
         {.names = {ACL}, .get = {ENODATA}},
         SAME,
         0660,
         0660,
         false},
        {"an ACL that cannot be read", {.names = {ACL}, .get = {EACCES}}, SAME, 0660, 0600, false},
        {"other attributes",
         {.names = {"user.a", "security.b", "trusted.c"}},
         SAME,
         0664,
         0664,
         false},
        {"a user's that cannot be set",
         {.names = {"user.a"}, .set = {EPERM}},
         SAME,
         0664,
         -1,
         false},
        {"a user's that cannot be read",
         {.names = {"user.a"}, .get = {EIO}},
         SAME,
         0664,
         -1,
         false},
        {"a label that may not be set",
         {.names = {"security.b"}, .set = {EPERM}},
         SAME,
         0664,
         0664,
         false},
        {"likewise", {.names = {"security.b"}, .set = {EACCES}}, SAME, 0664, 0664, false},
        {"nor here", {.names = {"security.b"}, .set = {EOPNOTSUPP}}, SAME, 0664, 0664, false},
        {"nor so", {.names = {"trusted.b"}, .set = {EINVAL}}, SAME, 0664, 0664, false},
        {"a label for which is no room",
         {.names = {"security.b"}, .set = {ENOSPC}},
         SAME,
         0664,
         -1,
         false},
        {"a value that grows", {.names = {"user.a"}, .later = ERANGE}, SAME, 0664, 0664, false},
        {"one that cannot be read then",
         {.names = {"user.a"}, .later = EIO},
         SAME,
         0664,
         -1,
         false},
        {"a range that is not that", {.names = {"user.a"}, .set = {ERANGE}}, SAME, 0664, -1, false},
        {"a list that grows", {.names = {ACL}, .list_later = ERANGE}, SAME, 0664, 0664, true},
        {"one that may not be read then",
         {.names = {ACL}, .list_later = EPERM},
         SAME,
         0664,
         0600,
         false},
        {"nor can", {.names = {ACL}, .list_later = EIO}, SAME, 0664, -1, false},
        {"attributes that may not be listed", {.list = EACCES}, SAME, 0775, 0700, false},
        {"nor these", {.list = EPERM, .from_dir = true}, SAME, 0775, 0700, false},
        {"attributes that cannot be listed", {.list = EIO}, SAME, 0775, -1, false},
        {"a file system without them", {.list = EOPNOTSUPP}, SAME, 0775, 0775, false},
        {"a kernel without them", {.list = ENOSYS}, SAME, 0775, 0775, false},
        {"an ACL from the folder", {.from_dir = true}, SAME, 0664, 0664, false},
        {"one that cannot be removed", {.from_dir = true, .remove = EPERM}, SAME, 0664, 0600, true},
        {"the old one in its place", {.names = {ACL}, .from_dir = true}, SAME, 0664, 0664, true},
        {"another owner, as before", {.mode = 0}, OTHER_BOTH, 06755, 06755, false},
        {"the group alone", {.chown = EPERM}, OTHER_BOTH, 06755, 0755, false},
        {"the group was the only other", {.chown = EPERM}, OTHER_GROUP, 06755, 06755, false},
        {"neither", {.chown = EPERM, .chgrp = EPERM}, OTHER_BOTH, 06764, 0744, false},
        {"the group cannot be kept",
         {.chown = EPERM, .chgrp = EPERM},
         OTHER_GROUP,
         02746,
         0744,
         false},
        {"the owner cannot", {.chown = EPERM, .chgrp = EPERM}, OTHER_OWNER, 04754, 0754, false},
        {"an ACL for another group",
         {.names = {ACL}, .chown = EPERM, .chgrp = EPERM},
         OTHER_GROUP,
         0664,
         0600,
         false},
        {"a file that cannot be looked at", {.stat = EIO}, SAME, 0664, -1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stat old = {.st_mode = S_IFREG | (mode_t)rows[i].mode,
                           .st_uid = rows[i].whose & OTHER_OWNER ? 2 : 1,
                           .st_gid = rows[i].whose & OTHER_GROUP ? 2 : 1};
        check_row("%s", rows[i].name);
        fake = rows[i].fake;
        fake.mode = 07777;
        fake.has_acl = fake.from_dir;
        int status = rights_copy("old", &old, 9);
        CHECK_EQ_INT(status, rows[i].left < 0 ? -1 : 0);
        if (status < 0) {
            CHECK(errno != 0);
            continue;
        }
        CHECK_EQ_INT(fake.mode, (mode_t)rows[i].left);
        CHECK_EQ_INT(fake.has_acl, rows[i].acl);
        for (int n = 0; n < MOST && fake.names[n]; n++)
            CHECK_EQ_INT(fake.has[n],
                         rows[i].fake.list_later != EPERM && !fake.get[n] && !fake.set[n]);
    }
}

/* What is bound to the bytes of the old file does not go to others. */
static void what_is_of_the_content(void) {
    struct stat old = {.st_mode = S_IFREG | 0755, .st_uid = 1, .st_gid = 1};
    fake = (struct fake){.names = {"security.capability", "security.ima", "security.evm"}};
    CHECK_EQ_INT(rights_copy("old", &old, 9), 0);
    CHECK_EQ_INT(fake.mode, 0755);
    CHECK(!fake.has[0] && !fake.has[1] && !fake.has[2]);
}

int main(void) {
    RUN(kept_or_fewer);
    RUN(what_is_of_the_content);
    return check_done();
}
