/* Members of an object that only have another key. */
#ifndef DIFF_RENAMES_H
#define DIFF_RENAMES_H

#include "base/array.h"
#include "patch/patch.h"

/* An object's patch beside the object. */
struct renames {
    uint32_t *places; /* by the patch's member: where its key is in the base; NO_INDEX */
    uint32_t *from;   /* by member that is set: the removed one that it was, or NO_INDEX */
    bool *renamed;    /* by member that is removed: it is another one's `from` */
};

/* Pairs members that `patch` removes with new ones that it sets, where their value is the same and
 * says enough not to be so by chance: an object or array that is not empty, or a string or number
 * of eight bytes, that no other member has before or after. Close it in any case. O(members of
 * both), and of the base where a value is the same. */
int renames_open(struct renames *renames, const struct delta_value *base,
                 const struct delta_patch *patch, struct delta_err *err);
void renames_close(struct renames *renames);

#endif
