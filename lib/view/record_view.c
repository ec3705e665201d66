/* Records in the formats of others, and for people. */
#include "base/err.h"
#include "base/hash.h"
#include "diff/diff.h"
#include "diff/mask.h"
#include "format/json_patch.h"
#include "format/merge_patch.h"
#include "patch/apply.h"
#include "record/record.h"
#include "view/changes.h"
#include "view/stat.h"
#include "view/text.h"
#include "json/writer.h"

/* A record's patch beside its base, as far as they are known. */
struct opened {
    struct delta_arena *scratch;
    const struct delta_value *base;    /* NULL: not known */
    const struct delta_patch *patch;   /* NULL: the state was removed */
    const struct delta_patch *reverse; /* where the base is not known and the record has it */
    bool added;                        /* there was no state before */
};

/* The record carries the new state, or bytes that make it of the base. */
static int open_bytes(struct opened *opened, const struct delta_record *record,
                      struct delta_err *err) {
    const struct diff_options fine = {.fine = true};
    const struct delta_value *new_state = record->value;
    if (!opened->base && !strategy_row(record->strategy)->full)
        return err_set(err, DELTA_ERR_USAGE,
                       "a record with strategy %s requires its base to be shown",
                       strategy_row(record->strategy)->name);
    if (!new_state) /* checks the digests, too */
        new_state = delta_apply(opened->scratch, record, opened->base, NULL, NULL, err);
    if (!new_state)
        return -1;
    opened->patch = opened->base ? diff_values(opened->scratch, opened->base, new_state, &fine, err)
                                 : patch_whole(opened->scratch, new_state, err);
    return opened->patch ? 0 : -1;
}

static int open_patch(struct opened *opened, const struct delta_record *record,
                      struct delta_err *err) {
    struct delta_record bound = *record;
    if (record_is_bound(record)) {
        if (!opened->base)
            return err_set(err, DELTA_ERR_USAGE, "the record requires its base");
        if (record_bind(opened->scratch, &bound, opened->base, err))
            return -1;
    }
    opened->patch = bound.patch;
    opened->reverse = opened->base ? NULL : bound.reverse;
    return 0;
}

/* Close it in any case. */
static int open_record(struct opened *opened, const struct delta_record *record,
                       const struct delta_value *base, struct delta_err *err) {
    *opened = (struct opened){.scratch = delta_arena_new(), .base = base};
    if (!opened->scratch)
        return err_memory(err);
    if (base && record->has_base && !delta_digest_equal(record->base, delta_value_digest(base)))
        return err_set(err, DELTA_ERR_BASE, "the record is for a different base");
    if (record->strategy == DELTA_REMOVED)
        return 0;
    opened->added = strategy_row(record->strategy)->full && !record->has_base && !base;
    return record->strategy == DELTA_DICT ? open_patch(opened, record, err)
                                          : open_bytes(opened, record, err);
}

static void close_record(struct opened *opened) {
    delta_arena_free(opened->scratch);
}

/* ---- For people ---- */

typedef int write_text(const struct delta_value *base, const struct delta_patch *patch,
                       const struct text_options *options, struct delta_buf *buf,
                       struct delta_err *err);

/* Whoever masks what is shown has the base masked too; a record that was masked before keeps its
 * secrets beside any base, which then is not looked at. */
static int mask_opened(struct opened *opened, const struct delta_record *record,
                       const struct delta_filter *filter, struct delta_err *err) {
    if (!filter || !filter->mask.count) {
        if (record->masked)
            opened->base = NULL;
        return 0;
    }
    struct delta_value *base = arena_alloc(opened->scratch, sizeof *base);
    if (!base)
        return err_memory(err);
    if (opened->base) {
        const struct delta_value *bare = opened->base;
        opened->base = base;
        if (!opened->patch)
            return mask_value(opened->scratch, filter, bare, base, err);
        return mask_patch(opened->scratch, filter, bare, opened->patch, base, &opened->patch, err);
    }
    opened->reverse = NULL; /* would show what is to be masked */
    return 0;
}

static int write_for_people(write_text *write, const struct delta_record *record,
                            const struct delta_value *base,
                            const struct delta_text_options *options, struct delta_buf *buf,
                            struct delta_err *err) {
    static const struct delta_text_options defaults = {0};
    const struct delta_text_options *chosen = options ? options : &defaults;
    struct text_options text = {
        .width = chosen->width > chosen->indent ? chosen->width - chosen->indent : chosen->width,
        .color = chosen->color,
        .indent = chosen->indent,
        .changes_only = chosen->changes_only,
        .array_keys = chosen->filter ? &chosen->filter->array_keys : NULL};
    struct opened opened;
    int status = open_record(&opened, record, base, err);
    if (status == 0)
        status = mask_opened(&opened, record, chosen->filter, err);
    text.added = opened.added;
    text.places = record->places;
    text.reverse = opened.reverse;
    if (status == 0)
        status = write(opened.base, opened.patch, &text, buf, err);
    close_record(&opened);
    return status;
}

int delta_text_write(const struct delta_record *record, const struct delta_value *base,
                     const struct delta_text_options *options, struct delta_buf *buf,
                     struct delta_err *err) {
    return write_for_people(text_write, record, base, options, buf, err);
}

int delta_stat_write(const struct delta_record *record, const struct delta_value *base,
                     const struct delta_text_options *options, struct delta_buf *buf,
                     struct delta_err *err) {
    return write_for_people(stat_write, record, base, options, buf, err);
}

int delta_changes_visit(const struct delta_record *record, const struct delta_value *base,
                        const struct delta_filter *filter, delta_change_visitor *visit,
                        void *context, struct delta_err *err) {
    struct changes_options options = {.array_keys = filter ? &filter->array_keys : NULL};
    struct opened opened;
    int status = open_record(&opened, record, base, err);
    if (status == 0)
        status = mask_opened(&opened, record, filter, err);
    options.added = opened.added;
    options.places = record->places;
    options.reverse = opened.reverse;
    if (status == 0)
        status = changes_visit(opened.base, opened.patch, &options, visit, context, err);
    close_record(&opened);
    return status;
}

/* ---- For other programs ---- */

static int check_applies(const struct delta_record *record, const struct delta_value *base,
                         struct delta_err *err) {
    if (record->masked)
        return err_set(err, DELTA_ERR_UNSUPPORTED,
                       "the record is masked: values were left out of it, so it cannot be applied");
    if (!base)
        return err_set(err, DELTA_ERR_USAGE, "the record requires its base");
    if (record->strategy == DELTA_REMOVED)
        return err_set(err, DELTA_ERR_UNSUPPORTED,
                       "the record removes the state, which a patch of this format cannot express");
    return 0;
}

int delta_json_patch_write(const struct delta_record *record, const struct delta_value *base,
                           bool test, struct delta_buf *buf, struct delta_err *err) {
    const struct json_patch_options options = {.test = test};
    struct opened opened;
    if (check_applies(record, base, err))
        return -1;
    int status = open_record(&opened, record, base, err);
    if (status == 0)
        status = json_patch_write(base, opened.patch, &options, buf, err);
    close_record(&opened);
    return status;
}

int delta_merge_patch_write(const struct delta_record *record, const struct delta_value *base,
                            struct delta_buf *buf, struct delta_err *err) {
    struct opened opened;
    struct delta_value new_state, patch;
    if (check_applies(record, base, err))
        return -1;
    int status = open_record(&opened, record, base, err);
    if (status == 0)
        status = apply_patch(opened.scratch, base, opened.patch, &new_state, err);
    if (status == 0)
        status = merge_patch_diff(opened.scratch, base, &new_state, &patch, err);
    if (status == 0) {
        writer_compact(&patch, buf);
        status = buf_check(buf, err);
    }
    close_record(&opened);
    return status;
}
