/* States of many things as they arrive: the values, and the key of what each of them is a state
 * of. */
#ifndef CLI_KEYED_LINES_H
#define CLI_KEYED_LINES_H

#include "cli/cli.h"

/* What the command line says of keys; zero: there are none, and values are one a line. */
struct keyed_options {
    const char *by;       /* POINTER[,POINTER...] to the key in the value; values in any layout */
    const char *end_when; /* POINTER[=VALUE]: what marks the end of a thing */
    bool keyed;           /* without `by`: lines are KEY TAB VALUE */
};

/* The rows of a table of options, for a struct keyed_options `member` of `type`. */
#define KEYED_OPTIONS(type, member)                                                                \
    {CLI_TEXT,                                                                                     \
     0,                                                                                            \
     "by",                                                                                         \
     "POINTER,...",                                                                                \
     "where states of many things have their key",                                                 \
     CLI_AT(type, member.by)},                                                                     \
    {                                                                                              \
        CLI_TEXT, 0, "end-when", "PTR=VALUE", "a line with this value is the end of its key",      \
            CLI_AT(type, member.end_when)                                                          \
    }

/* One value. */
struct keyed_line {
    const char *text; /* its bytes, valid until the next call */
    size_t length;
    uint64_t number;                 /* the line in which it begins, from 1, */
    size_t column;                   /* and the bytes of that line before it */
    const struct delta_value *value; /* NULL: nothing after the key, which is an end too */
    const struct delta_value *key;   /* a string; NULL: the options name no key */
    bool ended;                      /* it is the end of its thing */
};

struct keyed_pointer {
    const char *text;
    size_t length;
};

struct keyed_lines {
    struct cli_lines lines;
    struct keyed_pointer *by; /* NULL: none */
    size_t by_count;
    struct keyed_pointer end; /* text NULL: none */
    const char *end_value;    /* NULL: any but null and false */
    bool keyed;
    bool spanning;               /* the last value was not one line: the next may not be either */
    struct delta_arena *scratch; /* for the test of a key */
};

/* Opens a file, or standard input for "-" and NULL. The options must stay. CLI_OK, or the
 * status to end with (reported), for options that are not valid too; close it in any case. */
int keyed_lines_open(struct cli *cli, struct keyed_lines *lines, const char *path,
                     const struct keyed_options *options);

/* The next value, in `arena`, read for what `use` says (DELTA_USE_*), as soon as its last line is
 * there: 1. At the end 0; -1 when reading failed, it is not valid JSON, or its key is missing
 * (reported, with its line). Blank lines are passed over; the output is flushed before waiting.
 *
 * The key of one pointer whose value is a string is that string, unless it is valid JSON itself or
 * has a control character or half a surrogate pair; in all other cases it is canonical JSON, of
 * several pointers an array. So keys differ where values do, and are one line of UTF-8. O(value).
 */
int keyed_lines_next(struct cli *cli, struct keyed_lines *lines, struct delta_arena *arena,
                     unsigned use, struct keyed_line *line);

/* Sets the place of a failure that was met in the value returned last. */
void keyed_lines_place(const struct keyed_lines *lines, struct delta_err *err);

void keyed_lines_close(struct keyed_lines *lines);

#endif
