/* delta-chain rebaseline, squash, compact, clear: histories made anew. */
#include "chain/chain.h"
#include "chain/several.h"
#include "chain/store.h"

#include <inttypes.h>

typedef int rewriter(struct delta_history *history, const void *how, struct cli_progress *progress,
                     struct delta_err *err);

/* Opens, rewrites, and says with -v how the size changed. */
static int rewrite(struct cli *cli, struct delta_history *history, rewriter *make,
                   const void *how) {
    struct delta_err err = {0};
    struct delta_history_metrics metrics;
    struct cli_progress progress;
    cli_progress_begin(cli, &progress, "steps", 0);
    int failed = make(history, how, &progress, &err);
    cli_progress_end(&progress);
    int status = failed < 0 ? cli_error(cli, &err) : CLI_OK;
    if (status == CLI_OK && cli->verbose && delta_history_metrics(history, &metrics, NULL) == 0)
        cli_verbose(cli, "%s: %" PRIu32 " %s in %" PRIu64 " bytes", cli->operands[0],
                    metrics.states, chain_states(metrics.states), metrics.file_size);
    delta_history_close(history);
    return status;
}

/* The same for each history of a store. */
struct rewriting {
    rewriter *make;
    const void *how;
};

static int rewrite_key(struct cli *cli, const char *key, size_t length, void *context) {
    const struct rewriting *rewriting = context;
    (void)key;
    (void)length;
    struct delta_history *history = chain_open(cli, DELTA_HISTORY_WRITE);
    return history ? rewrite(cli, history, rewriting->make, rewriting->how) : CLI_TROUBLE;
}

static int rewrite_store(struct cli *cli, rewriter *make, const void *how) {
    struct rewriting rewriting = {make, how};
    return chain_each_key(cli, cli->operands[0], rewrite_key, &rewriting);
}

struct rebaseline_options {
    uint64_t keep;
    bool all;
};

const struct cli_option chain_rebaseline_options[] = {
    {CLI_NUMBER, 0, "keep", "N", "keep N states before the last one (0)",
     CLI_AT(struct rebaseline_options, keep), .most = UINT32_MAX},
    {CLI_FLAG, 0, "all", NULL, "the histories of all keys of a store",
     CLI_AT(struct rebaseline_options, all)},
    {0},
};

static int rebaseline(struct delta_history *history, const void *how, struct cli_progress *progress,
                      struct delta_err *err) {
    const struct rebaseline_options *options = how;
    uint32_t count = delta_history_count(history);
    uint32_t first = count && options->keep < count - 1 ? count - 1 - (uint32_t)options->keep : 0;
    return delta_history_rebaseline(history, first, chain_progress, progress, err);
}

int chain_rebaseline(struct cli *cli, int argc, char **argv) {
    struct rebaseline_options options = {0};
    int status = cli_parse(cli, argc, argv, &options);
    if (status == CLI_GO)
        status = cli_operands(cli, 1, 1, "HISTORY");
    if (status == CLI_GO)
        status = store_check_all(cli, options.all);
    if (status != CLI_GO)
        return status;
    if (options.all)
        return rewrite_store(cli, rebaseline, &options);
    struct delta_history *history = chain_open(cli, DELTA_HISTORY_WRITE);
    return history ? rewrite(cli, history, rebaseline, &options) : CLI_TROUBLE;
}

struct span {
    uint32_t first, last;
};

static int squash(struct delta_history *history, const void *how, struct cli_progress *progress,
                  struct delta_err *err) {
    const struct span *span = how;
    return delta_history_squash(history, span->first, span->last, chain_progress, progress, err);
}

int chain_squash(struct cli *cli, int argc, char **argv) {
    struct span span;
    enum delta_range_kind kind;
    bool empty;
    struct delta_history *history;
    struct chain_operands operands = {2, 2, "HISTORY A..B", DELTA_HISTORY_WRITE};
    int status = chain_begin(cli, argc, argv, NULL, operands, &history);
    if (status != CLI_GO)
        return status;
    status = chain_range(cli, history, &span.first, &span.last, &kind, &empty);
    if (status == CLI_OK && kind == DELTA_RANGE_STATE)
        status = cli_usage(cli, "expected a range: A..B");
    if (status != CLI_OK) {
        delta_history_close(history);
        return status;
    }
    return rewrite(cli, history, squash, &span);
}

static int compact(struct delta_history *history, const void *how, struct cli_progress *progress,
                   struct delta_err *err) {
    (void)how;
    return delta_history_count(history)
               ? delta_history_compact(history, chain_progress, progress, err)
               : 0;
}

int chain_compact(struct cli *cli, int argc, char **argv) {
    int status = cli_parse(cli, argc, argv, NULL);
    if (status == CLI_GO)
        status = cli_operands(cli, 1, 1, "HISTORY");
    if (status != CLI_GO)
        return status;
    if (!cli->key && store_is_one(cli->operands[0]))
        return rewrite_store(cli, compact, NULL);
    struct delta_history *history = chain_open(cli, DELTA_HISTORY_WRITE);
    return history ? rewrite(cli, history, compact, NULL) : CLI_TROUBLE;
}

static int clear(struct delta_history *history, const void *how, struct cli_progress *progress,
                 struct delta_err *err) {
    (void)how;
    (void)progress;
    return delta_history_clear(history, err);
}

int chain_clear(struct cli *cli, int argc, char **argv) {
    struct delta_history *history;
    struct chain_operands operands = {1, 1, "HISTORY", DELTA_HISTORY_WRITE};
    int status = chain_begin(cli, argc, argv, NULL, operands, &history);
    return status == CLI_GO ? rewrite(cli, history, clear, NULL) : status;
}
