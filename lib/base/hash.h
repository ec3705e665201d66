/* XXH3 of bytes (xxhash.h, "XXH3_128bits"): digests of values and checksums of records.
 * Inlined, because most of what is hashed is shorter than a call is long. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "delta.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static inline struct delta_digest hash_bytes(const void *bytes, size_t length, uint64_t seed) {
    XXH128_hash_t hash = XXH3_128bits_withSeed(bytes, length, seed);
    return (struct delta_digest){.low = hash.low64, .high = hash.high64};
}

static inline uint64_t hash_bytes64(const void *bytes, size_t length, uint64_t seed) {
    return XXH3_64bits_withSeed(bytes, length, seed);
}

static inline bool digest_equal(struct delta_digest a, struct delta_digest b) {
    return a.low == b.low && a.high == b.high;
}

/* The 16 bytes of a digest in the order in which they are written and hashed: high half first,
 * each big-endian, as its hex digits read. */
void digest_put(struct delta_digest digest, unsigned char out[16]);
struct delta_digest digest_get(const unsigned char in[16]);

/* Reads 32 hex digits of either case; false when they are none. */
bool digest_parse(const char *text, size_t length, struct delta_digest *digest);

#endif
