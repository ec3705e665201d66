/* A patch as text for people. */
#ifndef VIEW_TEXT_H
#define VIEW_TEXT_H

#include "base/buf.h"
#include "patch/patch.h"
#include "view/changes.h"
#include "view/visible.h"
#include "json/pattern.h"

struct text_options {
    size_t width;      /* columns that values are cut to; 0: nothing is cut */
    bool color;        /* for an ANSI terminal */
    unsigned indent;   /* spaces before each line */
    bool changes_only; /* without the line that counts */
    bool added;        /* there was no old state */
    const struct pointer_patterns *array_keys; /* label: the member that names an element */
    const struct delta_places *places;         /* indices that are shown instead, or NULL */
    const struct delta_patch *reverse; /* the patch back: old values, without a base; or NULL */
};

/* Appends one line a change, and a line that counts them; nothing for an empty patch:
 *
 *     + POINTER {name=ID}  NEW               came
 *     - POINTER {name=ID}  OLD               went
 *     ~ POINTER {name=ID}  OLD -> NEW        changed; strings of many lines: lines below, indented
 *     > POINTER {name=ID}  from POINTER      moved; a run of elements as 3..5
 *
 * `base` may be NULL: what only it knows, and `reverse` does not, is then left out. Values are
 * compact JSON, in which nothing steers a terminal. Fails with DELTA_ERR_BASE where the patch does
 * not fit. O(what changed). */
int text_write(const struct delta_value *base, const struct delta_patch *patch,
               const struct text_options *options, struct delta_buf *buf, struct delta_err *err);

enum { TEXT_KINDS = DELTA_CHANGE_MOVE + 1 };

/* How each kind of change looks, by enum delta_change_kind. */
struct text_look {
    char mark;
    enum visible_color color;
};
extern const struct text_look text_looks[TEXT_KINDS];

/* Appends the line that counts: "1 added, 2 changed"; nothing when all are 0. */
void text_put_counts(const uint64_t counts[TEXT_KINDS], struct delta_buf *buf);

#endif
