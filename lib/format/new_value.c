/* A value that was read from one of the texts is copied from there, byte for byte where indentation
 * and style are the same, else with its spaces translated token by token. A value that no text has,
 * or whose text is in one line where the result is in lines or the other way round, is formatted:
 * after a model, which is a container of the same kind near by, or as the style of the text says.
 */
#include "format/new_value.h"

#include "base/utf8.h"
#include "json/writer.h"

#include <stdlib.h>

static const struct byte_span empty = {"", 0};

static void put_span(struct layout_result *result, struct byte_span span) {
    buf_put(result->out, span.bytes, span.length);
}

/* ---- Spaces ---- */

struct layout_frame layout_frame_of(const struct layout_value *at) {
    if (!at->value || !layout_has_parts(at->value))
        return (struct layout_frame){0};
    const struct outline *outline = &at->text->outline;
    uint32_t part = at->node + 1;
    struct layout_frame frame = {.first = outline_lead(outline, part),
                                 .trail = at->text->style.trail,
                                 .close = outline_close_space(outline, at->node),
                                 .colon = at->text->style.colon};
    if (at->value->type == DELTA_OBJECT)
        frame.colon = outline_colon(outline, part);
    if (at->value->length > 1) {
        frame.trail = outline_trail(outline, part);
        frame.later = outline_lead(outline, outline->nodes.items[part].next);
    } else {
        frame.later = space_has_newline(frame.first) ? frame.first : at->text->style.comma;
    }
    return frame;
}

struct byte_span layout_indent_below(struct byte_span indent, struct byte_span lead,
                                     struct byte_span colon) {
    if (space_has_newline(colon))
        return space_indent(colon);
    return space_has_newline(lead) ? space_indent(lead) : indent;
}

struct layout_value layout_part(const struct layout_value *of, uint32_t index, uint32_t node) {
    const struct outline *outline = &of->text->outline;
    bool member = of->value->type == DELTA_OBJECT;
    return (struct layout_value){
        .text = of->text,
        .value = layout_part_of(of->value, index),
        .node = node,
        .indent = layout_indent_below(of->indent, outline_lead(outline, node),
                                      member ? outline_colon(outline, node) : empty)};
}

struct byte_span layout_translate(struct layout_result *result, const struct layout_text *text,
                                  struct byte_span space, struct byte_span from,
                                  struct byte_span to) {
    if (!space_has_newline(space) || (text->same_style && span_equal(from, to)))
        return space;
    if (result->last.text != text || !span_equal(result->last.space, space) ||
        !span_equal(result->last.from, from) || !span_equal(result->last.to, to)) {
        result->last.text = text;
        result->last.space = space;
        result->last.from = from;
        result->last.to = to;
        result->last.translated =
            space_translate(result->arena, space, &text->style, from, &result->style, to);
    }
    if (!result->last.translated.bytes) {
        result->out->failed = true;
        return empty;
    }
    return result->last.translated;
}

static struct byte_span translate_colon(struct layout_result *result,
                                        const struct layout_text *text, struct byte_span colon,
                                        struct byte_span from, struct byte_span to) {
    if (span_equal(colon, text->style.colon))
        return result->style.colon;
    return layout_translate(result, text, colon, from, to);
}

/* ---- Scalars ---- */

/* True for the escape of an ASCII character, and of a lone surrogate, which has no other form. `at`
 * is its u; that a low surrogate is not lone is seen at the high one before it. */
static bool escapes_only_ascii(const char *at) {
    bool surrogate = (at[1] | 0x20) == 'd' && at[2] >= '8';
    bool pair = surrogate && strchr("89aAbB", at[2]) && at[5] == '\\' && at[6] == 'u' &&
                (at[7] | 0x20) == 'd' && at[8] > '9' && (at[8] | 0x20) >= 'c';
    if (surrogate)
        return !pair;
    return at[1] == '0' && at[2] == '0' && at[3] < '8';
}

/* Finds out what the text always escapes. O(length), once. */
static void find_escapes(struct layout_text *text) {
    const char *at = text->outline.text + text->outline.nodes.items[0].value;
    const char *end = text->outline.text + text->outline.nodes.items[0].end;
    bool bare_slash = false;
    bool bare_other = false;
    if (text->escapes.known)
        return;
    for (; at < end; at++) {
        bare_slash |= *at == '/';
        bare_other |= (unsigned char)*at >= 0x80;
        if (*at != '\\')
            continue;
        at++;
        if (*at == '/')
            text->escapes.slashes = true;
        else if (*at == 'u' && !escapes_only_ascii(at))
            text->escapes.non_ascii = true;
    }
    text->escapes.known = true;
    text->escapes.slashes &= !bare_slash;
    text->escapes.non_ascii &= !bare_other;
}

static bool has_slash_or_non_ascii(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] >= 0x80 || text[i] == '/')
            return true;
    return false;
}

/* Escapes, in what was written from `start` on, what the text always escapes. */
static void escape_from(struct layout_result *result, size_t start) {
    struct delta_buf plain = {0};
    buf_put(&plain, result->out->data + start, result->out->length - start);
    result->out->length = start;
    result->out->failed |= plain.failed;
    const char *at = plain.data;
    const char *end = at + plain.length;
    while (at < end) {
        uint32_t code;
        const char *from = at;
        at += utf8_decode(at, &code);
        if (code == '/' && result->like->escapes.slashes)
            buf_put_text(result->out, "\\/");
        else if (code < 0x80 || !result->like->escapes.non_ascii)
            buf_put(result->out, from, (size_t)(at - from));
        else if (code < 0x10000)
            buf_printf(result->out, "\\u%04x", code);
        else
            buf_printf(result->out, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10),
                       0xdc00 + (code & 0x3ff));
    }
    delta_buf_free(&plain);
}

static void put_string(struct layout_result *result, const char *text, uint32_t length) {
    size_t start = result->out->length;
    writer_string(text, length, result->out);
    if (!has_slash_or_non_ascii(text, length) || result->out->failed)
        return;
    find_escapes(result->like);
    if (result->like->escapes.slashes || result->like->escapes.non_ascii)
        escape_from(result, start);
}

void layout_put_key(struct layout_result *result, const struct value_key *key) {
    put_string(result, key->text, key->length);
}

/* A scalar, or a container without parts. */
static void put_leaf(struct layout_result *result, const struct delta_value *value,
                     const struct layout_value *source) {
    if (source->value)
        put_span(result, outline_text(&source->text->outline, source->node));
    else if (value->type == DELTA_STRING)
        put_string(result, value->text, value->length);
    else
        writer_canonical(value, result->out);
}

/* ---- Copies ---- */

/* Writes the space, colon or comma at `at`, with the space before and after it, in the style of the
 * result. Returns what is after it. */
static const char *put_separator(struct layout_result *result, const struct layout_value *source,
                                 const char *at, const char *end, struct byte_span indent) {
    const struct layout_text *text = source->text;
    const char *start = at;
    at = outline_skip_space(at, end);
    struct byte_span before = {start, (size_t)(at - start)};
    if (*at == ':') {
        at = outline_skip_space(at + 1, end);
        struct byte_span colon = {start, (size_t)(at - start)};
        put_span(result, translate_colon(result, text, colon, source->indent, indent));
    } else if (*at == ',') {
        bool usual = span_equal(before, text->style.trail);
        put_span(result, usual ? result->style.trail
                               : layout_translate(result, text, before, source->indent, indent));
        buf_put_char(result->out, *at++);
        start = at;
        at = outline_skip_space(at, end);
        struct byte_span after = {start, (size_t)(at - start)};
        usual = span_equal(after, text->style.comma);
        put_span(result, usual ? result->style.comma
                               : layout_translate(result, text, after, source->indent, indent));
    } else {
        put_span(result, layout_translate(result, text, before, source->indent, indent));
    }
    return at;
}

/* Copies the text of a value, and translates what is between its tokens. */
static void put_copy(struct layout_result *result, const struct layout_value *source,
                     struct byte_span indent) {
    const struct layout_text *text = source->text;
    struct byte_span span = outline_text(&text->outline, source->node);
    if (text->same_style && (span_equal(source->indent, indent) || !space_has_newline(span))) {
        put_span(result, span);
        return;
    }
    const char *end = span.bytes + span.length;
    for (const char *at = span.bytes; at < end;) {
        const char *start = at;
        if (*at == '"')
            at = outline_skip_string(at, end);
        else if (outline_is_space(*at) || *at == ':' || *at == ',')
            at = put_separator(result, source, at, end, indent);
        else
            at++;
        if (*start != ':' && *start != ',' && !outline_is_space(*start))
            put_span(result, (struct byte_span){start, (size_t)(at - start)});
    }
}

/* ---- Formatting ---- */

static enum style_kind kind_of(const struct delta_value *value) {
    bool object = value->type == DELTA_OBJECT;
    if (value->height > 1)
        return object ? STYLE_DEEP_OBJECT : STYLE_DEEP_ARRAY;
    return object ? STYLE_FLAT_OBJECT : STYLE_FLAT_ARRAY;
}

/* A newline and the indentation of `level` (0 or 1) levels below `indent`. */
static struct byte_span make_line(struct layout_result *result, struct byte_span indent,
                                  int level) {
    const struct style *style = &result->style;
    size_t length = style->newline.length + indent.length + (level ? style->unit.length : 0);
    char *text = arena_alloc(result->arena, length + 1);
    if (!text) {
        result->out->failed = true;
        return empty;
    }
    char *at = mempcpy(text, style->newline.bytes, style->newline.length);
    at = mempcpy(at, indent.bytes, indent.length);
    if (level)
        memcpy(at, style->unit.bytes, style->unit.length);
    return (struct byte_span){text, length};
}

static struct layout_frame make_frame(struct layout_result *result, const struct delta_value *value,
                                      const struct layout_value *model, struct layout_place place) {
    struct layout_frame frame = layout_frame_of(model);
    if (frame.first.bytes) {
        const struct layout_text *text = model->text;
        struct byte_span *spans[] = {&frame.first, &frame.later, &frame.trail, &frame.close};
        for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
            *spans[i] = layout_translate(result, text, *spans[i], model->indent, place.indent);
        frame.colon = translate_colon(result, text, frame.colon, model->indent, place.indent);
        return frame;
    }
    frame = (struct layout_frame){.first = empty,
                                  .later = result->style.comma,
                                  .trail = result->style.trail,
                                  .close = empty,
                                  .colon = result->style.colon};
    if (place.alone && !place.in_line && result->style.unit.length &&
        !result->style.in_line[kind_of(value)]) {
        frame.first = frame.later = make_line(result, place.indent, 1);
        frame.close = make_line(result, place.indent, 0);
    }
    return frame;
}

enum { MODEL_PARTS = 64 }; /* that are looked at for the model of one part */

/* The part of a model after which `value`, whose key is `key` (NULL: an element), is formatted. */
static struct layout_value model_of_part(const struct layout_value *model,
                                         const struct value_key *key,
                                         const struct delta_value *value) {
    struct layout_value best = {.text = model->text};
    if (!model->value || !layout_has_parts(value) || !layout_has_parts(model->value))
        return best;
    uint32_t node = model->node + 1;
    for (uint32_t i = 0; i < model->value->length && i < MODEL_PARTS; i++) {
        bool named = key && value_key_equal(value_members(model->value)[i].key, key);
        if (layout_is_like(value, layout_part_of(model->value, i)) && (named || !best.value)) {
            best = layout_part(model, i, node);
            if (named || !key)
                break;
        }
        node = model->text->outline.nodes.items[node].next;
    }
    return best;
}

/* The part of the source, if there is one; `*node` is moved to the next. */
static struct layout_value source_of_part(const struct layout_value *source, uint32_t index,
                                          uint32_t *node) {
    if (!source->value)
        return (struct layout_value){0};
    struct layout_value part = layout_part(source, index, *node);
    *node = source->text->outline.nodes.items[*node].next;
    return part;
}

static void put_key(struct layout_result *result, const struct value_key *key,
                    const struct layout_value *source) {
    if (source->value)
        put_span(result, outline_key(&source->text->outline, source->node));
    else
        layout_put_key(result, key);
}

/* A container being formatted: on the heap, since recursion is as deep as the value. */
struct formatting {
    struct layout_frame frame;
    struct layout_place place;         /* of the parts */
    struct layout_value source, model; /* of the part at hand */
};

static void put_parts(struct layout_result *result, const struct delta_value *value,
                      const struct layout_value *source, const struct layout_value *model,
                      struct formatting *f) {
    bool object = value->type == DELTA_OBJECT;
    uint32_t node = source->node + 1;
    for (uint32_t i = 0; i < value->length; i++) {
        const struct value_key *key = object ? value_members(value)[i].key : NULL;
        const struct delta_value *part = layout_part_of(value, i);
        if (i) {
            put_span(result, f->frame.trail);
            buf_put_char(result->out, ',');
        }
        put_span(result, i ? f->frame.later : f->frame.first);
        f->source = source_of_part(source, i, &node);
        f->model = model_of_part(model, key, part);
        if (object) {
            put_key(result, key, &f->source);
            put_span(result, f->frame.colon);
        }
        layout_put_new(result, part, &f->source, &f->model, f->place);
    }
}

static void put_formatted(struct layout_result *result, const struct delta_value *value,
                          const struct layout_value *source, const struct layout_value *model,
                          struct layout_place place) {
    struct formatting *f = malloc(sizeof *f);
    if (!f) {
        result->out->failed = true;
        return;
    }
    f->frame = make_frame(result, value, model, place);
    f->place.indent = layout_indent_below(place.indent, f->frame.first, empty);
    f->place.alone = space_has_newline(f->frame.first);
    f->place.in_line =
        !f->place.alone && !space_has_newline(f->frame.later) && !space_has_newline(f->frame.close);
    buf_put_char(result->out, value->type == DELTA_OBJECT ? '{' : '[');
    put_parts(result, value, source, model, f);
    put_span(result, f->frame.close);
    buf_put_char(result->out, value->type == DELTA_OBJECT ? '}' : ']');
    free(f);
}

/* True when the source's own layout can be kept. */
static bool can_copy(const struct layout_result *result, const struct layout_value *source,
                     struct layout_place place) {
    bool in_lines = result->style.newline.length > 0;
    bool was_in_lines = source->text->style.newline.length > 0;
    return in_lines == was_in_lines &&
           !(place.in_line &&
             space_has_newline(outline_text(&source->text->outline, source->node)));
}

void layout_put_new(struct layout_result *result, const struct delta_value *value,
                    const struct layout_value *source, const struct layout_value *model,
                    struct layout_place place) {
    if (!layout_has_parts(value)) {
        put_leaf(result, value, source);
        return;
    }
    if (source->value && !model->value && can_copy(result, source, place)) {
        put_copy(result, source, place.indent);
        return;
    }
    put_formatted(result, source->value ? source->value : value, source, model, place);
}
