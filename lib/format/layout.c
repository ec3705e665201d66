/* A value in the layout of the texts from which it was made.
 *
 * The texts are ours, which alone is given when a state is edited, and in a merge theirs and the
 * base. Each is outlined once. The result is then written from the root down; at every value we
 * know its counterparts in the texts (counterpart.h). Where one side's text is the base's, byte for
 * byte, and the other side's value is the result's, the other side's text is copied: so all that
 * neither changed is copied, and what one side changed, value or layout, is copied from there.
 * Elsewhere the container is taken apart, and what is between its parts is merged piece by piece,
 * the space before each part, the space before each comma, keys, colons: theirs where ours is the
 * base's, else ours. A part that a side does not have is, there, where the space that this side has
 * before other parts of the container would put it.
 *
 * Cost: one pass over each text, and for each container that is taken apart its parts. Whether two
 * pieces of text are equal is asked from the outside to the inside, mostly in the order of the
 * texts; the last run that was found equal is remembered, so that each byte is compared about once,
 * however deep it is nested (struct equal_run). */
#include "base/err.h"
#include "format/counterpart.h"
#include "format/layout_model.h"
#include "format/member_order.h"

#include <stdlib.h>

static const struct byte_span empty = {"", 0};

/* The last two pieces of text that were compared: equal for `length` bytes, and if `ends` no
 * longer. */
struct equal_run {
    const char *a, *b;
    size_t length;
    bool ends;
};

struct layout {
    struct layout_text texts[SIDES];
    struct layout_result result;
    struct equal_run ours, theirs, sides; /* with the base, and of both */
    struct delta_err *err;
};

static int put_value(struct layout *layout, const struct delta_value *value,
                     const struct layout_sources *sources, struct layout_place place,
                     const struct layout_container *around, uint32_t index);

static void put_span(struct layout *layout, struct byte_span span) {
    buf_put(layout->result.out, span.bytes, span.length);
}

/* ---- Equal text ---- */

/* Bytes that two pieces of text have in common at their beginning. */
static size_t common_length(const char *a, const char *b, size_t length) {
    enum { BLOCK = 256 };
    size_t at = 0;
    while (length - at >= BLOCK && memcmp(a + at, b + at, BLOCK) == 0)
        at += BLOCK;
    while (at < length && a[at] == b[at])
        at++;
    return at;
}

static bool equal_text(struct equal_run *run, struct byte_span a, struct byte_span b) {
    if (a.length != b.length)
        return false;
    size_t known = 0;
    if (run->a && a.bytes >= run->a && a.bytes <= run->a + run->length &&
        b.bytes == run->b + (a.bytes - run->a)) {
        known = run->length - (size_t)(a.bytes - run->a);
        if (known >= a.length)
            return true;
        if (run->ends)
            return false;
    }
    size_t more = known + common_length(a.bytes + known, b.bytes + known, a.length - known);
    *run = (struct equal_run){a.bytes, b.bytes, more, more < a.length};
    return more == a.length;
}

/* True when both sides have the value, with the same text. */
static bool is_same(struct layout *layout, const struct layout_sources *sources, int a, int b) {
    const struct layout_value *one = &sources->at[a];
    const struct layout_value *other = &sources->at[b];
    if (!one->value || !other->value)
        return false;
    struct equal_run *run = a == OURS && b == BASE     ? &layout->ours
                            : a == THEIRS && b == BASE ? &layout->theirs
                                                       : &layout->sides;
    return equal_text(run, outline_text(&one->text->outline, one->node),
                      outline_text(&other->text->outline, other->node));
}

/* ---- Merged spaces ---- */

/* Merges what the sides have at one place; no bytes (NULL): a side has nothing there. Where the
 * base has nothing, ours counts, or theirs if that has nothing either, as it is written in the
 * style of the result. */
static struct byte_span merge_spaces(struct layout *layout, const struct layout_container *c,
                                     const struct byte_span spaces[SIDES]) {
    if (spaces[BASE].bytes && spaces[OURS].bytes && spaces[THEIRS].bytes) {
        struct byte_span merged =
            space_merge(layout->result.arena, spaces[BASE], spaces[OURS], spaces[THEIRS]);
        layout->result.out->failed |= !merged.bytes;
        return merged.bytes ? merged : empty;
    }
    int side = spaces[OURS].bytes ? OURS : spaces[THEIRS].bytes ? THEIRS : BASE;
    if (!spaces[side].bytes)
        return empty;
    return layout_translate(&layout->result, &layout->texts[side], spaces[side], c->at[side].indent,
                            c->place.indent);
}

static struct byte_span merge_leads(struct layout *layout, const struct layout_container *c,
                                    uint32_t part, bool first) {
    struct byte_span spaces[SIDES];
    for (int side = 0; side < SIDES; side++) {
        uint32_t i = layout_part_in(c, side, part);
        if (i != NO_INDEX && (i == 0) == first)
            spaces[side] = outline_lead(&layout->texts[side].outline, c->nodes[side][i]);
        else
            spaces[side] = first ? c->frames[side].first : c->frames[side].later;
    }
    return merge_spaces(layout, c, spaces);
}

/* The space before the comma after the part. */
static struct byte_span merge_trails(struct layout *layout, const struct layout_container *c,
                                     uint32_t part) {
    struct byte_span spaces[SIDES];
    for (int side = 0; side < SIDES; side++) {
        uint32_t i = layout_part_in(c, side, part);
        if (i != NO_INDEX && i + 1 < c->at[side].value->length)
            spaces[side] = outline_trail(&layout->texts[side].outline, c->nodes[side][i]);
        else
            spaces[side] = c->frames[side].trail;
    }
    return merge_spaces(layout, c, spaces);
}

static struct byte_span merge_colons(struct layout *layout, const struct layout_container *c,
                                     uint32_t part) {
    struct byte_span spaces[SIDES];
    for (int side = 0; side < SIDES; side++) {
        uint32_t i = layout_part_in(c, side, part);
        spaces[side] = i != NO_INDEX
                           ? outline_colon(&layout->texts[side].outline, c->nodes[side][i])
                           : c->frames[side].colon;
    }
    int only = layout_part_in(c, BASE, part) != NO_INDEX   ? SIDES
               : layout_part_in(c, OURS, part) != NO_INDEX ? OURS
                                                           : THEIRS;
    if (only != SIDES && c->part[only] && !span_equal(spaces[only], c->frames[only].colon))
        return layout_translate(&layout->result, &layout->texts[only], spaces[only],
                                c->at[only].indent, c->place.indent);
    return merge_spaces(layout, c, spaces);
}

/* ---- Values that are not taken apart ---- */

/* The side whose text the value has, below a line that `indent` indents, or SIDES: none. */
static int side_of(struct layout *layout, const struct delta_value *value,
                   const struct layout_sources *sources, struct byte_span indent) {
    const struct layout_value *at = sources->at;
    bool ours = at[OURS].value && value_same(at[OURS].value, value);
    bool theirs = at[THEIRS].value && value_same(at[THEIRS].value, value);
    bool base = at[BASE].value && value_same(at[BASE].value, value);
    if (!layout_has_parts(value)) {
        if (ours && !(theirs && is_same(layout, sources, OURS, BASE)))
            return OURS;
        return theirs ? THEIRS : base ? BASE : SIDES;
    }
    if (theirs && (!at[OURS].value || !layout_is_like(value, at[OURS].value) ||
                   is_same(layout, sources, OURS, BASE))) {
        /* of three equal texts the one that need not be indented anew */
        bool all = ours && is_same(layout, sources, THEIRS, BASE);
        return all && (span_equal(at[OURS].indent, indent) ||
                       !span_equal(at[THEIRS].indent, indent))
                   ? OURS
                   : THEIRS;
    }
    if (ours && (!at[THEIRS].value || !at[BASE].value || is_same(layout, sources, THEIRS, BASE) ||
                 is_same(layout, sources, THEIRS, OURS)))
        return OURS;
    return SIDES;
}

/* ---- Containers ---- */

static uint32_t *new_indices(struct layout *layout, uint32_t count) {
    uint32_t *indices = malloc(((size_t)count + 1) * sizeof *indices);
    if (!indices)
        err_memory(layout->err);
    return indices;
}

/* Finds the counterparts of the container's parts in one side. */
static int open_side(struct layout *layout, struct layout_container *c, int side) {
    const struct layout_value *at = &c->at[side];
    c->part[side] = new_indices(layout, c->value->length);
    c->nodes[side] = new_indices(layout, at->value->length);
    if (!c->part[side] || !c->nodes[side])
        return -1;
    uint32_t node = at->node + 1;
    for (uint32_t i = 0; i < at->value->length; i++) {
        c->nodes[side][i] = node;
        node = at->text->outline.nodes.items[node].next;
    }
    c->frames[side] = layout_frame_of(at);
    return counterpart_find(layout->result.arena, c->value, at->value, c->part[side], layout->err);
}

static int open_order(struct layout *layout, struct layout_container *c) {
    struct member_order_side sides[SIDES];
    for (int side = 0; side < SIDES; side++) {
        sides[side].part = c->part[side];
        sides[side].count = c->part[side] ? c->at[side].value->length : 0;
    }
    c->order = new_indices(layout, c->value->length);
    if (!c->order)
        return -1;
    return member_order_find(c->value, &sides[BASE], &sides[OURS], &sides[THEIRS], c->order,
                             layout->err);
}

static struct byte_span merge_closes(struct layout *layout, const struct layout_container *c) {
    struct byte_span spaces[SIDES];
    for (int side = 0; side < SIDES; side++)
        spaces[side] = c->frames[side].close;
    return merge_spaces(layout, c, spaces);
}

/* Fills `c->sources` with the counterparts of a part. */
static void find_sources(struct layout_container *c, uint32_t part) {
    static const struct layout_value none = {0};
    for (int side = 0; side < SIDES; side++) {
        bool has = layout_part_in(c, side, part) != NO_INDEX;
        c->sources.at[side] = has ? layout_value_in(c, side, part) : none;
    }
}

/* The key as the side that changed its escapes has it. */
static void put_key(struct layout *layout, const struct layout_container *c, uint32_t part) {
    struct byte_span keys[SIDES];
    bool any = false;
    for (int side = 0; side < SIDES; side++) {
        uint32_t i = layout_part_in(c, side, part);
        keys[side] = (struct byte_span){0};
        if (i == NO_INDEX)
            continue;
        keys[side] = outline_key(&layout->texts[side].outline, c->nodes[side][i]);
        any = true;
    }
    const struct value_key *key = value_members(c->value)[part].key;
    if (any)
        put_span(layout, merge_spaces(layout, c, keys));
    else
        layout_put_key(&layout->result, key);
}

/* A part that at most one side has. */
static void put_new_part(struct layout *layout, const struct layout_container *c, uint32_t at,
                         uint32_t part, int side, struct layout_place place) {
    const struct delta_value *value = layout_part_of(c->value, part);
    struct layout_value source = {0};
    struct layout_value model = {0};
    if (side != SIDES)
        source = c->sources.at[side];
    if (layout_has_parts(value))
        model = side == SIDES ? layout_model_near(c, at, value)
                              : layout_model_rewritten(c, at, side, &source);
    layout_put_new(&layout->result, value, &source, &model, place);
}

/* A part that was the first of its container and no longer is, or the other way round, may have
 * another line before it; what is within it stays indented as it was. */
static void keep_indent(const struct layout_container *c, uint32_t part, bool first,
                        struct byte_span *indent) {
    static const int order[] = {OURS, THEIRS, BASE};
    for (size_t i = 0; i < SIDES; i++) {
        const struct layout_value *at = &c->at[order[i]];
        uint32_t index = layout_part_in(c, order[i], part);
        if (index != NO_INDEX && (index == 0) != first && at->text->same_style &&
            span_equal(at->indent, c->place.indent)) {
            *indent = c->sources.at[order[i]].indent;
            return;
        }
    }
}

static int put_part(struct layout *layout, struct layout_container *c, uint32_t at, uint32_t part) {
    bool object = c->value->type == DELTA_OBJECT;
    struct byte_span lead = merge_leads(layout, c, part, at == 0);
    struct byte_span colon = empty;
    put_span(layout, lead);
    if (object) {
        put_key(layout, c, part);
        colon = merge_colons(layout, c, part);
        put_span(layout, colon);
    }
    struct layout_place place = {
        .indent = layout_indent_below(c->place.indent, lead, colon),
        .alone = space_has_newline(lead) || space_has_newline(colon),
    };
    find_sources(c, part);
    keep_indent(c, part, at == 0, &place.indent);
    const struct layout_value *sources = c->sources.at;
    const struct delta_value *value = layout_part_of(c->value, part);
    int side = sources[BASE].value                             ? SIDES
               : sources[OURS].value && !sources[THEIRS].value ? OURS
               : sources[THEIRS].value && !sources[OURS].value ? THEIRS
                                                               : SIDES;
    if (side != SIDES && layout_has_parts(value) && value_same(sources[side].value, value)) {
        put_new_part(layout, c, at, part, side, place);
        return 0;
    }
    bool any = false;
    for (int i = 0; i < SIDES; i++)
        any |= sources[i].value &&
               (value_same(sources[i].value, value) || layout_is_like(value, sources[i].value));
    if (!any) {
        put_new_part(layout, c, at, part, SIDES, place);
        return 0;
    }
    return put_value(layout, value, &c->sources, place, c, part);
}

/* The part at a place in the result. */
static uint32_t part_at(const struct layout_container *c, uint32_t at) {
    return c->order ? c->order[at] : at;
}

/* Where there is one text: copies, with all that is between them, the parts after place `at` that
 * are after that part in the text, too, and unchanged. Returns the place of the last. */
static uint32_t copy_run(struct layout *layout, const struct layout_container *c, uint32_t at) {
    const struct layout_value *ours = &c->at[OURS];
    uint32_t first = layout_part_in(c, OURS, part_at(c, at));
    if (c->part[BASE] || c->part[THEIRS] || first == NO_INDEX)
        return at;
    uint32_t last = first;
    for (; at + 1 < c->value->length; at++, last++) {
        uint32_t part = part_at(c, at + 1);
        if (layout_part_in(c, OURS, part) != last + 1 ||
            !value_same(layout_part_of(c->value, part), layout_part_of(ours->value, last + 1)))
            break;
    }
    const struct outline_node *nodes = ours->text->outline.nodes.items;
    const char *from = ours->text->outline.text + nodes[c->nodes[OURS][first]].end;
    const char *to = ours->text->outline.text + nodes[c->nodes[OURS][last]].end;
    put_span(layout, (struct byte_span){from, (size_t)(to - from)});
    return at;
}

static int put_parts(struct layout *layout, struct layout_container *c) {
    for (uint32_t at = 0; at < c->value->length; at++) {
        if (put_part(layout, c, at, part_at(c, at)))
            return -1;
        at = copy_run(layout, c, at);
        uint32_t part = part_at(c, at);
        if (at + 1 < c->value->length) {
            put_span(layout, merge_trails(layout, c, part));
            buf_put_char(layout->result.out, ',');
        }
    }
    return 0;
}

static void close_container(struct layout_container *c) {
    for (int side = 0; side < SIDES; side++) {
        free(c->part[side]);
        free(c->nodes[side]);
    }
    free(c->order);
    free(c);
}

/* Takes a container apart, at least one counterpart of which has parts. */
static int put_container(struct layout *layout, const struct delta_value *value,
                         const struct layout_sources *sources, struct layout_place place,
                         const struct layout_container *around, uint32_t index) {
    struct layout_container *c = calloc(1, sizeof *c);
    int result = -1;
    if (!c)
        return err_memory(layout->err);
    c->value = value;
    c->around = around;
    c->index = index;
    c->place = place;
    for (int side = 0; side < SIDES; side++) {
        const struct layout_value *at = &sources->at[side];
        if (!at->value || !layout_is_like(value, at->value))
            continue;
        c->at[side] = *at;
        if (open_side(layout, c, side))
            goto out;
    }
    if (value->type == DELTA_OBJECT && open_order(layout, c))
        goto out;
    buf_put_char(layout->result.out, value->type == DELTA_OBJECT ? '{' : '[');
    if (put_parts(layout, c))
        goto out;
    put_span(layout, merge_closes(layout, c));
    buf_put_char(layout->result.out, value->type == DELTA_OBJECT ? '}' : ']');
    result = 0;
out:
    close_container(c);
    return result;
}

static int put_value(struct layout *layout, const struct delta_value *value,
                     const struct layout_sources *sources, struct layout_place place,
                     const struct layout_container *around, uint32_t index) {
    static const struct layout_value none = {0};
    int side = side_of(layout, value, sources, place.indent);
    if (side == SIDES && layout_has_parts(value))
        for (int i = 0; i < SIDES; i++)
            if (sources->at[i].value && layout_is_like(value, sources->at[i].value))
                return put_container(layout, value, sources, place, around, index);
    layout_put_new(&layout->result, value, side == SIDES ? &none : &sources->at[side], &none,
                   place);
    return 0;
}

/* ---- Texts ---- */

static int open_text(struct layout *layout, int side, const struct delta_source *source,
                     struct layout_sources *sources) {
    struct layout_text *text = &layout->texts[side];
    if (!source || !source->state)
        return 0;
    if (outline_open(&text->outline, source->text, source->length, layout->err))
        return -1;
    text->style = style_of(&text->outline);
    sources->at[side] =
        (struct layout_value){.text = text, .value = source->state, .indent = empty};
    return 0;
}

static void find_style(struct layout *layout, const struct layout_sources *sources) {
    const struct layout_value *at = sources->at;
    int side = at[OURS].value ? OURS : at[THEIRS].value ? THEIRS : BASE;
    layout->result.like = &layout->texts[side];
    layout->result.style = layout->texts[side].style;
    if (at[BASE].value && at[OURS].value && at[THEIRS].value)
        layout->result.style = style_merge(&layout->texts[BASE].style, &layout->texts[OURS].style,
                                           &layout->texts[THEIRS].style);
    for (int i = 0; i < SIDES; i++)
        layout->texts[i].same_style =
            at[i].value && style_equal(&layout->texts[i].style, &layout->result.style);
}

/* What is before the root (a byte order mark, space), or after it, as the side that changed it has
 * it. */
static void put_margin(struct layout *layout, const struct layout_sources *sources, bool before) {
    struct byte_span margins[SIDES] = {{0}};
    for (int side = 0; side < SIDES; side++) {
        const struct outline *outline = &layout->texts[side].outline;
        if (!sources->at[side].value)
            continue;
        const struct outline_node *root = &outline->nodes.items[0];
        margins[side] =
            before ? (struct byte_span){outline->text, root->value}
                   : (struct byte_span){outline->text + root->end, outline->length - root->end};
    }
    int side = sources->at[OURS].value ? OURS : THEIRS;
    struct byte_span margin = margins[side];
    if (margins[BASE].bytes && margins[OURS].bytes && margins[THEIRS].bytes)
        margin = space_merge(layout->result.arena, margins[BASE], margins[OURS], margins[THEIRS]);
    layout->result.out->failed |= !margin.bytes;
    put_span(layout, margin);
}

/* The side whose text is the result as a whole, or SIDES: where the other side's is the base's. */
static int whole_side(const struct delta_source *const given[SIDES],
                      const struct delta_value *merged) {
    static const int sides[][2] = {{OURS, THEIRS}, {THEIRS, OURS}};
    for (size_t i = 0; i < 2; i++) {
        const struct delta_source *side = given[sides[i][0]];
        const struct delta_source *other = given[sides[i][1]];
        if (!side || !side->state || !value_same(side->state, merged))
            continue;
        if (!other || !other->state)
            return sides[i][0];
        const struct delta_source *base = given[BASE];
        if (base && base->state && base->length == other->length &&
            memcmp(base->text, other->text, base->length) == 0)
            return sides[i][0];
    }
    return SIDES;
}

int delta_write_merged(const struct delta_source *base, const struct delta_source *ours,
                       const struct delta_source *theirs, const struct delta_value *merged,
                       struct delta_buf *buf, struct delta_err *err) {
    struct layout layout = {.err = err, .result = {.arena = delta_arena_new(), .out = buf}};
    const struct delta_source *given[SIDES] = {base, ours, theirs};
    struct layout_sources sources = {0};
    int whole = whole_side(given, merged);
    int result = -1;
    if (!layout.result.arena)
        return err_memory(err);
    if (whole != SIDES) {
        buf_put(buf, given[whole]->text, given[whole]->length);
        result = buf_check(buf, err);
        goto out;
    }
    for (int side = 0; side < SIDES; side++)
        if (open_text(&layout, side, given[side], &sources))
            goto out;
    find_style(&layout, &sources);
    put_margin(&layout, &sources, true);
    struct layout_place place = {.indent = empty, .alone = true};
    if (put_value(&layout, merged, &sources, place, NULL, 0))
        goto out;
    put_margin(&layout, &sources, false);
    result = buf_check(buf, err);
out:
    for (int side = 0; side < SIDES; side++)
        outline_close(&layout.texts[side].outline);
    delta_arena_free(layout.result.arena);
    return result;
}

int delta_write_like(const char *text, size_t length, const struct delta_value *before,
                     const struct delta_value *after, struct delta_buf *buf,
                     struct delta_err *err) {
    struct delta_source ours = {.text = text, .length = length, .state = before};
    return delta_write_merged(NULL, &ours, NULL, after, buf, err);
}
