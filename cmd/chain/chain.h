/* What the verbs of delta-chain share. Private to delta-chain. */
#ifndef CHAIN_CHAIN_H
#define CHAIN_CHAIN_H

#include "cli/cli.h"

/* ---- Verbs, each with the table of its options ----------------------------------------------- */

extern const struct cli_option chain_init_options[], chain_add_options[], chain_get_options[],
    chain_record_options[], chain_log_options[], chain_metrics_options[], chain_show_options[],
    chain_rebaseline_options[], chain_export_options[], chain_import_options[],
    chain_add_delta_options[], chain_blame_options[], chain_name_options[], chain_prune_options[];

int chain_init(struct cli *cli, int argc, char **argv);
int chain_add(struct cli *cli, int argc, char **argv);
int chain_add_delta(struct cli *cli, int argc, char **argv);
int chain_get(struct cli *cli, int argc, char **argv);
int chain_delta(struct cli *cli, int argc, char **argv);
int chain_diff(struct cli *cli, int argc, char **argv);
int chain_log(struct cli *cli, int argc, char **argv);
int chain_blame(struct cli *cli, int argc, char **argv);
int chain_name(struct cli *cli, int argc, char **argv);
int chain_prune(struct cli *cli, int argc, char **argv);
int chain_keys(struct cli *cli, int argc, char **argv);
int chain_metrics(struct cli *cli, int argc, char **argv);
int chain_show(struct cli *cli, int argc, char **argv);
int chain_verify(struct cli *cli, int argc, char **argv);
int chain_rebaseline(struct cli *cli, int argc, char **argv);
int chain_sync(struct cli *cli, int argc, char **argv);
int chain_squash(struct cli *cli, int argc, char **argv);
int chain_compact(struct cli *cli, int argc, char **argv);
int chain_clear(struct cli *cli, int argc, char **argv);
int chain_export(struct cli *cli, int argc, char **argv);
int chain_import(struct cli *cli, int argc, char **argv);

/* ---- Shared ---------------------------------------------------------------------------------- */

/* Opens the history that the first operand names; NULL when it cannot (reported). Warns of a torn
 * end. */
struct delta_history *chain_open(struct cli *cli, enum delta_history_mode mode);

/* Reports a failure of reading a history; CLI_NO for damage, else what cli_error returns. */
int chain_damage(struct cli *cli, const struct delta_err *err);

/* "state" or "states". */
const char *chain_states(uint64_t count);

/* Warns that `count` states were not added to a history or store, because states of later positions
 * are there. */
void chain_warn_older(struct cli *cli, const char *path, uint64_t count);

/* Warns of damage to a state that can be read all the same; CLI_NO if there is any. */
int chain_entry_damage(struct cli *cli, const struct delta_history_entry *entry);

/* The position of a state, its own or that of the history: the source, not terminated, of `*length`
 * bytes, which are none where it is not known, and in `*seq` the number there. */
const char *chain_position(const struct delta_history *history,
                           const struct delta_history_entry *entry, size_t *length, uint64_t *seq);

/* What a verb takes: so many operands, what they are called, and what is done with the history. */
struct chain_operands {
    size_t least, most;
    const char *names;
    enum delta_history_mode mode;
};

/* Parses what was typed into `options` (NULL: no options of its own), and opens the history, which
 * is the caller's. CLI_GO, or the status to end with. */
int chain_begin(struct cli *cli, int argc, char **argv, void *options,
                struct chain_operands operands, struct delta_history **history);

/* The index that a revision names; 0, or the status to end with. */
int chain_revision(struct cli *cli, struct delta_history *history, const char *text,
                   uint32_t *index);

/* The same for the operand `at`, or the tip where there is no such operand. */
int chain_revision_or_tip(struct cli *cli, struct delta_history *history, size_t at,
                          uint32_t *index);

/* Appends the JSON text of what users wrote, made safe to show. -1 on failure (`err`);
 * want of memory for `out` shows in out->failed. */
int chain_put_value(const struct delta_value *value, enum delta_layout layout,
                    struct delta_buf *out, struct delta_err *err);

/* Writes a state and a newline, indented by `indent` spaces (0: tabs) or in canonical form. A
 * status. */
enum { CHAIN_CANONICAL = 99 };
int chain_write_state(struct cli *cli, const struct delta_value *state, uint64_t indent);

/* The range that the second operand names, or all states when there is none. `*empty` is set when
 * the history has no states and none was named. */
int chain_range(struct cli *cli, struct delta_history *history, uint32_t *first, uint32_t *last,
                enum delta_range_kind *kind, bool *empty);

/* The same as the states that the steps of the range lead to, from `first` to `last`; `*empty` is
 * set when there are none. */
int chain_steps(struct cli *cli, struct delta_history *history, uint32_t *first, uint32_t *last,
                bool *empty);

#define CHAIN_TIME_TEXT 40

/* "2026-11-22T10:00:00.250Z", as many decimals as there are. */
const char *chain_time(char out[CHAIN_TIME_TEXT], int64_t nanoseconds);

/* Seconds since 1970, with as many decimals as there are. */
const char *chain_seconds(char out[CHAIN_TIME_TEXT], int64_t nanoseconds);

/* For the rewrites and for verify: shows progress on a terminal; `context` is the progress. */
int chain_progress(void *context, uint64_t done, uint64_t total);

#endif
