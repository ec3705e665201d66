/* delta-chain: all states of one thing in one file. */
#include "chain/chain.h"

static const struct cli_habit export_habits[] = {
    {"stat", "a summary is written by 'log --stat' and 'show --stat'"},
    {"width", "only text is cut, as 'log -p' and 'show' write it"},
    {NULL, NULL},
};

static const struct cli_habit keys_habits[] = {
    {"key", "'log STORE --key=KEY' lists the states of one key"},
    {NULL, NULL},
};

static const struct cli_habit sync_habits[] = {
    {"key", "'export --records STORE --key=KEY | add-delta STORE --key=KEY' copies one history"},
    {NULL, NULL},
};

/* ---- Verbs ----------------------------------------------------------------------------------- */

static const struct cli_command verbs[] = {
    {.name = "init",
     .usage = "[OPTION]... HISTORY",
     .summary = "creates an empty history and sets its options",
     .options = chain_init_options,
     .run = chain_init},
    {.name = "add",
     .usage = "[OPTION]... HISTORY [STATE]...\n--ndjson [OPTION]... HISTORY [FILE]\n"
              "--ndjson --by=POINTER [OPTION]... STORE [FILE]",
     .summary = "adds states",
     .options = chain_add_options,
     .limited = true,
     .run = chain_add,
     .notes = "Status: 0 all is on the disk, 1 the tip is not the one expected, 2 errors."},
    {.name = "add-delta",
     .usage = "[OPTION]... HISTORY [DELTA]...\n--keyed [OPTION]... STORE [FILE]...",
     .summary = "applies records to the last state and adds the results",
     .options = chain_add_delta_options,
     .limited = true,
     .run = chain_add_delta,
     .notes = "Status: 0 all is on the disk, 1 a record is not for the tip, a fork or a gap,\n"
              "2 errors."},
    {.name = "get",
     .usage = "[OPTION]... HISTORY [REV]",
     .summary = "writes a state, by default the last one",
     .options = chain_get_options,
     .limited = true,
     .run = chain_get},
    {.name = "delta",
     .usage = "[OPTION]... HISTORY REV",
     .summary = "writes the record that leads to a state",
     .options = chain_record_options,
     .limited = true,
     .run = chain_delta},
    {.name = "diff",
     .usage = "[OPTION]... HISTORY A B\n[OPTION]... HISTORY A..B",
     .summary = "writes one record between any two states",
     .options = chain_record_options,
     .limited = true,
     .run = chain_diff},
    {.name = "log",
     .usage = "[OPTION]... HISTORY... [A..B]",
     .summary = "lists states, one on a line, or the changes of each",
     .options = chain_log_options,
     .limited = true,
     .run = chain_log},
    {.name = "show",
     .usage = "[OPTION]... HISTORY [REV | A..B]",
     .summary = "shows what changed",
     .options = chain_show_options,
     .limited = true,
     .run = chain_show},
    {.name = "blame",
     .usage = "[OPTION]... HISTORY [REV]",
     .summary = "shows which state last set each place",
     .options = chain_blame_options,
     .limited = true,
     .run = chain_blame,
     .notes = "Status: 0 done, 1 states before could not be read, 2 errors."},
    {.name = "name",
     .usage = "[OPTION]... HISTORY NAME [REV]\nHISTORY",
     .summary = "gives a state a name, or lists the names",
     .options = chain_name_options,
     .run = chain_name},
    {.name = "keys",
     .usage = "[OPTION]... STORE",
     .summary = "lists the keys of a store",
     .habits = keys_habits,
     .unshared = true,
     .run = chain_keys},
    {.name = "metrics",
     .usage = "[OPTION]... HISTORY...",
     .summary = "shows counts of states, changes and bytes",
     .options = chain_metrics_options,
     .run = chain_metrics},
    {.name = "verify",
     .usage = "HISTORY...",
     .summary = "checks everything and reports damage",
     .limited = true,
     .run = chain_verify,
     .notes = "Status: 0 no damage, 1 damage was found, 2 errors."},
    {.name = "rebaseline",
     .usage = "[OPTION]... HISTORY\n--all [OPTION]... STORE",
     .summary = "removes the states before the last one, except N of them",
     .options = chain_rebaseline_options,
     .limited = true,
     .run = chain_rebaseline},
    {.name = "squash",
     .usage = "HISTORY A..B",
     .summary = "removes all states between two of them",
     .limited = true,
     .run = chain_squash},
    {.name = "prune",
     .usage = "[OPTION]... HISTORY\n--all [OPTION]... STORE",
     .summary = "removes states by age, as backup programs do",
     .options = chain_prune_options,
     .limited = true,
     .run = chain_prune},
    {.name = "compact",
     .usage = "HISTORY\nSTORE",
     .summary = "repacks the states into the fewest bytes",
     .limited = true,
     .run = chain_compact},
    {.name = "clear", .usage = "HISTORY", .summary = "removes all states", .run = chain_clear},
    {.name = "export",
     .usage = "--records [OPTION]... HISTORY [A..B]\n--states [OPTION]... HISTORY [A..B]\n"
              "--records|--states|--at=TIME [OPTION]... STORE",
     .summary = "writes records, or states one a line",
     .options = chain_export_options,
     .habits = export_habits,
     .limited = true,
     .run = chain_export},
    {.name = "import",
     .usage = "[OPTION]... HISTORY [FILE]...\n--git=REPO HISTORY PATH",
     .summary = "adds exported records, or all versions of a file in git",
     .options = chain_import_options,
     .limited = true,
     .run = chain_import},
    {.name = "sync",
     .usage = "[OPTION]... HISTORY HISTORY\n[OPTION]... STORE STORE",
     .summary = "adds to the second one what only the first one has",
     .habits = sync_habits,
     .limited = true,
     .unshared = true,
     .run = chain_sync,
     .notes = "Status: 0 all is on the disk, 1 the second one has states of its own (a fork),\n"
              "or there is damage, 2 errors."},
    {0},
};

static const struct cli_option shared[] = {
    {CLI_GROUP, .help = "One history of a store"},
    {CLI_TEXT, 0, "key", "KEY", "HISTORY is a store: the history of this key",
     CLI_AT(struct cli, key)},
    {0},
};

static const struct cli_command command = {
    .name = "delta-chain",
    .shared = shared,
    .usage = "VERB [OPTION]... HISTORY [ARG]...",
    .summary = "Keeps all states of one JSON document in one file.",
    .verbs = verbs,
    .notes = "A revision is N, tip, tip~N, a name, six digits of a digest, or @TIME;\n"
             "a range A..B is the steps after A up to B.\n"
             "Status: 0 done, 1 damage was found or a check failed, 2 errors.",
};

int main(int argc, char **argv) {
    struct cli cli;
    cli_begin(&cli, &command);
    int status = cli_run_verb(&cli, argc, argv);
    /* No result is an empty file of -o, as that of a redirection is. */
    if (status < CLI_TROUBLE && cli.output && cli_output_open(&cli, false))
        status = CLI_TROUBLE;
    return cli_finish(&cli, status);
}
