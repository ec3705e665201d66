/* Where the states of a history came from: for each source the highest sequence number and the
 * states that are kept of it; and the history's own serial numbers, which stay when a rewrite
 * renumbers states.
 *
 * In the payload of a FRAME_POSITIONS, all numbers varints:
 *
 *     number of serial runs, then each: index - that of the run before, serial - likewise; from its
 *     index on, up to the next run's, a state has the serial number `serial + (index - run.index)`.
 *     No runs: those of the frame before still hold; at the start of a file: one, index 0, serial 1
 *     number of sources, then each: name (length-prefixed), highest seq, digest (16 bytes) */
#ifndef HISTORY_POSITIONS_H
#define HISTORY_POSITIONS_H

#include "base/array.h"
#include "base/buf.h"
#include "base/table.h"

/* A state that is kept, or the highest one. */
struct position_state {
    uint64_t seq;
    struct delta_digest digest; /* all zeros for the end of a thing */
};

struct position_source {
    char *name;
    size_t length;
    struct position_state highest;
    ARRAY(struct position_state) kept; /* rising */
    bool sure;                         /* the highest is right although not all states are in it */
};

struct position_run {
    uint32_t index;
    uint64_t serial;
};

/* Zero it first. */
struct positions {
    ARRAY(struct position_source) sources;
    struct table by_name; /* of the sources */
    ARRAY(struct position_run) runs;
    bool complete; /* all states of the file are in it */
    bool dirty;    /* a highest seq is in no frame yet */
};

void positions_free(struct positions *positions);

/* Bytes of memory. */
size_t positions_size(const struct positions *positions);

/* What a state that arrives is, compared with what is there. */
enum position_verdict {
    POSITION_NEW,
    POSITION_KNOWN,
    POSITION_OLDER, /* not above the highest, and nothing kept to compare it with */
    POSITION_FORK,  /* another state has this position */
};

/* O(log states). A seq between two kept ones is known when its digest is
 * that of the one before: it was skipped as equal. */
enum position_verdict positions_judge(const struct positions *positions, struct byte_span source,
                                      struct position_state state);

/* The highest of a source; NULL when nothing is known of it. */
const struct position_state *positions_highest(const struct positions *positions,
                                               struct byte_span source);

/* Takes a state into account; `kept` when the file has it. Copies the name. O(1) amortised. */
int positions_note(struct positions *positions, struct byte_span source,
                   struct position_state state, bool kept, struct delta_err *err);

/* Says that the highest of a source, which was noted, is right: it is that of the last state. */
void positions_be_sure(struct positions *positions, struct byte_span source);

/* True when the position is certainly above the highest of its source. */
bool positions_is_above(const struct positions *positions, struct byte_span source, uint64_t seq);

/* The serial number of the state at `index`. O(log runs). */
uint64_t positions_serial(const struct positions *positions, uint32_t index);

/* Says that the state at `index` has this serial number, and those after it the following ones;
 * runs before it stay, it must be above them. */
int positions_begin_run(struct positions *positions, uint32_t index, uint64_t serial,
                        struct delta_err *err);

/* The payload; without runs where `sources_only`. Fails by `buf`. */
void positions_put(const struct positions *positions, bool sources_only, struct delta_buf *buf);

/* Adds what a payload says. DELTA_ERR_DAMAGED. */
int positions_get(struct positions *positions, const void *bytes, size_t length,
                  struct delta_err *err);

#endif
