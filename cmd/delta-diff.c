/* delta-diff: the difference of two states, as a record. */
#include "cli.h"

#include <string.h>

enum format { FORMAT_JSON, FORMAT_PACKED };

enum { DEFAULT_LEVEL = 9 };

struct options {
    enum delta_strategy strategy;
    enum format format;
    uint64_t level; /* 0: -z was not given */
    bool standalone, include_unchanged, reversible, shallow;
    struct cli_pairs metadata;
    struct cli_time timestamp;
    bool brief, exit_zero;
    bool canonical, digest;
};

static const struct cli_word strategies[] = {
    {"auto", DELTA_AUTO},         {"dict", DELTA_DICT}, {"reference", DELTA_REFERENCE},
    {"compress", DELTA_COMPRESS}, {"none", DELTA_NONE}, {NULL, 0},
};

static const struct cli_word formats[] = {
    {"json", FORMAT_JSON},
    {"packed", FORMAT_PACKED},
    {NULL, 0},
};

static const struct cli_option options_table[] = {
    {CLI_GROUP, .help = "The record"},
    {CLI_CHOICE, 's', "strategy", "HOW",
     "carry the new state so:", CLI_AT(struct options, strategy), .words = strategies},
    {CLI_CHOICE, 'f', "format", "FORMAT", "spell it so:", CLI_AT(struct options, format),
     .words = formats},
    {CLI_NUMBER, 'z', "compress", "LEVEL", "packed, at this zstd level (9)",
     CLI_AT(struct options, level), .optional = true, .absent = DEFAULT_LEVEL, .least = 1,
     .most = 22},
    {CLI_FLAG, 0, "standalone", NULL, "packed: readable without its base",
     CLI_AT(struct options, standalone)},
    {CLI_FLAG, 'u', "include-unchanged", NULL, "list the unchanged top-level members too",
     CLI_AT(struct options, include_unchanged)},
    {CLI_FLAG, 'r', "reversible", NULL, "carry the way back too",
     CLI_AT(struct options, reversible)},
    {CLI_FLAG, 0, "shallow", NULL, "whole top-level keys only", CLI_AT(struct options, shallow)},
    {CLI_METADATA, 'm', "metadata", "KEY=VALUE", "add to the record's metadata",
     CLI_AT(struct options, metadata)},
    {CLI_TIME, 't', "timestamp", "TIME", "the record's time: seconds, or ISO 8601",
     CLI_AT(struct options, timestamp)},
    {CLI_GROUP, .help = "What is shown"},
    {CLI_FLAG, 'q', "brief", NULL, "write nothing, tell by the status",
     CLI_AT(struct options, brief)},
    {CLI_FLAG, 0, "exit-zero", NULL, "status 0 for states that differ too",
     CLI_AT(struct options, exit_zero)},
    {CLI_GROUP, .help = "Of one state"},
    {CLI_FLAG, 0, "canonical", NULL, "write its canonical form", CLI_AT(struct options, canonical)},
    {CLI_FLAG, 0, "digest", NULL, "write its digest, one line a state",
     CLI_AT(struct options, digest)},
    {0},
};

static const struct cli_command command = {
    .name = "delta-diff",
    .usage = "[OPTION]... OLD NEW\n--canonical STATE\n--digest STATE...",
    .summary = "Writes a record of what leads from one JSON state to another.",
    .options = options_table,
    .notes = "Status: 0 the states are the same, 1 they differ, 2 trouble.",
};

/* ---- One state ---- */

static int write_canonical(struct cli *cli, struct delta_arena *arena) {
    struct delta_err err = {0};
    struct delta_buf text = {0};
    int status = CLI_TROUBLE;
    const struct delta_value *state = delta_read_file(arena, cli->operands[0], &err);
    if (!state || delta_write(state, DELTA_CANONICAL, 0, &text, &err))
        status = cli_error(cli, &err);
    else if (cli_write_buf(cli, &text) == 0 && cli_write(cli, "\n", 1) == 0)
        status = CLI_OK;
    delta_buf_free(&text);
    return status;
}

/* A line like sha256sum's, so that the lines of many states can be told apart. */
static int write_digests(struct cli *cli) {
    for (size_t i = 0; i < cli->operand_count; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        const struct delta_value *state =
            arena ? delta_read_file(arena, cli->operands[i], &err) : NULL;
        int status = CLI_OK;
        if (!state)
            status = arena ? cli_error(cli, &err) : cli_fail(cli, "out of memory");
        else {
            char digest[DELTA_DIGEST_TEXT];
            delta_digest_format(delta_value_digest(state), digest);
            if (cli_printf(cli, "%s  %s\n", digest, cli->operands[i]))
                status = CLI_TROUBLE;
        }
        delta_arena_free(arena);
        if (status != CLI_OK)
            return status;
    }
    return CLI_OK;
}

/* ---- Two states ---- */

static int make_options(struct cli *cli, const struct options *options, struct delta_arena *arena,
                        struct delta_diff_options *diff) {
    struct delta_err err = {0};
    *diff = (struct delta_diff_options){
        .strategy = options->strategy,
        .packed = options->format == FORMAT_PACKED || options->level,
        .level = (int)options->level,
        .standalone = options->standalone,
        .reversible = options->reversible,
        .include_unchanged = options->include_unchanged,
        .shallow = options->shallow,
        .has_timestamp = true,
    };
    int status = cli_record_time(cli, &options->timestamp, &diff->timestamp);
    if (status != CLI_OK || options->metadata.count == 0)
        return status;
    size_t length;
    const char *text = cli_metadata(cli, &options->metadata, &length);
    if (!text)
        return CLI_TROUBLE;
    diff->metadata = delta_read(arena, text, length, "metadata", &err);
    return diff->metadata ? CLI_OK : cli_error(cli, &err);
}

static int write_record(struct cli *cli, const struct delta_record *record,
                        const struct delta_value *old_state,
                        const struct delta_diff_options *diff) {
    struct delta_record_format format = {
        .packed = diff->packed, .level = diff->level, .standalone = diff->standalone};
    struct delta_buf bytes = {0};
    struct delta_err err = {0};
    int status = CLI_TROUBLE;
    if (cli_output_open(cli, diff->packed) == 0) {
        if (delta_record_write(record, old_state, &format, &bytes, &err))
            status = cli_error(cli, &err);
        else if (cli_write_buf(cli, &bytes) == 0)
            status = CLI_OK;
    }
    delta_buf_free(&bytes);
    return status;
}

static int diff_states(struct cli *cli, const struct options *options, struct delta_arena *arena) {
    struct delta_err err = {0};
    struct delta_diff_options diff;
    const struct delta_value *states[2];
    int status = make_options(cli, options, arena, &diff);
    if (status != CLI_OK)
        return status;
    if (delta_read_pair(arena, cli->operands[0], cli->operands[1], states, &err))
        return cli_error(cli, &err);
    bool equal = delta_value_equal(states[0], states[1]);
    if (!options->brief) {
        const struct delta_record *record = delta_diff(arena, states[0], states[1], &diff, &err);
        if (!record)
            return cli_error(cli, &err);
        status = write_record(cli, record, states[0], &diff);
        if (status != CLI_OK)
            return status;
    }
    return equal || options->exit_zero ? CLI_OK : CLI_NO;
}

static int run(struct cli *cli, const struct options *options) {
    bool single = options->canonical || options->digest;
    if (options->canonical && options->digest)
        return cli_usage(cli, "--canonical and --digest do not go together");
    int status = options->digest      ? cli_operands(cli, 1, SIZE_MAX, "STATE")
                 : options->canonical ? cli_operands(cli, 1, 1, "STATE")
                                      : cli_operands(cli, 2, 2, "OLD NEW");
    if (status != CLI_GO || (status = cli_stdin_once(cli)) != CLI_GO)
        return status;
    if (options->digest)
        return write_digests(cli);
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(cli, "out of memory");
    status = single ? write_canonical(cli, arena) : diff_states(cli, options, arena);
    delta_arena_free(arena);
    return status;
}

int main(int argc, char **argv) {
    struct options options = {.strategy = DELTA_AUTO};
    struct cli cli;
    cli_begin(&cli, &command);
    int status = cli_parse(&cli, argc, argv, &options);
    if (status == CLI_GO)
        status = run(&cli, &options);
    return cli_finish(&cli, status);
}
