/* The paths of all longest common subsequences through the grid of `a` and `b` lie between two of
 * them: the one that goes along `a` wherever that costs nothing, and the one that goes along `b`.
 * Found with the table of the lengths from each point on, of which only the diagonals are kept that
 * such a path can touch: with M elements that match, no path removes more than a - M elements or
 * inserts more than b - M. */
#include "diff/extreme_lcs.h"

#include "base/err.h"

enum { POINTS_MAX = 4 << 20 }; /* of the grid that are looked at: 16 MB */

struct grid {
    const uint32_t *a, *b;
    uint32_t a_count, b_count;
    uint32_t removed, inserted; /* at most */
    uint32_t *lengths;          /* by point, a row for each element of `a` */
};

static bool in_grid(const struct grid *g, uint32_t i, uint32_t j) {
    return i <= g->a_count && j <= g->b_count && j + (uint64_t)g->removed >= i &&
           j <= i + (uint64_t)g->inserted;
}

static uint32_t *length_at(const struct grid *g, uint32_t i, uint32_t j) {
    size_t width = (size_t)g->removed + g->inserted + 1;
    return &g->lengths[i * width + (j + (size_t)g->removed - i)];
}

/* The most elements that can match from a point on. */
static uint32_t longest_from(const struct grid *g, uint32_t i, uint32_t j) {
    return in_grid(g, i, j) ? *length_at(g, i, j) : 0;
}

static void measure(const struct grid *g) {
    for (uint32_t i = g->a_count + 1; i-- > 0;) {
        uint64_t end = i + (uint64_t)g->inserted < g->b_count ? i + g->inserted : g->b_count;
        uint32_t start = i > g->removed ? i - g->removed : 0;
        for (uint64_t at = end + 1; at-- > start;) {
            uint32_t j = (uint32_t)at;
            uint32_t removing = longest_from(g, i + 1, j), inserting = longest_from(g, i, j + 1);
            uint32_t longest = removing > inserting ? removing : inserting;
            if (i < g->a_count && j < g->b_count && g->a[i] == g->b[j] &&
                longest_from(g, i + 1, j + 1) + 1 > longest)
                longest = longest_from(g, i + 1, j + 1) + 1;
            *length_at(g, i, j) = longest;
        }
    }
}

static void follow(const struct grid *g, bool remove_first, uint32_t *source) {
    uint32_t i = 0, j = 0;
    while (i < g->a_count || j < g->b_count) {
        uint32_t left = longest_from(g, i, j);
        bool can_remove = in_grid(g, i + 1, j) && longest_from(g, i + 1, j) == left;
        bool can_insert = in_grid(g, i, j + 1) && longest_from(g, i, j + 1) == left;
        if (remove_first ? can_remove : can_insert)
            remove_first ? i++ : j++;
        else if (i < g->a_count && j < g->b_count && g->a[i] == g->b[j] &&
                 longest_from(g, i + 1, j + 1) + 1 == left)
            source[j++] = i++;
        else
            can_remove ? i++ : j++;
    }
}

int extreme_lcs(struct delta_arena *arena, struct sequence a, struct sequence b, bool remove_first,
                uint32_t *source, struct delta_err *err) {
    uint32_t matched = 0;
    for (uint32_t j = 0; j < b.count; j++)
        matched += source[j] != NO_INDEX;
    struct grid grid = {.a = a.symbols,
                        .b = b.symbols,
                        .a_count = a.count,
                        .b_count = b.count,
                        .removed = a.count - matched,
                        .inserted = b.count - matched};
    uint64_t width = (uint64_t)grid.removed + grid.inserted + 1;
    if (width * (a.count + (uint64_t)1) > POINTS_MAX)
        return 0;
    struct arena_mark mark = arena_mark(arena);
    grid.lengths = arena_array(arena, (size_t)width * ((size_t)a.count + 1), sizeof(uint32_t));
    if (!grid.lengths)
        return err_memory(err);
    measure(&grid);
    for (uint32_t j = 0; j < b.count; j++)
        source[j] = NO_INDEX;
    follow(&grid, remove_first, source);
    arena_rewind(arena, mark);
    return 0;
}
