#include "cli/command.h"

#include <stdio.h>

static const struct cli_word when_words[] = {
    {"auto", CLI_AUTO}, {"always", CLI_ALWAYS}, {"never", CLI_NEVER}, {0}};

/* --help=table is for completions, and documented in the manual only: its metavar is left out. */
const struct cli_word cli_strategies[] = {
    {"auto", DELTA_AUTO},
    {"dict", DELTA_DICT},
    {"binary", DELTA_BINARY},
    {"reference", DELTA_REFERENCE},
    {"compress", DELTA_COMPRESS},
    {"none", DELTA_NONE},
    {NULL, 0},
};

const struct cli_option command_limits[] = {
    {CLI_BYTES, 0, "max-size", "BYTES", "refuse larger states (4G)", CLI_AT(struct cli, max_size),
     .least = 1},
    {0},
};

const struct cli_option command_common[] = {
    {CLI_GROUP, .help = "Common"},
    {CLI_TEXT, 'o', "output", "FILE", "write to FILE, completely or not at all",
     CLI_AT(struct cli, output)},
    {CLI_FLAG, 0, "force", NULL, "write binary data even to a terminal", CLI_AT(struct cli, force)},
    {CLI_CHOICE, 0, "color", "WHEN", "colours", CLI_AT(struct cli, color), .words = when_words},
    {CLI_FLAG, 'v', "verbose", NULL, "be verbose", CLI_AT(struct cli, verbose)},
    {CLI_TAG, 'h', "help", NULL, "show this help", .optional = true, .tag = COMMAND_HELP},
    {CLI_TAG, 'V', "version", NULL, "show the version", .tag = COMMAND_VERSION},
    {0},
};

const char *command_name(const struct cli *cli, char *out, size_t size) {
    (void)snprintf(out, size, "%s%s%s", cli->command->name, cli->verb ? " " : "",
                   cli->verb ? cli->verb->name : "");
    return out;
}

const char *command_words(const struct cli_word *words, char *out, size_t size) {
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; words[i].word && used < size; i++) {
        const char *between = i == 0 ? "" : words[i + 1].word ? ", " : " or ";
        used += (size_t)snprintf(out + used, size - used, "%s%s", between, words[i].word);
    }
    return out;
}
