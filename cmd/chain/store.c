#include "chain/store.h"

#include "cli/memory.h"

#include <string.h>
#include <sys/stat.h>

bool store_is_one(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

int store_alone(struct cli *cli, bool *store) {
    *store = false;
    for (size_t i = 0; i < cli->operand_count && !cli->key; i++)
        *store |= store_is_one(cli->operands[i]);
    return *store && cli->operand_count > 1 ? cli_usage(cli, "a store must be the only operand")
                                            : CLI_GO;
}

char *store_path(struct cli *cli, const char *store, const char *key, size_t length) {
    struct delta_buf path = {0};
    delta_buf_put(&path, store, strlen(store));
    delta_buf_put(&path, "/", 1);
    delta_key_path_write(key, length, &path);
    delta_buf_put(&path, "", 1);
    char *copy = path.failed ? NULL : cli_alloc(cli, path.length, 1);
    if (path.failed)
        cli_fail(cli, "out of memory");
    if (copy)
        memcpy(copy, path.data, path.length);
    delta_buf_free(&path);
    return copy;
}

int store_check_all(struct cli *cli, bool all) {
    bool store = store_is_one(cli->operands[0]);
    if (all && cli->key)
        return cli_usage(cli, "--key (one history) and --all (all of them) exclude each other");
    if (all && !store)
        return cli_usage(cli, "no effect: --all without a store");
    if (!all && store && !cli->key)
        return cli_usage(cli, "this is a store: name a history with --key, or --all of them");
    return CLI_GO;
}
