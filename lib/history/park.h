/* Parked histories: their files are closed, and what is known of them is kept in little memory. */
#ifndef HISTORY_PARK_H
#define HISTORY_PARK_H

#include "history/history.h"

/* Closes the file of a history that has nothing pending, which gives up the lock, and keeps what is
 * known of it, in as little memory as that takes. history_lock opens it again, and reads it only
 * if somebody else wrote to it meanwhile. Out of memory, less is kept. O(tip, keyframe). */
void history_park(struct delta_history *history);

/* Bytes that a parked history takes. */
size_t history_parked_size(const struct delta_history *history);

#endif
