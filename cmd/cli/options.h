/* The tables of options: what parsing and help both ask of them. Private to the shared part. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/cli.h"

/* The options that every command has; their place is in struct cli. */
extern const struct cli_option options_common[];

/* The name as it is typed, for messages: "delta-diff" or "delta-chain add". */
const char *options_command_name(const struct cli *cli, char *out, size_t size);

/* The words of a choice in one phrase, "auto, dict or none", cut when longer than `size`. */
const char *options_words(const struct cli_word *words, char *out, size_t size);

#endif
