/* --explain: what each rule left out, found by comparing once more with that rule alone. */
#ifndef DIFF_EXPLAIN_H
#define DIFF_EXPLAIN_H

#include "cli/filter_options.h"

/* A rule, from the command line or a file. */
struct explained {
    const char *option, *argument; /* the argument may be NULL */
    const char *file;              /* NULL: of the command line */
    unsigned line;
    uint64_t section;
    const struct delta_filter *alone; /* it, and the keys of arrays */
    bool masks; /* the changes are shown, without their values: `alone` leaves just these */
};

/* What the rules of a run left out of one difference, or of all. */
struct explain {
    const struct explained *rules;
    size_t count;
    uint64_t *left_out; /* changes, by rule */
};

/* True when an option was given that leaves changes out or masks them: any that filtering_given
 * counts but --array-key. */
bool explain_has_rules(const struct filtering *filtering);

/* Makes the list of rules ready; memory is the command's and the arena's. CLI_OK, or the status to
 * end with (reported). */
int explain_make(struct cli *cli, const struct filtering *filtering, struct delta_arena *arena,
                 struct explain *explain);

/* Adds to `left_out` what the rules that count in these sections left out of a difference. Costs a
 * diff for each. 0, or -1 with `err`. */
int explain_add(const struct explain *explain, uint64_t sections,
                const struct delta_value *old_state, const struct delta_value *new_state,
                uint64_t *left_out, struct delta_err *err);

/* Writes a line for each rule to standard error. */
void explain_end(struct cli *cli, const struct explain *explain);

#endif
