/* States out of a history: from the keyframe (or block, or full record) before it, by the records
 * since. A damaged keyframe is bypassed: its state has a record too. */
#ifndef HISTORY_RECONSTRUCT_H
#define HISTORY_RECONSTRUCT_H

#include "history/history.h"

/* The last frame that counts and whose first state is at or before `index`: 1, 0 or -1. O(log
 * file), or O(frames) when there is a void in the file. */
int reconstruct_locate(struct delta_history *history, uint32_t index, struct scan_frame *frame,
                       struct delta_err *err);

/* The state at `index`, in `arena`. */
int reconstruct_state(struct delta_history *history, struct delta_arena *arena, uint32_t index,
                      struct delta_value *value, struct delta_err *err);

/* What a keyframe's payload holds; checked against the head. NULL on failure; DELTA_ERR_LIMIT when
 * it has more than `max` bytes. */
const struct delta_value *reconstruct_keyframe(struct delta_arena *arena,
                                               const struct frame_head *head, const void *payload,
                                               uint64_t max, struct byte_span *text,
                                               struct delta_err *err);

/* What a record makes of the state before (not looked at when it is a full one, or a reference).
 * `keyframe` is the canonical form of the record's keyframe, no bytes when there is none.
 * DELTA_ERR_LIMIT when the state has more than `max` bytes. */
int reconstruct_record(struct delta_arena *arena, enum delta_strategy strategy,
                       const struct payload_record *record, const struct delta_value *before,
                       struct byte_span keyframe, uint64_t max, struct delta_value *out,
                       struct delta_err *err);

/* The canonical form, in the arena. */
int reconstruct_text(struct delta_arena *arena, const struct delta_value *value,
                     struct byte_span *text, struct delta_err *err);

/* True when nothing but the record, and its keyframe's text if it has a prefix, is needed. */
static inline bool reconstruct_is_full(enum delta_strategy strategy) {
    return strategy == DELTA_REFERENCE || strategy == DELTA_COMPRESS || strategy == DELTA_NONE;
}

#endif
