/* Text made fit to be shown: nothing in it steers a terminal or hides, and its width is known. */
#ifndef VIEW_VISIBLE_H
#define VIEW_VISIBLE_H

#include "base/buf.h"

/* Appends WTF-8 with what cannot be seen escaped as JSON would: control characters (C1 too), marks
 * that turn the direction of writing, line and paragraph separators, lone surrogates. */
void visible_put(struct delta_buf *buf, const char *text, size_t length);

/* The same, with every mark and every character that decomposes escaped: for texts that
 * `visible_forms_differ`. */
void visible_put_forms(struct delta_buf *buf, const char *text, size_t length);

/* Whether two texts are different, but the same in Unicode Normalization Form C, so that they look
 * alike. O(length); allocates only where the first difference is not in ASCII. */
bool visible_forms_differ(const char *a, size_t a_length, const char *b, size_t b_length);

/* Columns that such text takes: two for wide characters, none for combining ones. */
size_t visible_columns(const char *text, size_t length);

/* Appends it cut to so many columns, the last of which then is "…"; whole when `columns` is 0. */
void visible_put_cut(struct delta_buf *buf, const char *text, size_t length, size_t columns);

enum visible_color {
    VISIBLE_PLAIN,
    VISIBLE_RED,
    VISIBLE_GREEN,
    VISIBLE_YELLOW,
    VISIBLE_CYAN,
    VISIBLE_FAINT,
};

/* Appends what makes an ANSI terminal (ECMA-48, SGR) write on in that colour; nothing when `on` is
 * false. */
void visible_color(struct delta_buf *buf, bool on, enum visible_color color);

#endif
