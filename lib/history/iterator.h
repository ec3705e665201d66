/* Many states of a history in order: each is rebuilt out of the one before. */
#ifndef HISTORY_ITERATOR_H
#define HISTORY_ITERATOR_H

#include "history/history.h"

/* From now on the record of each keyframe's state is compared with it. */
void iterator_be_thorough(struct delta_history_iterator *iterator);

/* From now on the values that were returned stay, until they are released. */
void iterator_keep(struct delta_history_iterator *iterator);
void iterator_release(struct delta_history_iterator *iterator);

/* delta_history_iterator_next for callers that can do without damaged states: 1 for one of these
 * too, with `*lost` set; -1 when the reading itself failed. */
int iterator_next_or_lost(struct delta_history_iterator *iterator,
                          struct delta_history_entry *entry, bool *lost, struct delta_err *err);

/* Called for a state without its value; not 0 stops. */
typedef int iterator_visitor(void *context, const struct delta_history_entry *entry,
                             struct delta_err *err);

/* Visits all states of a history that can be read. What the visitor returned, or -1. */
int iterator_visit(struct delta_history *history, iterator_visitor *visit, void *context,
                   struct delta_err *err);

/* The info (state_info.h) of the state returned last, as it is in the file; NULL for none. */
const struct delta_value *iterator_state_info(const struct delta_history_iterator *iterator);

#endif
