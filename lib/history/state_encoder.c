/* How a state gets into a history: as a keyframe, or as a record against the state before it, whose
 * content is compressed beside the last keyframe. Which of them,
 * codec/strategy_choice.c says. */
#include "history/state_encoder.h"

#include "base/err.h"
#include "codec/strategy_choice.h"
#include "diff/diff.h"
#include "history/pending.h"
#include "history/reconstruct.h"
#include "history/state_info.h"
#include "history/tip.h"
#include "patch/patch_pack.h"
#include "json/value.h"

/* One state that is being encoded. */
struct encoding {
    struct delta_arena *arena;
    const struct delta_value *old, *new;
    struct byte_span text, metadata; /* text: of the new state, once it was needed */
    bool keep_all;
    enum delta_strategy strategy;
    struct payload_record record;
};

static int encode_new(struct encoding *in, struct delta_err *err) {
    return in->text.bytes ? 0 : reconstruct_text(in->arena, in->new, &in->text, err);
}

/* The patch as content of the record. */
static int encode_as_patch(struct delta_history *history, struct encoding *in,
                           const struct delta_patch *patch, struct delta_err *err) {
    struct delta_buf packed = {0};
    struct byte_span prefix = {0};
    int status = pack_patch(patch, in->old, &packed, err);
    if (status == 0 && packed.length > CHUNK_WORTH_A_PREFIX)
        status = tip_keyframe_text(history, &prefix, err);
    if (status == 0)
        status = chunk_close(in->arena, (struct byte_span){packed.data, packed.length}, prefix,
                             history_level(history), &in->record.content, err);
    in->record.content.positional = true;
    in->strategy = DELTA_DICT;
    delta_buf_free(&packed);
    return status;
}

/* The state's own text as content. */
static int encode_as_text(struct delta_history *history, struct encoding *in,
                          enum delta_strategy strategy, struct delta_err *err) {
    struct byte_span prefix = {0};
    if (encode_new(in, err) < 0)
        return -1;
    in->strategy = strategy;
    if (strategy == DELTA_NONE) {
        in->record.content = (struct chunk){.encoding = CHUNK_RAW,
                                            .content = in->text.length,
                                            .bytes = in->text.bytes,
                                            .length = in->text.length};
        return 0;
    }
    if (strategy == DELTA_REFERENCE && tip_keyframe_text(history, &prefix, err) < 0)
        return -1;
    return chunk_close(in->arena, in->text, prefix, history_level(history), &in->record.content,
                       err);
}

static int encode_as_binary(struct encoding *in, int level, struct delta_err *err) {
    struct byte_span old_text;
    struct delta_buf made = {0};
    if (encode_new(in, err) < 0 || reconstruct_text(in->arena, in->old, &old_text, err) < 0)
        return -1;
    int status = strategy_row(DELTA_BINARY)->encode(old_text, in->text, level, &made, err);
    char *kept = status == 0 ? arena_copy(in->arena, made.data, made.length) : NULL;
    if (status == 0 && !kept)
        status = err_memory(err);
    in->strategy = DELTA_BINARY;
    in->record.content = (struct chunk){
        .encoding = CHUNK_RAW, .content = made.length, .bytes = kept, .length = made.length};
    delta_buf_free(&made);
    return status;
}

/* Chooses how the record carries the state, and makes it so. */
static int encode(struct delta_history *history, struct encoding *in, struct delta_err *err) {
    enum delta_strategy strategy = history->options.how.strategy;
    struct diff_options options = {0};
    struct patch_counts counts = {0};
    const struct delta_patch *patch = diff_values(in->arena, in->old, in->new, &options, err);
    if (!patch)
        return -1;
    patch_count(patch, &counts);
    in->record.size = delta_value_size(in->new);
    in->record.set = counts.set;
    in->record.removed = counts.removed;
    in->record.metadata = in->metadata;
    switch (strategy) {
    case DELTA_REFERENCE:
    case DELTA_COMPRESS:
    case DELTA_NONE:
        /* An equal state costs nothing but its record. */
        return patch->kind == PATCH_EMPTY ? encode_as_patch(history, in, patch, err)
                                          : encode_as_text(history, in, strategy, err);
    case DELTA_BINARY:
        return patch->kind == PATCH_EMPTY ? encode_as_patch(history, in, patch, err)
                                          : encode_as_binary(in, history_level(history), err);
    default:
        break;
    }
    if (encode_as_patch(history, in, patch, err) < 0)
        return -1;
    const struct chunk dict = in->record.content;
    const struct strategy_sizes sizes = {
        .in_history = true, .state = in->record.size, .patch = dict.length, .least = dict.length};
    if (strategy == DELTA_DICT || !strategy_may_win(DELTA_REFERENCE, &sizes))
        return 0;
    if (encode_as_text(history, in, DELTA_REFERENCE, err) < 0)
        return -1;
    if (in->record.content.length >= dict.length) {
        in->record.content = dict;
        in->strategy = DELTA_DICT;
    }
    return 0;
}

static int put_keyframe(struct delta_history *history, const struct frame_head *record,
                        const struct delta_value *value, struct byte_span metadata,
                        struct delta_err *err) {
    struct history_keyframe made = {.known = true, .index = record->index};
    struct frame_head head = {.kind = FRAME_KEYFRAME,
                              .count = 1,
                              .index = record->index,
                              .time = record->time,
                              .flags = record->flags,
                              .digest = record->digest};
    struct delta_buf payload = {0};
    int level = history->options.how.strategy == DELTA_NONE ? 0 : history_level(history);
    int status = -1;
    made.arena = delta_arena_new();
    if (!made.arena) {
        err_memory(err);
    } else if (reconstruct_text(made.arena, value, &made.text, err) == 0 &&
               payload_put_keyframe(metadata, made.text, level, &payload, err) == 0) {
        made.offset = pending_offset(history);
        status = pending_put(history, &head, &payload, err);
    }
    delta_buf_free(&payload);
    if (status < 0) {
        delta_arena_free(made.arena);
        return -1;
    }
    delta_arena_free(history->base.keyframe.arena);
    history->base.keyframe = made;
    return 0;
}

static int put_record(struct delta_history *history, struct encoding *in,
                      const struct frame_head *like, struct delta_err *err) {
    struct frame_head head = *like;
    struct delta_buf payload = {0};
    const struct history_keyframe *keyframe = &history->base.keyframe;
    uint32_t chain = keyframe->known ? like->index - keyframe->index : 0;
    head.kind = FRAME_RECORD;
    head.strategy = in->strategy;
    head.chain = chain < UINT16_MAX ? (uint16_t)chain : UINT16_MAX;
    head.distance = keyframe->known ? pending_offset(history) - keyframe->offset : 0;
    payload_put_record(&in->record, &payload);
    int status = pending_put(history, &head, &payload, err);
    history->base.keyframe.weight += payload.length;
    delta_buf_free(&payload);
    const struct strategy_chain since = {
        .has_keyframe = keyframe->known,
        .full = in->strategy == DELTA_COMPRESS || in->strategy == DELTA_NONE,
        .keep_all = in->keep_all,
        .records = chain,
        .weight = keyframe->weight,
        .state = in->record.size,
    };
    if (status == 0 && strategy_wants_keyframe(&history->options.how, &since))
        status = put_keyframe(history, like, in->new, in->metadata, err);
    return status;
}

static int put_state(struct delta_history *history, struct encoding *in,
                     const struct delta_history_note *note, struct delta_err *err) {
    struct frame_head head = {.count = 1,
                              .index = history->count,
                              .time = note->time,
                              .digest = delta_value_digest(in->new)};
    const struct state_info kept = {.metadata = note->metadata,
                                    .source = {note->source, note->source_length},
                                    .seq = note->source_length ? note->seq : 0,
                                    .ended = note->ended};
    if (note->ended)
        head.flags = FRAME_ENDED;
    if (state_info_write(in->arena, &kept, &in->metadata, err) < 0)
        return -1;
    if (!in->old)
        return put_keyframe(history, &head, in->new, in->metadata, err);
    if (tip_find_keyframe(history, err) < 0 || encode(history, in, err) < 0)
        return -1;
    return put_record(history, in, &head, err);
}

int state_encoder_put(struct delta_history *history, const struct delta_value *old,
                      const struct delta_value *new, const struct delta_history_note *note,
                      struct delta_err *err) {
    struct encoding in = {
        .arena = delta_arena_new(), .old = old, .new = new, .keep_all = note->keep_all};
    if (!in.arena)
        return err_memory(err);
    int status = put_state(history, &in, note, err);
    delta_arena_free(in.arena);
    return status;
}
