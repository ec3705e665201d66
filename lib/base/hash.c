#include "base/hash.h"

#include <endian.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>

struct hash_secret hash_secret;

/* A constructor, because every lookup needs the words, on any thread. AT_RANDOM is 16 bytes. */
__attribute__((constructor)) static void draw_secret(void) {
    const void *bytes = (const void *)(uintptr_t)getauxval(AT_RANDOM);
    if (getrandom(&hash_secret, sizeof hash_secret, GRND_NONBLOCK) != (ssize_t)sizeof hash_secret &&
        bytes) {
        hash_secret.words[0] = XXH3_64bits_withSeed(bytes, 16, 0);
        hash_secret.words[1] = XXH3_64bits_withSeed(bytes, 16, 1);
    }
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

bool digest_parse(const char *text, size_t length, struct delta_digest *digest) {
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
