#include "base/err.h"
#include "diff/diff.h"
#include "json/writer.h"

#include <stdlib.h>

/* A piece of the old text. */
struct span {
    const char *text;
    size_t length;
};

/* How the old text spells what stands between values. */
struct style {
    struct span newline; /* "\n" or "\r\n"; empty: all in one line */
    struct span unit;    /* of indentation */
    struct span colon;   /* what follows a colon */
    struct span comma;   /* what follows a comma within a line */
};

struct layout {
    const char *at; /* in the old text: all before it is dealt with */
    const char *end;
    struct style style;
    struct delta_arena *arena;
    struct delta_buf *out;
    struct delta_err *err;
};

/* Where a value stands. */
struct place {
    struct span indent; /* of its line */
    bool alone;         /* it begins its line */
};

static int emit(struct layout *layout, const struct delta_value *before,
                const struct delta_patch *patch, const struct delta_value *after,
                struct place place);

static void put_span(struct layout *layout, struct span span) {
    buf_put(layout->out, span.text, span.length);
}

static struct span between(const char *from, const char *to) {
    return (struct span){from, (size_t)(to - from)};
}

/* ---- Passing over the old text, which is known to be valid ---- */

static bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static const char *skip_space(const char *at, const char *end) {
    while (at < end && is_space(*at))
        at++;
    return at;
}

/* Behind the string that begins at `at`. */
static const char *skip_string(const char *at, const char *end) {
    for (at++; at < end; at++) {
        at = memchr(at, '"', (size_t)(end - at));
        if (!at)
            return end;
        const char *before = at;
        while (before[-1] == '\\')
            before--;
        if ((at - before) % 2 == 0)
            return at + 1;
    }
    return end;
}

/* Behind the value that begins at `at`. */
static const char *skip_value(const char *at, const char *end) {
    size_t depth = 0;
    while (at < end) {
        char c = *at;
        if (c == '"') {
            at = skip_string(at, end);
            if (depth == 0)
                return at;
            continue;
        }
        if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            if (depth <= 1)
                return depth ? at + 1 : at;
            depth--;
        } else if (depth == 0 && (c == ',' || is_space(c))) {
            return at;
        }
        at++;
    }
    return at;
}

/* Takes the value at the cursor. */
static struct span take_value(struct layout *layout) {
    const char *start = layout->at;
    layout->at = skip_value(start, layout->end);
    return between(start, layout->at);
}

/* Takes the space at the cursor. */
static struct span take_space(struct layout *layout) {
    const char *start = layout->at;
    layout->at = skip_space(start, layout->end);
    return between(start, layout->at);
}

/* ---- Style ---- */

static struct span space_after(const char *at, const char *end) {
    return between(at, skip_space(at, end));
}

static bool has_newline(struct span span) {
    return span.length && memchr(span.text, '\n', span.length) != NULL;
}

/* What follows the last newline. */
static struct span line_indent(struct span span) {
    const char *newline = memrchr(span.text, '\n', span.length);
    return newline ? between(newline + 1, span.text + span.length) : span;
}

/* Reads the style off the first line that is indented, the first colon, the first comma that ends
 * no line. `at` is where the root value begins. Raw newlines stand only between values. */
static struct style find_style(const char *at, const char *end) {
    struct style style = {0};
    bool colon = false;
    bool comma = false;
    for (; at < end && !(colon && comma && style.unit.length); at++) {
        if (*at == '"') {
            at = skip_string(at, end) - 1;
        } else if (*at == ':' && !colon) {
            style.colon = space_after(at + 1, end);
            colon = !has_newline(style.colon);
        } else if (*at == ',' && !comma) {
            style.comma = space_after(at + 1, end);
            comma = !has_newline(style.comma);
        } else if (*at == '\n' && !style.unit.length) {
            struct span space = space_after(at, end);
            if (space.text + space.length == end)
                break; /* the final newline */
            style.newline = at[-1] == '\r' ? between(at - 1, at + 1) : between(at, at + 1);
            style.unit = line_indent(space);
        }
    }
    if (!colon)
        style.colon = (struct span){" ", 1};
    if (!comma)
        style.comma = style.colon;
    return style;
}

/* ---- What is new ---- */

static void put_fresh(struct layout *layout, const struct delta_value *value, struct place place,
                      uint32_t level);

/* The start of a line, `level` levels deeper than the place. */
static void put_line(struct layout *layout, struct place place, uint32_t level) {
    put_span(layout, layout->style.newline);
    put_span(layout, place.indent);
    for (uint32_t i = 0; i < level; i++)
        put_span(layout, layout->style.unit);
}

static void put_fresh_key(struct layout *layout, const struct value_key *key, struct span colon) {
    writer_string(key->text, key->length, layout->out);
    if (colon.length) {
        put_span(layout, colon);
    } else {
        buf_put_char(layout->out, ':');
        put_span(layout, layout->style.colon);
    }
}

static void put_fresh(struct layout *layout, const struct delta_value *value, struct place place,
                      uint32_t level) {
    if (!value_is_container(value) || value->length == 0) {
        writer_canonical(value, layout->out);
        return;
    }
    bool is_object = value->type == DELTA_OBJECT;
    bool in_lines = place.alone && layout->style.newline.length;
    buf_put_char(layout->out, is_object ? '{' : '[');
    for (uint32_t i = 0; i < value->length; i++) {
        if (i)
            buf_put_char(layout->out, ',');
        if (in_lines)
            put_line(layout, place, level + 1);
        else if (i)
            put_span(layout, layout->style.comma);
        if (is_object)
            put_fresh_key(layout, value_members(value)[i].key, (struct span){0});
        put_fresh(layout, is_object ? &value_members(value)[i].value : &value_items(value)[i],
                  place, level + 1);
    }
    if (in_lines)
        put_line(layout, place, level);
    buf_put_char(layout->out, is_object ? '}' : ']');
}

/* ---- Containers ---- */

/* What stands before the parts of a container that is being written, and where that puts them. */
struct leads {
    struct span first, later; /* before the first part, and before the others */
    struct place within;      /* of parts that are new */
    struct place around;      /* of the container */
    struct span colon;        /* between key and value of the last old member; empty: none */
    uint32_t put;             /* parts written so far */
};

/* `later` is empty when the container has one part, or none. */
static struct leads make_leads(const struct layout *layout, struct span first, struct span later,
                               uint32_t count, struct place around) {
    struct leads leads = {.first = first, .later = later, .around = around};
    if (count == 1)
        leads.later = has_newline(first) ? first : layout->style.comma;
    leads.within = around;
    leads.within.alone = has_newline(leads.later) || (count == 0 && around.alone);
    if (has_newline(leads.later))
        leads.within.indent = line_indent(leads.later);
    return leads;
}

/* Puts the comma and the space before the next part; `own` is what stood before it, or NULL. */
static void put_lead(struct layout *layout, struct leads *leads, const struct span *own) {
    if (leads->put++ == 0) {
        put_span(layout, leads->first);
        return;
    }
    buf_put_char(layout->out, ',');
    put_span(layout, own ? *own : leads->later);
}

/* A part that nothing stood before in the old text; the level of what is within it. */
static uint32_t put_new_lead(struct layout *layout, struct leads *leads, uint32_t old_count) {
    if (old_count > 0 || !leads->within.alone || !layout->style.newline.length) {
        if (old_count > 0)
            put_lead(layout, leads, NULL);
        else if (leads->put++) {
            buf_put_char(layout->out, ',');
            put_span(layout, layout->style.comma);
        }
        return 0;
    }
    if (leads->put++)
        buf_put_char(layout->out, ',');
    put_line(layout, leads->around, 1);
    return 1;
}

/* The space before the closing bracket, at which the cursor stands; nothing when all went. */
static void put_close(struct layout *layout, struct leads *leads, struct span space,
                      uint32_t old_count) {
    if (leads->put && old_count == 0 && leads->within.alone && layout->style.newline.length)
        put_line(layout, leads->around, 0);
    else if (leads->put && old_count > 0)
        put_span(layout, space);
    buf_put_char(layout->out, *layout->at++);
}

/* The place of an old part, by the space that stood before it. */
static struct place place_of(struct span lead, struct place around) {
    if (!has_newline(lead))
        return (struct place){.indent = around.indent, .alone = false};
    return (struct place){.indent = line_indent(lead), .alone = true};
}

/* The first lead after the opening bracket and the first after a comma, found without moving. */
static struct leads look_ahead(const struct layout *layout, bool is_object, uint32_t count,
                               struct place around) {
    struct span first = space_after(layout->at, layout->end);
    struct span later = {0};
    if (count > 1) {
        const char *at = first.text + first.length;
        if (is_object) {
            at = skip_space(skip_string(at, layout->end), layout->end);
            at = skip_space(at + 1, layout->end);
        }
        at = skip_space(skip_value(at, layout->end), layout->end);
        later = space_after(at + 1, layout->end);
    }
    return make_leads(layout, first, later, count, around);
}

static const struct patch_member *find_change(const struct delta_patch *patch,
                                              const struct value_key *key) {
    uint32_t low = 0;
    uint32_t high = patch->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = value_key_compare(patch->members[middle].key, key);
        if (order == 0)
            return &patch->members[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* One member of the old object, of which the cursor stands at the key. */
static int emit_member(struct layout *layout, struct leads *leads, struct span lead,
                       const struct value_member *member, const struct patch_member *change,
                       const struct delta_value *after) {
    const char *start = layout->at;
    layout->at = skip_space(skip_string(start, layout->end), layout->end);
    layout->at = skip_space(layout->at + 1, layout->end);
    if (change && change->change == PATCH_REMOVE) {
        take_value(layout);
        return 0;
    }
    const char *key_end = skip_string(start, layout->end);
    leads->colon = between(key_end, layout->at);
    put_lead(layout, leads, &lead);
    put_span(layout, between(start, layout->at));
    struct place place = place_of(lead, leads->around);
    if (!change) {
        put_span(layout, take_value(layout));
    } else if (change->change == PATCH_SET) {
        take_value(layout);
        put_fresh(layout, &change->value, place, 0);
    } else {
        return emit(layout, &member->value, change->nested, after, place);
    }
    return 0;
}

/* The old members in their order, and the cursor to the closing brace. `now` is where each changed
 * one stands in `after`. */
static int emit_members(struct layout *layout, struct leads *leads,
                        const struct delta_value *before, const struct delta_patch *patch,
                        const struct delta_value *after, const uint32_t *now, struct span *space) {
    for (uint32_t i = 0; i < before->length; i++) {
        const struct value_member *member = &value_members(before)[i];
        const struct patch_member *change = find_change(patch, member->key);
        uint32_t place = change ? now[change - patch->members] : PATCH_ABSENT;
        if (emit_member(layout, leads, *space, member, change,
                        place == PATCH_ABSENT ? NULL : &value_members(after)[place].value))
            return -1;
        *space = take_space(layout);
        if (i + 1 < before->length) {
            if (leads->put)
                put_span(layout, *space); /* before the comma */
            layout->at++;
            *space = take_space(layout);
        }
    }
    return 0;
}

static int emit_object(struct layout *layout, const struct delta_value *before,
                       const struct delta_patch *patch, const struct delta_value *after,
                       struct place place) {
    int result = -1;
    uint32_t *then = patch_places(patch, before);
    uint32_t *now = patch_places(patch, after);
    if (!then || !now) {
        err_memory(layout->err);
        goto out;
    }
    buf_put_char(layout->out, *layout->at++);
    struct leads leads = look_ahead(layout, true, before->length, place);
    struct span space = take_space(layout);
    if (emit_members(layout, &leads, before, patch, after, now, &space))
        goto out;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_member *change = &patch->members[i];
        if (change->change != PATCH_SET || then[i] != PATCH_ABSENT)
            continue;
        uint32_t level = put_new_lead(layout, &leads, before->length);
        put_fresh_key(layout, change->key, leads.colon);
        put_fresh(layout, &change->value, leads.within, level);
    }
    put_close(layout, &leads, space, before->length);
    result = 0;
out:
    free(then);
    free(now);
    return result;
}

/* An element of the old text, and the space around it. */
struct element {
    struct span lead;
    const char *start;
    struct span trail; /* before the comma behind it */
};

/* Takes the whole array, but not its closing bracket; `*space` is what stands before that. NULL
 * when out of memory. */
static struct element *take_elements(struct layout *layout, uint32_t count, struct span *space) {
    struct element *elements = reallocarray(NULL, (size_t)count + 1, sizeof *elements);
    if (!elements)
        return NULL;
    *space = take_space(layout);
    for (uint32_t i = 0; i < count; i++) {
        elements[i] = (struct element){.lead = *space, .start = layout->at};
        take_value(layout);
        *space = take_space(layout);
        if (i + 1 < count) {
            elements[i].trail = *space;
            layout->at++;
            *space = take_space(layout);
        }
    }
    return elements;
}

/* Elements that were there, as they were or changed within; the cursor is moved to each. */
static int emit_elements(struct layout *layout, struct leads *leads, const struct element *elements,
                         const struct delta_value *before, const struct patch_item *item,
                         const struct delta_value *after) {
    for (uint32_t i = item->from; i < item->from + item->count; i++) {
        const struct element *element = &elements[i];
        put_lead(layout, leads, i ? &element->lead : NULL);
        layout->at = element->start;
        if (item->kind == PATCH_COPY)
            put_span(layout, take_value(layout));
        else if (emit(layout, &value_items(before)[i], item->nested, after,
                      place_of(element->lead, leads->around)))
            return -1;
        put_span(layout, element->trail);
    }
    return 0;
}

static int emit_array(struct layout *layout, const struct delta_value *before,
                      const struct delta_patch *patch, const struct delta_value *after,
                      struct place place) {
    buf_put_char(layout->out, *layout->at++);
    struct leads leads = look_ahead(layout, false, before->length, place);
    struct span space;
    struct element *elements = take_elements(layout, before->length, &space);
    if (!elements)
        return err_memory(layout->err);
    const char *close = layout->at;
    const struct delta_value *next = value_items(after);
    int result = 0;
    for (uint32_t i = 0; i < patch->count && result == 0; i++) {
        const struct patch_item *item = &patch->items[i];
        if (item->kind == PATCH_INSERT) {
            for (uint32_t j = 0; j < item->count; j++) {
                uint32_t level = put_new_lead(layout, &leads, before->length);
                put_fresh(layout, &item->values[j], leads.within, level);
            }
        } else {
            result = emit_elements(layout, &leads, elements, before, item, next);
        }
        next += item->count;
    }
    layout->at = close;
    put_close(layout, &leads, space, before->length);
    free(elements);
    return result;
}

/* ---- Any value ---- */

/* Writes `after`, which `patch` makes of `before`; the cursor goes from where `before` begins to
 * behind it. */
static int emit(struct layout *layout, const struct delta_value *before,
                const struct delta_patch *patch, const struct delta_value *after,
                struct place place) {
    switch (patch->kind) {
    case PATCH_EMPTY:
        put_span(layout, take_value(layout));
        return 0;
    case PATCH_VALUE:
    case PATCH_STRING:
        take_value(layout);
        put_fresh(layout, after, place, 0);
        return 0;
    case PATCH_OBJECT:
        return emit_object(layout, before, patch, after, place);
    case PATCH_ARRAY:
        break;
    }
    return emit_array(layout, before, patch, after, place);
}

int delta_write_like(const char *text, size_t length, const struct delta_value *before,
                     const struct delta_value *after, struct delta_buf *out,
                     struct delta_err *err) {
    static const struct diff_options fine = {.fine = true};
    static const char mark[] = "\xef\xbb\xbf"; /* a byte order mark, which is kept */
    const char *start = text;
    if (length >= sizeof mark - 1 && memcmp(text, mark, sizeof mark - 1) == 0)
        start += sizeof mark - 1;
    struct layout layout = {.end = text + length, .out = out, .err = err};
    layout.at = skip_space(start, layout.end);
    layout.style = find_style(layout.at, layout.end);
    layout.arena = delta_arena_new();
    if (!layout.arena)
        return err_memory(err);
    int result = -1;
    const struct delta_patch *patch = diff_values(layout.arena, before, after, &fine, err);
    put_span(&layout, between(text, layout.at));
    struct place root = {.indent = {text, 0}, .alone = true};
    if (patch && emit(&layout, before, patch, after, root) == 0) {
        put_span(&layout, between(layout.at, layout.end));
        result = buf_check(out, err);
    }
    delta_arena_free(layout.arena);
    return result;
}
