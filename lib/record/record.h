/* Records: one delta with all that is known about it. Its two formats are in record_json.h and
 * record_packed.h. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "codec/strategy.h"
#include "patch/patch.h"
#include "record/packed_patch.h"

/* Bytes of a result, where no less is given. */
#define RECORD_MAX_SIZE ((uint64_t)DELTA_MAX_STATE)

/* What a record knows, in memory. A patch is `patch`, or `forward` as it was read from a packed
 * record, or both: it is then what packing the patch gave, at `level`. One that is bound is opened
 * by record_bind. */
struct delta_record {
    enum delta_strategy strategy; /* never DELTA_AUTO */
    bool has_timestamp, has_base, has_target;
    bool masked;
    int64_t timestamp;
    const struct delta_value *key;    /* a string, or NULL */
    const struct delta_value *source; /* a string that is not empty; NULL: no position */
    uint64_t seq;
    struct delta_digest base, target;
    uint64_t original_size;
    const struct delta_patch *patch;       /* dict; NULL while it is bound */
    const struct delta_patch *reverse;     /* dict, reversible; NULL while it is bound */
    struct packed_patch forward, backward; /* dict: packed patches, or nothing */
    int level;                             /* of those; 0 when they were read */
    const struct delta_value *value;       /* none: the new state */
    struct byte_span payload;              /* binary, reference, compress */
    const struct delta_value *metadata;    /* an object, or NULL when there is none */
    const struct delta_value *unchanged;   /* with --include-unchanged: the object, or NULL */
    const struct delta_places *places;     /* where elements are shown to be, or NULL */
    uint64_t max_size;                     /* bytes of what is unpacked of it and of its results, as
                                              it was read; 0: RECORD_MAX_SIZE */
    uint64_t tried[DELTA_NONE + 1];        /* by strategy: bytes of the payload when it was tried in
                                              making this record, else 0 */
};

/* The bytes that may be unpacked of a record, and that a result of it may have, where `wanted` are
 * asked for; 0: as many as when it was read. */
static inline uint64_t record_max_size(const struct delta_record *record, uint64_t wanted) {
    uint64_t most = record->max_size ? record->max_size : RECORD_MAX_SIZE;
    return wanted && wanted < most ? wanted : most;
}

/* True when the patch cannot be seen without its base. */
static inline bool record_is_bound(const struct delta_record *record) {
    return record->strategy == DELTA_DICT && !record->patch;
}

static inline bool record_is_reversible(const struct delta_record *record) {
    return record->reverse || record->backward.ops.bytes;
}

/* Opens the patches of a record that requires its base: the forward one, and the reverse one where
 * there is one. The base's digest is checked when the record has it. The patches are in the arena.
 */
int record_bind(struct delta_arena *arena, struct delta_record *record,
                const struct delta_value *base, struct delta_err *err);

/* Bytes of the payload: of the packed patch or payload where it is carried so, else of the
 * canonical patch or state. */
uint64_t record_payload_size(const struct delta_record *record, bool packed);

/* True when both keys are NULL, or equal. */
bool record_same_key(const struct delta_value *a, const struct delta_value *b);

#endif
