/* Patience sorting (Fredman, "On computing the length of longest increasing subsequences", 1975).
 * Invariant: tails[n] is the smallest value that ends an increasing subsequence of n + 1 values, so
 * that `tails` is itself increasing and can be searched by bisection. */
#include "merge/increasing.h"

uint32_t increasing_put(uint32_t *tails, uint32_t *length, uint32_t value) {
    uint32_t low = 0, high = *length;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (tails[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    tails[low] = value;
    *length += low == *length;
    return low;
}
