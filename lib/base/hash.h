/* Two hashes of bytes that must not be confused:
 *
 *   - hash_bytes and hash_bytes64, XXH3 with a known seed (xxhash.h): digests that are written, and
 *     checksums. Anyone can compute them, and anyone can make two inputs that have the same one.
 *   - hash_private, keyed with what the process draws when it starts: what hash tables and
 *     comparisons of values use. It never leaves the process, and nothing that is written depends
 *     on it, not even an order.
 *
 * Inlined, because most of what is hashed is shorter than a call is long. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "delta.h"

#define XXH_INLINE_ALL
#include <string.h>
#include <xxhash.h>

static inline struct delta_digest hash_bytes(const void *bytes, size_t length, uint64_t seed) {
    XXH128_hash_t hash = XXH3_128bits_withSeed(bytes, length, seed);
    return (struct delta_digest){.low = hash.low64, .high = hash.high64};
}

/* The same for a seed that is constant where it is called, which is made part of the code: an
 * eighth of the instructions less for a short text. For functions that are not inlined themselves.
 */
static inline __attribute__((always_inline)) struct delta_digest
hash_bytes_seeded(const void *bytes, size_t length, uint64_t seed) {
    XXH128_hash_t hash = XXH3_128bits_internal(bytes, length, seed, XXH3_kSecret,
                                               sizeof XXH3_kSecret, XXH3_hashLong_128b_withSeed);
    return (struct delta_digest){.low = hash.low64, .high = hash.high64};
}

static inline uint64_t hash_bytes64(const void *bytes, size_t length, uint64_t seed) {
    return XXH3_64bits_withSeed(bytes, length, seed);
}

enum {
    HASH_SHORT = 16,           /* bytes of text that are hashed by two loads */
    HASH_MEDIUM = 48,          /* and by six */
    HASH_LENGTH = 0,           /* a word for each length up to HASH_SHORT */
    HASH_MIX = HASH_SHORT + 1, /* for hash_mix, and the first of those for longer texts */
    HASH_WORDS = HASH_SHORT + 1 + 8,
};

/* Words that the process draws when it starts (from getrandom, or where that fails from the bytes
 * that the kernel gives every process) and that are constant from then on. */
struct hash_secret {
    uint64_t words[HASH_WORDS];
};
extern struct hash_secret hash_secret;

/* Mixes two words, each hidden by a secret one, into one that cannot be predicted without the
 * secret: the halves of their product folded together, as in XXH3 and wyhash. */
static inline uint64_t hash_fold(uint64_t a, uint64_t b) {
    return XXH3_mul128_fold64(a, b);
}

static inline uint64_t hash_mix(uint64_t first, uint64_t second) {
    return hash_fold(first ^ hash_secret.words[HASH_MIX], second ^ hash_secret.words[HASH_MIX + 1]);
}

/* Lets each bit of a folded product count in its low and its high bits, which tables use: where
 * one factor is the same for many texts, and has few significant bits, these hardly differ. Of 100
 * processes, one to four would look at more than 4 slots for a key among 4,096 that differ in two
 * bytes, and one in 300 at more than 16. */
static inline uint64_t hash_spread(uint64_t hash) {
    hash *= UINT64_C(0x9e3779b97f4a7c15); /* 2^64 divided by the golden ratio */
    return hash ^ hash >> 32;
}

/* hash_private of more than HASH_MEDIUM bytes. */
uint64_t hash_long(const void *bytes, size_t length);

/* hash_private of more than HASH_SHORT bytes and up to HASH_MEDIUM: three blocks of 16 that overlap
 * where it is less, so that nothing depends on the length but where they are. */
static inline uint64_t hash_medium(const unsigned char *text, size_t length) {
    const uint64_t *secret = hash_secret.words + HASH_MIX;
    const unsigned char *last = text + length - 16;
    const unsigned char *second = length < 32 ? last : text + 16;
    uint64_t words[6];
    memcpy(words, text, 16);
    memcpy(words + 2, second, 16);
    memcpy(words + 4, last, 16);
    uint64_t sum = hash_fold(words[0] ^ secret[1], words[1] ^ secret[2]) +
                   hash_fold(words[2] ^ secret[3], words[3] ^ secret[4]) +
                   hash_fold(words[4] ^ secret[5], words[5] ^ secret[6]);
    return hash_fold(sum ^ secret[0], length ^ secret[7]);
}

/* The private hash: two inputs, however they were chosen, share one with a probability of about
 * 2^-64. `kind` keeps equal bytes of different kinds of value apart. Most texts are short: two
 * loads that overlap cover them, and each length has a secret word of its own, because the same
 * loads can come from texts of different lengths. */
static inline uint64_t hash_private(const void *bytes, size_t length, uint64_t kind) {
    const unsigned char *text = bytes, *end = text + length;
    uint64_t first = 0, last = 0;
    if (length > HASH_SHORT)
        return (length <= HASH_MEDIUM ? hash_medium(text, length) : hash_long(bytes, length)) +
               kind;
    if (length >= 8) {
        memcpy(&first, text, 8);
        memcpy(&last, end - 8, 8);
    } else if (length >= 4) {
        uint32_t halves[2];
        memcpy(&halves[0], text, 4);
        memcpy(&halves[1], end - 4, 4);
        first = halves[0];
        last = halves[1];
    } else if (length) {
        first = (uint64_t)text[0] << 16 | (uint64_t)text[length / 2] << 8 | end[-1];
    }
    return hash_spread(hash_fold(first ^ hash_secret.words[HASH_MIX],
                                 last ^ hash_secret.words[HASH_LENGTH + length])) +
           kind;
}

/* The 16 bytes of a digest in the order in which they are written and hashed: high half first,
 * each big-endian, as its hex digits read. */
void digest_put(struct delta_digest digest, unsigned char out[16]);
struct delta_digest digest_get(const unsigned char in[16]);

#endif
