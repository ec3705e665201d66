#include "merge/merge_context.h"

#include "base/err.h"
#include "patch/apply.h"

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

static void iterator_path(const struct merging_path *path, struct pointer_walk *walk) {
    if (!path)
        return;
    iterator_path(path->above, walk);
    if (path->key)
        pointer_walk_key(walk, path->key->text, path->key->length);
    else
        pointer_walk_index(walk, path->index);
}

int merging_array_key(struct merging *merging, const struct merging_path *path,
                      const char **member) {
    *member = NULL;
    if (!merging->options->keyed || merging->of_lines)
        return 0;
    struct pointer_walk walk;
    pointer_walk_open(&walk, merging->options->keyed);
    iterator_path(path, &walk);
    const struct pattern_state *match = walk.failed ? NULL : pointer_walk_match(&walk);
    bool failed = walk.failed;
    pointer_walk_close(&walk);
    if (failed)
        return err_memory(merging->err);
    if (match)
        *member = match->label;
    return 0;
}

/* ---- Conflicts ---- */

static int put_conflict(struct merging *merging, const struct merging_path *path,
                        enum delta_conflict_kind kind, const struct merging_sides *sides) {
    struct merge_conflicts *conflicts = merging->conflicts;
    if (conflicts->count == conflicts->capacity) {
        size_t capacity = conflicts->capacity ? 2 * conflicts->capacity : 8;
        struct delta_conflict *list = arena_array(merging->arena, capacity, sizeof *list);
        if (!list)
            return err_memory(merging->err);
        if (conflicts->count)
            memcpy(list, conflicts->list, conflicts->count * sizeof *list);
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
    *conflict = (struct delta_conflict){.pointer = text, .pointer_length = length, .kind = kind};
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
    switch (merging->options->prefer) {
    case DELTA_PREFER_OURS:
        return 1;
    case DELTA_PREFER_THEIRS:
        return 0;
    case DELTA_PREFER_UNION:
        if (union_ours >= 0)
            return union_ours;
        break;
    case DELTA_PREFER_NONE:
        break;
    }
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
