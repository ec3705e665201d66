/* Which elements of a changed array are moved, and which stay. */
#ifndef PATCH_MOVES_H
#define PATCH_MOVES_H

#include "patch/patch.h"

/* Fills `moved[i]` for each item of an array patch: true for a run (or an edited element) that does
 * not stay in order with the others. As many elements as can stay do. Inserts are never moved.
 * O(items log items). */
int moves_find(const struct delta_patch *patch, bool *moved, struct delta_err *err);

#endif
