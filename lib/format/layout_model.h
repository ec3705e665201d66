/* Containers after which a new one is formatted. */
#ifndef FORMAT_LAYOUT_MODEL_H
#define FORMAT_LAYOUT_MODEL_H

#include "format/counterpart.h"
#include "format/new_value.h"

/* The texts. */
enum { BASE, OURS, THEIRS, SIDES };

/* The counterparts of one value of the result. */
struct layout_sources {
    struct layout_value at[SIDES];
};

/* A container that is taken apart. */
struct layout_container {
    const struct delta_value *value;
    const struct layout_container *around; /* NULL: it is the root */
    uint32_t index;                        /* in that */
    struct layout_value at[SIDES];         /* its counterparts that have parts */
    uint32_t *part[SIDES];  /* by part of `value`: its counterpart's index, or NO_INDEX */
    uint32_t *nodes[SIDES]; /* by part of the counterpart */
    uint32_t *order;        /* of objects; NULL: as they are */
    struct layout_frame frames[SIDES];
    struct layout_place place;
    struct layout_sources sources; /* of the part at hand */
};

/* The index of the part in a side, or NO_INDEX. */
static inline uint32_t layout_part_in(const struct layout_container *c, int side, uint32_t part) {
    return c->part[side] ? c->part[side][part] : NO_INDEX;
}

/* Part `part` of the container as it is in a side, which has it. */
static inline struct layout_value layout_value_in(const struct layout_container *c, int side,
                                                  uint32_t part) {
    uint32_t index = c->part[side][part];
    return layout_part(&c->at[side], index, c->nodes[side][index]);
}

/* The model of a part that only `side` has, at place `place` of the result: where that side writes
 * it as the parts beside it, and the other side wrote these anew, one of these as it is there.
 * `source` is the part in its text. None where there is none, as below. O(1). */
struct layout_value layout_model_rewritten(const struct layout_container *c, uint32_t place,
                                           int side, const struct layout_value *source);

/* The model of a part that no text has: the nearest container of the same kind that has as many
 * parts, so that it says how each is written, else that with the most; where there is none beside
 * it, the part of the same key of a container beside `c`: other elements of a list have the same
 * members. A bounded number of parts is looked at. */
struct layout_value layout_model_near(const struct layout_container *c, uint32_t place,
                                      const struct delta_value *value);

#endif
