/* delta-merge: many records to one, and three states to one. */
#include "cli/record_input.h"
#include "merge/git_driver.h"
#include "merge/merge_states.h"
#include "merge/merger.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Characters of a conflict marker, as in git. */
enum { MARKER_SIZE = 7 };

static const struct cli_option options_table[] = {
    {CLI_GROUP, .help = "Records"},
    {CLI_TEXT, 0, "base", "STATE", "the base of the first record, for records that require it",
     CLI_AT(struct options, base)},
    {CLI_FLAG, 0, "by-time", NULL, "apply records in the order of their timestamps",
     CLI_AT(struct options, by_time)},
    {CLI_FLAG, 0, "invert", NULL, "write the reverse record", CLI_AT(struct options, invert)},
    {CLI_FLAG, 0, "concurrent", NULL, "merge two records of one base",
     CLI_AT(struct options, concurrent)},
    RECORDFORMAT_OPTIONS(struct options, how, record_format_all, "format of the record"),
    {CLI_FLAG, 0, "keyed", NULL, "records are lines that begin with their key and a tab",
     CLI_AT(struct options, keyed)},
    {CLI_METADATA, 'm', "metadata", "KEY=VALUE", "add to the record's metadata",
     CLI_AT(struct options, metadata)},
    {CLI_TIME, 't', "timestamp", "TIME", "timestamp of the record: seconds since 1970, or ISO 8601",
     CLI_AT(struct options, timestamp)},
    {CLI_BYTES, 0, "max-size", "BYTES", "refuse to unpack and to make more than this (4G)",
     CLI_AT(struct options, max_size), .least = 1},
    {CLI_GROUP, .help = "States"},
    {CLI_FLAG, '3', "three-way", NULL, "three-way merge of the states OURS and THEIRS",
     CLI_AT(struct options, three_way)},
    {CLI_FLAG, 0, "git", NULL, "the same, as a merge driver of git", CLI_AT(struct options, git)},
    {CLI_FLAG, 0, "virtual-base", NULL, "with --git: merge the bases of a merge with several",
     CLI_AT(struct options, virtual_base)},
    {CLI_GROUP, .help = "Conflicts"},
    {CLI_LIST, 0, "prefer", "[PATTERN=]SIDE",
     "resolve conflicts, everywhere or at PATTERN, in favour of a side or as a union",
     CLI_AT(struct options, prefer)},
    {CLI_TEXT, 0, "conflicts", "FILE", "write the remaining conflicts to FILE, as JSON",
     CLI_AT(struct options, conflicts)},
    {CLI_TEXT, 0, "resolve", "FILE", "resolve conflicts as the members \"take\" in FILE say",
     CLI_AT(struct options, resolve)},
    {CLI_CHOICE, 0, "conflict-style", "STYLE",
     "with -3 and --git: our version, or both with markers", CLI_AT(struct options, style),
     .words = conflict_styles},
    {CLI_MEMBERS, 0, "array-key", "POINTER=MEMBER", "match elements of this array by a member",
     CLI_AT(struct options, array_keys)},
    {CLI_POINTERS, 0, "unordered", "POINTER", "ignore the order of this array",
     CLI_AT(struct options, unordered)},
    {CLI_FLAG, 0, "numeric", NULL, "compare numbers by value: 1 equals 1.0",
     CLI_AT(struct options, numeric)},
    {CLI_MEMBERS, 0, "tolerance", "POINTER=N[%]",
     "numbers there that differ by at most N are the same", CLI_AT(struct options, tolerances)},
    {0},
};

static const struct cli_command command = {
    .name = "delta-merge",
    .usage = "[OPTION]... [DELTA]...\n--invert [OPTION]... [DELTA]...\n"
             "--concurrent [OPTION]... DELTA DELTA\n-3 [OPTION]... BASE OURS THEIRS\n"
             "--git [OPTION]... %O %A %B %L %P",
    .summary = "Merges records into one for each key, or two states with their common base.",
    .options = options_table,
    .notes = "Records come from standard input when no DELTA is named.\n"
             "Status: 0 merged, 1 conflicts, or records that do not join, 2 errors.",
};

/* ---- Records, by key ---- */

/* All records of a run, in the order in which their keys came. The table is a tree by key
 * (tsearch(3)). */
struct mergers {
    struct cli *cli;
    const struct options *options;
    struct merger **items;
    size_t count, capacity;
    void *table;
    size_t taken;                   /* records */
    const struct delta_value *base; /* of the one key that there is then */
};

/* No key comes before all others. */
static int compare_keys(const void *a, const void *b) {
    const struct merger *left = a, *right = b;
    size_t least = left->key_length < right->key_length ? left->key_length : right->key_length;
    if (!left->key || !right->key)
        return (left->key != NULL) - (right->key != NULL);
    int order = least ? memcmp(left->key, right->key, least) : 0;
    return order ? order
                 : (left->key_length > right->key_length) - (left->key_length < right->key_length);
}

static int keep_merger(struct mergers *mergers, struct merger *merger) {
    if (!delta_array_reserve(&mergers->items, &mergers->capacity, mergers->count + 1,
                             sizeof *mergers->items) ||
        !tsearch(merger, &mergers->table, compare_keys))
        return -1;
    mergers->items[mergers->count++] = merger;
    return 0;
}

/* The merger of a key, which is made when it is new; NULL (reported) without memory. */
static struct merger *find_merger(struct mergers *mergers, const struct delta_value *key) {
    struct merger wanted = {0};
    wanted.key = key ? (char *)(uintptr_t)delta_value_text(key, &wanted.key_length) : NULL;
    struct merger **known = tfind(&wanted, &mergers->table, compare_keys);
    if (known)
        return *known;
    struct merger *merger =
        merger_new(mergers->cli, mergers->options, mergers->base, wanted.key, wanted.key_length);
    if (merger && keep_merger(mergers, merger) == 0)
        return merger;
    merger_free(merger);
    cli_fail(mergers->cli, "out of memory");
    return NULL;
}

static void keep_node(void *node) {
    (void)node; /* mergers are freed by their list */
}

/* All records of one stream, of which there must be one. */
static int take_stream(struct mergers *mergers, const char *path) {
    struct record_input input;
    size_t count = 0;
    int status =
        record_input_open(mergers->cli, &input, path,
                          mergers->options->keyed ? RECORD_INPUT_KEYED : RECORD_INPUT_STREAM,
                          mergers->options->max_size);
    bool file = strcmp(path, "-") != 0;
    while (status == CLI_OK) {
        struct merge_item item = {.arena = delta_arena_new()};
        int got = item.arena ? record_input_next(mergers->cli, &input, item.arena, &item.record)
                             : (cli_fail(mergers->cli, "out of memory"), -1);
        if (got <= 0) {
            merge_item_drop(&item);
            status = got ? CLI_TROUBLE : CLI_OK;
            break;
        }
        count++;
        if (asprintf(&item.name, file && count == 1 ? "%s" : "%s, record %zu", input.name, count) <
            0) {
            item.name = NULL;
            status = cli_fail(mergers->cli, "out of memory");
            merge_item_drop(&item);
        } else {
            struct merger *one = find_merger(mergers, input.key);
            mergers->taken++;
            status = one ? merger_take(one, &item) : CLI_TROUBLE;
            if (!one)
                merge_item_drop(&item);
        }
    }
    if (status == CLI_OK && count == 0 && !mergers->options->keyed)
        status = cli_fail(mergers->cli, "%s: empty input: expected a record", input.name);
    record_input_close(&input);
    return status;
}

/* ---- The command ---- */

/* What is for one state only. */
static int check_keys(const struct mergers *mergers) {
    const struct options *options = mergers->options;
    const char *option = options->base                          ? "--base"
                         : options->concurrent                  ? "--concurrent"
                         : options->how.format == FORMAT_BSDIFF ? "--format=bsdiff"
                                                                : NULL;
    if (mergers->count > 1 && option)
        return cli_fail(mergers->cli, "%s is for records of one key; here are %zu", option,
                        mergers->count);
    return CLI_OK;
}

static int merge_records(struct mergers *mergers) {
    struct cli *cli = mergers->cli;
    int status = CLI_OK;
    if (cli->operand_count == 0)
        status = take_stream(mergers, "-");
    for (size_t i = 0; i < cli->operand_count && status == CLI_OK; i++)
        status = take_stream(mergers, cli->operands[i]);
    if (status == CLI_OK)
        status = check_keys(mergers);
    if (status == CLI_OK)
        cli_verbose(cli, "%zu records were read", mergers->taken);
    bool sections = mergers->count > 1 && mergers->options->how.format == FORMAT_TEXT;
    for (size_t i = 0; i < mergers->count && status == CLI_OK; i++)
        status = merger_finish(mergers->items[i], sections);
    return status;
}

static int run_records(struct cli *cli, const struct options *options) {
    bool stdin_base = options->base && strcmp(options->base, "-") == 0;
    int status = options_check_records(cli, options);
    if (status != CLI_GO || (status = cli_stdin_once(cli)) != CLI_GO)
        return status;
    for (size_t i = 0; stdin_base && i <= cli->operand_count; i++)
        if (i == cli->operand_count ? i == 0 : strcmp(cli->operands[i], "-") == 0)
            return cli_usage(cli, "standard input cannot be both the base and a record");
    struct mergers mergers = {.cli = cli, .options = options};
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    if (!arena)
        status = cli_fail(cli, "out of memory");
    else if (options->base && !(mergers.base = delta_read_file(arena, options->base, &err)))
        status = cli_error(cli, &err);
    else
        status = merge_records(&mergers);
    tdestroy(mergers.table, keep_node);
    for (size_t i = 0; i < mergers.count; i++)
        merger_free(mergers.items[i]);
    free(mergers.items);
    delta_arena_free(arena);
    return status;
}

static int run_states(struct cli *cli, const struct options *options) {
    if (options->base || options->by_time || options->invert || options->concurrent ||
        options->keyed || options->how.format != FORMAT_JSON || options->how.level ||
        options->how.standalone || options->metadata.count || options->timestamp.given ||
        options->max_size)
        return cli_usage(cli, "options of records have no effect with -3 and --git");
    if (options->git && (options->three_way || cli->output))
        return cli_usage(cli, "--git takes neither -3 nor --output: the result replaces %%A");
    if (options->virtual_base && !options->git)
        return cli_usage(cli, "--virtual-base needs --git");
    if (options->virtual_base && (options->conflicts || options->style != CONFLICT_UNSET))
        return cli_usage(cli, "--virtual-base has no conflicts to show or write");
    struct merge_how how = {.marks = {.style = options->style,
                                      .size = MARKER_SIZE,
                                      .labels = {"base", "ours", "theirs"}},
                            .conflicts_path = options->conflicts,
                            .virtual_base = options->virtual_base};
    /* The patterns of a merge driver are for many files. */
    if (!options->git && !(how.unmatched = options_unmatched(cli, options)))
        return CLI_TROUBLE;
    int status = options_merge(cli, options, &how.options);
    if (status != CLI_OK)
        return status;
    if (options->git)
        return git_driver_run(cli, &how);
    status = cli_operands(cli, 3, 3, "BASE OURS THEIRS");
    if (status != CLI_GO || (status = cli_stdin_once(cli)) != CLI_GO)
        return status;
    return merge_states_run(cli, &how);
}

int main(int argc, char **argv) {
    struct options options = {0};
    struct cli cli;
    cli_begin(&cli, &command);
    int status = cli_parse(&cli, argc, argv, &options);
    if (status == CLI_GO && options.conflicts && strcmp(options.conflicts, "-") == 0)
        status =
            cli_usage(&cli, "--conflicts must name a file: the result goes to standard output");
    if (status == CLI_GO)
        status = options.three_way || options.git ? run_states(&cli, &options)
                                                  : run_records(&cli, &options);
    return cli_finish(&cli, status);
}
