/* Options: one table for each command, read by the one call of getopt_long. */
#include "cli/options.h"
#include "cli/argument.h"
#include "cli/help.h"
#include "cli/local_time.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/nearest.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- One option ------------------------------------------------------------------------------ */

/* What is parsed, and into what. */
struct parse {
    struct cli *cli;
    void *options;
    size_t capacity; /* no list gets longer: an argument of argv gives one item at most */
    const struct cli_option *rows[CLI_MAX_OPTIONS];
    size_t count;
    size_t own; /* rows before this one are the command's, the others common */
};

static int store_choice(struct parse *parse, const struct cli_option *row, const char *argument,
                        void *at) {
    const char *words[CLI_MAX_OPTIONS], *nearest;
    char allowed[256];
    size_t count = 0;
    int value = (int)row->absent;

    for (const struct cli_word *word = row->words; argument && word->word; word++) {
        if (strcmp(word->word, argument) == 0) {
            memcpy(at, &word->value, sizeof word->value);
            return CLI_GO;
        }
        if (count < CLI_MAX_OPTIONS)
            words[count++] = word->word;
    }
    if (!argument) {
        memcpy(at, &value, sizeof value);
        return CLI_GO;
    }
    command_words(row->words, allowed, sizeof allowed);
    nearest = nearest_word(argument, words, count);
    if (nearest)
        return cli_usage(parse->cli, "--%s: invalid value '%s' (expected %s); did you mean '%s'?",
                         row->name, argument, allowed, nearest);
    return cli_usage(parse->cli, "--%s: invalid value '%s' (expected %s)", row->name, argument,
                     allowed);
}

static int store_number(struct parse *parse, const struct cli_option *row, const char *argument,
                        void *at) {
    uint64_t most = row->most ? row->most : UINT64_MAX, number = row->absent;
    const char *what =
        row->store == CLI_BYTES ? "a number of bytes (K, M, G or T may follow it)" : "a number";

    if (argument) {
        bool known = row->store == CLI_BYTES ? argument_bytes(argument, &number)
                                             : argument_number(argument, &number);
        if (!known || number < row->least || number > most) {
            if (row->most)
                return cli_usage(parse->cli,
                                 "--%s: invalid value '%s' (expected %s from %" PRIu64
                                 " to %" PRIu64 ")",
                                 row->name, argument, what, row->least, row->most);
            if (known)
                return cli_usage(parse->cli,
                                 "--%s: invalid value '%s' (expected %s, at least %" PRIu64 ")",
                                 row->name, argument, what, row->least);
            return cli_usage(parse->cli, "--%s: invalid value '%s' (expected %s)", row->name,
                             argument, what);
        }
    }
    memcpy(at, &number, sizeof number);
    return CLI_GO;
}

static int store_time(struct parse *parse, const struct cli_option *row, const char *argument,
                      struct cli_time *time) {
    bool moment = row->store == CLI_MOMENT;
    time->given = moment ? local_time_parse(argument, &time->nanoseconds)
                         : argument_time(argument, &time->nanoseconds);
    if (time->given)
        return CLI_GO;
    return cli_usage(parse->cli, "--%s: invalid time '%s' (expected seconds since 1970, %s)",
                     row->name, argument,
                     moment ? "a date, a date and time, yesterday, or -2d"
                            : "or a time with its zone such as 2026-11-22T10:00:00Z");
}

static int store_list(struct parse *parse, const struct cli_option *row, const char *argument,
                      struct cli_list *list) {
    if (row->store == CLI_POINTERS && !delta_pointer_valid(argument, strlen(argument)))
        return cli_usage(parse->cli,
                         "--%s: invalid value '%s' (expected a JSON Pointer such as '/a/b', with "
                         "~0 for '~', ~1 for '/')",
                         row->name, argument);
    if (!list->items)
        list->items = cli_alloc(parse->cli, parse->capacity, sizeof *list->items);
    if (!list->items)
        return CLI_TROUBLE;
    list->items[list->count++] = argument;
    return CLI_GO;
}

static int store_pair(struct parse *parse, const struct cli_option *row, const char *argument,
                      struct cli_pairs *pairs) {
    bool members = row->store == CLI_MEMBERS;
    struct cli_pair pair;

    if (!argument_pair(argument, members, &pair))
        return cli_usage(parse->cli, "--%s: invalid value '%s' (expected %s)", row->name, argument,
                         row->metavar);
    if (members && (!delta_pointer_valid(pair.left, pair.left_length) || !*pair.right))
        return cli_usage(
            parse->cli, "--%s: invalid value '%s' (expected a JSON Pointer, '=' and %s)", row->name,
            argument,
            strcmp(row->metavar, "POINTER=MEMBER") == 0 ? "a member name, such as /users=id"
                                                        : "a bound, such as /load=0.5 or /load=5%");
    if (!pairs->items)
        pairs->items = cli_alloc(parse->cli, parse->capacity, sizeof *pairs->items);
    if (!pairs->items)
        return CLI_TROUBLE;
    for (size_t i = 0; i < pairs->count && !members; i++) {
        if (pairs->items[i].left_length == pair.left_length &&
            memcmp(pairs->items[i].left, pair.left, pair.left_length) == 0) {
            pairs->items[i] = pair;
            return CLI_GO;
        }
    }
    pairs->items[pairs->count++] = pair;
    return CLI_GO;
}

static int common_option(struct cli *cli, int tag, const char *argument) {
    bool table = argument && strcmp(argument, "table") == 0;
    int failed;

    if (argument && !table)
        return cli_usage(cli, "--help: invalid value '%s' (expected 'table')", argument);
    cli->output = NULL;
    if (tag == COMMAND_VERSION)
        failed = help_write_version(cli);
    else
        failed = table ? help_write_table(cli) : help_write(cli);
    return failed ? CLI_TROUBLE : CLI_OK;
}

/* Stores one option; CLI_GO, or the status to end with. */
static int store(struct parse *parse, size_t index, const char *argument) {
    const struct cli_option *row = parse->rows[index];
    char *base = index < parse->own ? parse->options : (char *)parse->cli;
    void *at = base + row->offset;
    const struct cli_command *command = parse->cli->verb ? parse->cli->verb : parse->cli->command;

    switch (row->store) {
    case CLI_FLAG:
        *(bool *)at = true;
        return CLI_GO;
    case CLI_TEXT:
        *(const char **)at = argument ? argument : "";
        return CLI_GO;
    case CLI_CHOICE:
        return store_choice(parse, row, argument, at);
    case CLI_NUMBER:
    case CLI_BYTES:
        return store_number(parse, row, argument, at);
    case CLI_TIME:
    case CLI_MOMENT:
        return store_time(parse, row, argument, at);
    case CLI_LIST:
    case CLI_POINTERS:
        return store_list(parse, row, argument, at);
    case CLI_METADATA:
    case CLI_MEMBERS:
        return store_pair(parse, row, argument, at);
    case CLI_TAG: {
        if (index >= parse->own)
            return common_option(parse->cli, row->tag, argument);
        int status = command->handle(parse->cli, row->tag, argument, parse->options);
        return status ? status : CLI_GO;
    }
    case CLI_END:
    case CLI_GROUP:
        break;
    }
    return CLI_GO;
}

/* ---- All options ----------------------------------------------------------------------------- */

/* What getopt_long returns for a long option: this and its index. Letters lie below. */
enum { LONG_BASE = 256 };

/* Appends the options of a table, without its headings. Tables are constant, so one that is too
 * long shows the first time it is used. */
static void gather(struct parse *parse, const struct cli_option *rows) {
    for (; rows && rows->store != CLI_END && parse->count < CLI_MAX_OPTIONS; rows++)
        if (rows->store != CLI_GROUP)
            parse->rows[parse->count++] = rows;
}

/* All options that begin so, in one phrase; how many they are. */
static size_t list_beginning(const struct parse *parse, const char *word, size_t length, char *out,
                             size_t size) {
    size_t found = 0, used = 0;
    for (size_t i = 0; i < parse->count; i++) {
        if (strncmp(parse->rows[i]->name, word, length) != 0)
            continue;
        int put = used < size ? snprintf(out + used, size - used, "%s'--%s'", found ? ", " : "",
                                         parse->rows[i]->name)
                              : 0;
        used += put > 0 ? (size_t)put : 0;
        found++;
    }
    return found;
}

/* CLI_GO, or refused: the word, up to '=', is an option of other programs or verbs. */
static int refuse_habit(struct parse *parse, const char *word) {
    const struct cli_command *command = parse->cli->verb ? parse->cli->verb : parse->cli->command;
    size_t length = strcspn(word, "=");
    for (const struct cli_habit *habit = command->habits; habit && habit->name; habit++)
        if (strlen(habit->name) == length && memcmp(habit->name, word, length) == 0)
            return cli_usage(parse->cli, "unknown option '--%s'; %s", habit->name, habit->instead);
    return CLI_GO;
}

static int unknown_long(struct parse *parse, const char *word) {
    const char *names[CLI_MAX_OPTIONS], *nearest;
    size_t length = strcspn(word, "=");
    char name[NEAREST_LENGTH + 1] = "", list[256];
    int status = refuse_habit(parse, word);

    if (status != CLI_GO)
        return status;
    for (size_t i = 0; i < parse->count; i++)
        names[i] = parse->rows[i]->name;
    if (list_beginning(parse, word, length, list, sizeof list) > 1)
        return cli_usage(parse->cli, "ambiguous option '--%.*s': %s", (int)length, word, list);
    if (length <= NEAREST_LENGTH)
        memcpy(name, word, length);
    nearest = nearest_word(name, names, parse->count);
    if (nearest)
        return cli_usage(parse->cli, "unknown option '--%.*s'; did you mean '--%s'?", (int)length,
                         word, nearest);
    if (parse->cli->command->verbs && !parse->cli->verb)
        return cli_usage(parse->cli, "unknown option '--%.*s'; options of a verb come after it",
                         (int)length, word);
    return cli_usage(parse->cli, "unknown option '--%.*s'", (int)length, word);
}

/* Says what getopt_long found wrong: it returned `found`, ':' or '?'. */
static int refuse(struct parse *parse, int found, char **argv) {
    if (found == ':') {
        for (size_t i = 0; i < parse->count; i++)
            if ((int)i + LONG_BASE == optopt || parse->rows[i]->letter == optopt)
                return cli_usage(parse->cli, "option '--%s' requires an argument: %s",
                                 parse->rows[i]->name, parse->rows[i]->metavar);
    }
    if (optopt == 0)
        return unknown_long(parse, argv[optind - 1] + 2);
    if (optopt >= LONG_BASE)
        return cli_usage(parse->cli, "option '--%s' takes no argument",
                         parse->rows[optopt - LONG_BASE]->name);
    if (optopt < 0x20 || optopt > 0x7e)
        return cli_usage(parse->cli, "unknown option: byte 0x%02x", (unsigned)optopt & 0xff);
    return cli_usage(parse->cli, "unknown option '-%c'", optopt);
}

/* Reads options until the operands, which are then argv[optind] and those after it. With
 * `first_operand` it stops at the first. */
static int read_options(struct parse *parse, int argc, char **argv, bool first_operand) {
    struct option longs[CLI_MAX_OPTIONS + 1] = {0};
    char letters[3 * CLI_MAX_OPTIONS + 3], *end = letters;
    int found;

    if (first_operand)
        *end++ = '+';
    *end++ = ':';
    for (size_t i = 0; i < parse->count; i++) {
        const struct cli_option *row = parse->rows[i];
        longs[i].name = row->name;
        longs[i].val = LONG_BASE + (int)i;
        longs[i].has_arg = row->optional  ? optional_argument
                           : row->metavar ? required_argument
                                          : no_argument;
        if (row->letter) {
            *end++ = row->letter;
            for (int colons = row->metavar ? 1 + row->optional : 0; colons; colons--)
                *end++ = ':';
        }
    }
    *end = '\0';
    opterr = 0;
    optind = 0; /* starts anew: a verb is read after its command */
    while ((found = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        size_t index = (size_t)found - LONG_BASE;
        int status;

        if (found == '?' || found == ':')
            return refuse(parse, found, argv);
        if (found < LONG_BASE) {
            for (index = 0; parse->rows[index]->letter != found;)
                index++;
        } else {
            /* A word that abbreviates an option may be one of its own elsewhere. */
            const char *word = argv[optind - 1 - (optarg == argv[optind - 1])] + 2;
            if (strcspn(word, "=") < strlen(parse->rows[index]->name) &&
                (status = refuse_habit(parse, word)) != CLI_GO)
                return status;
        }
        status = store(parse, index, optarg);
        if (status != CLI_GO)
            return status;
    }
    return CLI_GO;
}

int cli_parse(struct cli *cli, int argc, char **argv, void *options) {
    struct parse parse = {.cli = cli, .options = options, .capacity = (size_t)argc};
    int status;

    const struct cli_command *command = cli->verb ? cli->verb : cli->command;

    gather(&parse, command->options);
    parse.own = parse.count;
    if (command->limited)
        gather(&parse, command_limits);
    if (!cli->verb || !cli->verb->unshared)
        gather(&parse, cli->command->shared);
    gather(&parse, command_common);
    status = read_options(&parse, argc, argv, false);
    if (status != CLI_GO)
        return status;
    if (cli->output && strcmp(cli->output, "-") == 0)
        cli->output = NULL;
    cli->operands = argv + optind;
    cli->operand_count = (size_t)(argc - optind);
    return CLI_GO;
}

int cli_run_verb(struct cli *cli, int argc, char **argv) {
    struct parse parse = {.cli = cli, .capacity = (size_t)argc};
    const char *names[CLI_MAX_OPTIONS], *nearest, *word;
    size_t count = 0;
    int status;

    gather(&parse, command_common);
    status = read_options(&parse, argc, argv, true);
    if (status != CLI_GO)
        return status;
    if (optind == argc)
        return cli_usage(cli, "missing verb");
    word = argv[optind];
    for (const struct cli_command *verb = cli->command->verbs; verb->name; verb++) {
        if (strcmp(verb->name, word) == 0) {
            cli->verb = verb;
            return verb->run(cli, argc - optind, argv + optind);
        }
        if (count < CLI_MAX_OPTIONS)
            names[count++] = verb->name;
    }
    nearest = nearest_word(word, names, count);
    if (nearest)
        return cli_usage(cli, "unknown verb '%s'; did you mean '%s'?", word, nearest);
    return cli_usage(cli, "unknown verb '%s'", word);
}
