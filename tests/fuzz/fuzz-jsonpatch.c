/* A document and a JSON Patch, one value after the other: what comes out is sound, and what we
 * write of the change leads there again. A third value, where there is one, is merged in. */
#include "delta.h"

#include "diff/diff.h"
#include "format/json_patch.h"
#include "format/merge_patch.h"
#include "tests/unit/foreign-patches.h"
#include "json/reader.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The value at `*at`, which moves behind it; NULL when there is none. */
static const struct delta_value *next_value(struct delta_arena *arena, const char *text,
                                            size_t size, size_t *at) {
    size_t used;
    const struct delta_value *value =
        reader_parse_prefix(arena, text + *at, size - *at, DELTA_MAX_DEPTH, &used, NULL);
    *at += value ? used : 0;
    return value;
}

static void check_patch(struct delta_arena *arena, const struct delta_value *a,
                        const struct delta_value *b) {
    struct delta_buf buf = {0};
    struct delta_value out;
    struct json_patch_options options = {.test = true};
    const struct delta_patch *patch = diff_values(arena, a, b, NULL, NULL);
    if (!patch || json_patch_write(a, patch, &options, &buf, NULL))
        abort();
    const struct delta_value *operations = delta_read(arena, buf.data, buf.length, NULL, NULL);
    if (!operations || json_patch_apply(arena, a, operations, &out, NULL) ||
        !delta_value_equal(&out, b))
        abort();
    delta_buf_free(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct delta_arena *arena = delta_arena_new();
    char *text = calloc(1, size + READER_PADDING);
    if (!arena || !text)
        abort();
    if (size)
        memcpy(text, data, size);
    size_t at = 0;
    const struct delta_value *doc = next_value(arena, text, size, &at);
    const struct delta_value *patch = doc ? next_value(arena, text, size, &at) : NULL;
    struct delta_value out, merged;
    if (patch && json_patch_apply(arena, doc, patch, &out, NULL) == 0 &&
        delta_value_size(&out) < 1 << 20)
        check_patch(arena, doc, &out);
    const struct delta_value *merge = patch ? next_value(arena, text, size, &at) : NULL;
    if (merge && merge_patch_apply(arena, doc, merge, &out, NULL) == 0 &&
        merge_patch_diff(arena, doc, &out, &merged, NULL) == 0) {
        struct delta_value again;
        if (merge_patch_apply(arena, doc, &merged, &again, NULL) ||
            !delta_value_equal(&again, &out))
            abort();
    }
    free(text);
    delta_arena_free(arena);
    return 0;
}
