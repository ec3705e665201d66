/* One change of a state as HTML. Private to delta-chain. */
#ifndef HTML_CHANGE_H
#define HTML_CHANGE_H

#include "report/change_list.h"

/* How a kind of change is marked, in text and in the classes of HTML, and called; by enum
 * delta_change_kind. */
struct change_look {
    const char *mark; /* as markup */
    char class;       /* class="a" */
    const char *name;
};
extern const struct change_look change_looks[CHANGE_KINDS];

/* The order in which kinds are counted. */
extern const enum delta_change_kind change_order[CHANGE_KINDS];

/* Appends the change as lines of HTML, and adds them to `*lines`; after `most_lines` they are
 * counted only. Values, pointers and lines are cut after about `most` bytes. 0, or -1 for want of
 * memory. */
int change_write(const struct delta_change *change, size_t most, size_t most_lines, size_t *lines,
                 struct delta_buf *html, struct delta_err *err);

#endif
