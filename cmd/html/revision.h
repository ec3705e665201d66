/* One state of a history as HTML: what is known about it, and what changed. Private to
 * delta-chain. */
#ifndef HTML_REVISION_H
#define HTML_REVISION_H

#include "html/change_text.h"

/* Columns that a value is cut to; lines shown of one revision; bytes of a pointer or of metadata.
 */
enum { REVISION_COLUMNS = 240, REVISION_LINES = 200, REVISION_BYTES = 1000 };

struct revision {
    const struct delta_history_entry *entry; /* only its index, when it is lost */
    const char *trouble;                     /* why the changes are not known, or NULL */
    const char *text;                        /* the changes, as changetext reads them */
    size_t length;
    bool first;                     /* nothing stands before it */
    uint64_t changes[CHANGE_MARKS]; /* of the text */
};

/* Appends a <details> element; "#rINDEX" is within it, so that a link opens it. */
void revision_write(const struct revision *revision, struct delta_buf *html);

#endif
