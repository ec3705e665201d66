/* One state of a history as HTML: what is known about it, and what changed. Private to
 * delta-chain. */
#ifndef HTML_REVISION_H
#define HTML_REVISION_H

#include "chain/name.h"
#include "html/change.h"

/* Bytes that a value, a pointer or metadata is cut to; lines shown of one revision. */
enum { REVISION_BYTES = 400, REVISION_LINES = 200 };

struct revision {
    const struct delta_history_entry *entry; /* only its index, when it is lost */
    const struct chain_names *names;
    const char *trouble;                  /* why the changes are not known, or NULL */
    const struct delta_buf *changes_html; /* the changes, by change_write */
    size_t lines;                         /* of which the first REVISION_LINES are in it */
    bool first;                           /* there is no state before it */
    uint64_t changes[CHANGE_KINDS];
};

/* Appends a <details> element; "#rINDEX" is within it, so that a link opens it. */
void revision_write(const struct revision *revision, struct delta_buf *html);

#endif
