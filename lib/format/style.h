/* The style of a JSON text: how it is indented, and what is around its colons and commas. */
#ifndef FORMAT_STYLE_H
#define FORMAT_STYLE_H

#include "base/arena.h"
#include "format/outline.h"

/* What a container that has parts is, for the habit of writing it in one line or in lines. */
enum style_kind {
    STYLE_FLAT_ARRAY, /* of scalars */
    STYLE_DEEP_ARRAY, /* of other containers */
    STYLE_FLAT_OBJECT,
    STYLE_DEEP_OBJECT,
    STYLE_KINDS,
};

struct style {
    struct byte_span newline;  /* "\n" or "\r\n"; empty: all in one line */
    struct byte_span unit;     /* of indentation */
    struct byte_span colon;    /* between key and value, the colon and the space around it */
    struct byte_span trail;    /* before a comma, unless that begins a line */
    struct byte_span comma;    /* after a comma within a line */
    bool in_line[STYLE_KINDS]; /* of a text in lines: most containers of that kind are not */
};

/* Reads the style off the first of the text's values, a bounded number of them. The spans point
 * into the text. */
struct style style_of(const struct outline *outline);

/* The style of a merge: each habit as the side that changed it has it, ours where both did. */
struct style style_merge(const struct style *base, const struct style *ours,
                         const struct style *theirs);

/* True when text of the one style needs no change to be of the other. */
bool style_equal(const struct style *a, const struct style *b);

static inline bool span_equal(struct byte_span a, struct byte_span b) {
    return a.length == b.length && (a.bytes == b.bytes || memcmp(a.bytes, b.bytes, a.length) == 0);
}

/* ---- Space between values, and that around a colon with the colon ---- */

static inline bool space_has_newline(struct byte_span space) {
    return space.length && memchr(space.bytes, '\n', space.length) != NULL;
}

/* The space after the last newline, up to a colon; the whole where there is none. */
struct byte_span space_indent(struct byte_span space);

/* The space of a merge: theirs where ours is the base's, else ours; but of three that break the
 * line, the kind of newline, the number of lines and the indentation are merged one by one. What is
 * composed is in `arena`; no bytes (NULL) when there is no memory for it. */
struct byte_span space_merge(struct delta_arena *arena, struct byte_span base,
                             struct byte_span ours, struct byte_span theirs);

/* The `space` of a text of style `from`, in which the line of the container around it is indented
 * by `from_indent`, as it is in style `to` below a line indented by `to_indent`. Space without a
 * newline stays as it is. Composed in `arena`, where it changes; no bytes (NULL) when there is no
 * memory for it. */
struct byte_span space_translate(struct delta_arena *arena, struct byte_span space,
                                 const struct style *from, struct byte_span from_indent,
                                 const struct style *to, struct byte_span to_indent);

#endif
