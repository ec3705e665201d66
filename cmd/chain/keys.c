/* delta-chain keys. */
#include "chain/chain.h"
#include "chain/several.h"
#include "chain/store.h"

/* A key that is not one line of UTF-8, which only a key typed for --key can be, is made visible. */
static int write_key(struct cli *cli, const char *label, void *context) {
    (void)context;
    return cli_printf(cli, "%s\n", label) < 0 ? CLI_TROUBLE : CLI_OK;
}

int chain_keys(struct cli *cli, int argc, char **argv) {
    int status = cli_parse(cli, argc, argv, NULL);
    if (status == CLI_GO)
        status = cli_operands(cli, 1, 1, "STORE");
    if (status == CLI_GO && !store_is_one(cli->operands[0]))
        status = cli_fail(cli, "%s: not a store", cli->operands[0]);
    return status == CLI_GO ? chain_each(cli, false, write_key, NULL) : status;
}
