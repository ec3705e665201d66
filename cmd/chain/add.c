/* delta-chain init, add, add-delta, import: what goes into a history. */
#include "chain/chain.h"
#include "chain/feed.h"
#include "chain/git.h"
#include "chain/name.h"
#include "chain/overlap.h"
#include "chain/writer.h"
#include "cli/filter_options.h"
#include "cli/record_input.h"
#include "cli/record_options.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
    PATIENCE = 20, /* milliseconds that states wait for more before they are made durable */
    RUN = 512,     /* records whose states share memory */
};

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
    struct delta_history_options how = {.strategy = options.strategy,
                                        .level = (int)options.level,
                                        .max_chain_length = (uint32_t)options.max_chain_length,
                                        .on_limit = options.on_limit};
    return delta_history_init(cli->operands[0], &how, &err) < 0 ? cli_error(cli, &err) : CLI_OK;
}

/* ---- add ------------------------------------------------------------------------------------- */

struct add_options {
    struct filtering filtering; /* of --skip-equal */
    bool ndjson, skip_equal, ack;
    struct feed_options feed;
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
    {CLI_GROUP, .help = "Positions and fields of a line"},
    {CLI_TEXT, 0, "source", "NAME", "where the states come from; needs a position",
     CLI_AT(struct add_options, feed.source)},
    {CLI_TEXT, 0, "seq", "N", "the state's position in its source",
     CLI_AT(struct add_options, feed.seq)},
    {CLI_TEXT, 0, "seq-from", "POINTER", "the position is there in the line",
     CLI_AT(struct add_options, feed.seq_from)},
    {CLI_FLAG, 0, "dense", NULL, "refuse a position that does not follow the one before",
     CLI_AT(struct add_options, feed.dense)},
    {CLI_TEXT, 0, "state-from", "POINTER", "the state is there in the line (all of it)",
     CLI_AT(struct add_options, feed.state_from)},
    {CLI_TEXT, 0, "time-from", "POINTER", "the time is there in the line",
     CLI_AT(struct add_options, feed.time_from)},
    {CLI_METADATA, 0, "metadata-from", "NAME=POINTER", "metadata that is there in the line",
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
        feed_read(&options->feed, arena, line, note->metadata, &state, &own, &err) < 0) {
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

/* True when the next line is there, or soon will be. */
static bool line_is_near(const struct cli_lines *lines) {
    struct pollfd poll_one = {.fd = lines->fd, .events = POLLIN};
    return (lines->end > lines->start &&
            memchr(lines->data + lines->start, '\n', lines->end - lines->start)) ||
           poll(&poll_one, 1, PATIENCE) != 0;
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
        if (!line_is_near(&lines) && (status = chain_writer_flush(cli, writer)) != CLI_OK)
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

int chain_add(struct cli *cli, int argc, char **argv) {
    struct add_options options = {0};
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
    if (status != CLI_GO || (status = cli_stdin_once(cli)) != CLI_GO)
        return status;
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(cli, "out of memory");
    status = make_note(cli, &options, arena, &note);
    if (status == CLI_OK) {
        status = chain_writer_open(cli, &writer);
        writer.ack = options.ack;
        if (status == CLI_OK && options.ack && cli_output_open(cli, false))
            status = CLI_TROUBLE;
        if (status == CLI_OK)
            status = options.ndjson ? add_lines(cli, &options, &writer, &note)
                                    : add_files(cli, &options, &writer, &note);
        status = chain_writer_close(cli, &writer, status);
    }
    delta_arena_free(arena);
    return status;
}

/* ---- add-delta, import ----------------------------------------------------------------------- */

/* The tip as the history has it, in `arena`; NULL with nothing reported when there is none. */
static const struct delta_value *read_tip(struct cli *cli, struct chain_writer *writer,
                                          struct delta_arena *arena, int *status) {
    struct delta_err err = {0};
    uint32_t count = delta_history_count(writer->history);
    *status = CLI_OK;
    if (!count)
        return NULL;
    const struct delta_value *tip = delta_history_get(writer->history, arena, count - 1, &err);
    if (!tip)
        *status = cli_error(cli, &err);
    return tip;
}

/* A run of records: states share with the ones before, so that all of a run live in one arena. */
struct run {
    struct delta_arena *arena;
    bool given; /* the arena is the writer's */
    unsigned count;
    const struct delta_value *tip;
};

/* The names of the states of an export, and the index of its first one. */
struct incoming_names {
    const struct delta_value *names;
    uint32_t first;
    bool several; /* exports follow one another: which states are meant is not known */
};

static void note_names(struct incoming_names *in, const struct chain_writer *writer,
                       const struct delta_export_header *header) {
    if (!header || header->names == in->names)
        return;
    in->several |= in->names != NULL;
    in->names = header->names;
    in->first = delta_history_count(writer->history);
}

static int import_names(struct cli *cli, struct chain_writer *writer,
                        const struct incoming_names *in) {
    if (!in->names)
        return CLI_OK;
    if (in->several) {
        cli_warn(cli, "the names of several exports in one stream are left out");
        return CLI_OK;
    }
    int status = chain_writer_flush(cli, writer);
    return status == CLI_OK ? chain_names_import(cli, writer->history, in->names, in->first)
                            : status;
}

/* Starts a run from the tip as it is in the file. */
static int begin_run(struct cli *cli, struct chain_writer *writer, struct run *run) {
    int status = chain_writer_flush(cli, writer);
    if (status != CLI_OK)
        return status;
    *run = (struct run){.arena = delta_arena_new(), .count = 1};
    if (!run->arena)
        return cli_fail(cli, "out of memory");
    run->tip = read_tip(cli, writer, run->arena, &status);
    return status;
}

static bool same_options(const struct delta_history_options *a,
                         const struct delta_history_options *b) {
    return a->strategy == b->strategy && a->level == b->level &&
           a->max_chain_length == b->max_chain_length && a->on_limit == b->on_limit;
}

/* A history that the stream makes anew gets the options and counters that the stream tells of. One
 * without states that has these options is what an import that was cut off has left. */
static int reconstruct(struct cli *cli, struct chain_writer *writer,
                       const struct delta_export_header *header) {
    struct delta_err err = {0};
    struct delta_history_options own;
    if (delta_history_count(writer->history))
        return CLI_OK;
    int made = delta_history_restore(cli->operands[0], header, &err);
    if (made < 0)
        return cli_error(cli, &err);
    delta_history_options(writer->history, &own);
    writer->keep_all |= made > 0 || same_options(&own, &header->how);
    return CLI_OK;
}

static int add_record(struct cli *cli, struct chain_writer *writer, struct record_input *input,
                      struct run *run, const struct delta_record *record) {
    struct delta_err err = {0};
    struct delta_record_info info;
    struct delta_apply_options apply = {0};
    struct cli_time now = {0};
    const struct delta_value *state = delta_apply(run->arena, record, run->tip, &apply, NULL, &err);
    delta_record_info(record, &info);
    if (!state) {
        delta_record_reader_place(input->reader, &err);
        return cli_error(cli, &err);
    }
    struct delta_history_note note = {.time = info.timestamp,
                                      .metadata = info.metadata,
                                      .has_expected = true,
                                      .keep_all = writer->keep_all};
    if (run->tip)
        note.expected = delta_value_digest(run->tip);
    int status = info.has_timestamp ? CLI_OK : record_options_time(cli, &now, &note.time);
    if (status != CLI_OK)
        return status;
    run->tip = state;
    struct delta_arena *arena = run->given ? NULL : run->arena;
    run->given = true;
    return chain_writer_add(cli, writer, arena, state, &note);
}

/* Makes a run ready for one more record. */
static int next_in_run(struct cli *cli, struct chain_writer *writer, struct run *run) {
    return run->count++ % RUN == 0 ? begin_run(cli, writer, run) : CLI_OK;
}

/* What of a stream is new, once that is known: the records that were held back. */
static int add_queued(struct cli *cli, struct chain_writer *writer, struct record_input *input,
                      struct run *run, struct overlap *overlap) {
    int status = CLI_OK;
    for (size_t i = 0; status == CLI_OK && i < overlap->queued; i++) {
        status = next_in_run(cli, writer, run);
        if (status == CLI_OK)
            status = add_record(cli, writer, input, run, overlap->queue[i].record);
    }
    overlap->queued = 0;
    return status;
}

/* A record of which it is not decided yet whether the history has it. */
static int compare_record(struct cli *cli, struct chain_writer *writer, struct record_input *input,
                          struct run *run, struct overlap *overlap, struct delta_arena *arena,
                          const struct delta_record *record) {
    enum overlap_verdict verdict;
    struct delta_err fork = {.code = DELTA_ERR_JOIN};
    int status = overlap_next(cli, overlap, writer->history, arena, record, &verdict);
    if (status != CLI_OK || verdict == OVERLAP_KNOWN)
        return status;
    if (verdict == OVERLAP_FORK) {
        (void)snprintf(fork.text, sizeof fork.text,
                       "fork: the history has the %u records before this one, but not this one "
                       "after them",
                       (unsigned)overlap->seen);
        delta_record_reader_place(input->reader, &fork);
        return cli_error(cli, &fork);
    }
    status = add_queued(cli, writer, input, run, overlap);
    if (status == CLI_OK)
        status = next_in_run(cli, writer, run);
    return status == CLI_OK ? add_record(cli, writer, input, run, record) : status;
}

/* What is done at the end of a stream. */
static int end_records(struct cli *cli, struct chain_writer *writer, struct record_input *input,
                       struct run *run, struct overlap *overlap, struct incoming_names *names) {
    int status = overlap_end(cli, overlap);
    if (status == CLI_OK)
        status = add_queued(cli, writer, input, run, overlap);
    writer->known += overlap->known;
    if (overlap->known)
        names->first = overlap->first;
    return status == CLI_OK ? import_names(cli, writer, names) : status;
}

struct pausing {
    struct cli *cli;
    struct chain_writer *writer;
};

/* Makes what was added durable, for a record input that pauses. */
static int flush_at_pause(void *context) {
    struct pausing *pausing = context;
    return chain_writer_flush(pausing->cli, pausing->writer);
}

/* Adds what each record of a stream makes of the tip, but for those that are there. */
static int add_records(struct cli *cli, struct chain_writer *writer, struct overlap *overlap,
                       const char *path, bool may_be_empty) {
    struct record_input input;
    const struct delta_record *record;
    struct run run = {.given = true};
    struct incoming_names names = {0};
    struct pausing pausing = {cli, writer};
    bool empty = true;
    int got, status = record_input_open(cli, &input, path, 0, false);
    input.on_pause = flush_at_pause;
    input.context = &pausing;
    input.patience = PATIENCE;
    if (status == CLI_OK)
        status = chain_writer_flush(cli, writer);
    overlap_restart(overlap);
    while (status == CLI_OK) {
        bool decided = overlap->decided;
        struct delta_arena *arena = decided ? NULL : delta_arena_new();
        if (decided)
            status = next_in_run(cli, writer, &run);
        else if (!arena)
            status = cli_fail(cli, "out of memory");
        if (status != CLI_OK)
            break;
        got = record_input_next(cli, &input, decided ? run.arena : arena, &record);
        const struct delta_export_header *header = delta_record_reader_header(input.reader);
        if (got >= 0)
            note_names(&names, writer, header);
        if (got >= 0 && empty && header)
            status = reconstruct(cli, writer, header);
        empty &= got == 0 && !header;
        if (got <= 0 || status != CLI_OK) {
            delta_arena_free(arena);
            status = got < 0 ? CLI_TROUBLE : status;
            break;
        }
        status = decided ? add_record(cli, writer, &input, &run, record)
                         : compare_record(cli, writer, &input, &run, overlap, arena, record);
    }
    if (status == CLI_OK)
        status = end_records(cli, writer, &input, &run, overlap, &names);
    if (status == CLI_OK && empty && !may_be_empty)
        status = cli_fail(cli, "%s: empty input: expected a record", input.name);
    if (!run.given)
        delta_arena_free(run.arena);
    record_input_close(&input);
    return status;
}

static int add_streams(struct cli *cli, bool may_be_empty) {
    struct chain_writer writer;
    struct overlap overlap = {0};
    int status = chain_writer_open(cli, &writer);
    if (status == CLI_OK && cli->operand_count == 1)
        status = add_records(cli, &writer, &overlap, NULL, may_be_empty);
    for (size_t i = 1; status == CLI_OK && i < cli->operand_count; i++)
        status = add_records(cli, &writer, &overlap, cli->operands[i], may_be_empty);
    status = chain_writer_close(cli, &writer, status);
    overlap_free(&overlap);
    return status;
}

int chain_add_delta(struct cli *cli, int argc, char **argv) {
    int status = cli_parse(cli, argc, argv, NULL);
    if (status != CLI_GO || (status = cli_operands(cli, 1, SIZE_MAX, "HISTORY DELTA")) != CLI_GO ||
        (status = cli_stdin_once(cli)) != CLI_GO)
        return status;
    return add_streams(cli, true);
}

struct import_options {
    const char *git;
};

const struct cli_option chain_import_options[] = {
    {CLI_TEXT, 0, "git", "REPO", "all committed versions of PATH in this repository",
     CLI_AT(struct import_options, git)},
    {0},
};

int chain_import(struct cli *cli, int argc, char **argv) {
    struct import_options options = {0};
    struct chain_writer writer;
    int status = cli_parse(cli, argc, argv, &options);
    if (status != CLI_GO)
        return status;
    status = options.git ? cli_operands(cli, 2, 2, "HISTORY PATH")
                         : cli_operands(cli, 1, SIZE_MAX, "HISTORY FILE");
    if (status != CLI_GO || (status = cli_stdin_once(cli)) != CLI_GO)
        return status;
    if (!options.git)
        return add_streams(cli, false);
    status = chain_writer_open(cli, &writer);
    if (status == CLI_OK)
        status = git_import(cli, &writer, options.git, cli->operands[1]);
    return chain_writer_close(cli, &writer, status);
}
