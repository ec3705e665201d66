/* delta-apply: a state and records to the state that they make. */
#include "apply/directory.h"
#include "apply/stream.h"
#include "cli/cli.h"
#include "cli/key_states.h"
#include "tree/tree.h"

#include <stdio.h>
#include <string.h>

enum format {
    FORMAT_AUTO,
    FORMAT_RECORD,
    FORMAT_JSON_PATCH,
    FORMAT_MERGE_PATCH,
    FORMAT_BSDIFF,
};

#define NO_CACHE UINT64_MAX

struct options {
    bool reverse, dry_run, any_base, no_base;
    bool ndjson, keyed;
    uint64_t cache; /* NO_CACHE when it was not given */
    enum format format;
    uint64_t max_size;
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
     CLI_AT(struct options, reverse)},
    {CLI_FLAG, 0, "any-base", NULL, "do not check the base digest",
     CLI_AT(struct options, any_base)},
    {CLI_FLAG, 0, "no-base", NULL, "no BASE operand: full records only",
     CLI_AT(struct options, no_base)},
    {CLI_GROUP, .help = "The input"},
    {CLI_CHOICE, 'f', "format", "FORMAT", "format of DELTA", CLI_AT(struct options, format),
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
     CLI_AT(struct options, max_size), .least = 1},
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

/* ---- Deltas ---- */

/* A record, or a patch in another format. */
struct delta {
    const struct delta_record *record; /* NULL: `patch` is one, as `format` says */
    const struct delta_value *patch;
    enum format format;
    const char *name; /* of its file */
    size_t number;    /* of the record in it, from 1 */
};

struct deltas {
    struct delta *items;
    size_t count, capacity;
};

static int add_delta(struct cli *cli, struct deltas *deltas, struct delta delta) {
    if (deltas->count == deltas->capacity) {
        size_t capacity = 2 * deltas->capacity + 8;
        struct delta *items = cli_alloc(cli, capacity, sizeof *items);
        if (!items)
            return CLI_TROUBLE;
        if (deltas->count)
            memcpy(items, deltas->items, deltas->count * sizeof *items);
        deltas->items = items;
        deltas->capacity = capacity;
    }
    deltas->items[deltas->count++] = delta;
    return CLI_OK;
}

/* Records begin with a brace or with their magic; an array is a JSON Patch. */
static enum format format_of(const char *bytes, size_t length) {
    size_t at = 0;
    while (at < length && strchr(" \t\r\n", bytes[at]) && bytes[at])
        at++;
    return at < length && bytes[at] == '[' ? FORMAT_JSON_PATCH : FORMAT_RECORD;
}

/* An object that has no member of a record. */
static bool is_merge_patch(struct delta_arena *arena, const char *bytes, size_t length) {
    static const char *const members[] = {"format", "strategy", "changes", "removed_keys"};
    struct delta_err err = {0};
    const struct delta_value *value = delta_read(arena, bytes, length, NULL, &err);
    bool plain = value && delta_value_type(value) == DELTA_OBJECT;
    for (size_t i = 0; plain && i < sizeof members / sizeof *members; i++)
        plain = !delta_value_get(value, members[i]);
    return plain;
}

static bool is_record(const struct delta_value *value) {
    static const char format[] = "delta-record/";
    const struct delta_value *named =
        delta_value_type(value) == DELTA_OBJECT ? delta_value_get(value, "format") : NULL;
    size_t length;
    if (!named || delta_value_type(named) != DELTA_STRING || !delta_value_get(value, "strategy"))
        return false;
    const char *text = delta_value_text(named, &length);
    return length >= sizeof format - 1 && memcmp(text, format, sizeof format - 1) == 0;
}

/* All records of one stream; there must be one at least. */
static int read_records(struct cli *cli, const struct options *options, struct delta_arena *arena,
                        const char *bytes, size_t length, const char *name, struct deltas *deltas) {
    struct delta_err err = {0};
    size_t offset = 0, before = deltas->count;
    for (;;) {
        const struct delta_record *record =
            delta_record_read(arena, bytes, length, &offset, options->max_size, name, &err);
        if (!record)
            break;
        const struct delta delta = {
            .record = record, .name = name, .number = deltas->count - before + 1};
        if (add_delta(cli, deltas, delta) != CLI_OK)
            return CLI_TROUBLE;
    }
    if (err.code == DELTA_ERR_DAMAGED && deltas->count == 0 && options->format == FORMAT_AUTO &&
        is_merge_patch(arena, bytes, length))
        return cli_fail(cli, "%s: not a delta record: apply a JSON Merge Patch with -f merge-patch",
                        name);
    if (err.code != DELTA_OK)
        return cli_error(cli, &err);
    return deltas->count > before ? CLI_OK
                                  : cli_fail(cli, "%s: empty input: expected a record", name);
}

static int read_deltas(struct cli *cli, const struct options *options, struct delta_arena *arena,
                       const char *path, struct deltas *deltas) {
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    struct delta_err err = {0};
    size_t length;
    const char *bytes = delta_read_bytes(arena, path, options->max_size, &length, &err);
    if (!bytes)
        return cli_error(cli, &err);
    struct delta delta = {.format = options->format, .name = name, .number = 1};
    if (delta.format == FORMAT_AUTO)
        delta.format = format_of(bytes, length);
    if (delta.format == FORMAT_RECORD)
        return read_records(cli, options, arena, bytes, length, name, deltas);
    if (delta.format == FORMAT_BSDIFF)
        delta.record = delta_record_of_bsdiff(arena, bytes, length, &err);
    else
        delta.patch = delta_read_in_place(arena, DELTA_USE_DIGEST, bytes, length, name, &err);
    if (delta.patch && delta.format == FORMAT_MERGE_PATCH && is_record(delta.patch))
        return cli_fail(cli, "%s: a delta record, not a JSON Merge Patch: apply it without -f",
                        name);
    return delta.record || delta.patch ? add_delta(cli, deltas, delta) : cli_error(cli, &err);
}

/* ---- Applying ---- */

/* Reports why one does not apply; where there are several, which. The status to end with. */
static int refuse_delta(struct cli *cli, const struct deltas *deltas, const struct delta *delta,
                        struct delta_err *err) {
    if (deltas->count > 1 && !err->file[0] && delta->number > 1)
        (void)snprintf(err->file, sizeof err->file, "%.200s, record %zu", delta->name,
                       delta->number);
    else if (deltas->count > 1 && !err->file[0])
        (void)snprintf(err->file, sizeof err->file, "%.200s", delta->name);
    return cli_error(cli, err);
}

/* A JSON Patch or a merge patch. Neither names its base, and neither can be reversed. */
static const struct delta_value *apply_patch(struct cli *cli, const struct options *options,
                                             struct delta_arena *arena, const struct deltas *deltas,
                                             const struct delta *delta,
                                             const struct delta_value *state, int *status) {
    struct delta_err err = {0};
    if (options->reverse || !state) {
        *status = cli_fail(cli,
                           options->reverse ? "%s: patches of this format cannot be reversed"
                                            : "%s: patches of this format need a BASE",
                           delta->name);
        return NULL;
    }
    state = delta->format == FORMAT_JSON_PATCH
                ? delta_json_patch_apply(arena, state, delta->patch, &err)
                : delta_merge_patch_apply(arena, state, delta->patch, &err);
    if (!state)
        *status = refuse_delta(cli, deltas, delta, &err);
    else if (delta_value_size(state) > options->max_size)
        *status = cli_fail(cli, "%s: the result would be larger than --max-size", delta->name);
    else
        return state;
    return NULL;
}

static const struct delta_value *apply_record(struct cli *cli, const struct options *options,
                                              struct delta_arena *arena,
                                              const struct deltas *deltas,
                                              const struct delta *delta,
                                              const struct delta_value *state, int *status) {
    struct delta_apply_options apply = {
        .any_base = options->any_base, .reverse = options->reverse, .max_size = options->max_size};
    struct delta_err err = {0};
    bool as_promised = true;
    state = delta_apply(arena, delta->record, state, &apply, &as_promised, &err);
    if (!state)
        *status = refuse_delta(cli, deltas, delta, &err);
    else if (!as_promised)
        cli_warn(cli, "the result does not match the target digest of the record");
    return state;
}

static const struct delta_value *apply_all(struct cli *cli, const struct options *options,
                                           struct delta_arena *arena, const struct deltas *deltas,
                                           const struct delta_value *state, int *status) {
    for (size_t n = 0; n < deltas->count; n++) {
        size_t index = options->reverse ? deltas->count - 1 - n : n;
        const struct delta *delta = &deltas->items[index];
        state = delta->record ? apply_record(cli, options, arena, deltas, delta, state, status)
                              : apply_patch(cli, options, arena, deltas, delta, state, status);
        if (!state)
            return NULL;
    }
    return state;
}

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
        status = read_deltas(cli, options, arena, paths[i], &deltas);
    if (status != CLI_OK)
        return status;
    const struct delta_value *state = apply_all(cli, options, arena, &deltas, base.state, &status);
    if (!state || options->dry_run)
        return status;
    return write_state(cli, options, &base, state);
}

static int run_stream(struct cli *cli, const struct options *options) {
    if (options->reverse || options->no_base || options->in_place ||
        options->format != FORMAT_AUTO || options->indent != CANONICAL)
        return cli_usage(cli, "%s can be combined with --any-base, --max-size, --cache and -n only",
                         options->keyed ? "--keyed" : "--ndjson");
    int status = cli_operands(cli, 0, 1, "FILE");
    if (status != CLI_GO)
        return status;
    const struct stream_apply apply = {.path = cli->operands[0],
                                       .any_base = options->any_base,
                                       .dry_run = options->dry_run,
                                       .keyed = options->keyed,
                                       .max_size = options->max_size,
                                       .cache = options->cache == NO_CACHE ? KEY_STATES_CACHE
                                                                           : options->cache};
    return stream_apply(cli, &apply);
}

static int run_directory(struct cli *cli, const struct options *options) {
    if (!options->in_place && !options->dry_run)
        return cli_usage(cli, "%s: is a directory: apply to its files with -i, or check with -n",
                         cli->operands[0]);
    if (options->reverse)
        return cli_usage(cli, "--reverse cannot be used with directories");
    if (options->indent != CANONICAL || cli->output ||
        (options->format != FORMAT_AUTO && options->format != FORMAT_RECORD))
        return cli_usage(cli,
                         "--indent, --output and formats other than records cannot be used with "
                         "directories");
    const struct directory_apply apply = {.root = cli->operands[0],
                                          .paths = cli->operands + 1,
                                          .path_count = cli->operand_count - 1,
                                          .any_base = options->any_base,
                                          .dry_run = options->dry_run,
                                          .max_size = options->max_size,
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
    if (options->any_base &&
        (options->no_base || options->format == FORMAT_JSON_PATCH ||
         options->format == FORMAT_MERGE_PATCH || options->format == FORMAT_BSDIFF))
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
    struct options options = {.indent = CANONICAL, .max_size = DELTA_MAX_STATE, .cache = NO_CACHE};
    struct cli cli;
    cli_begin(&cli, &command);
    int status = cli_parse(&cli, argc, argv, &options);
    if (status == CLI_GO)
        status = run(&cli, &options);
    return cli_finish(&cli, status);
}
