/* Globs over relative paths, for --include, --exclude and the sections of rules. */
#ifndef TREE_GLOB_H
#define TREE_GLOB_H

#include <stdbool.h>

/* True when `glob` matches the relative path `path` ('/' between its steps). In a glob, `*`, `?`
 * and
 * `[...]` match within one step, as in fnmatch(3), and a step `**` matches zero or more steps. A
 * glob without '/' is matched against the last step alone, so that `*.json` matches at any depth.
 * O(steps of both) without `**`, times the steps of the path for each `**`. */
bool glob_matches(const char *glob, const char *path);

/* The same for `path` or any of the folders above it: `node_modules` matches
 * "a/node_modules/b.json". */
bool glob_matches_above(const char *glob, const char *path);

#endif
