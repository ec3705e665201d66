/* delta-chain add-delta, import: records that go into a history.
 *
 * Records may arrive again. One that has a position is judged by it; it must lead away from the
 * tip, or from an earlier state where only states of its own source follow that one: positions
 * order these, so that it merely leaves some out. Records without a position are compared with the
 * steps of the history (delta_replay) until it is decided which are new. */
#include "chain/chain.h"
#include "chain/git.h"
#include "chain/held_records.h"
#include "chain/import_names.h"
#include "chain/store.h"
#include "chain/store_records.h"
#include "chain/writer.h"
#include "cli/record_input.h"
#include "cli/record_options.h"

#include <stdio.h>

enum { PATIENCE = 20 }; /* milliseconds that records wait for more before they are made durable */

/* A stream of records on its way into a history. */
struct incoming {
    struct cli *cli;
    struct chain_writer *writer;
    struct record_input input;
    struct delta_replay *replay; /* NULL: no record was compared, or it has ended */
    bool decided;                /* what follows without a position is new */
    struct held_records held;
    struct delta_buf unsure;   /* acknowledgements of records that are held back */
    struct delta_arena *arena; /* for the next record; NULL: a history or `held` has the last one */
    struct import_names names;
    bool dense;
};

/* ---- Records --------------------------------------------------------------------------------- */

static bool same_options(const struct delta_history_options *a,
                         const struct delta_history_options *b) {
    return a->strategy == b->strategy && a->level == b->level &&
           a->max_chain_length == b->max_chain_length && a->on_limit == b->on_limit;
}

/* A history that is made from the stream gets the options and counters in the stream's header. One
 * without states that has these options is what an interrupted import has left. */
static int restore_options(struct incoming *in, const struct delta_export_header *header) {
    struct delta_err err = {0};
    struct delta_history_options own;
    if (delta_history_count(in->writer->history))
        return CLI_OK;
    int made = delta_history_restore(in->cli->operands[0], header, &err);
    if (made < 0)
        return cli_error(in->cli, &err);
    delta_history_options(in->writer->history, &own);
    in->writer->keep_all |= made > 0 || same_options(&own, &header->how);
    return CLI_OK;
}

/* Adds the state that a record in `*arena` makes, unless it is known by its position. What is wrong
 * with the record is reported at its place in the input. */
static int add_record(struct incoming *in, struct delta_arena **arena,
                      const struct delta_record *record) {
    struct delta_err err = {0};
    struct delta_record_info info;
    struct delta_history_note note = {.dense = in->dense};
    struct cli_time now = {0};
    delta_record_info(record, &info);
    int status = info.has_timestamp ? CLI_OK : record_options_time(in->cli, &now, &note.time);
    if (status == CLI_OK)
        status = chain_writer_add_record(in->cli, in->writer, arena, record, &note, &err);
    if (err.code == DELTA_OK)
        return status;
    if (err.code == DELTA_ERR_FORK || err.code == DELTA_ERR_GAP || err.code == DELTA_ERR_BASE)
        err.file[0] = '\0';
    if (!err.file[0])
        delta_record_reader_place(in->input.reader, &err);
    return cli_error(in->cli, &err);
}

/* ---- By comparison --------------------------------------------------------------------------- */

/* Adds the records that were held back: they are new. */
static int add_held(struct incoming *in) {
    int status = CLI_OK;
    in->unsure.length = 0;
    for (size_t i = 0; status == CLI_OK && i < in->held.count; i++)
        status = add_record(in, &in->held.items[i].arena, in->held.items[i].record);
    held_records_drop(&in->held);
    return status;
}

/* Forgets them: they are not, and are acknowledged. */
static int drop_held(struct incoming *in) {
    held_records_drop(&in->held);
    delta_buf_put(&in->writer->acks, in->unsure.data, in->unsure.length);
    in->unsure.length = 0;
    return in->unsure.failed || in->writer->acks.failed ? cli_fail(in->cli, "out of memory")
                                                        : CLI_OK;
}

/* A record of which it is not decided yet whether the history has it; its memory is held from now
 * on. */
static int compare_record(struct incoming *in, const struct delta_record *record,
                          const struct delta_record_info *info) {
    struct delta_err err = {0};
    const struct chain_ack ack = chain_ack_of(info);
    if (!held_records_add(&in->held, in->arena, record))
        return cli_fail(in->cli, "out of memory");
    in->arena = NULL;
    if (chain_ack_write(in->writer, &ack, &in->unsure))
        return cli_fail(in->cli, "out of memory");
    if (!in->replay && !(in->replay = delta_replay_new(in->writer->history, &err)))
        return cli_error(in->cli, &err);
    switch (delta_replay_next(in->replay, info, &err)) {
    case DELTA_REPLAY_KNOWN:
        return drop_held(in);
    case DELTA_REPLAY_UNSURE:
        return CLI_OK;
    case DELTA_REPLAY_NEW:
        in->decided = true;
        return add_held(in);
    default:
        if (err.code == DELTA_ERR_FORK)
            delta_record_reader_place(in->input.reader, &err);
        return cli_error(in->cli, &err);
    }
}

/* Decides what is undecided, because the stream ends or a record has a position. */
static int end_replay(struct incoming *in) {
    uint32_t first;
    if (!in->replay)
        return CLI_OK;
    int status = delta_replay_end(in->replay) == DELTA_REPLAY_KNOWN ? drop_held(in) : add_held(in);
    uint32_t known = delta_replay_known(in->replay, &first);
    in->writer->known += known;
    if (known)
        in->names.first = first;
    delta_replay_free(in->replay);
    in->replay = NULL;
    in->decided = true;
    return status;
}

/* ---- Streams --------------------------------------------------------------------------------- */

/* Takes the record that is in the arena. */
static int take_record(struct incoming *in, const struct delta_record *record) {
    struct delta_record_info info;
    delta_record_info(record, &info);
    int status = import_names_note(in->cli, &in->names, &info);
    if (status != CLI_OK)
        return status;
    if (!info.source)
        return in->decided ? add_record(in, &in->arena, record) : compare_record(in, record, &info);
    if (!in->decided)
        status = end_replay(in);
    in->decided = true;
    return status == CLI_OK ? add_record(in, &in->arena, record) : status;
}

/* An arena for the next record. */
static int clear_arena(struct incoming *in) {
    if (in->arena)
        delta_arena_clear(in->arena);
    else
        in->arena = delta_arena_new();
    return in->arena ? CLI_OK : cli_fail(in->cli, "out of memory");
}

/* Makes what was added durable, for a record input that pauses. */
static int flush_at_pause(void *context) {
    struct incoming *in = context;
    return chain_writer_flush(in->cli, in->writer);
}

/* Adds what each record of a stream makes of the tip, but for those that are there. */
static int add_records(struct incoming *in, const char *path, bool may_be_empty) {
    const struct delta_record *record;
    bool empty = true;
    int status =
        record_input_open(in->cli, &in->input, path, RECORD_INPUT_STREAM, in->cli->max_size);
    in->input.on_pause = flush_at_pause;
    in->input.context = in;
    in->input.patience = PATIENCE;
    in->names = (struct import_names){0};
    in->decided = false;
    if (status == CLI_OK)
        status = chain_writer_flush(in->cli, in->writer);
    while (status == CLI_OK && (status = clear_arena(in)) == CLI_OK) {
        int got = record_input_next(in->cli, &in->input, in->arena, &record);
        const struct delta_export_header *header = delta_record_reader_header(in->input.reader);
        if (got >= 0)
            status = import_names_begin(in->cli, &in->names, header,
                                        delta_history_count(in->writer->history));
        if (status == CLI_OK && got >= 0 && empty && header)
            status = restore_options(in, header);
        empty &= got == 0 && !header;
        if (got < 0)
            status = CLI_TROUBLE;
        if (got <= 0 || status != CLI_OK)
            break;
        status = take_record(in, record);
    }
    if (status == CLI_OK)
        status = end_replay(in);
    if (status == CLI_OK && in->names.several)
        cli_warn(in->cli, "the names of several exports in one stream are left out");
    else if (status == CLI_OK && in->names.names &&
             (status = chain_writer_flush(in->cli, in->writer)) == CLI_OK)
        status = import_names_put(in->cli, &in->names, in->writer->history);
    if (status == CLI_OK && empty && !may_be_empty)
        status = cli_fail(in->cli, "%s: empty input: expected a record", in->input.name);
    record_input_close(&in->input);
    return status;
}

struct incoming_options {
    const char *git;
    bool dense, ack, keyed;
    uint64_t cache;
};

#define INCOMING_OPTIONS                                                                           \
    {CLI_FLAG,                                                                                     \
     0,                                                                                            \
     "dense",                                                                                      \
     NULL,                                                                                         \
     "refuse a position that does not follow the one before",                                      \
     CLI_AT(struct incoming_options, dense)},                                                      \
    {                                                                                              \
        CLI_FLAG, 0, "ack", NULL,                                                                  \
            "print each state once it is on the disk: KEY, SEQ, INDEX, DIGEST",                    \
            CLI_AT(struct incoming_options, ack)                                                   \
    }

static int add_streams(struct cli *cli, const struct incoming_options *options, bool may_be_empty) {
    struct chain_writer writer;
    struct incoming in = {.cli = cli, .writer = &writer, .dense = options->dense};
    int status = chain_writer_open(cli, &writer, options->ack);
    if (status == CLI_OK && cli->operand_count == 1)
        status = add_records(&in, NULL, may_be_empty);
    for (size_t i = 1; status == CLI_OK && i < cli->operand_count; i++)
        status = add_records(&in, cli->operands[i], may_be_empty);
    status = chain_writer_close(cli, &writer, status);
    delta_replay_free(in.replay);
    held_records_free(&in.held);
    delta_arena_free(in.arena);
    delta_buf_free(&in.unsure);
    return status;
}

/* ---- The verbs ------------------------------------------------------------------------------- */

const struct cli_option chain_add_delta_options[] = {
    INCOMING_OPTIONS,
    {CLI_GROUP, .help = "Stores"},
    {CLI_FLAG, 0, "keyed", NULL, "a line is a key, a tab and a record of the history of that key",
     CLI_AT(struct incoming_options, keyed)},
    {CLI_BYTES, 0, "cache", "BYTES", "memory for what was written last (64M)",
     CLI_AT(struct incoming_options, cache)},
    {0},
};

int chain_add_delta(struct cli *cli, int argc, char **argv) {
    struct incoming_options options = {.cache = DELTA_STORE_CACHE};
    int status = cli_parse(cli, argc, argv, &options);
    if (status != CLI_GO || (status = cli_operands(cli, 1, SIZE_MAX, "HISTORY DELTA")) != CLI_GO ||
        (status = cli_stdin_once(cli)) != CLI_GO)
        return status;
    bool store = !cli->key && (options.keyed || store_is_one(cli->operands[0]));
    if (options.keyed && cli->key)
        return cli_usage(cli, "--key names one history, --keyed is for many");
    if (!store && options.cache != DELTA_STORE_CACHE)
        return cli_usage(cli, "no effect: --cache without a store");
    if (!store)
        return add_streams(cli, &options, true);
    const struct store_records how = {
        .cache = options.cache, .keyed = options.keyed, .dense = options.dense, .ack = options.ack};
    return store_add_records(cli, &how);
}

const struct cli_option chain_import_options[] = {
    {CLI_TEXT, 0, "git", "REPO", "all committed versions of PATH in this repository",
     CLI_AT(struct incoming_options, git)},
    INCOMING_OPTIONS,
    {0},
};

int chain_import(struct cli *cli, int argc, char **argv) {
    struct incoming_options options = {0};
    struct chain_writer writer;
    int status = cli_parse(cli, argc, argv, &options);
    if (status != CLI_GO)
        return status;
    status = options.git ? cli_operands(cli, 2, 2, "HISTORY PATH")
                         : cli_operands(cli, 1, SIZE_MAX, "HISTORY FILE");
    if (status == CLI_GO && options.git && (options.dense || options.ack))
        status = cli_usage(cli, "no effect: --dense and --ack with --git");
    if (status != CLI_GO || (status = cli_stdin_once(cli)) != CLI_GO)
        return status;
    if (!options.git)
        return add_streams(cli, &options, false);
    status = chain_writer_open(cli, &writer, false);
    if (status == CLI_OK)
        status = git_import(cli, &writer, options.git, cli->operands[1]);
    return chain_writer_close(cli, &writer, status);
}
