/* Where elements repeat, the longest common order of base and side is not the only one, and a merge
 * that trusts one of them can remove an element that nobody removed. So an array without a key is
 * matched in several ways, all as good as the first: with blocks slid as far as they go, by the
 * longest common orders that are furthest apart, and through the other side. The last makes law 5
 * hold: if theirs is ours with further changes, then theirs by way of ours has the changes of ours
 * as they are, and the merge is theirs. What comes out differently in one of these ways is a
 * conflict. */
#include "merge/merge_align.h"

#include "base/err.h"
#include "diff/sequence.h"
#include "json/number.h"

#include <string.h>

static struct identity_pair pair_of(const struct delta_value *a, const struct delta_value *b) {
    return (struct identity_pair){
        .a = value_items(a), .b = value_items(b), .a_count = a->length, .b_count = b->length};
}

static enum pairing_mode mode_of(const struct merging *merging) {
    return merging->of_lines ? PAIRING_NONE : PAIRING_CERTAIN;
}

/* Whether an element has the key that was given. */
static bool has_key(const struct identity_key *key, const struct delta_value *array) {
    uint64_t hash;
    for (uint32_t i = 0; i < array->length; i++)
        if (identity_hash(key, &value_items(array)[i], &hash))
            return true;
    return false;
}

static int choose_key(struct merging *merging, struct delta_arena *arena,
                      const struct merging_path *path, struct merge_alignment *alignment) {
    const char *text;
    alignment->key.count = 0;
    if (merging->of_lines)
        return 0;
    if (merging_array_key(merging, path, &text))
        return -1;
    if (text && identity_key_parse(arena, text, &alignment->key, merging->err))
        return -1;
    if (text && (has_key(&alignment->key, alignment->base) ||
                 has_key(&alignment->key, alignment->sides[OURS]) ||
                 has_key(&alignment->key, alignment->sides[THEIRS]))) {
        alignment->given = true;
        return 0;
    }
    struct identity_pair pairs[2];
    for (int side = OURS; side <= THEIRS; side++)
        pairs[side] = pair_of(alignment->base, alignment->sides[side]);
    return identity_infer(arena, pairs, 2, &alignment->key, alignment->others,
                          &alignment->other_count, merging->err);
}

static int match_side(struct merging *merging, struct delta_arena *arena,
                      const struct merge_alignment *alignment, int side,
                      const struct identity_key *key, unsigned order, uint32_t **from) {
    struct identity_pair pair = pair_of(alignment->base, alignment->sides[side]);
    *from = arena_array(arena, pair.b_count, sizeof **from);
    if (!*from)
        return err_memory(merging->err);
    return identity_match(arena, &pair, key, mode_of(merging), order, *from, merging->err);
}

int merge_align(struct merging *merging, struct delta_arena *arena, const struct merging_path *path,
                struct merge_alignment *alignment) {
    if (choose_key(merging, arena, path, alignment))
        return -1;
    for (int side = OURS; side <= THEIRS; side++)
        if (match_side(merging, arena, alignment, side, &alignment->key, 0,
                       &alignment->from[MERGE_WAY_USUAL][side]))
            return -1;
    return 0;
}

/* The most elements that are in one order on both sides: what a move is not needed for. `tails` has
 * room for `count`. */
static uint32_t count_in_order(const uint32_t *from, uint32_t count, uint32_t *tails) {
    uint32_t longest = 0;
    for (uint32_t j = 0; j < count; j++) {
        uint32_t low = 0, high = longest;
        if (from[j] == NO_INDEX)
            continue;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (tails[middle] < from[j])
                low = middle + 1;
            else
                high = middle;
        }
        tails[low] = from[j];
        longest += low == longest;
    }
    return longest;
}

/* Whether the side, by `from`, has all that the other one added. */
static bool has_all_added(const uint32_t *from, uint32_t count, const uint32_t *other,
                          uint32_t other_count, uint32_t *missing) {
    for (uint32_t i = 0; i < other_count; i++)
        missing[i] = other[i] == NO_INDEX;
    for (uint32_t j = 0; j < count; j++)
        if (from[j] != NO_INDEX)
            missing[from[j]] = 0;
    for (uint32_t i = 0; i < other_count; i++)
        if (missing[i])
            return false;
    return true;
}

/* Matches `side` through the other one, of which it may be a further state: it has what that added.
 * Elements that only it and the base have are as usual. */
static int match_through(struct merging *merging, struct delta_arena *arena,
                         struct merge_alignment *alignment, int side, uint32_t **out) {
    const uint32_t *other = alignment->from[MERGE_WAY_USUAL][1 - side];
    const uint32_t *usual = alignment->from[MERGE_WAY_USUAL][side];
    uint32_t length = alignment->base->length;
    struct identity_pair pair = pair_of(alignment->sides[1 - side], alignment->sides[side]);
    uint32_t *from = arena_array(arena, pair.b_count, sizeof *from);
    bool *used = arena_alloc(arena, (size_t)length + 1);
    *out = NULL;
    if (!from || !used)
        return err_memory(merging->err);
    memset(used, 0, length);
    if (identity_match(arena, &pair, NULL, mode_of(merging), 0, from, merging->err))
        return -1;
    uint32_t *missing = arena_array(arena, pair.a_count, sizeof *missing);
    if (!missing)
        return err_memory(merging->err);
    if (!has_all_added(from, pair.b_count, other, pair.a_count, missing))
        return 0;
    for (uint32_t j = 0; j < pair.b_count; j++) {
        from[j] = from[j] == NO_INDEX ? NO_INDEX : other[from[j]];
        if (from[j] != NO_INDEX)
            used[from[j]] = true;
    }
    /* What only the side and the base have is as usual, where that keeps the order. */
    uint32_t *next = arena_array(arena, (size_t)pair.b_count + 1, sizeof *next);
    if (!next)
        return err_memory(merging->err);
    next[pair.b_count] = length;
    for (uint32_t j = pair.b_count; j-- > 0;)
        next[j] = from[j] == NO_INDEX ? next[j + 1] : from[j];
    int64_t last = -1;
    for (uint32_t j = 0; j < pair.b_count; j++) {
        uint32_t i = usual[j];
        if (from[j] == NO_INDEX && i != NO_INDEX && !used[i] && last < i && i < next[j]) {
            from[j] = i;
            used[i] = true;
        }
        if (from[j] != NO_INDEX)
            last = from[j];
    }
    if (count_in_order(from, pair.b_count, next) >= count_in_order(usual, pair.b_count, next))
        *out = from;
    return 0;
}

static struct delta_value *reversed(struct delta_arena *arena, const struct delta_value *array) {
    struct delta_value *elements = arena_array(arena, array->length, sizeof *elements);
    for (uint32_t i = 0; elements && i < array->length; i++)
        elements[i] = value_items(array)[array->length - 1 - i];
    return elements;
}

static int match_backwards(struct merging *merging, struct delta_arena *arena,
                           struct merge_alignment *alignment, int side, uint32_t **out) {
    struct identity_pair pair = pair_of(alignment->base, alignment->sides[side]);
    uint32_t *from = arena_array(arena, pair.b_count, sizeof *from);
    uint32_t *back = arena_array(arena, pair.b_count, sizeof *back);
    pair.a = reversed(arena, alignment->base);
    pair.b = reversed(arena, alignment->sides[side]);
    if (!from || !back || !pair.a || !pair.b)
        return err_memory(merging->err);
    if (identity_match(arena, &pair, NULL, mode_of(merging), 0, back, merging->err))
        return -1;
    for (uint32_t j = 0; j < pair.b_count; j++)
        from[pair.b_count - 1 - j] = back[j] == NO_INDEX ? NO_INDEX : pair.a_count - 1 - back[j];
    *out = from;
    return 0;
}

static bool same(const uint32_t *a, const uint32_t *b, uint32_t count) {
    return count == 0 || memcmp(a, b, count * sizeof *a) == 0;
}

int merge_align_by(struct merging *merging, struct delta_arena *arena,
                   const struct merge_alignment *alignment, const struct identity_key *key,
                   uint32_t *from[2]) {
    for (int side = OURS; side <= THEIRS; side++)
        if (match_side(merging, arena, alignment, side, key, 0, &from[side]))
            return -1;
    return 0;
}

static void drop_if_same(uint32_t **way, uint32_t **other, const uint32_t counts[2]) {
    if (way[OURS] && other[OURS] && same(way[OURS], other[OURS], counts[OURS]) &&
        same(way[THEIRS], other[THEIRS], counts[THEIRS]))
        way[OURS] = way[THEIRS] = NULL;
}

int merge_align_otherwise(struct merging *merging, struct delta_arena *arena,
                          struct merge_alignment *alignment) {
    uint32_t **usual = alignment->from[MERGE_WAY_USUAL];
    uint32_t **slid = alignment->from[MERGE_WAY_SLID];
    uint32_t **back = alignment->from[MERGE_WAY_BACKWARDS];
    uint32_t **remove_first = alignment->from[MERGE_WAY_REMOVE_FIRST];
    uint32_t **insert_first = alignment->from[MERGE_WAY_INSERT_FIRST];
    uint32_t counts[2] = {alignment->sides[OURS]->length, alignment->sides[THEIRS]->length};
    for (int side = OURS; side <= THEIRS; side++) {
        uint32_t **through =
            alignment->from[side == THEIRS ? MERGE_WAY_THROUGH_OURS : MERGE_WAY_THROUGH_THEIRS];
        if (match_side(merging, arena, alignment, side, NULL, SEQUENCE_SLIDE_ALL, &slid[side]) ||
            match_side(merging, arena, alignment, side, NULL, SEQUENCE_REMOVE_FIRST,
                       &remove_first[side]) ||
            match_side(merging, arena, alignment, side, NULL, SEQUENCE_INSERT_FIRST,
                       &insert_first[side]) ||
            match_backwards(merging, arena, alignment, side, &back[side]) ||
            match_through(merging, arena, alignment, side, &through[side]))
            return -1;
        through[1 - side] = usual[1 - side];
        if (!through[side] || same(through[side], usual[side], counts[side]))
            through[OURS] = through[THEIRS] = NULL;
    }
    for (int way = MERGE_WAY_SLID; way <= MERGE_WAY_INSERT_FIRST; way++)
        for (int before = MERGE_WAY_USUAL; before < way; before++)
            drop_if_same(alignment->from[way], alignment->from[before], counts);
    return 0;
}

static bool has_added(const uint32_t *from, uint32_t count) {
    for (uint32_t j = 0; j < count; j++)
        if (from[j] == NO_INDEX)
            return true;
    return false;
}

int merge_align_added_apart(struct merging *merging, struct delta_arena *arena,
                            const struct merge_alignment *alignment, bool *apart) {
    uint32_t *const *usual = alignment->from[MERGE_WAY_USUAL];
    struct identity_pair pair = pair_of(alignment->sides[OURS], alignment->sides[THEIRS]);
    *apart = false;
    if (!has_added(usual[OURS], pair.a_count) || !has_added(usual[THEIRS], pair.b_count))
        return 0;
    uint32_t *from = arena_array(arena, pair.b_count, sizeof *from);
    uint32_t *rank = arena_array(arena, pair.a_count, sizeof *rank);
    if (!from || !rank)
        return err_memory(merging->err);
    if (identity_match(arena, &pair, &alignment->key, mode_of(merging), 0, from, merging->err))
        return -1;
    /* Of the elements that both have, the rank in ours. */
    memset(rank, 0, pair.a_count * sizeof *rank);
    for (uint32_t j = 0; j < pair.b_count; j++)
        if (from[j] != NO_INDEX)
            rank[from[j]] = 1;
    for (uint32_t i = 0, before = 0; i < pair.a_count; i++) {
        uint32_t both = rank[i];
        rank[i] = before;
        before += both;
    }
    /* Those before an added one are the same on both sides when they are as many, and none of them
     * has a higher rank. */
    uint32_t before = 0, highest = 0;
    for (uint32_t j = 0; j < pair.b_count && !*apart; j++) {
        if (from[j] == NO_INDEX)
            continue;
        uint32_t own = rank[from[j]];
        bool added = usual[OURS][from[j]] == NO_INDEX && usual[THEIRS][j] == NO_INDEX;
        *apart = added && (own != before || (before && highest > own));
        highest = own > highest ? own : highest;
        before++;
    }
    return 0;
}

static int compare_parts(const struct delta_value *a, const struct delta_value *b) {
    if (!a || !b)
        return (b != NULL) - (a != NULL);
    if (a->type == DELTA_STRING && b->type == DELTA_STRING) {
        uint32_t shorter = a->length < b->length ? a->length : b->length;
        int order = memcmp(a->text, b->text, shorter);
        return order ? order : (a->length > b->length) - (a->length < b->length);
    }
    if (a->type == DELTA_NUMBER && b->type == DELTA_NUMBER)
        return number_compare(a->text, a->length, b->text, b->length);
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    struct delta_digest left = delta_value_digest(a), right = delta_value_digest(b);
    if (left.high != right.high)
        return left.high < right.high ? -1 : 1;
    return (left.low > right.low) - (left.low < right.low);
}

int merge_align_compare(const struct identity_key *key, const struct delta_value *a,
                        const struct delta_value *b) {
    for (uint32_t n = 0; n < key->count; n++) {
        int order = compare_parts(pointer_find(&key->parts[n], a), pointer_find(&key->parts[n], b));
        if (order)
            return order;
    }
    struct delta_digest left = delta_value_digest(a), right = delta_value_digest(b);
    if (left.high != right.high)
        return left.high < right.high ? -1 : 1;
    return (left.low > right.low) - (left.low < right.low);
}
