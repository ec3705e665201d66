/* A history as one HTML page that needs nothing else: no network, no script but its own, which may
 * do no more than fold and filter. Private to delta-chain. */
#ifndef HTML_PAGE_H
#define HTML_PAGE_H

#include "cli/cli.h"
#include "cli/unmatched.h"

/* Without a range, so many of the newest revisions are listed change by change, or fewer if they
 * take more bytes of HTML than that. Timeline and places are always those of the whole history. */
enum { PAGE_REVISIONS = 500, PAGE_BYTES = 8 << 20, PAGE_PLACES = 20 };

struct page_options {
    const char *name;                  /* of the history, for the title */
    bool has_range;                    /* else the newest */
    uint32_t first, last;              /* the revisions that are listed change by change */
    struct unmatched *unmatched;       /* the states are held against it */
    const struct delta_filter *filter; /* what counts; revisions without are left out. NULL: all */
};

/* Writes the page, and returns the status to end with: CLI_TROUBLE when a state cannot be read; the
 * page is complete even then, says which, and shows all others. Reads the whole history: O(states).
 */
int page_write(struct cli *cli, struct delta_history *history, const struct page_options *options);

#endif
