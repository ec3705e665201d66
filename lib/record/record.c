#include "record/record.h"

#include "base/err.h"

#include <string.h>

uint64_t record_payload_size(const struct delta_record *record, bool packed) {
    switch (record->strategy) {
    case DELTA_NONE:
        return delta_value_size(record->value);
    case DELTA_REMOVED:
        return 0;
    case DELTA_DICT:
        return packed || !record->patch ? packed_patch_length(&record->forward)
                                        : patch_size(record->patch);
    default:
        return record->payload.length;
    }
}

bool record_same_key(const struct delta_value *a, const struct delta_value *b) {
    return a && b ? delta_value_equal(a, b) : a == b;
}

void delta_record_info(const struct delta_record *record, struct delta_record_info *info) {
    struct patch_counts counts = {0};
    if (record->patch)
        patch_count(record->patch, &counts);
    *info = (struct delta_record_info){
        .strategy = record->strategy,
        .has_timestamp = record->has_timestamp,
        .has_base = record->has_base,
        .has_target = record->has_target,
        .requires_base = record_is_bound(record),
        .masked = record->masked,
        .reversible = record_is_reversible(record),
        .timestamp = record->timestamp,
        .key = record->key,
        .source = record->source,
        .seq = record->seq,
        .base = record->base,
        .target = record->target,
        .original_size = record->original_size,
        .compressed_size = record_payload_size(record, record->forward.ops.bytes != NULL),
        .set = counts.set,
        .removed = counts.removed,
        .other = counts.other,
        .metadata = record->metadata,
    };
    memcpy(info->tried, record->tried, sizeof info->tried);
    if (record->strategy == DELTA_DICT && !info->tried[DELTA_DICT])
        info->tried[DELTA_DICT] = info->compressed_size;
}

const char *delta_record_payload(const struct delta_record *record, size_t *length) {
    *length = record->payload.length;
    return record->payload.bytes;
}

const struct delta_record *delta_record_of_bsdiff(struct delta_arena *arena, const char *patch,
                                                  size_t length, struct delta_err *err) {
    struct delta_record *record = arena_alloc(arena, sizeof *record);
    if (!record)
        return err_no_memory(err);
    *record = (struct delta_record){.strategy = DELTA_BINARY, .payload = {patch, length}};
    return record;
}
