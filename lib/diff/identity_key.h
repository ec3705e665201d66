/* Keys of array elements: what identifies an element, and how a given key is written. */
#ifndef DIFF_IDENTITY_KEY_H
#define DIFF_IDENTITY_KEY_H

#include "base/array.h"
#include "json/pointer.h"

enum {
    IDENTITY_PARTS_MAX = 4,
};

/* The members that identify an element together: each a path below it. */
struct identity_key {
    struct pointer parts[IDENTITY_PARTS_MAX];
    uint32_t count; /* 0: no key */
    bool inferred;  /* its parts are scalars below objects only */
};

/* The key that `--array-key=POINTER=KEY` names: a member's name, a JSON Pointer below the element,
 * or several of either, separated by commas (`\,` and `\\` in a name). Steps share `text` or are in
 * the arena. DELTA_ERR_USAGE for an invalid pointer, an empty part or more than IDENTITY_PARTS_MAX.
 */
int identity_key_parse(struct delta_arena *arena, const char *text, struct identity_key *key,
                       struct delta_err *err);

/* Part `n` of the element's key; NULL when it lacks it. A given key may be at an index, and be any
 * value; an inferred one is in members that are scalars. O(members on the way). */
const struct delta_value *identity_part(const struct identity_key *key, uint32_t n,
                                        const struct delta_value *element);

/* The element's key: false when it lacks a part of it. Equal keys have equal private hashes;
 * numbers are equal by value. O(members on the way). */
bool identity_hash(const struct identity_key *key, const struct delta_value *element,
                   uint64_t *hash);

/* What of an element counts where elements are compared with one another. */
struct identity_projection {
    int (*project)(void *context, const struct delta_value *element, struct delta_value *out);
    void *context;
};

/* Two states of one array. */
struct identity_pair {
    const struct delta_value *a, *b; /* elements */
    uint32_t a_count, b_count;
    uint32_t start; /* elements that are before both in their arrays */
    const struct identity_projection *projection; /* NULL: all counts */
};

/* True when one of `elements[start]` up to before `elements[end]` equals `element`. */
bool identity_has_equal(const struct delta_value *elements, uint32_t start, uint32_t end,
                        const struct delta_value *element);

#endif
