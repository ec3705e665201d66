/* The metadata of records: an object, or NULL where there is none. */
#ifndef RECORD_METADATA_H
#define RECORD_METADATA_H

#include "base/arena.h"
#include "json/value.h"

/* The members of both metadata objects, either of which may be NULL; where both have a key, the
 * later one's. Shares both. O(members). */
int metadata_join(struct delta_arena *arena, const struct delta_value *earlier,
                  const struct delta_value *later, const struct delta_value **out,
                  struct delta_err *err);

#endif
