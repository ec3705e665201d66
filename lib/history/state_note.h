/* What a frame or block says of a state besides the state: metadata, position, whether it is an
 * end. As JSON: nothing at all, or the metadata object; or, where there is a position or an end,
 *
 *     [METADATA or null, SOURCE or null, SEQ, ENDED] */
#ifndef HISTORY_STATE_NOTE_H
#define HISTORY_STATE_NOTE_H

#include "base/buf.h"
#include "json/value.h"

struct state_note {
    const struct delta_value *metadata; /* an object, or NULL */
    struct byte_span source;            /* no bytes: no position */
    uint64_t seq;
    bool ended;
};

/* The canonical form in `arena`; no bytes where there is nothing to say. */
int state_note_write(struct delta_arena *arena, const struct state_note *note,
                     struct byte_span *text, struct delta_err *err);

/* The value that a text holds, in `arena`; NULL for no bytes. DELTA_ERR_DAMAGED. */
int state_note_parse(struct delta_arena *arena, struct byte_span text,
                     const struct delta_value **value, struct delta_err *err);

/* Sets what the value (NULL: nothing) says in the entry; it points into the value.
 * DELTA_ERR_DAMAGED. */
int state_note_describe(const struct delta_value *value, struct delta_history_entry *entry,
                        struct delta_err *err);

#endif
