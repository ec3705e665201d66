#include "base/buf.h"
#include "base/err.h"

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { NO_DIGIT = 0xff };

/* Characters that `length` bytes take; SIZE_MAX when a size_t cannot say it. */
static size_t base64_size(size_t length) {
    size_t groups = length / 3 + (length % 3 != 0);
    return groups > SIZE_MAX / 4 ? SIZE_MAX : groups * 4;
}

static void encode_group(uint32_t bits, char out[4]) {
    out[0] = ALPHABET[bits >> 18];
    out[1] = ALPHABET[bits >> 12 & 63];
    out[2] = ALPHABET[bits >> 6 & 63];
    out[3] = ALPHABET[bits & 63];
}

void delta_base64_write(const void *bytes, size_t length, struct delta_buf *buf) {
    const unsigned char *in = bytes;
    if (!buf_reserve(buf, base64_size(length)))
        return;
    char *out = buf->data + buf->length;
    for (; length >= 3; length -= 3, in += 3, out += 4)
        encode_group((uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2], out);
    if (length) {
        encode_group((uint32_t)in[0] << 16 | (length > 1 ? (uint32_t)in[1] << 8 : 0), out);
        out[3] = '=';
        if (length == 1)
            out[2] = '=';
        out += 4;
    }
    buf->length = (size_t)(out - buf->data);
}

/* The six bits of each character, NO_DIGIT for the others. 256 bytes are made quicker than they
 * are read from disk, and cannot disagree with the alphabet. */
static void fill_digits(unsigned char digits[256]) {
    memset(digits, NO_DIGIT, 256);
    for (unsigned char i = 0; i < 64; i++)
        digits[(unsigned char)ALPHABET[i]] = i;
}

static int refuse(struct delta_err *err, size_t offset) {
    return err_set(err, DELTA_ERR_DAMAGED, "invalid base64 at character %zu", offset + 1);
}

int delta_base64_read(const char *text, size_t length, struct delta_buf *buf,
                      struct delta_err *err) {
    if (length % 4)
        return err_set(err, DELTA_ERR_DAMAGED,
                       "truncated base64: %zu characters are not a multiple of 4", length);
    if (!length)
        return 0;
    if (!buf_reserve(buf, length / 4 * 3))
        return err_memory(err);
    unsigned char digits[256];
    fill_digits(digits);
    size_t pads = text[length - 1] != '=' ? 0 : text[length - 2] != '=' ? 1 : 2;
    size_t whole = pads ? length - 4 : length;
    const unsigned char *in = (const unsigned char *)text;
    unsigned char *out = (unsigned char *)buf->data + buf->length;
    for (size_t at = 0; at < whole; at += 4) {
        unsigned char a = digits[in[at]];
        unsigned char b = digits[in[at + 1]];
        unsigned char c = digits[in[at + 2]];
        unsigned char d = digits[in[at + 3]];
        if ((a | b | c | d) & 0xc0)
            return refuse(err, at);
        *out++ = (unsigned char)(a << 2 | b >> 4);
        *out++ = (unsigned char)(b << 4 | c >> 2);
        *out++ = (unsigned char)(c << 6 | d);
    }
    if (pads) {
        unsigned char a = digits[in[whole]];
        unsigned char b = digits[in[whole + 1]];
        unsigned char c = pads == 1 ? digits[in[whole + 2]] : 0;
        if ((a | b | c) & 0xc0 || (pads == 1 ? c & 3 : b & 15))
            return refuse(err, whole);
        *out++ = (unsigned char)(a << 2 | b >> 4);
        if (pads == 1)
            *out++ = (unsigned char)(b << 4 | c >> 2);
    }
    buf->length = (size_t)((char *)out - buf->data);
    return 0;
}
