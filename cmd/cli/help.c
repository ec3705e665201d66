/* What --help and --version write. */
#include "cli/help.h"
#include "cli/message.h"
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

enum {
    HELP_COLUMNS = 79,
    HELP_MARGIN_MOST = 30, /* longer options have a line of their own */
    HELP_OPTION_SIZE = 128,
};

/* "  -s, --strategy=HOW", as it is in the left column. Returns its length. */
static size_t encode_option(const struct cli_option *row, char out[HELP_OPTION_SIZE]) {
    char letter[] = "    ";
    const char *open = "", *close = "";

    if (row->letter)
        (void)snprintf(letter, sizeof letter, "-%c, ", row->letter);
    if (row->metavar) {
        open = row->optional ? "[=" : "=";
        close = row->optional ? "]" : "";
    }
    return (size_t)snprintf(out, HELP_OPTION_SIZE, "  %s--%s%s%s%s", letter, row->name, open,
                            row->metavar ? row->metavar : "", close);
}

/* The column that descriptions start in: after the longest option that leaves room for them. */
static size_t margin_of(const struct cli_option *rows, size_t margin) {
    char text[HELP_OPTION_SIZE];

    for (; rows && rows->store != CLI_END; rows++) {
        size_t length = rows->store == CLI_GROUP ? 0 : encode_option(rows, text) + 2;
        if (length > margin && length <= HELP_MARGIN_MOST)
            margin = length;
    }
    return margin;
}

/* Writes words from column `at` on, broken into lines that start at `margin`. */
static int write_wrapped(struct cli *cli, const char *text, size_t at, size_t margin) {
    int failed = 0;
    size_t column = margin;

    if (at && at + 1 > margin)
        failed |= cli_printf(cli, "\n%*s", (int)margin, "");
    else
        failed |= cli_printf(cli, "%*s", (int)(margin - at), "");
    while (*text) {
        size_t length = strcspn(text, " ");
        if (column > margin && column + 1 + length > HELP_COLUMNS) {
            failed |= cli_printf(cli, "\n%*s", (int)margin, "");
            column = margin;
        } else if (column > margin) {
            failed |= cli_write_text(cli, " ");
            column++;
        }
        failed |= cli_write(cli, text, length);
        column += length;
        text += length;
        text += strspn(text, " ");
    }
    return failed | cli_write_text(cli, "\n");
}

static int write_rows(struct cli *cli, const struct cli_option *rows, size_t margin) {
    int failed = 0;

    for (; rows && rows->store != CLI_END; rows++) {
        char option[HELP_OPTION_SIZE], words[256], text[512];

        if (rows->store == CLI_GROUP) {
            failed |= cli_printf(cli, "%s:\n", rows->help);
            continue;
        }
        failed |= cli_write(cli, option, encode_option(rows, option));
        if (rows->store == CLI_CHOICE)
            (void)snprintf(text, sizeof text, "%s: %s", rows->help,
                           command_words(rows->words, words, sizeof words));
        else
            (void)snprintf(text, sizeof text, "%s", rows->help);
        failed |= write_wrapped(cli, text, strlen(option), margin);
    }
    return failed;
}

static int write_usage(struct cli *cli, const struct cli_command *command) {
    char name[64];
    const char *form = command->usage, *before = "Usage: ";
    int failed = 0;

    command_name(cli, name, sizeof name);
    while (form) {
        size_t length = strcspn(form, "\n");
        failed |= cli_printf(cli, "%s%s %.*s\n", before, name, (int)length, form);
        form = form[length] ? form + length + 1 : NULL;
        before = "       ";
    }
    return failed;
}

static int write_verbs(struct cli *cli, const struct cli_command *verbs) {
    size_t margin = 0;
    int failed = cli_write_text(cli, "Verbs:\n");

    for (const struct cli_command *verb = verbs; verb->name; verb++)
        if (strlen(verb->name) + 4 > margin)
            margin = strlen(verb->name) + 4;
    for (const struct cli_command *verb = verbs; verb->name; verb++) {
        failed |= cli_printf(cli, "  %s", verb->name);
        failed |= write_wrapped(cli, verb->summary, 2 + strlen(verb->name), margin);
    }
    return failed;
}

int help_write(struct cli *cli) {
    const struct cli_command *command = cli->verb ? cli->verb : cli->command;
    const struct cli_option *shared =
        cli->verb && !cli->verb->unshared ? cli->command->shared : NULL;
    size_t margin = margin_of(command_common, margin_of(shared, margin_of(command->options, 0)));
    int failed = write_usage(cli, command);

    failed |= write_wrapped(cli, command->summary, 0, 0);
    if (command->verbs)
        failed |= write_verbs(cli, command->verbs);
    failed |= write_rows(cli, command->options, margin);
    if (command->limited)
        failed |= write_rows(cli, command_limits, margin);
    failed |= write_rows(cli, shared, margin);
    failed |= write_rows(cli, command_common, margin);
    if (command->notes)
        failed |= cli_printf(cli, "%s\n", command->notes);
    return failed;
}

int help_write_version(struct cli *cli) {
    return cli_printf(cli,
                      "%s (delta-tools) %s\n"
                      "ISC License: free to use, change and share; there is no warranty.\n",
                      cli->command->name, DELTA_VERSION);
}

static int write_table_rows(struct cli *cli, const char *name, const struct cli_option *rows) {
    int failed = 0;

    for (; rows && rows->store != CLI_END; rows++) {
        char letter[2] = {rows->letter, '\0'};
        const char *argument = !rows->metavar ? "none" : rows->optional ? "optional" : "required";

        if (rows->store == CLI_GROUP)
            continue;
        failed |= cli_printf(cli, "option\t%s\t%s\t%s\t%s\t%s\t", name, letter, rows->name,
                             argument, rows->metavar ? rows->metavar : "");
        for (const struct cli_word *word = rows->words; word && word->word; word++)
            failed |= cli_printf(cli, "%s%s", word == rows->words ? "" : " ", word->word);
        failed |= cli_printf(cli, "\t%s\n", rows->help);
    }
    return failed;
}

static int write_table_command(struct cli *cli, const char *name,
                               const struct cli_command *command) {
    int failed = cli_printf(cli, "command\t%s\t%s\t", name, command->summary);

    for (const char *at = command->usage; at && *at; at += strcspn(at, "\n")) {
        if (*at == '\n') {
            failed |= cli_write_text(cli, " | ");
            at++;
        }
        failed |= cli_write(cli, at, strcspn(at, "\n"));
    }
    return failed | cli_write_text(cli, "\n");
}

int help_write_table(struct cli *cli) {
    const struct cli_command *command = cli->command;
    int failed = write_table_command(cli, command->name, command);

    failed |= write_table_rows(cli, command->name, command->options);
    if (command->limited)
        failed |= write_table_rows(cli, command->name, command_limits);
    failed |= write_table_rows(cli, command->name, command_common);
    for (const struct cli_command *verb = command->verbs; verb && verb->name; verb++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%s %s", command->name, verb->name);
        failed |= write_table_command(cli, name, verb);
        failed |= write_table_rows(cli, name, verb->options);
        if (verb->limited)
            failed |= write_table_rows(cli, name, command_limits);
        if (!verb->unshared)
            failed |= write_table_rows(cli, name, command->shared);
        failed |= write_table_rows(cli, name, command_common);
    }
    return failed;
}
