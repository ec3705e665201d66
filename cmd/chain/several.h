/* Verbs that take several histories. Private to delta-chain. */
#ifndef CHAIN_SEVERAL_H
#define CHAIN_SEVERAL_H

#include "cli/cli.h"

/* What is done with one history, which is the first operand then, and the range the second, if one
 * was given. `label` is its name where there are several, made safe to show, else NULL. Returns a
 * status. */
typedef int chain_verb(struct cli *cli, const char *label, void *context);

/* Does it for each history among the operands; with `ranges`, the last of several may be a revision
 * or range: one that holds no '/', and either `..`, or is a number or a time, or names no file.
 * The worst status. */
int chain_each(struct cli *cli, bool ranges, chain_verb *verb, void *context);

/* What is done with the history of a key of a store, which is the first operand then. Returns a
 * status. */
typedef int chain_key_verb(struct cli *cli, const char *key, size_t length, void *context);

/* Does it for each key of the store at `path`, in the order of their files. The worst status. */
int chain_each_key(struct cli *cli, const char *path, chain_key_verb *verb, void *context);

/* Writes a line with the label, an empty one before it where it is not the first; nothing where it
 * is NULL. A status. */
int chain_heading(struct cli *cli, const char *label);

#endif
