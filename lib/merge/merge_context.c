#include "merge/merge_context.h"

#include "base/err.h"
#include "patch/apply.h"
#include "json/pattern_matcher.h"
#include "json/writer.h"

#include <stdlib.h>
#include <string.h>

/* ---- Paths ---- */

static void put_path(const struct merge_path *path, struct delta_buf *buf) {
    if (!path)
        return;
    put_path(path->above, buf);
    if (path->key)
        pointer_put_key(buf, path->key->text, path->key->length);
    else
        pointer_put_index(buf, path->index);
}

/* Advances the matcher by the last step of the path. */
static void enter_step(const struct merge_path *path, struct pattern_matcher *matcher) {
    if (path->key)
        pattern_matcher_key(matcher, path->key->text, path->key->length);
    else
        pattern_matcher_index(matcher, path->index);
    for (int i = 0; i < 3; i++)
        pattern_matcher_value(matcher, path->values[i]);
}

static void enter_path(const struct merge_path *path, struct pattern_matcher *matcher) {
    if (!path)
        return;
    enter_path(path->above, matcher);
    enter_step(path, matcher);
}

int merge_path_values(struct merge_context *context, struct merge_path *path,
                      const struct delta_value *base, const struct delta_patch *ours,
                      const struct delta_patch *theirs) {
    const struct delta_patch *const patches[2] = {ours, theirs};
    path->values[0] = base;
    for (int i = 0; i < 2; i++) {
        struct delta_value *storage = arena_alloc(context->arena, sizeof *storage);
        if (!storage)
            return err_memory(context->err);
        if (patches[i] && merge_result(context, base, patches[i], storage, &path->values[1 + i]))
            return -1;
    }
    return 0;
}

/* The label of the first pattern that matches the path, "" if it has no label; NULL: none matches.
 */
static int match_path(struct merge_context *context, const struct pointer_patterns *patterns,
                      const struct merge_path *path, const char **label) {
    *label = NULL;
    if (!patterns->count || context->by_lines)
        return 0;
    struct pattern_matcher matcher;
    pattern_matcher_open(&matcher, patterns);
    enter_path(path, &matcher);
    const struct pattern_state *match = matcher.failed ? NULL : pattern_matcher_match(&matcher);
    bool failed = matcher.failed;
    pattern_matcher_close(&matcher);
    if (failed)
        return err_memory(context->err);
    if (match)
        *label = match->label ? match->label : "";
    return 0;
}

int merge_array_key(struct merge_context *context, const struct merge_path *path,
                    const char **text) {
    return match_path(context, &context->options->keyed, path, text);
}

int merge_is_unordered(struct merge_context *context, const struct merge_path *path) {
    const char *label;
    if (match_path(context, &context->options->unordered, path, &label))
        return -1;
    return label != NULL;
}

/* The label of the pattern that matches the path, or else the nearest value above; NULL: none. */
static const char *label_above(struct pattern_matcher *matcher, const struct merge_path *path) {
    const char *label = path ? label_above(matcher, path->above) : NULL;
    if (path)
        enter_step(path, matcher);
    const struct pattern_state *match = matcher->failed ? NULL : pattern_matcher_match(matcher);
    return match ? match->label : label;
}

int merge_prefer(struct merge_context *context, const struct merge_path *path) {
    struct pattern_matcher matcher;
    if (!context->options->preferred.count)
        return (int)context->options->prefer;
    pattern_matcher_open(&matcher, &context->options->preferred);
    const char *label = label_above(&matcher, path);
    bool failed = matcher.failed;
    pattern_matcher_close(&matcher);
    if (failed)
        return err_memory(context->err);
    if (!label)
        return (int)context->options->prefer;
    return *label == 'o'   ? DELTA_PREFER_OURS
           : *label == 't' ? DELTA_PREFER_THEIRS
                           : DELTA_PREFER_UNION;
}

/* ---- Conflicts ---- */

/* The identity of the element, as `key=value, key=value`. */
static int put_label(struct merge_context *context, const struct merge_sides *sides,
                     const char **label) {
    const struct delta_value *element = sides->base   ? sides->base
                                        : sides->ours ? sides->ours
                                                      : sides->theirs;
    struct delta_buf buf = {0};
    for (uint32_t n = 0; element && n < sides->key->count; n++) {
        const struct pointer *part = &sides->key->parts[n];
        const struct delta_value *value = identity_part(sides->key, n, element);
        if (!value || value_is_container(value))
            continue;
        if (buf.length)
            buf_put_text(&buf, ", ");
        buf_put(&buf, part->steps[part->count - 1].text, part->steps[part->count - 1].length);
        buf_put_char(&buf, '=');
        if (value->type == DELTA_STRING)
            buf_put(&buf, value->text, value->length);
        else
            writer_compact(value, &buf);
    }
    if (buf_check(&buf, context->err))
        return -1;
    *label = buf.length ? arena_copy(context->arena, buf.data, buf.length) : NULL;
    bool failed = buf.length && !*label;
    delta_buf_free(&buf);
    return failed ? err_memory(context->err) : 0;
}

static int put_conflict(struct merge_context *context, const struct merge_path *path,
                        enum delta_conflict_kind kind, const struct merge_sides *sides) {
    struct merge_conflicts *conflicts = context->conflicts;
    if (conflicts->count == conflicts->capacity) {
        size_t capacity = conflicts->capacity ? 2 * conflicts->capacity : 8;
        struct delta_conflict *list =
            arena_grow(context->arena, conflicts->list, conflicts->count, capacity, sizeof *list);
        if (!list)
            return err_memory(context->err);
        conflicts->list = list;
        conflicts->capacity = capacity;
    }
    struct delta_buf pointer = {0};
    put_path(path, &pointer);
    const char *text =
        pointer.failed ? NULL : arena_copy(context->arena, pointer.data, pointer.length);
    struct delta_value *values = arena_array(context->arena, 3, sizeof *values);
    size_t length = pointer.length;
    delta_buf_free(&pointer);
    if (!text || !values)
        return err_memory(context->err);
    struct delta_conflict *conflict = &conflicts->list[conflicts->count++];
    *conflict = (struct delta_conflict){.pointer = text,
                                        .pointer_length = length,
                                        .kind = kind,
                                        .base_span = sides->base_span,
                                        .ours_span = sides->ours_span,
                                        .theirs_span = sides->theirs_span};
    if (sides->key && sides->key->count && put_label(context, sides, &conflict->label))
        return -1;
    if (sides->base)
        conflict->base = memcpy(&values[0], sides->base, sizeof *values);
    if (sides->ours)
        conflict->ours = memcpy(&values[1], sides->ours, sizeof *values);
    if (sides->theirs)
        conflict->theirs = memcpy(&values[2], sides->theirs, sizeof *values);
    return 0;
}

int merge_conflict(struct merge_context *context, const struct merge_path *path,
                   enum delta_conflict_kind kind, const struct merge_sides *sides, int union_ours) {
    int prefer = merge_prefer(context, path);
    context->met++;
    if (context->trial)
        return 1;
    if (prefer < 0)
        return -1;
    if (prefer == DELTA_PREFER_OURS || prefer == DELTA_PREFER_THEIRS)
        return prefer == DELTA_PREFER_OURS;
    if (prefer == DELTA_PREFER_UNION && union_ours >= 0)
        return union_ours;
    if (context->by_lines)
        context->lines_conflict = true;
    else if (put_conflict(context, path, kind, sides))
        return -1;
    return 1;
}

int merge_result(struct merge_context *context, const struct delta_value *base,
                 const struct delta_patch *patch, struct delta_value *storage,
                 const struct delta_value **result) {
    *result = NULL;
    if (patch->kind == PATCH_VALUE) {
        *result = &patch->value;
    } else if (patch->kind == PATCH_EMPTY) {
        *result = base;
    } else if (base) {
        if (apply_patch(context->arena, base, patch, storage, context->err))
            return -1;
        *result = storage;
    }
    return 0;
}
