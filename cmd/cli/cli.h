/* What the commands share: options, messages, the exit status.
 *
 *     static const struct cli_option options_table[] = {
 *         {CLI_GROUP, .help = "Record"},
 *         {CLI_CHOICE, 's', "strategy", "HOW", "how the new state is carried",
 *          CLI_AT(struct options, strategy), .words = strategies},
 *         {CLI_NUMBER, 'z', "compress", "LEVEL", "packed, at this zstd level (9)",
 *          CLI_AT(struct options, level), .optional = true, .absent = 9, .least = 1, .most = 22},
 *         {0},
 *     };
 *     static const struct cli_command command = {
 *         .name = "delta-diff",
 *         .usage = "[OPTION]... OLD NEW",
 *         .summary = "Writes the difference of two states.",
 *         .options = options_table,
 *     };
 *
 *     int main(int argc, char **argv) {
 *         struct options options = {.strategy = DELTA_AUTO};
 *         struct cli cli;
 *         cli_begin(&cli, &command);
 *         int status = cli_parse(&cli, argc, argv, &options);
 *         if (status == CLI_GO)
 *             status = run(&cli, &options);
 *         return cli_finish(&cli, status);
 *     }
 *
 * Everything lives in main's frame; there is no global state but getopt's own. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "cli/argument.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "delta.h"

#include <stddef.h>

/* What a command ends with; the meaning of 1 is the command's (differ, does not fit, conflicts). */
enum {
    CLI_OK = 0,
    CLI_NO = 1,
    CLI_TROUBLE = 2,
    CLI_GO = -1, /* of cli_parse: nothing has ended, go on */
};

/* ---- Options --------------------------------------------------------------------------------- */

/* What a row is, and what it writes at `offset` in the command's options struct. Where an option is
 * given twice the last one counts, but for lists. */
enum cli_store {
    CLI_END,      /* the row after the last: {0} */
    CLI_GROUP,    /* no option: `help` is the heading of the rows that follow */
    CLI_FLAG,     /* bool: true */
    CLI_TEXT,     /* const char *: the argument; "" when an optional one is absent */
    CLI_CHOICE,   /* int or an enum: value of one of `words`; `absent` */
    CLI_NUMBER,   /* uint64_t: from `least` to `most`; `absent` */
    CLI_BYTES,    /* uint64_t: a number of bytes, "64K", "4G", from `least` to `most`; `absent` */
    CLI_TIME,     /* struct cli_time */
    CLI_LIST,     /* struct cli_list: every argument, in order */
    CLI_POINTERS, /* struct cli_list: the same, each checked to look like a JSON Pointer */
    CLI_METADATA, /* struct cli_pairs: KEY=VALUE, split at the first '='; one a key, the last */
    CLI_MEMBERS,  /* struct cli_pairs: POINTER=MEMBER, split at the last '=' */
    CLI_TAG,      /* nothing: the command's `handle` is called with `tag` */
};

/* A word that an option accepts, and what it stands for. A table ends with a NULL word. */
struct cli_word {
    const char *word;
    int value;
};

/* The words of --strategy, for enum delta_strategy. */
extern const struct cli_word cli_strategies[];

/* One row of a table; parsing, --help and completions are all made from it. */
struct cli_option {
    enum cli_store store;
    char letter;         /* 0: none */
    const char *name;    /* without the dashes */
    const char *metavar; /* NULL: the option takes no argument. Completions know FILE and STATE */
    const char *help;    /* a phrase; the words of a choice are added to it */
    size_t offset;       /* CLI_AT */
    const struct cli_word *words;
    uint64_t least, most; /* most 0: no bound */
    bool optional;        /* the argument may be left out (and is then attached: -z19, --name=19) */
    uint64_t absent;      /* what is stored then */
    int tag;
};

/* The place of a member in the options struct that cli_parse is given. */
#define CLI_AT(type, member) .offset = offsetof(type, member)

/* Most rows of one command, the common ones included. */
enum { CLI_MAX_OPTIONS = 64 };

struct cli;

/* A command, or a verb of one. */
struct cli_command {
    const char *name;                 /* "delta-diff", or the verb: "add-delta" */
    const char *usage;                /* what follows the name; further forms after newlines */
    const char *summary;              /* one sentence (of a verb: one phrase, for the list) */
    const struct cli_option *options; /* the common ones are appended; NULL for none */
    const char *notes;                /* lines under the options, or NULL */
    const struct cli_command *verbs;  /* ends with a NULL name; NULL for a command without */
    int (*run)(struct cli *cli, int argc, char **argv); /* of a verb: see cli_run_verb */
    /* For CLI_TAG. `argument` is NULL when there is none. Not 0: it has said what is wrong (with
     * cli_usage), and parsing ends. May be NULL when no row has a tag. */
    int (*handle)(struct cli *cli, int tag, const char *argument, void *options);
};

enum cli_when { CLI_AUTO, CLI_ALWAYS, CLI_NEVER };

/* One run of a command. */
struct cli {
    const struct cli_command *command;
    const struct cli_command *verb; /* NULL in a command without verbs */
    char **operands;                /* argv's, after the options; NULL-terminated */
    size_t operand_count;
    const char *output; /* -o; NULL for standard output */
    bool verbose;       /* -v */
    bool force;         /* --force */
    enum cli_when color;
    bool failed;             /* an error was reported */
    bool progress_shown;     /* a progress line stands on the terminal */
    struct cli_output out;   /* output.h */
    struct cli_block *owned; /* memory of lists */
};

/* Starts a run: zeroes `cli`, and sees to it that descriptors 0 to 2 are taken, so that no file can
 * be opened as standard output by accident. */
void cli_begin(struct cli *cli, const struct cli_command *command);

/* Parses argv[1..] into `options` (a command's own struct, holding the defaults) and `cli`;
 * operands and options may be mixed until "--". CLI_GO, or the status to end with: CLI_OK after
 * --help and
 * --version, CLI_TROUBLE after a usage error. argv is permuted and must stay. */
int cli_parse(struct cli *cli, int argc, char **argv, void *options);

/* For a command with verbs: finds the verb (common options may stand before it) and returns what
 * its `run` returns. `run` gets argv from the verb on, and calls cli_parse with its own struct. */
int cli_run_verb(struct cli *cli, int argc, char **argv);

/* CLI_GO when there are from `least` to `most` operands, else says what is missing or too much
 * (CLI_TROUBLE). `names` names them in order, for the message: "OLD NEW". */
int cli_operands(struct cli *cli, size_t least, size_t most, const char *names);

/* CLI_GO when "-" is named at most once among the operands, else a usage error: standard input can
 * be read once. */
int cli_stdin_once(struct cli *cli);

/* Ends a run: completes the output (output.h), frees all. Returns the exit status: `status`, or
 * CLI_TROUBLE when the output could not be completed. */
int cli_finish(struct cli *cli, int status);

/* ---- Messages: "delta-apply: what is wrong" on standard error -------------------------------- */

/* Reports a failure of the library and returns the status it means: CLI_NO for a base that does not
 * fit, an applied record, records that do not join and conflicts; else CLI_TROUBLE. */
int cli_error(struct cli *cli, const struct delta_err *err);

/* The same, without being a failure of this run: "delta-apply: warning: …". */
void cli_warn_error(struct cli *cli, const struct delta_err *err);

/* Reports a failure in the command's words; returns CLI_TROUBLE. */
int cli_fail(struct cli *cli, const char *format, ...) DELTA_PRINTF(2, 3);

/* The same for a failed system call: errno's text is added. */
int cli_fail_system(struct cli *cli, const char *format, ...) DELTA_PRINTF(2, 3);

/* The same for a command line that makes no sense: points to --help. Returns CLI_TROUBLE. */
int cli_usage(struct cli *cli, const char *format, ...) DELTA_PRINTF(2, 3);

/* "delta-apply: warning: …". */
void cli_warn(struct cli *cli, const char *format, ...) DELTA_PRINTF(2, 3);

/* A line for -v; nothing without it. */
void cli_verbose(struct cli *cli, const char *format, ...) DELTA_PRINTF(2, 3);

/* The word nearest to `word` in spelling, when it is near enough to have been meant, else NULL.
 * `words` holds `count` of them. */
const char *cli_nearest(const char *word, const char *const *words, size_t count);

/* Memory that cli_finish frees, zeroed; NULL (and reported) when there is none. */
void *cli_alloc(struct cli *cli, size_t count, size_t size);

#endif
