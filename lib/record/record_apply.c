/* Records applied, and opened beside their base. The interface is delta.h's delta_apply. */
#include "record/record.h"

#include "base/err.h"
#include "base/hash.h"
#include "patch/apply.h"
#include "json/canonical.h"

static const char *short_digest(struct delta_digest digest, char text[DELTA_DIGEST_TEXT]) {
    delta_digest_format(digest, text);
    text[12] = '\0'; /* enough to tell two states apart by eye */
    return text;
}

/* The state at hand is the one the record was made from: its base, or going back its target. */
static int check_base(const struct delta_record *record, const struct delta_value *base,
                      bool reverse, struct delta_err *err) {
    struct delta_digest have = delta_value_digest(base);
    struct delta_digest from = reverse ? record->target : record->base;
    struct delta_digest to = reverse ? record->base : record->target;
    bool has_from = reverse ? record->has_target : record->has_base;
    bool has_to = reverse ? record->has_base : record->has_target;
    if (!has_from || delta_digest_equal(have, from))
        return 0;
    if (has_to && delta_digest_equal(have, to))
        return err_set(err, DELTA_ERR_APPLIED,
                       reverse ? "already reversed: this is the record's base"
                               : "already applied: this is the record's target");
    char wanted[DELTA_DIGEST_TEXT], found[DELTA_DIGEST_TEXT];
    return err_set(err, DELTA_ERR_BASE, "the record is for a different base: expected %s…, got %s…",
                   short_digest(from, wanted), short_digest(have, found));
}

/* Opens one of a record's packed patches; `side` is the state that it leads away from. */
static const struct delta_patch *open_patch(struct delta_arena *arena,
                                            const struct packed_patch *packed,
                                            const struct delta_value *side, uint64_t max,
                                            struct delta_err *err) {
    struct byte_span text = {0};
    struct delta_arena *scratch = NULL;
    const struct delta_patch *patch = NULL;
    if (packed->values.encoding == CHUNK_PREFIXED && !packed->part) {
        scratch = delta_arena_new();
        if (!scratch)
            return err_no_memory(err);
        struct byte_span source = {0};
        source.bytes = arena_text_of(arena, side, &source.length);
        if (canonical_text(source, scratch, side, &text, err))
            goto out;
    }
    patch = packed_patch_open(arena, packed, side, text, max, err);
out:
    delta_arena_free(scratch);
    return patch;
}

int record_bind(struct delta_arena *arena, struct delta_record *record,
                const struct delta_value *base, struct delta_err *err) {
    if (!record_is_bound(record))
        return 0;
    if (check_base(record, base, false, err))
        return -1;
    const struct delta_patch *patch =
        open_patch(arena, &record->forward, base, record_max_size(record, 0), err);
    if (!patch)
        return -1;
    if (record->backward.ops.bytes && !record->reverse) {
        struct delta_value *target = arena_alloc(arena, sizeof *target);
        if (!target)
            return err_memory(err);
        if (apply_patch(arena, base, patch, target, err))
            return -1;
        record->reverse =
            open_patch(arena, &record->backward, target, record_max_size(record, 0), err);
        if (!record->reverse)
            return -1;
    }
    record->patch = patch;
    return 0;
}

static int apply_dict(struct delta_arena *arena, const struct delta_record *record,
                      const struct delta_value *base, bool reverse, uint64_t max,
                      struct delta_value *out, struct delta_err *err) {
    const struct delta_patch *patch = reverse ? record->reverse : record->patch;
    if (!patch)
        patch = open_patch(arena, reverse ? &record->backward : &record->forward, base, max, err);
    return patch ? apply_patch(arena, base, patch, out, err) : -1;
}

/* The text that a payload was made against. A bare patch does not say whether its files end in a
 * newline; one more byte at the end does no harm where they do not. */
static int encode_base(struct delta_arena *arena, const struct delta_record *record,
                       const struct delta_value *base, struct byte_span *text,
                       struct delta_err *err) {
    if (canonical_write(arena, base, text, err))
        return -1;
    bool bare = record->strategy == DELTA_BINARY && !record->has_base && !record->has_target;
    if (bare) {
        char *end = (char *)(uintptr_t)text->bytes + text->length++;
        *end = '\n'; /* in the padding */
    }
    return 0;
}

static int apply_payload(struct delta_arena *arena, const struct delta_record *record,
                         const struct delta_value *base, uint64_t max, struct delta_value *out,
                         struct delta_err *err) {
    const struct strategy *row = strategy_row(record->strategy);
    struct byte_span old_text;
    struct delta_buf text = {0};
    int status = -1;
    struct delta_arena *scratch = delta_arena_new();
    if (!scratch)
        return err_memory(err);
    if (encode_base(scratch, record, row->full ? NULL : base, &old_text, err) ||
        row->decode(old_text, record->payload, max, &text, err))
        goto out;
    struct delta_err inner = {0};
    const struct delta_value *value =
        delta_read(arena, text.data ? text.data : "", text.length, NULL, &inner);
    if (value) {
        *out = *value;
        status = 0;
    } else {
        err_damage(err, &inner, "corrupt record: the result is not valid JSON");
    }
out:
    delta_buf_free(&text);
    delta_arena_free(scratch);
    return status;
}

static int check_use(const struct delta_record *record, const struct delta_value *base,
                     const struct delta_apply_options *options, struct delta_err *err) {
    if (record->masked)
        return err_set(err, DELTA_ERR_UNSUPPORTED,
                       "the record is masked: values were left out of it, so it cannot be applied");
    if (options->reverse && !record_is_reversible(record))
        return err_set(err, DELTA_ERR_UNSUPPORTED,
                       "the record is not reversible: make it with --reversible");
    if (!base && !strategy_row(record->strategy)->full)
        return err_set(err, DELTA_ERR_USAGE, "a record of the strategy %s needs its base",
                       strategy_row(record->strategy)->name);
    if (base && !options->any_base)
        return check_base(record, base, options->reverse, err);
    return 0;
}

const struct delta_value *delta_apply(struct delta_arena *arena, const struct delta_record *record,
                                      const struct delta_value *base,
                                      const struct delta_apply_options *options, bool *as_promised,
                                      struct delta_err *err) {
    static const struct delta_apply_options defaults = {0};
    if (!options)
        options = &defaults;
    uint64_t max = record_max_size(record, options->max_size);
    if (check_use(record, base, options, err))
        return NULL;
    if (record->strategy == DELTA_REMOVED)
        return err_null(err_set(err, DELTA_ERR_REMOVED, "the record removes the state"));
    struct delta_value *out = arena_alloc(arena, sizeof *out);
    if (!out)
        return err_no_memory(err);
    int status = 0;
    if (record->strategy == DELTA_DICT)
        status = apply_dict(arena, record, base, options->reverse, max, out, err);
    else if (record->strategy == DELTA_NONE)
        *out = *record->value;
    else
        status = apply_payload(arena, record, base, max, out, err);
    if (status == 0 && delta_value_size(out) > max)
        status = err_set(err, DELTA_ERR_LIMIT, "the result is larger than --max-size allows");
    if (status)
        return NULL;
    bool has_promise = options->reverse ? record->has_base : record->has_target;
    struct delta_digest promised = options->reverse ? record->base : record->target;
    bool kept = !has_promise || delta_digest_equal(delta_value_digest(out), promised);
    if (as_promised)
        *as_promised = kept;
    if (!kept && !options->any_base)
        return err_null(err_set(err, DELTA_ERR_DAMAGED,
                                "corrupt record: the result does not match the target digest"));
    return out;
}
