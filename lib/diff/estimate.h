/* Whether two values differ much, without a diff. */
#ifndef DIFF_ESTIMATE_H
#define DIFF_ESTIMATE_H

#include "json/value.h"

/* True when parts of more than `bytes` bytes, in canonical form, seem to differ. A guess: elements
 * and members are compared in the order in which they are. Ends as soon as it is true: O(parts that
 * differ), where the hashes are known. */
bool estimate_exceeds(const struct delta_value *old_value, const struct delta_value *new_value,
                      uint64_t bytes);

#endif
