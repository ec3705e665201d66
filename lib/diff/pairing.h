/* Which elements of two arrays are changed forms of one another, where no key says so. */
#ifndef DIFF_PAIRING_H
#define DIFF_PAIRING_H

#include "json/value.h"

enum pairing_mode {
    /* For people and for small patches: alike elements, best score first; then those that alone
     * were replaced between the same two neighbours. */
    PAIRING_SHOW,
    /* The same where order does not count: no element is nearer than another. */
    PAIRING_ANY_ORDER,
    /* For merges: only what is certain. Alike, and neither is as much like another. */
    PAIRING_CERTAIN,
    /* The same where order does not count. */
    PAIRING_CERTAIN_ANY_ORDER,
    /* None: equal elements in their common order are all that counts, as for lines of text. */
    PAIRING_NONE,
};

static inline bool pairing_is_certain(enum pairing_mode mode) {
    return mode == PAIRING_CERTAIN || mode == PAIRING_CERTAIN_ANY_ORDER;
}

static inline bool pairing_has_order(enum pairing_mode mode) {
    return mode != PAIRING_ANY_ORDER && mode != PAIRING_CERTAIN_ANY_ORDER;
}

/* Elements of two arrays. `from[j]` is, for each element j of `b`, the element of `a` that it
 * equals, or NO_INDEX; elements that have a match are not looked at. */
struct pairing_arrays {
    const struct delta_value *const *a, *const *b;
    uint32_t a_count, b_count;
    uint32_t *from;
};

/* Sets `from[j]` where an element of `b` is a changed form of one of `a`; no element of `a` is used
 * twice. Alike are two that share more than half of their content. Scores of all pairs are
 * compared while they are few; beyond, only elements that share a part which few others have. O(n)
 * candidates. -1 when out of memory. */
int pairing_find(struct delta_arena *arena, const struct pairing_arrays *arrays,
                 enum pairing_mode mode, struct delta_err *err);

/* Members that usually identify an element, the likeliest first: "id", "name" and their like, in
 * any case of letters; ends with NULL. */
extern const char *const pairing_usual_names[];

/* The place of a key in that list, or the number of names when it is not there. */
uint32_t pairing_usual_rank(const char *text, uint32_t length);

#endif
