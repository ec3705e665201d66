/* zstd_prefix_decompress on anything: no more than it may give, and what it gives can be made
 * again. The first byte holds the flags, and in bit 2 whether there is a prefix; the rest is the
 * frame. */
#include "codec/zstd_prefix.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 20, PREFIX_BIT = 4 };

static const char PREFIX[] =
    "{\"name\":\"delta\",\"list\":[1,2,3,4,5,6,7,8,9],\"text\":\"the quick "
    "brown fox jumps over the lazy dog\",\"nested\":{\"a\":null,\"b\":"
    "[true,false],\"c\":\"0123456789abcdef0123456789abcdef\"}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size)
        return 0;
    unsigned flags = data[0] & (ZSTD_PREFIX_CHECKSUM | ZSTD_PREFIX_MAGICLESS);
    size_t prefix_length = data[0] & PREFIX_BIT ? sizeof PREFIX - 1 : 0;
    struct delta_buf content = {0};
    struct delta_buf frame = {0};
    struct delta_buf again = {0};
    struct delta_err err = {0};
    if (zstd_prefix_decompress(data + 1, size - 1, PREFIX, prefix_length, MOST, flags, &content,
                               &err) < 0) {
        if (err.code == DELTA_OK || content.length)
            abort();
    } else if (content.length > MOST ||
               zstd_prefix_compress(content.data, content.length, PREFIX, prefix_length,
                                    1 + data[0] % 9, flags, &frame, &err) < 0 ||
               zstd_prefix_decompress(frame.data, frame.length, PREFIX, prefix_length, MOST, flags,
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
