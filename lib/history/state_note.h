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

/* Reads the value (NULL: nothing); what it finds points into it. DELTA_ERR_DAMAGED. */
int state_note_read(const struct delta_value *value, struct state_note *note,
                    struct delta_err *err);

#endif
