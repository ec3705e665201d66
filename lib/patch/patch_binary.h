/* The patch as bytes, as small as it can be before compression: operations as varints, and the
 * values that they take, in order, as JSON (also in delta-record(5)).
 *
 * Bound, it names old members by their position in canonical key order, and can be read only
 * beside its base; standalone, by their keys.
 *
 *     varint  bytes of the operations
 *     …       operations
 *     …       values: a JSON array in canonical form, or nothing when there are none
 *
 * A patch is
 *
 *     head = kind + 8 * n       kind: 0 empty, 1 value, 2 object, 3 array, 4 string
 *
 * 1 (n = 0) takes its value. 3 and 4 have n items, before which a standalone one has the length of
 * the old value as varint. An item is a varint, its lowest two bits the kind:
 *
 *     0   c    copies c old elements (code points), from a place given by a second varint:
 *              zigzag(from - where the last item that named an old element ended)
 *     1   c    inserts c values (a string: one literal, c = 1)
 *     2   f    changes within the old element at unzigzag(f), counted the same way; a patch
 *              follows
 *
 * A standalone object patch has n = 1 when it sets members, else 0: it takes one object, the
 * members set; then a varint counts the keys removed, each taken as a string, and another the
 * members changed within, each a key taken as a string and a patch.
 *
 * A bound object patch has n operations on old members, in canonical key order of the base:
 *
 *     op + 4 * s    s members are passed over; op: 0 sets (takes a value), 1 removes, 2 changes
 *                   within (a patch follows), 3 adds (takes one object, the new members; only as
 *                   the last operation, s = 0)
 *
 * It may have none, and so may a patch within it, where all it did was to remove what this base
 * has not; standing alone, only the whole patch may be empty.
 *
 * In two parts, operations and values are apart, which compresses better: they have nothing in
 * common. The values then have no brackets, and items of a list less to say:
 *
 *     0   2 * c + m    copies c old elements; a second varint gives the place only if m is 1
 *     1   2 * c + r    inserts c values; if r is 1, not in a string, in the place of c old
 *                      elements, so that the next item begins after those
 *
 * A bound patch in two parts has two operations more:
 *
 *     3 + 4 * (s + 1)  s members are passed over, and the next, a number, moves by a step
 *                      (step.h), which is taken as a value
 *     3                is followed by a varint where the base has over PATCH_NARROW members: the
 *                      position where the first of the new members belongs; what is near it
 *                      is like it (surroundings.c)
 *
 * Its values can be put by columns instead of in the order in which they are taken (columns.h).
 *
 * Members added often have the value that the one beside them has: a table of versions, to which
 * one more is added, or of dates. With PATCH_NEIGHBOURS what 3 takes may also be
 *
 *     "K"              a string: the key of one member, whose value is that of the old member that
 *                      is before it in canonical order, or of the first where none is
 *     ["K",…,{…}]      such keys, and last an object of the other members, if there are any */
#ifndef PATCH_PATCH_BINARY_H
#define PATCH_PATCH_BINARY_H

#include "base/varint.h"
#include "patch/patch.h"

/* Operations of a bound object patch, in the lowest two bits of a varint; STEP is an ADD that
 * passes over something. */
enum patch_member_op {
    PATCH_OP_SET,
    PATCH_OP_REMOVE,
    PATCH_OP_NEST,
    PATCH_OP_ADD,
    PATCH_OP_STEP,
};

/* How a bound patch in two parts may be written. */
enum patch_ways {
    PATCH_STEPS = 1,      /* numbers set by steps */
    PATCH_NEIGHBOURS = 2, /* members added with the value that is beside them */
    PATCH_COLUMNS = 4,    /* values by columns */
};

/* Members of an object up to which a patch in two parts does not say where new ones belong: it
 * would be one byte in a hundred of a large patch, and all members can be near. */
enum { PATCH_NARROW = 32 };

/* The type that a patch of this kind needs: OBJECT, ARRAY or STRING. */
enum delta_type patch_base_type(enum patch_kind kind);

/* What a patch of an array or string calls its length: elements, or code points. */
size_t patch_old_length(const struct delta_value *base);

/* What an item of an array or string begins with: all but its values and its patch. */
struct patch_item_head {
    enum patch_item_kind kind;
    bool replaces;  /* INSERT: in the place of as many old elements */
    uint64_t count; /* EDIT: 1 */
    int64_t step;   /* COPY, EDIT: from where the last old element used ended */
};

/* Takes one off the operations; false where there is none. */
bool patch_item_head_get(struct varint_cursor *ops, bool parts, enum patch_kind kind,
                         struct patch_item_head *head);

/* What an operation of a bound object patch begins with. */
struct patch_member_head {
    enum patch_member_op op;
    uint32_t at; /* the old member, in canonical order; ADD: where the first new one belongs, the
                    middle where that is not given */
};

/* Takes one off the operations, of which `left` are to come, for an object of `length` members of
 * which `reached` are behind; false where there is none that fits. */
bool patch_member_head_get(struct varint_cursor *ops, bool parts, uint64_t left, uint32_t length,
                           uint32_t reached, struct patch_member_head *head);

/* Where a key would be among the members of `base` from `from` on that `order` has in canonical
 * order. O(log members). */
uint32_t patch_member_place(const struct delta_value *base, const uint32_t *order, uint32_t from,
                            const struct value_key *key);

/* The value beside a new member: of the old one before it in canonical order, or of the first; NULL
 * where there is none. O(log members). */
const struct delta_value *patch_neighbour(const struct delta_value *base, const uint32_t *order,
                                          const struct value_key *key);

#endif
