/* Stores: histories of many keys in one directory. Private to delta-chain. */
#ifndef CHAIN_STORE_H
#define CHAIN_STORE_H

#include "cli/cli.h"

/* The path of a key's history, which lives as long as the command; NULL (reported). */
char *store_path(struct cli *cli, const char *store, const char *key, size_t length);

/* True when the path is a directory. */
bool store_is_one(const char *path);

/* Sets `*store` if all histories of a store are meant, which can be the only operand: CLI_GO, or
 * the status to end with (reported). */
int store_alone(struct cli *cli, bool *store);

/* Holds --all against the first operand: what drops states of all keys of a store has to be meant.
 * CLI_GO, or the status of a usage error. */
int store_check_all(struct cli *cli, bool all);

#endif
