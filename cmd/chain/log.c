/* delta-chain log, metrics, verify: what is known about a history. */
#include "chain/chain.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- log ------------------------------------------------------------------------------------- */

struct log_options {
    bool json;
};

const struct cli_option chain_log_options[] = {
    {CLI_FLAG, 0, "json", NULL, "as JSON, an object a line", CLI_AT(struct log_options, json)},
    {0},
};

static const char *const kinds[] = {
    [DELTA_ENTRY_KEYFRAME] = "keyframe",
    [DELTA_ENTRY_RECORD] = "record",
    [DELTA_ENTRY_BLOCK] = "block",
};

/* Metadata holds what users wrote, which our own writer loses nothing of. */
static int put_metadata(struct cli *cli, const struct delta_value *metadata, const char *before) {
    struct delta_err err = {0};
    struct delta_buf text = {0};
    int status = CLI_TROUBLE;
    if (!metadata)
        return CLI_OK;
    if (delta_write(metadata, DELTA_CANONICAL, 0, &text, &err) < 0)
        status = cli_error(cli, &err);
    else if (cli_write_text(cli, before) == 0 &&
             cli_write_visible(cli, text.data, text.length) == 0)
        status = CLI_OK;
    delta_buf_free(&text);
    return status;
}

static int log_line(struct cli *cli, const struct delta_history_entry *entry, bool json) {
    char time[CHAIN_TIME_TEXT], size[CLI_SIZE_TEXT], digest[DELTA_DIGEST_TEXT];
    int status;
    delta_digest_format(entry->digest, digest);
    if (json) {
        if (cli_printf(cli,
                       "{\"index\":%" PRIu32 ",\"timestamp\":%s,\"digest\":\"%s\",\"size\":%" PRIu64
                       ",\"kind\":\"%s\",\"chain\":%" PRIu32 ",\"stored\":%" PRIu64
                       ",\"set\":%" PRIu64 ",\"removed\":%" PRIu64,
                       entry->index, chain_seconds(time, entry->time), digest, entry->size,
                       kinds[entry->kind], entry->chain, entry->stored, entry->set,
                       entry->removed) < 0)
            return CLI_TROUBLE;
        if (entry->strategy != DELTA_AUTO &&
            cli_printf(cli, ",\"strategy\":\"%s\"", delta_strategy_name(entry->strategy)) < 0)
            return CLI_TROUBLE;
        status = put_metadata(cli, entry->metadata, ",\"metadata\":");
        return status == CLI_OK && cli_write_text(cli, "}\n") < 0 ? CLI_TROUBLE : status;
    }
    if (cli_printf(cli, "%6" PRIu32 "  %-24s  %.12s  %10s  +%" PRIu64 " -%" PRIu64, entry->index,
                   chain_time(time, entry->time), digest,
                   cli_size(size, entry->size, cli_is_terminal(cli)), entry->set,
                   entry->removed) < 0)
        return CLI_TROUBLE;
    status = put_metadata(cli, entry->metadata, "  ");
    return status == CLI_OK && cli_write_text(cli, "\n") < 0 ? CLI_TROUBLE : status;
}

static int log_steps(struct cli *cli, struct delta_history_iterator *walk, bool json) {
    struct delta_history_entry entry;
    int status = CLI_OK;
    for (;;) {
        struct delta_err err = {0};
        int got = delta_history_iterator_next(walk, &entry, &err);
        if (got == 0)
            return status;
        /* One that is lost is named, and the others still listed. */
        if (got < 0)
            status = cli_error(cli, &err);
        else if (log_line(cli, &entry, json) != CLI_OK)
            return CLI_TROUBLE;
    }
}

int chain_log(struct cli *cli, int argc, char **argv) {
    struct log_options options = {0};
    struct delta_err err = {0};
    uint32_t first, last;
    bool empty;
    struct delta_history *history;
    struct chain_operands operands = {1, 2, "HISTORY A..B", DELTA_HISTORY_READ};
    int status = chain_begin(cli, argc, argv, &options, operands, &history);
    if (status != CLI_GO)
        return status;
    status = chain_steps(cli, history, 1, &first, &last, &empty);
    if (status == CLI_OK && !empty) {
        struct delta_history_iterator *walk =
            delta_history_iterator_new(history, first, last, false, &err);
        status = walk ? log_steps(cli, walk, options.json) : cli_error(cli, &err);
        delta_history_iterator_free(walk);
    }
    if (status == CLI_OK && cli->operand_count == 1 &&
        delta_history_check_end(history, NULL, &err) < 0)
        status = cli_error(cli, &err);
    delta_history_close(history);
    return status;
}

/* ---- metrics --------------------------------------------------------------------------------- */

struct metrics_options {
    bool json;
};

const struct cli_option chain_metrics_options[] = {
    {CLI_FLAG, 0, "json", NULL, "as one JSON object", CLI_AT(struct metrics_options, json)},
    {0},
};

static double ratio(const struct delta_history_metrics *m) {
    return m->file_size ? (double)m->states_size / (double)m->file_size : 0;
}

static int metrics_json(struct cli *cli, const struct delta_history_metrics *m,
                        const struct delta_history_options *how) {
    json_t *object = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:s, s:i, "
        "s:I, "
        "s:s}",
        "states", (json_int_t)m->states, "chain_length", (json_int_t)m->chain_length, "keyframes",
        (json_int_t)m->keyframes, "records", (json_int_t)m->records, "blocks",
        (json_int_t)m->blocks, "rebaseline_count", (json_int_t)m->rebaseline_count,
        "optimization_count", (json_int_t)m->optimization_count, "total_changes",
        (json_int_t)m->total_changes, "total_removals", (json_int_t)m->total_removals,
        "states_bytes", (json_int_t)m->states_size, "keyframes_bytes",
        (json_int_t)m->keyframes_size, "records_bytes", (json_int_t)m->records_size, "blocks_bytes",
        (json_int_t)m->blocks_size, "file_bytes", (json_int_t)m->file_size, "ratio", ratio(m),
        "strategy", delta_strategy_name(how->strategy), "level", how->level ? how->level : 9,
        "max_chain_length", (json_int_t)how->max_chain_length, "on_limit",
        delta_on_limit_name(how->on_limit));
    if (object && m->states) {
        json_object_set_new(object, "first_timestamp", json_real((double)m->first_time / 1e9));
        json_object_set_new(object, "last_timestamp", json_real((double)m->last_time / 1e9));
    }
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(16)) : NULL;
    json_decref(object);
    if (!text)
        return cli_fail(cli, "out of memory");
    int status = cli_printf(cli, "%s\n", text) < 0 ? CLI_TROUBLE : CLI_OK;
    free(text);
    return status;
}

static int metrics_text(struct cli *cli, const struct delta_history_metrics *m,
                        const struct delta_history_options *how) {
    char first[CHAIN_TIME_TEXT] = "-", last[CHAIN_TIME_TEXT] = "-";
    char sizes[5][CLI_SIZE_TEXT];
    bool people = cli_is_terminal(cli);
    if (m->states) {
        chain_time(first, m->first_time);
        chain_time(last, m->last_time);
    }
    int put = cli_printf(
        cli,
        "states              %" PRIu32 "\n"
        "from                %s\n"
        "to                  %s\n"
        "chain_length        %" PRIu32 "\n"
        "rebaseline_count    %" PRIu64 "\n"
        "optimization_count  %" PRIu64 "\n"
        "total_changes       %" PRIu64 "\n"
        "total_removals      %" PRIu64 "\n"
        "states_bytes        %s\n"
        "keyframes_bytes     %s in %" PRIu32 "\n"
        "records_bytes       %s in %" PRIu32 "\n"
        "blocks_bytes        %s in %" PRIu32 "\n"
        "file_bytes          %s\n"
        "ratio               %.2f\n"
        "strategy            %s\n"
        "level               %d\n"
        "max_chain_length    %" PRIu32 "\n"
        "on_limit            %s\n",
        m->states, first, last, m->chain_length, m->rebaseline_count, m->optimization_count,
        m->total_changes, m->total_removals, cli_size(sizes[0], m->states_size, people),
        cli_size(sizes[1], m->keyframes_size, people), m->keyframes,
        cli_size(sizes[2], m->records_size, people), m->records,
        cli_size(sizes[3], m->blocks_size, people), m->blocks,
        cli_size(sizes[4], m->file_size, people), ratio(m), delta_strategy_name(how->strategy),
        how->level ? how->level : 9, how->max_chain_length, delta_on_limit_name(how->on_limit));
    return put < 0 ? CLI_TROUBLE : CLI_OK;
}

int chain_metrics(struct cli *cli, int argc, char **argv) {
    struct metrics_options options = {0};
    struct delta_history_metrics metrics;
    struct delta_history_options how;
    struct delta_export_header export_header;
    struct delta_err err = {0};
    struct delta_history *history;
    struct chain_operands operands = {1, 1, "HISTORY", DELTA_HISTORY_READ};
    int status = chain_begin(cli, argc, argv, &options, operands, &history);
    if (status != CLI_GO)
        return status;
    delta_history_options(history, &how);
    if (!delta_history_export_header(history, &export_header))
        cli_warn(cli, "%s: the options are damaged: they and the counters are not known",
                 cli->operands[0]);
    if (delta_history_metrics(history, &metrics, &err) < 0)
        status = cli_error(cli, &err);
    else
        status =
            options.json ? metrics_json(cli, &metrics, &how) : metrics_text(cli, &metrics, &how);
    delta_history_close(history);
    return status;
}

/* ---- verify ---------------------------------------------------------------------------------- */

struct verification {
    struct cli_progress progress; /* first: chain_progress is handed this */
    struct cli *cli;
};

static void report(void *context, bool state, uint32_t index, const char *what) {
    struct verification *verification = context;
    if (state)
        (void)cli_printf(verification->cli, "state %" PRIu32 " is lost: %s\n", index, what);
    else
        (void)cli_printf(verification->cli, "%s\n", what);
}

int chain_verify(struct cli *cli, int argc, char **argv) {
    struct verification verification = {.cli = cli};
    struct delta_err err = {0};
    struct delta_history *history;
    struct chain_operands operands = {1, 1, "HISTORY", DELTA_HISTORY_READ};
    int status = chain_begin(cli, argc, argv, NULL, operands, &history);
    if (status != CLI_GO)
        return status;
    cli_progress_begin(cli, &verification.progress, "states", delta_history_count(history));
    int64_t damage = delta_history_verify(history, report, chain_progress, &verification, &err);
    cli_progress_end(&verification.progress);
    if (damage < 0)
        status = cli_error(cli, &err);
    else if (damage > 0)
        status = CLI_NO;
    else
        status =
            cli_printf(cli, "%" PRIu32 " states, no damage\n", delta_history_count(history)) < 0
                ? CLI_TROUBLE
                : CLI_OK;
    delta_history_close(history);
    return status;
}
