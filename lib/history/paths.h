/* The tree of all paths that the changes of a block touch.
 *
 * A step of a path is the key of a member or the index of an element. A member that the keyframe of
 * the block has is stored by its position there, which takes a byte; others by their key. The
 * changes at a path are of four kinds. Each pair of path and kind has a number, in depth-first
 * order with keys sorted, so that the changes of one state are small, increasing numbers. */
#ifndef HISTORY_PATHS_H
#define HISTORY_PATHS_H

#include "base/array.h"
#include "base/buf.h"
#include "base/table.h"
#include "json/value.h"

enum paths_kind {
    PATHS_SET,    /* the value is set, whatever it was */
    PATHS_REMOVE, /* the member is removed */
    PATHS_ARRAY,  /* the array becomes runs of its elements and new values */
    PATHS_TEXT,   /* the string becomes runs of its characters and new text */
    PATHS_KINDS,
};

enum { PATHS_ROOT = 0 };

struct paths_node {
    const struct value_key *key;      /* of a member; NULL for an element and the root */
    const struct delta_value *origin; /* the value in the keyframe, or NULL */
    uint32_t index;                   /* of an element; of a member its position in the keyframe's
                                         object, or NO_INDEX when it is not there */
    uint32_t parent;
    uint32_t first, last, next;   /* children, and the next one of the same parent */
    uint32_t height;              /* levels above it: 0 for the root, DELTA_MAX_DEPTH at most */
    uint32_t class;               /* see paths_class */
    uint32_t number[PATHS_KINDS]; /* or NO_INDEX */
    uint8_t kinds;                /* 1 << kind for each kind of change */
};

/* Zero it first. */
struct paths {
    struct paths_node *nodes; /* the root is the first */
    uint32_t count;
    size_t capacity;
    struct table table;     /* nodes by parent and step; while it is built */
    uint32_t numbers;       /* of pairs */
    struct paths_op *pairs; /* by number */
    uint32_t classes;
};

struct paths_op {
    uint32_t node;
    enum paths_kind kind;
};

/* Begins a tree over the keyframe, whose members must be in canonical order, as after reading its
 * canonical form. The keyframe must outlive the tree. */
int paths_begin(struct paths *paths, const struct delta_value *keyframe, struct delta_err *err);

/* The child of `parent` under a key, or at an index; made when it is not there yet. NO_INDEX when
 * out of memory. O(1) amortised, O(log members) for a key that is new. */
uint32_t paths_member(struct paths *paths, uint32_t parent, const struct value_key *key);
uint32_t paths_element(struct paths *paths, uint32_t parent, uint32_t index);

/* Numbers the pairs of path and kind, once all were added. O(n log n). */
int paths_number(struct paths *paths, struct delta_err *err);

/* The bytes: `tree` has a line of numbers a node (kinds, members by position, elements, members by
 * key), `steps` the distances between positions and indices, `names` the keys as a JSON array. */
int paths_encode(const struct paths *paths, struct delta_buf *tree, struct delta_buf *steps,
                 struct delta_buf *names, struct delta_err *err);

/* Reads them back beside the keyframe; keys are made in `arena`. Refuses nodes that are deeper than
 * values are. */
struct varint_cursor;
int paths_decode(struct paths *paths, struct delta_arena *arena, const struct delta_value *keyframe,
                 struct varint_cursor *tree, struct varint_cursor *steps,
                 const struct delta_value *names, struct delta_err *err);

/* Values that are likely to look alike share a class: those under the same key, however deep and
 * in however many elements. Classes are counted in the order of the nodes. */
int paths_class(struct paths *paths, struct delta_err *err);

void paths_free(struct paths *paths);

#endif
