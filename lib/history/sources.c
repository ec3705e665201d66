#include "history/sources.h"

#include "base/err.h"
#include "history/flush.h"
#include "history/iterator.h"

#include <string.h>

/* Reads the FRAME_POSITIONS of the file, all of which count: each holds only the sources that were
 * known when it was written. One that is damaged is left out. O(frames). */
static int load_highest(struct delta_history *history, struct delta_err *err) {
    struct scan_frame frame;
    uint64_t end = history->tail.end;
    int found;
    while ((found = scan_live_before(&history->scan, end, &frame, err)) > 0) {
        struct delta_err why = {0};
        end = frame.offset;
        if (frame.head.kind != FRAME_POSITIONS)
            continue;
        const unsigned char *payload = scan_payload(&history->scan, &frame, &why);
        if (!payload && why.code != DELTA_ERR_DAMAGED) {
            if (err)
                *err = why;
            return -1;
        }
        if (payload &&
            positions_get(&history->positions, payload, (size_t)frame.head.payload_length, err) < 0)
            return -1;
    }
    return found;
}

/* True if a position is above the highest of its source, as far as the last state shows, which is
 * all that is read: 1, 0, -1. O(1). */
static int is_above(struct delta_history *history, struct byte_span source, uint64_t seq,
                    struct delta_err *err) {
    struct delta_history_entry entry;
    struct delta_err why = {0};
    if (positions_is_above(&history->positions, source, seq))
        return 1;
    /* States that were skipped, and what is pending, may be above the last one. */
    if (!history->has_tip || history->tail.last.offset != history->tip.offset ||
        history->writer.pending.length || history->positions.dirty)
        return 0;
    uint32_t last = history->count - 1;
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(history, last, last, false, err);
    int status = !iterator ? -1 : delta_history_iterator_next(iterator, &entry, &why) > 0;
    if (status > 0)
        status = entry.source && entry.source_length == source.length &&
                 memcmp(entry.source, source.bytes, source.length) == 0;
    if (status > 0) {
        struct position_state state = {.seq = entry.seq};
        if (!entry.ended)
            state.digest = entry.digest;
        status = positions_note(&history->positions, source, state, false, err);
        positions_be_sure(&history->positions, source);
        if (status == 0)
            status = positions_is_above(&history->positions, source, seq);
    }
    delta_history_iterator_free(iterator);
    return status;
}

static int note_entry(void *context, const struct delta_history_entry *entry,
                      struct delta_err *err) {
    struct delta_history *history = context;
    struct position_state state = {.seq = entry->source ? entry->seq : entry->serial};
    struct byte_span source = {entry->source, entry->source_length};
    if (!entry->source)
        source = (struct byte_span){history->source, strlen(history->source)};
    if (!entry->ended)
        state.digest = entry->digest;
    return positions_note(&history->positions, source, state, true, err) < 0 ? -1 : 0;
}

int sources_load(struct delta_history *history, struct delta_err *err) {
    if (history->positions.complete)
        return 0;
    if (history->fresh) {
        history->positions.complete = true;
        return 0;
    }
    positions_free(&history->positions);
    if (load_highest(history, err) < 0 || iterator_visit(history, note_entry, history, err) < 0)
        return -1;
    history->positions.complete = true;
    return 0;
}

/* Finds out what there is to know of a position; only that it is the highest, where that shows in
 * the last state: a long history of which nothing is replayed is not read. */
static int load_positions(struct delta_history *history, struct byte_span source, uint64_t seq,
                          struct delta_err *err) {
    int above = history->positions.complete ? 1 : is_above(history, source, seq, err);
    if (above != 0)
        return above < 0 ? -1 : 0;
    if (flush_pending(history, err) < 0)
        return -1;
    return sources_load(history, err);
}

/* Compares a state with those of its source: DELTA_ADDED for a new one, another enum delta_added
 * for one that is not to be added, or -1. Without its digest it is known where it is not above the
 * highest. */
static int judge(struct delta_history *history, const struct delta_history_note *note,
                 const struct delta_digest *digest, struct delta_err *err) {
    struct byte_span source = {note->source, note->source_length};
    struct position_state state = {.seq = note->seq};
    if (load_positions(history, source, note->seq, err) < 0)
        return -1;
    const struct position_state *highest = positions_highest(&history->positions, source);
    if (!digest && !note->ended)
        return highest && note->seq <= highest->seq ? DELTA_ADD_KNOWN : DELTA_ADDED;
    if (!note->ended)
        state.digest = *digest;
    switch (positions_judge(&history->positions, source, state)) {
    case POSITION_KNOWN:
        return DELTA_ADD_KNOWN;
    case POSITION_OLDER:
        return DELTA_ADD_OLDER;
    case POSITION_FORK:
        return err_set(err, DELTA_ERR_FORK, "fork: another state has position %llu of source %.*s",
                       (unsigned long long)note->seq, (int)note->source_length, note->source);
    case POSITION_NEW:
        break;
    }
    return DELTA_ADDED;
}

bool sources_is_own(const struct delta_history *history, const struct delta_history_note *note) {
    return note->source_length && note->source_length == strlen(history->source) &&
           memcmp(note->source, history->source, note->source_length) == 0;
}

/* The same, and a new one must not leave a gap. */
static int judge_gap(struct delta_history *history, const struct delta_history_note *note,
                     const struct delta_digest *digest, struct delta_err *err) {
    struct byte_span source = {note->source, note->source_length};
    int verdict = judge(history, note, digest, err);
    if (verdict != DELTA_ADDED)
        return verdict;
    /* The history's own states are counted by it, without a hole. */
    uint64_t next = positions_serial(&history->positions, history->count);
    bool own = sources_is_own(history, note);
    const struct position_state *highest = positions_highest(&history->positions, source);
    if (own ? note->seq != next : note->dense && highest && note->seq != highest->seq + 1)
        return err_set(err, DELTA_ERR_GAP, "gap: position %llu of source %.*s does not follow %llu",
                       (unsigned long long)note->seq, (int)note->source_length, note->source,
                       (unsigned long long)(own ? next - 1 : highest->seq));
    return DELTA_ADDED;
}

int delta_history_judge(struct delta_history *history, const struct delta_history_note *note,
                        const struct delta_digest *digest, struct delta_err *err) {
    int verdict = note->source_length ? judge_gap(history, note, digest, err) : DELTA_ADDED;
    if (verdict < 0)
        history_failed(history, err);
    return verdict;
}

int sources_check(struct delta_history *history, const struct delta_value *value,
                  const struct delta_history_note *note, struct delta_err *err) {
    struct delta_digest digest = {0};
    if (!note->source_length || history->writer.detached)
        return DELTA_ADDED;
    if (!note->ended)
        digest = delta_value_digest(value);
    return judge_gap(history, note, &digest, err);
}

int sources_note(struct delta_history *history, const struct delta_value *value,
                 const struct delta_history_note *note, bool kept, struct delta_err *err) {
    struct byte_span source = {note->source, note->source_length};
    struct position_state state = {.seq = note->seq};
    if (history->writer.detached)
        return 0;
    if (!note->ended)
        state.digest = delta_value_digest(value);
    if (!note->source_length) {
        if (!kept || !history->positions.complete)
            return 0;
        source = (struct byte_span){history->source, strlen(history->source)};
        state.seq = positions_serial(&history->positions, history->count);
    }
    if (!kept)
        history->positions.dirty = true;
    return positions_note(&history->positions, source, state, kept, err);
}
