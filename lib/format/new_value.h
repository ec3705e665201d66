/* Writing values that are new where they are written. */
#ifndef FORMAT_NEW_VALUE_H
#define FORMAT_NEW_VALUE_H

#include "format/style.h"
#include "json/value.h"

/* A text whose layout takes part. */
struct layout_text {
    struct outline outline;
    struct style style;
    bool same_style; /* as that of the result */
    struct {
        bool known;
        bool slashes;   /* all slashes are escaped, and there are some */
        bool non_ascii; /* likewise all characters outside of ASCII */
    } escapes;
};

/* The result under construction. */
struct layout_result {
    struct style style;
    struct layout_text *like; /* the text whose habits decide what no other rule does */
    struct delta_arena *arena;
    struct delta_buf *out; /* what fails for want of memory shows in out->failed */
    struct {               /* the last translation, which the next is mostly like */
        const struct layout_text *text;
        struct byte_span space, from, to, translated;
    } last;
};

/* A value where it was read. */
struct layout_value {
    struct layout_text *text;
    const struct delta_value *value; /* NULL: none */
    uint32_t node;
    struct byte_span indent; /* of the line on which it begins */
};

/* The place of a value in the result. */
struct layout_place {
    struct byte_span indent; /* of the line */
    bool alone;              /* it begins the line (a key may be before it) */
    bool in_line;            /* nothing within it may break the line */
};

/* What is between the parts of a container that has some. */
struct layout_frame {
    struct byte_span first; /* before the first part; no bytes (NULL): there is no frame */
    struct byte_span later; /* after a comma */
    struct byte_span trail; /* before a comma */
    struct byte_span close; /* before the closing bracket */
    struct byte_span colon;
};

static inline bool layout_has_parts(const struct delta_value *value) {
    return value_is_container(value) && value->length > 0;
}

/* The same kind of container, with parts. */
static inline bool layout_is_like(const struct delta_value *value,
                                  const struct delta_value *other) {
    return layout_has_parts(other) && value->type == other->type;
}

/* Part `index` of a container. */
static inline const struct delta_value *layout_part_of(const struct delta_value *value,
                                                       uint32_t index) {
    return value->type == DELTA_OBJECT ? &value_members(value)[index].value
                                       : &value_items(value)[index];
}

/* The frame of a container; none where `at` has no value or that has no parts. O(1). */
struct layout_frame layout_frame_of(const struct layout_value *at);

/* Where a part of a container begins: below its lead or its colon (which may have no bytes), if
 * they break the line, else on the line of the container, which `indent` indents. */
struct byte_span layout_indent_below(struct byte_span indent, struct byte_span lead,
                                     struct byte_span colon);

/* Part `index` of a container, which is at `node` of its text. O(its key and the space around). */
struct layout_value layout_part(const struct layout_value *of, uint32_t index, uint32_t node);

/* Space of `text`, from within a container whose line `from` indents, for one whose line `to`
 * indents. */
struct byte_span layout_translate(struct layout_result *result, const struct layout_text *text,
                                  struct byte_span space, struct byte_span from,
                                  struct byte_span to);

/* Writes a key that no text has. */
void layout_put_key(struct layout_result *result, const struct value_key *key);

/* Writes `value`. `source` is where it was read, or none: that decides how scalars and keys are
 * written, the order of members and, if there is no `model`, which containers are in one line.
 * `model` is a container after which this one is formatted, or none. Without either it is in one
 * line or in lines as most containers of its kind are; and in lines, where the text knows none.
 * Recursion as deep as the value. */
void layout_put_new(struct layout_result *result, const struct delta_value *value,
                    const struct layout_value *source, const struct layout_value *model,
                    struct layout_place place);

#endif
