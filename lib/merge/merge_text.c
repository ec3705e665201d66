#include "base/err.h"
#include "merge/merge_context.h"

#include <stdlib.h>
#include <string.h>

/* ---- By lines, where the base is known ---- */

/* The lines of a string, each with its newline, as an array. */
static int split_lines(struct merging *merging, const struct delta_value *text,
                       struct delta_value *out) {
    size_t count = 0;
    for (uint32_t i = 0; i < text->length; i++)
        count += text->text[i] == '\n' || i + 1 == text->length;
    struct value_array *lines = value_array_open(merging->arena, count);
    if (!lines)
        return err_memory(merging->err);
    uint32_t start = 0;
    count = 0;
    while (start < text->length) {
        const char *newline = memchr(text->text + start, '\n', text->length - start);
        uint32_t end = newline ? (uint32_t)(newline - text->text) + 1 : text->length;
        lines->items[count++] = value_string(text->text + start, end - start);
        start = end;
    }
    return value_array_close(lines, count, out, merging->err);
}

static void put_line(struct delta_buf *buf, const struct delta_value *line) {
    if (buf->length && buf->data[buf->length - 1] != '\n')
        buf_put_char(buf, '\n'); /* what was a last line is one no more */
    buf_put(buf, line->text, line->length);
}

/* The text that a patch of lines, or lines as a whole value, make; lines are only ever replaced
 * whole. */
static const struct delta_patch *join_lines(struct merging *merging,
                                            const struct delta_value *lines,
                                            const struct delta_patch *patch) {
    struct delta_buf buf = {0};
    if (patch->kind == PATCH_VALUE) {
        for (uint32_t i = 0; i < patch->value.length; i++)
            put_line(&buf, &value_items(&patch->value)[i]);
    }
    for (uint32_t i = 0; patch->kind == PATCH_ARRAY && i < patch->count; i++) {
        const struct patch_item *item = &patch->items[i];
        if (item->kind == PATCH_EDIT) {
            put_line(&buf, &item->nested->value);
            continue;
        }
        const struct delta_value *from =
            item->kind == PATCH_COPY ? value_items(lines) + item->from : item->values;
        for (uint32_t j = 0; j < item->count; j++)
            put_line(&buf, &from[j]);
    }
    const struct delta_patch *made = NULL;
    const char *text = NULL;
    if (buf.length > DELTA_MAX_STATE)
        err_set(merging->err, DELTA_ERR_LIMIT, "a string would be too long");
    else if (buf_check(&buf, merging->err) == 0 &&
             !(text = arena_copy(merging->arena, buf.data, buf.length)))
        err_memory(merging->err);
    if (text) {
        struct delta_value whole = value_string(text, (uint32_t)buf.length);
        made = patch_whole(merging->arena, &whole, merging->err);
    }
    delta_buf_free(&buf);
    return made;
}

int merging_lines(struct merging *merging, const struct merging_path *path,
                  const struct merging_sides *sides, const struct delta_patch **out) {
    *out = NULL;
    if (merging->of_lines || !memchr(sides->base->text, '\n', sides->base->length))
        return 0;
    struct merging within = *merging;
    within.of_lines = true;
    within.lines_conflict = false;
    struct delta_value base;
    struct delta_value ours;
    struct delta_value theirs;
    if (split_lines(&within, sides->base, &base) || split_lines(&within, sides->ours, &ours) ||
        split_lines(&within, sides->theirs, &theirs))
        return -1;
    const struct delta_patch *left = patch_whole(merging->arena, &ours, merging->err);
    const struct delta_patch *right = patch_whole(merging->arena, &theirs, merging->err);
    if (!left)
        return -1;
    const struct delta_patch *both =
        right ? merging_arrays(&within, path, &base, left, right) : NULL;
    merging->met = within.met;
    if (both)
        *out = join_lines(&within, &base, both);
    if (*out && within.lines_conflict &&
        merging_conflict(merging, path, DELTA_CONFLICT_CHANGED, sides, -1) < 0)
        return -1;
    return *out ? 0 : -1;
}

/* ---- By code points, where it is not ---- */

/* Old code points that a text patch replaces: [from, to) by `text`, which may be NULL. */
struct text_edit {
    uint32_t from, to;
    const struct delta_value *text;
};

/* The places where a text patch changes something, malloc'ed; NULL when out of memory. */
static struct text_edit *list_edits(const struct delta_patch *patch, size_t *count) {
    struct text_edit *edits = reallocarray(NULL, (size_t)patch->count + 1, sizeof *edits);
    if (!edits)
        return NULL;
    struct text_edit next = {0, 0, NULL};
    *count = 0;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_item *item = &patch->items[i];
        if (item->kind == PATCH_INSERT) {
            next.text = item->values;
            continue;
        }
        next.to = item->from;
        if (next.text || next.from < next.to)
            edits[(*count)++] = next;
        next = (struct text_edit){.from = item->from + item->count};
    }
    next.to = patch->length;
    if (next.text || next.from < next.to)
        edits[(*count)++] = next;
    return edits;
}

static bool same_edit(const struct text_edit *a, const struct text_edit *b) {
    return a->from == b->from && a->to == b->to && !a->text == !b->text &&
           (!a->text || value_same(a->text, b->text));
}

static void put_edit(struct patch_items *items, struct delta_arena *arena, uint32_t *reached,
                     const struct text_edit *edit) {
    patch_items_copy(items, *reached, edit->from - *reached);
    if (edit->text)
        patch_items_insert(items, arena, edit->text, 1);
    *reached = edit->to;
}

int merging_texts(struct merging *merging, const struct delta_patch *ours,
                  const struct delta_patch *theirs, const struct delta_patch **out) {
    size_t left_count = 0;
    size_t right_count = 0;
    struct text_edit *left = list_edits(ours, &left_count);
    struct text_edit *right = list_edits(theirs, &right_count);
    struct patch_items items = {0};
    int result = -1;
    *out = NULL;
    if (!left || !right) {
        err_memory(merging->err);
        goto out;
    }
    uint32_t reached = 0;
    size_t i = 0;
    size_t j = 0;
    while (i < left_count || j < right_count) {
        struct text_edit *a = i < left_count ? &left[i] : NULL;
        struct text_edit *b = j < right_count ? &right[j] : NULL;
        if (a && b && a->from <= b->to && b->from <= a->to) {
            if (!same_edit(a, b)) {
                result = 0;
                goto out;
            }
            j++;
        }
        bool first = a && (!b || a->from <= b->from);
        put_edit(&items, merging->arena, &reached, first ? a : b);
        if (first)
            i++;
        else
            j++;
    }
    patch_items_copy(&items, reached, ours->length - reached);
    *out = patch_items_close(&items, merging->arena, PATCH_STRING, ours->length, merging->err);
    result = *out ? 0 : -1;
out:
    patch_items_free(&items);
    free(left);
    free(right);
    return result;
}
