/* What a frame or block holds about a state besides the state: metadata, position, whether it is an
 * end. As JSON: nothing at all, or the metadata object; or, where there is a position or an end,
 *
 *     [METADATA or null, SOURCE or null, SEQ, ENDED] */
#ifndef HISTORY_STATE_INFO_H
#define HISTORY_STATE_INFO_H

#include "base/buf.h"
#include "json/value.h"

struct state_info {
    const struct delta_value *metadata; /* an object, or NULL */
    struct byte_span source;            /* no bytes: no position */
    uint64_t seq;
    bool ended;
};

/* The canonical form in `arena`; no bytes where there is no info. */
int state_info_write(struct delta_arena *arena, const struct state_info *info,
                     struct byte_span *text, struct delta_err *err);

/* The value that a text holds, in `arena`; NULL for no bytes. DELTA_ERR_DAMAGED. */
int state_info_parse(struct delta_arena *arena, struct byte_span text,
                     const struct delta_value **value, struct delta_err *err);

/* Sets the members of the entry that the value (NULL: no info) is about; they point into the value.
 * DELTA_ERR_DAMAGED. */
int state_info_describe(const struct delta_value *value, struct delta_history_entry *entry,
                        struct delta_err *err);

#endif
