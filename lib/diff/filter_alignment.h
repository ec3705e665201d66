/* Two arrays under a filter: which elements are the same one, and which of them count.
 *
 * In an array without a key that is as long as before, a place is the same index in both. Otherwise
 * elements are paired by identity, and an index is that in the new array, or in the old one for a
 * removed element. */
#ifndef DIFF_FILTER_ALIGNMENT_H
#define DIFF_FILTER_ALIGNMENT_H

#include "diff/projector.h"

#define FILTER_UNCOUNTED (NO_INDEX - 1) /* there is one, but nothing of it counts */

/* Two arrays and which elements are the same one. All but the values is malloc'ed. */
struct filter_alignment {
    const struct delta_value *old, *new;
    uint32_t *from;   /* by new element: the old one that it is, or NO_INDEX */
    uint32_t *to;     /* by old element: the new one that it is, FILTER_UNCOUNTED or NO_INDEX */
    bool *old_counts; /* by old element without a counterpart */
    bool *new_counts; /* by new element without one */
    struct delta_value *items; /* room for the joined elements, */
    uint32_t *index, *origin;  /* and of each for its index in the new array, and in the old one,
                                  or NO_INDEX */
    uint32_t count;
    bool by_index; /* a place is the same index in both */
};

/* Close it in any case. */
int filter_alignment_open(struct filter_alignment *alignment, const struct delta_value *old_array,
                          const struct delta_value *new_array, struct delta_err *err);
void filter_alignment_close(struct filter_alignment *alignment);

/* Aligns the arrays, at whose place the projector is; `within`: all of them counts. */
int filter_alignment_find(struct filter_alignment *alignment, struct projector *projector,
                          struct delta_arena *scratch, bool within);

#endif
