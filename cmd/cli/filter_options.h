/* The options that say what counts as a change: --ignore, --only and their like. */
#ifndef CLI_FILTER_OPTIONS_H
#define CLI_FILTER_OPTIONS_H

#include "cli/argument.h"
#include "cli/command.h"
#include "cli/rules.h"

/* As they were given; lists of pointers, and POINTER=MEMBER. */
struct filtering {
    struct cli_list ignore, only, mask, unordered;
    struct cli_pairs array_keys, tolerances;
    struct cli_list embedded;
    bool numeric, keys_only;
    struct cli_list rules;            /* names of files and profiles */
    struct cli_list include, exclude; /* of rules alone: the command has its own */
    struct rules read;                /* what they say, once they were read */
    size_t rules_done;                /* how many of them were */
};

/* The rows of a table of options, for a struct filtering `member` of `type`. */
#define FILTERING_OPTIONS(type, member)                                                            \
    {CLI_GROUP, .help = "What counts, by patterns: /a/*/*Time, /**/b, /c/[name=x]/v"},             \
        {CLI_POINTERS,                                                                             \
         0,                                                                                        \
         "ignore",                                                                                 \
         "POINTER",                                                                                \
         "leave changes there out",                                                                \
         CLI_AT(type, member.ignore)},                                                             \
        {CLI_POINTERS,                                                                             \
         0,                                                                                        \
         "only",                                                                                   \
         "POINTER",                                                                                \
         "leave changes elsewhere out",                                                            \
         CLI_AT(type, member.only)},                                                               \
        {CLI_POINTERS,                                                                             \
         0,                                                                                        \
         "mask",                                                                                   \
         "POINTER",                                                                                \
         "write *** for the values there",                                                         \
         CLI_AT(type, member.mask)},                                                               \
        {CLI_MEMBERS,                                                                              \
         0,                                                                                        \
         "array-key",                                                                              \
         "POINTER=MEMBER",                                                                         \
         "elements of this array are identified by a member",                                      \
         CLI_AT(type, member.array_keys)},                                                         \
        {CLI_POINTERS,                                                                             \
         0,                                                                                        \
         "unordered",                                                                              \
         "POINTER",                                                                                \
         "the order of this array does not count",                                                 \
         CLI_AT(type, member.unordered)},                                                          \
        {CLI_FLAG,                                                                                 \
         0,                                                                                        \
         "numeric",                                                                                \
         NULL,                                                                                     \
         "numbers by value: 1 and 1.0 are the same",                                               \
         CLI_AT(type, member.numeric)},                                                            \
        {CLI_POINTERS,                                                                             \
         0,                                                                                        \
         "embedded",                                                                               \
         "POINTER",                                                                                \
         "strings that hold JSON, compared by structure",                                          \
         CLI_AT(type, member.embedded)},                                                           \
        {CLI_FLAG,                                                                                 \
         0,                                                                                        \
         "keys-only",                                                                              \
         NULL,                                                                                     \
         "structure only: no changes of scalars",                                                  \
         CLI_AT(type, member.keys_only)},                                                          \
        {CLI_MEMBERS,                                                                              \
         0,                                                                                        \
         "tolerance",                                                                              \
         "POINTER=N[%]",                                                                           \
         "numbers there that differ by at most N are the same",                                    \
         CLI_AT(type, member.tolerances)},                                                         \
    {                                                                                              \
        CLI_LIST, 0, "rules", "FILE", "such options from a file, or a profile: kubernetes, ...",   \
            CLI_AT(type, member.rules)                                                             \
    }

/* The filter, in `arena`, or NULL in `*filter` when no such option was given. CLI_OK, or the status
 * to end with (reported). */
int filtering_make(struct cli *cli, const struct filtering *filtering, struct delta_arena *arena,
                   const struct delta_filter **filter);

/* Appends the rules that $DELTA_RULES names, for what people and reports read. */
int filtering_environment(struct cli *cli, struct filtering *filtering);

/* Reads the files of --rules and adds what they say outside of sections to the options. Files that
 * were read are not read again; filtering_make calls it. CLI_OK, or the status to end with
 * (reported). */
int filtering_read(struct cli *cli, struct filtering *filtering);

/* The filter of one file: with what the sections (rules_sections) of the rules that were read say,
 * too. */
int filtering_make_sections(struct cli *cli, const struct filtering *filtering, uint64_t sections,
                            struct delta_arena *arena, const struct delta_filter **filter);

/* True when one of the options was given. */
bool filtering_given(const struct filtering *filtering);

/* The pairs of --array-key, `pairs->count` of them; freed by cli_finish. NULL (and reported) for
 * want of memory. */
const struct delta_array_key *filtering_keys(struct cli *cli, const struct cli_pairs *pairs);

/* The same of --tolerance. */
const struct delta_tolerance *filtering_tolerances(struct cli *cli, const struct cli_pairs *pairs);

#endif
