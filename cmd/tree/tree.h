/* The files of a directory, by relative path. */
#ifndef TREE_TREE_H
#define TREE_TREE_H

#include "cli/argument.h"

#include <stdbool.h>
#include <stddef.h>

struct cli;

/* Which files count: those that match one of `include` (none: "*.json") and none of `exclude`,
 * which may match a folder above a file as well (tree/glob.h). */
struct tree_filter {
    struct cli_list include, exclude;
};

/* What a file is refused for, before it is opened. */
enum tree_fault {
    TREE_FINE,
    TREE_OUTSIDE,    /* a symbolic link that leads out of the directory, or nowhere */
    TREE_UNREADABLE, /* a folder that cannot be read, or not to its end: `path` is the folder */
    /* These two hide what another directory has at this path or below, and are nothing else: */
    TREE_LINK,   /* a symbolic link to a folder, or nowhere if its name does not count */
    TREE_SPECIAL /* a device, a fifo, a socket */
};

struct tree_file {
    char *path; /* relative to the root, '/' between the steps */
    enum tree_fault fault;
    int error; /* errno, of TREE_UNREADABLE, and of a TREE_LINK to nowhere */
};

struct tree {
    struct tree_file *files; /* sorted by path, byte by byte */
    size_t count, capacity;
};

/* Lists the files of the directory `root` and below it. Symbolic links to files are files, unless
 * they lead out of `root`; links to folders are not followed. `tree` is zeroed by the caller, and
 * freed with tree_free, also on failure. 0, or -1 (reported) when `root` cannot be read or there is
 * no memory. O(files log files). */
int tree_read(struct cli *cli, const char *root, const struct tree_filter *filter,
              struct tree *tree);

void tree_free(struct tree *tree);

/* What a relative path, which may come from anywhere, names below a root. */
enum tree_path {
    TREE_FILE,    /* a file, or a symbolic link to one below the root */
    TREE_NOTHING, /* nothing yet */
    TREE_REFUSED, /* empty, absolute, with a step `.`, `..` or an empty one, too long, through or to
                     a symbolic link that leads out of the root, or not a file */
};

/* Looks the path up. `root` is the directory as realpath(3) gives it. O(steps) system calls. */
enum tree_path tree_find(const char *root, const char *path);

/* True for /dev/null, the name of an absent state. */
bool tree_is_absent(const char *path);

/* Bytes of the name of a directory without the slashes at its end, so that a path can be added. */
int tree_root_length(const char *root);

/* True when `path` names a directory. */
bool tree_is_directory(const char *path);

#endif
