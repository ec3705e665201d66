#include "merge/merge_context.h"

#include "base/err.h"
#include "patch/apply.h"
#include "json/writer.h"

#include <stdlib.h>
#include <string.h>

/* ---- Paths ---- */

static void put_path(const struct merging_path *path, struct delta_buf *buf) {
    if (!path)
        return;
    put_path(path->above, buf);
    if (path->key)
        pointer_put_key(buf, path->key->text, path->key->length);
    else
        pointer_put_index(buf, path->index);
}

/* One level down, to the value at `path`. */
static void enter_step(const struct merging_path *path, struct pattern_matcher *matcher) {
    if (path->key)
        pattern_matcher_key(matcher, path->key->text, path->key->length);
    else
        pattern_matcher_index(matcher, path->index);
    for (int i = 0; i < 3; i++)
        pattern_matcher_value(matcher, path->values[i]);
}

static void enter_path(const struct merging_path *path, struct pattern_matcher *matcher) {
    if (!path)
        return;
    enter_path(path->above, matcher);
    enter_step(path, matcher);
}

int merging_path_values(struct merging *merging, struct merging_path *path,
                        const struct delta_value *base, const struct delta_patch *ours,
                        const struct delta_patch *theirs) {
    const struct delta_patch *const patches[2] = {ours, theirs};
    path->values[0] = base;
    for (int i = 0; i < 2; i++) {
        struct delta_value *room = arena_alloc(merging->arena, sizeof *room);
        if (!room)
            return err_memory(merging->err);
        if (patches[i] && merging_result(merging, base, patches[i], room, &path->values[1 + i]))
            return -1;
    }
    return 0;
}

/* The label of the first pattern that matches the path, "" for one without; NULL for none. */
static int match_path(struct merging *merging, const struct pointer_patterns *patterns,
                      const struct merging_path *path, const char **label) {
    *label = NULL;
    if (!patterns->count || merging->of_lines)
        return 0;
    struct pattern_matcher matcher;
    pattern_matcher_open(&matcher, patterns);
    enter_path(path, &matcher);
    const struct pattern_state *match = matcher.failed ? NULL : pattern_matcher_match(&matcher);
    bool failed = matcher.failed;
    pattern_matcher_close(&matcher);
    if (failed)
        return err_memory(merging->err);
    if (match)
        *label = match->label ? match->label : "";
    return 0;
}

int merging_array_key(struct merging *merging, const struct merging_path *path, const char **text) {
    return match_path(merging, &merging->options->keyed, path, text);
}

int merging_is_unordered(struct merging *merging, const struct merging_path *path) {
    const char *label;
    if (match_path(merging, &merging->options->unordered, path, &label))
        return -1;
    return label != NULL;
}

/* The label of the pattern that matches the path, or the nearest place above it; NULL for none. */
static const char *label_above(struct pattern_matcher *matcher, const struct merging_path *path) {
    const char *label = path ? label_above(matcher, path->above) : NULL;
    if (path)
        enter_step(path, matcher);
    const struct pattern_state *match = matcher->failed ? NULL : pattern_matcher_match(matcher);
    return match ? match->label : label;
}

int merging_prefer(struct merging *merging, const struct merging_path *path) {
    struct pattern_matcher matcher;
    if (!merging->options->preferred.count)
        return (int)merging->options->prefer;
    pattern_matcher_open(&matcher, &merging->options->preferred);
    const char *label = label_above(&matcher, path);
    bool failed = matcher.failed;
    pattern_matcher_close(&matcher);
    if (failed)
        return err_memory(merging->err);
    if (!label)
        return (int)merging->options->prefer;
    return *label == 'o'   ? DELTA_PREFER_OURS
           : *label == 't' ? DELTA_PREFER_THEIRS
                           : DELTA_PREFER_UNION;
}

/* ---- Conflicts ---- */

/* What identifies the element, as `key=value`, several of them separated by commas. */
static int put_label(struct merging *merging, const struct merging_sides *sides,
                     const char **label) {
    const struct delta_value *element = sides->base   ? sides->base
                                        : sides->ours ? sides->ours
                                                      : sides->theirs;
    struct delta_buf buf = {0};
    for (uint32_t n = 0; element && n < sides->key->count; n++) {
        const struct pointer *part = &sides->key->parts[n];
        const struct delta_value *value = pointer_find(part, element);
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
    if (buf_check(&buf, merging->err))
        return -1;
    *label = buf.length ? arena_copy(merging->arena, buf.data, buf.length) : NULL;
    bool failed = buf.length && !*label;
    delta_buf_free(&buf);
    return failed ? err_memory(merging->err) : 0;
}

static int put_conflict(struct merging *merging, const struct merging_path *path,
                        enum delta_conflict_kind kind, const struct merging_sides *sides) {
    struct merge_conflicts *conflicts = merging->conflicts;
    if (conflicts->count == conflicts->capacity) {
        size_t capacity = conflicts->capacity ? 2 * conflicts->capacity : 8;
        struct delta_conflict *list =
            arena_grow(merging->arena, conflicts->list, conflicts->count, capacity, sizeof *list);
        if (!list)
            return err_memory(merging->err);
        conflicts->list = list;
        conflicts->capacity = capacity;
    }
    struct delta_buf pointer = {0};
    put_path(path, &pointer);
    const char *text =
        pointer.failed ? NULL : arena_copy(merging->arena, pointer.data, pointer.length);
    struct delta_value *values = arena_array(merging->arena, 3, sizeof *values);
    size_t length = pointer.length;
    delta_buf_free(&pointer);
    if (!text || !values)
        return err_memory(merging->err);
    struct delta_conflict *conflict = &conflicts->list[conflicts->count++];
    *conflict = (struct delta_conflict){.pointer = text,
                                        .pointer_length = length,
                                        .kind = kind,
                                        .base_span = sides->base_span,
                                        .ours_span = sides->ours_span,
                                        .theirs_span = sides->theirs_span};
    if (sides->key && sides->key->count && put_label(merging, sides, &conflict->label))
        return -1;
    if (sides->base)
        conflict->base = memcpy(&values[0], sides->base, sizeof *values);
    if (sides->ours)
        conflict->ours = memcpy(&values[1], sides->ours, sizeof *values);
    if (sides->theirs)
        conflict->theirs = memcpy(&values[2], sides->theirs, sizeof *values);
    return 0;
}

int merging_conflict(struct merging *merging, const struct merging_path *path,
                     enum delta_conflict_kind kind, const struct merging_sides *sides,
                     int union_ours) {
    int prefer = merging_prefer(merging, path);
    merging->met++;
    if (merging->counts_only)
        return 1;
    if (prefer < 0)
        return -1;
    if (prefer == DELTA_PREFER_OURS || prefer == DELTA_PREFER_THEIRS)
        return prefer == DELTA_PREFER_OURS;
    if (prefer == DELTA_PREFER_UNION && union_ours >= 0)
        return union_ours;
    if (merging->of_lines)
        merging->lines_conflict = true;
    else if (put_conflict(merging, path, kind, sides))
        return -1;
    return 1;
}

int merging_result(struct merging *merging, const struct delta_value *base,
                   const struct delta_patch *patch, struct delta_value *room,
                   const struct delta_value **result) {
    *result = NULL;
    if (patch->kind == PATCH_VALUE) {
        *result = &patch->value;
    } else if (patch->kind == PATCH_EMPTY) {
        *result = base;
    } else if (base) {
        if (apply_patch(merging->arena, base, patch, room, merging->err))
            return -1;
        *result = room;
    }
    return 0;
}
