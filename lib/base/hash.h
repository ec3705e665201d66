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

/* Two words that the process draws when it starts (from getrandom, or where that fails from the
 * bytes that the kernel gives every process) and that are constant from then on. They decide only
 * where something is in a hash table; nothing that is written depends on them. */
struct hash_secret {
    uint64_t words[2];
};
extern struct hash_secret hash_secret;

/* Mixes two words into one that cannot be predicted without the secret: the folded product of both,
 * each hidden by a secret word, as XXH3 does it. */
static inline uint64_t hash_keyed(uint64_t first, uint64_t second) {
    return XXH3_mul128_fold64(first ^ hash_secret.words[0], second ^ hash_secret.words[1]);
}

/* Where a digest is in a hash table. Digests have known seeds, so their own bits can be chosen. */
static inline uint64_t hash_slot(struct delta_digest digest) {
    return hash_keyed(digest.low, digest.high);
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
