/* delta-chain metrics: how large a history is, and why. */
#include "chain/chain.h"
#include "chain/several.h"
#include "chain/store.h"
#include "cli/json_text.h"

#include <inttypes.h>
#include <jansson.h>

struct metrics_options {
    bool json;
    /* Of all histories of a store: */
    bool all;
    uint64_t keys;
    struct delta_history_metrics sum;
    struct delta_history_options how;
};

const struct cli_option chain_metrics_options[] = {
    {CLI_FLAG, 0, "json", NULL, "as one JSON object", CLI_AT(struct metrics_options, json)},
    {0},
};

static double ratio(const struct delta_history_metrics *m) {
    return m->file_size ? (double)m->states_size / (double)m->file_size : 0;
}

static int metrics_json(struct cli *cli, const char *label, uint64_t keys,
                        const struct delta_history_metrics *m,
                        const struct delta_history_options *how, const char *source) {
    json_t *object = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, "
        "s:s, "
        "s:i, s:I, s:s}",
        "states", (json_int_t)m->states, "chain_length", (json_int_t)m->chain_length, "keyframes",
        (json_int_t)m->keyframes, "records", (json_int_t)m->records, "blocks",
        (json_int_t)m->blocks, "rebaseline_count", (json_int_t)m->rebaseline_count,
        "optimization_count", (json_int_t)m->optimization_count, "prune_count",
        (json_int_t)m->prune_count, "dropped_states", (json_int_t)m->dropped_states,
        "total_changes", (json_int_t)m->total_changes, "total_removals",
        (json_int_t)m->total_removals, "states_bytes", (json_int_t)m->states_size,
        "keyframes_bytes", (json_int_t)m->keyframes_size, "records_bytes",
        (json_int_t)m->records_size, "blocks_bytes", (json_int_t)m->blocks_size, "file_bytes",
        (json_int_t)m->file_size, "ratio", ratio(m), "strategy", delta_strategy_name(how->strategy),
        "level", how->level ? how->level : 9, "max_chain_length", (json_int_t)how->max_chain_length,
        "on_limit", delta_on_limit_name(how->on_limit));
    int failed = !object;
    if (label)
        failed |= json_object_set_new(object, "history", json_string(label));
    if (*source)
        failed |= json_object_set_new(object, "source", json_string(source));
    if (keys)
        failed |= json_object_set_new(object, "keys", json_integer((json_int_t)keys));
    if (m->states) {
        failed |=
            json_object_set_new(object, "first_timestamp", json_real((double)m->first_time / 1e9)) |
            json_object_set_new(object, "last_timestamp", json_real((double)m->last_time / 1e9));
    }
    struct delta_buf line = {0};
    cli_json_text(failed ? NULL : object, JSON_COMPACT | JSON_REAL_PRECISION(16), &line);
    delta_buf_put(&line, "\n", 1);
    json_decref(object);
    int status = cli_write_buf(cli, &line) ? CLI_TROUBLE : CLI_OK;
    delta_buf_free(&line);
    return status;
}

static int metrics_text(struct cli *cli, const struct delta_history_metrics *m,
                        const struct delta_history_options *how, const char *source) {
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
        "prune_count         %" PRIu64 "\n"
        "dropped_states      %" PRIu64 "\n"
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
        "on_limit            %s\n"
        "source              %s\n",
        m->states, first, last, m->chain_length, m->rebaseline_count, m->optimization_count,
        m->prune_count, m->dropped_states, m->total_changes, m->total_removals,
        cli_size(sizes[0], m->states_size, people), cli_size(sizes[1], m->keyframes_size, people),
        m->keyframes, cli_size(sizes[2], m->records_size, people), m->records,
        cli_size(sizes[3], m->blocks_size, people), m->blocks,
        cli_size(sizes[4], m->file_size, people), ratio(m), delta_strategy_name(how->strategy),
        how->level ? how->level : 9, how->max_chain_length, delta_on_limit_name(how->on_limit),
        *source ? source : "-");
    return put < 0 ? CLI_TROUBLE : CLI_OK;
}

/* Adds one history to the sum of those of a store; the longest chain counts. */
static void add_metrics(struct metrics_options *options, const struct delta_history_metrics *m) {
    struct delta_history_metrics *sum = &options->sum;
    if (m->states && (!sum->states || m->first_time < sum->first_time))
        sum->first_time = m->first_time;
    if (m->states && (!sum->states || m->last_time > sum->last_time))
        sum->last_time = m->last_time;
    if (m->chain_length > sum->chain_length)
        sum->chain_length = m->chain_length;
    sum->states += m->states;
    sum->keyframes += m->keyframes;
    sum->records += m->records;
    sum->blocks += m->blocks;
    sum->rebaseline_count += m->rebaseline_count;
    sum->prune_count += m->prune_count;
    sum->optimization_count += m->optimization_count;
    sum->dropped_states += m->dropped_states;
    sum->total_changes += m->total_changes;
    sum->total_removals += m->total_removals;
    sum->states_size += m->states_size;
    sum->keyframes_size += m->keyframes_size;
    sum->records_size += m->records_size;
    sum->blocks_size += m->blocks_size;
    sum->file_size += m->file_size;
    options->keys++;
}

static int metrics_one(struct cli *cli, const char *label, void *context) {
    struct metrics_options *options = context;
    struct delta_history_metrics metrics;
    struct delta_history_options how;
    struct delta_export_header export_header;
    struct delta_err err = {0};
    struct delta_history *history = chain_open(cli, DELTA_HISTORY_READ);
    if (!history)
        return CLI_TROUBLE;
    const char *source = delta_history_source(history);
    int status = options->json || options->all ? CLI_OK : chain_heading(cli, label);
    delta_history_options(history, &how);
    if (!delta_history_export_header(history, &export_header))
        cli_warn(cli, "%s: corrupt options: options and counters are not known", cli->operands[0]);
    if (status == CLI_OK && delta_history_metrics(history, &metrics, &err) < 0)
        status = chain_damage(cli, &err);
    else if (status == CLI_OK && options->all)
        add_metrics(options, &metrics);
    else if (status == CLI_OK)
        status = options->json ? metrics_json(cli, label, 0, &metrics, &how, source)
                               : metrics_text(cli, &metrics, &how, source);
    delta_history_close(history);
    return status;
}

int chain_metrics(struct cli *cli, int argc, char **argv) {
    struct metrics_options options = {0};
    int status = cli_parse(cli, argc, argv, &options);
    if (status == CLI_GO)
        status = cli_operands(cli, 1, SIZE_MAX, "HISTORY");
    if (status == CLI_GO)
        status = store_alone(cli, &options.all);
    if (status != CLI_GO)
        return status;
    status = chain_each(cli, false, metrics_one, &options);
    if (!options.all || status == CLI_TROUBLE)
        return status;
    int written =
        options.json || cli_printf(cli, "keys                %" PRIu64 "\n", options.keys) >= 0
            ? CLI_OK
            : CLI_TROUBLE;
    if (written == CLI_OK)
        written = options.json
                      ? metrics_json(cli, NULL, options.keys, &options.sum, &options.how, "")
                      : metrics_text(cli, &options.sum, &options.how, "");
    return written == CLI_OK ? status : written;
}
