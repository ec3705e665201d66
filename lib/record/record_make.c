/* Records made of two states, or of changes that the caller knows. The interface is delta.h's
 * delta_diff, delta_diff_files and delta_record_from_changes. */
#include "record/record.h"

#include "base/err.h"
#include "codec/strategy_choice.h"
#include "codec/zstd_prefix.h"
#include "diff/diff.h"
#include "diff/estimate.h"
#include "diff/mask.h"
#include "patch/invert.h"
#include "record/prefix.h"
#include "record/state.h"

#include "json/canonical.h"
#include "json/member_index.h"
#include <string.h>

/* Where the canonical form of the base is not at hand, it is begun ahead if more than such a part
 * of the base differs: two versions of caniuse then take 53 ms in place of 70. */
enum { TEXT_SHARE = 1024 };

/* Two states and what making a record of them needs; texts are written when first asked for. */
struct making {
    struct delta_arena *arena;   /* of the record */
    struct delta_arena *scratch; /* of what the record does not keep */
    const struct delta_value *old_state, *new_state;
    struct ahead *ahead; /* what was begun before the states were read, or NULL */
    const struct delta_diff_options *options;
    struct byte_span old_text, new_text;
    struct prefix *prefix; /* of the old state, where a patch is to be packed beside it */
    struct delta_record *record;
    struct delta_err *err;
};

static int encode_once(struct making *making, const struct delta_value *value,
                       struct byte_span *text) {
    if (text->bytes)
        return 0;
    struct byte_span source = {0};
    source.bytes = arena_text_of(making->arena, value, &source.length);
    return canonical_text(source, making->scratch, value, text, making->err);
}

static int level_of(const struct delta_diff_options *options) {
    return options->level ? options->level : STRATEGY_LEVEL;
}

/* The members that both have alike, as an object. */
static int note_unchanged(struct making *making) {
    const struct delta_value *a = making->old_state;
    const struct delta_value *b = making->new_state;
    if (a->type != DELTA_OBJECT || b->type != DELTA_OBJECT)
        return 0;
    struct value_object *same = value_object_open(making->arena, b->length);
    struct delta_value *object = arena_alloc(making->arena, sizeof *object);
    if (!same || !object)
        return err_memory(making->err);
    struct member_index in_a;
    if (member_index_open(&in_a, a, making->err))
        return -1;
    uint32_t count = 0;
    for (uint32_t i = 0; i < b->length; i++) {
        const struct value_member *member = &value_members(b)[i];
        const struct value_member *old = member_index_find(&in_a, member->key);
        if (old && value_same(&old->value, &member->value))
            same->members[count++] = *member;
    }
    member_index_close(&in_a);
    making->record->unchanged = object;
    return value_object_close(same, count, object, making->err);
}

static int make_patch(struct making *making) {
    const struct delta_filter *filter = making->options->filter;
    struct diff_options options = {.shallow = making->options->shallow,
                                   /* Which form is smaller would tell the length of what is
                                    * masked; and `[m=v]` masks what either state selects, which
                                    * takes pairs. */
                                   .fine = making->options->elementwise || making->record->masked,
                                   .array_keys = filter ? &filter->array_keys : NULL,
                                   .places = making->options->places};
    struct delta_record *record = making->record;
    record->strategy = DELTA_DICT;
    record->patch =
        diff_values(making->arena, making->old_state, making->new_state, &options, making->err);
    if (!record->patch)
        return -1;
    if (record->masked) {
        struct delta_value masked_base; /* only what is shown beside the patch */
        return mask_patch(making->arena, filter, making->old_state, record->patch, &masked_base,
                          &record->patch, making->err);
    }
    if (making->options->reversible) {
        record->reverse =
            invert_patch(making->arena, making->old_state, record->patch, making->err);
        if (!record->reverse)
            return -1;
    }
    return 0;
}

static bool is_masked(const struct delta_diff_options *options) {
    return options->filter && options->filter->mask.count;
}

/* A masked record never requires its base, which its readers may not have. */
static bool is_standalone(const struct delta_diff_options *options) {
    return options->standalone || is_masked(options);
}

/* Packs the record's patches as they will be written. */
static int pack_patches(struct making *making) {
    struct delta_record *record = making->record;
    bool bound = !is_standalone(making->options);
    record->level = level_of(making->options);
    if (packed_patch_close(making->arena, record->patch, bound ? making->old_state : NULL,
                           making->prefix, record->level, &record->forward, making->err))
        return -1;
    record->tried[DELTA_DICT] = packed_patch_length(&record->forward);
    if (!record->reverse)
        return 0;
    struct prefix *prefix = NULL;
    if (bound && !(prefix = prefix_new(making->arena, making->new_state, record->level)))
        return err_memory(making->err);
    int status =
        packed_patch_close(making->arena, record->reverse, bound ? making->new_state : NULL, prefix,
                           record->level, &record->backward, making->err);
    prefix_free(prefix);
    return status;
}

/* The payload of a strategy of bytes: what was made ahead, or beside the prefix that the patch has
 * had, or from the two texts. The bytes are the same. */
static int encode(struct making *making, enum delta_strategy strategy, struct delta_buf *payload) {
    const struct strategy *row = strategy_row(strategy);
    struct ahead *ahead = making->ahead;
    int level = level_of(making->options);
    if (encode_once(making, making->new_state, &making->new_text))
        return -1;
    if (strategy == DELTA_REFERENCE && making->prefix &&
        making->new_text.length <= ZSTD_PREFIX_SMALL) {
        const struct zstd_prefix_index *index =
            prefix_wait(making->prefix, &making->old_text, making->err);
        return index
                   ? zstd_prefix_compress_indexed(making->new_text.bytes, making->new_text.length,
                                                  index, ZSTD_PREFIX_CHECKSUM, payload, making->err)
                   : -1;
    }
    if (!row->full && encode_once(making, making->old_state, &making->old_text))
        return -1;
    if (ahead && ahead_take(ahead, strategy, level, making->old_text, making->new_text, payload))
        return 0;
    return row->encode(making->old_text, making->new_text, level, payload, making->err);
}

/* Encodes the new state by a strategy of bytes; the payload is kept if it is smaller than `most`.
 */
static int make_payload(struct making *making, enum delta_strategy strategy, uint64_t most) {
    struct delta_record *record = making->record;
    if (strategy == DELTA_NONE) {
        record->tried[DELTA_NONE] = delta_value_size(making->new_state);
        if (record->tried[DELTA_NONE] < most) {
            record->strategy = DELTA_NONE;
            record->value = making->new_state;
        }
        return 0;
    }
    struct delta_buf payload = {0};
    int status = encode(making, strategy, &payload);
    record->tried[strategy] = payload.length;
    if (status == 0 && payload.length < most) {
        record->payload.bytes = arena_copy(making->arena, payload.data, payload.length);
        record->payload.length = payload.length;
        record->strategy = strategy;
        if (!record->payload.bytes)
            status = err_memory(making->err);
    }
    delta_buf_free(&payload);
    return status;
}

/* The strategy `auto` between two states: the patch, or what is smaller. */
static int choose(struct making *making) {
    static const enum delta_strategy others[] = {DELTA_NONE, DELTA_REFERENCE, DELTA_COMPRESS};
    struct delta_record *record = making->record;
    if (make_patch(making))
        return -1;
    if (!making->options->packed)
        return 0;
    if (pack_patches(making))
        return -1;
    uint64_t length = packed_patch_length(&record->forward);
    struct strategy_sizes sizes = {
        .state = delta_value_size(making->new_state),
        .patch = length,
        /* The others' payloads have their length before them. */
        .least = packed_patch_size(&record->forward) - varint_size(length),
    };
    for (size_t i = 0; i < sizeof others / sizeof *others && record->patch != &patch_empty; i++) {
        if (is_standalone(making->options) && others[i] == DELTA_REFERENCE)
            continue;
        if (!strategy_may_win(others[i], &sizes))
            continue;
        if (make_payload(making, others[i], sizes.least))
            return -1;
        if (record->tried[others[i]] < sizes.least)
            sizes.least = record->tried[others[i]];
        sizes.reference = record->tried[DELTA_REFERENCE];
    }
    return 0;
}

/* Masks what is in the record beside its patch: the members that did not change, and the state of a
 * full record. Digests and the size of the state would let a reader test guesses at the values. */
static int mask_record(struct making *making) {
    struct delta_record *record = making->record;
    const struct delta_filter *filter = making->options->filter;
    record->masked = true;
    record->has_base = record->has_target = false;
    record->base = record->target = (struct delta_digest){0};
    record->original_size = 0;
    if (record->unchanged) {
        struct delta_value *unchanged = arena_alloc(making->arena, sizeof *unchanged);
        if (!unchanged)
            return err_memory(making->err);
        if (mask_value(making->arena, filter, record->unchanged, unchanged, making->err))
            return -1;
        /* Where the root itself is masked there are no members to report. */
        record->unchanged = unchanged->type == DELTA_OBJECT ? unchanged : NULL;
    }
    if (making->old_state)
        return 0;
    const struct delta_value *new_state = making->new_state;
    struct delta_value *state = arena_alloc(making->arena, sizeof *state);
    if (!state)
        return err_memory(making->err);
    making->new_state = state;
    return mask_value(making->arena, filter, new_state, state, making->err);
}

static int check_info(const struct delta_diff_options *options, struct delta_err *err) {
    if (options->metadata && options->metadata->type != DELTA_OBJECT)
        return err_set(err, DELTA_ERR_USAGE, "metadata must be an object");
    if (options->key && options->key->type != DELTA_STRING)
        return err_set(err, DELTA_ERR_USAGE, "the key must be a string");
    if (options->source && (options->source->type != DELTA_STRING || !options->source->length))
        return err_set(err, DELTA_ERR_USAGE, "the source must be a string, not empty");
    return 0;
}

/* A record of what the options say about it, and nothing else yet. */
static struct delta_record with_info(const struct delta_diff_options *options) {
    return (struct delta_record){
        .has_timestamp = options->has_timestamp,
        .timestamp = options->timestamp,
        .key = options->key,
        .places = options->places,
        .source = options->source,
        .seq = options->source ? options->seq : 0,
        .metadata = options->metadata && options->metadata->length ? options->metadata : NULL,
    };
}

static int check_options(const struct making *making) {
    const struct delta_diff_options *options = making->options;
    enum delta_strategy strategy = options->strategy;
    if (!making->old_state && !making->new_state)
        return err_set(making->err, DELTA_ERR_USAGE, "no state is given");
    if (is_masked(options) && options->reversible)
        return err_set(making->err, DELTA_ERR_USAGE,
                       "masked records cannot be applied or reversed");
    if (is_masked(options) && making->old_state && strategy != DELTA_AUTO && strategy != DELTA_DICT)
        return err_set(making->err, DELTA_ERR_USAGE,
                       "masked records need the strategy dict: %s carries the values",
                       strategy_row(strategy)->name);
    if (options->reversible && strategy != DELTA_AUTO && strategy != DELTA_DICT)
        return err_set(making->err, DELTA_ERR_USAGE,
                       "reversible records need the strategy dict, not %s",
                       strategy_row(strategy)->name);
    if (!making->old_state && strategy != DELTA_AUTO && !strategy_row(strategy)->full)
        return err_set(making->err, DELTA_ERR_USAGE, "the strategy %s needs an old state",
                       strategy_row(strategy)->name);
    if (options->level < 0 || options->level > 22)
        return err_set(making->err, DELTA_ERR_USAGE, "the level must be from 1 to 22");
    return check_info(options, making->err);
}

/* A record that leads to no state. As every masked record it then carries no digest. */
static void make_removed(struct making *making) {
    struct delta_record *record = making->record;
    *record = with_info(making->options);
    record->strategy = DELTA_REMOVED;
    record->masked = is_masked(making->options);
    record->has_base = !record->masked;
    if (record->has_base)
        record->base = delta_value_digest(making->old_state);
}

/* Whether the canonical form of the base will be needed. The text that the base was read from
 * serves for excerpts, if it is likely canonical. */
static bool needs_base_text(const struct making *making) {
    struct byte_span text;
    uint64_t share = prefix_guess(making->prefix, &text) ? PACKED_PATCH_SHARE : TEXT_SHARE;
    return estimate_exceeds(making->old_state, making->new_state,
                            delta_value_size(making->old_state) / share);
}

static int make(struct making *making) {
    const struct delta_diff_options *options = making->options;
    struct delta_record *record = making->record;
    if (!making->new_state) {
        make_removed(making);
        return 0;
    }
    *record = with_info(options);
    record->has_base = making->old_state != NULL;
    record->has_target = true;
    record->target = delta_value_digest(making->new_state);
    record->original_size = delta_value_size(making->new_state);
    if (making->old_state)
        record->base = delta_value_digest(making->old_state);
    if (making->old_state && options->include_unchanged && note_unchanged(making))
        return -1;
    if (is_masked(options) && mask_record(making))
        return -1;
    if (!making->old_state && options->strategy == DELTA_AUTO)
        return make_payload(making, options->packed ? DELTA_COMPRESS : DELTA_NONE, UINT64_MAX);
    if (options->packed && !is_standalone(options) && options->strategy <= DELTA_DICT) {
        making->prefix = prefix_new(making->arena, making->old_state, level_of(options));
        if (!making->prefix)
            return err_memory(making->err);
        if (prefix_is_worth_a_thread(making->prefix) && needs_base_text(making))
            prefix_begin(making->prefix);
    }
    if (options->strategy == DELTA_AUTO && !options->reversible && !record->masked)
        return choose(making);
    if (options->strategy == DELTA_AUTO || options->strategy == DELTA_DICT)
        return make_patch(making) || (options->packed && pack_patches(making)) ? -1 : 0;
    return make_payload(making, options->strategy, UINT64_MAX);
}

static const struct delta_record *make_record(struct delta_arena *arena,
                                              const struct delta_value *old_state,
                                              const struct delta_value *new_state,
                                              const struct delta_diff_options *options,
                                              struct ahead *ahead, struct delta_err *err) {
    static const struct delta_diff_options defaults = {0};
    struct making making = {.arena = arena,
                            .scratch = delta_arena_new(),
                            .old_state = old_state,
                            .new_state = new_state,
                            .options = options ? options : &defaults,
                            .ahead = ahead,
                            .record = arena_alloc(arena, sizeof *making.record),
                            .err = err};
    int status;
    if (!making.scratch || !making.record)
        status = err_memory(err);
    else
        status = check_options(&making) || make(&making) ? -1 : 0;
    prefix_free(making.prefix);
    delta_arena_free(making.scratch);
    return status == 0 ? making.record : NULL;
}

const struct delta_record *delta_diff(struct delta_arena *arena,
                                      const struct delta_value *old_state,
                                      const struct delta_value *new_state,
                                      const struct delta_diff_options *options,
                                      struct delta_err *err) {
    return make_record(arena, old_state, new_state, options, NULL, err);
}

const struct delta_record *delta_diff_files(struct delta_arena *arena, const char *first,
                                            const char *second,
                                            const struct delta_diff_options *options,
                                            const struct delta_value *states[2],
                                            struct delta_err *err) {
    struct ahead *ahead = options ? ahead_new(options) : NULL;
    struct delta_diff_options own = options ? *options : (struct delta_diff_options){0};
    const struct delta_record *record = NULL;
    if (state_read_pair(arena, first, second, ahead, VALUE_HASH | VALUE_DIGEST, states, err) == 0) {
        if (own.filter)
            states[1] =
                delta_filter_place(arena, own.filter, states[0], states[1], &own.places, err);
        if (states[1])
            record = make_record(arena, states[0], states[1], &own, ahead, err);
    }
    ahead_free(ahead);
    return record;
}

const struct delta_record *delta_record_from_changes(struct delta_arena *arena,
                                                     const struct delta_value *changes,
                                                     const struct delta_value *removed_keys,
                                                     const struct delta_diff_options *options,
                                                     struct delta_err *err) {
    static const struct delta_diff_options defaults = {0};
    const struct delta_member members[] = {
        {"changes", strlen("changes"), changes},
        {"removed_keys", strlen("removed_keys"), removed_keys},
    };
    struct delta_record *record = arena_alloc(arena, sizeof *record);
    const struct delta_value *object = delta_value_object(arena, members, 2, err);
    options = options ? options : &defaults;
    if (!record)
        err_memory(err);
    if (!record || !object || check_info(options, err))
        return NULL;
    *record = with_info(options);
    record->strategy = DELTA_DICT;
    record->patch = patch_from_value(arena, object, err);
    if (!record->patch && err && err->code == DELTA_ERR_DAMAGED)
        err->code = DELTA_ERR_USAGE; /* it is the caller's, not something that was read */
    return record->patch ? record : NULL;
}
