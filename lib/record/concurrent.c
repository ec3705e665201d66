/* Two records of one base, side by side. The interface is delta.h's delta_record_concurrent. */
#include "record/edit.h"
#include "record/metadata.h"

#include "base/err.h"
#include "base/hash.h"
#include "diff/diff.h"
#include "merge/merge.h"
#include "patch/apply.h"
#include "patch/invert.h"

static int check_concurrent(const struct delta_record *ours, const struct delta_record *theirs,
                            struct delta_err *err) {
    if (ours->strategy != DELTA_DICT || theirs->strategy != DELTA_DICT)
        return err_set(
            err, DELTA_ERR_USAGE,
            "records with a binary payload or a whole state cannot be merged concurrently");
    if (ours->has_base && theirs->has_base && !delta_digest_equal(ours->base, theirs->base))
        return err_set(err, DELTA_ERR_JOIN, "the two records have different bases");
    if (!record_same_key(ours->key, theirs->key))
        return err_set(err, DELTA_ERR_JOIN, "the keys of the two records differ");
    return 0;
}

/* The patch that does what both records do. What counts by value or in any order is found by
 * comparing states, for which the base is needed. */
static const struct delta_patch *
merge_concurrent(struct delta_arena *arena, const struct delta_value *base,
                 const struct delta_patch *ours, const struct delta_patch *theirs,
                 const struct merge_options *options, struct merge_conflicts *conflicts,
                 struct delta_err *err) {
    static const struct diff_options defaults = {0};
    struct delta_value states[3];
    if (!merge_compares_states(options))
        return merge_patches(arena, base, ours, theirs, options, conflicts, err);
    if (!base)
        return err_null(
            err_set(err, DELTA_ERR_USAGE, "merging by value or ignoring order requires the base"));
    if (apply_patch(arena, base, ours, &states[0], err) ||
        apply_patch(arena, base, theirs, &states[1], err) ||
        merge_values(arena, base, &states[0], &states[1], options, &states[2], conflicts, err))
        return NULL;
    return diff_values(arena, base, &states[2], &defaults, err);
}

/* What is known when the base is: the state that both make, and the reverse patch. */
static int complete_concurrent(struct delta_arena *arena, struct delta_record *record,
                               const struct delta_value *base, bool reversible,
                               struct delta_err *err) {
    struct delta_value state;
    record->has_base = true;
    record->base = delta_value_digest(base);
    if (apply_patch(arena, base, record->patch, &state, err))
        return -1;
    record->has_target = true;
    record->target = delta_value_digest(&state);
    record->original_size = delta_value_size(&state);
    if (!reversible)
        return 0;
    record->reverse = invert_patch(arena, base, record->patch, err);
    return record->reverse ? 0 : -1;
}

const struct delta_record *
delta_record_concurrent(struct delta_arena *arena, const struct delta_record *ours,
                        const struct delta_record *theirs, const struct delta_value *base,
                        const struct delta_merge_options *options,
                        struct delta_conflicts *conflicts, struct delta_err *err) {
    struct merge_options within;
    struct merge_conflicts found = {0};
    struct delta_record *record = arena_alloc(arena, sizeof *record);
    if (!record)
        return err_no_memory(err);
    if (merge_options_compile(arena, options, &within, err))
        return NULL;
    if (check_concurrent(ours, theirs, err))
        return NULL;
    const struct delta_record *left = record_open(arena, ours, base, err);
    const struct delta_record *right = left ? record_open(arena, theirs, base, err) : NULL;
    if (!right)
        return NULL;
    bool first_later =
        ours->has_timestamp && (!theirs->has_timestamp || ours->timestamp > theirs->timestamp);
    *record = (struct delta_record){
        .strategy = DELTA_DICT,
        .has_timestamp = ours->has_timestamp || theirs->has_timestamp,
        .timestamp = first_later ? ours->timestamp : theirs->timestamp,
        .key = ours->key,
        .has_base = ours->has_base || theirs->has_base,
        .base = ours->has_base ? ours->base : theirs->base,
    };
    record->patch = merge_concurrent(arena, base, left->patch, right->patch, &within, &found, err);
    if (!record->patch ||
        metadata_join(arena, ours->metadata, theirs->metadata, &record->metadata, err) ||
        (base && complete_concurrent(arena, record, base, left->reverse && right->reverse, err)))
        return NULL;
    *conflicts = (struct delta_conflicts){found.list, found.count};
    return record;
}
