/* Files of --rules: options that say what counts, one a line (delta-rules(5)). */
#ifndef CLI_RULES_H
#define CLI_RULES_H

#include "cli/argument.h"
#include "cli/command.h"

/* One line. */
struct rule {
    const struct cli_option *row; /* the option, of the table that the file was read with */
    const char *argument;         /* NULL: it takes none */
    struct cli_pair pair;         /* of CLI_MEMBERS: the argument split */
    uint64_t section;             /* bit of the section that it is in, or 0: it always counts */
    const char *file;
    unsigned line;
};

enum { RULES_SECTIONS = 64 };

/* All files that were read. */
struct rules {
    struct rule *items;
    size_t count, capacity;
    const char *sections[RULES_SECTIONS]; /* globs */
    size_t section_count;
};

/* Reads a file, or a shipped profile where `name` has no '/', and appends its lines. `rows` are the
 * options that it may hold; those named in `outside` (NULL-terminated) only before the first
 * section. Memory is the command's (cli/memory.h). CLI_OK, or the status to end with (reported,
 * with file and line). */
int rules_read(struct cli *cli, const char *name, const struct cli_option *rows,
               const char *const *outside, struct rules *rules);

/* The sections whose globs match the relative path (tree/glob.h), as bits; 0 for NULL. */
uint64_t rules_sections(const struct rules *rules, const char *path);

#endif
