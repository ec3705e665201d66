/* Longest increasing subsequences: the elements that need not be moved. */
#ifndef MERGE_INCREASING_H
#define MERGE_INCREASING_H

#include <stdint.h>

/* Takes the next value of a sequence. Returns how many values precede it in the longest increasing
 * subsequence that ends with it. `*length`, 0 at first, becomes the length of the longest one so
 * far; `tails` has room for one number per value. Values must differ. O(log length). */
uint32_t increasing_put(uint32_t *tails, uint32_t *length, uint32_t value);

#endif
