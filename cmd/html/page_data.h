/* The revisions of a page as data for its script: an array of objects, newest first,
 *
 *     {"i": index, "t": seconds since 1970, "s": bytes, "d": 12 digits of the digest, "n": names
 * and metadata as text, "c": [[kind, pointer, old, new], …], "more": changes left out}
 *
 * of which absent members are empty. Values are JSON texts, cut. Private to delta-chain. */
#ifndef HTML_PAGE_DATA_H
#define HTML_PAGE_DATA_H

#include "chain/name.h"
#include "html/change.h"

/* Of so many of the newest revisions, or of fewer, when they take more bytes. */
enum { PAGE_DATA_REVISIONS = 20000, PAGE_DATA_BYTES = 5 << 18 };

struct page_data {
    struct delta_buf text; /* rows, oldest first */
    size_t *ends;          /* of the rows, in `text` */
    uint32_t count;
    size_t capacity;
    const struct delta_value **changes; /* of the revision that is being listed */
    size_t change_count;
    uint64_t more;
};

/* Takes one change of the next revision into account; its values live in `arena`. -1 without
 * memory. */
int page_data_change(struct page_data *data, struct delta_arena *arena,
                     const struct delta_change *change, struct delta_err *err);

/* Ends the revision, whose changes live in `arena`. -1 without memory. */
int page_data_revision(struct page_data *data, struct delta_arena *arena,
                       const struct delta_history_entry *entry, const struct chain_names *names,
                       struct delta_err *err);

/* Appends the element with as many of the newest rows as fit. */
void page_data_write(const struct page_data *data, struct delta_buf *html);

void page_data_free(struct page_data *data);

#endif
