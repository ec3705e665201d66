/* Records on their way into a history. */
#ifndef HISTORY_INCOMING_H
#define HISTORY_INCOMING_H

#include "history/history.h"

/* Sets what the record says of the state that it makes: its position and metadata, whether it is an
 * end, and its time where it has one. The rest of the note stays. */
void incoming_note(const struct delta_record *record, struct delta_history_note *note);

/* delta_history_add_record with a note that is complete. The history is locked, unless its file is
 * missing. */
int incoming_add(struct delta_history *history, struct delta_arena *arena,
                 const struct delta_record *record, const struct delta_history_note *note,
                 struct delta_err *err);

#endif
