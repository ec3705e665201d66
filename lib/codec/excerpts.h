/* Excerpts of a text that a source repeats: those parts of a large text which are worth more in a
 * prefix of the source than it costs to say where they are. Finding them takes a few milliseconds
 * where indexing all of the text takes many. */
#ifndef CODEC_EXCERPTS_H
#define CODEC_EXCERPTS_H

#include "base/ranges.h"

/* Finds the ranges of `text` that have what is in `source`, but not in `known`, the prefix that it
 * has already; none may be worth it. `ranges` is empty before, and has to be freed. Equal bytes
 * give equal ranges. DELTA_ERR_MEMORY. O(source + known + text / 8), which is 5 ms for a text of
 * 13 MB. */
int excerpts_find(struct byte_span source, struct byte_span known, struct byte_span text,
                  struct ranges *ranges, struct delta_err *err);

#endif
