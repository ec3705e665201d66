#include "history/add.h"

#include "base/err.h"
#include "history/pending.h"
#include "history/predecessor.h"
#include "history/sources.h"
#include "history/state_encoder.h"
#include "history/tip.h"
#include "json/value.h"

/* When pending frames are to be written. An fdatasync took 5.4 ms on ext4 (store_files.c): over
 * 4,096 states that is 1.3 us each, as much as adding a state of 40 bytes takes (1.2 us). The bytes
 * bound the memory where states are large. */
enum { FLUSH_BYTES = 1 << 22, FLUSH_STATES = 4096 };

static int check_tip(const struct delta_value *tip, const struct delta_history_note *note,
                     struct delta_err *err) {
    if (!note->has_expected)
        return 0;
    struct delta_digest now = tip ? delta_value_digest(tip) : (struct delta_digest){0};
    if (delta_digest_equal(now, note->expected))
        return 0;
    char text[DELTA_DIGEST_TEXT];
    delta_digest_format(now, text);
    if (tip)
        return err_set(err, DELTA_ERR_BASE, "unexpected tip: %s", text);
    return err_set(err, DELTA_ERR_BASE, "unexpected tip: the history is empty");
}

/* Holds what the state was made from against what is there. */
static int check_base(struct delta_history *history, const struct delta_value *tip,
                      const struct delta_history_note *note, struct delta_err *err) {
    uint32_t index;
    if (!note->has_base || history->writer.detached ||
        (tip && delta_digest_equal(delta_value_digest(tip), note->base)))
        return 0;
    int found = predecessor_find(history, (struct byte_span){note->source, note->source_length},
                                 note->base, &index, err);
    if (found == 0)
        err_set(err, DELTA_ERR_FORK, "fork: the history does not have the state before this one");
    return found > 0 ? 0 : -1;
}

/* True when nothing that counts differs from the tip: 1, 0, -1. */
static int equals_tip(const struct delta_value *tip, const struct delta_value *value,
                      const struct delta_filter *filter, struct delta_err *err) {
    if (!filter || delta_value_equal(tip, value))
        return delta_value_equal(tip, value);
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return err_memory(err);
    const struct delta_value *counts = delta_filter_apply(arena, filter, tip, value, err);
    int equal = counts ? delta_value_equal(tip, counts) : -1;
    delta_arena_free(arena);
    return equal;
}

static int add(struct delta_history *history, const struct delta_value *value,
               struct delta_arena *arena, const struct delta_history_note *note,
               struct delta_err *err) {
    if (history->writer.broken)
        return err_set(err, DELTA_ERR_USAGE, "an earlier write failed");
    if (history_lock(history, err) < 0)
        return -1;
    if (history->options_damaged && !history->fresh)
        return err_set(err, DELTA_ERR_DAMAGED,
                       "corrupt options at the start of the history: see `delta-chain verify`");
    int added = sources_check(history, value, note, err);
    if (added != DELTA_ADDED)
        return added;
    if (note->has_base && ((!tip_value(history, err) && history->count) ||
                           check_base(history, history->base.value, note, err) < 0))
        return -1;
    struct delta_history_note plain = *note;
    if (!history->writer.detached && sources_is_own(history, note)) {
        plain.source = NULL;
        plain.source_length = 0;
        note = &plain;
    }
    const struct delta_value *tip = tip_value(history, err);
    if ((!tip && history->count) || check_tip(tip, note, err) < 0)
        return -1;
    bool ended = tip_is_ended(history);
    int skip = note->ended && (!tip || ended);
    if (tip && !ended && !note->ended && note->skip_equal &&
        (skip = equals_tip(tip, value, note->filter, err)) < 0)
        return -1;
    if (skip && !history->writer.detached)
        return note->source_length ? sources_note(history, value, note, false, err) : 0;
    if (note->ended && !history->writer.detached)
        value = tip;
    if (history->count >= UINT32_MAX - 1)
        return err_set(err, DELTA_ERR_LIMIT, "the history holds the maximum number of states");
    if (value_check_depth(value, err) < 0 || pending_begin(history, err) < 0)
        return -1;
    if (state_encoder_put(history, tip, value, note, err) < 0 ||
        sources_note(history, value, note, true, err) < 0)
        return -1;
    if (value != tip || arena)
        tip_set_value(history, value, arena);
    pending_count(history, 1);
    return 1;
}

int add_state(struct delta_history *history, const struct delta_value *value,
              struct delta_arena *arena, const struct delta_history_note *note,
              struct delta_err *err) {
    int added = add(history, value, arena, note, err);
    if (added < 0)
        history_failed(history, err);
    return added;
}

int delta_history_add(struct delta_history *history, const struct delta_value *value,
                      const struct delta_history_note *note, struct delta_err *err) {
    return add_state(history, value, NULL, note, err);
}

bool add_at_limit(const struct delta_history *history) {
    const struct delta_history_options *how = &history->options.how;
    return how->on_limit != DELTA_LIMIT_KEYFRAME && how->max_chain_length && history->has_tip &&
           history->tip.head.kind == FRAME_RECORD &&
           history->tip.head.chain >= how->max_chain_length;
}

bool delta_history_wants_flush(const struct delta_history *history) {
    const struct history_writer *writer = &history->writer;
    return writer->pending.length >= FLUSH_BYTES || writer->pending_states >= FLUSH_STATES ||
           (writer->pending_states && (add_at_limit(history) || tip_is_heavy(history)));
}
