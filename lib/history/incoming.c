#include "history/incoming.h"

#include "base/err.h"
#include "history/flush.h"
#include "history/predecessor.h"
#include "history/tip.h"

void incoming_begin(struct incoming *in) {
    struct delta_record_info info;
    delta_record_info(in->record, &info);
    in->note.metadata = info.metadata;
    in->note.ended = info.strategy == DELTA_REMOVED;
    if (info.has_timestamp)
        in->note.time = info.timestamp;
    if (info.source) {
        in->note.source = delta_value_text(info.source, &in->note.source_length);
        in->note.seq = info.seq;
    }
}

/* The state that the record leads away from, which is not the tip: 1; 0 where there is none, -1. */
static int find_base(struct incoming *in, struct delta_history *history, struct delta_digest digest,
                     const struct delta_value **base, struct delta_err *err) {
    struct byte_span source = {in->note.source, in->note.source_length};
    uint32_t index;
    if (flush_pending(history, err) < 0)
        return -1;
    int found = predecessor_find(history, source, digest, &index, err);
    if (found > 0 && index != DELTA_NO_STATE &&
        !(*base = delta_history_get(history, in->arena, index, err)))
        return -1;
    return found;
}

/* Adds a state that shares with the tip, whose memory is kept then. */
static int add_sharing(struct incoming *in, struct delta_history *history,
                       const struct delta_value *state, struct delta_err *err) {
    struct history_base *base = &history->base;
    const struct delta_value *tip = base->value;
    in->shared[0] = base->arena;
    in->shared[1] = base->text_arena;
    base->arena = base->text_arena = NULL;
    int added = delta_history_add(history, state, &in->note, err);
    if (base->value == tip && tip && state != tip) {
        base->arena = in->shared[0];
        base->text_arena = in->shared[1];
        in->shared[0] = in->shared[1] = NULL;
    }
    return added;
}

int incoming_add(struct incoming *in, struct delta_history *history, struct delta_err *err) {
    const struct delta_apply_options apply = {.max_size = history->max_size};
    struct delta_record_info info;
    struct delta_err why = {0};
    delta_record_info(in->record, &info);
    int verdict =
        delta_history_judge(history, &in->note, info.has_target ? &info.target : NULL, err);
    if (verdict != DELTA_ADDED)
        return verdict;
    const struct delta_value *base = tip_value(history, err);
    if (!base && history->count)
        return -1;
    if (info.has_base && in->note.source_length &&
        !(base && delta_digest_equal(delta_value_digest(base), info.base)) &&
        find_base(in, history, info.base, &base, err) < 0)
        return -1;
    if (!base && info.has_base)
        return err_set(err, DELTA_ERR_BASE,
                       "the record is for a different base: the history has no state yet");
    if (in->note.ended && !info.has_base)
        return delta_history_add(history, NULL, &in->note, err);
    const struct delta_value *state = delta_apply(in->arena, in->record, base, &apply, NULL, &why);
    if (in->note.ended && why.code == DELTA_ERR_REMOVED)
        return delta_history_add(history, NULL, &in->note, err);
    if (!state) {
        if (err && err->code == DELTA_OK)
            *err = why;
        return -1;
    }
    return add_sharing(in, history, state, err);
}

void incoming_end(struct incoming *in) {
    delta_arena_free(in->shared[0]);
    delta_arena_free(in->shared[1]);
    in->shared[0] = in->shared[1] = NULL;
}
