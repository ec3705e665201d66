#include "html/page_data.h"

#include "chain/chain.h"
#include "cli/json_text.h"
#include "cli/message.h"
#include "cli/output.h"
#include "html/html.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_CHANGES = 40, /* of one revision */
    MOST_TEXT = 60,    /* bytes of a value, */
    MOST_POINTER = 200 /* of a pointer */
};

/* Whole characters of a text, no more than about `most` bytes, made visible, as a string. */
static const struct delta_value *cut_text(struct delta_arena *arena, const char *text,
                                          size_t length, size_t most, struct delta_err *err) {
    struct delta_buf visible = {0};
    size_t end = cli_whole_characters(text, length, most);
    delta_visible_write(text, end, &visible);
    if (end < length)
        delta_buf_put(&visible, "\xe2\x80\xa6", 3);
    const struct delta_value *string = NULL;
    if (visible.failed)
        cli_err_memory(err);
    else
        string = delta_value_string(arena, visible.data ? visible.data : "", visible.length, err);
    delta_buf_free(&visible);
    return string;
}

/* The JSON text of a value, cut, as a string; NULL for none. */
static const struct delta_value *cut_value(struct delta_arena *arena,
                                           const struct delta_value *value, struct delta_err *err) {
    struct delta_buf text = {0};
    const struct delta_value *string = NULL;
    if (!value)
        return delta_value_literal(DELTA_NULL, err);
    if (delta_write(value, DELTA_COMPACT, 0, &text, err) == 0)
        string = cut_text(arena, text.data, text.length, MOST_TEXT, err);
    delta_buf_free(&text);
    return string;
}

int page_data_change(struct page_data *data, struct delta_arena *arena,
                     const struct delta_change *change, struct delta_err *err) {
    static const char *const marks[CHANGE_KINDS] = {[DELTA_CHANGE_ADD] = "+",
                                                    [DELTA_CHANGE_REMOVE] = "-",
                                                    [DELTA_CHANGE_REPLACE] = "~",
                                                    [DELTA_CHANGE_MOVE] = ">"};
    if (data->change_count == MOST_CHANGES) {
        data->more++;
        return 0;
    }
    if (!data->changes && !(data->changes = calloc(MOST_CHANGES, sizeof(*data->changes)))) {
        return cli_err_memory(err);
    }
    bool moved = change->kind == DELTA_CHANGE_MOVE;
    const struct delta_value *parts[] = {
        delta_value_string_of(arena, marks[change->kind], err),
        cut_text(arena, change->pointer, change->pointer_length, MOST_POINTER, err),
        moved ? cut_text(arena, change->old_pointer, change->old_pointer_length, MOST_POINTER, err)
              : cut_value(arena, change->old_value, err),
        cut_value(arena, moved ? NULL : change->new_value, err),
    };
    const struct delta_value *row =
        err->code == DELTA_OK ? delta_value_array(arena, parts, 4, err) : NULL;
    data->changes[data->change_count] = row;
    data->change_count += row != NULL;
    return row ? 0 : -1;
}

/* Names and metadata for people, cut. */
static const struct delta_value *note_text(struct delta_arena *arena,
                                           const struct delta_history_entry *entry,
                                           const struct chain_names *names, struct delta_err *err) {
    struct delta_buf text = {0};
    const struct delta_value *note = NULL;
    chain_names_put(names, entry->index, "", " ", &text);
    if (entry->metadata)
        (void)delta_write(entry->metadata, DELTA_COMPACT, 0, &text, err);
    if (text.failed)
        cli_err_memory(err);
    else if (text.length)
        note = cut_text(arena, text.data, text.length, 2 * MOST_TEXT, err);
    delta_buf_free(&text);
    return note;
}

/* Puts the row behind the others, harmless in a page: `<` is only in strings. */
static void put_row(struct page_data *data, const struct delta_value *row, struct delta_err *err) {
    struct delta_buf visible = {0};
    (void)cli_json_visible(row, &visible, err);
    for (size_t i = 0, start = 0; i <= visible.length; i++) {
        if (i < visible.length && visible.data[i] != '<')
            continue;
        delta_buf_put(&data->text, visible.data + start, i - start);
        if (i < visible.length)
            delta_buf_put(&data->text, "\\u003c", 6);
        start = i + 1;
    }
    data->text.failed |= visible.failed;
    delta_buf_free(&visible);
}

int page_data_revision(struct page_data *data, struct delta_arena *arena,
                       const struct delta_history_entry *entry, const struct chain_names *names,
                       struct delta_err *err) {
    char seconds[CHAIN_TIME_TEXT], digest[DELTA_DIGEST_TEXT];
    if (!delta_array_reserve(&data->ends, &data->capacity, data->count + 1, sizeof *data->ends))
        return -1;
    chain_seconds(seconds, entry->time);
    delta_digest_format(entry->digest, digest);
    const struct delta_member members[] = {
        {"i", 1, delta_value_u64(arena, entry->index, err)},
        {"t", 1, delta_value_number(arena, seconds, strlen(seconds), err)},
        {"s", 1, delta_value_u64(arena, entry->size, err)},
        {"d", 1, delta_value_string(arena, digest, 12, err)},
        {"n", 1, note_text(arena, entry, names, err)},
        {"c", 1,
         data->change_count ? delta_value_array(arena, data->changes, data->change_count, err)
                            : NULL},
        {"more", 4, data->more ? delta_value_u64(arena, data->more, err) : NULL},
    };
    data->change_count = 0;
    data->more = 0;
    const struct delta_value *row =
        err->code == DELTA_OK
            ? delta_value_object(arena, members, sizeof members / sizeof *members, err)
            : NULL;
    if (!row)
        return -1;
    put_row(data, row, err);
    data->ends[data->count++] = data->text.length;
    return data->text.failed || err->code != DELTA_OK ? -1 : 0;
}

void page_data_write(const struct page_data *data, struct delta_buf *html) {
    html_markup(html, "<script type=\"application/json\" id=\"data\">[");
    for (uint32_t i = data->count; i > 0 && data->count - i < PAGE_DATA_REVISIONS; i--) {
        size_t start = i > 1 ? data->ends[i - 2] : 0;
        if (data->text.length - start > PAGE_DATA_BYTES)
            break;
        html_markup(html, i < data->count ? ",\n" : "\n");
        delta_buf_put(html, data->text.data + start, data->ends[i - 1] - start);
    }
    html_markup(html, "]</script>\n");
}

void page_data_free(struct page_data *data) {
    delta_buf_free(&data->text);
    free(data->ends);
    free(data->changes);
}
