/* What a history holds, added up. The interface is delta.h's delta_history_metrics. */
#include "base/err.h"
#include "history/block.h"
#include "history/frame_list.h"

#include <inttypes.h>

/* Adds up what one frame says; `counted` if its state was counted by its record. */
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
    struct frame_list list = {0};
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
    int status = frame_list_read(history, 0, history->count - 1, &list, err);
    const struct scan_frame *frames = list.items;
    size_t count = list.count;
    uint64_t next = 0;
    for (size_t i = 0; status == 0 && i < count; i++) {
        if (frames[i].head.index > next) {
            status = err_set(err, DELTA_ERR_DAMAGED, "state %" PRIu64 " is lost", next);
            break;
        }
        if (frames[i].after_damage) {
            status = err_set(err, DELTA_ERR_DAMAGED, "bytes before state %" PRIu32 " are damaged",
                             frames[i].head.index);
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
            struct delta_history_iterator *iterator =
                delta_history_iterator_new(history, 0, 0, false, err);
            if (!iterator || delta_history_iterator_next(iterator, &entry, err) < 0)
                status = -1;
            else
                metrics->first_time = entry.time;
            delta_history_iterator_free(iterator);
        }
    }
    frame_list_free(&list);
    return status < 0 ? history_failed(history, err) : 0;
}
