#include "codec/strategy.h"

#include "base/err.h"
#include "codec/bsdiff.h"
#include "codec/zstd_prefix.h"

#include <string.h>

static int encode_binary(struct byte_span old_text, struct byte_span new_text, int level,
                         struct delta_buf *out, struct delta_err *err) {
    (void)level; /* bzip2 has no use for zstd's */
    return bsdiff_diff(old_text.bytes, old_text.length, new_text.bytes, new_text.length, out, err);
}

static int decode_binary(struct byte_span old_text, struct byte_span payload, uint64_t max,
                         struct delta_buf *out, struct delta_err *err) {
    return bsdiff_apply(old_text.bytes, old_text.length, payload.bytes, payload.length, max, out,
                        err);
}

static int encode_reference(struct byte_span old_text, struct byte_span new_text, int level,
                            struct delta_buf *out, struct delta_err *err) {
    return zstd_prefix_compress(new_text.bytes, new_text.length, old_text.bytes, old_text.length,
                                level, ZSTD_PREFIX_CHECKSUM, out, err);
}

static int decode_reference(struct byte_span old_text, struct byte_span payload, uint64_t max,
                            struct delta_buf *out, struct delta_err *err) {
    return zstd_prefix_decompress(payload.bytes, payload.length, old_text.bytes, old_text.length,
                                  max, ZSTD_PREFIX_CHECKSUM, out, err);
}

static int encode_compress(struct byte_span old_text, struct byte_span new_text, int level,
                           struct delta_buf *out, struct delta_err *err) {
    (void)old_text;
    return zstd_prefix_compress(new_text.bytes, new_text.length, NULL, 0, level,
                                ZSTD_PREFIX_CHECKSUM, out, err);
}

static int decode_compress(struct byte_span old_text, struct byte_span payload, uint64_t max,
                           struct delta_buf *out, struct delta_err *err) {
    (void)old_text;
    return zstd_prefix_decompress(payload.bytes, payload.length, NULL, 0, max, ZSTD_PREFIX_CHECKSUM,
                                  out, err);
}

static int encode_none(struct byte_span old_text, struct byte_span new_text, int level,
                       struct delta_buf *out, struct delta_err *err) {
    (void)old_text;
    (void)level;
    buf_put(out, new_text.bytes, new_text.length);
    return buf_check(out, err);
}

static int decode_none(struct byte_span old_text, struct byte_span payload, uint64_t max,
                       struct delta_buf *out, struct delta_err *err) {
    (void)old_text;
    if (payload.length > max)
        return err_set(err, DELTA_ERR_LIMIT, "the state is larger than --max-size allows");
    buf_put(out, payload.bytes, payload.length);
    return buf_check(out, err);
}

static const struct strategy table[] = {
    [DELTA_AUTO] = {.name = "auto"},
    [DELTA_DICT] = {.name = "dict"},
    [DELTA_BINARY] = {.name = "binary", .encode = encode_binary, .decode = decode_binary},
    [DELTA_REFERENCE] = {.name = "reference",
                         .encode = encode_reference,
                         .decode = decode_reference},
    [DELTA_COMPRESS] = {.name = "compress",
                        .full = true,
                        .encode = encode_compress,
                        .decode = decode_compress},
    [DELTA_NONE] = {.name = "none", .full = true, .encode = encode_none, .decode = decode_none},
    [DELTA_REMOVED] = {.name = "removed"},
};

const struct strategy *strategy_row(enum delta_strategy strategy) {
    return &table[strategy];
}

const char *delta_strategy_name(enum delta_strategy strategy) {
    return table[strategy].name;
}

int strategy_named(const char *name, size_t length) {
    for (int i = DELTA_DICT; i <= DELTA_REMOVED; i++)
        if (strlen(table[i].name) == length && memcmp(table[i].name, name, length) == 0)
            return i;
    return -1;
}
