#include "merge/merge_side.h"

#include "base/err.h"
#include "patch/moves.h"

#include <string.h>

/* Which elements could as well be the moved ones: those without which as many of the side's old
 * elements are in the order of the base. The longest orders through each are counted by the longest
 * before it and behind it; one that alone has its place in them is in all of them. */
static int find_movable(struct side *side, struct delta_err *err) {
    uint32_t *room = arena_array(side->scratch, 4 * ((size_t)side->count + 1), sizeof *room);
    if (!room)
        return err_memory(err);
    uint32_t *rank = room, *after = rank + side->count, *tails = after + side->count;
    uint32_t *holders = tails + side->count + 1;
    uint32_t longest = 0;
    for (int back = 0; back < 2; back++) {
        uint32_t *lengths = back ? after : rank;
        uint32_t reached = 0;
        for (uint32_t n = 0; n < side->count; n++) {
            uint32_t i = back ? side->count - 1 - n : n;
            if (side->entries[i].old == NO_INDEX)
                continue;
            /* Backwards the order descends: as ascending, of the distance from the end. */
            uint32_t at = back ? NO_INDEX - 1 - side->entries[i].old : side->entries[i].old;
            uint32_t low = 0, high = reached;
            while (low < high) {
                uint32_t middle = low + (high - low) / 2;
                if (tails[middle] < at)
                    low = middle + 1;
                else
                    high = middle;
            }
            tails[low] = at;
            reached += low == reached;
            lengths[i] = low;
        }
        longest = reached;
    }
    memset(holders, 0, side->count * sizeof *holders);
    for (uint32_t i = 0; i < side->count; i++)
        if (side->entries[i].old != NO_INDEX && rank[i] + after[i] + 1 == longest)
            holders[rank[i]]++;
    for (uint32_t i = 0; i < side->count; i++)
        if (side_entry_stays(side, i))
            side->may_move[side->entries[i].old] =
                rank[i] + after[i] + 1 != longest || holders[rank[i]] > 1;
    return 0;
}

int side_make(struct side *side, struct delta_arena *scratch, const struct delta_patch *patch,
              struct delta_err *err) {
    *side = (struct side){.scratch = scratch, .length = patch->length};
    uint64_t count = 0;
    for (uint32_t i = 0; i < patch->count; i++)
        count += patch->items[i].count;
    uint32_t length = patch->length;
    /* Room for elements that are restored. */
    side->entries = arena_array(scratch, count + length, sizeof *side->entries);
    side->place = arena_array(scratch, length, sizeof *side->place);
    side->edit = arena_array(scratch, length, sizeof *side->edit);
    side->stays = arena_array(scratch, length, sizeof *side->stays);
    side->may_move = arena_array(scratch, length, sizeof *side->may_move);
    side->reconstructed = arena_array(scratch, length, sizeof *side->reconstructed);
    side->erased = arena_array(scratch, length, sizeof *side->erased);
    side->replaced = arena_array(scratch, length, sizeof *side->replaced);
    bool *moved = arena_array(scratch, patch->count, sizeof *moved);
    if (!side->entries || !side->place || !side->edit || !side->stays || !side->may_move ||
        !side->reconstructed || !side->erased || !side->replaced || !moved ||
        count + length > UINT32_MAX)
        return err_memory(err);
    for (uint32_t i = 0; i < length; i++) {
        side->place[i] = side->replaced[i] = NO_INDEX;
        side->edit[i] = NULL;
        side->stays[i] = side->may_move[i] = side->reconstructed[i] = side->erased[i] = false;
    }
    if (moves_find(patch, moved, err))
        return -1;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_item *item = &patch->items[i];
        for (uint32_t j = 0; j < item->count; j++) {
            struct entry *entry = &side->entries[side->count];
            if (item->kind == PATCH_INSERT) {
                *entry = (struct entry){NO_INDEX, &item->values[j], side->count};
            } else {
                uint32_t old = item->from + j;
                *entry = (struct entry){old, NULL, side->count};
                side->place[old] = side->count;
                side->stays[old] = !moved[i];
                if (item->kind == PATCH_EDIT)
                    side->edit[old] = item->nested;
            }
            side->count++;
        }
    }
    side->own_count = side->count;
    for (uint32_t i = 0; i < patch->count; i++)
        if (moved[i])
            return find_movable(side, err);
    return 0;
}

/* Elements [old, old + count) of the base were dropped, and as many scalars stand from `start` on
 * in their place: then each was edited. */
static int edit_replaced(struct side *side, struct delta_arena *arena, uint32_t old, uint32_t start,
                         uint32_t count, struct delta_err *err) {
    for (uint32_t i = 0; i < count; i++)
        if (side->place[old + i] != NO_INDEX || side->entries[start + i].old != NO_INDEX ||
            value_is_container(side->entries[start + i].value))
            return 0;
    for (uint32_t i = 0; i < count; i++) {
        struct entry *entry = &side->entries[start + i];
        side->edit[old + i] = patch_whole(arena, entry->value, err);
        if (!side->edit[old + i])
            return -1;
        *entry = (struct entry){old + i, NULL, entry->at};
        side->place[old + i] = start + i;
        side->stays[old + i] = true;
        side->replaced[old + i] = old;
    }
    return 0;
}

int side_find_edits(struct side *side, struct delta_arena *arena, struct delta_err *err) {
    uint32_t old = 0; /* the element of the base behind the last that stays */
    uint32_t start = 0;
    for (uint32_t i = 0; i <= side->count; i++) {
        if (i < side->count && !side_entry_stays(side, i))
            continue;
        uint32_t next = i < side->count ? side->entries[i].old : side->length;
        if (next - old == i - start && edit_replaced(side, arena, old, start, i - start, err))
            return -1;
        old = next + 1;
        start = i + 1;
    }
    return 0;
}

/* Whether a side inserted or moved something at elements [old, end) of the base. */
static bool is_touched(const struct side *side, uint32_t old, uint32_t end) {
    uint32_t expected = NO_INDEX; /* the position behind the element before */
    for (uint32_t i = old; i < end; i++) {
        uint32_t position = side->place[i];
        if (position == NO_INDEX)
            continue; /* removed: a conflict of the element itself */
        if (!side->stays[i] || (position > 0 && !side_entry_stays(side, position - 1)) ||
            (expected != NO_INDEX && position != expected))
            return true;
        expected = position + 1;
    }
    return expected != NO_INDEX && expected < side->count && !side_entry_stays(side, expected);
}

bool side_undo_edits(struct side *side, const struct side *other) {
    bool undone = false;
    for (uint32_t old = 0; old < side->length;) {
        uint32_t end = old + 1;
        while (end < side->length && side->replaced[old] != NO_INDEX &&
               side->replaced[end] == side->replaced[old])
            end++;
        bool undo = side->replaced[old] != NO_INDEX && is_touched(other, old, end);
        for (; old < end; old++) {
            if (!undo)
                continue;
            struct entry *entry = &side->entries[side->place[old]];
            *entry = (struct entry){NO_INDEX, &side->edit[old]->value, entry->at};
            side->place[old] = side->replaced[old] = NO_INDEX;
            side->edit[old] = NULL;
            side->stays[old] = false;
            undone = true;
        }
    }
    return undone;
}

int side_rebuild(struct side *side, struct delta_err *err) {
    struct entry *room = arena_array(side->scratch, side->count, sizeof *room);
    if (!room)
        return err_memory(err);
    uint32_t count = 0;
    uint32_t next = 0; /* the first element of the base not looked at for restoring */
    memcpy(room, side->entries, side->count * sizeof *room);
    uint32_t old_count = side->count;
    for (uint32_t i = 0; i <= old_count; i++) {
        uint32_t old = i < old_count ? room[i].old : NO_INDEX;
        bool stays = old != NO_INDEX && side->stays[old] && !side->reconstructed[old];
        if (stays || i == old_count) {
            uint32_t end = i < old_count ? old : side->length;
            for (; next < end; next++)
                if (side->reconstructed[next])
                    side->entries[count++] = (struct entry){next, NULL, NO_INDEX};
            next = end + 1;
        }
        if (i < old_count && (old == NO_INDEX || (!side->erased[old] && !side->reconstructed[old])))
            side->entries[count++] = room[i];
    }
    side->count = count;
    for (uint32_t i = 0; i < side->length; i++) {
        side->place[i] = NO_INDEX;
        side->stays[i] = (side->stays[i] || side->reconstructed[i]) && !side->erased[i];
    }
    for (uint32_t i = 0; i < count; i++)
        if (side->entries[i].old != NO_INDEX)
            side->place[side->entries[i].old] = i;
    return 0;
}

bool side_is_complete(const struct side *side) {
    for (uint32_t i = 0; i < side->length; i++)
        if (!side->stays[i])
            return false;
    return side->count == side->length;
}
