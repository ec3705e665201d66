/* Every state of a history file that can still be proved good, whether or not readers serve it.
 *
 * The file is searched forward for heads, which prove by their checksum that they were written at
 * that place of this file: also within bytes that a void covers, behind damage, and in an invalid
 * end. A keyframe, a full record or a block proves itself. Another record is applied to the state
 * with the index before it, of which there may be two: the last one found, and the last one found
 * that counts, where there is a void between them. The digest in the head decides. So a state is
 * never written unless it is the one that its writer meant.
 *
 * States are kept as text between two frames: an arena that held values would grow with the
 * chain. That costs reading each state once more, which hardly matters when salvaging. */
#include "base/array.h"
#include "base/err.h"
#include "base/hash.h"
#include "history/block.h"
#include "history/iterator.h"
#include "history/reconstruct.h"
#include "history/state_info.h"
#include "json/reader.h"
#include "json/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The canonical form of a state. */
struct known_state {
    bool known;
    uint32_t index;
    struct delta_buf text;
};

/* What the next record may be applied to. */
struct track {
    struct known_state state, keyframe;
};

struct found_frame {
    struct scan_frame frame;
    bool whole;  /* its payload is as it was written */
    bool counts; /* it is not void, and before the end that readers see */
};

struct salvage {
    struct delta_history *history;
    delta_history_salvaged *visit;
    delta_history_report *report;
    void *context;
    ARRAY(struct found_frame) frames; /* in the order of the file */
    struct track last, live;
    struct delta_arena *arena, *before; /* of the state being made, and of the one before it */
    bool handed_over;                   /* a state of this arena was */
    int64_t lost;
};

/* ---- Frames -----------------------------------------------------------------------------------*/

static int keep_frame(struct salvage *salvage, const struct scan_frame *frame, bool whole,
                      struct delta_err *err) {
    struct found_frame *found = array_add(&salvage->frames);
    if (!found)
        return err_memory(err);
    *found = (struct found_frame){
        .frame = *frame,
        .whole = whole,
        .counts = scan_frame_end(frame) <= salvage->history->tail.end,
    };
    return 0;
}

/* A frame that was never finished reaches over what was written later: the search continues behind
 * its head. */
static int find_frames(struct salvage *salvage, struct delta_err *err) {
    struct scan *scan = &salvage->history->scan;
    struct scan_frame frame;
    uint64_t at = FRAME_START;
    int found;
    while ((found = scan_after(scan, at, scan->end, &frame, err)) > 0) {
        struct delta_err why = {0};
        bool whole = scan_frame_end(&frame) <= scan->end && scan_payload(scan, &frame, &why);
        if (why.code != DELTA_OK && why.code != DELTA_ERR_DAMAGED) {
            if (err)
                *err = why;
            return -1;
        }
        if (keep_frame(salvage, &frame, whole, err) < 0)
            return -1;
        at = whole ? scan_frame_end(&frame) : frame.offset + FRAME_HEAD;
    }
    return found;
}

/* What voids cover does not count; a void within is covered, too. From the last one on. */
static void mark_void(struct salvage *salvage) {
    uint64_t start = UINT64_MAX, end = UINT64_MAX;
    for (size_t i = salvage->frames.count; i-- > 0;) {
        struct found_frame *found = &salvage->frames.items[i];
        const struct scan_frame *frame = &found->frame;
        if (frame->offset >= start && frame->offset < end)
            found->counts = false;
        else if (found->counts && found->whole && frame->head.kind == FRAME_VOID) {
            end = frame->offset;
            start = frame->offset - frame->head.distance;
        }
    }
}

static bool holds_states(const struct found_frame *found) {
    return found->frame.head.count > 0;
}

/* True when a frame that counts has the same state at the same index: the write was made again. */
static bool written_again(const struct salvage *salvage, size_t at) {
    const struct frame_head *head = &salvage->frames.items[at].frame.head;
    for (size_t i = at + 1; i < salvage->frames.count; i++) {
        const struct found_frame *other = &salvage->frames.items[i];
        if (!other->counts || !holds_states(other) || !other->whole)
            continue;
        if (other->frame.head.index == head->index)
            return delta_digest_equal(other->frame.head.digest, head->digest);
        if (other->frame.head.index > head->index)
            return false;
    }
    return false;
}

/* ---- What is left out -------------------------------------------------------------------------*/

/* True where what is missing may have been a part of the history: it is not known whether an
 * invalid end is damage or a write that was never finished. */
static bool may_be_damage(const struct salvage *salvage, uint64_t offset) {
    const struct scan_tail *tail = &salvage->history->tail;
    return offset < tail->end || tail->ending == SCAN_INVALID;
}

static void leave_out(struct salvage *salvage, const struct found_frame *found, const char *why) {
    char text[320];
    const struct frame_head *head = &found->frame.head;
    salvage->lost += found->counts || (found->frame.offset >= salvage->history->tail.end &&
                                       may_be_damage(salvage, found->frame.offset));
    if (!salvage->report)
        return;
    if (head->count > 1)
        (void)snprintf(text, sizeof text, "states %" PRIu32 " to %" PRIu32 " are left out: %s",
                       head->index, head->index + head->count - 1, why);
    else
        (void)snprintf(text, sizeof text, "%s %" PRIu32 " is left out: %s",
                       found->counts ? "state" : "an unfinished state", head->index, why);
    salvage->report(salvage->context, false, 0, text);
}

/* The bytes from `start` to `end` hold no frame. Where they were never part of the history, nothing
 * is lost. */
static void leave_out_bytes(struct salvage *salvage, uint64_t start, uint64_t end, bool counts) {
    char text[128];
    if (start >= end)
        return;
    salvage->lost += counts;
    (void)snprintf(text, sizeof text, "bytes %" PRIu64 " to %" PRIu64 " are left out: %s", start,
                   end - 1, counts ? "damaged" : "an unfinished write");
    if (salvage->report)
        salvage->report(salvage->context, false, 0, text);
}

/* The gaps between frames, and behind them. */
static void check_gaps(struct salvage *salvage) {
    uint64_t end = FRAME_START;
    for (size_t i = 0; i < salvage->frames.count; i++) {
        const struct found_frame *found = &salvage->frames.items[i];
        const struct frame_head *head = &found->frame.head;
        bool in_void = head->kind == FRAME_VOID && head->distance;
        for (size_t next = i; !in_void && next < salvage->frames.count; next++)
            if (salvage->frames.items[next].counts) {
                const struct scan_frame *later = &salvage->frames.items[next].frame;
                in_void =
                    later->head.kind == FRAME_VOID && later->offset - later->head.distance <= end;
                break;
            }
        bool counts = !in_void && may_be_damage(salvage, end);
        leave_out_bytes(salvage, end, found->frame.offset, counts);
        /* The payload of one that is not whole extends from its head as far as that says, or up to
         * the next one. */
        uint64_t next = i + 1 < salvage->frames.count ? salvage->frames.items[i + 1].frame.offset
                                                      : salvage->history->scan.end;
        end = scan_frame_end(&found->frame) < next ? scan_frame_end(&found->frame) : next;
    }
    leave_out_bytes(salvage, end, salvage->history->scan.end, may_be_damage(salvage, end));
}

/* ---- States -----------------------------------------------------------------------------------*/

static int set_known(struct known_state *known, uint32_t index, const struct delta_value *value,
                     struct delta_err *err) {
    known->text.length = 0;
    writer_canonical(value, &known->text);
    known->index = index;
    known->known = !known->text.failed;
    return known->known ? 0 : err_memory(err);
}

/* The state in the arena; its text is not needed any longer. NULL with the failure. */
static const struct delta_value *
read_known(struct delta_arena *arena, const struct known_state *known, struct delta_err *err) {
    size_t length = known->text.length;
    const char *text = reader_copy(arena, known->text.data, length);
    if (!text)
        return err_no_memory(err);
    return reader_parse(arena, text, length, DELTA_MAX_DEPTH, err);
}

/* The record's state by what one track knows. */
static int try_track(struct salvage *salvage, const struct track *track,
                     const struct frame_head *head, const struct payload_record *record,
                     struct delta_value *out, struct delta_err *err) {
    const struct delta_value *before = NULL;
    struct byte_span text = {0};
    if (track->state.known && track->state.index + 1 == head->index &&
        !reconstruct_is_full(head->strategy) &&
        !(before = read_known(salvage->arena, &track->state, err)))
        return -1;
    if (track->keyframe.known && track->keyframe.index + head->chain == head->index)
        text = (struct byte_span){track->keyframe.text.data, track->keyframe.text.length};
    if (reconstruct_record(salvage->arena, head->strategy, record, before, text,
                           history_max_size(salvage->history), out, err) < 0)
        return -1;
    if (!delta_digest_equal(delta_value_digest(out), head->digest))
        return err_set(err, DELTA_ERR_DAMAGED, "the state before it is missing");
    return 0;
}

static int make_by_record(struct salvage *salvage, const struct found_frame *found,
                          const struct payload_record *record, struct delta_value *out,
                          struct delta_err *err) {
    const struct frame_head *head = &found->frame.head;
    const struct track *tracks[] = {&salvage->last, &salvage->live};
    for (size_t i = 0; i < 2; i++) {
        struct delta_err why = {0};
        if (try_track(salvage, tracks[i], head, record, out, &why) == 0)
            return 0;
        if (why.code == DELTA_ERR_MEMORY)
            return err_memory(err);
        if (why.code == DELTA_ERR_LIMIT) {
            *err = why;
            return -1;
        }
    }
    struct delta_err why = {0};
    if (found->counts && head->index < salvage->history->count &&
        reconstruct_state(salvage->history, salvage->arena, head->index, out, &why) == 0 &&
        delta_digest_equal(delta_value_digest(out), head->digest))
        return 0;
    if (why.code != DELTA_OK && why.code != DELTA_ERR_DAMAGED) {
        if (err && err->code == DELTA_OK)
            *err = why;
        return -1;
    }
    return err_set(err, DELTA_ERR_DAMAGED, "the state that it depends on is missing");
}

/* Hands over a state, which becomes what the next record is applied to. */
static int hand_over(struct salvage *salvage, const struct found_frame *found,
                     struct delta_history_entry *entry, struct delta_err *err) {
    entry->size = delta_value_size(entry->value);
    if (set_known(&salvage->last.state, entry->index, entry->value, err) < 0 ||
        (found->counts && set_known(&salvage->live.state, entry->index, entry->value, err) < 0))
        return -1;
    salvage->handed_over = true;
    int status = salvage->visit(salvage->context, entry);
    return status ? err_set(err, DELTA_ERR_USAGE, "stopped") : 0;
}

/* The state handed over last begins a chain. */
static int begin_chain(struct salvage *salvage, const struct found_frame *found,
                       const struct delta_history_entry *entry, struct delta_err *err) {
    if (set_known(&salvage->last.keyframe, entry->index, entry->value, err) < 0)
        return -1;
    return found->counts ? set_known(&salvage->live.keyframe, entry->index, entry->value, err) : 0;
}

static int salvage_block(struct salvage *salvage, const struct found_frame *found,
                         const void *payload, struct delta_err *err) {
    const struct frame_head *head = &found->frame.head;
    struct delta_history_entry entry = {0};
    struct delta_err why = {0};
    uint32_t done = 0;
    struct block *block = block_open(salvage->arena, payload, (size_t)head->payload_length,
                                     history_max_size(salvage->history), &why);
    for (; block && done < head->count && done < block_count(block); done++) {
        struct delta_value made, *value = arena_alloc(salvage->arena, sizeof *value);
        if (!value) {
            err_memory(&why);
            break;
        }
        if (block_state(block, done, &made, &why) < 0)
            break;
        *value = made;
        struct block_entry known = block_entry(block);
        entry = (struct delta_history_entry){.index = head->index + done,
                                             .kind = DELTA_ENTRY_BLOCK,
                                             .time = known.time,
                                             .digest = delta_value_digest(value),
                                             .value = value};
        if (state_info_describe(known.metadata, &entry, &why) < 0 ||
            hand_over(salvage, found, &entry, &why) < 0)
            break;
    }
    block_close(block);
    if (why.code != DELTA_OK && why.code != DELTA_ERR_DAMAGED) {
        if (err)
            *err = why;
        return -1;
    }
    if (done < head->count) {
        leave_out(salvage, found, "corrupt block");
        return 0;
    }
    return begin_chain(salvage, found, &entry, err);
}

/* The state of a record or keyframe: 1; 0 when it cannot be proved, with `err` saying why; -1. */
static int make_state(struct salvage *salvage, const struct found_frame *found, const char *payload,
                      struct delta_history_entry *entry, struct delta_err *err) {
    const struct frame_head *head = &found->frame.head;
    size_t length = (size_t)head->payload_length;
    struct payload_record record;
    struct payload_keyframe keyframe;
    struct byte_span text, info = {0};
    struct delta_value *value = arena_alloc(salvage->arena, sizeof *value);
    *entry = (struct delta_history_entry){.index = head->index,
                                          .strategy = head->strategy,
                                          .time = head->time,
                                          .digest = head->digest,
                                          .chain = head->chain,
                                          .value = value};
    int status = -1;
    if (!value) {
        err_memory(err);
    } else if (head->kind == FRAME_KEYFRAME) {
        entry->kind = DELTA_ENTRY_KEYFRAME;
        const struct delta_value *made = reconstruct_keyframe(
            salvage->arena, head, payload, history_max_size(salvage->history), &text, err);
        if (made && payload_get_keyframe(payload, length, &keyframe, err) == 0) {
            *value = *made;
            info = keyframe.metadata;
            status = 0;
        }
    } else if (payload_get_record(payload, length, &record, err) == 0) {
        entry->kind = DELTA_ENTRY_RECORD;
        info = record.metadata;
        status = make_by_record(salvage, found, &record, value, err);
    }
    const struct delta_value *info_value = NULL;
    if (status == 0)
        status = state_info_parse(salvage->arena, info, &info_value, err);
    if (status == 0)
        status = state_info_describe(info_value, entry, err);
    return status == 0 ? 1 : err->code == DELTA_ERR_DAMAGED ? 0 : -1;
}

/* The frame of the same state that follows a record, or NULL. */
static const struct found_frame *keyframe_after(const struct salvage *salvage, size_t at) {
    const struct found_frame *found = &salvage->frames.items[at], *next = found + 1;
    bool pair = at + 1 < salvage->frames.count && found->frame.head.kind == FRAME_RECORD &&
                next->frame.head.kind == FRAME_KEYFRAME &&
                next->frame.head.index == found->frame.head.index &&
                next->frame.offset == scan_frame_end(&found->frame);
    return pair ? next : NULL;
}

/* The frames at `*at`: one, or the two of one state, of which either is enough. */
static int salvage_frame(struct salvage *salvage, size_t *at, struct delta_err *err) {
    const struct found_frame *found = &salvage->frames.items[*at];
    const struct found_frame *keyframe = keyframe_after(salvage, *at);
    struct delta_history_entry entry;
    struct delta_err why = {0};
    int made = 0;
    if (!found->counts && written_again(salvage, *at))
        return 0;
    for (const struct found_frame *one = found; one && !made;
         one = one == found ? keyframe : NULL) {
        why = (struct delta_err){0};
        const void *payload =
            one->whole ? scan_payload(&salvage->history->scan, &one->frame, err) : NULL;
        if (!payload && one->whole)
            return -1;
        if (!payload) {
            err_set(&why, DELTA_ERR_DAMAGED, "its bytes are damaged");
            continue;
        }
        const char *kept =
            arena_copy(salvage->arena, payload, (size_t)one->frame.head.payload_length);
        if (!kept)
            return err_memory(err);
        if (one->frame.head.kind == FRAME_BLOCK)
            return salvage_block(salvage, one, kept, err);
        made = make_state(salvage, one, kept, &entry, &why);
        if (made < 0) {
            if (err)
                *err = why;
            return -1;
        }
    }
    *at += keyframe != NULL;
    if (!made) {
        leave_out(salvage, found, why.text);
        return 0;
    }
    if (hand_over(salvage, found, &entry, err) < 0)
        return -1;
    bool begins = keyframe || found->frame.head.kind == FRAME_KEYFRAME;
    return begins ? begin_chain(salvage, found, &entry, err) : 0;
}

static int salvage_states(struct salvage *salvage, struct delta_err *err) {
    for (size_t i = 0; i < salvage->frames.count; i++) {
        if (!holds_states(&salvage->frames.items[i]))
            continue;
        salvage->arena = delta_arena_new();
        if (!salvage->arena)
            return err_memory(err);
        salvage->handed_over = false;
        if (salvage_frame(salvage, &i, err) < 0)
            return -1;
        /* The state handed over last stays while the next one is. */
        if (salvage->handed_over) {
            struct delta_arena *old = salvage->before;
            salvage->before = salvage->arena;
            salvage->arena = old;
        }
        delta_arena_free(salvage->arena);
        salvage->arena = NULL;
    }
    return 0;
}

int64_t delta_history_salvage(struct delta_history *history, delta_history_salvaged *visit,
                              delta_history_report *report, void *context, struct delta_err *err) {
    struct salvage salvage = {
        .history = history, .visit = visit, .report = report, .context = context};
    struct delta_err why = {0};
    int status = find_frames(&salvage, &why);
    if (status == 0) {
        mark_void(&salvage);
        check_gaps(&salvage);
        status = salvage_states(&salvage, &why);
    }
    struct known_state *texts[] = {&salvage.last.state, &salvage.last.keyframe, &salvage.live.state,
                                   &salvage.live.keyframe};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        delta_buf_free(&texts[i]->text);
    delta_arena_free(salvage.arena);
    delta_arena_free(salvage.before);
    free(salvage.frames.items);
    if (status < 0 && err)
        *err = why;
    return status < 0 ? history_failed(history, err) : salvage.lost;
}
