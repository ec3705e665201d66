/* Aligning the three states of an array.
 *
 * Where elements repeat, base and side have more than one longest common subsequence, and a merge
 * that trusts one of them can remove an element that neither side removed. So an array in which
 * something changed that no key identifies is aligned in up to seven ways, each as good as the
 * default: with blocks slid as far as they go, by the extreme longest common subsequences, and
 * through the other side. What the alternatives merge to a different result is a conflict.
 *
 * The alignments through the other side give this law: if theirs is ours with further changes, the
 * merge is theirs. Ours and theirs are matched first, so that what both have is one element, with
 * the counterpart in the base that the other side gives it.
 *
 * The alternatives are most of what a merge costs: of three arrays of 20,000 strings with one to
 * three changes on each side, 57% of the instructions of delta-merge. They are not computed where
 * keys identify all that changed, nor where both sides made only edits in place (merge_array.c). */
#include "merge/merge_align.h"

#include "base/err.h"
#include "diff/sequence.h"
#include "diff/symbols.h"
#include "merge/increasing.h"
#include "json/number.h"

#include <string.h>

static struct identity_pair pair_of(const struct delta_value *a, const struct delta_value *b) {
    return (struct identity_pair){
        .a = value_items(a), .b = value_items(b), .a_count = a->length, .b_count = b->length};
}

static enum pairing_mode mode_of(const struct merge_context *context,
                                 const struct merge_alignment *alignment) {
    if (context->by_lines)
        return PAIRING_NONE;
    return alignment->unordered ? PAIRING_CERTAIN_ANY_ORDER : PAIRING_CERTAIN;
}

/* Whether any element of the array has the key. */
static bool has_key(const struct identity_key *key, const struct delta_value *array) {
    uint64_t hash;
    for (uint32_t i = 0; i < array->length; i++)
        if (identity_hash(key, &value_items(array)[i], &hash))
            return true;
    return false;
}

static int choose_key(struct merge_context *context, struct delta_arena *arena,
                      const struct merge_path *path, struct merge_alignment *alignment) {
    const char *text;
    alignment->key.count = 0;
    if (context->by_lines)
        return 0;
    if (merge_array_key(context, path, &text))
        return -1;
    if (text && identity_key_parse(arena, text, &alignment->key, context->err))
        return -1;
    if (text && (has_key(&alignment->key, alignment->base) ||
                 has_key(&alignment->key, alignment->sides[OURS]) ||
                 has_key(&alignment->key, alignment->sides[THEIRS]))) {
        alignment->key_given = true;
        return 0;
    }
    struct identity_pair pairs[2];
    for (int side = OURS; side <= THEIRS; side++)
        pairs[side] = pair_of(alignment->base, alignment->sides[side]);
    return identity_infer(arena, pairs, 2, &alignment->key, alignment->others,
                          &alignment->other_count, context->err);
}

/* Fills `at`, by the symbol of its value, with the last of the equal elements of the base that the
 * side lacks. */
static int list_removed(const struct merge_alignment *alignment, int side, const uint32_t *from,
                        struct delta_arena *arena, struct symbols *values, uint32_t **at,
                        struct delta_err *err) {
    const struct delta_value *base = alignment->base;
    bool *matched = arena_array(arena, base->length, sizeof *matched);
    *at = arena_array(arena, base->length, sizeof **at);
    if (!matched || !*at)
        return err_memory(err);
    memset(matched, 0, base->length * sizeof *matched);
    for (uint32_t j = 0; j < alignment->sides[side]->length; j++)
        if (from[j] != NO_INDEX)
            matched[from[j]] = true;
    for (uint32_t i = 0; i < base->length; i++) {
        if (matched[i])
            continue;
        uint32_t symbol = symbols_put(values, value_hash(&value_items(base)[i]));
        if (symbol == NO_INDEX)
            return err_memory(err);
        (*at)[symbol] = i;
    }
    return 0;
}

/* What is taken for an edit of an element that is like it, and equals another one that the side
 * lacks, is that one, moved. So it is of elements that no key identifies. */
static int match_equal(struct merge_context *context, struct delta_arena *arena,
                       const struct merge_alignment *alignment, int side,
                       const struct identity_key *key, uint32_t *from) {
    const struct delta_value *base = alignment->base, *array = alignment->sides[side];
    struct symbols removed = {0};
    uint32_t *at = NULL;
    int status = 0;
    for (uint32_t j = 0; j < array->length && status == 0; j++) {
        const struct delta_value *element = &value_items(array)[j];
        uint64_t hash;
        if (from[j] == NO_INDEX || value_same(&value_items(base)[from[j]], element) ||
            (key->count && identity_hash(key, element, &hash)))
            continue;
        if (!at)
            status = list_removed(alignment, side, from, arena, &removed, &at, context->err);
        uint32_t symbol = status ? NO_INDEX : symbols_find(&removed, value_hash(element));
        if (symbol == NO_INDEX || at[symbol] == NO_INDEX)
            continue;
        from[j] = at[symbol];
        at[symbol] = NO_INDEX;
    }
    symbols_free(&removed);
    return status;
}

static int match_side(struct merge_context *context, struct delta_arena *arena,
                      const struct merge_alignment *alignment, int side,
                      const struct identity_key *key, unsigned order, uint32_t **from) {
    struct identity_pair pair = pair_of(alignment->base, alignment->sides[side]);
    *from = arena_array(arena, pair.b_count, sizeof **from);
    if (!*from)
        return err_memory(context->err);
    if (identity_match(arena, &pair, key, mode_of(context, alignment), order, *from, context->err))
        return -1;
    return context->by_lines ? 0 : match_equal(context, arena, alignment, side, key, *from);
}

/* Whether the side has an element of the base unchanged there. */
static bool is_unchanged(const struct merge_alignment *alignment, int side, uint32_t j) {
    uint32_t i = alignment->from[MERGE_ALIGN_DEFAULT][side][j];
    return i != NO_INDEX &&
           value_same(&value_items(alignment->base)[i], &value_items(alignment->sides[side])[j]);
}

/* Finds what both sides have and the base has not: `at[symbol]` is the first of such elements of
 * ours, by value, and `next` the next one of each. */
static int list_changed(const struct merge_alignment *alignment, struct symbols *values,
                        uint32_t *at, uint32_t *next, struct delta_err *err) {
    const struct delta_value *ours = alignment->sides[OURS];
    for (uint32_t j = ours->length; j-- > 0;) {
        if (is_unchanged(alignment, OURS, j))
            continue;
        uint32_t known = values->count;
        uint32_t symbol = symbols_put(values, value_hash(&value_items(ours)[j]));
        if (symbol == NO_INDEX)
            return err_memory(err);
        next[j] = symbol == known ? NO_INDEX : at[symbol];
        at[symbol] = j;
    }
    return 0;
}

/* Where order does not count, what both sides have and the base has not is one element that both
 * added, not what is like it in the base, changed by one of them: it would be there twice. */
static int unmatch_added(struct delta_arena *arena, struct merge_alignment *alignment,
                         struct delta_err *err) {
    uint32_t *const *from = alignment->from[MERGE_ALIGN_DEFAULT];
    const struct delta_value *theirs = alignment->sides[THEIRS];
    uint32_t count = alignment->sides[OURS]->length;
    struct symbols values = {0};
    uint32_t *at = arena_array(arena, count, sizeof *at);
    uint32_t *next = arena_array(arena, count, sizeof *next);
    int status = at && next ? list_changed(alignment, &values, at, next, err) : err_memory(err);
    for (uint32_t j = 0; j < theirs->length && status == 0; j++) {
        uint32_t symbol = is_unchanged(alignment, THEIRS, j)
                              ? NO_INDEX
                              : symbols_find(&values, value_hash(&value_items(theirs)[j]));
        uint32_t own = symbol == NO_INDEX ? NO_INDEX : at[symbol];
        if (own == NO_INDEX)
            continue;
        at[symbol] = next[own];
        from[OURS][own] = from[THEIRS][j] = NO_INDEX;
    }
    symbols_free(&values);
    return status;
}

int merge_align(struct merge_context *context, struct delta_arena *arena,
                const struct merge_path *path, struct merge_alignment *alignment) {
    int unordered = merge_is_unordered(context, path);
    if (unordered < 0)
        return -1;
    alignment->unordered = unordered;
    if (choose_key(context, arena, path, alignment))
        return -1;
    for (int side = OURS; side <= THEIRS; side++)
        if (match_side(context, arena, alignment, side, &alignment->key, 0,
                       &alignment->from[MERGE_ALIGN_DEFAULT][side]))
            return -1;
    return alignment->unordered ? unmatch_added(arena, alignment, context->err) : 0;
}

/* The length of the longest increasing subsequence of what `from` maps to the base: how many
 * elements need not be moved. `tails` has room for `count`. */
static uint32_t count_in_order(const uint32_t *from, uint32_t count, uint32_t *tails) {
    uint32_t longest = 0;
    for (uint32_t j = 0; j < count; j++)
        if (from[j] != NO_INDEX)
            increasing_put(tails, &longest, from[j]);
    return longest;
}

/* Whether the side, matched with the other by `from`, has all elements that the other added: those
 * that `other` maps to nothing. `missing` has room for `other_count`. */
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

/* Adds to an alignment through the other side what only the base and this side have, as in the
 * default alignment, where that keeps the order of what is matched already. `next` has room for one
 * number per element, and one more. */
static void add_unmatched(uint32_t *from, const uint32_t *by_default, uint32_t count,
                          uint32_t base_length, bool *used, uint32_t *next) {
    next[count] = base_length; /* next[j]: what the next matched element is matched with */
    for (uint32_t j = count; j-- > 0;)
        next[j] = from[j] == NO_INDEX ? next[j + 1] : from[j];
    int64_t last = -1;
    for (uint32_t j = 0; j < count; j++) {
        uint32_t i = by_default[j];
        if (from[j] == NO_INDEX && i != NO_INDEX && !used[i] && last < i && i < next[j]) {
            from[j] = i;
            used[i] = true;
        }
        if (from[j] != NO_INDEX)
            last = from[j];
    }
}

/* Aligns `side` with the base through the other side. `*out` is NULL where that cannot be: the side
 * lacks something that the other added, so it is not a later state of it, or more would be moved
 * than by default. */
static int match_through(struct merge_context *context, struct delta_arena *arena,
                         struct merge_alignment *alignment, int side, uint32_t **out) {
    const uint32_t *other = alignment->from[MERGE_ALIGN_DEFAULT][1 - side];
    const uint32_t *by_default = alignment->from[MERGE_ALIGN_DEFAULT][side];
    uint32_t length = alignment->base->length;
    struct identity_pair pair = pair_of(alignment->sides[1 - side], alignment->sides[side]);
    uint32_t *from = arena_array(arena, pair.b_count, sizeof *from);
    uint32_t *missing = arena_array(arena, pair.a_count, sizeof *missing);
    uint32_t *scratch = arena_array(arena, (size_t)pair.b_count + 1, sizeof *scratch);
    bool *used = arena_alloc(arena, (size_t)length + 1); /* elements of the base that are matched */
    *out = NULL;
    if (!from || !missing || !scratch || !used)
        return err_memory(context->err);
    memset(used, 0, length);
    if (identity_match(arena, &pair, &alignment->key, mode_of(context, alignment), 0, from,
                       context->err))
        return -1;
    if (!has_all_added(from, pair.b_count, other, pair.a_count, missing))
        return 0;
    for (uint32_t j = 0; j < pair.b_count; j++) {
        from[j] = from[j] == NO_INDEX ? NO_INDEX : other[from[j]];
        if (from[j] != NO_INDEX)
            used[from[j]] = true;
    }
    add_unmatched(from, by_default, pair.b_count, length, used, scratch);
    if (count_in_order(from, pair.b_count, scratch) >=
        count_in_order(by_default, pair.b_count, scratch))
        *out = from;
    return 0;
}

static struct delta_value *reversed(struct delta_arena *arena, const struct delta_value *array) {
    struct delta_value *elements = arena_array(arena, array->length, sizeof *elements);
    for (uint32_t i = 0; elements && i < array->length; i++)
        elements[i] = value_items(array)[array->length - 1 - i];
    return elements;
}

static int match_reversed(struct merge_context *context, struct delta_arena *arena,
                          struct merge_alignment *alignment, int side, uint32_t **out) {
    struct identity_pair pair = pair_of(alignment->base, alignment->sides[side]);
    uint32_t *from = arena_array(arena, pair.b_count, sizeof *from);
    uint32_t *back = arena_array(arena, pair.b_count, sizeof *back);
    pair.a = reversed(arena, alignment->base);
    pair.b = reversed(arena, alignment->sides[side]);
    if (!from || !back || !pair.a || !pair.b)
        return err_memory(context->err);
    if (identity_match(arena, &pair, &alignment->key, mode_of(context, alignment), 0, back,
                       context->err))
        return -1;
    for (uint32_t j = 0; j < pair.b_count; j++)
        from[pair.b_count - 1 - j] = back[j] == NO_INDEX ? NO_INDEX : pair.a_count - 1 - back[j];
    *out = from;
    return 0;
}

static bool same(const uint32_t *a, const uint32_t *b, uint32_t count) {
    return count == 0 || memcmp(a, b, count * sizeof *a) == 0;
}

int merge_align_by(struct merge_context *context, struct delta_arena *arena,
                   const struct merge_alignment *alignment, const struct identity_key *key,
                   uint32_t *from[2]) {
    for (int side = OURS; side <= THEIRS; side++)
        if (match_side(context, arena, alignment, side, key, 0, &from[side]))
            return -1;
    return 0;
}

/* Takes the default alignment of a side for those that have more elements moved: what no key
 * identifies is matched as if nothing were between, and could be taken for what is on the other
 * side of an element that a key identifies. */
static int keep_order(struct merge_context *context, struct delta_arena *arena,
                      struct merge_alignment *alignment, int side) {
    uint32_t *by_default = alignment->from[MERGE_ALIGN_DEFAULT][side];
    uint32_t count = alignment->sides[side]->length;
    uint32_t *tails = arena_array(arena, (size_t)count + 1, sizeof *tails);
    if (!tails)
        return err_memory(context->err);
    uint32_t in_order = count_in_order(by_default, count, tails);
    for (int kind = MERGE_ALIGN_SLID; kind <= MERGE_ALIGN_INSERT_FIRST; kind++)
        if (count_in_order(alignment->from[kind][side], count, tails) < in_order)
            alignment->from[kind][side] = by_default;
    return 0;
}

static void drop_if_same(uint32_t **from, uint32_t **other, const uint32_t counts[2]) {
    if (from[OURS] && other[OURS] && same(from[OURS], other[OURS], counts[OURS]) &&
        same(from[THEIRS], other[THEIRS], counts[THEIRS]))
        from[OURS] = from[THEIRS] = NULL;
}

/* Aligns one side through the other. The other one is aligned as by default. */
static int align_through(struct merge_context *context, struct delta_arena *arena,
                         struct merge_alignment *alignment, int side) {
    uint32_t **by_default = alignment->from[MERGE_ALIGN_DEFAULT];
    uint32_t **through =
        alignment->from[side == THEIRS ? MERGE_ALIGN_THROUGH_OURS : MERGE_ALIGN_THROUGH_THEIRS];
    if (match_through(context, arena, alignment, side, &through[side]))
        return -1;
    through[1 - side] = by_default[1 - side];
    if (!through[side] || same(through[side], by_default[side], alignment->sides[side]->length))
        through[OURS] = through[THEIRS] = NULL;
    return 0;
}

int merge_align_alternatives(struct merge_context *context, struct delta_arena *arena,
                             struct merge_alignment *alignment) {
    static const unsigned orders[MERGE_ALIGNMENTS] = {
        [MERGE_ALIGN_SLID] = SEQUENCE_SLIDE_ALL,
        [MERGE_ALIGN_REMOVE_FIRST] = SEQUENCE_REMOVE_FIRST,
        [MERGE_ALIGN_INSERT_FIRST] = SEQUENCE_INSERT_FIRST,
    };
    uint32_t counts[2] = {alignment->sides[OURS]->length, alignment->sides[THEIRS]->length};
    for (int side = OURS; side <= THEIRS; side++) {
        for (int kind = 0; kind < MERGE_ALIGNMENTS; kind++)
            if (orders[kind] && match_side(context, arena, alignment, side, &alignment->key,
                                           orders[kind], &alignment->from[kind][side]))
                return -1;
        if (match_reversed(context, arena, alignment, side,
                           &alignment->from[MERGE_ALIGN_REVERSED][side]) ||
            align_through(context, arena, alignment, side) ||
            (alignment->key.count && keep_order(context, arena, alignment, side)))
            return -1;
    }
    for (int kind = MERGE_ALIGN_SLID; kind <= MERGE_ALIGN_INSERT_FIRST; kind++)
        for (int before = MERGE_ALIGN_DEFAULT; before < kind; before++)
            drop_if_same(alignment->from[kind], alignment->from[before], counts);
    return 0;
}

static bool has_added(const uint32_t *from, uint32_t count) {
    for (uint32_t j = 0; j < count; j++)
        if (from[j] == NO_INDEX)
            return true;
    return false;
}

/* Fills rank[i] with the number of elements before i that the other side has too. */
static void rank_common(const uint32_t *from, uint32_t count, uint32_t *rank, uint32_t rank_count) {
    memset(rank, 0, rank_count * sizeof *rank);
    for (uint32_t j = 0; j < count; j++)
        if (from[j] != NO_INDEX)
            rank[from[j]] = 1;
    for (uint32_t i = 0, before = 0; i < rank_count; i++) {
        uint32_t common = rank[i];
        rank[i] = before;
        before += common;
    }
}

/* Whether that is so when the elements of the other side are matched with those of `side`. */
static int is_reordered(struct merge_context *context, struct delta_arena *arena,
                        const struct merge_alignment *alignment, int side, bool *reordered) {
    const uint32_t *added = alignment->from[MERGE_ALIGN_DEFAULT][side];
    const uint32_t *other = alignment->from[MERGE_ALIGN_DEFAULT][1 - side];
    struct identity_pair pair = pair_of(alignment->sides[side], alignment->sides[1 - side]);
    uint32_t *from = arena_array(arena, pair.b_count, sizeof *from);
    uint32_t *rank = arena_array(arena, pair.a_count, sizeof *rank);
    if (!from || !rank)
        return err_memory(context->err);
    if (identity_match(arena, &pair, &alignment->key, mode_of(context, alignment), 0, from,
                       context->err))
        return -1;
    rank_common(from, pair.b_count, rank, pair.a_count);
    /* The common elements before an added one are the same on both sides if they are as many, and
     * none of them has a higher rank. */
    uint32_t before = 0, highest = 0;
    for (uint32_t j = 0; j < pair.b_count && !*reordered; j++) {
        if (from[j] == NO_INDEX)
            continue;
        uint32_t own = rank[from[j]];
        bool both = added[from[j]] == NO_INDEX && other[j] == NO_INDEX;
        *reordered = both && (own != before || (before && highest > own));
        highest = own > highest ? own : highest;
        before++;
    }
    return 0;
}

int merge_align_added_reordered(struct merge_context *context, struct delta_arena *arena,
                                const struct merge_alignment *alignment, bool *reordered) {
    uint32_t *const *by_default = alignment->from[MERGE_ALIGN_DEFAULT];
    *reordered = false;
    if (!has_added(by_default[OURS], alignment->sides[OURS]->length) ||
        !has_added(by_default[THEIRS], alignment->sides[THEIRS]->length))
        return 0;
    /* What no key identifies may be matched otherwise from the other side. */
    for (int side = OURS; side <= THEIRS && !*reordered; side++)
        if (is_reordered(context, arena, alignment, side, reordered))
            return -1;
    return 0;
}

static int compare_digests(const struct delta_value *a, const struct delta_value *b) {
    struct delta_digest left = delta_value_digest(a), right = delta_value_digest(b);
    if (left.high != right.high)
        return left.high < right.high ? -1 : 1;
    return (left.low > right.low) - (left.low < right.low);
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
    return compare_digests(a, b);
}

int merge_align_compare(const struct identity_key *key, const struct delta_value *a,
                        const struct delta_value *b) {
    for (uint32_t n = 0; n < key->count; n++) {
        int order = compare_parts(identity_part(key, n, a), identity_part(key, n, b));
        if (order)
            return order;
    }
    return compare_digests(a, b);
}
