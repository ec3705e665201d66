/* One side of the merge of an array, against all ways to choose the moved elements. */
#include "merge/increasing.h"
#include "merge/merge_side.h"
#include "tests/unit/check.h"

enum { MOST = 7 }; /* elements: 128 subsets */

/* Whether the entries of a set, in their order, are elements of the base in rising order. */
static bool is_rising(const struct side *side, unsigned set) {
    int64_t last = -1;
    for (uint32_t i = 0; i < side->count; i++) {
        if (!(set & 1u << i))
            continue;
        if (side->entries[i].old == NO_INDEX || side->entries[i].old <= last)
            return false;
        last = side->entries[i].old;
    }
    return true;
}

/* A random order of some elements of the base, with new values among them. */
static const struct delta_patch *random_side(struct delta_arena *arena, uint64_t *seed,
                                             uint32_t length) {
    struct patch_items items = {0};
    struct delta_err err = {0};
    struct delta_value value = value_number("7", 1);
    uint32_t order[MOST];
    for (uint32_t i = 0; i < length; i++) {
        uint32_t j = check_below(seed, i + 1);
        order[i] = i;
        order[i] = order[j];
        order[j] = i;
    }
    for (uint32_t i = 0; i < length; i++) {
        if (check_below(seed, 5) == 0)
            patch_items_insert(&items, arena, &value, 1);
        else if (check_below(seed, 6))
            patch_items_copy(&items, order[i], 1);
    }
    return patch_items_close(&items, arena, PATCH_ARRAY, length, &err);
}

/* A side beside another one that did the same. */
static bool make_side(struct delta_arena *arena, const struct delta_patch *patch,
                      struct side *side) {
    struct side sides[2];
    struct delta_err err = {0};
    bool made = patch && side_make(&sides[0], arena, patch, &err) == 0 &&
                side_make(&sides[1], arena, patch, &err) == 0 && side_choose(sides, &err) == 0;
    *side = sides[0];
    return made && memcmp(sides[0].kept, sides[1].kept, patch->length) == 0;
}

/* Kept is one of the largest sets in rising order; what is in all of these cannot have moved. */
static void moved_elements(void) {
    uint64_t seed = check_seed();
    unsigned movable = 0;
    for (int round = 0; round < 2000; round++) {
        struct delta_arena *arena = delta_arena_new();
        uint32_t length = 1 + check_below(&seed, MOST);
        const struct delta_patch *patch = random_side(arena, &seed, length);
        struct side side;
        REQUIRE(make_side(arena, patch, &side));
        unsigned kept = 0, longest = 0, in_all = ~0u;
        for (uint32_t i = 0; i < side.count; i++)
            kept |= (unsigned)side_entry_is_kept(&side, i) << i;
        for (unsigned set = 0; set < 1u << side.count; set++) {
            unsigned size = (unsigned)__builtin_popcount(set);
            if (!is_rising(&side, set) || size < longest)
                continue;
            in_all = size > longest ? set : in_all & set;
            longest = size;
        }
        CHECK(is_rising(&side, kept));
        CHECK_EQ_INT(__builtin_popcount(kept), longest);
        for (uint32_t i = 0; i < side.count; i++) {
            if (!(kept & 1u << i))
                continue;
            CHECK_EQ_INT(side.may_move[side.entries[i].old], !(in_all & 1u << i));
            movable += side.may_move[side.entries[i].old];
        }
        delta_arena_free(arena);
    }
    CHECK(movable > 100);
}

/* Appends the restored elements that belong in front of element `end` of the base. */
static void put_restored(const struct side *before, uint32_t *next, uint32_t end, uint32_t *want,
                         uint32_t *count) {
    for (; *next < end; ++*next)
        if (before->to_restore[*next])
            want[(*count)++] = *next;
}

static void rebuilt_sides(void) {
    uint64_t seed = check_seed();
    for (int round = 0; round < 2000; round++) {
        struct delta_arena *arena = delta_arena_new();
        uint32_t length = 1 + check_below(&seed, MOST), want[2 * MOST], count = 0, next = 0;
        const struct delta_patch *patch = random_side(arena, &seed, length);
        struct side side;
        struct delta_err err = {0};
        REQUIRE(make_side(arena, patch, &side));
        for (uint32_t i = 0; i < length; i++) {
            bool in_order = side.position[i] != NO_INDEX && side.kept[i];
            unsigned choice = check_below(&seed, 3);
            side.to_remove[i] = choice == 0 && side.position[i] != NO_INDEX;
            side.to_restore[i] = choice == 1 && !in_order;
        }
        for (uint32_t i = 0; i < side.count; i++) {
            uint32_t old = side.entries[i].old;
            if (side_entry_is_kept(&side, i))
                put_restored(&side, &next, old, want, &count);
            if (old == NO_INDEX || (!side.to_remove[old] && !side.to_restore[old]))
                want[count++] = old;
        }
        put_restored(&side, &next, length, want, &count);
        CHECK(side_rebuild(&side, &err) == 0);
        CHECK_EQ_INT(side.count, count);
        for (uint32_t i = 0; i < count && i < side.count; i++) {
            CHECK_EQ_INT(side.entries[i].old, want[i]);
            if (want[i] == NO_INDEX)
                continue;
            CHECK_EQ_INT(side.position[want[i]], i);
            if (side.to_restore[want[i]])
                CHECK(side.kept[want[i]] && side.entries[i].at == NO_INDEX);
        }
        for (uint32_t i = 0; i < length; i++)
            CHECK(!side.to_remove[i] || (side.position[i] == NO_INDEX && !side.kept[i]));
        delta_arena_free(arena);
    }
}

static void increasing_subsequences(void) {
    static const uint32_t values[] = {3, 1, 4, 0, 5, 9, 2, 6}, ranks[] = {0, 0, 1, 0, 2, 3, 1, 3};
    uint32_t tails[8], length = 0;
    for (int i = 0; i < 8; i++)
        CHECK_EQ_INT(increasing_put(tails, &length, values[i]), ranks[i]);
    CHECK_EQ_INT(length, 4);
}

int main(void) {
    RUN(increasing_subsequences);
    RUN(moved_elements);
    RUN(rebuilt_sides);
    return check_done();
}
