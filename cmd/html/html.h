/* HTML as it is put together: markup that we wrote, and text of others made harmless. */
#ifndef HTML_HTML_H
#define HTML_HTML_H

#include "delta.h"

/* All append to `html`; a failed allocation sets `html->failed`, as buffers do. */

/* Markup, as it is. Never give it text of a state. */
void html_markup(struct delta_buf *html, const char *markup);
void html_append(struct delta_buf *html, const struct delta_buf *more);

/* Text, for elements and quoted attributes alike: & < > " ' become references. What cannot be seen,
 * or turns the direction of writing, is written as a JSON escape; a newline and a tab are, too.
 * Bytes that are no UTF-8 become U+FFFD. */
void html_text(struct delta_buf *html, const char *text, size_t length);

/* The same, but no more than about `most` bytes, whole characters; then "…", and how many bytes
 * were left out. */
void html_text_cut(struct delta_buf *html, const char *text, size_t length, size_t most);

/* A <time> element for "2026-11-22T10:00:00.25Z", which shows "2026-11-22 10:00:00.25 UTC"; and
 * that as text alone. */
void html_time(struct delta_buf *html, const char *time);
void html_time_text(struct delta_buf *html, const char *time);

/* A number with its noun: "1 state", "2 states". */
void html_count(struct delta_buf *html, uint64_t count, const char *noun);

#endif
