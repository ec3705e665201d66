#include "history/append.h"

#include "base/err.h"
#include "base/hash.h"
#include "base/io.h"
#include "diff/diff.h"
#include "history/iterator.h"
#include "history/reconstruct.h"
#include "history/state_note.h"
#include "patch/patch_pack.h"
#include "json/reader.h"
#include "json/value.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WORTH_A_PREFIX = 64,     /* bytes of content that a prefix may make smaller */
    WORTH_A_REFERENCE = 256, /* bytes of a patch that another strategy may beat, */
    REFERENCE_SHARE = 64,    /* when it is more than such a part of the state */
    KEYFRAME_WEIGHT = 2,     /* records that weigh so many times the state end with a keyframe */
    LINKS_CHECKED = 1 << 18, /* bytes at the end whose frames must follow one another; 0.1 ms */
    FLUSH_BYTES = 1 << 22,
    FLUSH_STATES = 4096,
};

/* ---- Frames -----------------------------------------------------------------------------------*/

/* A frame to be written: appended to `out`, which starts at byte `start` of its file, after the
 * frames that are in it. Fills in the head's body length and what links it to the frame before,
 * whose checksum is `*previous`. */
struct append_place {
    struct delta_buf *out;
    uint64_t start;
    uint64_t salt;
    uint32_t *previous;
};
static int append_frame(const struct append_place *place, struct frame_head *head,
                        const struct delta_buf *payload, struct delta_err *err) {
    unsigned char bytes[FRAME_HEAD];
    struct delta_buf *out = place->out;
    uint64_t offset = place->start + out->length;
    if (buf_check(payload, err) < 0)
        return -1;
    if (payload->length > FRAME_MAX_PAYLOAD)
        return err_set(err, DELTA_ERR_LIMIT, "a state is too large for a history");
    head->payload_length = payload->length;
    head->previous = *place->previous;
    *place->previous = (uint32_t)frame_head_put(head, place->salt, offset, bytes);
    buf_put(out, bytes, FRAME_HEAD);
    buf_put(out, payload->data, payload->length);
    frame_put_number(
        frame_payload_checksum(payload->data, payload->length, place->salt, offset + FRAME_HEAD),
        FRAME_CHECKSUM, bytes);
    buf_put(out, bytes, FRAME_CHECKSUM);
    frame_tail_put(frame_length(head), bytes);
    buf_put(out, bytes, FRAME_TAIL);
    return buf_check(out, err);
}

/* The options as a frame. */
static int append_options(const struct append_place *place, const struct delta_history *history,
                          struct delta_err *err) {
    struct delta_buf payload = {0};
    struct frame_head head = {.kind = FRAME_OPTIONS};
    payload_put_options(&history->options, history->id, history->key, &payload);
    int status = append_frame(place, &head, &payload, err);
    delta_buf_free(&payload);
    return status;
}

/* Puts a frame behind what is pending. */
static int put_pending(struct delta_history *history, struct frame_head *head,
                       const struct delta_buf *payload, struct delta_err *err) {
    struct append_place place = {.out = &history->pending,
                                 .start = history->end,
                                 .salt = history->scan.header.salt,
                                 .previous = &history->previous};
    uint64_t offset = history->end + history->pending.length;
    head->flags |= history->flags;
    /* A file that is not yet the history is synced before it becomes it. */
    if (!history->pending.length || history->fresh || history->detached)
        head->flags |= FRAME_FIRST;
    if (append_frame(&place, head, payload, err) < 0)
        return -1;
    history->last =
        (struct scan_frame){.offset = offset, .head = *head, .checksum = history->previous};
    if (head->count) {
        history->tip = history->last;
        history->tip_head = *head;
        history->has_tip = true;
    }
    return 0;
}

static int put_void(struct delta_history *history, uint64_t voided, struct delta_err *err) {
    struct delta_buf nothing = {0};
    struct frame_head head = {.kind = FRAME_VOID, .index = history->count, .distance = voided};
    if (put_pending(history, &head, &nothing, err) < 0)
        return -1;
    history->flags |= FRAME_AFTER_VOID;
    history->has_void = true;
    return 0;
}

/* What must stand before the next frame: a header and the options, or a void. */
static int prepare(struct delta_history *history, struct delta_err *err) {
    if (history->pending.length)
        return 0;
    if (history->fresh) {
        unsigned char bytes[FRAME_START];
        if (!history->detached && history_new_header(&history->scan.header, err) < 0)
            return -1;
        frame_header_put(&history->scan.header, bytes);
        buf_put(&history->pending, bytes, sizeof bytes);
        struct append_place place = {.out = &history->pending,
                                     .salt = history->scan.header.salt,
                                     .previous = &history->previous};
        history->end = 0;
        if (!history->id && history_set_id(history, 0, err) < 0)
            return -1;
        return append_options(&place, history, err);
    }
    if (history->torn) {
        if (put_void(history, history->torn, err) < 0)
            return -1;
        history->torn = 0;
    }
    return 0;
}

int append_block(struct delta_history *history, struct frame_head *head,
                 const struct delta_buf *payload, struct delta_err *err) {
    head->index = history->count;
    if (prepare(history, err) < 0 || put_pending(history, head, payload, err) < 0)
        return -1;
    delta_arena_free(history->tip_arena);
    delta_arena_free(history->text_arena);
    delta_arena_free(history->keyframe.arena);
    history->tip_arena = history->text_arena = NULL;
    history->tip_text = (struct byte_span){0};
    history->tip_value = NULL;
    history->keyframe = (struct history_keyframe){0};
    history->count += head->count;
    history->pending_states += head->count;
    return 0;
}

/* ---- Tip and keyframe -------------------------------------------------------------------------*/

const struct delta_value *append_tip(struct delta_history *history, struct delta_err *err) {
    if (history->tip_value || !history->count)
        return history->tip_value;
    /* What is added must not hide that older frames are of another copy. */
    uint64_t recent = history->end > LINKS_CHECKED ? history->end - LINKS_CHECKED : 0;
    if (history_check_links(history, recent, err) < 0)
        return NULL;
    history->tip_arena = delta_arena_new();
    struct delta_value *value =
        history->tip_arena ? arena_alloc(history->tip_arena, sizeof *value) : NULL;
    if (!value) {
        err_memory(err);
        return NULL;
    }
    if (history->tip_text.bytes)
        return history->tip_value = reader_parse_with(history->tip_arena, history->tip_text.bytes,
                                                      history->tip_text.length, VALUE_HASH, err);
    if (reconstruct_state(history, history->tip_arena, history->count - 1, value, err) < 0)
        return NULL;
    history->tip_value = value;
    return value;
}

/* Finds out which keyframe the tip depends on. */
static int find_keyframe(struct delta_history *history, struct delta_err *err) {
    struct history_keyframe *keyframe = &history->keyframe;
    const struct frame_head *tip = &history->tip.head;
    struct scan_frame frame;
    if (keyframe->known || !history->has_tip || tip->kind == FRAME_BLOCK)
        return 0;
    uint64_t at = history->tip.offset - tip->distance;
    int found = scan_after(&history->scan, at, at + 1, &frame, err);
    if (found <= 0)
        return found;
    if (frame.head.kind != FRAME_KEYFRAME || frame.head.index + tip->chain != tip->index)
        return 0;
    *keyframe = (struct history_keyframe){
        .known = true,
        .offset = at,
        .index = frame.head.index,
        .weight = tip->distance ? scan_frame_end(&history->tip) - scan_frame_end(&frame) -
                                      (uint64_t)tip->chain * FRAME_AROUND
                                : 0,
    };
    return 0;
}

static int keyframe_text(struct delta_history *history, struct byte_span *text,
                         struct delta_err *err) {
    struct history_keyframe *keyframe = &history->keyframe;
    *text = (struct byte_span){0};
    if (!keyframe->known)
        return 0;
    if (!keyframe->text.bytes) {
        struct delta_value value;
        keyframe->arena = delta_arena_new();
        if (!keyframe->arena)
            return err_memory(err);
        if (reconstruct_state(history, keyframe->arena, keyframe->index, &value, err) < 0 ||
            reconstruct_metadata(keyframe->arena, &value, &keyframe->text, err) < 0)
            return -1;
    }
    *text = keyframe->text;
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
    } else if (reconstruct_metadata(made.arena, value, &made.text, err) == 0 &&
               payload_put_keyframe(metadata, made.text, level, &payload, err) == 0) {
        made.offset = history->end + history->pending.length;
        status = put_pending(history, &head, &payload, err);
    }
    delta_buf_free(&payload);
    if (status < 0) {
        delta_arena_free(made.arena);
        return -1;
    }
    delta_arena_free(history->keyframe.arena);
    history->keyframe = made;
    return 0;
}

/* ---- Records ----------------------------------------------------------------------------------*/

/* One state on its way in. */
struct arrival {
    struct delta_arena *arena;
    const struct delta_value *old, *new;
    struct byte_span text, metadata; /* text: of the new state, once it is spelled */
    bool keep_all;
    enum delta_strategy strategy;
    struct payload_record record;
};

static int encode_new(struct arrival *in, struct delta_err *err) {
    return in->text.bytes ? 0 : reconstruct_metadata(in->arena, in->new, &in->text, err);
}

/* The patch as content of the record. */
static int arrive_as_patch(struct delta_history *history, struct arrival *in,
                           const struct delta_patch *patch, struct delta_err *err) {
    struct delta_buf packed = {0};
    struct byte_span prefix = {0};
    int status = pack_patch(patch, in->old, &packed, err);
    if (status == 0 && packed.length > WORTH_A_PREFIX)
        status = keyframe_text(history, &prefix, err);
    if (status == 0)
        status = chunk_close(in->arena, (struct byte_span){packed.data, packed.length}, prefix,
                             history_level(history), &in->record.content, err);
    in->record.content.positional = true;
    in->strategy = DELTA_DICT;
    delta_buf_free(&packed);
    return status;
}

/* The state's own text as content. */
static int arrive_as_text(struct delta_history *history, struct arrival *in,
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
    if (strategy == DELTA_REFERENCE && keyframe_text(history, &prefix, err) < 0)
        return -1;
    return chunk_close(in->arena, in->text, prefix, history_level(history), &in->record.content,
                       err);
}

static int arrive_as_binary(struct arrival *in, int level, struct delta_err *err) {
    struct byte_span old_text;
    struct delta_buf made = {0};
    if (encode_new(in, err) < 0 || reconstruct_metadata(in->arena, in->old, &old_text, err) < 0)
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
static int arrive(struct delta_history *history, struct arrival *in, struct delta_err *err) {
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
        return patch->kind == PATCH_EMPTY ? arrive_as_patch(history, in, patch, err)
                                          : arrive_as_text(history, in, strategy, err);
    case DELTA_BINARY:
        return patch->kind == PATCH_EMPTY ? arrive_as_patch(history, in, patch, err)
                                          : arrive_as_binary(in, history_level(history), err);
    default:
        break;
    }
    if (arrive_as_patch(history, in, patch, err) < 0)
        return -1;
    if (strategy == DELTA_DICT || in->record.content.length < WORTH_A_REFERENCE ||
        in->record.content.length < in->record.size / REFERENCE_SHARE)
        return 0;
    struct chunk dict = in->record.content;
    if (arrive_as_text(history, in, DELTA_REFERENCE, err) < 0)
        return -1;
    if (in->record.content.length >= dict.length) {
        in->record.content = dict;
        in->strategy = DELTA_DICT;
    }
    return 0;
}

/* True when a state so far from its keyframe is to have one of its own. */
static bool wants_keyframe(const struct delta_history *history, uint32_t chain,
                           const struct arrival *in) {
    const struct delta_history_options *how = &history->options.how;
    bool drops = how->on_limit != DELTA_LIMIT_KEYFRAME;
    bool at_limit = how->max_chain_length && chain >= how->max_chain_length;
    if (!history->keyframe.known || (at_limit && drops && in->keep_all))
        return true;
    if (in->strategy == DELTA_COMPRESS || in->strategy == DELTA_NONE)
        return false;
    if (how->max_chain_length && (drops || at_limit))
        return !drops;
    return (!how->max_chain_length && chain >= HISTORY_CHAIN) ||
           history->keyframe.weight > KEYFRAME_WEIGHT * in->record.size;
}

static int put_record(struct delta_history *history, struct arrival *in,
                      const struct frame_head *like, struct delta_err *err) {
    struct frame_head head = *like;
    struct delta_buf payload = {0};
    const struct history_keyframe *keyframe = &history->keyframe;
    uint32_t chain = keyframe->known ? like->index - keyframe->index : 0;
    head.kind = FRAME_RECORD;
    head.strategy = in->strategy;
    head.chain = chain < UINT16_MAX ? (uint16_t)chain : UINT16_MAX;
    head.distance = keyframe->known ? history->end + history->pending.length - keyframe->offset : 0;
    payload_put_record(&in->record, &payload);
    int status = put_pending(history, &head, &payload, err);
    history->keyframe.weight += payload.length;
    delta_buf_free(&payload);
    if (status == 0 && wants_keyframe(history, chain, in))
        status = put_keyframe(history, like, in->new, in->metadata, err);
    return status;
}

static int put_state(struct delta_history *history, struct arrival *in,
                     const struct delta_history_note *note, struct delta_err *err) {
    struct frame_head head = {.count = 1,
                              .index = history->count,
                              .time = note->time,
                              .digest = delta_value_digest(in->new)};
    const struct state_note kept = {.metadata = note->metadata,
                                    .source = {note->source, note->source_length},
                                    .seq = note->source_length ? note->seq : 0,
                                    .ended = note->ended};
    if (note->ended)
        head.flags = FRAME_ENDED;
    if (state_note_write(in->arena, &kept, &in->metadata, err) < 0)
        return -1;
    if (!in->old)
        return put_keyframe(history, &head, in->new, in->metadata, err);
    if (find_keyframe(history, err) < 0 || arrive(history, in, err) < 0)
        return -1;
    return put_record(history, in, &head, err);
}

/* ---- Adding -----------------------------------------------------------------------------------*/

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

/* Finds out what there is to know of a position; only that it is the highest, where that shows in
 * the last state: a long history of which nothing is replayed is not read. */
static int load_positions(struct delta_history *history, struct byte_span source, uint64_t seq,
                          struct delta_err *err) {
    int above = history->positions.complete ? 1 : iterator_is_above(history, source, seq, err);
    if (above != 0)
        return above < 0 ? -1 : 0;
    if (append_flush(history, err) < 0)
        return -1;
    return iterator_load_positions(history, err);
}

/* Where a state stands among those of its source: enum delta_added for one that is not to be
 * added, DELTA_ADDED for a new one, or -1. Without its digest it is known where it is not above the
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

int delta_history_judge(struct delta_history *history, const struct delta_history_note *note,
                        const struct delta_digest *digest, struct delta_err *err) {
    int verdict = note->source_length ? judge(history, note, digest, err) : DELTA_ADDED;
    if (verdict < 0)
        history_failed(history, err);
    return verdict;
}

static bool is_own_source(const struct delta_history *history, struct byte_span source) {
    return source.length && source.length == strlen(history->source) &&
           memcmp(source.bytes, history->source, source.length) == 0;
}

/* The same for a state that is about to be added, which must not leave a gap. */
static int check_position(struct delta_history *history, const struct delta_value *value,
                          const struct delta_history_note *note, struct delta_err *err) {
    struct byte_span source = {note->source, note->source_length};
    struct delta_digest digest = {0};
    if (!note->source_length || history->detached)
        return DELTA_ADDED;
    if (!note->ended)
        digest = delta_value_digest(value);
    int verdict = judge(history, note, &digest, err);
    if (verdict != DELTA_ADDED)
        return verdict;
    /* The history's own states are counted by it, without a hole. */
    uint64_t next = positions_serial(&history->positions, history->count);
    bool own = is_own_source(history, source);
    const struct position_state *highest = positions_highest(&history->positions, source);
    if (own ? note->seq != next : note->dense && highest && note->seq != highest->seq + 1)
        return err_set(err, DELTA_ERR_GAP, "gap: position %llu of source %.*s does not follow %llu",
                       (unsigned long long)note->seq, (int)note->source_length, note->source,
                       (unsigned long long)(own ? next - 1 : highest->seq));
    return DELTA_ADDED;
}

/* Takes a state into account that was added, or skipped as equal. */
static int note_position(struct delta_history *history, const struct delta_value *value,
                         const struct delta_history_note *note, bool kept, struct delta_err *err) {
    struct byte_span source = {note->source, note->source_length};
    struct position_state state = {.seq = note->seq};
    if (history->detached)
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

static bool tip_is_ended(const struct delta_history *history) {
    return history->has_tip && history->tip.head.flags & FRAME_ENDED;
}

static int add(struct delta_history *history, const struct delta_value *value,
               const struct delta_history_note *note, struct delta_err *err) {
    if (history->broken)
        return err_set(err, DELTA_ERR_USAGE, "an earlier write failed");
    if (history_lock(history, err) < 0)
        return -1;
    if (history->options_damaged && !history->fresh)
        return err_set(err, DELTA_ERR_DAMAGED,
                       "corrupt options at the start of the history: see `delta-chain verify`");
    int added = check_position(history, value, note, err);
    if (added != DELTA_ADDED)
        return added;
    struct delta_history_note plain = *note;
    if (!history->detached &&
        is_own_source(history, (struct byte_span){note->source, note->source_length})) {
        plain.source = NULL;
        plain.source_length = 0;
        note = &plain;
    }
    const struct delta_value *tip = append_tip(history, err);
    if ((!tip && history->count) || check_tip(tip, note, err) < 0)
        return -1;
    bool ended = tip_is_ended(history);
    int skip = note->ended && (!tip || ended);
    if (tip && !ended && !note->ended && note->skip_equal &&
        (skip = equals_tip(tip, value, note->filter, err)) < 0)
        return -1;
    if (skip && !history->detached)
        return note->source_length ? note_position(history, value, note, false, err) : 0;
    if (note->ended && !history->detached)
        value = tip;
    if (history->count >= UINT32_MAX - 1)
        return err_set(err, DELTA_ERR_LIMIT, "the history holds the maximum number of states");
    if (value_check_depth(value, err) < 0 || prepare(history, err) < 0)
        return -1;
    struct arrival in = {
        .arena = delta_arena_new(), .old = tip, .new = value, .keep_all = note->keep_all};
    if (!in.arena)
        return err_memory(err);
    int status = put_state(history, &in, note, err);
    delta_arena_free(in.arena);
    if (status < 0 || note_position(history, value, note, true, err) < 0)
        return -1;
    if (value != tip) {
        delta_arena_free(history->tip_arena);
        delta_arena_free(history->text_arena);
        history->tip_arena = history->text_arena = NULL;
        history->tip_text = (struct byte_span){0};
        history->tip_value = value;
    }
    history->count++;
    history->pending_states++;
    return 1;
}

int delta_history_add(struct delta_history *history, const struct delta_value *value,
                      const struct delta_history_note *note, struct delta_err *err) {
    int added = add(history, value, note, err);
    if (added < 0)
        history_failed(history, err);
    return added;
}

bool append_at_limit(const struct delta_history *history) {
    const struct delta_history_options *how = &history->options.how;
    return how->on_limit != DELTA_LIMIT_KEYFRAME && how->max_chain_length && history->has_tip &&
           history->tip.head.kind == FRAME_RECORD &&
           history->tip.head.chain >= how->max_chain_length;
}

bool delta_history_wants_flush(const struct delta_history *history) {
    return history->pending.length >= FLUSH_BYTES || history->pending_states >= FLUSH_STATES ||
           (history->pending_states && append_at_limit(history));
}

/* ---- Onto the disk ----------------------------------------------------------------------------*/

/* The first states make the file: it is there with them or not at all. */
static int write_fresh(struct delta_history *history, struct io_replace *file,
                       struct delta_err *err) {
    if (io_replace_begin(file, history->path, history->scan.header.salt, err) < 0)
        return -1;
    if (file->direct)
        return err_set(err, DELTA_ERR_USAGE, "a history must be a regular file, not a descriptor");
    if (flock(file->fd, LOCK_EX) < 0)
        return err_system(err, "cannot lock");
    return io_replace_write(file, history->pending.data, history->pending.length, err);
}

/* Puts the file in its place; its lock lives on in the duplicate, which is returned, or -1. */
static int place_fresh(struct io_replace *file, bool durably, struct delta_err *err) {
    int fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        return err_system(err, "cannot open again");
    if ((durably ? io_replace_commit(file, err) : io_replace_place(file, err)) == 0)
        return fd;
    close(fd);
    return -1;
}

static int flush_fresh(struct delta_history *history, struct delta_err *err) {
    struct io_replace file = {0};
    int fd = write_fresh(history, &file, err) < 0 ? -1 : place_fresh(&file, true, err);
    if (fd < 0) {
        io_replace_abort(&file);
        return -1;
    }
    return history_adopt(history, fd, err);
}

/* What a failed write left behind is made void, as far as that can still be done. */
static void void_pending(struct delta_history *history) {
    struct stat status;
    /* What was torn before counts for nothing either: its void is in what failed. */
    if (fstat(history->fd, &status) < 0 || (uint64_t)status.st_size <= history->tail.end)
        return;
    uint64_t voided = (uint64_t)status.st_size - history->tail.end;
    struct delta_buf out = {0}, nothing = {0};
    uint32_t previous = history->tail.has_frame ? (uint32_t)history->tail.last.checksum : 0;
    struct append_place place = {.out = &out,
                                 .start = (uint64_t)status.st_size,
                                 .salt = history->scan.header.salt,
                                 .previous = &previous};
    struct frame_head head = {.kind = FRAME_VOID,
                              .index = history->count - history->pending_states,
                              .distance = voided,
                              .flags = history->flags | FRAME_FIRST};
    /* Half a void would be worse than none: the next writer makes one where there is room. */
    if (append_frame(&place, &head, &nothing, NULL) == 0 &&
        (fallocate(history->fd, FALLOC_FL_KEEP_SIZE, status.st_size, (off_t)out.length) == 0 ||
         errno == EOPNOTSUPP) &&
        lseek(history->fd, status.st_size, SEEK_SET) >= 0)
        (void)io_write_all(history->fd, out.data, out.length, NULL);
    delta_buf_free(&out);
}

static int write_appended(struct delta_history *history, struct delta_err *err) {
    if (lseek(history->fd, (off_t)history->end, SEEK_SET) < 0)
        return err_system(err, "cannot write");
    return io_write_all(history->fd, history->pending.data, history->pending.length, err);
}

/* What was pending is in the file. */
static void note_written(struct delta_history *history) {
    history->fresh = false;
    history->end += history->pending.length;
    scan_extend(&history->scan, history->end);
    history->tail =
        (struct scan_tail){.has_frame = true, .last = history->last, .end = history->end};
    delta_buf_free(&history->pending);
    history->pending_states = 0;
    history->pending_names = false;
}

static int flush_appended(struct delta_history *history, struct delta_err *err) {
    if (write_appended(history, err) < 0 ||
        (!history->detached && fdatasync(history->fd) < 0 && err_system(err, "cannot sync") < 0)) {
        if (!history->detached)
            void_pending(history);
        return -1;
    }
    note_written(history);
    return 0;
}

int append_names(struct delta_history *history, const struct delta_buf *payload,
                 struct delta_err *err) {
    struct frame_head head = {.kind = FRAME_NAMES, .index = history->count, .flags = FRAME_NAMED};
    if (prepare(history, err) < 0 || put_pending(history, &head, payload, err) < 0)
        return -1;
    history->flags |= FRAME_NAMED;
    history->pending_names = true;
    return 0;
}

int append_positions(struct delta_history *history, bool sources_only, struct delta_err *err) {
    struct delta_buf payload = {0};
    struct frame_head head = {.kind = FRAME_POSITIONS, .index = history->count};
    positions_put(&history->positions, sources_only, &payload);
    int status = prepare(history, err) < 0 ? -1 : put_pending(history, &head, &payload, err);
    delta_buf_free(&payload);
    history->positions.dirty = false;
    return status;
}

int append_nothing(struct delta_history *history, struct delta_err *err) {
    return prepare(history, err) < 0 ? -1 : flush_appended(history, err);
}

/* True when there is something to write, all of which is pending then: 1, 0, -1. */
static int collect(struct delta_history *history, struct delta_err *err) {
    if (history->broken)
        return err_set(err, DELTA_ERR_USAGE, "an earlier write failed");
    if (!history->pending_states && !history->pending_names && !history->positions.dirty)
        return 0;
    return history->positions.dirty && append_positions(history, true, err) < 0 ? -1 : 1;
}

int append_flush(struct delta_history *history, struct delta_err *err) {
    int some = collect(history, err);
    if (some <= 0)
        return some;
    history->broken = true;
    bool fresh = history->fresh && !history->detached;
    if ((fresh ? flush_fresh(history, err) : flush_appended(history, err)) < 0)
        return -1;
    history->broken = false;
    return 0;
}

int append_write(struct delta_history *history, struct io_replace *file, struct delta_err *err) {
    int some = collect(history, err);
    if (some <= 0)
        return some;
    history->broken = true;
    if ((history->fresh ? write_fresh(history, file, err) : write_appended(history, err)) == 0)
        return 1;
    append_undo(history, file);
    return -1;
}

int append_settle(struct delta_history *history, struct io_replace *file, struct delta_err *err) {
    if (history->fresh) {
        int fd = place_fresh(file, false, err);
        if (fd < 0)
            return -1;
        struct frame_header header = history->scan.header;
        scan_close(&history->scan);
        close(history->fd);
        history->fd = fd;
        history->scan = (struct scan){.fd = fd, .header = header};
    }
    note_written(history);
    history->broken = false;
    return 0;
}

void append_undo(struct delta_history *history, struct io_replace *file) {
    if (history->fresh)
        io_replace_abort(file);
    else
        void_pending(history);
}

int delta_history_restore(const char *path, const struct delta_export_header *export_header,
                          struct delta_err *err) {
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_ADD, err);
    if (!history)
        return -1;
    int status = history_lock(history, err);
    if (status == 0 && history->fresh) {
        history->options = *export_header;
        status = prepare(history, err) < 0 || flush_fresh(history, err) < 0 ? -1 : 1;
    }
    if (status < 0)
        history_failed(history, err);
    delta_history_close(history);
    return status;
}

int delta_history_init(const char *path, const struct delta_history_options *options,
                       struct delta_err *err) {
    struct delta_export_header export_header = {.how = *options};
    int made = delta_history_restore(path, &export_header, err);
    if (made == 0) {
        err_set(err, DELTA_ERR_USAGE, "history already exists");
        err_in_file(err, path);
    }
    return made > 0 ? 0 : -1;
}
