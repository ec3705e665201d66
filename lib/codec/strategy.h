/* The strategies as a table: how a record carries the new state. Bytes only; `dict`, whose payload
 * is a patch, has its name here and its bytes in record/packed_patch.h. */
#ifndef CODEC_STRATEGY_H
#define CODEC_STRATEGY_H

#include "base/buf.h"
#include "delta.h"

enum { STRATEGY_LEVEL = 9 }; /* zstd, where none is named */

struct strategy {
    const char *name;
    bool full; /* carries the whole state: needs no base to be read */
    /* Appends the payload that makes `new_text` of `old_text`, both canonical forms, at a zstd
     * level. NULL for `dict` and `removed`. */
    int (*encode)(struct byte_span old_text, struct byte_span new_text, int level,
                  struct delta_buf *out, struct delta_err *err);
    /* Appends the new canonical form, of at most `max` bytes; a payload that would make more, or
     * that is damaged, is refused before anything of its size is allocated. */
    int (*decode)(struct byte_span old_text, struct byte_span payload, uint64_t max,
                  struct delta_buf *out, struct delta_err *err);
};

/* The row of a strategy; `auto` has a name only. */
const struct strategy *strategy_row(enum delta_strategy strategy);

/* The strategy of this name, or -1. `auto` is none that a record can have. */
int strategy_named(const char *name, size_t length);

#endif
