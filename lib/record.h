/* Records: one delta, serialized, in either spelling (delta-record(5)). */
#ifndef RECORD_H
#define RECORD_H

#include "buf.h"
#include "patch.h"

struct record_payload { /* what a record carries when it is not `patch` */
    const char *bytes;
    size_t length;
};

struct delta_record {
    enum delta_strategy strategy; /* never AUTO */
    bool has_timestamp, has_base, has_target;
    bool masked;              /* some values are left out: it cannot be applied */
    bool bound;               /* packed beside its base: `patch` is NULL until record_bind */
    int64_t timestamp;        /* nanoseconds since 1970 */
    struct delta_digest base; /* of the old state */
    struct delta_digest target;
    uint64_t original_size;   /* bytes of the new canonical form; 0 when unknown */
    uint64_t compressed_size; /* bytes of the payload as carried, or of the canonical patch */
    const struct delta_patch *patch;     /* dict; NULL for the others, or while bound */
    const struct delta_patch *reverse;   /* dict, reversible; else NULL */
    const struct delta_value *value;     /* none: the new state */
    struct record_payload payload;       /* binary, reference, compress; dict while bound */
    const struct delta_value *metadata;  /* an object, or NULL when there is none */
    const struct delta_value *unchanged; /* with --include-unchanged: the object, or NULL */
};

/* Decodes a bound record beside its base, whose digest is checked when the record has it: `patch`
 * (and `reverse`) are set afterwards. Nothing to do for a record that is not bound. */
int record_bind(struct delta_arena *arena, struct delta_record *record,
                const struct delta_value *base, struct delta_err *err);

#endif
