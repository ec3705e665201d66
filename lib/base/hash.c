#include "base/hash.h"

#include <endian.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>

struct hash_secret hash_secret;

/* A constructor, because every hash needs the words, on any thread. AT_RANDOM is 16 bytes. */
__attribute__((constructor)) static void draw_secret(void) {
    const void *bytes = (const void *)(uintptr_t)getauxval(AT_RANDOM);
    if (getrandom(&hash_secret, sizeof hash_secret, GRND_NONBLOCK) != (ssize_t)sizeof hash_secret &&
        bytes)
        for (unsigned i = 0; i < HASH_WORDS; i++)
            hash_secret.words[i] = XXH3_64bits_withSeed(bytes, 16, i);
}

static inline uint64_t load(const unsigned char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* A chain of folded products, 16 bytes a step, in four lanes that do not wait for one another where
 * the text is long; the last steps overlap those before them. */
uint64_t hash_long(const void *bytes, size_t length) {
    enum { STEP = 16, LANES = 4 };
    const uint64_t *secret = hash_secret.words + HASH_MIX;
    const unsigned char *at = bytes, *end = at + length;
    uint64_t hash = secret[2];
    if (length > 2 * STEP * LANES) {
        uint64_t lanes[LANES] = {secret[3], secret[4], secret[5], secret[6]};
        for (; end - at > STEP * LANES; at += STEP * LANES)
            for (unsigned i = 0; i < LANES; i++)
                lanes[i] = hash_fold(load(at + STEP * i) ^ secret[1 + i],
                                     load(at + STEP * i + 8) ^ lanes[i]);
        for (unsigned i = 0; i < LANES; i++)
            hash = hash_fold(hash ^ secret[0], lanes[i] ^ secret[7]);
    }
    for (; end - at > STEP; at += STEP)
        hash = hash_fold(load(at) ^ secret[1], load(at + 8) ^ hash);
    hash = hash_fold(load(end - STEP) ^ secret[2], load(end - 8) ^ hash);
    return hash_fold(hash ^ secret[3], length ^ secret[4]);
}

void digest_put(struct delta_digest digest, unsigned char out[16]) {
    uint64_t halves[2] = {htobe64(digest.high), htobe64(digest.low)};
    memcpy(out, halves, sizeof halves);
}

struct delta_digest digest_get(const unsigned char in[16]) {
    uint64_t halves[2];
    memcpy(halves, in, sizeof halves);
    return (struct delta_digest){.high = be64toh(halves[0]), .low = be64toh(halves[1])};
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool delta_digest_parse(const char *text, size_t length, struct delta_digest *digest) {
    if (length != DELTA_DIGEST_TEXT - 1)
        return false;
    unsigned char bytes[16];
    for (size_t i = 0; i < sizeof bytes; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    *digest = digest_get(bytes);
    return true;
}

bool delta_digest_equal(struct delta_digest a, struct delta_digest b) {
    return a.low == b.low && a.high == b.high;
}

void delta_digest_format(struct delta_digest digest, char out[DELTA_DIGEST_TEXT]) {
    static const char hex[] = "0123456789abcdef";
    unsigned char bytes[16];
    digest_put(digest, bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        out[2 * i] = hex[bytes[i] >> 4];
        out[2 * i + 1] = hex[bytes[i] & 15];
    }
    out[2 * sizeof bytes] = '\0';
}
