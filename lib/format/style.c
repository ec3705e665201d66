#include "format/style.h"

#include "base/buf.h"

/* Values that a style is read off: enough to meet each habit, whatever the text's length. */
enum { VALUES = 4096, PARTS = 8 };

/* ---- Reading it off a text ---- */

static bool is_container(const struct outline *outline, uint32_t node) {
    char c = outline->text[outline->nodes.items[node].value];
    return c == '{' || c == '[';
}

static enum style_kind kind_of(const struct outline *outline, uint32_t node) {
    bool object = outline->text[outline->nodes.items[node].value] == '{';
    uint32_t part = node + 1;
    for (uint32_t i = 0; i < PARTS && part < outline->nodes.items[node].next; i++) {
        if (is_container(outline, part))
            return object ? STYLE_DEEP_OBJECT : STYLE_DEEP_ARRAY;
        part = outline->nodes.items[part].next;
    }
    return object ? STYLE_FLAT_OBJECT : STYLE_FLAT_ARRAY;
}

/* The newline and the unit of indentation that a space shows, where they are not known yet. */
static void read_newline(struct style *style, struct byte_span space) {
    const char *newline = memchr(space.bytes, '\n', space.length);
    if (!newline)
        return;
    if (!style->newline.length) {
        bool returned = newline > space.bytes && newline[-1] == '\r';
        style->newline = (struct byte_span){newline - returned, returned ? 2 : 1};
    }
    if (!style->unit.length)
        style->unit = space_indent(space);
}

/* The space before a comma and `after` it, where it is not known yet. */
static void read_comma(struct style *style, struct byte_span after) {
    const char *comma = after.bytes - 1;
    const char *at = comma;
    while (outline_is_space(at[-1]))
        at--;
    struct byte_span before = {at, (size_t)(comma - at)};
    if (!style->trail.bytes && !space_has_newline(before))
        style->trail = before;
    if (!style->comma.bytes && !space_has_newline(after))
        style->comma = after;
}

struct style style_of(const struct outline *outline) {
    static const struct byte_span empty = {"", 0};
    struct style style = {.newline = empty, .unit = empty};
    int lines[STYLE_KINDS] = {0}; /* containers in lines, less those in one line */
    for (uint32_t i = 0; i < outline->nodes.count && i < VALUES; i++) {
        const struct outline_node *node = &outline->nodes.items[i];
        if (i > 0) {
            struct byte_span lead = outline_lead(outline, i);
            read_newline(&style, lead);
            if (lead.bytes[-1] == ',')
                read_comma(&style, lead);
        }
        if (!style.colon.bytes && node->start != node->value) {
            struct byte_span colon = outline_colon(outline, i);
            if (!space_has_newline(colon))
                style.colon = colon;
        }
        if (is_container(outline, i) && node->next > i + 1)
            lines[kind_of(outline, i)] += space_has_newline(outline_lead(outline, i + 1)) ? 1 : -1;
    }
    if (!style.colon.bytes)
        style.colon = (struct byte_span){": ", 2};
    if (!style.trail.bytes)
        style.trail = empty;
    if (!style.comma.bytes) {
        const char *after = memchr(style.colon.bytes, ':', style.colon.length);
        after++;
        style.comma =
            (struct byte_span){after, (size_t)(style.colon.bytes + style.colon.length - after)};
    }
    for (int kind = 0; kind < STYLE_KINDS; kind++)
        style.in_line[kind] = style.newline.length && lines[kind] < 0;
    return style;
}

/* ---- Two and three styles ---- */

static struct byte_span merge_spans(struct byte_span base, struct byte_span ours,
                                    struct byte_span theirs) {
    return span_equal(base, ours) ? theirs : ours;
}

struct style style_merge(const struct style *base, const struct style *ours,
                         const struct style *theirs) {
    struct style style = {
        .newline = merge_spans(base->newline, ours->newline, theirs->newline),
        .unit = merge_spans(base->unit, ours->unit, theirs->unit),
        .colon = merge_spans(base->colon, ours->colon, theirs->colon),
        .trail = merge_spans(base->trail, ours->trail, theirs->trail),
        .comma = merge_spans(base->comma, ours->comma, theirs->comma),
    };
    for (int kind = 0; kind < STYLE_KINDS; kind++)
        style.in_line[kind] = base->in_line[kind] == ours->in_line[kind] ? theirs->in_line[kind]
                                                                         : ours->in_line[kind];
    return style;
}

bool style_equal(const struct style *a, const struct style *b) {
    return span_equal(a->newline, b->newline) && span_equal(a->unit, b->unit) &&
           span_equal(a->colon, b->colon) && span_equal(a->trail, b->trail) &&
           span_equal(a->comma, b->comma);
}

/* ---- Space ---- */

struct byte_span space_indent(struct byte_span space) {
    const char *newline = space.length ? memrchr(space.bytes, '\n', space.length) : NULL;
    if (!newline)
        return space;
    const char *end = outline_skip_space(newline + 1, space.bytes + space.length);
    return (struct byte_span){newline + 1, (size_t)(end - newline - 1)};
}

/* A space taken apart: newlines, all of one kind, then indentation. */
struct lines {
    struct byte_span newline;
    size_t count; /* 0: not of that form */
    struct byte_span indent;
};

static struct lines lines_of(struct byte_span space) {
    struct lines lines = {.indent = space_indent(space)};
    size_t length = space.length - lines.indent.length;
    if (!length || memchr(space.bytes, ':', space.length))
        return lines;
    size_t size = space.bytes[0] == '\r' ? 2 : 1;
    if (length % size)
        return lines;
    for (size_t i = 0; i < length; i += size)
        if (space.bytes[i + size - 1] != '\n' || (size == 2 && space.bytes[i] != '\r'))
            return lines;
    lines.newline = (struct byte_span){space.bytes, size};
    lines.count = length / size;
    return lines;
}

/* `count` newlines and two pieces of indentation, the second `units` times. */
static struct byte_span compose(struct delta_arena *arena, struct byte_span newline, size_t count,
                                struct byte_span indent, struct byte_span unit, size_t units) {
    size_t length = newline.length * count + indent.length + unit.length * units;
    char *text = arena_alloc(arena, length + 1);
    if (!text)
        return (struct byte_span){0};
    char *at = text;
    for (; count; count--)
        at = mempcpy(at, newline.bytes, newline.length);
    at = mempcpy(at, indent.bytes, indent.length);
    for (; units; units--)
        at = mempcpy(at, unit.bytes, unit.length);
    return (struct byte_span){text, length};
}

struct byte_span space_merge(struct delta_arena *arena, struct byte_span base,
                             struct byte_span ours, struct byte_span theirs) {
    if (span_equal(base, ours))
        return theirs;
    if (span_equal(base, theirs) || span_equal(ours, theirs))
        return ours;
    struct lines b = lines_of(base);
    struct lines o = lines_of(ours);
    struct lines t = lines_of(theirs);
    if (!b.count || !o.count || !t.count)
        return ours;
    return compose(arena, merge_spans(b.newline, o.newline, t.newline),
                   b.count == o.count ? t.count : o.count,
                   merge_spans(b.indent, o.indent, t.indent), (struct byte_span){"", 0}, 0);
}

/* How often `unit` makes up `indent`; 0 when it does not. */
static size_t count_units(struct byte_span indent, struct byte_span unit) {
    if (!unit.length || indent.length % unit.length)
        return 0;
    for (size_t i = 0; i < indent.length; i += unit.length)
        if (memcmp(indent.bytes + i, unit.bytes, unit.length) != 0)
            return 0;
    return indent.length / unit.length;
}

/* The space on both sides of a colon, and the colon. */
static struct byte_span join_colon(struct delta_arena *arena, struct byte_span before,
                                   struct byte_span after) {
    static const struct byte_span colon = {":", 1};
    if (!before.bytes || !after.bytes)
        return (struct byte_span){0};
    char *text = arena_alloc(arena, before.length + colon.length + after.length);
    if (!text)
        return (struct byte_span){0};
    char *at = mempcpy(text, before.bytes, before.length);
    at = mempcpy(at, colon.bytes, colon.length);
    memcpy(at, after.bytes, after.length);
    return (struct byte_span){text, before.length + colon.length + after.length};
}

struct byte_span space_translate(struct delta_arena *arena, struct byte_span space,
                                 const struct style *from, struct byte_span from_indent,
                                 const struct style *to, struct byte_span to_indent) {
    if (!space_has_newline(space))
        return space;
    const char *colon = memchr(space.bytes, ':', space.length);
    if (colon) {
        struct byte_span before = {space.bytes, (size_t)(colon - space.bytes)};
        struct byte_span after = {colon + 1, space.length - before.length - 1};
        return join_colon(arena, space_translate(arena, before, from, from_indent, to, to_indent),
                          space_translate(arena, after, from, from_indent, to, to_indent));
    }
    if (!to->newline.length)
        return (struct byte_span){"", 0};
    size_t count = 0;
    for (size_t i = 0; i < space.length; i++)
        count += space.bytes[i] == '\n';
    struct byte_span indent = space_indent(space);
    if (indent.length < from_indent.length ||
        memcmp(indent.bytes, from_indent.bytes, from_indent.length) != 0)
        return compose(arena, to->newline, count, indent, to->unit, 0);
    struct byte_span rest = {indent.bytes + from_indent.length, indent.length - from_indent.length};
    size_t units = count_units(rest, from->unit);
    if (units)
        return compose(arena, to->newline, count, to_indent, to->unit, units);
    return compose(arena, to->newline, count, to_indent, rest, 1);
}
