/* delta-chain verify: every frame and every state of a history is read. */
#include "chain/chain.h"
#include "chain/several.h"
#include "chain/store.h"

#include <inttypes.h>

struct verification {
    struct cli_progress progress; /* first: chain_progress is handed this */
    struct cli *cli;
    const char *label; /* of the history, where there are several; or NULL */
};

/* What was found in the histories of a store. */
struct store_total {
    bool in_use;
    uint64_t keys, states, damaged;
};

static void report(void *context, bool state, uint32_t index, const char *what) {
    struct verification *verification = context;
    const char *label = verification->label;
    if (label)
        (void)cli_printf(verification->cli, "%s: ", label);
    if (state)
        (void)cli_printf(verification->cli, "state %" PRIu32 " is lost: %s\n", index, what);
    else
        (void)cli_printf(verification->cli, "%s\n", what);
}

static int verify_one(struct cli *cli, const char *label, void *context) {
    struct verification verification = {.cli = cli, .label = label};
    struct delta_err err = {0};
    struct store_total *total = context;
    struct delta_history *history = chain_open(cli, DELTA_HISTORY_READ);
    total->keys++;
    if (!history) {
        total->damaged++;
        return CLI_TROUBLE;
    }
    uint32_t count = delta_history_count(history);
    cli_progress_begin(cli, &verification.progress, "states", count);
    int64_t damage = delta_history_verify(history, report, chain_progress, &verification, &err);
    cli_progress_end(&verification.progress);
    int status = damage < 0 ? cli_error(cli, &err) : damage > 0 ? CLI_NO : CLI_OK;
    total->damaged += status != CLI_OK;
    total->states += count;
    if (status == CLI_OK && !total->in_use &&
        cli_printf(cli, "%s%s%" PRIu32 " states, no damage\n", label ? label : "",
                   label ? ": " : "", count) < 0)
        status = CLI_TROUBLE;
    delta_history_close(history);
    return status;
}

int chain_verify(struct cli *cli, int argc, char **argv) {
    int status = cli_parse(cli, argc, argv, NULL);
    if (status == CLI_GO)
        status = cli_operands(cli, 1, SIZE_MAX, "HISTORY");
    struct store_total total = {0};
    if (status == CLI_GO)
        status = store_alone(cli, &total.in_use);
    if (status != CLI_GO)
        return status;
    status = chain_each(cli, false, verify_one, &total);
    if (total.in_use && !total.damaged && status == CLI_OK &&
        cli_printf(cli, "%" PRIu64 " key%s, %" PRIu64 " %s, no damage\n", total.keys,
                   total.keys == 1 ? "" : "s", total.states, chain_states(total.states)) < 0)
        status = CLI_TROUBLE;
    else if (total.in_use && total.damaged &&
             cli_printf(cli, "%" PRIu64 " of %" PRIu64 " keys are damaged\n", total.damaged,
                        total.keys) < 0)
        status = CLI_TROUBLE;
    return status;
}
