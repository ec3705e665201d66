/* Values and patches from JSON text, and back, for tests. */
#ifndef SPELLED_H
#define SPELLED_H

#include "base/buf.h"
#include "patch/patch.h"
#include "tests/unit/check.h"
#include "json/writer.h"

static inline const struct delta_value *spelled_value(struct delta_arena *arena, const char *json) {
    struct delta_err err = {0};
    const struct delta_value *value = delta_read(arena, json, strlen(json), NULL, &err);
    if (!value)
        check_fail(__FILE__, __LINE__, "%s: %s", json, err.text);
    return value;
}

static inline const struct delta_patch *spelled_patch(struct delta_arena *arena, const char *json) {
    struct delta_err err = {0};
    const struct delta_value *value = spelled_value(arena, json);
    const struct delta_patch *patch = value ? patch_from_value(arena, value, &err) : NULL;
    if (value && !patch)
        check_fail(__FILE__, __LINE__, "%s: %s %s", json, err.pointer, err.text);
    return patch;
}

/* The compact form, in the arena. */
static inline const char *written_out(struct delta_arena *arena, const struct delta_value *value) {
    struct delta_buf buf = {0};
    writer_compact(value, &buf);
    const char *text = arena_copy(arena, buf.data, buf.length);
    delta_buf_free(&buf);
    return text;
}

static inline const char *spelled_patch_out(struct delta_arena *arena,
                                            const struct delta_patch *patch) {
    struct delta_value value;
    return patch && !patch_to_value(arena, patch, &value, NULL) ? written_out(arena, &value)
                                                                : "(none)";
}

/* Patches that are equal part by part; says how they differ when they do. */
static inline bool spelled_same_patch(struct delta_arena *arena, const struct delta_patch *a,
                                      const struct delta_patch *b) {
    struct delta_value left;
    struct delta_value right;
    bool same = a && b && !patch_to_value(arena, a, &left, NULL) &&
                !patch_to_value(arena, b, &right, NULL) && delta_value_equal(&left, &right);
    if (!same)
        printf("# %.600s\n# %.600s\n", spelled_patch_out(arena, a), spelled_patch_out(arena, b));
    return same;
}

#endif
