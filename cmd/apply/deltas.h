/* The records and patches that delta-apply applies to one state, in their order. */
#ifndef APPLY_DELTAS_H
#define APPLY_DELTAS_H

#include "cli/cli.h"

enum deltas_format {
    FORMAT_AUTO,
    FORMAT_RECORD,
    FORMAT_JSON_PATCH,
    FORMAT_MERGE_PATCH,
    FORMAT_BSDIFF,
};

struct deltas_how {
    bool reverse, any_base;
    enum deltas_format format;
    uint64_t max_size; /* bytes of a file, and of a state */
};

/* A record, or a patch in another format. */
struct delta {
    const struct delta_record *record; /* NULL: `patch` is one, as `format` says */
    const struct delta_value *patch;
    enum deltas_format format;
    const char *name; /* of its file */
    size_t number;    /* of the record in it, from 1 */
};

struct deltas {
    struct delta *items;
    size_t count, capacity;
};

/* Reads the file at `path` ("-": standard input), which has one at least, into the arena, and adds
 * what it has to `deltas`, which is zero at first. CLI_OK, or the status to end with. */
int deltas_read(struct cli *cli, const struct deltas_how *how, struct delta_arena *arena,
                const char *path, struct deltas *deltas);

/* The state that they lead to from `state` (NULL: there is no base), in the arena. NULL, reported,
 * with the status to end with in `*status`. */
const struct delta_value *deltas_apply(struct cli *cli, const struct deltas_how *how,
                                       struct delta_arena *arena, const struct deltas *deltas,
                                       const struct delta_value *state, int *status);

#endif
