/* The end of a value that is searched for: where a text is a value, its end is found, in pieces of
 * any size. */
#include "cli/value_end.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The end in pieces of `step` bytes; the length of all when there is none. */
static size_t find(const char *text, size_t length, size_t step) {
    struct value_end end = {0};
    for (size_t at = 0; at < length; at += step) {
        size_t used = 0, piece = step < length - at ? step : length - at;
        if (value_end_find(&end, text + at, piece, &used)) {
            if (used > piece)
                abort();
            return at + used;
        }
    }
    return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    if (!arena)
        abort();
    size_t end = find(text, size, size ? size : 1);
    if (find(text, size, 1) != end || find(text, size, 3) != end)
        abort();
    /* What is a value ends where only space follows; a mark before it is the reader's. */
    bool marked = size > 2 && data[0] == 0xef;
    if (!marked && delta_read(arena, text, size, NULL, &err)) {
        for (size_t i = end; i < size; i++)
            if (text[i] != ' ' && text[i] != '\t' && text[i] != '\n' && text[i] != '\r')
                abort();
    }
    delta_arena_free(arena);
    return 0;
}
