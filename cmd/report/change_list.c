#include "report/change_list.h"

#include "cli/json_text.h"
#include "cli/message.h"
#include "cli/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct collecting {
    struct delta_arena *arena;
    struct change_list *list;
};

/* The length of the pointer to what holds the value there. */
static size_t container_length(const char *pointer, size_t length) {
    const char *slash = length ? memrchr(pointer, '/', length) : NULL;
    return slash ? (size_t)(slash - pointer) : 0;
}

static int copy_text(struct delta_arena *arena, const char *text, size_t length,
                     struct change_text *out, struct delta_err *err) {
    out->bytes = delta_bytes_copy(arena, text, length, err);
    out->length = length;
    return out->bytes ? 0 : -1;
}

/* The pointer to an element beside the one that `pointer` names. */
static int copy_beside(struct delta_arena *arena, const char *pointer, size_t length,
                       uint32_t index, struct change_text *out, struct delta_err *err) {
    struct delta_buf copy = {0};
    delta_buf_put(&copy, pointer, container_length(pointer, length));
    delta_buf_printf(&copy, "/%u", (unsigned)index);
    int status =
        copy.failed ? cli_err_memory(err) : copy_text(arena, copy.data, copy.length, out, err);
    delta_buf_free(&copy);
    return status;
}

/* A copy that lives as long as the arena: a change's values are valid until the visitor returns. */
static int keep_value(struct delta_arena *arena, const struct delta_value *value,
                      const struct delta_value **out, struct delta_err *err) {
    *out = value ? delta_value_copy(arena, value, err) : NULL;
    return value && !*out ? -1 : 0;
}

static int add(struct collecting *c, const struct delta_change *change, struct change_row *row,
               struct delta_err *err) {
    struct change_list *list = c->list;
    if (!delta_array_reserve(&list->rows, &list->capacity, list->count + 1, sizeof *list->rows))
        return cli_err_memory(err);
    row->kind = change->kind;
    if (copy_text(c->arena, change->label, change->label_length, &row->label, err))
        return -1;
    list->rows[list->count++] = *row;
    list->counts[change->kind]++;
    return 0;
}

/* One row for each of the elements that moved together. */
static int add_moved(struct collecting *c, const struct delta_change *change,
                     struct delta_err *err) {
    for (uint32_t i = 0; i < change->count; i++) {
        struct change_row row = {0};
        if (i ? copy_beside(c->arena, change->pointer, change->pointer_length, change->index + i,
                            &row.path, err) ||
                    copy_beside(c->arena, change->old_pointer, change->old_pointer_length,
                                change->old_index + i, &row.from, err)
              : copy_text(c->arena, change->pointer, change->pointer_length, &row.path, err) ||
                    copy_text(c->arena, change->old_pointer, change->old_pointer_length, &row.from,
                              err))
            return -1;
        row.place = row.path;
        if (add(c, change, &row, err))
            return -1;
    }
    return 0;
}

static int add_other(struct collecting *c, const struct delta_change *change,
                     struct delta_err *err) {
    struct change_row row = {0};
    bool removed = change->kind == DELTA_CHANGE_REMOVE;
    if (copy_text(c->arena, removed ? change->old_pointer : change->pointer,
                  removed ? change->old_pointer_length : change->pointer_length, &row.path, err))
        return -1;
    /* Elements before it may have been added or removed: its container can have another index. */
    row.place = row.path;
    if (removed &&
        copy_text(c->arena, change->pointer,
                  container_length(change->pointer, change->pointer_length), &row.place, err))
        return -1;
    if (keep_value(c->arena, change->old_value, &row.old_value, err) ||
        keep_value(c->arena, change->new_value, &row.new_value, err))
        return -1;
    return add(c, change, &row, err);
}

static int collect(void *context, const struct delta_change *change, struct delta_err *err) {
    return change->kind == DELTA_CHANGE_MOVE ? add_moved(context, change, err)
                                             : add_other(context, change, err);
}

/* The pointers of the rows, below that of the state, one after the other in `joined`. */
static int join_pointers(const char *pointer, struct delta_position *positions, size_t count,
                         struct delta_buf *joined, struct delta_err *err) {
    for (size_t i = 0; i < count; i++) {
        delta_buf_printf(joined, "%s", pointer);
        delta_buf_put(joined, positions[i].pointer, positions[i].pointer_length);
    }
    if (joined->failed)
        return cli_err_memory(err);
    const char *at = joined->data;
    for (size_t i = 0; i < count; i++) {
        positions[i].pointer = at;
        positions[i].pointer_length += strlen(pointer);
        at += positions[i].pointer_length;
    }
    return 0;
}

/* Looks up the rows in one of the texts: in the old one what was removed. */
static int locate(struct change_list *list, const struct change_state *state, bool old,
                  struct delta_err *err) {
    struct delta_position *positions;
    if (!state->text || !list->count)
        return 0;
    positions = calloc(list->count, sizeof *positions);
    if (!positions)
        return cli_err_memory(err);
    for (size_t i = 0; i < list->count; i++) {
        const struct change_text *path = old ? &list->rows[i].path : &list->rows[i].place;
        positions[i].pointer = path->bytes;
        positions[i].pointer_length = path->length;
    }
    struct delta_buf joined = {0};
    int status = 0;
    if (state->pointer)
        status = join_pointers(state->pointer, positions, list->count, &joined, err);
    if (status == 0)
        status = delta_text_locate(state->text, state->length, positions, list->count, err);
    delta_buf_free(&joined);
    for (size_t i = 0; i < list->count && status == 0; i++) {
        struct change_row *row = &list->rows[i];
        bool removed = row->kind == DELTA_CHANGE_REMOVE;
        if (!old) {
            row->new_line = positions[i].line;
            row->new_column = positions[i].column;
        }
        if (old == removed) {
            row->line = positions[i].line;
            row->column = positions[i].column;
        }
    }
    free(positions);
    return status;
}

/* What is behind a masked value in its line would tell its length. */
static void drop_columns(struct change_list *list) {
    for (size_t i = 0; i < list->count; i++)
        list->rows[i].column = list->rows[i].new_column = 0;
}

int change_list_make(struct delta_arena *arena, const struct delta_record *record,
                     const struct change_state *old_state, const struct change_state *new_state,
                     const struct delta_filter *filter, struct change_list *list,
                     struct delta_err *err) {
    struct collecting collecting = {.arena = arena, .list = list};
    *list = (struct change_list){0};
    if (delta_changes_visit(record, old_state->state, filter, collect, &collecting, err))
        return -1;
    if (list->counts[DELTA_CHANGE_REMOVE] && locate(list, old_state, true, err))
        return -1;
    if (locate(list, new_state, false, err))
        return -1;
    struct delta_record_info info;
    delta_record_info(record, &info);
    if (info.masked)
        drop_columns(list);
    return 0;
}

static int count_change(void *context, const struct delta_change *change, struct delta_err *err) {
    uint64_t *counts = context;
    (void)err;
    counts[change->kind] += change->kind == DELTA_CHANGE_MOVE ? change->count : 1;
    return 0;
}

int change_list_count(const struct delta_record *record, const struct delta_value *old_state,
                      uint64_t counts[CHANGE_KINDS], struct delta_err *err) {
    memset(counts, 0, CHANGE_KINDS * sizeof *counts);
    return delta_changes_visit(record, old_state, NULL, count_change, counts, err);
}

static const struct delta_value *text_value(struct delta_arena *arena, struct change_text text,
                                            struct delta_err *err) {
    return delta_value_string_wtf8(arena, text.bytes, text.length, err);
}

void change_row_write(struct delta_arena *arena, const struct change_row *row,
                      const struct change_origin *origin, struct delta_buf *out,
                      struct delta_err *err) {
    const struct delta_member members[] = {
        {"op", 2, delta_value_string_of(arena, delta_change_name(row->kind), err)},
        {"revision", 8, origin->revision},
        {"time", 4, origin->timestamp},
        {"key", 3, origin->key},
        {"path", 4, text_value(arena, row->path, err)},
        {"from", 4, row->kind == DELTA_CHANGE_MOVE ? text_value(arena, row->from, err) : NULL},
        {"label", 5, row->label.length ? text_value(arena, row->label, err) : NULL},
        {"old", 3, row->old_value},
        {"new", 3, row->new_value},
        {"line", 4, row->line ? delta_value_u64(arena, row->line, err) : NULL},
        {"column", 6, row->column ? delta_value_u64(arena, row->column, err) : NULL},
    };
    const struct delta_value *line =
        delta_value_object(arena, members, sizeof members / sizeof *members, err);
    if (line && cli_json_visible(line, out, err) == 0)
        delta_buf_put(out, "\n", 1);
}

static void put_cut(const struct delta_value *value, size_t most, struct delta_buf *out) {
    struct delta_buf json = {0};
    if (delta_write(value, DELTA_COMPACT, 0, &json, NULL) == 0) {
        size_t length = cli_whole_characters(json.data, json.length, most);
        delta_buf_put(out, json.data, length);
        if (length < json.length)
            delta_buf_printf(out, "…");
    }
    out->failed |= json.failed;
    delta_buf_free(&json);
}

void change_row_put_line(const struct change_row *row, size_t most, struct delta_buf *out) {
    static const char marks[CHANGE_KINDS] = {'+', '-', '~', '>'};
    delta_buf_printf(out, "%c ", marks[row->kind]);
    if (row->path.length)
        delta_buf_put(out, row->path.bytes, row->path.length);
    else
        delta_buf_printf(out, "(root)");
    if (row->label.length) {
        delta_buf_printf(out, " {");
        delta_buf_put(out, row->label.bytes, row->label.length);
        delta_buf_printf(out, "}");
    }
    delta_buf_printf(out, "  ");
    if (row->kind == DELTA_CHANGE_MOVE) {
        delta_buf_printf(out, "from ");
        delta_buf_put(out, row->from.bytes, row->from.length);
    }
    if (row->old_value)
        put_cut(row->old_value, most, out);
    if (row->old_value && row->new_value)
        delta_buf_printf(out, " -> ");
    if (row->new_value)
        put_cut(row->new_value, most, out);
}

int change_list_write(const struct delta_record *record, const struct change_state *old_state,
                      const struct change_state *new_state, const struct delta_filter *filter,
                      struct delta_buf *out, struct delta_err *err) {
    struct change_list list = {0};
    struct delta_record_info info;
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_err_memory(err);
    delta_record_info(record, &info);
    const struct change_origin origin = {.key = info.key};
    int status = change_list_make(arena, record, old_state, new_state, filter, &list, err);
    for (size_t i = 0; i < list.count && status == 0; i++) {
        change_row_write(arena, &list.rows[i], &origin, out, err);
        status = err->code == DELTA_OK && !out->failed ? 0 : -1;
    }
    if (status && err->code == DELTA_OK)
        cli_err_memory(err);
    change_list_free(&list);
    delta_arena_free(arena);
    return status;
}

void change_list_free(struct change_list *list) {
    free(list->rows);
    *list = (struct change_list){0};
}

void change_list_put_counts(const uint64_t counts[CHANGE_KINDS], struct delta_buf *buf) {
    static const char *const words[CHANGE_KINDS] = {"added", "removed", "changed", "moved"};
    const char *before = "";
    for (size_t i = 0; i < CHANGE_KINDS; i++) {
        if (!counts[i])
            continue;
        delta_buf_printf(buf, "%s%llu %s", before, (unsigned long long)counts[i], words[i]);
        before = ", ";
    }
}
