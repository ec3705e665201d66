/* The elements that stay are those of the heaviest ascending chain of runs. One pass over the runs
 * in their new order: the best chain that a run continues is the heaviest of those that end with an
 * old element before it, a prefix maximum, which a Fenwick tree over the ranks of the old elements
 * has in O(log runs). A patch whose runs ascend, as most do, is done after looking at them once. */
#include "patch/moves.h"

#include "base/array.h"
#include "base/err.h"

#include <stdlib.h>
#include <string.h>

/* A run in the new order. */
struct run {
    uint32_t item;
    uint32_t from;
    uint32_t rank;   /* by `from` among all runs */
    uint32_t before; /* the run that stays before it in the best chain; NO_INDEX: none */
    /* Of the best chain that ends here: 2^32 times the elements that stay, plus those of them whose
     * index stays the same, which decides between chains of one length: in a reversal of three
     * the middle one stays. */
    uint64_t weight;
    uint32_t same; /* elements of this run whose index stays the same: all or none */
};

static int compare_from(const void *a, const void *b, void *runs_by_index) {
    const struct run *runs = runs_by_index;
    uint32_t left = runs[*(const uint32_t *)a].from;
    uint32_t right = runs[*(const uint32_t *)b].from;
    return (left > right) - (left < right);
}

/* The run of the heaviest chain among those of lower rank: `heaviest` is a Fenwick tree of
 * maxima. */
static uint32_t best_below(const struct run *runs, const uint32_t *heaviest, uint32_t rank) {
    uint32_t best = NO_INDEX;
    for (uint32_t at = rank; at; at &= at - 1)
        if (heaviest[at] != NO_INDEX &&
            (best == NO_INDEX || runs[heaviest[at]].weight > runs[best].weight))
            best = heaviest[at];
    return best;
}

static void put_chain(const struct run *runs, uint32_t *heaviest, uint32_t count, uint32_t run) {
    for (uint64_t at = (uint64_t)runs[run].rank + 1; at <= count; at += at & -at)
        if (heaviest[at] == NO_INDEX || runs[run].weight > runs[heaviest[at]].weight)
            heaviest[at] = run;
}

/* Marks all runs as moved but those of the heaviest ascending chain. */
static void mark_moved(const struct delta_patch *patch, struct run *runs, uint32_t count,
                       uint32_t *heaviest, bool *moved) {
    for (uint32_t i = 0; i <= count; i++)
        heaviest[i] = NO_INDEX;
    uint32_t best = NO_INDEX;
    for (uint32_t i = 0; i < count; i++) {
        runs[i].before = best_below(runs, heaviest, runs[i].rank);
        runs[i].weight = ((uint64_t)patch->items[runs[i].item].count << 32) + runs[i].same +
                         (runs[i].before == NO_INDEX ? 0 : runs[runs[i].before].weight);
        put_chain(runs, heaviest, count, i);
        if (best == NO_INDEX || runs[i].weight > runs[best].weight)
            best = i;
        moved[runs[i].item] = true;
    }
    for (; best != NO_INDEX; best = runs[best].before)
        moved[runs[best].item] = false;
}

int moves_find(const struct delta_patch *patch, bool *moved, struct delta_err *err) {
    bool ascending = true;
    uint32_t count = 0, last = 0;
    for (uint32_t i = 0; i < patch->count; i++) {
        moved[i] = false;
        if (patch->items[i].kind == PATCH_INSERT)
            continue;
        ascending &= count == 0 || patch->items[i].from > last;
        last = patch->items[i].from;
        count++;
    }
    if (ascending)
        return 0;
    struct run *runs = reallocarray(NULL, count, sizeof *runs);
    uint32_t *order = reallocarray(NULL, (size_t)count + 1, sizeof *order);
    int status = -1;
    if (!runs || !order) {
        err_memory(err);
        goto out;
    }
    count = 0;
    uint64_t index = 0;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_item *item = &patch->items[i];
        if (item->kind != PATCH_INSERT) {
            order[count] = count;
            runs[count++] = (struct run){
                .item = i, .from = item->from, .same = index == item->from ? item->count : 0};
        }
        index += item->count;
    }
    qsort_r(order, count, sizeof *order, compare_from, runs);
    for (uint32_t i = 0; i < count; i++)
        runs[order[i]].rank = i;
    mark_moved(patch, runs, count, order, moved);
    status = 0;
out:
    free(runs);
    free(order);
    return status;
}
