#include "history/iterator.h"

#include "base/err.h"
#include "base/hash.h"
#include "history/block.h"
#include "history/reconstruct.h"
#include "history/state_note.h"
#include "json/reader.h"
#include "json/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PAYLOADS_KEPT = 256 }; /* of states that are not rebuilt, before their memory is freed */

struct kept {
    struct delta_arena **arenas;
    size_t count, capacity;
};

struct delta_history_iterator {
    struct delta_history *history;
    struct scan_frame *frames;
    size_t frame_count, at; /* the first frame that is not passed */
    uint32_t next, last;
    bool with_states, thorough, keep;
    struct delta_arena *arena; /* of the value */
    struct kept old; /* arenas that were left; the last one is still in use by the caller */
    bool has_value;
    uint32_t value_index;
    struct delta_value value;
    struct delta_arena *keyframe_arena; /* of the keyframe's text */
    bool has_keyframe, has_text;
    struct scan_frame keyframe;
    struct byte_span text;
    struct block *block;
    uint32_t block_first;
    const struct delta_value *note; /* of the state returned last */
};

/* ---- Frames -----------------------------------------------------------------------------------*/

static int keep_frame(struct scan_frame **frames, size_t *count, size_t *capacity,
                      const struct scan_frame *frame, struct delta_err *err) {
    if (*count == *capacity) {
        size_t more = *capacity ? *capacity * 2 : 256;
        struct scan_frame *grown = realloc(*frames, more * sizeof *grown);
        if (!grown)
            return err_memory(err);
        *frames = grown;
        *capacity = more;
    }
    (*frames)[(*count)++] = *frame;
    return 0;
}

static int gather(struct delta_history *history, uint32_t first, struct scan_frame frame,
                  struct scan_frame **frames, size_t *count, struct delta_err *err) {
    size_t capacity = 0;
    uint32_t above = UINT32_MAX;
    bool keyframe_above = false;
    for (;;) {
        const struct frame_head *head = &frame.head;
        if (head->kind == FRAME_OPTIONS || (uint64_t)head->index + head->count <= first)
            return 0;
        bool pair = head->kind == FRAME_RECORD && keyframe_above && head->index == above;
        /* One that overlaps what follows was void, and the void is damaged. */
        if (head->count && (pair || (uint64_t)head->index + head->count <= above)) {
            if (keep_frame(frames, count, &capacity, &frame, err) < 0)
                return -1;
            above = head->index;
            keyframe_above = head->kind == FRAME_KEYFRAME;
        }
        const struct scan_frame next = frame;
        int found = scan_live_before_frame(&history->scan, &next, &frame, err);
        if (found <= 0)
            return found;
        if (frame.unlinked && *count)
            (*frames)[*count - 1].foreign = true;
    }
}

/* The frames that count and hold states from `first` to `last`, in order; to be freed. What is
 * between them and missing is lost. */
static int iterator_frames(struct delta_history *history, uint32_t first, uint32_t last,
                           struct scan_frame **frames, size_t *count, struct delta_err *err) {
    struct scan_frame frame;
    *frames = NULL;
    *count = 0;
    int found = reconstruct_locate(history, last, &frame, err);
    if (found > 0 && history_check_links(history, frame.offset, err) < 0)
        found = -1;
    if (found > 0 && gather(history, first, frame, frames, count, err) < 0)
        found = -1;
    if (found < 0) {
        free(*frames);
        *frames = NULL;
        return -1;
    }
    for (size_t i = 0; i < *count / 2; i++) {
        struct scan_frame swapped = (*frames)[i];
        (*frames)[i] = (*frames)[*count - 1 - i];
        (*frames)[*count - 1 - i] = swapped;
    }
    return 0;
}

/* ---- A walk -----------------------------------------------------------------------------------*/

struct delta_history_iterator *delta_history_iterator_new(struct delta_history *history,
                                                          uint32_t first, uint32_t last,
                                                          bool with_states, struct delta_err *err) {
    if (history->pending_states) {
        err_set(err, DELTA_ERR_USAGE, "states that were added must be flushed first");
        return NULL;
    }
    struct delta_history_iterator *walk = calloc(1, sizeof *walk);
    if (!walk) {
        err_memory(err);
        return NULL;
    }
    walk->history = history;
    walk->next = first;
    walk->last = last;
    walk->with_states = with_states;
    if (iterator_frames(history, first, last, &walk->frames, &walk->frame_count, err) < 0) {
        history_failed(history, err);
        free(walk);
        return NULL;
    }
    return walk;
}

void iterator_be_thorough(struct delta_history_iterator *walk) {
    walk->thorough = true;
}

void iterator_keep(struct delta_history_iterator *walk) {
    walk->keep = true;
}

static void free_old(struct delta_history_iterator *walk) {
    for (size_t i = 0; i < walk->old.count; i++)
        delta_arena_free(walk->old.arenas[i]);
    walk->old.count = 0;
}

void iterator_release(struct delta_history_iterator *walk) {
    free_old(walk);
}

void delta_history_iterator_free(struct delta_history_iterator *walk) {
    if (!walk)
        return;
    block_close(walk->block);
    free_old(walk);
    free(walk->old.arenas);
    delta_arena_free(walk->arena);
    delta_arena_free(walk->keyframe_arena);
    free(walk->frames);
    free(walk);
}

/* Leaves the arena of the last value for a new one, because the next value needs nothing of it. */
static int new_arena(struct delta_history_iterator *walk, struct delta_err *err) {
    block_close(walk->block);
    walk->block = NULL;
    if (walk->arena) {
        if (walk->old.count == walk->old.capacity) {
            size_t capacity = walk->old.capacity ? walk->old.capacity * 2 : 8;
            struct delta_arena **arenas = realloc(walk->old.arenas, capacity * sizeof(*arenas));
            if (!arenas)
                return err_memory(err);
            walk->old.arenas = arenas;
            walk->old.capacity = capacity;
        }
        walk->old.arenas[walk->old.count++] = walk->arena;
    }
    walk->arena = delta_arena_new();
    return walk->arena ? 0 : err_memory(err);
}

/* ---- Values -----------------------------------------------------------------------------------*/

/* The text of the keyframe that a record `chain` states after it names, if that is the last one
 * passed; else no bytes. */
static int prefix_text(struct delta_history_iterator *walk, const struct frame_head *head,
                       struct byte_span *text, struct delta_err *err) {
    *text = (struct byte_span){0};
    if (!walk->has_keyframe || walk->keyframe.head.index + head->chain != head->index)
        return 0;
    if (!walk->has_text) {
        delta_arena_free(walk->keyframe_arena);
        walk->keyframe_arena = delta_arena_new();
        if (!walk->keyframe_arena)
            return err_memory(err);
        struct payload_keyframe keyframe;
        const unsigned char *payload = scan_payload(&walk->history->scan, &walk->keyframe, err);
        if (!payload ||
            payload_get_keyframe(payload, (size_t)walk->keyframe.head.payload_length, &keyframe,
                                 err) < 0 ||
            payload_keyframe_text(walk->keyframe_arena, &keyframe, history_max_size(walk->history),
                                  &walk->text, err) < 0)
            return -1;
        walk->has_text = true;
    }
    *text = walk->text;
    return 0;
}

static int by_record(struct delta_history_iterator *walk, const struct scan_frame *frame,
                     const struct payload_record *record, struct delta_value *out,
                     struct delta_err *err) {
    struct byte_span text = {0};
    bool before = walk->has_value && walk->value_index + 1 == frame->head.index;
    if (record->content.encoding == CHUNK_PREFIXED &&
        prefix_text(walk, &frame->head, &text, err) < 0)
        return -1;
    if (reconstruct_record(walk->arena, frame->head.strategy, record, before ? &walk->value : NULL,
                           text, history_max_size(walk->history), out, err) < 0)
        return -1;
    if (!delta_digest_equal(delta_value_digest(out), frame->head.digest))
        return err_set(err, DELTA_ERR_DAMAGED,
                       "corrupt record: the result does not match the target digest");
    return 0;
}

static int by_keyframe(struct delta_history_iterator *walk, const struct scan_frame *frame,
                       struct delta_value *out, struct delta_err *err) {
    struct byte_span text;
    const unsigned char *payload = scan_payload(&walk->history->scan, frame, err);
    if (!payload)
        return -1;
    /* The body moves into the arena with what is made of it. */
    const struct delta_value *value = reconstruct_keyframe(
        walk->arena, &frame->head, payload, history_max_size(walk->history), &text, err);
    if (!value)
        return -1;
    *out = *value;
    return 0;
}

/* The two frames of one state, each NULL when it is not there. */
struct state_frames {
    const struct scan_frame *record, *keyframe;
};

/* Rebuilds the state of these frames into walk->value. */
static int rebuild(struct delta_history_iterator *walk, struct state_frames frames, uint32_t index,
                   const struct payload_record *record, struct delta_err *err) {
    struct delta_value made;
    struct delta_err why = {0};
    int status = -1;
    if (frames.record && record && (walk->thorough || !frames.keyframe)) {
        status = by_record(walk, frames.record, record, &made, &why);
        if (status < 0 && walk->thorough && walk->has_value && walk->value_index + 1 == index) {
            if (err)
                *err = why;
            return -1;
        }
    }
    if (frames.keyframe) {
        why = (struct delta_err){0};
        if (new_arena(walk, err) < 0)
            return -1;
        status = by_keyframe(walk, frames.keyframe, &made, &why);
        walk->has_keyframe = status == 0;
        walk->has_text = false;
        walk->keyframe = *frames.keyframe;
    }
    if (status < 0) {
        if (new_arena(walk, err) < 0)
            return -1;
        status = reconstruct_state(walk->history, walk->arena, index, &made, err);
    }
    walk->has_value = status == 0;
    walk->value = made;
    walk->value_index = index;
    return status;
}

/* A frame's body in the walk's arena. */
static const char *kept_payload(struct delta_history_iterator *walk, const struct scan_frame *frame,
                                struct delta_err *err) {
    const unsigned char *payload = scan_payload(&walk->history->scan, frame, err);
    if (!payload)
        return NULL;
    const char *kept = arena_copy(walk->arena, payload, (size_t)frame->head.payload_length);
    if (!kept)
        err_memory(err);
    return kept;
}

/* A copy of the value that stays when the walk goes on. */
static int show_value(struct delta_history_iterator *walk, struct delta_history_entry *entry,
                      struct delta_err *err) {
    struct delta_value *shown = arena_alloc(walk->arena, sizeof *shown);
    if (!shown)
        return err_memory(err);
    *shown = walk->value;
    entry->value = shown;
    entry->size = delta_value_size(shown);
    return 0;
}

/* ---- Steps ------------------------------------------------------------------------------------*/

static int step_in_block(struct delta_history_iterator *walk, const struct scan_frame *frame,
                         struct delta_history_entry *entry, struct delta_err *err) {
    uint32_t index = entry->index, within = index - frame->head.index;
    entry->kind = DELTA_ENTRY_BLOCK;
    entry->digest = frame->head.digest;
    if (frame->foreign && !within)
        return err_set(err, DELTA_ERR_DAMAGED,
                       "state %" PRIu32 " does not follow the state before it", index);
    if (!walk->block || walk->block_first != frame->head.index) {
        if (new_arena(walk, err) < 0)
            return -1;
        const unsigned char *payload = scan_payload(&walk->history->scan, frame, err);
        if (!payload)
            return -1;
        walk->block = block_open(walk->arena, payload, (size_t)frame->head.payload_length,
                                 history_max_size(walk->history), err);
        walk->block_first = frame->head.index;
        if (walk->block && block_count(walk->block) != frame->head.count) {
            block_close(walk->block);
            walk->block = NULL;
            err_set(err, DELTA_ERR_DAMAGED, "corrupt block: wrong number of states");
        }
        if (!walk->block)
            return -1;
    }
    walk->has_value = false;
    if (block_state(walk->block, within, &walk->value, err) < 0)
        return -1;
    bool last = within + 1 == frame->head.count;
    entry->digest = delta_value_digest(&walk->value);
    if (last && !delta_digest_equal(entry->digest, frame->head.digest))
        return err_set(err, DELTA_ERR_DAMAGED,
                       "corrupt block: the last state does not match its digest");
    walk->has_value = true;
    walk->value_index = index;
    struct block_entry note = block_entry(walk->block);
    entry->time = note.time;
    walk->note = note.metadata;
    entry->set = note.set;
    entry->removed = note.removed;
    return show_value(walk, entry, err);
}

static void describe(struct delta_history_entry *entry, const struct scan_frame *frame) {
    entry->kind = frame->head.kind == FRAME_KEYFRAME ? DELTA_ENTRY_KEYFRAME : DELTA_ENTRY_RECORD;
    entry->strategy = frame->head.strategy;
    entry->chain = frame->head.chain;
    entry->time = frame->head.time;
    entry->digest = frame->head.digest;
    entry->stored += frame_length(&frame->head);
}

static int step_by_frames(struct delta_history_iterator *walk, struct state_frames frames,
                          struct delta_history_entry *entry, struct delta_err *err) {
    struct payload_record record, *read = NULL;
    struct byte_span metadata = {0};
    struct delta_err why = {0}, bad_keyframe = {0};
    bool stale = !walk->with_states && entry->index % PAYLOADS_KEPT == 0;
    if ((stale || !walk->arena) && new_arena(walk, err) < 0)
        return -1;
    if (frames.record && walk->with_states && reconstruct_is_full(frames.record->head.strategy) &&
        !walk->thorough && new_arena(walk, err) < 0)
        return -1;
    if (frames.keyframe) {
        struct payload_keyframe keyframe;
        const char *payload = kept_payload(walk, frames.keyframe, &why);
        describe(entry, frames.keyframe);
        entry->rebaseable = true;
        if (payload && payload_get_keyframe(payload, (size_t)frames.keyframe->head.payload_length,
                                            &keyframe, &why) == 0) {
            metadata = keyframe.metadata;
            entry->size = keyframe.content.content;
        }
        bad_keyframe = why;
    }
    if (frames.record) {
        why = (struct delta_err){0};
        const char *payload = kept_payload(walk, frames.record, &why);
        describe(entry, frames.record);
        if (payload && payload_get_record(payload, (size_t)frames.record->head.payload_length,
                                          &record, &why) == 0) {
            read = &record;
            metadata = record.metadata;
            entry->size = record.size;
            entry->set = record.set;
            entry->removed = record.removed;
        }
    }
    const struct scan_frame *first = frames.record ? frames.record : frames.keyframe;
    if (first->foreign && first == frames.record && !frames.keyframe)
        return err_set(err, DELTA_ERR_DAMAGED,
                       "state %" PRIu32 " does not follow the state before it", entry->index);
    if (first->foreign)
        entry->damage = "does not follow the state before it";
    /* One of the two frames is enough. */
    if (why.code == DELTA_ERR_DAMAGED && frames.keyframe && bad_keyframe.code == DELTA_OK) {
        entry->damage = "corrupt record";
        entry->uncounted = true;
        why = (struct delta_err){0};
    } else if (bad_keyframe.code == DELTA_ERR_DAMAGED && read) {
        entry->damage = "corrupt keyframe";
    }
    if (why.code != DELTA_OK) {
        walk->has_value = false;
        if (err)
            *err = why;
        return -1;
    }
    if (walk->with_states) {
        if (rebuild(walk, frames, entry->index, read, err) < 0 || show_value(walk, entry, err) < 0)
            return -1;
    }
    return state_note_parse(walk->arena, metadata, &walk->note, err);
}

const struct delta_value *iterator_note(const struct delta_history_iterator *walk) {
    return walk->note;
}

int delta_history_iterator_next(struct delta_history_iterator *walk,
                                struct delta_history_entry *entry, struct delta_err *err) {
    if (walk->next > walk->last || walk->next >= walk->history->count)
        return 0;
    uint32_t index = walk->next++;
    *entry = (struct delta_history_entry){
        .index = index, .serial = positions_serial(&walk->history->positions, index)};
    walk->note = NULL;
    if (!walk->keep)
        free_old(walk);
    while (walk->at < walk->frame_count) {
        const struct frame_head *head = &walk->frames[walk->at].head;
        if ((uint64_t)head->index + head->count > index)
            break;
        walk->at++;
    }
    struct state_frames frames = {0};
    int status = 0;
    if (walk->at < walk->frame_count && walk->frames[walk->at].head.index <= index) {
        const struct scan_frame *frame = &walk->frames[walk->at];
        if (frame->head.kind == FRAME_BLOCK) {
            status = step_in_block(walk, frame, entry, err);
            goto end;
        }
        if (frame->head.kind == FRAME_RECORD) {
            frames.record = frame++;
            walk->at++;
        }
        if (walk->at < walk->frame_count && frame->head.kind == FRAME_KEYFRAME &&
            frame->head.index == index) {
            frames.keyframe = frame;
            walk->at++;
        }
    }
    if (!frames.record && !frames.keyframe)
        status = err_set(err, DELTA_ERR_DAMAGED, "state %" PRIu32 " is lost", index);
    else
        status = step_by_frames(walk, frames, entry, err);
end:
    if (status == 0)
        status = state_note_tell(walk->note, entry, err);
    if (status < 0)
        walk->has_value = false;
    return status < 0 ? history_failed(walk->history, err) : 1;
}

/* ---- Positions -------------------------------------------------------------------------------*/

/* The frames of positions that were written since the file's start. O(frames). */
static int load_marks(struct delta_history *history, struct delta_err *err) {
    struct scan_frame frame;
    struct delta_err why = {0};
    uint64_t end = history->tail.end;
    int found;
    while ((found = scan_live_before(&history->scan, end, &frame, err)) > 0) {
        end = frame.offset;
        if (frame.head.kind != FRAME_POSITIONS)
            continue;
        const unsigned char *payload = scan_payload(&history->scan, &frame, &why);
        if (payload &&
            positions_get(&history->positions, payload, (size_t)frame.head.payload_length, err) < 0)
            return -1;
    }
    return found;
}

int iterator_is_above(struct delta_history *history, struct byte_span source, uint64_t seq,
                      struct delta_err *err) {
    struct delta_history_entry entry;
    struct delta_err why = {0};
    if (positions_is_above(&history->positions, source, seq))
        return 1;
    /* States that were skipped, and what is pending, may be above the last one. */
    if (!history->has_tip || history->tail.last.offset != history->tip.offset ||
        history->pending.length || history->positions.dirty)
        return 0;
    uint32_t last = history->count - 1;
    struct delta_history_iterator *walk =
        delta_history_iterator_new(history, last, last, false, err);
    int status = !walk ? -1 : delta_history_iterator_next(walk, &entry, &why) > 0;
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
    delta_history_iterator_free(walk);
    return status;
}

int iterator_load_positions(struct delta_history *history, struct delta_err *err) {
    struct delta_history_entry entry;
    if (history->positions.complete)
        return 0;
    if (history->fresh) {
        history->positions.complete = true;
        return 0;
    }
    positions_free(&history->positions);
    if (load_marks(history, err) < 0)
        return -1;
    if (history->count) {
        struct delta_history_iterator *walk =
            delta_history_iterator_new(history, 0, history->count - 1, false, err);
        if (!walk)
            return -1;
        int status;
        do {
            struct delta_err why = {0};
            status = delta_history_iterator_next(walk, &entry, &why);
            if (status <= 0)
                continue;
            struct position_state state = {.seq = entry.source ? entry.seq : entry.serial};
            struct byte_span source = {entry.source, entry.source_length};
            if (!entry.source)
                source = (struct byte_span){history->source, strlen(history->source)};
            if (!entry.ended)
                state.digest = entry.digest;
            if (positions_note(&history->positions, source, state, true, err) < 0)
                break;
        } while (status != 0);
        delta_history_iterator_free(walk);
        if (status != 0)
            return -1;
    }
    history->positions.complete = true;
    return 0;
}

/* ---- Metrics ----------------------------------------------------------------------------------*/

/* Adds up what one frame says; `record` tells whether the state was counted by its record. */
static int count_frame(struct delta_history *history, const struct scan_frame *frame, bool counted,
                       struct delta_history_metrics *metrics, struct delta_err *err) {
    size_t length = (size_t)frame->head.payload_length;
    const unsigned char *payload = scan_payload(&history->scan, frame, err);
    if (!payload)
        return -1;
    struct payload_record record;
    struct payload_keyframe keyframe;
    struct block_info info;
    switch (frame->head.kind) {
    case FRAME_RECORD:
        if (payload_get_record(payload, length, &record, err) < 0)
            return -1;
        metrics->records++;
        metrics->records_size += frame_length(&frame->head);
        metrics->states_size += record.size;
        metrics->total_changes += record.set;
        metrics->total_removals += record.removed;
        return 0;
    case FRAME_KEYFRAME:
        if (payload_get_keyframe(payload, length, &keyframe, err) < 0)
            return -1;
        metrics->keyframes++;
        metrics->keyframes_size += frame_length(&frame->head);
        metrics->states_size += counted ? 0 : keyframe.content.content;
        return 0;
    case FRAME_BLOCK:
        if (block_info(payload, length, &info, err) < 0)
            return -1;
        metrics->blocks++;
        metrics->blocks_size += frame_length(&frame->head);
        metrics->states_size += info.states_size;
        metrics->total_changes += info.set;
        metrics->total_removals += info.removed;
        return 0;
    default:
        return 0;
    }
}

int delta_history_metrics(struct delta_history *history, struct delta_history_metrics *metrics,
                          struct delta_err *err) {
    struct scan_frame *frames;
    size_t count;
    *metrics = (struct delta_history_metrics){
        .states = history->count,
        .rebaseline_count = history->options.rebaselines,
        .prune_count = history->options.prunes,
        .dropped_states = history->options.dropped_states,
        .optimization_count = history->options.optimizations,
        .total_changes = history->options.dropped_set,
        .total_removals = history->options.dropped_removed,
        .file_size = history->fresh ? 0 : history->scan.end,
    };
    if (!history->count)
        return 0;
    if (iterator_frames(history, 0, history->count - 1, &frames, &count, err) < 0)
        return history_failed(history, err);
    int status = 0;
    uint64_t next = 0;
    for (size_t i = 0; status == 0 && i < count; i++) {
        if (frames[i].head.index > next) {
            status = err_set(err, DELTA_ERR_DAMAGED, "state %" PRIu64 " is lost", next);
            break;
        }
        next = (uint64_t)frames[i].head.index + frames[i].head.count;
        status = count_frame(history, &frames[i],
                             i && frames[i - 1].head.kind == FRAME_RECORD &&
                                 frames[i - 1].head.index == frames[i].head.index,
                             metrics, err);
    }
    if (status == 0 && next < history->count)
        status = err_set(err, DELTA_ERR_DAMAGED, "state %" PRIu64 " is lost", next);
    if (status == 0 && count) {
        const struct frame_head *last = &frames[count - 1].head;
        metrics->last_time = last->time;
        metrics->first_time = frames[0].head.time;
        if (last->kind == FRAME_RECORD)
            metrics->chain_length = last->chain;
        if (frames[0].head.kind == FRAME_BLOCK) {
            struct delta_history_entry entry;
            struct delta_history_iterator *walk =
                delta_history_iterator_new(history, 0, 0, false, err);
            if (!walk || delta_history_iterator_next(walk, &entry, err) < 0)
                status = -1;
            else
                metrics->first_time = entry.time;
            delta_history_iterator_free(walk);
        }
    }
    free(frames);
    return status < 0 ? history_failed(history, err) : 0;
}
