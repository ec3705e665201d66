/* Of merges: a side that differs from the base, or from the other side, in nothing that counts
 * leaves the other side; the sides can be exchanged; what a key identifies is neither lost nor
 * taken for another thing; and a side that is a further state of the other is the result. For
 * property tests and fuzz targets. */
#ifndef MERGE_LAW_H
#define MERGE_LAW_H

#include "merge/merge.h"
#include "tests/unit/random-list.h"

/* A list and two that were made of it, and of the base and one of them another list that differs in
 * nothing that counts. */
struct merge_lists {
    struct delta_arena *arena;
    struct delta_filter filter;
    struct law law; /* its arena has parts of the lists; law_close when done */
    struct delta_value base, side, base_again, side_again, other;
    struct delta_value further; /* made of `side`, nothing moved */
};

/* Fills bytes, for `random`, of which parts are repeated: so are parts of a list that they choose.
 */
static inline void repetitive_bytes(uint64_t *seed, uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count;) {
        size_t from = check_below(seed, (uint32_t)i + 1), length = 4 + check_below(seed, 30);
        bool again = i > 20 && check_below(seed, 3);
        for (; length > 0 && i < count; i++, length--)
            bytes[i] = again ? bytes[from++] : (uint8_t)check_random(seed);
    }
}

/* False when out of memory. */
static inline bool merge_lists_make(struct random *random, struct merge_lists *lists) {
    *lists = (struct merge_lists){.arena = random->arena,
                                  .filter = {.numeric = random_chance(random, 2)}};
    if (random_chance(random, 2))
        lists->filter.unordered =
            list_pattern(random->arena, random_chance(random, 2) ? "/**" : "", NULL);
    if (random_chance(random, 2))
        lists->filter.array_keys = list_pattern(random->arena, "", "id");
    if (!law_open(&lists->law, &lists->filter))
        return false;
    lists->base = random_list(random);
    struct delta_value changed = changed_list(random, &lists->base);
    lists->side = moved_list(random, &changed);
    lists->base_again = varied(&lists->law, random, &lists->base, true);
    lists->side_again = varied(&lists->law, random, &lists->side, true);
    changed = changed_list(random, &lists->base);
    lists->other = moved_list(random, &changed);
    lists->further = changed_list(random, &lists->side);
    return true;
}

/* The merge, and whether it has conflicts: 1 or 0; -1 on failure. */
static inline int merge_of_lists(const struct merge_lists *lists, const struct delta_value *ours,
                                 const struct delta_value *theirs, struct delta_value *out) {
    const struct merge_options options = {.numeric = lists->filter.numeric,
                                          .unordered = lists->filter.unordered,
                                          .keyed = lists->filter.array_keys};
    struct merge_conflicts conflicts = {0};
    if (merge_values(lists->arena, &lists->base, ours, theirs, &options, out, &conflicts, NULL))
        return -1;
    return conflicts.count != 0;
}

/* Whether two lists differ in nothing that counts. */
static inline bool merge_same_lists(const struct merge_lists *lists, const struct delta_value *a,
                                    const struct delta_value *b) {
    const struct delta_value *left = delta_filter_apply(lists->arena, &lists->filter, a, b, NULL);
    return left && delta_value_equal(left, a);
}

/* Whether the merge is, in what counts, the list that was made of the base. */
static inline bool merge_leaves(const struct merge_lists *lists, const struct delta_value *ours,
                                const struct delta_value *theirs) {
    struct delta_value out;
    return merge_of_lists(lists, ours, theirs, &out) == 0 &&
           merge_same_lists(lists, &lists->side, &out);
}

/* Whether the merge of what was made of the base is the same, or conflicts, whichever is ours. */
static inline bool merge_exchanges(const struct merge_lists *lists) {
    struct delta_value one, other;
    int conflicts = merge_of_lists(lists, &lists->side, &lists->other, &one);
    return conflicts >= 0 &&
           merge_of_lists(lists, &lists->other, &lists->side, &other) == conflicts &&
           (conflicts || merge_same_lists(lists, &one, &other));
}

/* ---- What a key identifies ---- */

static inline const struct delta_value *id_of(const struct delta_value *element) {
    return element->type == DELTA_OBJECT ? value_get(element, "id") : NULL;
}

/* The element with this `id`; NULL when there is none, or several: `*count`. */
static inline const struct delta_value *element_of(const struct delta_value *list,
                                                   const struct delta_value *id, unsigned *count) {
    const struct delta_value *found = NULL;
    *count = 0;
    for (uint32_t i = 0; i < list->length; i++) {
        const struct delta_value *element = &value_items(list)[i];
        const struct delta_value *own = id_of(element);
        if (own && value_same(own, id))
            found = ++*count == 1 ? element : NULL;
    }
    return found;
}

/* Whether two members are equal, or neither is there: NULL. */
static inline bool same_members(const struct delta_value *a, const struct delta_value *b) {
    return a == b || (a && b && value_same(a, b));
}

/* Whether a member that one side alone changed is as that side has it. */
static inline bool member_is_merged(const struct delta_value *const elements[4], const char *name) {
    const struct delta_value *values[4]; /* of base, ours, theirs, and the merge; NULL: none */
    for (size_t i = 0; i < 4; i++)
        values[i] = value_get(elements[i], name);
    for (size_t side = 1; side <= 2; side++)
        if (same_members(values[0], values[side]) && !same_members(values[3 - side], values[3]))
            return false;
    return true;
}

/* Of an element that no state has twice: whether the merge has it once if both sides kept it or one
 * added it, else not; and its members. */
static inline bool element_is_merged(const struct delta_value *const states[4],
                                     const struct delta_value *id) {
    const struct delta_value *elements[4];
    unsigned counts[4];
    for (size_t i = 0; i < 4; i++)
        elements[i] = element_of(states[i], id, &counts[i]);
    if (counts[0] > 1 || counts[1] > 1 || counts[2] > 1)
        return true;
    if (counts[3] != (counts[0] ? counts[1] && counts[2] : counts[1] || counts[2]))
        return false;
    bool merged = true;
    for (size_t n = 0; n < 3 && counts[0] && counts[3]; n++)
        merged &= member_is_merged(elements, list_names[n]);
    return merged;
}

/* Whether a key is given, and everything counts. */
static inline bool merge_is_by_key(const struct merge_lists *lists) {
    return lists->filter.array_keys.count && !lists->filter.numeric &&
           !lists->filter.unordered.count;
}

/* Whether the merge by the key has every element that it identifies, if there is no conflict. */
static inline bool merge_keeps_elements(const struct merge_lists *lists) {
    struct delta_value out;
    if (!merge_is_by_key(lists))
        return true;
    int conflicts = merge_of_lists(lists, &lists->side, &lists->other, &out);
    const struct delta_value *states[4] = {&lists->base, &lists->side, &lists->other, &out};
    bool merged = conflicts >= 0;
    if (conflicts)
        return merged;
    for (size_t state = 0; state < 4; state++)
        for (uint32_t i = 0; i < states[state]->length; i++) {
            const struct delta_value *id = id_of(&value_items(states[state])[i]);
            merged &= !id || element_is_merged(states, id);
        }
    return merged;
}

/* Whether the key identifies each element of the list. */
static inline bool all_identified(const struct delta_value *list) {
    unsigned count;
    for (uint32_t i = 0; i < list->length; i++) {
        const struct delta_value *id = id_of(&value_items(list)[i]);
        if (!id || !element_of(list, id, &count))
            return false;
    }
    return true;
}

/* Whether `further` leaves the elements alone that `side`, which was made of the base, changed. */
static inline bool changes_others(const struct merge_lists *lists) {
    unsigned count;
    for (uint32_t i = 0; i < lists->side.length; i++) {
        const struct delta_value *element = &value_items(&lists->side)[i], *id = id_of(element);
        const struct delta_value *base = element_of(&lists->base, id, &count);
        const struct delta_value *further = element_of(&lists->further, id, &count);
        if (base && further && !value_same(base, element) && !value_same(further, element))
            return false;
    }
    return true;
}

/* Whether the merge with a further state of a side, of elements that the key identifies, is that,
 * or a conflict. */
static inline bool merge_goes_on(const struct merge_lists *lists, const struct delta_value *ours,
                                 const struct delta_value *theirs) {
    struct delta_value out;
    if (!merge_is_by_key(lists) || !all_identified(&lists->base) || !all_identified(&lists->side) ||
        !all_identified(&lists->further) || !changes_others(lists))
        return true;
    int conflicts = merge_of_lists(lists, ours, theirs, &out);
    return conflicts == 1 || (conflicts == 0 && delta_value_equal(&out, &lists->further));
}

#endif
