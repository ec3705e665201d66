/* Three texts, NUL bytes between them: base, ours, theirs. Where all three are states, their merge
 * in their merged layout is read back as it is, and so is theirs in the layout of ours. Whitespace,
 * escapes and order are the input's. */
#include "delta.h"
#include "tests/fuzz/law.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 4096 };

/* Reads three texts; false when one is not a state. */
static bool read_sources(struct delta_arena *arena, const char *text, size_t length,
                         struct delta_source sources[3]) {
    for (int i = 0; i < 3; i++) {
        const char *end = i < 2 ? memchr(text, '\0', length) : text + length;
        if (!end)
            return false;
        size_t size = (size_t)(end - text);
        sources[i] = (struct delta_source){text, size, delta_read(arena, text, size, NULL, NULL)};
        if (!sources[i].state)
            return false;
        if (i < 2) {
            length -= size + 1;
            text = end + 1;
        }
    }
    return true;
}

static void check(struct delta_arena *arena, const struct delta_source sources[3]) {
    const struct delta_source *ours = &sources[1];
    const struct delta_value *after = sources[2].state;
    struct delta_conflicts conflicts;
    struct delta_buf out = {0};
    const struct delta_value *merged =
        delta_merge(arena, sources[0].state, ours->state, after, NULL, &conflicts, NULL);
    must(merged != NULL, "states merge");
    must(!delta_write_merged(&sources[0], ours, &sources[2], merged, &out, NULL),
         "a merged state is laid out");
    const struct delta_value *read = delta_read(arena, out.data, out.length, NULL, NULL);
    must(read && delta_value_equal(read, merged), "a merge that was laid out is read back");
    delta_buf_free(&out);
    must(!delta_write_merged(NULL, ours, &sources[2], merged, &out, NULL),
         "a merged state is laid out without a base");
    read = delta_read(arena, out.data, out.length, NULL, NULL);
    must(read && delta_value_equal(read, merged), "a merge without a base is read back");
    delta_buf_free(&out);
    must(!delta_write_like(ours->text, ours->length, ours->state, after, &out, NULL),
         "a state is laid out");
    read = delta_read(arena, out.data, out.length, NULL, NULL);
    must(read && delta_value_equal(read, after), "what was laid out is read back");
    delta_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct delta_source sources[3];
    struct delta_arena *arena = delta_arena_new();
    if (arena && size && size <= MOST && read_sources(arena, (const char *)data, size, sources))
        check(arena, sources);
    delta_arena_free(arena);
    return 0;
}
