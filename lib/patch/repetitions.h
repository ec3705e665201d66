/* A state without its repetitions, as the prefix of the values of a patch that changes much of it:
 * what is there once is enough for a compressor to find, and half of what many states hold is there
 * more than once. A reader can make it too. */
#ifndef PATCH_REPETITIONS_H
#define PATCH_REPETITIONS_H

#include "base/buf.h"
#include "json/value.h"

/* Appends the canonical form of `state`, but of equal arrays and objects of 64 bytes or more the
 * first only, nothing in the place of the others. DELTA_ERR_MEMORY. Recursion as deep as the state.
 * O(size). */
int write_without_repetitions(const struct delta_value *state, struct delta_buf *out,
                              struct delta_err *err);

#endif
