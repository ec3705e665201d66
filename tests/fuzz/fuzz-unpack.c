/* unpack_patch on anything: what comes out can be spelled, packed again and used, and what it makes
 * is a value that can be written and read. The first byte chooses the base, the second whether the
 * patch is bound to it (1); an input that begins otherwise (2) is taken for operations and values
 * as they are, so that the fuzzer need not find out about lengths; or (4) for a patch in two parts,
 * whose surroundings are written too, in two ways (8, 16). */
#include "base/varint.h"
#include "patch/apply.h"
#include "patch/patch_binary.h"
#include "patch/patch_pack.h"
#include "patch/patch_unpack.h"
#include "patch/surroundings.h"
#include "json/reader.h"
#include "json/value.h"
#include "json/writer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const bases[] = {
    "{\"a\":{\"b\":[1,2,3,{\"c\":null}],\"d\":\"text\"},\"e\":1,\"f\":[[],[1],{}],\"\":true}",
    "[1,2,3,[4,5],{\"a\":[6]},\"seven\"]",
    "\"caf\\u00e9 \\ud83d\\ude00 and some more of it\"",
    "17",
};
enum { BASES = sizeof bases / sizeof *bases };

static void check_use(struct delta_arena *arena, const struct delta_patch *patch,
                      const struct delta_value *base) {
    struct delta_value made;
    struct delta_err err = {0};
    if (apply_patch(arena, base, patch, &made, &err)) {
        if (err.code == DELTA_OK)
            abort();
        return;
    }
    struct delta_buf text = {0};
    writer_canonical(&made, &text);
    const struct delta_value *read = delta_read(arena, text.data, text.length, NULL, NULL);
    if (!read || !delta_value_equal(read, &made))
        abort();
    delta_buf_free(&text);
}

/* Spelled and read, packed and unpacked, it stays what it is. */
static void check_patch(struct delta_arena *arena, const struct delta_patch *patch) {
    struct delta_value spelled, again;
    struct delta_buf bytes = {0}, text = {0};
    if (patch_to_value(arena, patch, &spelled, NULL))
        abort();
    writer_canonical(&spelled, &text);
    if (text.length != patch_size(patch))
        abort();
    const struct delta_patch *read = patch_from_value(arena, &spelled, NULL);
    if (!read || patch_to_value(arena, read, &again, NULL) || !delta_value_equal(&spelled, &again))
        abort();
    if (pack_patch(patch, NULL, &bytes, NULL))
        abort();
    size_t length = bytes.length;
    if (!buf_reserve(&bytes, READER_PADDING))
        abort();
    memset(bytes.data + length, 0, READER_PADDING);
    read = unpack_patch(arena, bytes.data, length, NULL, NULL);
    if (!read || patch_to_value(arena, read, &again, NULL) || !delta_value_equal(&spelled, &again))
        abort();
    delta_buf_free(&bytes);
    delta_buf_free(&text);
}

/* A patch in two parts, from operations up to the first '[' and values behind it. */
static const struct delta_patch *unpack_parts(struct delta_arena *arena, const uint8_t *data,
                                              size_t size, const struct delta_value *base,
                                              unsigned ways, struct delta_err *err) {
    struct member_orders orders = {0};
    const uint8_t *bracket = memchr(data, '[', size);
    size_t length = bracket ? (size_t)(bracket - data) : size;
    struct byte_span ops = {(const char *)data, length}, values = {0};
    if (bracket)
        values = (struct byte_span){(const char *)bracket + 1, size - length - 1};
    struct delta_buf around = {0};
    if (base &&
        surroundings_write(ops, base, &orders, 1 + (uint32_t)size % SURROUNDINGS_WIDEST, 1 << 16,
                           &around, err) < 0 &&
        err->code != DELTA_ERR_DAMAGED && err->code != DELTA_ERR_BASE)
        abort();
    delta_buf_free(&around);
    *err = (struct delta_err){0};
    const struct delta_patch *patch =
        unpack_patch_parts(arena, ops, values, base, ways, &orders, err);
    member_orders_free(&orders);
    return patch;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    struct delta_arena *arena = delta_arena_new();
    struct delta_buf bytes = {0};
    struct delta_err err = {0};
    const char *base_text = bases[data[0] % BASES];
    const struct delta_value *base = delta_read(arena, base_text, strlen(base_text), NULL, NULL);
    bool bound = data[1] & 1;
    unsigned ways = (data[1] & 8 ? PATCH_COLUMNS : 0u) | (data[1] & 16 ? PATCH_NEIGHBOURS : 0u);
    if (data[1] & 2) { /* operations up to the first '[', then values */
        const uint8_t *values = memchr(data + 2, '[', size - 2);
        size_t ops = values ? (size_t)(values - data) - 2 : size - 2;
        varint_put_run(&bytes, data + 2, ops);
        buf_put(&bytes, data + 2 + ops, size - 2 - ops);
    } else {
        buf_put(&bytes, data + 2, size - 2);
    }
    char *copy = calloc(1, bytes.length + READER_PADDING);
    if (!arena || !base || !copy || bytes.failed)
        abort();
    if (bytes.length)
        memcpy(copy, bytes.data, bytes.length);
    const struct delta_patch *patch =
        data[1] & 4
            ? unpack_parts(arena, data + 2, size - 2, bound ? base : NULL, bound ? ways : 0, &err)
            : unpack_patch(arena, copy, bytes.length, bound ? base : NULL, &err);
    if (!patch && err.code != DELTA_ERR_DAMAGED && err.code != DELTA_ERR_BASE)
        abort();
    if (patch) {
        check_patch(arena, patch);
        check_use(arena, patch, base);
    }
    free(copy);
    delta_buf_free(&bytes);
    delta_arena_free(arena);
    return 0;
}
