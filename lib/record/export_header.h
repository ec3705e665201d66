/* What the export of a whole history begins with: a line that says how the history stores its
 * states, and its counters; the records follow. One JSON object (delta-history(5)):
 *
 *     format                                   "delta-history/2"
 *     strategy, level, max_chain_length, on_limit   as `init` takes them; 0 for the default
 *     rebaseline_count, prune_count, optimization_count   rewrites so far
 *     dropped_states                           states that rewrites dropped
 *     dropped_changes, dropped_removals        keys set and removed by records that were dropped
 *     names                                    of states, each with its index; absent for none
 *     checksum                                 the digest of the object without it */
#ifndef RECORD_EXPORT_HEADER_H
#define RECORD_EXPORT_HEADER_H

#include "json/value.h"

/* True for an object that says it is an export header, of any version. */
bool export_header_is(const struct delta_value *value);

#endif
