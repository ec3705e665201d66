/* A value that changes in place: the changes of a block are applied to it.
 *
 * No hashing or serialisation while it is being modified. A container is copied when something in
 * it changes for the first time; what never changes stays shared with the value it began as. */
#ifndef HISTORY_LIVE_H
#define HISTORY_LIVE_H

#include "history/paths.h"
#include "patch/patch.h"
#include "json/value.h"

struct live_container;

/* A value in the tree. */
struct live_cell {
    struct delta_value value;    /* when `open` is NULL; of no type (LIVE_REMOVED) when removed */
    struct live_container *open; /* the copy of the container that is being modified */
};

struct live_tree {
    struct delta_arena *arena; /* the caller's: holds all that is made */
    const struct paths *paths; /* the places that changes name */
    struct live_hint *hints;   /* by node */
    struct live_cell root;
};

/* Starts from `value`, whose objects have their members in canonical order. All of it must outlive
 * the tree. O(nodes). */
int live_begin(struct live_tree *tree, struct delta_arena *arena, const struct paths *paths,
               const struct delta_value *value, struct delta_err *err);

/* The changes. Each fails with DELTA_ERR_DAMAGED where its place is not there. O(height), and
 * O(elements) for an array. */
int live_set(struct live_tree *tree, uint32_t node, const struct delta_value *value,
             struct delta_err *err);
int live_remove(struct live_tree *tree, uint32_t node, struct delta_err *err);
/* COPY and INSERT items only; an old element is used at most once. */
int live_array(struct live_tree *tree, uint32_t node, const struct patch_item *items,
               uint32_t count, struct delta_err *err);
int live_text(struct live_tree *tree, uint32_t node, const struct patch_item *items, uint32_t count,
              struct delta_err *err);

/* The value as it is now; later changes leave it alone. O(members of the containers that were
 * changed). Fails with DELTA_ERR_LIMIT when it nests too deep. */
int live_value(struct live_tree *tree, struct delta_value *out, struct delta_err *err);

#endif
