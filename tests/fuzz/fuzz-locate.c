/* A JSON text and pointers, NUL bytes between them. Where the text is a state, a pointer to one of
 * its values has a place, and what is there is the value, or the key of the member. Where it is
 * not, nothing is read past its end. */
#include "delta.h"
#include "tests/fuzz/law.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 4096, POINTERS = 16 };

/* The byte at a line and column; NULL when the text has none there. */
static const char *byte_at(const char *text, size_t length, const struct delta_position *position) {
    const char *at = text, *end = text + length;
    for (uint64_t line = 1; line < position->line; line++) {
        at = memchr(at, '\n', (size_t)(end - at));
        if (!at)
            return NULL;
        at++;
    }
    return position->column - 1 < (uint64_t)(end - at) ? at + position->column - 1 : NULL;
}

static char first_of(const struct delta_value *value) {
    size_t length;
    switch (delta_value_type(value)) {
    case DELTA_NULL:
        return 'n';
    case DELTA_FALSE:
        return 'f';
    case DELTA_TRUE:
        return 't';
    case DELTA_NUMBER:
        return *delta_value_text(value, &length);
    case DELTA_STRING:
        return '"';
    case DELTA_ARRAY:
        return '[';
    case DELTA_OBJECT:
        return '{';
    }
    return 0;
}

static void check_place(const char *text, size_t length, const struct delta_value *state,
                        const struct delta_position *position) {
    const char *pointer = position->pointer;
    const char *slash = memrchr(pointer, '/', position->pointer_length);
    const struct delta_value *value =
        delta_value_at(state, pointer, position->pointer_length, NULL);
    if (!value)
        return;
    must(position->line && position->column, "a value has a place");
    const char *at = byte_at(text, length, position);
    must(at != NULL, "the place is in the text");
    const struct delta_value *parent =
        slash ? delta_value_at(state, pointer, (size_t)(slash - pointer), NULL) : NULL;
    bool is_member = parent && delta_value_type(parent) == DELTA_OBJECT;
    must(*at == (is_member ? '"' : first_of(value)), "what is there is the value, or its key");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct delta_position positions[POINTERS] = {{0}};
    struct delta_err err = {0};
    size_t count = 0;
    const char *text = (const char *)data, *end = text + size;
    const char *nul = size && size <= MOST ? memchr(text, '\0', size) : NULL;
    struct delta_arena *arena = delta_arena_new();
    if (!nul || !arena) {
        delta_arena_free(arena);
        return 0;
    }
    size_t length = (size_t)(nul - text);
    for (const char *at = nul + 1; at <= end && count < POINTERS;) {
        const char *next = at < end ? memchr(at, '\0', (size_t)(end - at)) : NULL;
        size_t taken = (size_t)((next ? next : end) - at);
        positions[count++] = (struct delta_position){.pointer = at, .pointer_length = taken};
        at = next ? next + 1 : end + 1;
    }
    const struct delta_value *state = delta_read(arena, text, length, NULL, NULL);
    int status = delta_text_locate(text, length, positions, count, &err);
    must((status == 0) == (err.code == DELTA_OK), "a failure has a cause");
    must(!state || status == 0 || err.code == DELTA_ERR_USAGE, "a state can be searched");
    for (size_t i = 0; state && status == 0 && i < count; i++)
        check_place(text, length, state, &positions[i]);
    delta_arena_free(arena);
    return 0;
}
