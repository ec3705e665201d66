/* The rules of inference answer what went wrong without them: a member that is unique in one state
 * by chance is not shared by the other (half of the shorter state); a position or a rank is unique
 * and shared, but content moves from one to the next when something is inserted before it; and of
 * two real keys (a surrogate `id` that is made anew with every export, a natural `sku`) the changes
 * tell: a candidate has to halve them, so that a renamed element does not unseat its `id`. What
 * changed within a long string counts for little, as in the patch.
 *
 * Why these constants: the candidates are bounded for time: a list of 6,000 objects without a key
 * takes 108 million instructions, 84 with STRINGS_MAX of 2, 89 with COMBINED_MAX of 3, for the same
 * bytes; 16 and 8, and NUMBERS_MAX of 1 and 8, change neither. Of the 600 documents of
 * scripts/bench-pairing with three seeds, none depends on STRINGS_MAX, NUMBERS_MAX, COMBINED_MAX,
 * MEMBERS_MAX (8, 256), FEW (16, 256), MANY (1,024, 65,536), LIKELY (4, 16) or DEPTH_MAX (2): these
 * are bounds for inputs that are larger, or that a test describes. */
#include "diff/inference.h"

#include "base/err.h"
#include "diff/displaced.h"
#include "diff/pairing.h"
#include "diff/similarity.h"

#include <string.h>

enum {
    STRINGS_MAX = 8, /* candidates that are not usual names */
    NUMBERS_MAX = 4,
    CANDIDATES_MAX = 7 + STRINGS_MAX + NUMBERS_MAX,
    COMBINED_MAX = 6, /* candidates that are tried in pairs: 15 of them */
    MEMBERS_MAX =
        64, /* of an element and of each object in it, that are looked at for candidates */
    KEY_LENGTH_MAX = 512, /* bytes: a longer string is content */
    FEW = 64,             /* pairs of elements that are compared to see how much has to change */
    MANY = 8192,   /* elements from which the first good key is taken without trying others */
    LIKELY = 8,    /* keys that both states have, from which on a string is not unique by chance */
    DEPTH_MAX = 4, /* levels below an element in which changes are measured */
    /* Bytes of a patch's JSON form besides the values: */
    RUN_BYTES = 8,     /* [1234,5], when an element is not where its neighbour was */
    INSERT_BYTES = 13, /* {"insert":[]} */
    EDIT_BYTES = 34,   /* {"edit":1234,"nested":{"changes":{}}} */
    NESTED_BYTES = 14, /* "nested":{} */
    TEXT_BYTES = 45,   /* {"length":123,"text":[[0,12],"",[123,45]]} */
};

/* ---- Candidates ---- */

struct inference {
    struct delta_arena *arena;
    const struct identity_pair *pairs;
    uint32_t pair_count;
    struct candidate list[CANDIDATES_MAX];
    uint32_t count;
    uint32_t strings, numbers; /* of them, without usual names */
    struct delta_err *err;
};

static const char metadata_name[] = "metadata";
enum { RANK_NESTED_NAME = 6, RANK_STRING, RANK_NUMBER };

static bool is_integer(const struct delta_value *number) {
    for (uint32_t n = number->text[0] == '-'; n < number->length; n++)
        if (number->text[n] < '0' || number->text[n] > '9')
            return false;
    return true;
}

static bool same_path(const struct pointer *a, const struct pointer *b) {
    bool same = a->count == b->count;
    for (uint32_t n = 0; n < a->count && same; n++)
        same = a->steps[n].length == b->steps[n].length &&
               memcmp(a->steps[n].text, b->steps[n].text, a->steps[n].length) == 0;
    return same;
}

/* The rank of a member, or false when it cannot be a key or there are enough candidates. */
static bool rank_member(struct inference *in, const struct value_key *above,
                        const struct value_member *member, uint32_t *rank) {
    const struct delta_value *value = &member->value;
    if ((value->type != DELTA_STRING && value->type != DELTA_NUMBER) ||
        value->length > KEY_LENGTH_MAX || in->count == CANDIDATES_MAX)
        return false;
    *rank = pairing_usual_rank(member->key->text, member->key->length);
    bool usual = pairing_usual_names[*rank] != NULL;
    if (!above && usual)
        return true;
    if (above && usual && strcmp(pairing_usual_names[*rank], "name") == 0 &&
        above->length == strlen(metadata_name) &&
        memcmp(above->text, metadata_name, above->length) == 0) {
        *rank = RANK_NESTED_NAME;
        return true;
    }
    *rank = value->type == DELTA_STRING ? RANK_STRING : RANK_NUMBER;
    if (value->type == DELTA_STRING)
        return in->strings < STRINGS_MAX;
    return in->numbers < NUMBERS_MAX && is_integer(value);
}

/* Whether a name says that it is a key's: user_id, orderId. */
static bool ends_in_id(const struct value_key *name) {
    const char *end = name->text + name->length;
    return name->length >= 2 && (end[-2] | 0x20) == 'i' && (end[-1] | 0x20) == 'd';
}

static int put_member(struct inference *in, const struct value_key *above,
                      const struct value_member *member) {
    uint32_t rank;
    if (!rank_member(in, above, member, &rank))
        return 0;
    struct pointer_step *steps = arena_array(in->arena, 2, sizeof *steps);
    if (!steps)
        return err_memory(in->err);
    uint32_t count = 0;
    if (above)
        steps[count++] = (struct pointer_step){above->text, above->length};
    steps[count++] = (struct pointer_step){member->key->text, member->key->length};
    struct pointer path = {.steps = steps, .count = count};
    for (uint32_t n = 0; n < in->count; n++)
        if (same_path(&in->list[n].key.parts[0], &path))
            return 0;
    in->strings += rank == RANK_STRING;
    in->numbers += rank == RANK_NUMBER;
    bool unnamed = rank >= RANK_STRING && !ends_in_id(member->key);
    uint32_t at = in->count++; /* behind those of its rank: in document order */
    for (; at > 0 && in->list[at - 1].rank > rank; at--)
        in->list[at] = in->list[at - 1];
    in->list[at] = (struct candidate){.key = {.parts = {path}, .count = 1, .inferred = true},
                                      .rank = rank,
                                      .unnamed = unnamed,
                                      .doubted = unnamed && rank == RANK_NUMBER};
    return 0;
}

/* Lists the scalar members of an element, up to two levels down. */
static int put_members(struct inference *in, const struct delta_value *element) {
    if (element->type != DELTA_OBJECT)
        return 0;
    for (uint32_t n = 0; n < element->length && n < MEMBERS_MAX; n++) {
        const struct value_member *member = &value_members(element)[n];
        if (put_member(in, NULL, member))
            return -1;
        if (member->value.type != DELTA_OBJECT)
            continue;
        for (uint32_t m = 0; m < member->value.length && m < MEMBERS_MAX; m++)
            if (put_member(in, member->key, &value_members(&member->value)[m]))
                return -1;
    }
    return 0;
}

/* ---- What speaks against a candidate ---- */

/* Whether a member is the element's index, counted from 0 or 1, in all elements. */
static bool counts_positions(const struct identity_key *key, const struct delta_value *elements,
                             uint32_t count, uint32_t start) {
    uint64_t base = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct delta_value *value = identity_part(key, 0, &elements[i]);
        uint64_t number;
        if (!value || !value_to_u64(value, &number))
            return false;
        if (i == 0)
            base = number - start;
        if (base > 1 || number != base + start + i)
            return false;
    }
    return count > 1;
}

/* ---- The choice ---- */

/* The same of a string: long ones share their ends. */
static uint64_t text_cost(const struct delta_value *a, const struct delta_value *b) {
    uint64_t whole = delta_value_size(b);
    uint64_t part = TEXT_BYTES + (b->length - similarity_common_ends(a, b));
    return part < whole ? part : whole;
}

/* About how many bytes it takes to say what changed. */
static uint64_t change_cost(const struct delta_value *a, const struct delta_value *b,
                            unsigned depth) {
    if (value_same(a, b))
        return 0;
    if (a->type == DELTA_STRING && b->type == DELTA_STRING)
        return text_cost(a, b);
    if (a->type != DELTA_OBJECT || b->type != DELTA_OBJECT || depth == DEPTH_MAX)
        return delta_value_size(b);
    uint64_t cost = 0, known = 0;
    for (uint32_t n = 0; n < b->length; n++) {
        const struct value_member *member = &value_members(b)[n];
        const struct value_member *other = n < a->length ? &value_members(a)[n] : NULL;
        if (!other || !value_key_equal(other->key, member->key))
            other = value_member(a, member->key);
        known += other != NULL;
        uint64_t part = other ? change_cost(&other->value, &member->value, depth + 1)
                              : delta_value_size(&member->value);
        cost += part ? part + value_key_size(member->key) : 0;
    }
    return cost + RUN_BYTES * (a->length - known) + (depth ? NESTED_BYTES : EDIT_BYTES);
}

static uint64_t pair_cost(const struct identity_pair *pair, const uint32_t *from) {
    uint64_t cost = 0, kept = 0;
    uint32_t expected = 0; /* the element of `a` behind the one before */
    for (uint32_t j = 0; j < pair->b_count; j++) {
        if (from[j] == NO_INDEX) {
            cost += delta_value_size(&pair->b[j]) + INSERT_BYTES;
            continue;
        }
        cost += change_cost(&pair->a[from[j]], &pair->b[j], 0);
        cost += from[j] == expected ? 0 : RUN_BYTES;
        expected = from[j] + 1;
        kept++;
    }
    return cost + RUN_BYTES * (pair->a_count - kept);
}

/* Whether elements that a key has in both states, and that changed, share more than half of their
 * content. */
static int are_alike(struct inference *in, const struct identity_pair *pair, const uint32_t *from,
                     bool *alike) {
    *alike = true;
    for (uint32_t j = 0; j < pair->b_count && *alike; j++) {
        if (from[j] == NO_INDEX || value_same(&pair->a[from[j]], &pair->b[j]))
            continue;
        const struct delta_value *a = &pair->a[from[j]], *b = &pair->b[j];
        uint32_t found = NO_INDEX;
        struct pairing_arrays arrays = {
            .a = &a, .b = &b, .a_count = 1, .b_count = 1, .from = &found};
        if (pairing_find(in->arena, &arrays, PAIRING_CERTAIN, in->err))
            return -1;
        *alike = found != NO_INDEX;
    }
    return 0;
}

/* Whether the candidate may be unique by chance: nothing in its name says that it is a key, and it
 * is a number, two members, or a string that few elements share, none of which changed. */
static bool may_be_chance(const struct candidate *c, const struct identity_pair *pair,
                          const struct keyed *keyed) {
    bool few = c->unnamed && keyed->shared < LIKELY;
    for (uint32_t j = 0; j < pair->b_count && few && !c->doubted; j++) {
        uint32_t i = keyed->b_key[j] == NO_INDEX ? NO_INDEX : keyed->a_at[keyed->b_key[j]];
        few = i >= KEYED_SEVERAL || value_same(&pair->a[i], &pair->b[j]);
    }
    return c->doubted || few;
}

/* In a merge all counts: an edit would go to an element that took the place of another. */
static struct displaced_rule rule_of(const struct inference *in, const struct candidate *c,
                                     const struct identity_pair *pair, const struct keyed *keyed) {
    bool merge = in->pair_count > 1;
    return (struct displaced_rule){.any = !merge && may_be_chance(c, pair, keyed),
                                   .lenient =
                                       !merge && c->rank == RANK_STRING && c->key.count == 1};
}

/* Whether the candidate identifies the elements of all pairs; notes how and at what cost. Every
 * pair is looked at, so that their order is of no matter. */
static int try_candidate(struct inference *in, struct candidate *c, bool *good) {
    bool enough = false, unfit = false;
    *good = false;
    c->cost = 0;
    c->complete = true;
    for (uint32_t n = 0; n < in->pair_count; n++) {
        const struct identity_pair *pair = &in->pairs[n];
        struct keyed keyed;
        if (keyed_find(in->arena, pair, &c->key, &keyed, in->err))
            return -1;
        uint32_t shorter = pair->a_count < pair->b_count ? pair->a_count : pair->b_count;
        if (keyed.repeated || (uint64_t)keyed.a_having * 20 < (uint64_t)pair->a_count * 19 ||
            (uint64_t)keyed.b_having * 20 < (uint64_t)pair->b_count * 19)
            unfit = true;
        if (unfit && in->pair_count == 1)
            return 0;
        c->complete &= keyed.a_having == pair->a_count && keyed.b_having == pair->b_count;
        c->shared = keyed.shared > c->shared ? keyed.shared : c->shared;
        enough |= keyed.shared && (uint64_t)keyed.shared * 2 >= shorter;
        if (c->rank >= RANK_STRING) {
            if (c->key.count == 1 &&
                counts_positions(&c->key, pair->a, pair->a_count, pair->start) &&
                counts_positions(&c->key, pair->b, pair->b_count, pair->start))
                c->of_places = true;
            bool moves = false;
            if (c->of_places)
                unfit = true;
            else if (displaced_find(in->arena, pair, &c->key, &keyed, rule_of(in, c, pair, &keyed),
                                    &moves, in->err))
                return -1;
            c->exchanged |= moves;
        }
        if (unfit || c->exchanged)
            continue;
        c->from[n] = arena_array(in->arena, pair->b_count, sizeof *c->from[n]);
        if (!c->from[n])
            return err_memory(in->err);
        for (uint32_t j = 0; j < pair->b_count; j++)
            c->from[n][j] = keyed.b_key[j] == NO_INDEX ? NO_INDEX : keyed.a_at[keyed.b_key[j]];
        c->cost += pair_cost(pair, c->from[n]);
        /* Two members that are unique by chance may join elements that have nothing else in common,
         * and an edit would go from one to the other. */
        bool alike = true;
        if (in->pair_count > 1 && c->key.count == 2 && c->doubted &&
            are_alike(in, pair, c->from[n], &alike))
            return -1;
        unfit |= !alike;
    }
    c->of_places |= c->exchanged;
    c->exchanged &= enough && !unfit;
    *good = enough && !unfit && !c->of_places;
    return 0;
}

/* Whether two candidates identify an element that changed differently. */
static bool disagree(const struct inference *in, const struct candidate *one,
                     const struct candidate *other) {
    for (uint32_t n = 0; n < in->pair_count; n++)
        for (uint32_t j = 0; j < in->pairs[n].b_count; j++)
            if (one->from[n][j] != other->from[n][j])
                return true;
    return false;
}

static bool within(uint64_t a, uint64_t b, uint64_t percent) {
    uint64_t less = a < b ? a : b, more = a < b ? b : a;
    return more * 100 <= less * percent;
}

/* A string of several elements is taken for a key; a number, two members together, or a string of
 * few elements may be unique by chance. Strings are not doubted because of numbers. */
static bool is_likely(const struct candidate *c) {
    return c->rank < RANK_STRING ||
           (c->rank == RANK_STRING && c->key.count == 1 && c->shared >= LIKELY);
}

/* Weighs a good candidate against the best so far. */
static void weigh(const struct inference *in, struct candidate *c, struct choice *choice) {
    if (!choice->best || c->cost * 2 < choice->best->cost) {
        choice->best = c;
        choice->other_count = 0;
        choice->ambiguous = false;
        return;
    }
    if (choice->best->rank < RANK_STRING || c->rank > choice->best->rank ||
        !disagree(in, choice->best, c))
        return;
    bool alike = within(c->cost, choice->best->cost, 110);
    choice->ambiguous |= alike;
    if ((alike || (!is_likely(choice->best) && within(c->cost, choice->best->cost, 200))) &&
        choice->other_count < CHOICE_OTHERS_MAX)
        choice->others[choice->other_count++] = c;
}

/* The least that any candidate can cost: an element that equals none of the other state is an edit
 * of something at least, or is inserted. 0 where that is not worth counting. */
static uint64_t least_cost(const struct inference *in) {
    uint64_t cost = 0;
    for (uint32_t n = 0; n < in->pair_count; n++) {
        const struct identity_pair *pair = &in->pairs[n];
        uint32_t start = 0, end = 0;
        uint32_t shorter = pair->a_count < pair->b_count ? pair->a_count : pair->b_count;
        while (start < shorter && value_same(&pair->a[start], &pair->b[start]))
            start++;
        while (end < shorter - start &&
               value_same(&pair->a[pair->a_count - 1 - end], &pair->b[pair->b_count - 1 - end]))
            end++;
        if ((uint64_t)(pair->a_count - start - end) * (pair->b_count - start - end) > FEW)
            continue;
        for (uint32_t j = start; j < pair->b_count - end; j++) {
            uint64_t inserted = delta_value_size(&pair->b[j]) + INSERT_BYTES;
            if (!identity_has_equal(pair->a, start, pair->a_count - end, &pair->b[j]))
                cost += inserted < EDIT_BYTES ? inserted : EDIT_BYTES;
        }
    }
    return cost;
}

/* Whether the best candidate is known to be the choice, or good enough for so many elements. */
static bool is_settled(const struct inference *in, const struct candidate *best, uint64_t least) {
    uint64_t elements = 0, size = 0;
    if (best->cost <= 2 * least)
        return true;
    for (uint32_t n = 0; n < in->pair_count; n++)
        elements += (uint64_t)in->pairs[n].a_count + in->pairs[n].b_count;
    if (elements < MANY)
        return false;
    for (uint32_t n = 0; n < in->pair_count; n++)
        for (uint32_t j = 0; j < in->pairs[n].b_count; j++)
            size += delta_value_size(&in->pairs[n].b[j]);
    return best->cost < size / 4;
}

static int choose_single(struct inference *in, struct choice *choice) {
    uint64_t least = least_cost(in);
    for (uint32_t n = 0; n < in->count; n++) {
        bool good;
        if (try_candidate(in, &in->list[n], &good))
            return -1;
        if (good)
            weigh(in, &in->list[n], choice);
        else if (in->list[n].exchanged && in->list[n].rank == RANK_STRING && in->pair_count > 1 &&
                 choice->exchanged_count < CHOICE_OTHERS_MAX)
            choice->exchanged[choice->exchanged_count++] = &in->list[n];
        /* In a merge another key that is not usual could make the choice ambiguous. */
        bool alone = good && (in->pair_count == 1 || choice->best->rank < RANK_STRING);
        if (alone && is_settled(in, choice->best, least))
            break;
    }
    return 0;
}

static int choose_combined(struct inference *in, struct choice *choice) {
    uint32_t count = in->count < COMBINED_MAX ? in->count : COMBINED_MAX;
    for (uint32_t n = 0; n < count; n++) {
        for (uint32_t m = n + 1; m < count; m++) {
            struct candidate *c = arena_alloc(in->arena, sizeof *c);
            bool good = false;
            if (!c)
                return err_memory(in->err);
            *c = (struct candidate){
                .rank = in->list[m].rank > RANK_STRING ? in->list[m].rank : RANK_STRING,
                .doubted = in->list[n].unnamed && in->list[m].unnamed,
                .key = {.parts = {in->list[n].key.parts[0], in->list[m].key.parts[0]},
                        .count = 2,
                        .inferred = true}};
            if (!in->list[n].of_places && !in->list[m].of_places && try_candidate(in, c, &good))
                return -1;
            if (good)
                weigh(in, c, choice);
        }
    }
    return 0;
}

/* Two members are tried together where none alone is a key; in a merge also beside one that may be
 * unique by chance. */
static bool needs_combined(const struct inference *in, const struct choice *choice) {
    return !choice->best || (in->pair_count > 1 && !is_likely(choice->best));
}

int inference_choose(struct delta_arena *arena, const struct identity_pair *pairs, uint32_t count,
                     struct choice *choice, struct delta_err *err) {
    struct inference *in = arena_alloc(arena, sizeof *in);
    const struct identity_pair *pair = &pairs[0];
    *choice = (struct choice){0};
    if (!in)
        return err_memory(err);
    *in = (struct inference){.arena = arena, .pairs = pairs, .pair_count = count, .err = err};
    for (uint32_t n = 0; n < in->pair_count; n++)
        if (in->pairs[n].a_count == 0)
            return 0;
    return put_members(in, &pair->a[0]) || put_members(in, &pair->a[pair->a_count - 1]) ||
                   choose_single(in, choice) ||
                   (needs_combined(in, choice) && choose_combined(in, choice))
               ? -1
               : 0;
}

int identity_infer(struct delta_arena *arena, const struct identity_pair *pairs, uint32_t count,
                   struct identity_key *key, struct identity_key *others, uint32_t *other_count,
                   struct delta_err *err) {
    struct choice choice;
    key->count = 0;
    if (other_count)
        *other_count = 0;
    if (inference_choose(arena, pairs, count, &choice, err))
        return -1;
    if (choice.best)
        *key = choice.best->key;
    for (uint32_t n = 0; other_count && n < choice.other_count; n++)
        others[(*other_count)++] = choice.others[n]->key;
    for (uint32_t n = 0; other_count && n < choice.exchanged_count; n++)
        others[(*other_count)++] = choice.exchanged[n]->key;
    return 0;
}
