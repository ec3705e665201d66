/* delta-apply: a state and records to the state that they make. */
#include "apply/deltas.h"
#include "apply/directory.h"
#include "apply/stream.h"
#include "cli/cli.h"
#include "cli/key_states.h"
#include "tree/tree.h"

#include <string.h>

#define NO_CACHE UINT64_MAX

struct options {
    struct deltas_how how;
    bool dry_run, no_base;
    bool ndjson, keyed;
    uint64_t cache;       /* NO_CACHE when it was not given */
    uint64_t indent;      /* spaces a level, AS_BASE or CANONICAL */
    const char *in_place; /* suffix under which the old file is kept, or ""; NULL: not in place */
};

/* --indent: as the base's own text is laid out, or so many spaces a level. */
enum { CANONICAL = 99, AS_BASE = 98, DEFAULT_INDENT = 2, MOST_INDENT = 16 };

static const struct cli_word formats[] = {
    {"auto", FORMAT_AUTO},
    {"record", FORMAT_RECORD},
    {"json-patch", FORMAT_JSON_PATCH},
    {"merge-patch", FORMAT_MERGE_PATCH},
    {"bsdiff", FORMAT_BSDIFF},
    {NULL, 0},
};

static const struct cli_option options_table[] = {
    {CLI_GROUP, .help = "Direction"},
    {CLI_FLAG, 'R', "reverse", NULL, "apply in reverse, from the new state to the old",
     CLI_AT(struct options, how.reverse)},
    {CLI_FLAG, 0, "any-base", NULL, "do not check the base digest",
     CLI_AT(struct options, how.any_base)},
    {CLI_FLAG, 0, "no-base", NULL, "no BASE operand: full records only",
     CLI_AT(struct options, no_base)},
    {CLI_GROUP, .help = "The input"},
    {CLI_CHOICE, 'f', "format", "FORMAT", "format of DELTA", CLI_AT(struct options, how.format),
     .words = formats},
    {CLI_FLAG, 0, "ndjson", NULL,
     "read a stream of records, the first of a key a full one, write one state a line",
     CLI_AT(struct options, ndjson)},
    {CLI_FLAG, 0, "keyed", NULL, "the same, for lines that begin with a key and a tab",
     CLI_AT(struct options, keyed)},
    {CLI_BYTES, 0, "cache", "BYTES", "memory for the states of many keys (64M)",
     CLI_AT(struct options, cache)},
    {CLI_GROUP, .help = "The result"},
    {CLI_FLAG, 'n', "dry-run", NULL, "check only, write nothing", CLI_AT(struct options, dry_run)},
    {CLI_TEXT, 'i', "in-place", "SUFFIX",
     "replace BASE, keeping its layout; with SUFFIX keep a backup",
     CLI_AT(struct options, in_place), .optional = true},
    {CLI_NUMBER, 0, "indent", "N", "indent like BASE, or by N spaces",
     CLI_AT(struct options, indent), .optional = true, .absent = AS_BASE, .most = MOST_INDENT},
    {CLI_BYTES, 0, "max-size", "BYTES", "refuse results larger than this (4G)",
     CLI_AT(struct options, how.max_size), .least = 1},
    {0},
};

static const struct cli_command command = {
    .name = "delta-apply",
    .usage = "[OPTION]... BASE [DELTA]...\n"
             "-i|-n [OPTION]... DIRECTORY [DELTA]...\n"
             "--no-base [OPTION]... [DELTA]...\n"
             "--ndjson [OPTION]... [FILE]",
    .summary = "Reconstructs a state from a base and the records that lead to it.",
    .options = options_table,
    .notes = "Records come from standard input when no DELTA is named, and apply in order.\n"
             "Status: 0 applied, 1 a record is not for this base, 2 errors.",
};

/* The base as a person wrote it. */
struct base {
    const char *path; /* NULL: there is none */
    const char *text;
    size_t length;
    const struct delta_value *state;
};

static int read_base(struct cli *cli, struct delta_arena *arena, struct base *base) {
    struct delta_err err = {0};
    if (!base->path)
        return CLI_OK;
    const char *name = strcmp(base->path, "-") == 0 ? "standard input" : base->path;
    base->text = delta_read_bytes(arena, base->path, DELTA_MAX_STATE, &base->length, &err);
    if (base->text)
        base->state =
            delta_read_in_place(arena, DELTA_USE_DIGEST, base->text, base->length, name, &err);
    return base->state ? CLI_OK : cli_error(cli, &err);
}

/* In the layout of the base, whose final newline is part of that. */
static int write_like_base(struct cli *cli, const struct options *options, const struct base *base,
                           const struct delta_value *state) {
    struct delta_buf text = {0};
    struct delta_err err = {0};
    int status = CLI_OK;
    if (delta_write_like(base->text, base->length, base->state, state, &text, &err))
        status = cli_error(cli, &err);
    else if (options->in_place ? cli_replace_file(cli, base->path, options->in_place, &text)
                               : cli_write_buf(cli, &text))
        status = CLI_TROUBLE;
    delta_buf_free(&text);
    return status;
}

static int write_state(struct cli *cli, const struct options *options, const struct base *base,
                       const struct delta_value *state) {
    if (base->state && (options->in_place || options->indent == AS_BASE))
        return write_like_base(cli, options, base, state);
    unsigned step = options->indent == AS_BASE ? DEFAULT_INDENT : (unsigned)options->indent;
    enum delta_layout layout = options->indent == CANONICAL ? DELTA_CANONICAL : DELTA_INDENTED;
    return cli_write_value(cli, state, layout, step) || cli_write(cli, "\n", 1) ? CLI_TROUBLE
                                                                                : CLI_OK;
}

/* `paths` are the operands after the base. */
static int apply_to(struct cli *cli, const struct options *options, struct delta_arena *arena,
                    const char *base_path, char **paths, size_t count) {
    struct deltas deltas = {0};
    struct base base = {.path = base_path};
    char *standard_input[] = {(char[]){"-"}};
    int status = read_base(cli, arena, &base);
    if (count == 0) {
        paths = standard_input;
        count = 1;
    }
    for (size_t i = 0; i < count && status == CLI_OK; i++)
        status = deltas_read(cli, &options->how, arena, paths[i], &deltas);
    if (status != CLI_OK)
        return status;
    const struct delta_value *state =
        deltas_apply(cli, &options->how, arena, &deltas, base.state, &status);
    if (!state || options->dry_run)
        return status;
    return write_state(cli, options, &base, state);
}

static int run_stream(struct cli *cli, const struct options *options) {
    if (options->how.reverse || options->no_base || options->in_place ||
        options->how.format != FORMAT_AUTO || options->indent != CANONICAL)
        return cli_usage(cli, "%s can be combined with --any-base, --max-size, --cache and -n only",
                         options->keyed ? "--keyed" : "--ndjson");
    int status = cli_operands(cli, 0, 1, "FILE");
    if (status != CLI_GO)
        return status;
    const struct stream_apply apply = {.path = cli->operands[0],
                                       .any_base = options->how.any_base,
                                       .dry_run = options->dry_run,
                                       .keyed = options->keyed,
                                       .max_size = options->how.max_size,
                                       .cache = options->cache == NO_CACHE ? KEY_STATES_CACHE
                                                                           : options->cache};
    return stream_apply(cli, &apply);
}

static int run_directory(struct cli *cli, const struct options *options) {
    if (!options->in_place && !options->dry_run)
        return cli_usage(cli, "%s: is a directory: apply to its files with -i, or check with -n",
                         cli->operands[0]);
    if (options->how.reverse)
        return cli_usage(cli, "--reverse cannot be used with directories");
    if (options->indent != CANONICAL || cli->output ||
        (options->how.format != FORMAT_AUTO && options->how.format != FORMAT_RECORD))
        return cli_usage(cli,
                         "--indent, --output and formats other than records cannot be used with "
                         "directories");
    const struct directory_apply apply = {.root = cli->operands[0],
                                          .paths = cli->operands + 1,
                                          .path_count = cli->operand_count - 1,
                                          .any_base = options->how.any_base,
                                          .dry_run = options->dry_run,
                                          .max_size = options->how.max_size,
                                          .suffix = options->in_place ? options->in_place : ""};
    return directory_apply(cli, &apply);
}

static int run(struct cli *cli, const struct options *options) {
    if (options->ndjson || options->keyed)
        return run_stream(cli, options);
    if (options->cache != NO_CACHE)
        return cli_usage(cli, "--cache needs --ndjson or --keyed");
    size_t named = options->no_base ? 0 : 1;
    int status = cli_operands(cli, named, SIZE_MAX, options->no_base ? "DELTA" : "BASE DELTA");
    if (status != CLI_GO || (status = cli_stdin_once(cli)) != CLI_GO)
        return status;
    if (options->how.any_base &&
        (options->no_base || options->how.format == FORMAT_JSON_PATCH ||
         options->how.format == FORMAT_MERGE_PATCH || options->how.format == FORMAT_BSDIFF))
        return cli_usage(cli, "--any-base has no effect with %s",
                         options->no_base ? "--no-base" : "this --format: it has no digests");
    const char *base = options->no_base ? NULL : cli->operands[0];
    if (base && tree_is_directory(base))
        return run_directory(cli, options);
    if (options->in_place && (!base || strcmp(base, "-") == 0 || cli->output))
        return cli_usage(cli, "--in-place needs a BASE that is a file, and no --output");
    if (options->in_place && options->indent != CANONICAL)
        return cli_usage(cli, "--indent has no effect with --in-place: the layout is kept");
    if (base && strcmp(base, "-") == 0 && cli->operand_count == 1)
        return cli_usage(cli, "missing DELTA: standard input is the base");
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(cli, "out of memory");
    status = apply_to(cli, options, arena, base, cli->operands + named, cli->operand_count - named);
    delta_arena_free(arena);
    return status;
}

int main(int argc, char **argv) {
    struct options options = {
        .indent = CANONICAL, .how.max_size = DELTA_MAX_STATE, .cache = NO_CACHE};
    struct cli cli;
    cli_begin(&cli, &command);
    int status = cli_parse(&cli, argc, argv, &options);
    if (status == CLI_GO)
        status = run(&cli, &options);
    return cli_finish(&cli, status);
}
