/* The frame of a state is found by bisection, as indices ascend, unless a void hides some of them:
 * then backwards. From there records are collected back to what needs nothing before it, a
 * keyframe, a block or a full record, and applied forwards; a keyframe that is damaged is passed
 * over, as its state has a record too. The digest of the result says whether all of it was right,
 * so that those between need not be compared. What a chain is made of lies together in the file,
 * and is read at once. */
#include "history/reconstruct.h"

#include "base/array.h"
#include "base/err.h"
#include "base/hash.h"
#include "history/block.h"
#include "patch/apply.h"
#include "patch/patch_unpack.h"
#include "json/reader.h"
#include "json/value.h"
#include "json/writer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATCH_SHARE =
        4, /* a packed patch can be larger than the state that it makes, but not by much, */
    SMALL_PATCH = 4096, /* or in bytes */
};

/* Most bytes of a chain that are read ahead at once. */
static const uint64_t most_ahead = 64 << 20;

/* ---- Finding the frame ------------------------------------------------------------------------*/

/* By bisection: without voids, indices never decrease from one head to the next. */
static int locate_by_halves(struct delta_history *history, uint32_t index, struct scan_frame *frame,
                            struct delta_err *err) {
    uint64_t low = FRAME_START, high = history->tip.offset;
    int have = 0;
    while (low < high) {
        struct scan_frame probe;
        uint64_t middle = low + (high - low) / 2;
        int found = scan_after(&history->scan, middle, high, &probe, err);
        if (found < 0)
            return -1;
        if (!found || probe.head.index > index) {
            high = middle;
            continue;
        }
        *frame = probe;
        have = 1;
        low = probe.offset + 1;
    }
    return have;
}

int reconstruct_locate(struct delta_history *history, uint32_t index, struct scan_frame *frame,
                       struct delta_err *err) {
    if (!history->has_tip)
        return 0;
    if (history->tip.head.index <= index) {
        *frame = history->tip;
        return 1;
    }
    if (!history->has_void)
        return locate_by_halves(history, index, frame, err);
    /* The tip may not be written yet. */
    uint64_t limit =
        history->tip.offset < history->scan.end ? history->tip.offset : history->scan.end;
    int found;
    while ((found = scan_live_before(&history->scan, limit, frame, err)) > 0 &&
           frame->head.index > index)
        limit = frame->offset;
    return found;
}

/* ---- Decoding a state -------------------------------------------------------------------------*/

int reconstruct_text(struct delta_arena *arena, const struct delta_value *value,
                     struct byte_span *text, struct delta_err *err) {
    struct delta_buf buf = {0};
    writer_canonical(value, &buf);
    return buf_move(&buf, arena, text, err);
}

/* Reads a state whose text is in the arena, padded. Whatever is wrong with it is damage. */
static int parse(struct delta_arena *arena, const char *text, size_t length,
                 struct delta_value *out, struct delta_err *err) {
    struct delta_err why = {0};
    const struct delta_value *value = reader_parse(arena, text, length, DELTA_MAX_DEPTH, &why);
    if (!value)
        return err_damage(err, &why, "corrupt state");
    *out = *value;
    return 0;
}

const struct delta_value *reconstruct_keyframe(struct delta_arena *arena,
                                               const struct frame_head *head, const void *payload,
                                               uint64_t max, struct byte_span *text,
                                               struct delta_err *err) {
    struct delta_value *value = arena_alloc(arena, sizeof *value);
    struct payload_keyframe keyframe;
    if (!value)
        return err_no_memory(err);
    if (payload_get_keyframe(payload, (size_t)head->payload_length, &keyframe, err) < 0 ||
        payload_keyframe_text(arena, &keyframe, max, text, err) < 0 ||
        parse(arena, text->bytes, text->length, value, err) < 0)
        return NULL;
    if (!delta_digest_equal(delta_value_digest(value), head->digest))
        return err_null(err_set(err, DELTA_ERR_DAMAGED, "corrupt keyframe"));
    return value;
}

static int reconstruct_binary(struct delta_arena *arena, struct byte_span payload,
                              const struct delta_value *before, uint64_t max,
                              struct delta_value *out, struct delta_err *err) {
    struct delta_buf made = {0};
    struct byte_span old_text;
    if (reconstruct_text(arena, before, &old_text, err) < 0)
        return -1;
    int status = strategy_row(DELTA_BINARY)->decode(old_text, payload, max, &made, err);
    const char *text = NULL;
    if (status == 0 && !(text = reader_copy(arena, made.data, made.length)))
        status = err_memory(err);
    if (status == 0)
        status = parse(arena, text, made.length, out, err);
    delta_buf_free(&made);
    return status;
}

int reconstruct_record(struct delta_arena *arena, enum delta_strategy strategy,
                       const struct payload_record *record, const struct delta_value *before,
                       struct byte_span keyframe, uint64_t max, struct delta_value *out,
                       struct delta_err *err) {
    if (record->content.encoding == CHUNK_PREFIXED && !keyframe.bytes)
        return err_set(err, DELTA_ERR_DAMAGED, "a record needs a keyframe that is missing");
    bool full = reconstruct_is_full(strategy);
    char *content = chunk_open(arena, &record->content, keyframe,
                               full ? max : max * PATCH_SHARE + SMALL_PATCH, err);
    if (!content)
        return -1;
    size_t length = (size_t)record->content.content;
    if (full)
        return parse(arena, content, length, out, err);
    if (!before)
        return err_set(err, DELTA_ERR_DAMAGED, "a record needs a state that is missing");
    if (strategy == DELTA_BINARY)
        return reconstruct_binary(arena, (struct byte_span){content, length}, before, max, out,
                                  err);
    const struct delta_patch *patch =
        unpack_patch(arena, content, length, record->content.positional ? before : NULL, err);
    if (!patch || apply_patch(arena, before, patch, out, err) < 0)
        return -1;
    if (delta_value_size(out) > max)
        return err_set(err, DELTA_ERR_LIMIT, "the state is larger than --max-size allows");
    return 0;
}

/* ---- The chain from a base to a state -------------------------------------------------------- */

struct link {
    struct frame_head head;
    struct payload_record record;
    struct delta_value value;
};

struct chain {
    ARRAY(struct link) links; /* the last one first */
    bool has_base;
    uint32_t base_index;
    struct delta_value base;
    struct byte_span base_text; /* no bytes until it is needed */
};

static int lost(uint32_t index, struct delta_err *err) {
    return err_set(err, DELTA_ERR_DAMAGED,
                   "state %" PRIu32
                   " cannot be rebuilt: what it depends on is damaged (see `delta-chain verify`)",
                   index);
}

static int add_link(struct chain *chain, struct delta_arena *arena, struct scan *scan,
                    const struct scan_frame *frame, struct delta_err *err) {
    const unsigned char *payload = scan_payload(scan, frame, err);
    if (!payload)
        return -1;
    size_t length = (size_t)frame->head.payload_length;
    char *kept = arena_copy(arena, payload, length);
    if (!kept)
        return err_memory(err);
    struct link link = {.head = frame->head};
    if (payload_get_record(kept, length, &link.record, err) < 0)
        return -1;
    struct link *added = array_add(&chain->links);
    if (!added)
        return err_memory(err);
    *added = link;
    return 0;
}

/* The base out of a keyframe or block: 1; 0 when it is damaged, -1 for want of memory. */
static int read_base(struct chain *chain, struct delta_arena *arena, struct delta_history *history,
                     const struct scan_frame *frame, uint32_t index, struct delta_err *err) {
    struct delta_err why = {0};
    uint64_t max = history_max_size(history);
    const unsigned char *payload = scan_payload(&history->scan, frame, &why);
    if (payload && frame->head.kind == FRAME_KEYFRAME) {
        const struct delta_value *value =
            reconstruct_keyframe(arena, &frame->head, payload, max, &chain->base_text, &why);
        if (value)
            chain->base = *value;
    } else if (payload) {
        struct block *block =
            block_open(arena, payload, (size_t)frame->head.payload_length, max, &why);
        if (block && block_count(block) != frame->head.count)
            err_set(&why, DELTA_ERR_DAMAGED, "corrupt block: wrong number of states");
        else if (block)
            block_state(block, index - frame->head.index, &chain->base, &why);
        block_close(block);
    }
    if (why.code == DELTA_OK) {
        chain->has_base = true;
        chain->base_index = index;
        return 1;
    }
    if (why.code == DELTA_ERR_DAMAGED)
        return 0;
    if (err)
        *err = why;
    return -1;
}

/* Collects the records that lead to `index`, back to a base. */
static int collect(struct delta_history *history, struct delta_arena *arena,
                   struct scan_frame frame, uint32_t index, struct chain *chain,
                   struct delta_err *err) {
    struct scan *scan = &history->scan;
    uint32_t needed = index;
    for (;;) {
        const struct frame_head *head = &frame.head;
        if (head->kind == FRAME_OPTIONS || (uint64_t)head->index + head->count <= needed)
            return lost(index, err);
        bool wanted = head->index <= needed;
        if (wanted && head->kind != FRAME_RECORD) {
            int based = read_base(chain, arena, history, &frame, needed, err);
            if (based)
                return based < 0 ? -1 : 0;
            if (head->kind == FRAME_BLOCK)
                return lost(index, err);
        } else if (wanted) {
            struct delta_err why = {0};
            if (add_link(chain, arena, scan, &frame, &why) < 0) {
                if (why.code == DELTA_ERR_DAMAGED)
                    return lost(index, err);
                if (err)
                    *err = why;
                return -1;
            }
            const struct chunk *content =
                &chain->links.items[chain->links.count - 1].record.content;
            uint32_t back = 1;
            if (reconstruct_is_full(head->strategy)) {
                if (content->encoding != CHUNK_PREFIXED)
                    return 0;
                back = head->chain;
            }
            if (back > needed || back == 0)
                return lost(index, err);
            needed -= back;
        }
        const struct scan_frame next = frame;
        int found = scan_live_before_frame(scan, &next, &frame, err);
        if (found <= 0 || frame.unlinked)
            return found < 0 ? -1 : lost(index, err);
    }
}

/* The canonical form of the state at `index` within the chain, or no bytes. */
static int keyframe_text(struct chain *chain, struct delta_arena *arena, uint32_t index,
                         size_t reached, struct byte_span *text, struct delta_err *err) {
    *text = (struct byte_span){0};
    if (chain->has_base && chain->base_index == index) {
        if (!chain->base_text.bytes &&
            reconstruct_text(arena, &chain->base, &chain->base_text, err) < 0)
            return -1;
        *text = chain->base_text;
        return 0;
    }
    for (size_t i = chain->links.count; i > reached; i--)
        if (chain->links.items[i - 1].head.index == index)
            return reconstruct_text(arena, &chain->links.items[i - 1].value, text, err);
    return 0;
}

/* Applies the records to the base. */
static int play(struct chain *chain, struct delta_arena *arena, uint64_t max,
                struct delta_value *out, struct delta_err *err) {
    const struct delta_value *value = chain->has_base ? &chain->base : NULL;
    struct byte_span text = {0};
    uint32_t text_index = NO_INDEX;
    for (size_t i = chain->links.count; i > 0; i--) {
        struct link *link = &chain->links.items[i - 1];
        uint32_t from = link->head.index - link->head.chain;
        if (link->record.content.encoding == CHUNK_PREFIXED && from != text_index) {
            if (keyframe_text(chain, arena, from, i, &text, err) < 0)
                return -1;
            text_index = from;
        }
        if (reconstruct_record(arena, link->head.strategy, &link->record, value, text, max,
                               &link->value, err) < 0)
            return -1;
        value = &link->value;
    }
    *out = *value;
    return 0;
}

/* The state at `index`, which the frame holds. */
static int rebuild(struct delta_history *history, struct delta_arena *arena, uint32_t index,
                   const struct scan_frame *frame, struct delta_value *value,
                   struct delta_err *err) {
    struct chain chain = {0};
    uint64_t end = scan_frame_end(frame), start = frame->offset - frame->head.distance;
    if (end - start < most_ahead &&
        !scan_bytes(&history->scan, start, (size_t)(end - start), false, err))
        return -1;
    struct delta_err why = {0};
    int status = collect(history, arena, *frame, index, &chain, &why);
    if (status == 0)
        status = play(&chain, arena, history_max_size(history), value, &why);
    const struct frame_head *head = &frame->head;
    bool exact = head->kind != FRAME_BLOCK || index + 1 == head->index + head->count;
    if (status == 0 && exact && !delta_digest_equal(delta_value_digest(value), head->digest))
        status = lost(index, &why);
    free(chain.links.items);
    /* A record that does not fit, within a history, is damage and nothing else. */
    if (status < 0 && why.code == DELTA_ERR_BASE)
        return lost(index, err);
    if (status < 0 && err && err->code == DELTA_OK)
        *err = why;
    return status;
}

int reconstruct_state(struct delta_history *history, struct delta_arena *arena, uint32_t index,
                      struct delta_value *value, struct delta_err *err) {
    struct scan_frame frame;
    int found = reconstruct_locate(history, index, &frame, err);
    if (found <= 0)
        return found < 0 ? -1 : lost(index, err);
    return rebuild(history, arena, index, &frame, value, err);
}

const struct delta_value *delta_history_get(struct delta_history *history,
                                            struct delta_arena *arena, uint32_t index,
                                            struct delta_err *err) {
    struct delta_value *value = arena_alloc(arena, sizeof *value);
    if (!value)
        return err_no_memory(err);
    if (index >= history->count) {
        if (history->count)
            err_set(err, DELTA_ERR_USAGE, "there is no state %" PRIu32 ": the last one is %" PRIu32,
                    index, history->count - 1);
        else
            err_set(err, DELTA_ERR_USAGE, "there is no state %" PRIu32 ": the history is empty",
                    index);
        history_failed(history, err);
        return NULL;
    }
    if (history->writer.pending_states)
        return err_null(
            err_set(err, DELTA_ERR_USAGE, "states that were added must be flushed first"));
    struct scan_frame frame;
    int found = reconstruct_locate(history, index, &frame, err);
    int status = found < 0 ? -1 : found == 0 ? lost(index, err) : 0;
    if (status == 0 && (history_check_links(history, frame.offset, err) < 0 ||
                        rebuild(history, arena, index, &frame, value, err) < 0))
        status = -1;
    if (status < 0)
        history_failed(history, err);
    return status < 0 ? NULL : value;
}
