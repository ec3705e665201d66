/* Of merges: a side that differs from the base, or from the other side, in nothing that counts
 * leaves the other side. For property tests and fuzz targets. */
#ifndef MERGE_LAW_H
#define MERGE_LAW_H

#include "merge/merge.h"
#include "tests/unit/random-list.h"

/* A list and one that was made of it, and of both another one that differs in nothing that counts.
 */
struct merge_lists {
    struct delta_arena *arena;
    struct delta_filter filter;
    struct law law; /* its arena has parts of the lists; law_close when done */
    struct delta_value base, side, base_again, side_again;
};

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
    return true;
}

/* Whether the merge is, in what counts, the list that was made of the base. */
static inline bool merge_leaves(const struct merge_lists *lists, const struct delta_value *ours,
                                const struct delta_value *theirs) {
    const struct merge_options options = {.numeric = lists->filter.numeric,
                                          .unordered = lists->filter.unordered,
                                          .keyed = lists->filter.array_keys};
    struct merge_conflicts conflicts = {0};
    struct delta_value out;
    if (merge_values(lists->arena, &lists->base, ours, theirs, &options, &out, &conflicts, NULL))
        return false;
    const struct delta_value *left =
        delta_filter_apply(lists->arena, &lists->filter, &lists->side, &out, NULL);
    return left && delta_value_equal(left, &lists->side) && conflicts.count == 0;
}

#endif
