#include "history/iterator.h"

#include "base/err.h"
#include "base/hash.h"
#include "history/block.h"
#include "history/frame_list.h"
#include "history/reconstruct.h"
#include "history/state_info.h"
#include "json/reader.h"
#include "json/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* States that are not rebuilt leave their payloads in one arena, which is replaced after so many. A
 * log of 100,000 states of 40 bytes takes 1,003 million instructions; with an arena for each state
 * 1,094 million, and with one for all of them 2.1 MB more memory. */
enum { PAYLOADS_KEPT = 256 };

struct delta_history_iterator {
    struct delta_history *history;
    struct frame_list frames;
    size_t at; /* the first frame that is not passed */
    uint32_t next, last;
    bool with_states, thorough, keep;
    bool lost;                 /* the state returned last was damaged */
    struct delta_arena *arena; /* of the value */
    /* Arenas that were left; the last one is still in use by the caller. */
    ARRAY(struct delta_arena *) old;
    bool has_value;
    uint32_t value_index;
    struct delta_value value;
    struct delta_arena *keyframe_arena; /* of the keyframe's text */
    bool has_keyframe, has_text;
    struct scan_frame keyframe;
    struct byte_span text;
    struct block *block;
    uint32_t block_first;
    const struct delta_value *info; /* of the state returned last */
};

/* ---- The iterator -----------------------------------------------------------------------------*/

struct delta_history_iterator *delta_history_iterator_new(struct delta_history *history,
                                                          uint32_t first, uint32_t last,
                                                          bool with_states, struct delta_err *err) {
    if (history->writer.pending_states)
        return err_null(
            err_set(err, DELTA_ERR_USAGE, "states that were added must be flushed first"));
    struct delta_history_iterator *iterator = calloc(1, sizeof *iterator);
    if (!iterator)
        return err_no_memory(err);
    iterator->history = history;
    iterator->next = first;
    iterator->last = last;
    iterator->with_states = with_states;
    if (frame_list_read(history, first, last, &iterator->frames, err) < 0) {
        history_failed(history, err);
        delta_history_iterator_free(iterator);
        return NULL;
    }
    return iterator;
}

void iterator_be_thorough(struct delta_history_iterator *iterator) {
    iterator->thorough = true;
}

void iterator_keep(struct delta_history_iterator *iterator) {
    iterator->keep = true;
}

static void free_old(struct delta_history_iterator *iterator) {
    for (size_t i = 0; i < iterator->old.count; i++)
        delta_arena_free(iterator->old.items[i]);
    iterator->old.count = 0;
}

void iterator_release(struct delta_history_iterator *iterator) {
    free_old(iterator);
}

void delta_history_iterator_free(struct delta_history_iterator *iterator) {
    if (!iterator)
        return;
    block_close(iterator->block);
    free_old(iterator);
    free(iterator->old.items);
    delta_arena_free(iterator->arena);
    delta_arena_free(iterator->keyframe_arena);
    frame_list_free(&iterator->frames);
    free(iterator);
}

/* Leaves the arena of the last value for a new one, because the next value needs nothing of it. */
static int new_arena(struct delta_history_iterator *iterator, struct delta_err *err) {
    block_close(iterator->block);
    iterator->block = NULL;
    if (iterator->arena) {
        struct delta_arena **left = array_add(&iterator->old);
        if (!left)
            return err_memory(err);
        *left = iterator->arena;
    }
    iterator->arena = delta_arena_new();
    return iterator->arena ? 0 : err_memory(err);
}

/* ---- Values -----------------------------------------------------------------------------------*/

/* The text of the keyframe that a record `chain` states after it names, if that is the last one
 * passed; else no bytes. */
static int prefix_text(struct delta_history_iterator *iterator, const struct frame_head *head,
                       struct byte_span *text, struct delta_err *err) {
    *text = (struct byte_span){0};
    if (!iterator->has_keyframe || iterator->keyframe.head.index + head->chain != head->index)
        return 0;
    if (!iterator->has_text) {
        delta_arena_free(iterator->keyframe_arena);
        iterator->keyframe_arena = delta_arena_new();
        if (!iterator->keyframe_arena)
            return err_memory(err);
        struct payload_keyframe keyframe;
        const unsigned char *payload =
            scan_payload(&iterator->history->scan, &iterator->keyframe, err);
        if (!payload ||
            payload_get_keyframe(payload, (size_t)iterator->keyframe.head.payload_length, &keyframe,
                                 err) < 0 ||
            payload_keyframe_text(iterator->keyframe_arena, &keyframe,
                                  history_max_size(iterator->history), &iterator->text, err) < 0)
            return -1;
        iterator->has_text = true;
    }
    *text = iterator->text;
    return 0;
}

static int by_record(struct delta_history_iterator *iterator, const struct scan_frame *frame,
                     const struct payload_record *record, struct delta_value *out,
                     struct delta_err *err) {
    struct byte_span text = {0};
    bool before = iterator->has_value && iterator->value_index + 1 == frame->head.index;
    if (record->content.encoding == CHUNK_PREFIXED &&
        prefix_text(iterator, &frame->head, &text, err) < 0)
        return -1;
    if (reconstruct_record(iterator->arena, frame->head.strategy, record,
                           before ? &iterator->value : NULL, text,
                           history_max_size(iterator->history), out, err) < 0)
        return -1;
    if (!delta_digest_equal(delta_value_digest(out), frame->head.digest))
        return err_set(err, DELTA_ERR_DAMAGED,
                       "corrupt record: the result does not match the target digest");
    return 0;
}

static int by_keyframe(struct delta_history_iterator *iterator, const struct scan_frame *frame,
                       struct delta_value *out, struct delta_err *err) {
    struct byte_span text;
    const unsigned char *payload = scan_payload(&iterator->history->scan, frame, err);
    if (!payload)
        return -1;
    /* The payload moves into the arena with what is made of it. */
    const struct delta_value *value = reconstruct_keyframe(
        iterator->arena, &frame->head, payload, history_max_size(iterator->history), &text, err);
    if (!value)
        return -1;
    *out = *value;
    return 0;
}

/* The two frames of one state, each NULL when it is not there. */
struct state_frames {
    const struct scan_frame *record, *keyframe;
};

/* Rebuilds the state of these frames into iterator->value. */
static int rebuild(struct delta_history_iterator *iterator, struct state_frames frames,
                   uint32_t index, const struct payload_record *record, struct delta_err *err) {
    struct delta_value made;
    struct delta_err why = {0};
    int status = -1;
    if (frames.record && record && (iterator->thorough || !frames.keyframe)) {
        status = by_record(iterator, frames.record, record, &made, &why);
        bool follows = iterator->has_value && iterator->value_index + 1 == index;
        if (status < 0 && ((iterator->thorough && follows) || why.code == DELTA_ERR_MEMORY)) {
            if (err)
                *err = why;
            return -1;
        }
    }
    if (frames.keyframe) {
        why = (struct delta_err){0};
        if (new_arena(iterator, err) < 0)
            return -1;
        status = by_keyframe(iterator, frames.keyframe, &made, &why);
        iterator->has_keyframe = status == 0;
        iterator->has_text = false;
        iterator->keyframe = *frames.keyframe;
        if (why.code == DELTA_ERR_MEMORY)
            return err_memory(err);
    }
    if (status < 0) {
        if (new_arena(iterator, err) < 0)
            return -1;
        status = reconstruct_state(iterator->history, iterator->arena, index, &made, err);
    }
    iterator->has_value = status == 0;
    iterator->value = made;
    iterator->value_index = index;
    return status;
}

/* A frame's payload in the iterator's arena. */
static const char *kept_payload(struct delta_history_iterator *iterator,
                                const struct scan_frame *frame, struct delta_err *err) {
    const unsigned char *payload = scan_payload(&iterator->history->scan, frame, err);
    if (!payload)
        return NULL;
    const char *kept = arena_copy(iterator->arena, payload, (size_t)frame->head.payload_length);
    if (!kept)
        err_memory(err);
    return kept;
}

/* A copy of the value that outlives the next step. */
static int show_value(struct delta_history_iterator *iterator, struct delta_history_entry *entry,
                      struct delta_err *err) {
    struct delta_value *shown = arena_alloc(iterator->arena, sizeof *shown);
    if (!shown)
        return err_memory(err);
    *shown = iterator->value;
    entry->value = shown;
    entry->size = delta_value_size(shown);
    return 0;
}

/* ---- Steps ------------------------------------------------------------------------------------*/

static int step_in_block(struct delta_history_iterator *iterator, const struct scan_frame *frame,
                         struct delta_history_entry *entry, struct delta_err *err) {
    uint32_t index = entry->index, within = index - frame->head.index;
    entry->kind = DELTA_ENTRY_BLOCK;
    entry->digest = frame->head.digest;
    if (frame->foreign && !within)
        return err_set(err, DELTA_ERR_DAMAGED,
                       "state %" PRIu32 " does not follow the state before it", index);
    if (!iterator->block || iterator->block_first != frame->head.index) {
        if (new_arena(iterator, err) < 0)
            return -1;
        const unsigned char *payload = scan_payload(&iterator->history->scan, frame, err);
        if (!payload)
            return -1;
        iterator->block = block_open(iterator->arena, payload, (size_t)frame->head.payload_length,
                                     history_max_size(iterator->history), err);
        iterator->block_first = frame->head.index;
        if (iterator->block && block_count(iterator->block) != frame->head.count) {
            block_close(iterator->block);
            iterator->block = NULL;
            err_set(err, DELTA_ERR_DAMAGED, "corrupt block: wrong number of states");
        }
        if (!iterator->block)
            return -1;
    }
    iterator->has_value = false;
    if (block_state(iterator->block, within, &iterator->value, err) < 0)
        return -1;
    bool last = within + 1 == frame->head.count;
    entry->digest = delta_value_digest(&iterator->value);
    if (last && !delta_digest_equal(entry->digest, frame->head.digest))
        return err_set(err, DELTA_ERR_DAMAGED,
                       "corrupt block: the last state does not match its digest");
    iterator->has_value = true;
    iterator->value_index = index;
    struct block_entry kept = block_entry(iterator->block);
    entry->time = kept.time;
    iterator->info = kept.metadata;
    entry->set = kept.set;
    entry->removed = kept.removed;
    return show_value(iterator, entry, err);
}

static void describe(struct delta_history_entry *entry, const struct scan_frame *frame) {
    entry->kind = frame->head.kind == FRAME_KEYFRAME ? DELTA_ENTRY_KEYFRAME : DELTA_ENTRY_RECORD;
    entry->strategy = frame->head.strategy;
    entry->chain = frame->head.chain;
    entry->time = frame->head.time;
    entry->digest = frame->head.digest;
    entry->stored += frame_length(&frame->head);
}

static int step_by_frames(struct delta_history_iterator *iterator, struct state_frames frames,
                          struct delta_history_entry *entry, struct delta_err *err) {
    struct payload_record record, *read = NULL;
    struct byte_span metadata = {0};
    struct delta_err why = {0}, bad_keyframe = {0};
    bool stale = !iterator->with_states && entry->index % PAYLOADS_KEPT == 0;
    if ((stale || !iterator->arena) && new_arena(iterator, err) < 0)
        return -1;
    if (frames.record && iterator->with_states &&
        reconstruct_is_full(frames.record->head.strategy) && !iterator->thorough &&
        new_arena(iterator, err) < 0)
        return -1;
    if (frames.keyframe) {
        struct payload_keyframe keyframe;
        const char *payload = kept_payload(iterator, frames.keyframe, &why);
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
        const char *payload = kept_payload(iterator, frames.record, &why);
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
    bool foreign = first->foreign || (frames.keyframe && frames.keyframe->foreign);
    /* What a listing can name; who takes the states of both copies would make one history of them.
     */
    if (foreign && (iterator->with_states || !frames.keyframe))
        return err_set(err, DELTA_ERR_DAMAGED,
                       "state %" PRIu32 " does not follow the state before it", entry->index);
    if (foreign)
        entry->damage = "does not follow the state before it";
    else if (!iterator->lost &&
             (first->after_damage || (frames.keyframe && frames.keyframe->after_damage)))
        entry->damage = "bytes before it are damaged";
    /* What its record would say, if there was one. */
    entry->uncounted = !frames.record && frames.keyframe->after_damage;
    /* One of the two frames is enough. */
    if (why.code == DELTA_ERR_DAMAGED && frames.keyframe && bad_keyframe.code == DELTA_OK) {
        entry->damage = "corrupt record";
        entry->uncounted = true;
        why = (struct delta_err){0};
    } else if (bad_keyframe.code == DELTA_ERR_DAMAGED && read) {
        entry->damage = "corrupt keyframe";
    }
    if (why.code != DELTA_OK) {
        iterator->has_value = false;
        if (err)
            *err = why;
        return -1;
    }
    if (iterator->with_states) {
        if (rebuild(iterator, frames, entry->index, read, err) < 0 ||
            show_value(iterator, entry, err) < 0)
            return -1;
    }
    return state_info_parse(iterator->arena, metadata, &iterator->info, err);
}

const struct delta_value *iterator_state_info(const struct delta_history_iterator *iterator) {
    return iterator->info;
}

int delta_history_iterator_next(struct delta_history_iterator *iterator,
                                struct delta_history_entry *entry, struct delta_err *err) {
    if (iterator->next > iterator->last || iterator->next >= iterator->history->count)
        return 0;
    uint32_t index = iterator->next++;
    *entry = (struct delta_history_entry){
        .index = index, .serial = positions_serial(&iterator->history->positions, index)};
    iterator->info = NULL;
    if (!iterator->keep)
        free_old(iterator);
    while (iterator->at < iterator->frames.count) {
        const struct frame_head *head = &iterator->frames.items[iterator->at].head;
        if ((uint64_t)head->index + head->count > index)
            break;
        iterator->at++;
    }
    struct state_frames frames = {0};
    int status = 0;
    if (iterator->at < iterator->frames.count &&
        iterator->frames.items[iterator->at].head.index <= index) {
        const struct scan_frame *frame = &iterator->frames.items[iterator->at];
        if (frame->head.kind == FRAME_BLOCK) {
            status = step_in_block(iterator, frame, entry, err);
            goto end;
        }
        if (frame->head.kind == FRAME_RECORD) {
            frames.record = frame++;
            iterator->at++;
        }
        if (iterator->at < iterator->frames.count && frame->head.kind == FRAME_KEYFRAME &&
            frame->head.index == index) {
            frames.keyframe = frame;
            iterator->at++;
        }
    }
    if (!frames.record && !frames.keyframe)
        status = err_set(err, DELTA_ERR_DAMAGED, "state %" PRIu32 " is lost", index);
    else
        status = step_by_frames(iterator, frames, entry, err);
end:
    if (status == 0)
        status = state_info_describe(iterator->info, entry, err);
    if (status < 0)
        iterator->has_value = false;
    iterator->lost = status < 0;
    return status < 0 ? history_failed(iterator->history, err) : 1;
}

int iterator_next_or_lost(struct delta_history_iterator *iterator,
                          struct delta_history_entry *entry, bool *lost, struct delta_err *err) {
    struct delta_err why = {0};
    int got = delta_history_iterator_next(iterator, entry, &why);
    *lost = got < 0;
    if (got >= 0 || why.code == DELTA_ERR_DAMAGED)
        return got != 0;
    if (err)
        *err = why;
    return -1;
}

int iterator_visit(struct delta_history *history, iterator_visitor *visit, void *context,
                   struct delta_err *err) {
    struct delta_history_entry entry;
    struct delta_history_iterator *iterator;
    bool lost;
    int got = 1, status = 0;
    if (!history->count)
        return 0;
    if (!(iterator = delta_history_iterator_new(history, 0, history->count - 1, false, err)))
        return -1;
    while (status == 0 && (got = iterator_next_or_lost(iterator, &entry, &lost, err)) > 0)
        if (!lost)
            status = visit(context, &entry, err);
    delta_history_iterator_free(iterator);
    return got < 0 ? -1 : status;
}
