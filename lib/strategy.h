/* The strategies as a table: how a record carries the new state. Bytes only; `dict`, whose payload
 * is a patch, has its name here and its bytes in section.h. */
#ifndef STRATEGY_H
#define STRATEGY_H

#include "buf.h"
#include "delta.h"

enum { STRATEGY_LEVEL = 9 }; /* zstd, where nobody names one */

/* Bytes that somebody else owns. */
struct strategy_bytes {
    const char *bytes;
    size_t length;
};

struct strategy {
    const char *name;
    bool full; /* carries the whole state: needs no base to be read */
    /* Appends the payload that makes `new_text` of `old_text`, both canonical forms, at a zstd
     * level. NULL for `dict`. */
    int (*encode)(struct strategy_bytes old_text, struct strategy_bytes new_text, int level,
                  struct delta_buf *out, struct delta_err *err);
    /* Appends the new canonical form, of at most `max` bytes; a payload that would make more, or
     * that is damaged, is refused before anything of its size is allocated. */
    int (*decode)(struct strategy_bytes old_text, struct strategy_bytes payload, uint64_t max,
                  struct delta_buf *out, struct delta_err *err);
};

/* The row of a strategy; `auto` has a name only. */
const struct strategy *strategy_row(enum delta_strategy strategy);

/* The strategy of this name, or -1. `auto` is none that a record can have. */
int strategy_named(const char *name, size_t length);

#endif
