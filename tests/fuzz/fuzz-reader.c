/* The reader on anything: what it accepts is written and read again as the same value, and what it
 * refuses it refuses at a place within the text. A text of which a part is moved is read beside it
 * as it is read alone. */
#include "json/parts.h"
#include "json/reader.h"
#include "json/value.h"
#include "json/writer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(struct delta_arena *arena, const struct delta_value *value,
                        enum delta_layout layout) {
    struct delta_buf text = {0}, again = {0};
    if (delta_write(value, layout, 1, &text, NULL) ||
        (layout == DELTA_CANONICAL && text.length != delta_value_size(value)))
        abort();
    const struct delta_value *read = delta_read(arena, text.data, text.length, NULL, NULL);
    if (!read || !delta_value_equal(read, value) || delta_write(read, layout, 1, &again, NULL) ||
        again.length != text.length || memcmp(again.data, text.data, text.length) != 0)
        abort();
    delta_buf_free(&text);
    delta_buf_free(&again);
}

/* The text with `size` / 4 bytes or less, which its own bytes choose, put in another place. */
static void check_beside(struct delta_arena *arena, const uint8_t *data, const char *text,
                         size_t size) {
    struct delta_err err = {0}, alone_err = {0};
    struct parts parts = {0};
    unsigned which = VALUE_HASH | VALUE_DIGEST;
    size_t from = data[size / 2] * size / 256, to = data[size - 1] * size / 256;
    size_t most = size - (from > to ? from : to), moved = data[size / 3] * most / 1024;
    char *other = reader_copy(arena, text, size);
    if (!other || !reader_parse_noted(arena, text, size, which, &parts, NULL))
        abort();
    memcpy(other + to, text + from, moved);
    const struct delta_value *beside = reader_parse_beside(arena, other, size, which, &parts, &err);
    const struct delta_value *alone = reader_parse_with(arena, other, size, which, &alone_err);
    if (!beside != !alone || err.offset != alone_err.offset || strcmp(err.text, alone_err.text) ||
        (alone && (!delta_value_equal(beside, alone) || value_hash(beside) != value_hash(alone) ||
                   delta_value_size(beside) != delta_value_size(alone) ||
                   !delta_digest_equal(delta_value_digest(beside), delta_value_digest(alone)))))
        abort();
    parts_free(&parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct delta_arena *arena = delta_arena_new();
    char *text = calloc(1, size + READER_PADDING);
    struct delta_err err = {0}, prefix_err = {0};
    size_t used = 0;
    if (!arena || !text)
        abort();
    if (size)
        memcpy(text, data, size);
    const struct delta_value *value = reader_parse(arena, text, size, DELTA_MAX_DEPTH, &err);
    const struct delta_value *prefix =
        reader_parse_prefix(arena, text, size, DELTA_MAX_DEPTH, &used, &prefix_err);
    if (value) {
        if (!prefix || used > size || !delta_value_equal(prefix, value))
            abort();
        check_again(arena, value, DELTA_CANONICAL);
        check_again(arena, value, DELTA_COMPACT);
        check_again(arena, value, DELTA_INDENTED);
        check_beside(arena, data, text, size);
    } else if (err.code == DELTA_OK || !err.line || !err.column || err.offset > size) {
        abort();
    }
    free(text);
    delta_arena_free(arena);
    return 0;
}
