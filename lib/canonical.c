#include "canonical.h"

#include "err.h"
#include "reader.h"
#include "writer.h"

#include <string.h>

int canonical_spell(struct delta_arena *arena, const struct delta_value *value,
                    struct strategy_bytes *text, struct delta_err *err) {
    *text = (struct strategy_bytes){0};
    if (!value)
        return 0;
    struct delta_buf buf = {0};
    size_t size = delta_value_size(value);
    buf.data = arena_alloc(arena, size + READER_PADDING);
    if (!buf.data)
        return err_memory(err);
    buf.capacity = size;
    writer_canonical(value, &buf);
    if (buf_check(&buf, err))
        return -1;
    memset(buf.data + size, 0, READER_PADDING);
    *text = (struct strategy_bytes){buf.data, size};
    return 0;
}

int canonical_text(struct strategy_bytes source, struct delta_arena *arena,
                   const struct delta_value *value, struct strategy_bytes *text,
                   struct delta_err *err) {
    uint64_t size = value ? delta_value_size(value) : 0;
    /* No text of a value is shorter than its canonical form, and one of that length has no spaces
     * in it: only the order of keys and escapes are left to ask about. */
    bool same_length =
        value && source.bytes &&
        (source.length == size || (source.length == size + 1 && source.bytes[size] == '\n'));
    if (same_length && writer_is_canonical(value)) {
        *text = (struct strategy_bytes){source.bytes, size};
        return 0;
    }
    return canonical_spell(arena, value, text, err);
}
