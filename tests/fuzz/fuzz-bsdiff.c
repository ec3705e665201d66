/* bsdiff_apply on anything: no more than it may give, nothing read but what is there. What comes
 * out is also made into a patch of our own, which must give it again.
 *
 * Changing bytes of a bzip2 stream seldom gives another one. So an input that begins with 'P' is
 * the inside of a patch: the result's length, how many steps and how many differences (a byte
 * each), steps of 24 bytes, differences, and extra bytes as the rest. */
#include "codec/bsdiff.h"

#include <bzlib.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 16 };

static const char OLD[] = "{\"name\":\"delta\",\"list\":[1,2,3,4,5,6,7,8,9],\"text\":\"the quick "
                          "brown fox jumps over the lazy dog\",\"nested\":{\"a\":null,\"b\":"
                          "[true,false],\"c\":\"0123456789abcdef0123456789abcdef\"}}";

static void put_length(struct delta_buf *buf, size_t length) {
    for (int i = 0; i < 8; i++)
        buf_put_char(buf, (char)(length >> 8 * i));
}

static size_t put_block(struct delta_buf *buf, const uint8_t *bytes, size_t length) {
    unsigned size = (unsigned)(length + length / 100 + 600);
    char *copy = malloc(length + 1);
    if (!copy || !buf_reserve(buf, size))
        abort();
    memcpy(copy, bytes, length);
    if (BZ2_bzBuffToBuffCompress(buf->data + buf->length, &size, copy, (unsigned)length, 1, 0, 0) !=
        BZ_OK)
        abort();
    free(copy);
    buf->length += size;
    return size;
}

/* The patch whose inside this is, in `patch`. */
static void pack(const uint8_t *data, size_t size, struct delta_buf *patch) {
    struct delta_buf blocks = {0};
    size_t result = data[0];
    size_t steps = 24u * data[1];
    size_t differences = data[2];
    data += 3;
    size -= 3;
    steps = steps < size ? steps : size;
    differences = differences < size - steps ? differences : size - steps;
    size_t control_length = put_block(&blocks, data, steps);
    size_t difference_length = put_block(&blocks, data + steps, differences);
    put_block(&blocks, data + steps + differences, size - steps - differences);
    buf_put_text(patch, "BSDIFF40");
    put_length(patch, control_length);
    put_length(patch, difference_length);
    put_length(patch, result);
    buf_put(patch, blocks.data, blocks.length);
    delta_buf_free(&blocks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct delta_buf packed = {0};
    if (size >= 4 && data[0] == 'P') {
        pack(data + 1, size - 1, &packed);
        data = (const uint8_t *)packed.data;
        size = packed.length;
    }
    struct delta_buf made = {0};
    struct delta_buf patch = {0};
    struct delta_buf again = {0};
    struct delta_err err = {0};
    /* In memory of just its length, so that a read beside it is seen. */
    char *old_bytes = malloc(sizeof OLD - 1);
    if (!old_bytes)
        abort();
    memcpy(old_bytes, OLD, sizeof OLD - 1);
    if (bsdiff_apply(old_bytes, sizeof OLD - 1, data, size, MOST, &made, &err) < 0) {
        if (err.code == DELTA_OK || made.length)
            abort();
    } else if (made.length > MOST ||
               bsdiff_diff(old_bytes, sizeof OLD - 1, made.data, made.length, &patch, &err) < 0 ||
               bsdiff_apply(old_bytes, sizeof OLD - 1, patch.data, patch.length, MOST, &again,
                            &err) < 0 ||
               again.length != made.length ||
               (made.length && memcmp(again.data, made.data, made.length) != 0)) {
        abort();
    }
    delta_buf_free(&packed);
    delta_buf_free(&made);
    delta_buf_free(&patch);
    delta_buf_free(&again);
    free(old_bytes);
    return 0;
}
