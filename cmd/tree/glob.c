#include "tree/glob.h"

#include <fnmatch.h>
#include <limits.h>
#include <string.h>

enum { MOST_STEPS = 256 }; /* of a glob with `**`; more never match, which bounds the work */

/* The length of the first step. */
static size_t step_length(const char *path) {
    return strcspn(path, "/");
}

static const char *after_step(const char *path) {
    size_t length = step_length(path);
    return path[length] ? path + length + 1 : path + length;
}

static bool step_matches(const char *glob, const char *path) {
    char pattern[NAME_MAX + 1], name[NAME_MAX + 1];
    size_t pattern_length = step_length(glob), name_length = step_length(path);
    if (pattern_length > NAME_MAX || name_length > NAME_MAX)
        return false;
    memcpy(pattern, glob, pattern_length);
    pattern[pattern_length] = '\0';
    memcpy(name, path, name_length);
    name[name_length] = '\0';
    return fnmatch(pattern, name, 0) == 0;
}

static bool is_any_steps(const char *glob) {
    return strncmp(glob, "**", 2) == 0 && (glob[2] == '/' || glob[2] == '\0');
}

/* Step by step. On a mismatch the last `**` takes one step more: an earlier one need not be tried
 * again, because what it left to the later one can only grow (the argument for `*` in a string). */
static bool steps_match(const char *glob, const char *path) {
    const char *after_any = NULL, *retry = NULL;
    unsigned steps = 0;
    for (;;) {
        if (is_any_steps(glob)) {
            if (++steps > MOST_STEPS)
                return false;
            glob = after_any = after_step(glob);
            retry = path;
            if (!*glob)
                return true;
        } else if (!*path) {
            return !*glob;
        } else if (*glob && step_matches(glob, path)) {
            glob = after_step(glob);
            path = after_step(path);
        } else if (after_any) {
            glob = after_any;
            path = retry = after_step(retry);
        } else {
            return false;
        }
    }
}

bool glob_matches(const char *glob, const char *path) {
    if (strchr(glob, '/'))
        return steps_match(*glob == '/' ? glob + 1 : glob, path);
    const char *slash = strrchr(path, '/');
    return steps_match(glob, slash ? slash + 1 : path);
}

bool glob_matches_above(const char *glob, const char *path) {
    char above[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof above)
        return false;
    memcpy(above, path, length + 1);
    for (;;) {
        if (glob_matches(glob, above))
            return true;
        char *slash = strrchr(above, '/');
        if (!slash)
            return false;
        *slash = '\0';
    }
}
