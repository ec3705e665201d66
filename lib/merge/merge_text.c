/* The three-way merge of strings.
 *
 * With a base, a string of several lines is merged as an array of its lines (merge_array.c), each
 * with its newline. Without one, the two patches are lists of edits, in the order of the old
 * characters; they are merged like sorted lists, and edits that overlap or touch conflict, unless
 * they are equal. */
#include "merge/merge_context.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

/* ---- By lines: the base is known ---- */

/* Splits a string into an array of lines, each with its newline. */
static int split_lines(struct merge_context *context, const struct delta_value *text,
                       struct delta_value *out) {
    size_t count = 0;
    for (uint32_t i = 0; i < text->length; i++)
        count += text->text[i] == '\n' || i + 1 == text->length;
    struct value_array *lines = value_array_open(context->arena, count);
    if (!lines)
        return err_memory(context->err);
    uint32_t start = 0;
    count = 0;
    while (start < text->length) {
        const char *newline = memchr(text->text + start, '\n', text->length - start);
        uint32_t end = newline ? (uint32_t)(newline - text->text) + 1 : text->length;
        lines->items[count++] = value_string(text->text + start, end - start);
        start = end;
    }
    return value_array_close(lines, count, out, context->err);
}

static void put_line(struct delta_buf *buf, const struct delta_value *line) {
    if (buf->length && buf->data[buf->length - 1] != '\n')
        buf_put_char(buf, '\n'); /* the line before was the last one of its text */
    buf_put(buf, line->text, line->length);
}

/* Joins lines into a string: those of a whole value, or those that a patch of `lines` leads to. The
 * patch replaces lines only whole. */
static const struct delta_patch *join_lines(struct merge_context *context,
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
        err_set(context->err, DELTA_ERR_LIMIT, "a string would be too long");
    else if (buf_check(&buf, context->err) == 0 &&
             !(text = arena_copy(context->arena, buf.data, buf.length)))
        err_memory(context->err);
    if (text) {
        struct delta_value whole = value_string(text, (uint32_t)buf.length);
        made = patch_whole(context->arena, &whole, context->err);
    }
    delta_buf_free(&buf);
    return made;
}

int merge_lines(struct merge_context *context, const struct merge_path *path,
                const struct merge_sides *sides, const struct delta_patch **out) {
    *out = NULL;
    if (context->by_lines || !memchr(sides->base->text, '\n', sides->base->length))
        return 0;
    struct merge_context within = *context;
    within.by_lines = true;
    within.lines_conflict = false;
    struct delta_value base;
    struct delta_value ours;
    struct delta_value theirs;
    if (split_lines(&within, sides->base, &base) || split_lines(&within, sides->ours, &ours) ||
        split_lines(&within, sides->theirs, &theirs))
        return -1;
    const struct delta_patch *left = patch_whole(context->arena, &ours, context->err);
    const struct delta_patch *right = patch_whole(context->arena, &theirs, context->err);
    if (!left)
        return -1;
    const struct delta_patch *both = right ? merge_arrays(&within, path, &base, left, right) : NULL;
    context->met = within.met;
    if (both)
        *out = join_lines(&within, &base, both);
    if (*out && within.lines_conflict &&
        merge_conflict(context, path, DELTA_CONFLICT_CHANGED, sides, -1) < 0)
        return -1;
    return *out ? 0 : -1;
}

/* ---- By code points: the base is unknown ---- */

/* Code points [from, to) of the old string are replaced with `text`; NULL: they are removed. */
struct text_edit {
    uint32_t from, to;
    const struct delta_value *text;
};

/* The edits of a text patch, malloc'ed; NULL when out of memory. */
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

int merge_texts(struct merge_context *context, const struct delta_patch *ours,
                const struct delta_patch *theirs, const struct delta_patch **out) {
    size_t left_count = 0;
    size_t right_count = 0;
    struct text_edit *left = list_edits(ours, &left_count);
    struct text_edit *right = list_edits(theirs, &right_count);
    struct patch_items items = {0};
    int result = -1;
    *out = NULL;
    if (!left || !right) {
        err_memory(context->err);
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
        put_edit(&items, context->arena, &reached, first ? a : b);
        if (first)
            i++;
        else
            j++;
    }
    patch_items_copy(&items, reached, ours->length - reached);
    *out = patch_items_close(&items, context->arena, PATCH_STRING, ours->length, context->err);
    result = *out ? 0 : -1;
out:
    patch_items_free(&items);
    free(left);
    free(right);
    return result;
}
