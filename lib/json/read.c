/* States from their texts. The interface is delta.h's delta_read, _read_for and _read_in_place. */
#include "base/err.h"
#include "json/reader.h"
#include "json/value.h"

#include <string.h>

char *reader_copy(struct delta_arena *arena, const void *text, size_t length) {
    char *copy = arena_alloc(arena, length + READER_PADDING);
    if (!copy)
        return NULL;
    if (length)
        memcpy(copy, text, length);
    memset(copy + length, 0, READER_PADDING);
    return copy;
}

static unsigned hashes_for(unsigned use) {
    return (use & DELTA_USE_COMPARE ? VALUE_HASH : 0) | (use & DELTA_USE_DIGEST ? VALUE_DIGEST : 0);
}

const struct delta_value *delta_read_in_place(struct delta_arena *arena, unsigned use,
                                              const char *text, size_t length, const char *name,
                                              struct delta_err *err) {
    const struct delta_value *value = reader_parse_with(arena, text, length, hashes_for(use), err);
    if (value)
        arena_note_text(arena, value, text, length);
    else
        err_in_file(err, name);
    return value;
}

const struct delta_value *delta_read_for(struct delta_arena *arena, unsigned use, const char *text,
                                         size_t length, const char *name, struct delta_err *err) {
    if (length > DELTA_MAX_STATE) {
        err_set(err, DELTA_ERR_LIMIT, "longer than 4 GiB");
        err_in_file(err, name);
        return NULL;
    }
    const char *copy = reader_copy(arena, text, length);
    if (!copy)
        return err_no_memory(err);
    const struct delta_value *value = reader_parse_with(arena, copy, length, hashes_for(use), err);
    if (!value)
        err_in_file(err, name);
    return value;
}

const struct delta_value *delta_read(struct delta_arena *arena, const char *text, size_t length,
                                     const char *name, struct delta_err *err) {
    return delta_read_for(arena, DELTA_USE_DIGEST, text, length, name, err);
}
