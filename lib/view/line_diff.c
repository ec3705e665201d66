#include "view/line_diff.h"

#include "base/err.h"
#include "base/hash.h"
#include "diff/sequence.h"
#include "diff/symbols.h"
#include "view/visible.h"

#include <string.h>

enum { CONTEXT = 2 };

struct line {
    const char *text;
    uint32_t length; /* with the newline, where there is one */
};

struct lines {
    struct line *lines;
    uint32_t *symbols;
    uint32_t count;
};

/* A line as it is shown. */
struct row {
    char mark; /* ' ', '-', '+' */
    struct line line;
    uint32_t number; /* of the new line at or after it, from 1 */
    bool shown;
    bool forms; /* differs from the line it replaces, or that replaces it, in normalisation only */
};

struct line_diff {
    struct delta_arena *arena;
    struct delta_err *err;
    struct symbols symbols;
    struct lines old, new;
    struct row *rows;
    size_t count;
};

static int cut_lines(struct line_diff *d, const struct delta_value *text, struct lines *lines) {
    const char *end = text->text + text->length;
    uint32_t count = 0;
    for (const char *at = text->text; at < end; count++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    lines->lines = arena_array(d->arena, count, sizeof *lines->lines);
    lines->symbols = arena_array(d->arena, count, sizeof *lines->symbols);
    if (!lines->lines || !lines->symbols)
        return err_memory(d->err);
    for (const char *at = text->text; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline ? newline + 1 : end;
        struct line line = {at, (uint32_t)(next - at)};
        uint32_t symbol = symbols_put(&d->symbols, hash_private(at, line.length, 0));
        if (symbol == NO_INDEX)
            return err_memory(d->err);
        lines->lines[lines->count] = line;
        lines->symbols[lines->count++] = symbol;
        at = next;
    }
    return 0;
}

static void add_row(struct line_diff *d, char mark, struct line line, uint32_t number) {
    d->rows[d->count++] = (struct row){.mark = mark, .line = line, .number = number};
}

/* Looks at the rows from `start` on, `removed` of them removed and the others added, one by one. */
static void compare_forms(struct line_diff *d, size_t start, size_t removed) {
    struct row *old = d->rows + start, *new = old + removed;
    for (; old < d->rows + start + removed && new < d->rows + d->count; old++, new ++)
        old->forms = new->forms = visible_forms_differ(old->line.text, old->line.length,
                                                       new->line.text, new->line.length);
}

static int match_lines(struct line_diff *d) {
    uint32_t *source = arena_array(d->arena, d->new.count, sizeof *source);
    d->rows = arena_array(d->arena, (size_t)d->old.count + (size_t)d->new.count, sizeof *d->rows);
    if (!source || !d->rows)
        return err_memory(d->err);
    if (sequence_match(d->arena, (struct sequence){d->old.symbols, d->old.count},
                       (struct sequence){d->new.symbols, d->new.count}, d->symbols.count, false,
                       source, d->err))
        return -1;
    uint32_t i = 0;
    for (uint32_t j = 0; j < d->new.count;) {
        uint32_t end = j; /* of the new lines before the next one that both have */
        while (end < d->new.count && source[end] == NO_INDEX)
            end++;
        uint32_t old_end = end < d->new.count ? source[end] : d->old.count;
        size_t start = d->count, removed = old_end - i;
        for (; i < old_end; i++)
            add_row(d, '-', d->old.lines[i], j + 1);
        for (; j < end; j++)
            add_row(d, '+', d->new.lines[j], j + 1);
        compare_forms(d, start, removed);
        if (j < d->new.count) {
            add_row(d, ' ', d->new.lines[j], j + 1);
            i++, j++;
        }
    }
    for (; i < d->old.count; i++)
        add_row(d, '-', d->old.lines[i], d->new.count + 1);
    return 0;
}

/* Marks the rows that change and those around them. */
static void choose_rows(struct line_diff *d) {
    for (size_t i = 0; i < d->count; i++) {
        if (d->rows[i].mark == ' ')
            continue;
        size_t end = i + CONTEXT < d->count ? i + CONTEXT + 1 : d->count;
        for (size_t near = i < CONTEXT ? 0 : i - CONTEXT; near < end; near++)
            d->rows[near].shown = true;
    }
}

static int visit_rows(struct line_diff *d, delta_line_visitor *visit, void *context) {
    choose_rows(d);
    for (size_t i = 0; i < d->count; i++) {
        const struct row *row = &d->rows[i];
        if (!row->shown)
            continue;
        size_t length = row->line.length;
        bool ended = row->line.text[length - 1] == '\n'; /* no line is empty */
        const struct delta_line line = {.kind = row->mark == '-'   ? DELTA_LINE_REMOVED
                                                : row->mark == '+' ? DELTA_LINE_ADDED
                                                                   : DELTA_LINE_SAME,
                                        .text = row->line.text,
                                        .length = length - ended,
                                        .ended = ended,
                                        .number = row->number,
                                        .forms_differ = row->forms,
                                        .after_gap = i && !d->rows[i - 1].shown};
        int status = visit(context, &line, d->err);
        if (status)
            return status;
    }
    return 0;
}

static int line_diff_visit(struct delta_arena *arena, const struct delta_value *old,
                           const struct delta_value *new, delta_line_visitor *visit, void *context,
                           struct delta_err *err) {
    struct line_diff d = {.arena = arena, .err = err};
    struct arena_mark mark = arena_mark(arena);
    int status = -1;
    if (cut_lines(&d, old, &d.old) == 0 && cut_lines(&d, new, &d.new) == 0 && match_lines(&d) == 0)
        status = visit_rows(&d, visit, context);
    symbols_free(&d.symbols);
    arena_rewind(arena, mark);
    return status;
}

int delta_lines_visit(const struct delta_value *old_text, const struct delta_value *new_text,
                      delta_line_visitor *visit, void *context, struct delta_err *err) {
    if (old_text->type != DELTA_STRING || new_text->type != DELTA_STRING)
        return err_set(err, DELTA_ERR_USAGE, "only strings have lines");
    struct delta_arena *scratch = delta_arena_new();
    if (!scratch)
        return err_memory(err);
    int status = line_diff_visit(scratch, old_text, new_text, visit, context, err);
    delta_arena_free(scratch);
    return status;
}

/* ---- As text --------------------------------------------------------------------------------- */

struct putting {
    const struct line_diff_options *options;
    struct delta_buf *out;
    struct delta_buf shown; /* a line made visible */
};

static int put_line(void *context, const struct delta_line *line, struct delta_err *err) {
    struct putting *p = context;
    bool changed = line->kind != DELTA_LINE_SAME, color = p->options->color;
    size_t width = p->options->width;
    (void)err;
    if (line->after_gap) {
        visible_color(p->out, color, VISIBLE_FAINT);
        buf_printf(p->out, "    @@ %llu", (unsigned long long)line->number);
        visible_color(p->out, color, VISIBLE_PLAIN);
        buf_put_char(p->out, '\n');
    }
    p->shown.length = 0;
    (line->forms_differ ? visible_put_forms : visible_put)(&p->shown, line->text, line->length);
    buf_put_text(p->out, "    ");
    visible_color(p->out, color && changed,
                  line->kind == DELTA_LINE_REMOVED ? VISIBLE_RED : VISIBLE_GREEN);
    buf_put_char(p->out, " -+"[line->kind]);
    buf_put_char(p->out, ' ');
    visible_put_cut(p->out, p->shown.data, p->shown.length, width > 8 ? width - 6 : width ? 2 : 0);
    visible_color(p->out, color && changed, VISIBLE_PLAIN);
    buf_put_char(p->out, '\n');
    if (!line->ended && changed)
        buf_put_text(p->out, "      \\ no newline at the end\n");
    return 0;
}

int line_diff_put(struct delta_arena *arena, const struct delta_value *old,
                  const struct delta_value *new, const struct line_diff_options *options,
                  struct delta_buf *buf, struct delta_err *err) {
    struct putting putting = {.options = options, .out = buf};
    int status = line_diff_visit(arena, old, new, put_line, &putting, err);
    buf->failed |= putting.shown.failed;
    delta_buf_free(&putting.shown);
    return status;
}
