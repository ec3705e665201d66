/* Which elements a side moved is not always certain: of two that changed places, either did. What
 * is kept is a longest increasing subsequence of the old indices. The longest one through each
 * entry is known from one pass in either direction (increasing.c); an entry is in some of the
 * longest ones if that is as long, and in all of them if no other one can be at its rank.
 *
 * Where there are several, the one is taken that agrees most with the other side: so that what both
 * moved is moved by both. Each side is compared with what is certain of the other, so that it does
 * not matter which is ours. A Fenwick tree of maxima has the best subsequence that an entry
 * continues, in O(log n). Of equally good ones the first is taken: two sides that moved the same
 * elements, and did other things elsewhere, make one choice. Only a side with a move needs that. */
#include "merge/merge_side.h"

#include "base/err.h"
#include "merge/increasing.h"

#include <string.h>

/* The longest increasing subsequence (of indices in the base) through an entry has before[i] +
 * after[i] + 1 elements, of which before[i] precede the entry. */
struct subsequences {
    uint32_t *before, *after;
    uint32_t longest;
    uint32_t *alternatives; /* by `before`: how many entries can be at that rank of a longest one */
};

static bool is_in_longest(const struct subsequences *found, uint32_t entry) {
    return found->before[entry] + found->after[entry] + 1 == found->longest;
}

static int find_subsequences(const struct side *side, struct subsequences *out,
                             struct delta_err *err) {
    uint32_t *storage = arena_array(side->scratch, 4 * (size_t)side->count + 1, sizeof *storage);
    if (!storage)
        return err_memory(err);
    *out = (struct subsequences){.before = storage,
                                 .after = storage + side->count,
                                 .alternatives = storage + 2 * (size_t)side->count};
    uint32_t *tails = out->alternatives + side->count;
    for (uint32_t i = 0; i < side->count; i++)
        if (side->entries[i].old != NO_INDEX)
            out->before[i] = increasing_put(tails, &out->longest, side->entries[i].old);
    uint32_t length = 0;
    for (uint32_t i = side->count; i-- > 0;) /* from the end the values decrease: complement them */
        if (side->entries[i].old != NO_INDEX)
            out->after[i] = increasing_put(tails, &length, ~side->entries[i].old);
    memset(out->alternatives, 0, side->count * sizeof *out->alternatives);
    for (uint32_t i = 0; i < side->count; i++)
        if (side->entries[i].old != NO_INDEX && is_in_longest(out, i))
            out->alternatives[out->before[i]]++;
    return 0;
}

/* Keeps what is in some longest increasing subsequence, and marks what is not in every one. */
static int find_kept(struct side *side, struct delta_err *err) {
    struct subsequences found;
    if (find_subsequences(side, &found, err))
        return -1;
    for (uint32_t i = 0; i < side->count; i++) {
        uint32_t old = side->entries[i].old;
        if (old == NO_INDEX)
            continue;
        side->kept[old] = is_in_longest(&found, i);
        side->may_move[old] = side->kept[old] && found.alternatives[found.before[i]] > 1;
        side->ambiguous |= side->may_move[old];
    }
    return 0;
}

static bool is_ascending(const struct side *side) {
    uint32_t next = 0;
    for (uint32_t i = 0; i < side->count; i++) {
        uint32_t old = side->entries[i].old;
        if (old == NO_INDEX)
            continue;
        if (old < next)
            return false;
        next = old + 1;
    }
    return true;
}

/* ---- The choice of what is kept ---- */

/* Subsequences of a side's entries, each known by the entry at its end. */
struct choice {
    uint32_t *before; /* the entry before the last one; NO_INDEX: none */
    uint64_t *weight; /* 2^32 times the entries, plus how well they agree with the other side */
    uint32_t *best;   /* a Fenwick tree over the base: the heaviest one that ends there */
};

static uint32_t heavier(const struct choice *choice, uint32_t one, uint32_t other) {
    if (one == NO_INDEX || other == NO_INDEX)
        return one == NO_INDEX ? other : one;
    if (choice->weight[one] != choice->weight[other])
        return choice->weight[one] > choice->weight[other] ? one : other;
    return one < other ? one : other;
}

static uint32_t best_below(const struct choice *choice, uint32_t old) {
    uint32_t best = NO_INDEX;
    for (uint32_t at = old; at; at &= at - 1)
        best = heavier(choice, best, choice->best[at]);
    return best;
}

static void put_best(const struct choice *choice, uint32_t length, uint32_t old, uint32_t entry) {
    for (uint64_t at = (uint64_t)old + 1; at <= length; at += at & -at)
        choice->best[at] = heavier(choice, choice->best[at], entry);
}

static uint64_t agreement(const struct side *other, uint32_t old) {
    return other->kept[old] ? (other->may_move[old] ? 1 : 2) : 0;
}

/* Fills `chosen`, by element of the base. */
static int choose(const struct side *side, const struct side *other, bool *chosen,
                  struct delta_err *err) {
    struct choice choice = {
        .before = arena_array(side->scratch, side->count, sizeof *choice.before),
        .weight = arena_array(side->scratch, side->count, sizeof *choice.weight),
        .best = arena_array(side->scratch, (size_t)side->length + 1, sizeof *choice.best)};
    if (!choice.before || !choice.weight || !choice.best)
        return err_memory(err);
    memset(choice.best, 0xff, ((size_t)side->length + 1) * sizeof *choice.best);
    uint32_t last = NO_INDEX;
    for (uint32_t i = 0; i < side->count; i++) {
        if (!side_entry_is_kept(side, i))
            continue;
        uint32_t old = side->entries[i].old, before = best_below(&choice, old);
        choice.before[i] = before;
        choice.weight[i] = ((uint64_t)1 << 32) + agreement(other, old) +
                           (before == NO_INDEX ? 0 : choice.weight[before]);
        put_best(&choice, side->length, old, i);
        last = heavier(&choice, last, i);
    }
    memset(chosen, 0, side->length * sizeof *chosen);
    for (; last != NO_INDEX; last = choice.before[last])
        chosen[side->entries[last].old] = true;
    return 0;
}

int side_choose(struct side sides[2], struct delta_err *err) {
    bool *chosen[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        if (!sides[i].ambiguous)
            continue;
        chosen[i] = arena_array(sides[i].scratch, sides[i].length, sizeof *chosen[i]);
        if (!chosen[i])
            return err_memory(err);
        if (choose(&sides[i], &sides[1 - i], chosen[i], err))
            return -1;
    }
    for (int i = 0; i < 2; i++)
        for (uint32_t old = 0; chosen[i] && old < sides[i].length; old++) {
            sides[i].kept[old] &= chosen[i][old];
            sides[i].may_move[old] &= chosen[i][old];
        }
    return 0;
}

/* ---- Making a side ---- */

/* Allocates a side of `count` entries, with room for elements that side_rebuild restores. */
static int open_side(struct side *side, uint64_t count, struct delta_err *err) {
    struct delta_arena *scratch = side->scratch;
    uint32_t length = side->length;
    side->entries = arena_array(scratch, count + length, sizeof *side->entries);
    side->position = arena_array(scratch, length, sizeof *side->position);
    side->edit = arena_array(scratch, length, sizeof *side->edit);
    side->kept = arena_array(scratch, length, sizeof *side->kept);
    side->may_move = arena_array(scratch, length, sizeof *side->may_move);
    side->to_restore = arena_array(scratch, length, sizeof *side->to_restore);
    side->to_remove = arena_array(scratch, length, sizeof *side->to_remove);
    side->replaced = arena_array(scratch, length, sizeof *side->replaced);
    if (!side->entries || !side->position || !side->edit || !side->kept || !side->may_move ||
        !side->to_restore || !side->to_remove || !side->replaced || count + length > UINT32_MAX)
        return err_memory(err);
    for (uint32_t i = 0; i < length; i++) {
        side->position[i] = side->replaced[i] = NO_INDEX;
        side->edit[i] = NULL;
        side->kept[i] = side->may_move[i] = side->to_restore[i] = side->to_remove[i] = false;
    }
    return 0;
}

static void put_items(struct side *side, const struct delta_patch *patch) {
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_item *item = &patch->items[i];
        for (uint32_t j = 0; j < item->count; j++) {
            struct entry *entry = &side->entries[side->count];
            if (item->kind == PATCH_INSERT) {
                *entry =
                    (struct entry){.old = NO_INDEX, .value = &item->values[j], .at = side->count};
            } else {
                uint32_t old = item->from + j;
                *entry = (struct entry){.old = old, .at = side->count};
                side->position[old] = side->count;
                side->kept[old] = true;
                if (item->kind == PATCH_EDIT)
                    side->edit[old] = item->nested;
            }
            side->count++;
        }
    }
    side->own_count = side->count;
}

int side_make(struct side *side, struct delta_arena *scratch, const struct delta_patch *patch,
              struct delta_err *err) {
    *side = (struct side){.scratch = scratch, .length = patch->length};
    uint64_t count = 0;
    for (uint32_t i = 0; i < patch->count; i++)
        count += patch->items[i].count;
    if (open_side(side, count, err))
        return -1;
    put_items(side, patch);
    return is_ascending(side) ? 0 : find_kept(side, err);
}

/* Elements [old, old + count) of the base, and the entries from `start` on that are in their place:
 * if all of the former were removed, and all of the latter are new scalars, makes edits of them. */
static int edit_replaced(struct side *side, struct delta_arena *arena, uint32_t old, uint32_t start,
                         uint32_t count, struct delta_err *err) {
    for (uint32_t i = 0; i < count; i++)
        if (side->position[old + i] != NO_INDEX || side->entries[start + i].old != NO_INDEX ||
            value_is_container(side->entries[start + i].value))
            return 0;
    for (uint32_t i = 0; i < count; i++) {
        struct entry *entry = &side->entries[start + i];
        side->edit[old + i] = patch_whole(arena, entry->value, err);
        if (!side->edit[old + i])
            return -1;
        *entry = (struct entry){.old = old + i, .at = entry->at};
        side->position[old + i] = start + i;
        side->kept[old + i] = true;
        side->replaced[old + i] = old;
    }
    return 0;
}

int side_find_edits(struct side *side, struct delta_arena *arena, struct delta_err *err) {
    uint32_t old = 0, start = 0; /* behind the last kept element, in the base and here */
    for (uint32_t i = 0; i <= side->count; i++) {
        if (i < side->count && !side_entry_is_kept(side, i))
            continue;
        uint32_t next = i < side->count ? side->entries[i].old : side->length;
        if (next - old == i - start && edit_replaced(side, arena, old, start, i - start, err))
            return -1;
        old = next + 1;
        start = i + 1;
    }
    return 0;
}

/* Whether the side inserted or moved something beside or among elements [old, end) of the base. */
static bool is_touched(const struct side *side, uint32_t old, uint32_t end) {
    uint32_t expected = NO_INDEX; /* the position after that of the element before */
    for (uint32_t i = old; i < end; i++) {
        uint32_t position = side->position[i];
        if (position == NO_INDEX)
            continue; /* removed: a conflict of this element alone */
        if (!side->kept[i] || (position > 0 && !side_entry_is_kept(side, position - 1)) ||
            (expected != NO_INDEX && position != expected))
            return true;
        expected = position + 1;
    }
    return expected != NO_INDEX && expected < side->count && !side_entry_is_kept(side, expected);
}

/* Makes an edited element of the base the removed one, and the new scalar, that it was before. */
static void undo_edit(struct side *side, uint32_t old) {
    struct entry *entry = &side->entries[side->position[old]];
    *entry = (struct entry){.old = NO_INDEX, .value = &side->edit[old]->value, .at = entry->at};
    side->position[old] = side->replaced[old] = NO_INDEX;
    side->edit[old] = NULL;
    side->kept[old] = false;
}

bool side_undo_edits(struct side *side, const struct side *other) {
    bool undone = false;
    for (uint32_t old = 0; old < side->length;) {
        uint32_t end = old + 1;
        while (end < side->length && side->replaced[old] != NO_INDEX &&
               side->replaced[end] == side->replaced[old])
            end++;
        bool undo = side->replaced[old] != NO_INDEX && is_touched(other, old, end);
        undone |= undo;
        for (; old < end; old++)
            if (undo)
                undo_edit(side, old);
    }
    return undone;
}

int side_rebuild(struct side *side, struct delta_err *err) {
    struct entry *before = arena_array(side->scratch, side->count, sizeof *before);
    if (!before)
        return err_memory(err);
    uint32_t before_count = side->count, count = 0;
    uint32_t next = 0; /* the first element of the base that may still be restored */
    memcpy(before, side->entries, side->count * sizeof *before);
    for (uint32_t i = 0; i <= before_count; i++) {
        bool end = i == before_count;
        uint32_t old = end ? NO_INDEX : before[i].old;
        if (end || (old != NO_INDEX && side->kept[old] && !side->to_restore[old])) {
            for (; next < (end ? side->length : old); next++)
                if (side->to_restore[next])
                    side->entries[count++] = (struct entry){.old = next, .at = NO_INDEX};
            next = old + 1;
        }
        if (!end && (old == NO_INDEX || (!side->to_remove[old] && !side->to_restore[old])))
            side->entries[count++] = before[i];
    }
    side->count = count;
    for (uint32_t i = 0; i < side->length; i++) {
        side->position[i] = NO_INDEX;
        side->kept[i] = (side->kept[i] || side->to_restore[i]) && !side->to_remove[i];
    }
    for (uint32_t i = 0; i < count; i++)
        if (side->entries[i].old != NO_INDEX)
            side->position[side->entries[i].old] = i;
    return 0;
}

bool side_is_complete(const struct side *side) {
    for (uint32_t i = 0; i < side->length; i++)
        if (!side->kept[i])
            return false;
    return side->count == side->length;
}
