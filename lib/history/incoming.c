#include "history/incoming.h"

#include "base/err.h"
#include "history/add.h"
#include "history/predecessor.h"
#include "history/tip.h"

void incoming_note(const struct delta_record *record, struct delta_history_note *note) {
    struct delta_record_info info;
    delta_record_info(record, &info);
    note->metadata = info.metadata;
    note->ended = info.strategy == DELTA_REMOVED;
    if (info.has_timestamp)
        note->time = info.timestamp;
    if (info.source) {
        note->source = delta_value_text(info.source, &note->source_length);
        note->seq = info.seq;
    }
}

/* Finds the state, in `arena`, that a record with a position leads away from when that is not the
 * tip. Where there is none `*base` is the tip, read anew if a flush freed it: it does not fit the
 * record, which says so. */
static int find_base(struct delta_history *history, struct delta_arena *arena,
                     const struct delta_history_note *note, struct delta_digest digest,
                     const struct delta_value **base, struct delta_err *err) {
    struct byte_span source = {note->source, note->source_length};
    uint32_t index;
    int found = predecessor_find(history, source, digest, &index, err);
    if (found < 0)
        return history_failed(history, err);
    if (found > 0 && index != DELTA_NO_STATE) {
        *base = delta_history_get(history, arena, index, err);
        return *base ? 0 : -1;
    }
    *base = tip_value(history, err);
    return *base || !history->count ? 0 : history_failed(history, err);
}

int incoming_add(struct delta_history *history, struct delta_arena *arena,
                 const struct delta_record *record, const struct delta_history_note *note,
                 struct delta_err *err) {
    const struct delta_apply_options apply = {.max_size = history->max_size};
    struct delta_record_info info;
    struct delta_err why = {0};
    delta_record_info(record, &info);
    int verdict = delta_history_judge(history, note, info.has_target ? &info.target : NULL, err);
    if (verdict != DELTA_ADDED)
        return verdict;
    const struct delta_value *base = tip_value(history, err);
    if (!base && history->count)
        return history_failed(history, err);
    if (info.has_base && note->source_length &&
        !(base && delta_digest_equal(delta_value_digest(base), info.base)) &&
        find_base(history, arena, note, info.base, &base, err) < 0)
        return -1;
    if (!base && info.has_base)
        return err_set(err, DELTA_ERR_BASE,
                       "the record is for a different base: the history has no state yet");
    if (note->ended && !info.has_base)
        return add_state(history, NULL, arena, note, err);
    const struct delta_value *state = delta_apply(arena, record, base, &apply, NULL, &why);
    if (note->ended && why.code == DELTA_ERR_REMOVED)
        return add_state(history, NULL, arena, note, err);
    if (!state) {
        if (err && err->code == DELTA_OK)
            *err = why;
        return -1;
    }
    return add_state(history, state, arena, note, err);
}

int delta_history_add_record(struct delta_history *history, struct delta_arena *arena,
                             const struct delta_record *record,
                             const struct delta_history_note *note, struct delta_digest *tip,
                             struct delta_err *err) {
    struct delta_history_note complete = *note;
    incoming_note(record, &complete);
    if (history->fd >= 0) {
        if (history_lock(history, err) < 0)
            return history_failed(history, err);
    } else if (!complete.has_expected) {
        /* A file that is missing is made for the first state, not for a record that makes none. */
        complete.has_expected = true;
        complete.expected = (struct delta_digest){0};
    }
    int added = incoming_add(history, arena, record, &complete, err);
    if (added >= 0)
        *tip = history->has_tip ? history->tip.head.digest : (struct delta_digest){0};
    return added;
}
