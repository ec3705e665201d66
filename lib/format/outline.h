/* Where each value of a JSON text begins and ends, and the spaces between them. */
#ifndef FORMAT_OUTLINE_H
#define FORMAT_OUTLINE_H

#include "base/array.h"
#include "base/buf.h"

/* A value, by offsets into the text. */
struct outline_node {
    uint32_t start; /* of a member its key, of an element or the root its value */
    uint32_t value;
    uint32_t end;  /* after the value */
    uint32_t next; /* the first node that is not within this one: the next sibling, if any */
};

struct outline {
    const char *text;
    size_t length;
    /* In the order of the text: 0 is the root, i + 1 the first part of container i if the next of
     * i is not i + 1. */
    ARRAY(struct outline_node) nodes;
};

/* Outlines `text`, a valid state of at most DELTA_MAX_STATE bytes, a byte order mark allowed, which
 * must outlive the outline. O(length), no recursion; 16 bytes for each value. Fails only for want
 * of memory; close it in any case. */
int outline_open(struct outline *outline, const char *text, size_t length, struct delta_err *err);
void outline_close(struct outline *outline);

/* Outside of strings no other control character is valid. */
static inline bool outline_is_space(char c) {
    return (unsigned char)c <= ' ';
}

/* The end of the space that begins at `at`, and of the string whose opening quote is there. */
const char *outline_skip_space(const char *at, const char *end);
const char *outline_skip_string(const char *at, const char *end);

/* The value's text. */
static inline struct byte_span outline_text(const struct outline *outline, uint32_t node) {
    const struct outline_node *n = &outline->nodes.items[node];
    return (struct byte_span){outline->text + n->value, n->end - n->value};
}

/* The space before the part, up to the bracket or comma; the space after it, up to the comma or
 * bracket; of a member the key, and all between key and value. O(their length). */
struct byte_span outline_lead(const struct outline *outline, uint32_t node);
struct byte_span outline_trail(const struct outline *outline, uint32_t node);
struct byte_span outline_key(const struct outline *outline, uint32_t node);
struct byte_span outline_colon(const struct outline *outline, uint32_t node);

/* The space before the closing bracket of a container. */
struct byte_span outline_close_space(const struct outline *outline, uint32_t node);

#endif
