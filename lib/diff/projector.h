/* What of a value counts under a filter: whether anything does, and its projection, which is one
 * value for all that differ in nothing that counts and serves to pair elements.
 *
 * Projections of containers are remembered, so that arrays in arrays, each of which is aligned by
 * what its elements project to, cost one projection of each and not one a level. */
#ifndef DIFF_PROJECTOR_H
#define DIFF_PROJECTOR_H

#include "base/array.h"
#include "base/table.h"
#include "diff/filter_place.h"

struct projection;

struct projector {
    struct filter_place *place; /* where the value is that a function is given */
    struct delta_arena *arena;  /* of projections */
    ARRAY(struct projection) known;
    struct table by_value; /* malloc'ed */
    bool failed;           /* a question could not be answered for want of memory */
    struct delta_err *err;
};

/* Frees what is remembered; the arena is the caller's. */
void projector_free(struct projector *projector);

/* Whether the value at this place holds anything that counts; `within`: all of what it is in does.
 * O(size) of what is not remembered. */
bool projector_counts(struct projector *projector, const struct delta_value *value, bool within);

/* The projection of an element, in `out`: nothing is left of parts that do not count; `*found` says
 * whether anything is. `remembered`: it will be asked for again, as containers in arrays that are
 * within elements are when their array is aligned. O(size) of what is not remembered. */
int projector_element(struct projector *projector, const struct delta_value *item, bool within,
                      bool remembered, struct delta_value *out, bool *found);

#endif
