#include "history/tip.h"

#include "base/arena.h"
#include "base/err.h"
#include "history/reconstruct.h"
#include "json/reader.h"
#include "json/value.h"

enum {
    LINKS_CHECKED = 1 << 18, /* bytes at the end whose frames must follow one another; 0.1 ms */
    /* States made by records that share memory, and its bytes. Freeing it costs one reading of the
     * tip, and keeping it at least a block of an arena a state: 16 MiB for 512. */
    MOST_SHARED = 512,
    MOST_SHARED_BYTES = 64 << 20,
};

const struct delta_value *tip_value(struct delta_history *history, struct delta_err *err) {
    struct history_base *base = &history->base;
    if (base->value || !history->count)
        return base->value;
    /* What is added must not hide that older frames are of another copy. */
    uint64_t end = history->writer.end;
    if (history_check_links(history, end > LINKS_CHECKED ? end - LINKS_CHECKED : 0, err) < 0)
        return NULL;
    base->arena = delta_arena_new();
    struct delta_value *value = base->arena ? arena_alloc(base->arena, sizeof *value) : NULL;
    if (!value)
        return err_no_memory(err);
    if (base->text.bytes)
        return base->value = reader_parse_with(base->arena, base->text.bytes, base->text.length,
                                               VALUE_HASH, err);
    if (reconstruct_state(history, base->arena, history->count - 1, value, err) < 0)
        return NULL;
    return base->value = value;
}

void tip_set_value(struct delta_history *history, const struct delta_value *value,
                   struct delta_arena *arena) {
    struct history_base *base = &history->base;
    struct history_base next = {.value = value, .keyframe = base->keyframe};
    if (arena) {
        next.shared = base->shared + 1;
        next.shared_bytes = base->shared_bytes + delta_arena_size(arena);
        next.arena = base->arena ? base->arena : arena;
        if (base->arena)
            arena_join(base->arena, arena);
        if (base->text_arena)
            arena_join(next.arena, base->text_arena);
    } else {
        delta_arena_free(base->arena);
        delta_arena_free(base->text_arena);
    }
    *base = next;
}

bool tip_is_heavy(const struct delta_history *history) {
    const struct history_base *base = &history->base;
    return base->shared >= MOST_SHARED || base->shared_bytes >= MOST_SHARED_BYTES;
}

void tip_lighten(struct delta_history *history) {
    if (tip_is_heavy(history) && !history->writer.pending_states)
        tip_set_value(history, NULL, NULL);
}

bool tip_is_ended(const struct delta_history *history) {
    return history->has_tip && history->tip.head.flags & FRAME_ENDED;
}

int tip_find_keyframe(struct delta_history *history, struct delta_err *err) {
    struct history_keyframe *keyframe = &history->base.keyframe;
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

int tip_keyframe_text(struct delta_history *history, struct byte_span *text,
                      struct delta_err *err) {
    struct history_keyframe *keyframe = &history->base.keyframe;
    *text = (struct byte_span){0};
    if (!keyframe->known)
        return 0;
    if (!keyframe->text.bytes) {
        struct delta_value value;
        keyframe->arena = delta_arena_new();
        if (!keyframe->arena)
            return err_memory(err);
        if (reconstruct_state(history, keyframe->arena, keyframe->index, &value, err) < 0 ||
            reconstruct_text(keyframe->arena, &value, &keyframe->text, err) < 0)
            return -1;
    }
    *text = keyframe->text;
    return 0;
}
