/* Many states of a history in order: each is rebuilt out of the one before. */
#ifndef HISTORY_ITERATOR_H
#define HISTORY_ITERATOR_H

#include "history/history.h"

/* The frames that count and hold states from `first` to `last`, in order; to be freed. What is
 * between them and missing is lost. */
int iterator_frames(struct delta_history *history, uint32_t first, uint32_t last,
                    struct scan_frame **frames, size_t *count, struct delta_err *err);

/* A walk that also holds the record of each keyframe's state against it. */
void iterator_be_thorough(struct delta_history_iterator *walk);

/* From now on what was walked over stays, until the walk is released. */
void iterator_keep(struct delta_history_iterator *walk);
void iterator_release(struct delta_history_iterator *walk);

#endif
