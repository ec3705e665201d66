/* Of all longest common subsequences of two sequences the two extreme ones. */
#ifndef DIFF_EXTREME_LCS_H
#define DIFF_EXTREME_LCS_H

#include "base/arena.h"
#include "diff/symbols.h"

/* Puts in the place of `source`, a longest common subsequence (as of sequence_match, ascending),
 * the one that removes as early as can be, or (not `remove_first`) that inserts as early. Nothing
 * changes where that is too much to search. O(a * (removed + inserted)), memory too; scratch is
 * given back. -1 when out of memory. */
int extreme_lcs(struct delta_arena *arena, struct sequence a, struct sequence b, bool remove_first,
                uint32_t *source, struct delta_err *err);

#endif
