/* Every committed version of a file. Private to delta-chain. */
#ifndef CHAIN_GIT_H
#define CHAIN_GIT_H

#include "chain/writer.h"

/* Adds every version of `path` in a repository, oldest first. CLI_OK, or the status to end with. */
int git_import(struct cli *cli, struct chain_writer *writer, const char *repository,
               const char *path);

#endif
