/* One pass over the text, which is known to be valid, so that brackets, commas and quotes say all.
 * A container's node holds its parent in `next` until its bracket closes. */
#include "format/outline.h"

#include "base/err.h"

#include <limits.h>
#include <stdlib.h>

const char *outline_skip_space(const char *at, const char *end) {
    static const char eight[] = "        "; /* indentation, mostly, after a newline */
    while (at < end && outline_is_space(*at)) {
        at++;
        while (end - at >= 8 && memcmp(at, eight, 8) == 0)
            at += 8;
    }
    return at;
}

const char *outline_skip_string(const char *at, const char *end) {
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

static const char *skip_scalar(const char *at, const char *end) {
    static const bool after[UCHAR_MAX + 1] = {
        [' '] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true,
        [','] = true, [']'] = true,  ['}'] = true,
    };
    if (*at == '"')
        return outline_skip_string(at, end);
    while (at < end && !after[(unsigned char)*at])
        at++;
    return at;
}

int outline_open(struct outline *outline, const char *text, size_t length, struct delta_err *err) {
    static const char mark[] = "\xef\xbb\xbf"; /* a byte order mark */
    *outline = (struct outline){.text = text, .length = length};
    const char *end = text + length;
    const char *at = text;
    if (length >= sizeof mark - 1 && memcmp(text, mark, sizeof mark - 1) == 0)
        at += sizeof mark - 1;
    const char *key = NULL;     /* of the member whose value is next */
    uint32_t within = NO_INDEX; /* the innermost open container */
    for (at = outline_skip_space(at, end); at < end; at = outline_skip_space(at, end)) {
        if (*at == ',' || *at == ':') {
            at++;
            continue;
        }
        if (*at == '}' || *at == ']') {
            struct outline_node *closed = &outline->nodes.items[within];
            within = closed->next;
            closed->end = (uint32_t)(++at - text);
            closed->next = (uint32_t)outline->nodes.count;
            continue;
        }
        if (*at == '"' && !key && within != NO_INDEX &&
            text[outline->nodes.items[within].value] == '{') {
            key = at;
            at = outline_skip_string(at, end);
            continue;
        }
        struct outline_node *node = array_add(&outline->nodes);
        if (!node)
            return err_memory(err);
        *node = (struct outline_node){.start = (uint32_t)((key ? key : at) - text),
                                      .value = (uint32_t)(at - text)};
        key = NULL;
        if (*at == '{' || *at == '[') {
            node->next = within;
            within = (uint32_t)outline->nodes.count - 1;
            at++;
        } else {
            at = skip_scalar(at, end);
            node->end = (uint32_t)(at - text);
            node->next = (uint32_t)outline->nodes.count;
        }
    }
    return 0;
}

void outline_close(struct outline *outline) {
    free(outline->nodes.items);
    *outline = (struct outline){0};
}

static struct byte_span space_before(const struct outline *outline, uint32_t offset) {
    const char *end = outline->text + offset;
    const char *at = end;
    while (at > outline->text && outline_is_space(at[-1]))
        at--;
    return (struct byte_span){at, (size_t)(end - at)};
}

struct byte_span outline_lead(const struct outline *outline, uint32_t node) {
    return space_before(outline, outline->nodes.items[node].start);
}

struct byte_span outline_trail(const struct outline *outline, uint32_t node) {
    const char *at = outline->text + outline->nodes.items[node].end;
    const char *end = outline_skip_space(at, outline->text + outline->length);
    return (struct byte_span){at, (size_t)(end - at)};
}

struct byte_span outline_key(const struct outline *outline, uint32_t node) {
    const char *at = outline->text + outline->nodes.items[node].start;
    const char *end = outline_skip_string(at, outline->text + outline->length);
    return (struct byte_span){at, (size_t)(end - at)};
}

struct byte_span outline_colon(const struct outline *outline, uint32_t node) {
    struct byte_span key = outline_key(outline, node);
    const char *at = key.bytes + key.length;
    return (struct byte_span){at, (size_t)(outline->text + outline->nodes.items[node].value - at)};
}

struct byte_span outline_close_space(const struct outline *outline, uint32_t node) {
    return space_before(outline, outline->nodes.items[node].end - 1);
}
