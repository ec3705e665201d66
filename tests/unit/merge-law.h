/* Of merges: a side that differs from the base, or from the other side, in nothing that counts
 * leaves the other side; and the sides can be exchanged. For property tests and fuzz targets. */
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
    lists->side = changed_list(random, &lists->base);
    lists->base_again = varied(&lists->law, random, &lists->base, true);
    lists->side_again = varied(&lists->law, random, &lists->side, true);
    lists->other = changed_list(random, &lists->base);
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

#endif
