/* Projections of containers (filter.c), remembered so that arrays in arrays, each of which is
 * aligned by what its elements project to, cost one projection of each and not one a level. */
#ifndef DIFF_PROJECTIONS_H
#define DIFF_PROJECTIONS_H

#include "base/array.h"
#include "base/table.h"
#include "json/value.h"

struct projection {
    const struct delta_value *of;
    uint64_t place; /* a hash of all that the patterns say there */
    struct delta_value value;
    bool found; /* anything counts in it */
};

/* Zero is empty. */
struct projections {
    ARRAY(struct projection) all;
    struct table by_value; /* malloc'ed */
};

void projections_free(struct projections *projections);

/* What a container, by its address, projects to at a place; NULL: not known. O(1). */
const struct projection *projections_find(const struct projections *projections,
                                          const struct delta_value *of, uint64_t place);

/* Remembers one more. O(1) amortised. */
int projections_add(struct projections *projections, struct projection projection,
                    struct delta_err *err);

#endif
