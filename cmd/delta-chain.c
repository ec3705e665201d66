/* delta-chain: all states of one thing in one file. */
#include "chain.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- Verbs ----------------------------------------------------------------------------------- */

static const struct cli_command verbs[] = {
    {.name = "init",
     .usage = "[OPTION]... HISTORY",
     .summary = "makes an empty history and says how it is to store states",
     .options = chain_init_options,
     .run = chain_init},
    {.name = "add",
     .usage = "[OPTION]... HISTORY [STATE]...\n--ndjson [OPTION]... HISTORY [FILE]",
     .summary = "adds states",
     .options = chain_add_options,
     .run = chain_add,
     .notes = "Status: 0 all is on the disk, 1 the tip is not the one expected, 2 trouble."},
    {.name = "add-delta",
     .usage = "HISTORY [DELTA]...",
     .summary = "adds what records make of the tip",
     .run = chain_add_delta,
     .notes = "Status: 0 all is on the disk, 1 a record is not for the tip, 2 trouble."},
    {.name = "get",
     .usage = "[OPTION]... HISTORY [REV]",
     .summary = "writes a state, the last one when none is named",
     .options = chain_get_options,
     .run = chain_get},
    {.name = "delta",
     .usage = "[OPTION]... HISTORY REV",
     .summary = "writes the record that leads to a state",
     .options = chain_record_options,
     .run = chain_delta},
    {.name = "diff",
     .usage = "[OPTION]... HISTORY A B\n[OPTION]... HISTORY A..B",
     .summary = "writes one record between any two states",
     .options = chain_record_options,
     .run = chain_diff},
    {.name = "log",
     .usage = "[OPTION]... HISTORY [A..B]",
     .summary = "lists states, one a line",
     .options = chain_log_options,
     .run = chain_log},
    {.name = "show",
     .usage = "[OPTION]... HISTORY [REV | A..B]",
     .summary = "tells what changed, for people",
     .options = chain_show_options,
     .run = chain_show},
    {.name = "metrics",
     .usage = "[OPTION]... HISTORY",
     .summary = "counts states, changes and bytes",
     .options = chain_metrics_options,
     .run = chain_metrics},
    {.name = "verify",
     .usage = "HISTORY",
     .summary = "reads everything, and names what is damaged",
     .run = chain_verify,
     .notes = "Status: 0 all is well, 1 there is damage, 2 trouble."},
    {.name = "rebaseline",
     .usage = "[OPTION]... HISTORY",
     .summary = "drops the states before the last one, or the last N",
     .options = chain_rebaseline_options,
     .run = chain_rebaseline},
    {.name = "squash",
     .usage = "HISTORY A..B",
     .summary = "drops the states between two",
     .run = chain_squash},
    {.name = "compact",
     .usage = "HISTORY",
     .summary = "stores the same states in the fewest bytes",
     .run = chain_compact},
    {.name = "clear", .usage = "HISTORY", .summary = "drops all states", .run = chain_clear},
    {.name = "export",
     .usage = "--records [OPTION]... HISTORY [A..B]\n--states HISTORY [A..B]",
     .summary = "writes records, or states one a line",
     .options = chain_export_options,
     .run = chain_export},
    {.name = "import",
     .usage = "HISTORY [FILE]...\n--git=REPO HISTORY PATH",
     .summary = "adds what was exported, or all versions of a file in git",
     .options = chain_import_options,
     .run = chain_import},
    {0},
};

static const struct cli_command command = {
    .name = "delta-chain",
    .usage = "VERB [OPTION]... HISTORY [ARG]...",
    .summary = "Keeps every state of one thing in one file.",
    .verbs = verbs,
    .notes = "A revision is N, tip, tip~N, @TIME; a range A..B is the steps after A up to B.\n"
             "Status: 0 done, 1 damage was found or a check failed, 2 trouble.",
};

int main(int argc, char **argv) {
    struct cli cli;
    cli_begin(&cli, &command);
    return cli_finish(&cli, cli_run_verb(&cli, argc, argv));
}
