/* One step of a history: the state before, the state after, and what of the difference counts. */
#ifndef CHAIN_STEP_H
#define CHAIN_STEP_H

#include "cli/cli.h"

enum step_form {
    STEP_TEXT,    /* a change a line, for people */
    STEP_STAT,    /* a bar for each top-level path */
    STEP_CHANGES, /* NDJSON, with revision and time */
};

/* The words of -f. */
extern const struct cli_word step_forms[];

struct step_view {
    struct cli *cli;
    enum step_form form;
    struct delta_text_options text;    /* its filter is not used */
    const struct delta_filter *filter; /* NULL: everything counts */
    const char *key;                   /* of the history, in STEP_CHANGES; NULL: none */
};

#define STEP_NO_WIDTH UINT64_MAX

/* A view for the output as it is: text is coloured and cut as a terminal asks, or to `width`
 * columns. */
void step_view_begin(struct step_view *view, struct cli *cli, enum step_form form, uint64_t width,
                     const struct delta_filter *filter);

/* Where the filter masks something of the entry's state: makes its digest and size those of the
 * masked state, `stored` 0 and what changed uncounted, for these reveal what is masked. O(state)
 * then. */
int step_mask(const struct delta_filter *filter, struct delta_arena *arena,
              struct delta_history_entry *entry, struct delta_err *err);

/* The record of what counts between `before` (NULL: there is no state before) and the entry's
 * state, which share with it; stores in `*base` what it leads away from, and in `*counts` whether
 * there is anything; the end of the thing always counts. NULL with a failure reported. With a
 * filter and no state before, the filter decides what of the first state counts. */
const struct delta_record *step_record(const struct step_view *view, struct delta_arena *arena,
                                       const struct delta_value *before,
                                       const struct delta_history_entry *entry,
                                       const struct delta_value **base, bool *counts);

/* Appends what the record changes, as the view says. CLI_OK, or the status to end with. */
int step_write(const struct step_view *view, struct delta_arena *arena,
               const struct delta_record *record, const struct delta_value *base,
               const struct delta_history_entry *entry, struct delta_buf *out);

#endif
