/* zstd_prefix_decompress on anything: no more than it may give, and what it gives can be made
 * again. The first byte holds the flags, in bit 2 whether there is a prefix, and in bit 3 whether
 * that is in the input too: its length in two bytes, and the prefix. The rest is the frame. */
#include "codec/zstd_prefix.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 20, PREFIX_BIT = 4, OWN_PREFIX_BIT = 8 };

static const char PREFIX[] =
    "{\"name\":\"delta\",\"list\":[1,2,3,4,5,6,7,8,9],\"text\":\"the quick "
    "brown fox jumps over the lazy dog\",\"nested\":{\"a\":null,\"b\":"
    "[true,false],\"c\":\"0123456789abcdef0123456789abcdef\"}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size)
        return 0;
    unsigned flags = data[0] & (ZSTD_PREFIX_CHECKSUM | ZSTD_PREFIX_MAGICLESS);
    const char *prefix = PREFIX;
    size_t prefix_length = data[0] & PREFIX_BIT ? sizeof PREFIX - 1 : 0;
    unsigned level = 1 + data[0] % 9;
    data++, size--;
    if (prefix_length && data[-1] & OWN_PREFIX_BIT && size >= 2) {
        prefix_length = data[0] | (size_t)data[1] << 8;
        data += 2, size -= 2;
        prefix_length = prefix_length < size ? prefix_length : size;
        prefix = (const char *)data;
        data += prefix_length, size -= prefix_length;
    }
    struct delta_buf content = {0};
    struct delta_buf frame = {0};
    struct delta_buf again = {0};
    struct delta_err err = {0};
    if (zstd_prefix_decompress(data, size, prefix, prefix_length, MOST, flags, &content, &err) <
        0) {
        if (err.code == DELTA_OK || content.length)
            abort();
    } else if (content.length > MOST ||
               zstd_prefix_compress(content.data, content.length, prefix, prefix_length, (int)level,
                                    flags, &frame, &err) < 0 ||
               zstd_prefix_decompress(frame.data, frame.length, prefix, prefix_length, MOST, flags,
                                      &again, &err) < 0 ||
               again.length != content.length ||
               memcmp(again.data, content.data, content.length) != 0) {
        abort();
    }
    delta_buf_free(&content);
    delta_buf_free(&frame);
    delta_buf_free(&again);
    return 0;
}
