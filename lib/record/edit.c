/* One record changed into another: its time and metadata replaced, or its direction inverted. */
#include "record/edit.h"

#include "base/err.h"
#include "base/hash.h"
#include "record/metadata.h"

const struct delta_record *delta_record_amend(struct delta_arena *arena,
                                              const struct delta_record *record,
                                              const int64_t *timestamp,
                                              const struct delta_value *metadata,
                                              struct delta_err *err) {
    struct delta_record *amended = arena_alloc(arena, sizeof *amended);
    if (!amended)
        return err_no_memory(err);
    *amended = *record;
    if (timestamp) {
        amended->has_timestamp = true;
        amended->timestamp = *timestamp;
    }
    if (metadata_join(arena, record->metadata, metadata, &amended->metadata, err))
        return NULL;
    return amended;
}

struct delta_record *record_open(struct delta_arena *arena, const struct delta_record *record,
                                 const struct delta_value *base, struct delta_err *err) {
    struct delta_record *opened = arena_alloc(arena, sizeof *opened);
    if (!opened)
        return err_no_memory(err);
    *opened = *record;
    if (opened->masked)
        return err_null(
            err_set(err, DELTA_ERR_UNSUPPORTED,
                    "the record is masked: values were left out of it, so it cannot be merged"));
    if (record_is_bound(opened) && !base)
        return err_null(
            err_set(err, DELTA_ERR_USAGE, "the record requires its base: name it with --base"));
    if (base && record->has_base && !delta_digest_equal(record->base, delta_value_digest(base)))
        return err_null(err_set(err, DELTA_ERR_BASE, "the record is for a different base"));
    return base && record_bind(arena, opened, base, err) ? NULL : opened;
}

const struct delta_record *delta_record_invert(struct delta_arena *arena,
                                               const struct delta_record *record,
                                               const struct delta_value *base,
                                               struct delta_err *err) {
    if (!record_is_reversible(record))
        return err_null(err_set(err, DELTA_ERR_UNSUPPORTED,
                                "the record is not reversible: make it with --reversible"));
    struct delta_record *inverse = record_open(arena, record, base, err);
    if (!inverse)
        return NULL;
    *inverse = (struct delta_record){
        .strategy = DELTA_DICT,
        .has_timestamp = record->has_timestamp,
        .timestamp = record->timestamp,
        .key = record->key,
        .has_base = record->has_target,
        .base = record->target,
        .has_target = record->has_base,
        .target = record->base,
        .original_size = base ? delta_value_size(base) : 0,
        .patch = inverse->reverse,
        .reverse = inverse->patch,
        .metadata = record->metadata,
    };
    return inverse;
}
