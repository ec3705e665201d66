/* The patch tree: the structural difference of two values, data only.
 *
 * As JSON (delta-record(5)), absent members being empty and unknown ones refused:
 *
 *     {"changes":{K:V},"removed_keys":[K],"nested":{K:PATCH}}      of an object
 *     {"length":N,"elements":[ITEM,…]}                             of an array
 *         ITEM = [from,count] | {"insert":[V,…]} | {"edit":from,"nested":PATCH}
 *     {"length":N,"text":[ITEM,…]}                                 of a string, in code points
 *         ITEM = [from,count], ascending | a literal string
 *     {"value":V}                                                  of anything
 *
 * The patch with nothing in it fits any value. */
#ifndef PATCH_PATCH_H
#define PATCH_PATCH_H

#include "base/array.h"
#include "json/value.h"

enum patch_kind {
    PATCH_EMPTY,  /* changes nothing, fits anything */
    PATCH_VALUE,  /* the new value whole */
    PATCH_OBJECT, /* members set, removed, changed within */
    PATCH_ARRAY,  /* the new array out of the old one's elements */
    PATCH_STRING, /* the new string out of runs of the old one */
};

enum patch_change { PATCH_SET, PATCH_REMOVE, PATCH_NEST };

struct patch_member {
    const struct value_key *key;
    enum patch_change change;
    struct delta_value value;         /* PATCH_SET */
    const struct delta_patch *nested; /* PATCH_NEST; never empty */
};

enum patch_item_kind { PATCH_COPY, PATCH_INSERT, PATCH_EDIT };

struct patch_item {
    enum patch_item_kind kind;
    uint32_t from;  /* COPY: first old element (code point); EDIT: the old element */
    uint32_t count; /* COPY: how many; INSERT: how many values (1 in a string patch); EDIT: 1 */
    union {
        const struct delta_value *values; /* INSERT; in a string patch one string */
        const struct delta_patch *nested; /* EDIT; never empty */
    };
};

/* The canonical order of an object's members: their indices. To keep it up to date takes less time
 * than to sort them again: 40 states of one object of 4, 64 and 16,384 members in no order are
 * exported with 0.67, 0.61 and 0.48 of the instructions. */
struct patch_order {
    const struct value_object *object;
    const uint32_t *indices; /* NULL: they are in order */
};

struct delta_patch {
    enum patch_kind kind;
    uint32_t count;  /* of members or items */
    uint32_t length; /* ARRAY, STRING: what the old value's length must be */
    union {
        struct delta_value value; /* VALUE */
        struct {
            const struct patch_member *members; /* OBJECT: in canonical key order, none twice, >0 */
            const struct patch_order *order;    /* of an object it was made for, or NULL */
        };
        const struct patch_item *items; /* ARRAY, STRING: no two copies or inserts that could
                                           be one are side by side */
    };
};

/* The empty patch; lives forever. */
extern const struct delta_patch patch_empty;

/* A new patch in the arena, NULL when out of memory (recorded in err). An object patch without
 * members comes out as patch_empty; `members` must be in canonical order and stay where they are.
 */
const struct delta_patch *patch_whole(struct delta_arena *arena, const struct delta_value *value,
                                      struct delta_err *err);
const struct delta_patch *patch_object(struct delta_arena *arena,
                                       const struct patch_member *members, size_t count,
                                       struct delta_err *err);

/* A list of patch items under construction, which joins what can be one item. Zero it first;
 * `items` is malloc'ed and ends in the arena through patch_items_close, or is freed by
 * patch_items_free. Inserted values are copied into the arena. */
struct patch_items {
    struct patch_item *items;
    uint32_t count;
    size_t capacity;
    bool failed;
};
void patch_items_copy(struct patch_items *list, uint32_t from, uint32_t count);
void patch_items_insert(struct patch_items *list, struct delta_arena *arena,
                        const struct delta_value *values, uint32_t count);
void patch_items_edit(struct patch_items *list, uint32_t from, const struct delta_patch *nested);
void patch_items_free(struct patch_items *list);

/* The array or string patch of these items. Frees the list either way; NULL when anything failed.
 */
const struct delta_patch *patch_items_close(struct patch_items *list, struct delta_arena *arena,
                                            enum patch_kind kind, uint32_t length,
                                            struct delta_err *err);

/* Checks a list from outside: no old element is used twice, and runs of a string
 * ascend. Fails with DELTA_ERR_DAMAGED. O(items log items). */
int patch_items_check(const struct patch_items *list, enum patch_kind kind, struct delta_err *err);

/* Where each member of an object patch is in the object `base`: its index there, or
 * NO_INDEX. The array is malloc'ed; NULL when out of memory. O(members of both), or O(log n) for
 * each of few that change where those of the base are known to be in order. */
uint32_t *patch_places(const struct delta_patch *patch, const struct delta_value *base);

/* Bytes of the patch's canonical JSON form. O(patch). */
uint64_t patch_size(const struct delta_patch *patch);

/* The patch as JSON value of the shape above; `out` shares the patch's parts. */
int patch_to_value(struct delta_arena *arena, const struct delta_patch *patch,
                   struct delta_value *out, struct delta_err *err);

/* The patch of which this is the JSON form; fails with DELTA_ERR_DAMAGED and the pointer where it
 * is not one (unknown members, runs out of bounds, an element used twice). Shares `value`'s parts.
 */
const struct delta_patch *patch_from_value(struct delta_arena *arena,
                                           const struct delta_value *value, struct delta_err *err);

/* How many keys it sets, removes, and how many other operations it has (runs moved, inserted,
 * edited elements, text edits, whole values), at all levels. */
struct patch_counts {
    uint64_t set, removed, other;
};
void patch_count(const struct delta_patch *patch, struct patch_counts *counts);

#endif
