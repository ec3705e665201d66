/* Two texts of many lines, side by side line by line, for people. */
#ifndef VIEW_LINE_DIFF_H
#define VIEW_LINE_DIFF_H

#include "base/buf.h"
#include "json/value.h"

struct line_diff_options {
    size_t width; /* columns a line is cut to; 0: none is cut */
    bool color;
};

/* Appends the lines in which the strings differ, indented by four, "-" before old ones and "+"
 * before new ones, with two lines of context; "@@ 12" says which line of the new text comes next
 * where lines are left out. Scratch in `arena` is given back. O(n log n). */
int line_diff_put(struct delta_arena *arena, const struct delta_value *old,
                  const struct delta_value *new, const struct line_diff_options *options,
                  struct delta_buf *buf, struct delta_err *err);

#endif
