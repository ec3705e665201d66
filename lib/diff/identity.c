/* What keys leave open goes through sequence_match (equality) and pairing_find (likeness).
 *
 * WINDOW is for arrays that changed in one place only, in which two elements tell too little of
 * what identifies one: of 16, 32 and 64, two lists without a key and six pairs of caniuse, mime-db
 * and compat data make the same records, with instructions within 0.2%. */
#include "diff/identity.h"

#include "base/err.h"
#include "base/hash.h"
#include "diff/keyed.h"
#include "diff/sequence.h"
#include "diff/symbols.h"

#include <string.h>

enum { WINDOW = 32 }; /* equal elements beside a change that are looked at to infer a key */

/* The elements that no key identifies. */
struct left_over {
    const struct delta_value **a, **b; /* they, or what of them counts */
    uint32_t *a_at, *b_at;             /* where they are in their arrays */
    uint32_t a_count, b_count;
    uint32_t *from;
    struct keyed keyed; /* of the whole arrays; without a key all is 0 */
};

static int project_all(struct delta_arena *arena, const struct identity_projection *projection,
                       const struct delta_value **elements, uint32_t count, struct delta_err *err) {
    struct delta_value *projected = arena_array(arena, count, sizeof *projected);
    if (!projected)
        return err_memory(err);
    for (uint32_t i = 0; i < count; i++) {
        if (projection->project(projection->context, elements[i], &projected[i]))
            return -1;
        elements[i] = &projected[i];
    }
    return 0;
}

static int project_left_over(struct delta_arena *arena, const struct identity_pair *pair,
                             struct left_over *left, struct delta_err *err) {
    return pair->projection && (project_all(arena, pair->projection, left->a, left->a_count, err) ||
                                project_all(arena, pair->projection, left->b, left->b_count, err))
               ? -1
               : 0;
}

static int open_left_over(struct delta_arena *arena, const struct identity_pair *pair,
                          struct left_over *left, struct delta_err *err) {
    size_t count = (size_t)pair->a_count + pair->b_count;
    left->a = arena_array(arena, count, sizeof *left->a);
    left->a_at = arena_array(arena, count + pair->b_count, sizeof *left->a_at);
    if (!left->a || !left->a_at)
        return err_memory(err);
    left->b = left->a + pair->a_count;
    left->b_at = left->a_at + pair->a_count;
    left->from = left->b_at + pair->b_count;
    left->a_count = left->b_count = 0;
    return 0;
}

/* Matches the elements whose key one element of each side has, and collects those without a key and
 * those of which a side has several. */
static int match_keys(struct delta_arena *arena, const struct identity_pair *pair,
                      const struct identity_key *key, uint32_t *from, struct left_over *left,
                      struct delta_err *err) {
    struct keyed *keyed = &left->keyed;
    bool has_key = key && key->count;
    if (has_key && keyed_find(arena, pair, key, keyed, err))
        return -1;
    for (uint32_t i = 0; i < pair->a_count; i++) {
        uint32_t own = has_key ? keyed->a_key[i] : NO_INDEX;
        if (keyed_identifies(keyed, own))
            continue;
        left->a_at[left->a_count] = i;
        left->a[left->a_count++] = &pair->a[i];
    }
    for (uint32_t j = 0; j < pair->b_count; j++) {
        uint32_t own = has_key ? keyed->b_key[j] : NO_INDEX;
        from[j] = NO_INDEX;
        if (keyed_identifies(keyed, own)) {
            from[j] = keyed->a_at[own];
            continue;
        }
        left->b_at[left->b_count] = j;
        left->b[left->b_count++] = &pair->b[j];
    }
    return 0;
}

static int put_symbols(struct symbols *table, const struct delta_value *const *elements,
                       uint32_t count, uint32_t *symbols, struct delta_err *err) {
    for (uint32_t i = 0; i < count; i++) {
        symbols[i] = symbols_put(table, value_hash(elements[i]));
        if (symbols[i] == NO_INDEX)
            return err_memory(err);
    }
    return 0;
}

/* Matches equal elements wherever they are, each of `b` with the first of `a` that is left. */
static int match_any_order(struct delta_arena *arena, struct sequence a, struct sequence b,
                           uint32_t alphabet, uint32_t *from, struct delta_err *err) {
    uint32_t *first = arena_array(arena, alphabet, sizeof *first);
    uint32_t *next = arena_array(arena, a.count, sizeof *next);
    if (!first || !next)
        return err_memory(err);
    for (uint32_t symbol = 0; symbol < alphabet; symbol++)
        first[symbol] = NO_INDEX;
    for (uint32_t i = a.count; i-- > 0;) {
        next[i] = first[a.symbols[i]];
        first[a.symbols[i]] = i;
    }
    for (uint32_t j = 0; j < b.count; j++) {
        from[j] = first[b.symbols[j]];
        if (from[j] != NO_INDEX)
            first[b.symbols[j]] = next[from[j]];
    }
    return 0;
}

static int match_equal(struct delta_arena *arena, const struct left_over *left,
                       enum pairing_mode mode, unsigned order, struct delta_err *err) {
    unsigned flags = order | (mode == PAIRING_NONE ? 0 : SEQUENCE_MOVES) |
                     (mode == PAIRING_SHOW ? SEQUENCE_REPEATED : 0);
    struct symbols table = {0};
    uint32_t *symbols = arena_array(arena, (size_t)left->a_count + left->b_count, sizeof *symbols);
    if (!symbols)
        return err_memory(err);
    struct sequence a = {symbols, left->a_count};
    struct sequence b = {symbols + left->a_count, left->b_count};
    int status = put_symbols(&table, left->a, a.count, symbols, err) ||
                         put_symbols(&table, left->b, b.count, symbols + a.count, err)
                     ? -1
                     : 0;
    if (status == 0)
        status = pairing_has_order(mode)
                     ? sequence_match(arena, a, b, table.count, flags, left->from, err)
                     : match_any_order(arena, a, b, table.count, left->from, err);
    symbols_free(&table);
    return status;
}

/* Notes which element that is left has each key, by its place among those that are left over. */
static void note_left(uint32_t *at, uint32_t symbol, uint32_t place) {
    if (symbol != NO_INDEX)
        at[symbol] = at[symbol] == NO_INDEX ? place : KEYED_SEVERAL;
}

/* Matches the elements whose key is repeated, but not among those that equality left: equal ends
 * that were trimmed leave the same ones. */
static int match_left_keys(struct delta_arena *arena, struct left_over *left,
                           struct delta_err *err) {
    struct keyed *keyed = &left->keyed;
    bool *taken = arena_alloc(arena, left->a_count);
    if (!taken)
        return err_memory(err);
    memset(taken, 0, left->a_count);
    memset(keyed->a_at, 0xff, keyed->count * sizeof *keyed->a_at);
    memset(keyed->b_at, 0xff, keyed->count * sizeof *keyed->b_at);
    for (uint32_t j = 0; j < left->b_count; j++) {
        if (left->from[j] != NO_INDEX)
            taken[left->from[j]] = true;
        else
            note_left(keyed->b_at, keyed->b_key[left->b_at[j]], j);
    }
    for (uint32_t i = 0; i < left->a_count; i++)
        if (!taken[i])
            note_left(keyed->a_at, keyed->a_key[left->a_at[i]], i);
    for (uint32_t j = 0; j < left->b_count; j++) {
        uint32_t own = keyed->b_key[left->b_at[j]];
        if (left->from[j] == NO_INDEX && own != NO_INDEX && keyed->b_at[own] == j &&
            keyed->a_at[own] < KEYED_SEVERAL)
            left->from[j] = keyed->a_at[own];
    }
    return 0;
}

static int match_all(struct delta_arena *arena, const struct identity_pair *pair,
                     const struct identity_key *key, enum pairing_mode mode, unsigned order,
                     uint32_t *from, struct delta_err *err) {
    struct left_over left = {0};
    if (open_left_over(arena, pair, &left, err) || match_keys(arena, pair, key, from, &left, err))
        return -1;
    if (left.a_count == 0 || left.b_count == 0)
        return 0;
    if (project_left_over(arena, pair, &left, err))
        return -1;
    struct pairing_arrays arrays = {.a = left.a,
                                    .b = left.b,
                                    .a_count = left.a_count,
                                    .b_count = left.b_count,
                                    .from = left.from};
    if (match_equal(arena, &left, mode, order, err) ||
        (left.keyed.repeated && !pairing_is_certain(mode) && match_left_keys(arena, &left, err)) ||
        pairing_find(arena, &arrays, mode, err))
        return -1;
    for (uint32_t j = 0; j < left.b_count; j++)
        if (left.from[j] != NO_INDEX)
            from[left.b_at[j]] = left.a_at[left.from[j]];
    return 0;
}

int identity_match(struct delta_arena *arena, const struct identity_pair *pair,
                   const struct identity_key *key, enum pairing_mode mode, unsigned order,
                   uint32_t *from, struct delta_err *err) {
    struct arena_mark mark = arena_mark(arena);
    int status = match_all(arena, pair, key, mode, order, from, err);
    arena_rewind(arena, mark);
    return status;
}

/* ---- Whole arrays ---- */

/* Gives back the elements at the start of the equal end over which a block between the ends could
 * slide: those that equal one of its elements. Mostly the first of them equals none. */
static int give_back(const struct identity_pair *pair, uint32_t prefix, uint32_t *suffix,
                     struct delta_err *err) {
    struct symbols between = {0};
    uint32_t a_end = pair->a_count - *suffix, b_end = pair->b_count - *suffix;
    int status = 0;
    if (!identity_has_equal(pair->a, prefix, a_end, &pair->a[a_end]) &&
        !identity_has_equal(pair->b, prefix, b_end, &pair->a[a_end]))
        return 0;
    for (uint32_t i = prefix; i < a_end && status == 0; i++)
        if (symbols_put(&between, value_hash(&pair->a[i])) == NO_INDEX)
            status = err_memory(err);
    for (uint32_t j = prefix; j < b_end && status == 0; j++)
        if (symbols_put(&between, value_hash(&pair->b[j])) == NO_INDEX)
            status = err_memory(err);
    uint32_t known = between.count;
    for (; *suffix && status == 0; --*suffix) {
        uint32_t symbol = symbols_put(&between, value_hash(&pair->b[pair->b_count - *suffix]));
        if (symbol == NO_INDEX)
            status = err_memory(err);
        else if (symbol >= known)
            break;
    }
    symbols_free(&between);
    return status;
}

/* Nothing where order does not count: which of equal elements, or of those with one key, are the
 * same ones must not depend on it. A merge of two orders would remove one of each. */
static int trim(const struct identity_pair *pair, enum pairing_mode mode, uint32_t *prefix,
                uint32_t *suffix, struct delta_err *err) {
    uint32_t shorter = pair->a_count < pair->b_count ? pair->a_count : pair->b_count;
    *prefix = *suffix = 0;
    if (!pairing_has_order(mode))
        return 0;
    while (*prefix < shorter && value_same(&pair->a[*prefix], &pair->b[*prefix]))
        ++*prefix;
    while (*suffix < shorter - *prefix &&
           value_same(&pair->a[pair->a_count - 1 - *suffix], &pair->b[pair->b_count - 1 - *suffix]))
        ++*suffix;
    return *suffix ? give_back(pair, *prefix, suffix, err) : 0;
}

/* The elements between the equal ends, and up to `beside` of each end. */
static struct identity_pair between(const struct identity_pair *pair, uint32_t prefix,
                                    uint32_t suffix, uint32_t beside) {
    uint32_t before = prefix < beside ? prefix : beside;
    uint32_t after = suffix < beside ? suffix : beside;
    return (struct identity_pair){.a = pair->a + (prefix - before),
                                  .b = pair->b + (prefix - before),
                                  .a_count = pair->a_count - prefix - suffix + before + after,
                                  .b_count = pair->b_count - prefix - suffix + before + after,
                                  .start = pair->start + prefix - before,
                                  .projection = pair->projection};
}

/* Matches the elements between the ends by a key that is inferred from them and `before` equal ones
 * in front of them, and others behind. */
static int align_inferred(struct delta_arena *arena, const struct identity_pair *middle,
                          const struct identity_pair *window, enum pairing_mode mode,
                          uint32_t *from, struct delta_err *err) {
    struct choice choice;
    uint32_t before = middle->start - window->start;
    if (inference_choose(arena, window, 1, &choice, err))
        return -1;
    if (choice.ambiguous) /* likeness decides between the keys */
        choice.best = NULL;
    if (!choice.best || !choice.best->complete)
        return identity_match(arena, middle, choice.best ? &choice.best->key : NULL, mode, 0, from,
                              err);
    for (uint32_t j = 0; j < middle->b_count; j++) {
        uint32_t i = choice.best->from[0][before + j];
        from[j] = i == NO_INDEX ? NO_INDEX : i - before;
    }
    return 0;
}

int identity_align(struct delta_arena *arena, const struct identity_pair *pair,
                   const struct identity_key *given, enum pairing_mode mode, uint32_t *from,
                   uint32_t *prefix, uint32_t *suffix, struct delta_err *err) {
    if (trim(pair, mode, prefix, suffix, err))
        return -1;
    struct arena_mark mark = arena_mark(arena);
    struct identity_pair middle = between(pair, *prefix, *suffix, 0);
    struct identity_pair window = between(pair, *prefix, *suffix, WINDOW);
    bool both = middle.a_count && middle.b_count;
    int status = !given && both
                     ? align_inferred(arena, &middle, &window, mode, from + *prefix, err)
                     : identity_match(arena, &middle, given, mode, 0, from + *prefix, err);
    arena_rewind(arena, mark);
    for (uint32_t j = 0; j < *prefix; j++)
        from[j] = j;
    for (uint32_t j = 0; j < middle.b_count; j++)
        if (from[*prefix + j] != NO_INDEX)
            from[*prefix + j] += *prefix;
    for (uint32_t j = 0; j < *suffix; j++)
        from[pair->b_count - 1 - j] = pair->a_count - 1 - j;
    return status;
}

int identity_key_of(struct delta_arena *arena, const struct identity_pair *pair,
                    struct identity_key *key, struct delta_err *err) {
    uint32_t prefix, suffix;
    struct choice choice;
    key->count = 0;
    if (trim(pair, PAIRING_SHOW, &prefix, &suffix, err))
        return -1;
    struct identity_pair window = between(pair, prefix, suffix, WINDOW);
    if (window.a_count == 0 || window.b_count == 0)
        return 0;
    if (inference_choose(arena, &window, 1, &choice, err))
        return -1;
    if (choice.best && !choice.ambiguous)
        *key = choice.best->key;
    return 0;
}
