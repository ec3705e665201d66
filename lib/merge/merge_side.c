/* Which elements a side moved is not always certain: of two that changed places, either did. Those
 * that moves_find takes for kept are one choice of many. An element is certain to be kept if every
 * longest increasing subsequence of the old indices has it: the longest one through each entry is
 * known from one pass in either direction (increasing.c), and an entry is in all of them if no
 * other one can be at its rank. Only a side with a move needs that. */
#include "merge/merge_side.h"

#include "base/err.h"
#include "merge/increasing.h"
#include "patch/moves.h"

#include <string.h>

/* The longest increasing subsequence (of indices in the base) through an entry has before[i] +
 * after[i] + 1 elements, of which before[i] precede the entry. */
struct subsequences {
    uint32_t *before, *after;
    uint32_t longest;
    uint32_t *alternatives; /* by `before`: how many entries can be at that rank of a longest one */
};

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
        if (side->entries[i].old != NO_INDEX && out->before[i] + out->after[i] + 1 == out->longest)
            out->alternatives[out->before[i]]++;
    return 0;
}

/* Marks the kept elements that are not in every longest increasing subsequence: those that are not
 * alone at their rank of one. */
static int find_movable(struct side *side, struct delta_err *err) {
    struct subsequences found;
    if (find_subsequences(side, &found, err))
        return -1;
    for (uint32_t i = 0; i < side->count; i++)
        if (side_entry_is_kept(side, i))
            side->may_move[side->entries[i].old] =
                found.before[i] + found.after[i] + 1 != found.longest ||
                found.alternatives[found.before[i]] > 1;
    return 0;
}

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

static void put_items(struct side *side, const struct delta_patch *patch, const bool *moved) {
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
                side->kept[old] = !moved[i];
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
    bool *moved = arena_array(scratch, patch->count, sizeof *moved);
    if (!moved)
        return err_memory(err);
    if (open_side(side, count, err) || moves_find(patch, moved, err))
        return -1;
    put_items(side, patch, moved);
    for (uint32_t i = 0; i < patch->count; i++)
        if (moved[i])
            return find_movable(side, err);
    return 0;
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
