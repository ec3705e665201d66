/* Decisions about conflicts, in the file that --conflicts writes: to each object of its array a
 * member `take` is added, "ours", "theirs" or "union". */
#ifndef MERGE_RESOLUTION_H
#define MERGE_RESOLUTION_H

#include "delta.h"

#include <stdbool.h>
#include <stddef.h>

struct cli;

/* The pattern that matches just this JSON Pointer. Freed with the command; NULL when out of memory
 * (reported). */
const char *resolution_pattern(struct cli *cli, const char *pointer, size_t length);

/* Parses `ours`, `theirs` or `union`; false for any other text. */
bool resolution_side(const char *text, size_t length, enum delta_prefer *side);

/* Reads the file and adds its decisions to options->prefer_at; what has no `take` stays a conflict.
 * The memory is the command's. Returns CLI_OK or CLI_TROUBLE (reported). */
int resolution_read(struct cli *cli, const char *path, struct delta_merge_options *options);

#endif
