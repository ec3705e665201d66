/* delta-chain init, add: states that go into a history. */
#include "chain/chain.h"
#include "chain/store.h"
#include "chain/store_feed.h"
#include "chain/writer.h"
#include "cli/feed.h"
#include "cli/filter_options.h"
#include "cli/record_options.h"
#include "cli/unmatched.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATIENCE = 20 }; /* milliseconds that states wait for more before they are made durable */

static const struct cli_word limits[] = {
    {"keyframe", DELTA_LIMIT_KEYFRAME},
    {"rebaseline", DELTA_LIMIT_REBASELINE},
    {"merge", DELTA_LIMIT_MERGE},
    {NULL, 0},
};

/* ---- init ------------------------------------------------------------------------------------ */

struct init_options {
    enum delta_strategy strategy;
    uint64_t level, max_chain_length;
    enum delta_on_limit on_limit;
};

const struct cli_option chain_init_options[] = {
    {CLI_CHOICE, 's', "strategy", "HOW", "how records represent states",
     CLI_AT(struct init_options, strategy), .words = cli_strategies},
    {CLI_NUMBER, 0, "level", "LEVEL", "zstd level (9)", CLI_AT(struct init_options, level),
     .least = 1, .most = 22},
    {CLI_NUMBER, 0, "max-chain-length", "N",
     "maximum number of records between a state and its keyframe",
     CLI_AT(struct init_options, max_chain_length), .least = 1, .most = 65535},
    {CLI_CHOICE, 0, "on-limit", "WHAT",
     "at that length, store a keyframe, or drop states: all before the new one, or those since the "
     "keyframe",
     CLI_AT(struct init_options, on_limit), .words = limits},
    {0},
};

int chain_init(struct cli *cli, int argc, char **argv) {
    struct init_options options = {0};
    struct delta_err err = {0};
    int status = cli_parse(cli, argc, argv, &options);
    if (status != CLI_GO || (status = cli_operands(cli, 1, 1, "HISTORY")) != CLI_GO)
        return status;
    if (options.on_limit != DELTA_LIMIT_KEYFRAME && !options.max_chain_length)
        return cli_usage(cli, "--on-limit requires --max-chain-length");
    if (cli->key)
        return cli_usage(cli, "no effect: --key; a store makes the history of a key with its first "
                              "state");
    struct delta_history_options how = {.strategy = options.strategy,
                                        .level = (int)options.level,
                                        .max_chain_length = (uint32_t)options.max_chain_length,
                                        .on_limit = options.on_limit};
    return delta_history_init(cli->operands[0], &how, &err) < 0 ? cli_error(cli, &err) : CLI_OK;
}

/* ---- add ------------------------------------------------------------------------------------- */

struct add_options {
    struct filtering filtering;  /* of --skip-equal */
    struct unmatched *unmatched; /* the states are held against it */
    bool ndjson, skip_equal, ack;
    struct feed_options feed;
    struct keyed_options keyed;
    uint64_t cache;
    const char *expect_tip;
    struct cli_pairs metadata;
    struct cli_time timestamp;
};

const struct cli_option chain_add_options[] = {
    {CLI_FLAG, 0, "ndjson", NULL, "read one state a line", CLI_AT(struct add_options, ndjson)},
    {CLI_FLAG, 0, "skip-equal", NULL, "leave out states in which nothing that counts changed",
     CLI_AT(struct add_options, skip_equal)},
    {CLI_TEXT, 0, "expect-tip", "DIGEST", "only if the last state has this digest",
     CLI_AT(struct add_options, expect_tip)},
    {CLI_METADATA, 'm', "metadata", "KEY=VALUE", "add to the states' metadata",
     CLI_AT(struct add_options, metadata)},
    {CLI_TIME, 't', "timestamp", "TIME", "timestamp of the states: seconds since 1970, or ISO 8601",
     CLI_AT(struct add_options, timestamp)},
    {CLI_GROUP, .help = "Stores"},
    {CLI_TEXT, 0, "by", "POINTER[,POINTER...]", "where a line has the key of its state",
     CLI_AT(struct add_options, keyed.by)},
    {CLI_FLAG, 0, "keyed", NULL, "a line is a key, a tab and a state",
     CLI_AT(struct add_options, keyed.keyed)},
    {CLI_TEXT, 0, "end-when", "POINTER[=VALUE]", "a line with this value is the end of its key",
     CLI_AT(struct add_options, keyed.end_when)},
    {CLI_BYTES, 0, "cache", "BYTES", "memory for what was written last (64M)",
     CLI_AT(struct add_options, cache)},
    {CLI_GROUP, .help = "Positions and fields of a line"},
    {CLI_TEXT, 0, "source", "NAME", "where the states come from; needs a position",
     CLI_AT(struct add_options, feed.source)},
    {CLI_TEXT, 0, "seq", "N", "the state's position in its source",
     CLI_AT(struct add_options, feed.seq)},
    {CLI_TEXT, 0, "seq-from", "POINTER", "where a line has the position",
     CLI_AT(struct add_options, feed.seq_from)},
    {CLI_FLAG, 0, "dense", NULL, "refuse a position that does not follow the one before",
     CLI_AT(struct add_options, feed.dense)},
    {CLI_TEXT, 0, "state-from", "POINTER", "where a line has the state (all of it)",
     CLI_AT(struct add_options, feed.state_from)},
    {CLI_TEXT, 0, "time-from", "POINTER", "where a line has the time",
     CLI_AT(struct add_options, feed.time_from)},
    {CLI_METADATA, 0, "metadata-from", "NAME=POINTER", "where a line has metadata of this name",
     CLI_AT(struct add_options, feed.metadata_from)},
    {CLI_FLAG, 0, "ack", NULL,
     "print each state once it is on the disk: KEY (empty), SEQ, INDEX, DIGEST",
     CLI_AT(struct add_options, ack)},
    FILTERING_OPTIONS(struct add_options, filtering),
    {0},
};

/* What is the same for all states of one run. */
static int make_note(struct cli *cli, const struct add_options *options, struct delta_arena *arena,
                     struct delta_history_note *note) {
    *note = (struct delta_history_note){.skip_equal = options->skip_equal};
    if (options->expect_tip) {
        note->has_expected = true;
        if (!delta_digest_parse(options->expect_tip, strlen(options->expect_tip), &note->expected))
            return cli_usage(cli, "--expect-tip: a digest has 32 hex digits");
    }
    if (options->filtering.mask.count)
        return cli_usage(cli, "no effect: --mask; what is stored is whole");
    if (filtering_given(&options->filtering) && !options->skip_equal)
        return cli_usage(cli, "no effect: filters without --skip-equal");
    int status = filtering_make(cli, &options->filtering, arena, &note->filter);
    return status == CLI_OK
               ? record_options_metadata(cli, &options->metadata, arena, &note->metadata)
               : status;
}

/* Adds one state, now; only the first one is held against --expect-tip. */
static int put_state(struct cli *cli, const struct add_options *options,
                     struct chain_writer *writer, const struct cli_lines *lines,
                     struct delta_arena *arena, const struct delta_value *line,
                     struct delta_history_note *note) {
    const struct delta_value *state;
    struct delta_history_note own = *note;
    struct delta_err err = {0};
    int status = CLI_OK;
    if (!options->feed.time_from)
        status = record_options_time(cli, &options->timestamp, &own.time);
    if (status == CLI_OK &&
        (feed_read(&options->feed, arena, line, note->metadata, &state, &own, &err) < 0 ||
         unmatched_look(options->unmatched, note->filter, arena, state, &err))) {
        if (lines)
            cli_lines_place(lines, &err);
        status = cli_error(cli, &err);
    }
    if (status != CLI_OK) {
        delta_arena_free(arena);
        return status;
    }
    status = chain_writer_add(cli, writer, arena, state, &own);
    note->has_expected = false;
    return status;
}

static int add_files(struct cli *cli, const struct add_options *options,
                     struct chain_writer *writer, struct delta_history_note *note) {
    size_t count = cli->operand_count > 1 ? cli->operand_count - 1 : 1;
    for (size_t i = 0; i < count; i++) {
        struct delta_err err = {0};
        struct delta_arena *arena = delta_arena_new();
        const char *path = cli->operand_count > 1 ? cli->operands[i + 1] : "-";
        if (!arena)
            return cli_fail(cli, "out of memory");
        const struct delta_value *state = delta_read_file(arena, path, &err);
        if (!state) {
            delta_arena_free(arena);
            return cli_error(cli, &err);
        }
        int status = put_state(cli, options, writer, NULL, arena, state, note);
        if (status != CLI_OK)
            return status;
    }
    return CLI_OK;
}

static int add_lines(struct cli *cli, const struct add_options *options,
                     struct chain_writer *writer, struct delta_history_note *note) {
    struct cli_lines lines;
    const char *text;
    size_t length;
    int got, status = cli_lines_open(cli, &lines, cli->operands[1], 0);
    if (status != CLI_OK)
        return status;
    while (status == CLI_OK) {
        /* Whoever waits for more wants what is there to be safe. */
        if (!cli_lines_near(&lines, PATIENCE) &&
            (status = chain_writer_flush(cli, writer)) != CLI_OK)
            break;
        got = cli_lines_next(cli, &lines, &text, &length);
        if (got <= 0) {
            status = got < 0 ? CLI_TROUBLE : CLI_OK;
            break;
        }
        struct delta_err err = {0};
        struct delta_arena *arena = delta_arena_new();
        const struct delta_value *state =
            arena ? delta_read_for(arena, DELTA_USE_COMPARE | DELTA_USE_DIGEST, text, length,
                                   lines.name, &err)
                  : NULL;
        if (state) {
            status = put_state(cli, options, writer, &lines, arena, state, note);
            continue;
        }
        cli_lines_place(&lines, &err);
        status = arena ? cli_error(cli, &err) : cli_fail(cli, "out of memory");
        delta_arena_free(arena);
    }
    cli_lines_close(&lines);
    return status;
}

/* A stream of states of many things. */
static int add_to_store(struct cli *cli, const struct add_options *options,
                        struct delta_history_note *note) {
    struct store_feed feed = {.path = cli->operands[0],
                              .input = cli->operands[1],
                              .cache = options->cache,
                              .keyed = options->keyed,
                              .feed = options->feed,
                              .time = options->timestamp,
                              .unmatched = options->unmatched,
                              .ack = options->ack};
    if (options->expect_tip)
        return cli_usage(cli, "no effect: --expect-tip with many keys");
    if (cli->max_size)
        return cli_usage(cli, "no effect: --max-size with many keys");
    return store_add_feed(cli, &feed, note);
}

static int check_store_options(struct cli *cli, const struct add_options *options, bool store) {
    const struct keyed_options *keyed = &options->keyed;
    if (store && !options->ndjson)
        return cli_usage(cli, keyed->by || keyed->keyed
                                  ? "--by and --keyed need --ndjson"
                                  : "a store needs --key, or --ndjson for a stream of many keys");
    if (store && cli->key)
        return cli_usage(cli, "--key names one history, --by and --keyed are for many");
    if (keyed->by && keyed->keyed)
        return cli_usage(cli, "--by and --keyed exclude each other");
    if (!store && keyed->end_when)
        return cli_usage(cli, "--end-when needs --by or --keyed");
    if (!store && options->cache != DELTA_STORE_CACHE)
        return cli_usage(cli, "no effect: --cache without a store");
    return CLI_GO;
}

int chain_add(struct cli *cli, int argc, char **argv) {
    struct add_options options = {.cache = DELTA_STORE_CACHE};
    struct chain_writer writer;
    struct delta_history_note note;
    int status = cli_parse(cli, argc, argv, &options);
    if (status != CLI_GO)
        return status;
    status = options.ndjson ? cli_operands(cli, 1, 2, "HISTORY FILE")
                            : cli_operands(cli, 1, SIZE_MAX, "HISTORY STATE");
    if (status == CLI_GO)
        status = feed_check(cli, &options.feed, options.ndjson);
    if (status == CLI_GO && options.feed.seq && cli->operand_count > 2)
        status = cli_usage(cli, "--seq is the position of one state");
    if (status == CLI_GO && options.feed.time_from && options.timestamp.given)
        status = cli_usage(cli, "--timestamp and --time-from exclude each other");
    bool store = status == CLI_GO && (options.keyed.by || options.keyed.keyed ||
                                      (!cli->key && store_is_one(cli->operands[0])));
    if (status == CLI_GO)
        status = check_store_options(cli, &options, store);
    if (status != CLI_GO || (status = cli_stdin_once(cli)) != CLI_GO)
        return status;
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(cli, "out of memory");
    status = make_note(cli, &options, arena, &note);
    if (status == CLI_OK && !(options.unmatched = unmatched_new(cli, &options.filtering)))
        status = CLI_TROUBLE;
    if (status == CLI_OK && store) {
        status = add_to_store(cli, &options, &note);
    } else if (status == CLI_OK) {
        status = chain_writer_open(cli, &writer, options.ack);
        if (status == CLI_OK)
            status = options.ndjson ? add_lines(cli, &options, &writer, &note)
                                    : add_files(cli, &options, &writer, &note);
        status = chain_writer_close(cli, &writer, status);
    }
    if (status == CLI_OK)
        unmatched_warn(options.unmatched, "in any state");
    delta_arena_free(arena);
    return status;
}
