/* A command: its table of options, its verbs, and one run of it. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "delta.h"

#include <stddef.h>

/* What a command ends with; the meaning of 1 is the command's (differ, does not fit, conflicts). */
enum {
    CLI_OK = 0,
    CLI_NO = 1,
    CLI_TROUBLE = 2,
    CLI_GO = -1, /* of cli_parse: nothing has ended, go on */
};

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
    CLI_MOMENT,   /* struct cli_time: local times and times before now too (local_time.h) */
    CLI_LIST,     /* struct cli_list: every argument, in order */
    CLI_POINTERS, /* struct cli_list: the same, each checked to look like a JSON Pointer */
    CLI_METADATA, /* struct cli_pairs: KEY=VALUE, split at the first '='; one a key, the last */
    CLI_MEMBERS,  /* struct cli_pairs: POINTER=MEMBER, split at the last '=' */
    CLI_TAG,      /* nothing: the command's `handle` is called with `tag` */
};

/* A word that an option accepts, and its value. A table ends with a NULL word. */
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

/* An option of other programs or verbs, and what to type here. A table ends with a NULL name. */
struct cli_habit {
    const char *name;
    const char *instead; /* a clause */
};

/* A command, or a verb of one. */
struct cli_command {
    const char *name;                 /* "delta-diff", or the verb: "add-delta" */
    const char *usage;                /* what follows the name; further forms after newlines */
    const char *summary;              /* one sentence (of a verb: one phrase, for the list) */
    const struct cli_option *options; /* the common ones are appended; NULL for none */
    bool limited; /* --max-size is one of the options: something is unpacked that others wrote */
    const char *notes;               /* lines under the options, or NULL */
    const struct cli_habit *habits;  /* NULL for none */
    const struct cli_option *shared; /* of its verbs, in struct cli; NULL for none */
    bool unshared;                   /* of a verb: those are not among its options */
    const struct cli_command *verbs; /* ends with a NULL name; NULL for a command without */
    int (*run)(struct cli *cli, int argc, char **argv); /* of a verb: see cli_run_verb */
    /* For CLI_TAG. `argument` is NULL when there is none. Not 0: it has said what is wrong (with
     * cli_usage), and parsing ends. May be NULL when no row has a tag. */
    int (*handle)(struct cli *cli, int tag, const char *argument, void *options);
};

/* The words in a choice, as one phrase: "auto, dict or none"; truncated to `size`. */
const char *command_words(const struct cli_word *words, char *out, size_t size);

/* The options that every command has, and those of a limited one; their place is in struct cli. */
extern const struct cli_option command_common[], command_limits[];

/* Tags of options that are not settings. */
enum { COMMAND_HELP, COMMAND_VERSION };

enum cli_when { CLI_AUTO, CLI_ALWAYS, CLI_NEVER };

/* The results on their way out (output.h). */
struct cli_output {
    bool open;
    bool broken;                /* a write failed, and was reported */
    bool keep;                  /* see cli_output_keep */
    bool written;               /* something was */
    struct delta_replace *file; /* NULL: standard output */
    char *data;                 /* not written yet */
    size_t length;
};

/* One run of a command. */
struct cli {
    const struct cli_command *command;
    const struct cli_command *verb; /* NULL in a command without verbs */
    char **operands;                /* argv's, after the options; NULL-terminated */
    size_t operand_count;
    const char *output; /* -o; NULL for standard output */
    const char *key;    /* --key of delta-chain; NULL: none */
    const char *epoch;  /* SOURCE_DATE_EPOCH; NULL: not set */
    bool verbose;       /* -v */
    bool force;         /* --force */
    enum cli_when color;
    uint64_t max_size;       /* --max-size; 0: 4 GiB */
    bool failed;             /* an error was reported */
    bool out_of_memory;      /* and it was this one */
    bool progress_shown;     /* a progress line is on the terminal */
    struct cli_output out;   /* output.h */
    struct cli_block *owned; /* memory of lists */
};

/* The name as it is typed, for messages: "delta-diff" or "delta-chain add". */
const char *command_name(const struct cli *cli, char *out, size_t size);

#endif
