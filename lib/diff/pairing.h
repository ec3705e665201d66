/* Which elements of an array are changed forms of old ones, rather than new. */
#ifndef DIFF_PAIRING_H
#define DIFF_PAIRING_H

#include "json/value.h"

/* The elements of two arrays, and for each element j of `b` the equal element of `a` in `source`,
 * or SEQUENCE_NONE, as sequence_match fills it. */
struct pairing_arrays {
    const struct delta_value *a, *b;
    uint32_t a_count, b_count;
    const uint32_t *source;
};

/* Members that usually name an element: "name", "id" and their like, the likeliest first; ends with
 * NULL. */
extern const char *const pair_usual_names[];

/* Fills `edited[j]`, for each element j of `b` without a source, with the left-over element of `a`
 * that it is a changed form of, or SEQUENCE_NONE; no element of `a` twice. Alike are objects that
 * alone, on both sides, have a certain name; containers of one type that share members (elements,
 * of arrays); and values of one type that alone were replaced between the same two neighbours.
 * O(members of the elements without a match); parts that stand in more than a few elements do not
 * count. -1 when out of memory. */
int pair_alike(struct delta_arena *arena, const struct pairing_arrays *arrays, uint32_t *edited,
               struct delta_err *err);

/* The same by name: elements are the same one, changed, when they are objects whose member `key`
 * has the same value; whatever else they share counts for nothing. O(elements + members looked at).
 */
int pair_keyed(struct delta_arena *arena, const struct pairing_arrays *arrays, const char *key,
               uint32_t *edited, struct delta_err *err);

#endif
