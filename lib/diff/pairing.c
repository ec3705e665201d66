/* Every left-over element of one array is compared with those of the other, and the best scores are
 * taken first, whatever the order of appearance: an element that was edited keeps its place
 * although another one like it was inserted before it.
 *
 * All pairs are scored while what that visits is at most EXACT_BYTES. Beyond that a table of parts
 * (members of objects, elements of arrays) gives, for each new element, the CANDIDATES old ones
 * with which it shares most parts that are rare (in at most COMMON elements): linear in the parts.
 * That nothing else is as much alike cannot be said then, so nothing is certain.
 *
 * An edit has to keep half: one that keeps less is longer than the removal and the addition that
 * it replaces. A row of two values is not longer when it keeps the first, which usually names it,
 * and is an edit in reports and patches. There, an element that was replaced alone, in its place,
 * may even keep less (a third, or all but REPLACED_MEMBERS members).
 *
 * Why these constants: scripts/bench-pairing (600 documents, 200 of each of three seeds), in which
 * none is taken for another one, and records of two lists without keys, of 300 and 6,000 objects
 * of six members of which a sixth were edited, 4,232 and 85,136 bytes:
 *
 *     HALF          400: 4,199 and 85,016 bytes, but one element is taken for another one;
 *                   600: 4,232 and 85,536
 *     THIRD         450: 4,242 and 85,602; 250: the same bytes
 *     CANDIDATES    2, 4 and 16: 85,320, 85,238 and 85,136 at 105.7, 106.9 and 108.3 million
 *                   instructions, 108.2 with 8
 *     COMMON        2, 4 and 16: 85,340, 85,238 and 85,064 at 104.8, 105.6 and 112.2
 *
 * REPLACED_MEMBERS is for reports: no figure here depends on it. */
#include "diff/pairing.h"

#include "base/array.h"
#include "base/err.h"
#include "base/hash.h"
#include "diff/similarity.h"
#include "diff/symbols.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    EXACT_BYTES = 16 << 20,         /* content that scoring all pairs may visit: 0.1 s at worst */
    EXACT_CERTAIN_BYTES = 64 << 20, /* the same in a merge, which has no other way */
    CANDIDATES = 8,
    COMMON = 8, /* a part that is in more elements than this is no evidence */
    HALF = 500, /* thousandths */
    THIRD = 333,
    REPLACED_MEMBERS = 2,
};

const char *const pairing_usual_names[] = {"id", "_id", "uid", "uuid", "key", "name", NULL};
enum { USUAL_NAMES = sizeof pairing_usual_names / sizeof *pairing_usual_names - 1 };

uint32_t pairing_usual_rank(const char *text, uint32_t length) {
    for (uint32_t n = 0; n < USUAL_NAMES; n++)
        if (strlen(pairing_usual_names[n]) == length &&
            strncasecmp(text, pairing_usual_names[n], length) == 0)
            return n;
    return USUAL_NAMES;
}

/* ---- Identity ---- */

/* What usually identifies an element: of the member that is first in the list. */
static const struct delta_value *usual_identity(const struct delta_value *object, uint32_t rank) {
    for (uint32_t n = 0; n < similarity_parts(object); n++) {
        const struct value_member *member = &value_members(object)[n];
        if (pairing_usual_rank(member->key->text, member->key->length) == rank)
            return &member->value;
    }
    return NULL;
}

static bool pairing_may_be_same(const struct delta_value *a, const struct delta_value *b) {
    if (a->type != DELTA_OBJECT || b->type != DELTA_OBJECT)
        return true;
    for (uint32_t rank = 0; rank < USUAL_NAMES; rank++) {
        const struct delta_value *left = usual_identity(a, rank);
        const struct delta_value *right = left ? usual_identity(b, rank) : NULL;
        if (right)
            return value_same(left, right);
    }
    const struct delta_value *left = value_get(a, "metadata"), *right = value_get(b, "metadata");
    return !left || !right || left->type != DELTA_OBJECT || right->type != DELTA_OBJECT ||
           pairing_may_be_same(left, right);
}

/* ---- Candidates ---- */

struct candidate {
    uint32_t a, b;
    uint32_t score;    /* thousandths */
    uint32_t distance; /* between where it would be expected and where it was; 0: in the same gap */
};

struct pairing {
    struct delta_arena *arena;
    const struct pairing_arrays *arrays;
    enum pairing_mode mode;
    bool *taken;     /* by element of `a`: it has a match */
    uint32_t *gap_a; /* by element of `a`: the gap that it is in, named by the element after the
                        match before it */
    uint32_t *gap_b; /* by element of `b`: the same, by where the match before it comes from */
    ARRAY(struct candidate) candidates;
    struct delta_err *err;
};

static bool is_certain(const struct pairing *p) {
    return pairing_is_certain(p->mode);
}

/* Whether two rows begin with the same string or number: what usually names a row. */
static bool begin_alike(const struct delta_value *a, const struct delta_value *b) {
    return a->type == DELTA_ARRAY && a->length && b->length &&
           (value_items(a)->type == DELTA_STRING || value_items(a)->type == DELTA_NUMBER) &&
           value_same(value_items(a), value_items(b));
}

static bool put_candidate(struct pairing *p, uint32_t i, uint32_t j) {
    const struct delta_value *a = p->arrays->a[i], *b = p->arrays->b[j];
    if (a->type != b->type || value_same(a, b)) /* equal ones were matched as far as is certain */
        return true;
    uint32_t points = similarity_score(a, b);
    if (points < HALF || (points == HALF && (is_certain(p) || !begin_alike(a, b))) ||
        (is_certain(p) && !pairing_may_be_same(a, b)))
        return true;
    struct candidate *candidate = array_add(&p->candidates);
    if (!candidate)
        return false;
    uint32_t distance = 0;
    if (pairing_has_order(p->mode) && p->gap_a[i] != p->gap_b[j])
        distance =
            1 + (p->gap_a[i] > p->gap_b[j] ? p->gap_a[i] - p->gap_b[j] : p->gap_b[j] - p->gap_a[i]);
    *candidate = (struct candidate){i, j, points, distance};
    return true;
}

static bool is_left(const struct pairing *p, uint32_t j) {
    return p->arrays->from[j] == NO_INDEX;
}

static int score_all(struct pairing *p) {
    for (uint32_t j = 0; j < p->arrays->b_count; j++)
        for (uint32_t i = 0; i < p->arrays->a_count && is_left(p, j); i++)
            if (!p->taken[i] && !put_candidate(p, i, j))
                return err_memory(p->err);
    return 0;
}

/* ---- Candidates of large arrays: by parts ---- */

static uint64_t part_hash(const struct delta_value *value, uint32_t index) {
    return value->type == DELTA_OBJECT ? value_member_hash(&value_members(value)[index])
                                       : value_hash(&value_items(value)[index]);
}

/* An element of `a` that has a certain part. */
struct holder {
    uint32_t element;
    uint32_t next; /* holder of the same part, or NO_INDEX */
};

struct parts {
    struct symbols symbols; /* of the parts that elements of `a` have */
    uint32_t *first;        /* by part: its first holder */
    uint8_t *held;          /* by part: by how many elements of `a`, up to COMMON + 1 */
    struct holder *holders;
    uint32_t holder_count;
    uint32_t *votes; /* by element of `a`: parts shared with the element of `b` at hand */
};

static int note_parts(struct pairing *p, struct parts *parts) {
    const struct pairing_arrays *arrays = p->arrays;
    size_t total = 0;
    for (uint32_t i = 0; i < arrays->a_count; i++)
        if (!p->taken[i])
            total += similarity_parts(arrays->a[i]);
    parts->first = arena_array(p->arena, total, sizeof *parts->first);
    parts->held = arena_array(p->arena, total, sizeof *parts->held);
    parts->holders = arena_array(p->arena, total, sizeof *parts->holders);
    parts->votes = arena_array(p->arena, arrays->a_count, sizeof *parts->votes);
    if (!parts->first || !parts->held || !parts->holders || !parts->votes)
        return err_memory(p->err);
    memset(parts->held, 0, total);
    memset(parts->votes, 0, arrays->a_count * sizeof *parts->votes);
    for (uint32_t i = 0; i < arrays->a_count; i++) {
        uint32_t count = p->taken[i] ? 0 : similarity_parts(arrays->a[i]);
        for (uint32_t n = 0; n < count; n++) {
            uint32_t part = symbols_put(&parts->symbols, part_hash(arrays->a[i], n));
            if (part == NO_INDEX)
                return err_memory(p->err);
            if (parts->held[part] > COMMON)
                continue;
            uint32_t next = parts->held[part]++ ? parts->first[part] : NO_INDEX;
            parts->first[part] = parts->holder_count;
            parts->holders[parts->holder_count++] = (struct holder){.element = i, .next = next};
        }
    }
    return 0;
}

/* The elements with the most votes, sorted by them. */
struct best {
    uint32_t element[CANDIDATES], votes[CANDIDATES];
    uint32_t count;
};

static void put_best(struct best *best, uint32_t i, uint32_t votes) {
    if (best->count == CANDIDATES && best->votes[CANDIDATES - 1] >= votes)
        return;
    uint32_t at = best->count < CANDIDATES ? best->count++ : CANDIDATES - 1;
    for (; at > 0 && best->votes[at - 1] < votes; at--) {
        best->element[at] = best->element[at - 1];
        best->votes[at] = best->votes[at - 1];
    }
    best->element[at] = i;
    best->votes[at] = votes;
}

/* Scores the old elements that share most rare parts with element `j` of `b`. */
static int score_voted(struct pairing *p, struct parts *parts, uint32_t j) {
    const struct delta_value *element = p->arrays->b[j];
    struct best best = {.count = 0};
    for (int pass = 0; pass < 2; pass++) { /* votes are counted, then taken back */
        for (uint32_t n = 0; n < similarity_parts(element); n++) {
            uint32_t part = symbols_find(&parts->symbols, part_hash(element, n));
            if (part == NO_INDEX || parts->held[part] > COMMON)
                continue;
            for (uint32_t at = parts->first[part]; at != NO_INDEX; at = parts->holders[at].next) {
                uint32_t i = parts->holders[at].element;
                if (pass == 0) {
                    parts->votes[i]++;
                } else if (parts->votes[i]) {
                    put_best(&best, i, parts->votes[i]);
                    parts->votes[i] = 0;
                }
            }
        }
    }
    for (uint32_t n = 0; n < best.count; n++)
        if (!put_candidate(p, best.element[n], j))
            return err_memory(p->err);
    return 0;
}

/* Besides, each is compared with the element in its place: they may share much that is common. */
static int score_by_parts(struct pairing *p) {
    struct parts parts = {0};
    int status = note_parts(p, &parts);
    for (uint32_t j = 0; j < p->arrays->b_count && status == 0; j++) {
        if (!is_left(p, j))
            continue;
        status = score_voted(p, &parts, j);
        uint32_t before = j;
        while (before > 0 && is_left(p, before - 1) && j - before < CANDIDATES)
            before--;
        uint64_t same = (uint64_t)p->gap_b[j] + (j - before);
        if (status == 0 && same < p->arrays->a_count && !p->taken[same] &&
            !put_candidate(p, (uint32_t)same, j))
            status = err_memory(p->err);
    }
    symbols_free(&parts.symbols);
    return status;
}

/* ---- Pairs ---- */

/* The highest score first; among equals the nearest, then the first. */
static int compare_candidates(const void *left, const void *right) {
    const struct candidate *a = left, *b = right;
    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    if (a->distance != b->distance)
        return a->distance < b->distance ? -1 : 1;
    if (a->b != b->b)
        return a->b < b->b ? -1 : 1;
    return (a->a > b->a) - (a->a < b->a);
}

static void take(struct pairing *p, uint32_t i, uint32_t j) {
    p->arrays->from[j] = i;
    p->taken[i] = true;
}

static void take_best(struct pairing *p) {
    for (size_t n = 0; n < p->candidates.count; n++) {
        const struct candidate *c = &p->candidates.items[n];
        if (!p->taken[c->a] && is_left(p, c->b))
            take(p, c->a, c->b);
    }
}

/* Takes the pairs of which neither element is as much like a third. */
static int take_certain(struct pairing *p) {
    const struct pairing_arrays *arrays = p->arrays;
    uint32_t *best =
        arena_array(p->arena, 2 * ((size_t)arrays->a_count + arrays->b_count), sizeof *best);
    if (!best)
        return err_memory(p->err);
    memset(best, 0, 2 * ((size_t)arrays->a_count + arrays->b_count) * sizeof *best);
    uint32_t *of_a = best, *of_b = of_a + arrays->a_count; /* the best score */
    uint32_t *ties_a = of_b + arrays->b_count, *ties_b = ties_a + arrays->a_count;
    for (size_t n = 0; n < p->candidates.count; n++) { /* in descending order */
        const struct candidate *c = &p->candidates.items[n];
        if (c->score >= of_a[c->a]) {
            of_a[c->a] = c->score;
            ties_a[c->a]++;
        }
        if (c->score >= of_b[c->b]) {
            of_b[c->b] = c->score;
            ties_b[c->b]++;
        }
    }
    for (size_t n = 0; n < p->candidates.count; n++) {
        const struct candidate *c = &p->candidates.items[n];
        if (c->score == of_a[c->a] && c->score == of_b[c->b] && ties_a[c->a] == 1 &&
            ties_b[c->b] == 1)
            take(p, c->a, c->b);
    }
    return 0;
}

/* Whether one that replaced the other in its place may be shown as a change of it. */
static bool is_replacement(const struct delta_value *a, const struct delta_value *b) {
    if (a->type != b->type)
        return false;
    if (a->type == DELTA_STRING)
        return a->length >= SIMILARITY_LONG_STRING && b->length >= SIMILARITY_LONG_STRING;
    if (a->type == DELTA_ARRAY)
        return true;
    if (a->type != DELTA_OBJECT || !pairing_may_be_same(a, b))
        return false;
    if (similarity_score(a, b) >= THIRD)
        return true;
    uint32_t common = 0;
    for (uint32_t n = 0; n < similarity_parts(b); n++)
        common += value_member(a, value_members(b)[n].key) != NULL;
    return a->length == b->length && common == b->length && common <= REPLACED_MEMBERS;
}

/* Where as many elements are left on both sides of a gap, each is taken for a change of the one in
 * its place. */
static void take_by_place(struct pairing *p) {
    const struct pairing_arrays *arrays = p->arrays;
    uint32_t after = 0; /* the element of `a` that would come next */
    for (uint32_t j = 0; j < arrays->b_count;) {
        if (!is_left(p, j)) {
            after = arrays->from[j++] + 1;
            continue;
        }
        uint32_t end = j, old_end = after;
        while (end < arrays->b_count && is_left(p, end))
            end++;
        while (old_end < arrays->a_count && !p->taken[old_end])
            old_end++;
        for (uint32_t n = 0; end - j == old_end - after && n < end - j; n++)
            if (is_replacement(arrays->a[after + n], arrays->b[j + n]))
                take(p, after + n, j + n);
        j = end;
    }
}

static void find_gaps(struct pairing *p) {
    uint32_t gap = 0;
    for (uint32_t i = 0; i < p->arrays->a_count; i++) {
        p->gap_a[i] = gap;
        if (p->taken[i])
            gap = i + 1;
    }
    gap = 0;
    for (uint32_t j = 0; j < p->arrays->b_count; j++) {
        p->gap_b[j] = gap;
        if (!is_left(p, j))
            gap = p->arrays->from[j] + 1;
    }
}

/* What elements are left on both sides, and what comparing each with each visits. */
struct left_over {
    uint64_t a, b, a_bytes, b_bytes;
};

static struct left_over count_left(const struct pairing *p) {
    struct left_over left = {0};
    for (uint32_t i = 0; i < p->arrays->a_count; i++)
        if (!p->taken[i])
            left.a++, left.a_bytes += delta_value_size(p->arrays->a[i]);
    for (uint32_t j = 0; j < p->arrays->b_count; j++)
        if (is_left(p, j))
            left.b++, left.b_bytes += delta_value_size(p->arrays->b[j]);
    return left;
}

static int find_pairs(struct pairing *p) {
    const struct pairing_arrays *arrays = p->arrays;
    p->taken = arena_alloc(p->arena, (size_t)arrays->a_count + 1);
    p->gap_a = arena_array(p->arena, arrays->a_count, sizeof *p->gap_a);
    p->gap_b = arena_array(p->arena, arrays->b_count, sizeof *p->gap_b);
    if (!p->taken || !p->gap_a || !p->gap_b)
        return err_memory(p->err);
    memset(p->taken, 0, arrays->a_count);
    for (uint32_t j = 0; j < arrays->b_count; j++)
        if (!is_left(p, j))
            p->taken[arrays->from[j]] = true;
    struct left_over left = count_left(p);
    if (left.a == 0 || left.b == 0)
        return 0;
    find_gaps(p);
    uint64_t visited = left.a * left.b_bytes + left.b * left.a_bytes;
    uint64_t most = is_certain(p) ? EXACT_CERTAIN_BYTES : EXACT_BYTES;
    if (visited <= most ? score_all(p) : !is_certain(p) && score_by_parts(p))
        return -1;
    if (p->candidates.count)
        qsort(p->candidates.items, p->candidates.count, sizeof *p->candidates.items,
              compare_candidates);
    if (is_certain(p))
        return take_certain(p);
    take_best(p);
    if (p->mode == PAIRING_SHOW)
        take_by_place(p);
    return 0;
}

int pairing_find(struct delta_arena *arena, const struct pairing_arrays *arrays,
                 enum pairing_mode mode, struct delta_err *err) {
    if (mode == PAIRING_NONE)
        return 0;
    struct arena_mark mark = arena_mark(arena);
    struct pairing pairing = {.arena = arena, .arrays = arrays, .mode = mode, .err = err};
    int status = find_pairs(&pairing);
    free(pairing.candidates.items);
    arena_rewind(arena, mark);
    return status;
}
