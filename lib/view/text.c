#include "view/text.h"

#include "base/err.h"
#include "view/changes.h"
#include "view/line_diff.h"
#include "json/writer.h"

#include <string.h>

enum {
    LEAST_VALUE = 16, /* columns that a value gets in any case */
    KEPT_START = 12,  /* columns shown of what two strings that are cut both begin with */
};

struct texting {
    struct delta_buf *out;
    const struct text_options *options;
    struct delta_arena *scratch;
    struct delta_buf old, new;   /* values as they are shown */
    bool forms;                  /* old and new differ in normalisation only */
    size_t column;               /* of the line at hand */
    uint64_t counts[TEXT_KINDS]; /* by enum delta_change_kind */
};

const struct text_look text_looks[TEXT_KINDS] = {
    [DELTA_CHANGE_ADD] = {'+', VISIBLE_GREEN},
    [DELTA_CHANGE_REMOVE] = {'-', VISIBLE_RED},
    [DELTA_CHANGE_REPLACE] = {'~', VISIBLE_YELLOW},
    [DELTA_CHANGE_MOVE] = {'>', VISIBLE_CYAN},
};

/* ---- Parts of a line ---- */

static void put_plain(struct texting *t, const char *text, enum visible_color color) {
    visible_color(t->out, t->options->color && color != VISIBLE_PLAIN, color);
    buf_put_text(t->out, text);
    visible_color(t->out, t->options->color && color != VISIBLE_PLAIN, VISIBLE_PLAIN);
    t->column += strlen(text);
}

static void put_visible(struct texting *t, const char *text, size_t length) {
    size_t start = t->out->length;
    if (t->forms)
        visible_put_forms(t->out, text, length);
    else
        visible_put(t->out, text, length);
    if (!t->out->failed)
        t->column += visible_columns(t->out->data + start, t->out->length - start);
}

/* A pointer such that it can be given to an option as a pattern: special characters are escaped. */
static void put_pointer(struct texting *t, const char *pointer, size_t length) {
    static const bool special[256] = {
        ['*'] = true, ['['] = true, [']'] = true, ['='] = true, [','] = true, ['\\'] = true};
    size_t start = 0;
    for (size_t i = 0; i < length; i++) {
        if (!special[(unsigned char)pointer[i]])
            continue;
        put_visible(t, pointer + start, i - start);
        put_plain(t, "\\", VISIBLE_PLAIN);
        start = i;
    }
    put_visible(t, pointer + start, length - start);
}

/* A place, or the places of `count` elements from that one on: /list/3..5. */
static void put_place(struct texting *t, const char *pointer, size_t length, uint32_t count) {
    if (length == 0) {
        put_plain(t, "(root)", VISIBLE_PLAIN);
        return;
    }
    put_pointer(t, pointer, length);
    if (count == 1)
        return;
    const char *step = (const char *)memrchr(pointer, '/', length) + 1;
    uint32_t last = count - 1, first = 0;
    for (; step < pointer + length; step++)
        first = first * 10 + (uint32_t)(*step - '0');
    size_t start = t->out->length;
    buf_printf(t->out, "..%u", (unsigned)(first + last));
    t->column += t->out->length - start;
}

static void put_head(struct texting *t, const struct delta_change *change) {
    bool color = t->options->color;
    visible_color(t->out, color, text_looks[change->kind].color);
    buf_put_char(t->out, text_looks[change->kind].mark);
    buf_put_char(t->out, ' ');
    t->column = 2;
    put_place(t, change->pointer, change->pointer_length, change->count);
    visible_color(t->out, color, VISIBLE_PLAIN);
    if (change->label_length == 0)
        return;
    visible_color(t->out, color, VISIBLE_FAINT);
    buf_put_text(t->out, " {");
    put_visible(t, change->label, change->label_length);
    buf_put_char(t->out, '}');
    visible_color(t->out, color, VISIBLE_PLAIN);
    t->column += 3;
}

/* ---- Values ---- */

/* What is between a place and a value of so many columns: two spaces, or where the value would
 * be cut short beside a long place, a new line. */
static void put_gap(struct texting *t, size_t columns) {
    size_t width = t->options->width;
    if (width == 0 || t->column + 2 + columns <= width || t->column <= width / 2) {
        put_plain(t, "  ", VISIBLE_PLAIN);
        return;
    }
    buf_put_text(t->out, "\n    ");
    t->column = 4;
}

/* Columns left on the line, or 0 when there is no end to it. */
static size_t columns_left(const struct texting *t) {
    size_t width = t->options->width;
    if (width == 0)
        return 0;
    return width > t->column + LEAST_VALUE ? width - t->column : LEAST_VALUE;
}

static void encode(const struct delta_value *value, struct delta_buf *buf, bool forms) {
    struct delta_buf json = {0};
    buf->length = 0;
    writer_compact(value, &json);
    (forms ? visible_put_forms : visible_put)(buf, json.data, json.length);
    buf->failed |= json.failed;
    delta_buf_free(&json);
}

static void put_value(struct texting *t, const struct delta_buf *value, size_t columns,
                      enum visible_color color) {
    visible_color(t->out, t->options->color, color);
    visible_put_cut(t->out, value->data, value->length, columns);
    visible_color(t->out, t->options->color, VISIBLE_PLAIN);
}

/* Drops most of what both values begin with, so that a cut leaves what differs. */
static void drop_common_start(struct delta_buf *old, struct delta_buf *new) {
    size_t same = 0;
    while (same < old->length && same < new->length && old->data[same] == new->data[same])
        same++;
    while (same && ((same < old->length && ((unsigned char)old->data[same] & 0xc0) == 0x80) ||
                    (same < new->length && ((unsigned char)new->data[same] & 0xc0) == 0x80)))
        same--;
    size_t keep = same;
    for (size_t columns = 0; keep && columns < KEPT_START; columns++)
        do
            keep--;
        while (keep && ((unsigned char)old->data[keep] & 0xc0) == 0x80);
    if (keep <= sizeof "…" - 1)
        return;
    struct delta_buf *both[2] = {old, new};
    for (size_t i = 0; i < 2; i++) {
        size_t start = keep - (sizeof "…" - 1);
        memcpy(both[i]->data + start, "…", sizeof "…" - 1);
        both[i]->length -= start;
        memmove(both[i]->data, both[i]->data + start, both[i]->length);
    }
}

/* OLD -> NEW, each in what the other leaves it of the line. */
static void put_pair(struct texting *t, const struct delta_value *old,
                     const struct delta_value *new) {
    encode(old, &t->old, false);
    encode(new, &t->new, false);
    if (t->old.failed || t->new.failed)
        return;
    if (visible_forms_differ(t->old.data, t->old.length, t->new.data, t->new.length)) {
        encode(old, &t->old, true);
        encode(new, &t->new, true);
    }
    size_t old_columns = visible_columns(t->old.data, t->old.length);
    size_t new_columns = visible_columns(t->new.data, t->new.length);
    put_gap(t, old_columns + 4 + new_columns);
    size_t left = columns_left(t);
    if (left == 0) {
        old_columns = new_columns = 0;
    } else {
        left = left > 4 + 2 * LEAST_VALUE ? left - 4 : 2 * LEAST_VALUE;
        if (old_columns + new_columns > left) {
            drop_common_start(&t->old, &t->new);
            old_columns = visible_columns(t->old.data, t->old.length);
            new_columns = visible_columns(t->new.data, t->new.length);
        }
        if (old_columns + new_columns <= left)
            old_columns = new_columns = 0;
        else if (old_columns <= left / 2)
            new_columns = left - old_columns;
        else if (new_columns <= left / 2)
            old_columns = left - new_columns;
        else
            old_columns = new_columns = left / 2;
    }
    put_value(t, &t->old, old_columns, VISIBLE_RED);
    put_plain(t, " -> ", VISIBLE_PLAIN);
    put_value(t, &t->new, new_columns, VISIBLE_GREEN);
}

/* Whether a string is read better line by line: there is more than one. */
static bool has_lines(const struct delta_value *value) {
    const char *newline = memchr(value->text, '\n', value->length);
    return newline && newline + 1 < value->text + value->length;
}

static int put_lines(struct texting *t, const struct delta_value *old,
                     const struct delta_value *new, struct delta_err *err) {
    const struct line_diff_options options = {.width = t->options->width,
                                              .color = t->options->color};
    buf_put_char(t->out, '\n');
    return line_diff_put(t->scratch, old, new, &options, t->out, err);
}

/* A piece of text that was put in or taken out. */
static void put_literal(struct texting *t, const struct patch_item *item, char mark,
                        enum visible_color color) {
    size_t width = t->options->width;
    encode(item->values, &t->new, false);
    put_plain(t, "    ", VISIBLE_PLAIN);
    visible_color(t->out, t->options->color, color);
    buf_put_char(t->out, mark);
    buf_put_char(t->out, ' ');
    visible_color(t->out, t->options->color, VISIBLE_PLAIN);
    put_value(t, &t->new, width > LEAST_VALUE ? width - 6 : width, color);
    buf_put_char(t->out, '\n');
}

/* What a string patch puts in, and the patch back (NULL: not known), where the old string is not
 * known. What both keep between is the same. */
static void put_literals(struct texting *t, const struct delta_patch *patch,
                         const struct delta_patch *back) {
    uint32_t i = 0, k = 0, back_count = back ? back->count : 0;
    put_plain(t, "  text changed\n", VISIBLE_PLAIN);
    while (i < patch->count || k < back_count) {
        for (; k < back_count && back->items[k].kind == PATCH_INSERT; k++)
            put_literal(t, &back->items[k], '-', VISIBLE_RED);
        for (; i < patch->count && patch->items[i].kind == PATCH_INSERT; i++)
            put_literal(t, &patch->items[i], '+', VISIBLE_GREEN);
        if (i < patch->count || k < back_count)
            put_plain(t, "      …\n", VISIBLE_FAINT);
        i += i < patch->count;
        k += k < back_count;
    }
}

/* ---- Lines ---- */

static void put_move(struct texting *t, const struct delta_change *change) {
    put_gap(t, strlen("from ") + change->old_pointer_length);
    put_plain(t, "from ", VISIBLE_FAINT);
    put_place(t, change->old_pointer, change->old_pointer_length, change->count);
    buf_put_char(t->out, '\n');
}

/* One value, after its place and perhaps an arrow. */
static void put_single(struct texting *t, const char *before, const struct delta_value *value,
                       enum visible_color color) {
    encode(value, &t->new, false);
    if (t->new.failed)
        return;
    put_gap(t, strlen(before) + visible_columns(t->new.data, t->new.length));
    put_plain(t, before, VISIBLE_PLAIN);
    put_value(t, &t->new, columns_left(t), color);
}

static int put_replacement(struct texting *t, const struct delta_change *change,
                           struct delta_err *err) {
    const struct delta_value *old = change->old_value, *new = change->new_value;
    if (new &&old && old->type == DELTA_STRING &&new->type == DELTA_STRING &&
        (has_lines(old) || has_lines(new)))
        return put_lines(t, old, new, err);
    if (change->text) {
        put_literals(t, change->text, change->old_text);
        return 0;
    }
    if (old)
        put_pair(t, old, new);
    else
        put_single(t, "-> ", new, VISIBLE_GREEN);
    buf_put_char(t->out, '\n');
    return 0;
}

static int put_change(void *context, const struct delta_change *change, struct delta_err *err) {
    struct texting *t = context;
    bool came = change->kind == DELTA_CHANGE_ADD;
    t->counts[change->kind] += change->count;
    t->forms = change->kind == DELTA_CHANGE_MOVE &&
               visible_forms_differ(change->pointer, change->pointer_length, change->old_pointer,
                                    change->old_pointer_length);
    put_head(t, change);
    if (change->kind == DELTA_CHANGE_MOVE) {
        put_move(t, change);
        t->forms = false;
        return 0;
    }
    if (change->kind == DELTA_CHANGE_REPLACE)
        return put_replacement(t, change, err);
    const struct delta_value *value = came ? change->new_value : change->old_value;
    if (value)
        put_single(t, "", value, came ? VISIBLE_GREEN : VISIBLE_RED);
    buf_put_char(t->out, '\n');
    return 0;
}

void text_put_counts(const uint64_t counts[TEXT_KINDS], struct delta_buf *buf) {
    static const char *const words[TEXT_KINDS] = {[DELTA_CHANGE_ADD] = "added",
                                                  [DELTA_CHANGE_REMOVE] = "removed",
                                                  [DELTA_CHANGE_REPLACE] = "changed",
                                                  [DELTA_CHANGE_MOVE] = "moved"};
    const char *before = "";
    for (size_t i = 0; i < TEXT_KINDS; i++) {
        if (counts[i] == 0)
            continue;
        buf_printf(buf, "%s%llu %s", before, (unsigned long long)counts[i], words[i]);
        before = ", ";
    }
    if (*before)
        buf_put_char(buf, '\n');
}

/* Puts `indent` spaces before each line from byte `start` on: lines are moved from the last one on,
 * each once. */
static void indent_lines(struct delta_buf *buf, size_t start, unsigned indent) {
    size_t lines = 0;
    for (size_t i = start; i < buf->length; i++)
        lines += buf->data[i] == '\n';
    size_t from = buf->length, to = from + lines * indent;
    if (!lines || !buf_reserve(buf, to - from))
        return;
    buf->length = to;
    while (from > start) {
        const char *before =
            from - 1 > start ? memrchr(buf->data + start, '\n', from - 1 - start) : NULL;
        size_t line = before ? (size_t)(before - buf->data) + 1 : start;
        to -= from - line;
        memmove(buf->data + to, buf->data + line, from - line);
        to -= indent;
        memset(buf->data + to, ' ', indent);
        from = line;
    }
}

int text_write(const struct delta_value *base, const struct delta_patch *patch,
               const struct text_options *options, struct delta_buf *buf, struct delta_err *err) {
    static const struct text_options defaults = {0};
    struct texting t = {
        .out = buf, .options = options ? options : &defaults, .scratch = delta_arena_new()};
    const struct changes_options changes = {.added = t.options->added,
                                            .array_keys = t.options->array_keys,
                                            .places = t.options->places,
                                            .reverse = t.options->reverse};
    size_t start = buf->length;
    if (!t.scratch)
        return err_memory(err);
    int status = changes_visit(base, patch, &changes, put_change, &t, err);
    if (status == 0 && !t.options->changes_only)
        text_put_counts(t.counts, buf);
    if (!buf->failed && t.options->indent)
        indent_lines(buf, start, t.options->indent);
    buf->failed |= t.old.failed || t.new.failed;
    delta_buf_free(&t.old);
    delta_buf_free(&t.new);
    delta_arena_free(t.scratch);
    return status ? status : buf_check(buf, err);
}
