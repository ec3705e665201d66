#include "codec/zstd_parts.h"

#include "base/array.h"
#include "base/err.h"

#include <zstd.h>

enum {
    LARGE = 8 << 20,  /* beyond this zstd needs its long window */
    LONG_WINDOW = 27, /* largest window log that every zstd reads unasked */
};

int zstd_parts_end(struct zstd_parts *parts, size_t end, struct delta_err *err) {
    size_t last = parts->count ? parts->items[parts->count - 1] : 0;
    if (end - last < ZSTD_PARTS_LEAST)
        return 0;
    size_t *added = array_add(parts);
    if (!added)
        return err_memory(err);
    *added = end;
    return 0;
}

int zstd_parts_compress(const struct delta_buf *plain, const struct zstd_parts *parts, int level,
                        struct delta_buf *out, struct delta_err *err) {
    size_t bound = ZSTD_compressBound(plain->length) + 16 * (parts->count + 1);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (!context || !buf_reserve(out, bound)) {
        ZSTD_freeCCtx(context);
        return err_memory(err);
    }
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setPledgedSrcSize(context, plain->length);
    if (plain->length > LARGE) {
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, LONG_WINDOW);
        ZSTD_CCtx_setParameter(context, ZSTD_c_enableLongDistanceMatching, 1);
    }
    ZSTD_outBuffer to = {.dst = out->data + out->length, .size = bound};
    ZSTD_inBuffer from = {.src = plain->data};
    size_t left = 0;
    for (size_t i = 0; i <= parts->count && !ZSTD_isError(left); i++) {
        bool last = i == parts->count;
        from.size = last ? plain->length : parts->items[i];
        do
            left = ZSTD_compressStream2(context, &to, &from, last ? ZSTD_e_end : ZSTD_e_flush);
        while (left && !ZSTD_isError(left));
    }
    ZSTD_freeCCtx(context);
    if (ZSTD_isError(left))
        return err_set(err, DELTA_ERR_MEMORY, "cannot compress: %s", ZSTD_getErrorName(left));
    out->length += to.pos;
    return 0;
}
