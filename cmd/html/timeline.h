/* The states of a history over time, as a picture: sizes above, changes below. Private to
 * delta-chain. */
#ifndef HTML_TIMELINE_H
#define HTML_TIMELINE_H

#include "html/change.h"

/* Most columns: with more states than that, several share one. */
enum { TIMELINE_MOST = 480 };

/* One state. */
struct timeline_state {
    uint32_t index;
    bool lost; /* cannot be read: the rest is not known */
    int64_t time;
    uint64_t size; /* bytes of the canonical form */
    uint64_t changes[CHANGE_KINDS];
};

/* States that share a column. */
struct timeline_column {
    uint32_t first, last, lost, known;
    int64_t from, to;           /* their times, those that are known */
    uint64_t least, most, size; /* their sizes; of the last one */
    uint64_t changes[CHANGE_KINDS];
};

/* Zero it before timeline_open. */
struct timeline {
    struct timeline_column *columns;
    size_t count;
    uint32_t each; /* states to a column */
};

/* For so many states. -1 when there is no memory. */
int timeline_open(struct timeline *timeline, uint32_t states);
void timeline_close(struct timeline *timeline);

/* States come in order, from 0. */
void timeline_add(struct timeline *timeline, const struct timeline_state *state);

/* Appends an <svg>. A column whose last state is one from `first` to `last` is a link to "#rINDEX".
 * The <title> of each says what it shows. */
void timeline_write(const struct timeline *timeline, uint32_t first, uint32_t last,
                    struct delta_buf *html);

#endif
