/* Binary patches: the bsdiff algorithm (Colin Percival, "Naive differences of executable code",
 * 2003) and its BSDIFF40 format, as bsdiff(1) writes and bspatch(1) reads it. */
#ifndef CODEC_BSDIFF_H
#define CODEC_BSDIFF_H

#include "base/buf.h"
#include "delta.h"

/* True when the bytes begin as a patch does. */
bool bsdiff_is_patch(const void *bytes, size_t length);

/* Appends the patch that makes `new_bytes` out of `old_bytes`. Equal input gives equal bytes. Fails
 * with DELTA_ERR_MEMORY; the buffer is then as long as before.
 *
 * Time: O(n log n) of the old bytes, a second for 13 MB of JSON, and about as much as sorting for
 * the new ones, however they repeat. Memory: 4 bytes for each old byte (8 from 2 GiB on) and 24 MB.
 */
int bsdiff_diff(const void *old_bytes, size_t old_length, const void *new_bytes, size_t new_length,
                struct delta_buf *patch, struct delta_err *err);

/* Appends what the patch makes of `old_bytes`. Trusts nothing in it: a result larger than `max`
 * fails with DELTA_ERR_LIMIT before anything is allocated for it; a cut, overlong or altered patch,
 * or one that reads outside the old bytes, with DELTA_ERR_DAMAGED. The format has no checksum, so
 * the wrong old bytes give a wrong result unless its lengths show. The buffer is as long as before
 * after a failure. O(result). */
int bsdiff_apply(const void *old_bytes, size_t old_length, const void *patch, size_t length,
                 size_t max, struct delta_buf *result, struct delta_err *err);

#endif
