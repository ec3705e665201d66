/* The three-way merge of delta-merge, and its report of conflicts. */
#ifndef MERGE_MERGE_STATES_H
#define MERGE_MERGE_STATES_H

#include "merge/conflict_markers.h"

struct cli;
struct unmatched;

struct merge_how {
    struct delta_merge_options options;
    struct conflict_marks marks;
    const char *conflicts_path;  /* the file that conflicts are written to, or NULL */
    struct unmatched *unmatched; /* without --git: the states are held against it */
    bool virtual_base;           /* with --git: what is merged are the bases of another merge */
};

/* Merges three versions, of which the base may have no state, and appends the result to `text`, in
 * a layout that is merged as well; stores the conflicts, in `arena`. Without any, or with the style
 * CONFLICT_OURS, the text is JSON. 0, or -1 (reported). Costs one more merge if there are
 * conflicts. */
int merge_versions(struct cli *cli, struct delta_arena *arena,
                   const struct delta_source versions[3], const struct merge_how *how,
                   struct delta_conflicts *conflicts, struct delta_buf *text);

/* Reports each conflict in a line on standard error, with the name of the file unless that is NULL,
 * and writes all to the file `path` unless that is NULL. CLI_OK if there is none, CLI_NO if there
 * are some, CLI_TROUBLE. */
int merge_states_report(struct cli *cli, const char *name, const struct delta_conflicts *conflicts,
                        const char *path);

/* Merges the states that the operands name, BASE OURS THEIRS, and writes the result. An empty BASE
 * is none. Returns the status. */
int merge_states_run(struct cli *cli, const struct merge_how *how);

#endif
