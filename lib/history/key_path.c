/* The file of a key: `xx/NAME.history`, where xx is the first byte of the key's hash in hex, so
 * that a million keys make 256 directories of 4,000 files.
 *
 * Invariant: keys have one path each, and different keys different paths, also on a file system
 * that folds case or normalises Unicode. So only lower case letters, digits, `-`, `_` and `.` are
 * written as they are, a `.` not at the beginning (`..`, hidden files), and every other byte as `%`
 * and two lower case hex digits. A path is read by decoding it and encoding the result again, so
 * that only the path that the key has is taken.
 *
 * A name is at most 255 bytes in all file systems of Linux (143 in ecryptfs); 200 leave room for
 * the suffix and for what a program that copies files adds. A longer one is replaced by `=` and the
 * hash, which no encoded key begins with. */
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

#include <string.h>

enum {
    MOST_NAME = 200,               /* bytes of an encoded key */
    HASH_DIGITS = 32,              /* of a longer one */
    DIRECTORY = 3,                 /* bytes of "xx/" */
    MOST_KEY = MOST_NAME,          /* bytes of a key that is encoded: each takes one or three */
    SUFFIX = sizeof ".history" - 1 /* bytes */
};

static const char DIGITS[] = "0123456789abcdef";

static bool is_plain(unsigned char byte, bool first) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
           byte == '_' || (byte == '.' && !first);
}

static void put_hex(const unsigned char *bytes, size_t length, struct delta_buf *buf) {
    for (size_t i = 0; i < length; i++) {
        buf_put_char(buf, DIGITS[bytes[i] >> 4]);
        buf_put_char(buf, DIGITS[bytes[i] & 15]);
    }
}

static size_t encoded_size(const unsigned char *key, size_t length) {
    size_t size = 0;
    for (size_t i = 0; i < length && size <= MOST_NAME; i++)
        size += is_plain(key[i], i == 0) ? 1 : 3;
    return size;
}

static void put_encoded(const unsigned char *key, size_t length, struct delta_buf *buf) {
    if (!length)
        buf_put_char(buf, '%');
    for (size_t i = 0; i < length; i++) {
        if (is_plain(key[i], i == 0)) {
            buf_put_char(buf, (char)key[i]);
        } else {
            buf_put_char(buf, '%');
            put_hex(&key[i], 1, buf);
        }
    }
}

void delta_key_path_write(const void *key, size_t length, struct delta_buf *buf) {
    unsigned char hash[HASH_DIGITS / 2];
    digest_put(hash_bytes(key, length, 0), hash);
    put_hex(hash, 1, buf);
    buf_put_char(buf, '/');
    if (encoded_size(key, length) <= MOST_NAME) {
        put_encoded(key, length, buf);
    } else {
        buf_put_char(buf, '=');
        put_hex(hash, sizeof hash, buf);
    }
    buf_put_text(buf, ".history");
}

static int hex_value(char c) {
    const char *at = c ? strchr(DIGITS, c) : NULL;
    return at ? (int)(at - DIGITS) : -1;
}

/* Decodes a name into `key`; its length, or -1 when there is a `%` without two digits. */
static int decode(const char *name, size_t length, unsigned char key[MOST_KEY]) {
    int count = 0;
    if (length == 1 && name[0] == '%')
        return 0;
    for (size_t i = 0; i < length; i++) {
        int high, low;
        if (name[i] != '%') {
            key[count++] = (unsigned char)name[i];
            continue;
        }
        if (length - i < 3 || (high = hex_value(name[i + 1])) < 0 ||
            (low = hex_value(name[i + 2])) < 0)
            return -1;
        key[count++] = (unsigned char)(high << 4 | low);
        i += 2;
    }
    return count;
}

/* Whether a path is that of a key too long to be in it: `xx/=xx…`. */
static bool is_hashed(const char *path, size_t length) {
    if (length != DIRECTORY + 1 + HASH_DIGITS + SUFFIX || path[DIRECTORY] != '=')
        return false;
    const char *hash = path + DIRECTORY + 1;
    if (memcmp(path, hash, 2) != 0 || path[2] != '/' ||
        memcmp(hash + HASH_DIGITS, ".history", SUFFIX) != 0)
        return false;
    for (size_t i = 0; i < HASH_DIGITS; i++)
        if (hex_value(hash[i]) < 0)
            return false;
    return true;
}

int delta_key_path_read(const char *path, size_t length, struct delta_buf *key,
                        struct delta_err *err) {
    unsigned char bytes[MOST_KEY];
    struct delta_buf again = {0};
    int count = -1;
    if (is_hashed(path, length))
        return 0;
    if (length > DIRECTORY + SUFFIX && length <= DIRECTORY + MOST_NAME + SUFFIX)
        count = decode(path + DIRECTORY, length - DIRECTORY - SUFFIX, bytes);
    if (count >= 0)
        delta_key_path_write(bytes, (size_t)count, &again);
    bool same = count >= 0 && again.length == length && memcmp(again.data, path, length) == 0;
    int status = buf_check(&again, err);
    delta_buf_free(&again);
    if (status < 0)
        return -1;
    if (!same)
        return err_set(err, DELTA_ERR_USAGE, "not the path of a key's history");
    buf_put(key, bytes, (size_t)count);
    return buf_check(key, err) < 0 ? -1 : 1;
}
