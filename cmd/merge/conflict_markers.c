/* The two results of a merge, its conflicts resolved for one side and for the other, differ exactly
 * where there are conflicts. So their line diff finds the lines in conflict, whatever these are:
 * members, elements, or the one line of a file without line ends. The base's lines between two
 * places that the base shares with our result are those of the conflict between them. */
#include "merge/conflict_markers.h"

#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

const struct cli_word conflict_styles[] = {
    {"ours", CONFLICT_OURS},
    {"merge", CONFLICT_MERGE},
    {"diff3", CONFLICT_DIFF3},
    {"zdiff3", CONFLICT_DIFF3},
    {NULL, 0},
};

/* Lines of one text that are replaced by lines of another; counted from 0. */
struct hunk {
    size_t old_start, old_count, new_start, new_count;
};

struct hunks {
    struct hunk *list;
    size_t count, capacity;
    size_t old_line, new_line; /* reached */
    bool open;                 /* the last one may grow */
    bool failed;
};

struct lines {
    const char *text;
    size_t *starts; /* count + 1 of them */
    size_t count;
};

/* ---- Lines ---- */

static bool split_lines(struct marked_text text, struct lines *lines) {
    size_t count = 0;
    for (const char *at = text.bytes, *end = text.bytes + text.length; at < end; count++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    *lines = (struct lines){.text = text.bytes, .starts = calloc(count + 1, sizeof(size_t))};
    if (!lines->starts)
        return false;
    for (size_t at = 0; at < text.length; lines->count++) {
        const char *newline = memchr(text.bytes + at, '\n', text.length - at);
        lines->starts[lines->count] = at;
        at = newline ? (size_t)(newline - text.bytes) + 1 : text.length;
    }
    lines->starts[lines->count] = text.length;
    return true;
}

static void put_lines(const struct lines *lines, size_t start, size_t end, struct delta_buf *out) {
    if (start < end)
        delta_buf_put(out, lines->text + lines->starts[start],
                      lines->starts[end] - lines->starts[start]);
}

/* ---- Hunks ---- */

static struct hunk *open_hunk(struct hunks *hunks) {
    if (hunks->open)
        return &hunks->list[hunks->count - 1];
    if (!delta_array_reserve(&hunks->list, &hunks->capacity, hunks->count + 1,
                             sizeof *hunks->list)) {
        hunks->failed = true;
        return NULL;
    }
    hunks->list[hunks->count] =
        (struct hunk){.old_start = hunks->old_line, .new_start = hunks->new_line};
    hunks->open = true;
    return &hunks->list[hunks->count++];
}

/* Takes a line of the diff; those that are the same and far from a change are not reported. */
static int take_line(void *context, const struct delta_line *line, struct delta_err *err) {
    struct hunks *hunks = context;
    size_t number = (size_t)line->number - 1;
    (void)err;
    if (number > hunks->new_line) {
        hunks->old_line += number - hunks->new_line;
        hunks->new_line = number;
        hunks->open = false;
    }
    if (line->kind == DELTA_LINE_SAME) {
        hunks->old_line++;
        hunks->new_line++;
        hunks->open = false;
        return 0;
    }
    struct hunk *hunk = open_hunk(hunks);
    if (!hunk)
        return 1;
    bool removed = line->kind == DELTA_LINE_REMOVED;
    hunks->old_line += removed;
    hunks->new_line += !removed;
    hunk->old_count += removed;
    hunk->new_count += !removed;
    return 0;
}

static int find_hunks(struct delta_arena *arena, struct marked_text old_text,
                      struct marked_text new_text, struct hunks *hunks, struct delta_err *err) {
    const struct delta_value *old_value =
        delta_value_string(arena, old_text.bytes, old_text.length, err);
    const struct delta_value *new_value =
        delta_value_string(arena, new_text.bytes, new_text.length, err);
    return old_value && new_value ? delta_lines_visit(old_value, new_value, take_line, hunks, err)
                                  : -1;
}

/* ---- The base ---- */

/* For each line of ours and the end: the base's line after the last one that both have before it,
 * and the base's line that is the next one that both have. */
struct base_places {
    size_t *after, *next;
};

static bool find_base_places(const struct hunks *to_base, size_t our_count, size_t base_count,
                             struct base_places *places) {
    *places = (struct base_places){calloc(our_count + 1, sizeof(size_t)),
                                   calloc(our_count + 1, sizeof(size_t))};
    if (!places->after || !places->next)
        return false;
    size_t line = 0, base = 0, after = 0;
    for (size_t i = 0; i <= to_base->count; i++) {
        const struct hunk *hunk = i < to_base->count ? &to_base->list[i] : NULL;
        size_t same_end = hunk ? hunk->old_start : our_count;
        for (; line < same_end; line++, base++) {
            places->after[line] = after;
            places->next[line] = base;
            after = base + 1;
        }
        if (!hunk)
            break;
        base = hunk->new_start + hunk->new_count;
        for (; line < hunk->old_start + hunk->old_count; line++) {
            places->after[line] = after;
            places->next[line] = base;
        }
    }
    places->after[our_count] = after;
    places->next[our_count] = base_count;
    return true;
}

/* ---- Writing ---- */

struct marking {
    const struct conflict_marks *marks;
    struct lines ours, theirs, base;
    struct hunks hunks, to_base;
    struct base_places places;
    const char *line_end;
    struct delta_buf *out;
};

static void put_marker(const struct marking *m, char mark, const char *label) {
    struct delta_buf *out = m->out;
    /* The last line of a text may have no line end. */
    if (out->length && out->data[out->length - 1] != '\n')
        delta_buf_put(out, m->line_end, strlen(m->line_end));
    for (unsigned i = 0; i < m->marks->size; i++)
        delta_buf_put(out, &mark, 1);
    if (label)
        delta_buf_printf(out, " %s", label);
    delta_buf_put(out, m->line_end, strlen(m->line_end));
}

static void put_hunk(const struct marking *m, const struct hunk *hunk) {
    put_marker(m, '<', m->marks->labels[MERGE_OURS]);
    put_lines(&m->ours, hunk->old_start, hunk->old_start + hunk->old_count, m->out);
    if (m->marks->style == CONFLICT_DIFF3) {
        put_marker(m, '|', m->marks->labels[MERGE_BASE]);
        put_lines(&m->base, m->places.after[hunk->old_start],
                  m->places.next[hunk->old_start + hunk->old_count], m->out);
    }
    put_marker(m, '=', NULL);
    put_lines(&m->theirs, hunk->new_start, hunk->new_start + hunk->new_count, m->out);
    put_marker(m, '>', m->marks->labels[MERGE_THEIRS]);
}

static void put_all(const struct marking *m) {
    size_t at = 0;
    for (size_t i = 0; i < m->hunks.count; i++) {
        const struct hunk *hunk = &m->hunks.list[i];
        put_lines(&m->ours, at, hunk->old_start, m->out);
        put_hunk(m, hunk);
        at = hunk->old_start + hunk->old_count;
    }
    put_lines(&m->ours, at, m->ours.count, m->out);
}

/* 0, or -1: reported, or out of memory. */
static int find_all(struct marking *m, struct cli *cli, struct delta_arena *arena,
                    const struct marked_texts *texts) {
    struct delta_err err = {0};
    if (find_hunks(arena, texts->ours, texts->theirs, &m->hunks, &err) ||
        (m->marks->style == CONFLICT_DIFF3 &&
         find_hunks(arena, texts->ours, texts->base, &m->to_base, &err))) {
        if (err.code != DELTA_OK)
            cli_error(cli, &err);
        else
            cli_fail(cli, "out of memory");
        return -1;
    }
    return 0;
}

int conflict_markers_write(struct cli *cli, struct delta_arena *arena,
                           const struct marked_texts *texts, const struct conflict_marks *marks,
                           struct delta_buf *out) {
    struct marking m = {.marks = marks, .out = out};
    int status = -1;
    if (!split_lines(texts->ours, &m.ours) || !split_lines(texts->theirs, &m.theirs) ||
        !split_lines(texts->base, &m.base)) {
        cli_fail(cli, "out of memory");
    } else if (find_all(&m, cli, arena, texts) == 0) {
        size_t first = m.ours.count ? m.ours.starts[1] : 0;
        m.line_end = first > 1 && m.ours.text[first - 2] == '\r' ? "\r\n" : "\n";
        if (!find_base_places(&m.to_base, m.ours.count, m.base.count, &m.places)) {
            cli_fail(cli, "out of memory");
        } else {
            put_all(&m);
            status = 0;
        }
    }
    free(m.ours.starts);
    free(m.theirs.starts);
    free(m.base.starts);
    free(m.hunks.list);
    free(m.to_base.list);
    free(m.places.after);
    free(m.places.next);
    return status;
}
