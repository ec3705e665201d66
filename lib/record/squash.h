/* Many records to one, and records turned round or put side by side. The interface is delta.h's
 * delta_squash and delta_record_invert, delta_record_concurrent, delta_record_amend. */
#ifndef RECORD_SQUASH_H
#define RECORD_SQUASH_H

#include "record/record.h"

/* The members of both metadata objects, either of which may be NULL; where both have a key, the
 * later one's. Shares both. */
int squash_metadata(struct delta_arena *arena, const struct delta_value *earlier,
                    const struct delta_value *later, const struct delta_value **out,
                    struct delta_err *err);

#endif
