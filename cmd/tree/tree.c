#include "tree/tree.h"

#include "cli/cli.h"
#include "tree/glob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct walk {
    struct cli *cli;
    const struct tree_filter *filter;
    struct tree *tree;
    char root[PATH_MAX]; /* resolved */
    size_t root_length;
    char path[PATH_MAX]; /* relative, of what is visited */
};

static bool has_plain_steps(const char *path) {
    for (;;) {
        size_t length = strcspn(path, "/");
        if (length == 0 || length > NAME_MAX || (length == 1 && path[0] == '.') ||
            (length == 2 && path[0] == '.' && path[1] == '.'))
            return false;
        if (!path[length])
            return true;
        path += length + 1;
    }
}

/* What exists of the path is resolved: the longest part of it that does must stay below the root,
 * and what is missing behind that has no links to follow. */
enum tree_path tree_find(const char *root, const char *path) {
    char whole[PATH_MAX], found[PATH_MAX];
    struct stat st;
    size_t root_length = strcmp(root, "/") == 0 ? 0 : strlen(root);
    bool missing = false;
    int length = snprintf(whole, sizeof whole, "%s/%s", root, path);
    if (length < 0 || (size_t)length >= sizeof whole || !has_plain_steps(path))
        return TREE_REFUSED;
    while (!realpath(whole, found)) {
        /* A link that leads nowhere is there, and would be written through. */
        char *slash = strrchr(whole, '/');
        if (errno != ENOENT || lstat(whole, &st) == 0 || slash < whole + root_length)
            return TREE_REFUSED;
        *slash = '\0';
        missing = true;
    }
    bool is_root = strcmp(found, root) == 0;
    bool inside = strncmp(found, root, root_length) == 0 && found[root_length] == '/';
    if (stat(found, &st) || !(inside || is_root))
        return TREE_REFUSED;
    if (missing)
        return S_ISDIR(st.st_mode) ? TREE_NOTHING : TREE_REFUSED;
    return S_ISREG(st.st_mode) ? TREE_FILE : TREE_REFUSED;
}

int tree_root_length(const char *root) {
    size_t length = strlen(root);
    while (length && root[length - 1] == '/')
        length--;
    return (int)length;
}

bool tree_is_absent(const char *path) {
    return strcmp(path, "/dev/null") == 0;
}

bool tree_is_directory(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int add(struct walk *walk, enum tree_fault fault, int error) {
    struct tree *tree = walk->tree;
    bool room =
        delta_array_reserve(&tree->files, &tree->capacity, tree->count + 1, sizeof *tree->files);
    char *path = room ? strdup(walk->path) : NULL;
    if (!path)
        return cli_fail(walk->cli, "out of memory"), -1;
    tree->files[tree->count++] = (struct tree_file){.path = path, .fault = fault, .error = error};
    return 0;
}

static bool is_wanted(const struct walk *walk) {
    const struct cli_list *include = &walk->filter->include, *exclude = &walk->filter->exclude;
    bool wanted = include->count == 0 && glob_matches("*.json", walk->path);
    for (size_t i = 0; i < include->count && !wanted; i++)
        wanted = glob_matches(include->items[i], walk->path);
    for (size_t i = 0; i < exclude->count && wanted; i++)
        wanted = !glob_matches_above(exclude->items[i], walk->path);
    return wanted;
}

static bool is_excluded_folder(const struct walk *walk) {
    const struct cli_list *exclude = &walk->filter->exclude;
    for (size_t i = 0; i < exclude->count; i++)
        if (glob_matches_above(exclude->items[i], walk->path))
            return true;
    return false;
}

/* True when the link `name` leads to something below the root. */
static bool stays_inside(const struct walk *walk, int folder, const char *name) {
    char link[PATH_MAX], target[PATH_MAX];
    int fd = openat(folder, name, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return false;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, target, sizeof target - 1);
    (void)close(fd);
    if (length < 0)
        return false;
    target[length] = '\0';
    return strncmp(target, walk->root, walk->root_length) == 0 && target[walk->root_length] == '/';
}

static int visit_folder(struct walk *walk, int fd);

static int visit_below(struct walk *walk, int folder, const char *name) {
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return add(walk, TREE_UNREADABLE, errno);
    return visit_folder(walk, fd);
}

static int visit_link(struct walk *walk, int folder, const char *name) {
    struct stat st;
    bool leads = fstatat(folder, name, &st, 0) == 0;
    if (is_excluded_folder(walk))
        return 0;
    if (leads && S_ISDIR(st.st_mode))
        cli_verbose(walk->cli, "%s: symbolic link to a directory, not followed", walk->path);
    if (leads ? S_ISDIR(st.st_mode) : !is_wanted(walk))
        return add(walk, TREE_LINK, leads ? 0 : ENOENT);
    if (!is_wanted(walk))
        return 0;
    if (leads && !S_ISREG(st.st_mode))
        return add(walk, TREE_SPECIAL, 0);
    return add(walk, stays_inside(walk, folder, name) ? TREE_FINE : TREE_OUTSIDE, 0);
}

/* `walk->path` is the entry's. */
static int visit_entry(struct walk *walk, int folder, const struct dirent *entry) {
    unsigned char type = entry->d_type;
    struct stat st;
    if (type == DT_UNKNOWN && fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        type = (unsigned char)IFTODT(st.st_mode);
    switch (type) {
    case DT_DIR:
        return is_excluded_folder(walk) ? 0 : visit_below(walk, folder, entry->d_name);
    case DT_LNK:
        return visit_link(walk, folder, entry->d_name);
    case DT_REG:
        return is_wanted(walk) ? add(walk, TREE_FINE, 0) : 0;
    default:
        return is_wanted(walk) ? add(walk, TREE_SPECIAL, 0) : 0;
    }
}

/* The folder open as `fd`, which is closed. */
static int visit_folder(struct walk *walk, int fd) {
    DIR *folder = fdopendir(fd);
    size_t length = strlen(walk->path);
    const struct dirent *entry;
    int status = 0;
    if (!folder) {
        int error = errno;
        (void)close(fd);
        return add(walk, TREE_UNREADABLE, error);
    }
    errno = 0;
    while (status == 0 && (entry = readdir(folder))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        int size = snprintf(walk->path + length, sizeof walk->path - length, "%s%s",
                            length ? "/" : "", entry->d_name);
        if ((size_t)size >= sizeof walk->path - length) {
            walk->path[length] = '\0';
            status = add(walk, TREE_UNREADABLE, ENAMETOOLONG);
        } else {
            status = visit_entry(walk, dirfd(folder), entry);
        }
        walk->path[length] = '\0';
        errno = 0;
    }
    if (status == 0 && errno)
        status = add(walk, TREE_UNREADABLE, errno);
    (void)closedir(folder);
    return status;
}

static int by_path(const void *a, const void *b) {
    const struct tree_file *left = a, *right = b;
    return strcmp(left->path, right->path);
}

int tree_read(struct cli *cli, const char *root, const struct tree_filter *filter,
              struct tree *tree) {
    struct walk walk = {.cli = cli, .filter = filter, .tree = tree};
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || !realpath(root, walk.root)) {
        cli_fail_system(cli, "%s", root);
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    walk.root_length = strcmp(walk.root, "/") == 0 ? 0 : strlen(walk.root);
    if (visit_folder(&walk, fd))
        return -1;
    if (tree->count)
        qsort(tree->files, tree->count, sizeof *tree->files, by_path);
    return 0;
}

void tree_free(struct tree *tree) {
    for (size_t i = 0; i < tree->count; i++)
        free(tree->files[i].path);
    free(tree->files);
    *tree = (struct tree){0};
}
