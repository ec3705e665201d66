/* The algorithm is described in sequence.h. Why these constants: arrays of 10,000 numbers of which
 * 100 are distinct, so that nothing anchors, with 2% and 10% of them edited, and 4,000 of 20 with
 * 30% edited, each with 300 in the middle replaced; bytes of the record and millions of
 * instructions:
 *
 *     EDITS_MAX              64              256             1024
 *       2%            6646   58       7003   62       6913   81
 *       10%          20309  130      20213  145      20235  239
 *       30%          10414   31      10414   49      10414  112
 *
 * The search takes time and memory quadratic in it: 16 KiB for 64, 256 KiB for 256. Of ten real
 * pairs (manual pages, a header, a script, the README, each as one string and as an array of lines)
 * 64 and 256 give the same bytes but for 0.2%, and 256 takes up to 1.4 times the instructions. Its
 * pieces, PIECES_MAX, and LOOKAHEAD bound only what no input of these meets: 8 and 512 pieces, 8
 * and 1024 elements give the same bytes. ANCHOR_LEVELS of 1 instead of 32 makes the text diff of
 * 3,000 numbers whose halves were swapped 294 lines instead of 64. REPEATED_ROUNDS of 1, 4 and 16:
 * 20,833, 20,213 and 19,100 bytes for the 10% at an EDITS_MAX of 256, and the same for source
 * text. */
#include "diff/sequence.h"

#include "base/err.h"
#include "base/hash.h"
#include "diff/extreme_lcs.h"

#include <stdlib.h>
#include <string.h>

enum {
    EDITS_MAX = 64,      /* insertions and removals of one piece of a gap */
    PIECES_MAX = 512,    /* pieces of a gap; the rest of it is matched greedily */
    ANCHOR_LEVELS = 32,  /* anchors within gaps between anchors, so deep and no deeper */
    LOOKAHEAD = 64,      /* elements of `a` that the greedy match may leave out at once */
    REPEATED_ROUNDS = 4, /* longest orders of what is left over */
};

/* Elements [a_start, a_end) against [b_start, b_end). */
struct range {
    uint32_t a_start, a_end, b_start, b_end;
};

struct matcher {
    struct delta_arena *arena;
    const uint32_t *a;
    const uint32_t *b;
    uint32_t *source;
    uint32_t *in_a; /* by symbol: how often it is in the range; all zero between ranges */
    uint32_t *in_b;
    uint32_t *where; /* by symbol: an element of `a` that has it */
    struct delta_err *err;
};

struct anchor {
    uint32_t a, b;
    uint32_t previous; /* the anchor before it in the longest chain that ends with it */
};

/* ---- Anchors ---- */

/* The elements that occur once on each side of the range, in order of `b`. */
static uint32_t find_anchors(struct matcher *m, struct range range, struct anchor *anchors) {
    for (uint32_t i = range.a_start; i < range.a_end; i++) {
        m->in_a[m->a[i]]++;
        m->where[m->a[i]] = i;
    }
    for (uint32_t j = range.b_start; j < range.b_end; j++)
        m->in_b[m->b[j]]++;
    uint32_t count = 0;
    for (uint32_t j = range.b_start; j < range.b_end; j++) {
        uint32_t symbol = m->b[j];
        if (m->in_a[symbol] == 1 && m->in_b[symbol] == 1)
            anchors[count++] = (struct anchor){.a = m->where[symbol], .b = j};
    }
    for (uint32_t i = range.a_start; i < range.a_end; i++)
        m->in_a[m->a[i]] = 0;
    for (uint32_t j = range.b_start; j < range.b_end; j++)
        m->in_b[m->b[j]] = 0;
    return count;
}

/* Links the longest chain of anchors that ascends on both sides (patience sorting); its last
 * anchor. `tails[n]` is the anchor with the least `a` that ends a chain of n + 1. */
static uint32_t longest_chain(struct anchor *anchors, uint32_t count, uint32_t *tails) {
    uint32_t longest = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t low = 0, high = longest;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (anchors[tails[middle]].a < anchors[i].a)
                low = middle + 1;
            else
                high = middle;
        }
        anchors[i].previous = low ? tails[low - 1] : NO_INDEX;
        tails[low] = i;
        if (low == longest)
            longest++;
    }
    return tails[longest - 1];
}

/* ---- Gaps without anchors ---- */

/* Matches each element of `b` with the next equal one of `a`, where it is near. */
static int match_greedily(struct matcher *m, struct range range) {
    struct arena_mark mark = arena_mark(m->arena);
    uint32_t *next = arena_array(m->arena, range.a_end - range.a_start, sizeof *next);
    if (!next)
        return err_memory(m->err);
    for (uint32_t j = range.b_start; j < range.b_end; j++)
        m->where[m->b[j]] = NO_INDEX;
    for (uint32_t i = range.a_end; i-- > range.a_start;) {
        next[i - range.a_start] = m->where[m->a[i]];
        m->where[m->a[i]] = i;
    }
    uint32_t at = range.a_start;
    for (uint32_t j = range.b_start; j < range.b_end; j++) {
        uint32_t i = m->where[m->b[j]];
        while (i != NO_INDEX && i < at)
            i = next[i - range.a_start];
        m->where[m->b[j]] = i;
        if (i != NO_INDEX && i - at < LOOKAHEAD) {
            m->source[j] = i;
            at = i + 1;
        }
    }
    for (uint32_t i = range.a_start; i < range.a_end; i++)
        m->where[m->a[i]] = NO_INDEX;
    arena_rewind(m->arena, mark);
    return 0;
}

/* A point of the grid of two ranges: so many elements of each are behind it. */
struct point {
    int32_t x, y;
};

/* Walks back from a point that `edits` edits led to, through the furthest points of each number of
 * edits, and keeps the matches. */
static void trace_back(struct matcher *m, struct range range, const int32_t *rows, int32_t edits,
                       struct point at) {
    for (int32_t d = edits; d >= 0; d--) {
        struct point start = {0, 0}; /* where this row's edit led to */
        struct point before = {0, 0};
        if (d > 0) {
            const int32_t *row = rows + (size_t)(d - 1) * (size_t)(d - 1) + (d - 1);
            int32_t k = at.x - at.y;
            bool down = k == -d || (k != d && row[k - 1] < row[k + 1]);
            int32_t before_k = down ? k + 1 : k - 1;
            before = (struct point){row[before_k], row[before_k] - before_k};
            start.x = down ? before.x : before.x + 1;
            start.y = start.x - k;
        }
        while (at.x > start.x && at.y > start.y) {
            at.x--;
            at.y--;
            m->source[range.b_start + (uint32_t)at.y] = range.a_start + (uint32_t)at.x;
        }
        at = before;
    }
}

/* Searches the fewest insertions and removals, up to `most` (Myers 1986). Row d of `rows`, 2d + 1
 * wide, holds for each diagonal k = x - y the furthest x that d edits reach; it begins at d * d,
 * its diagonal 0 is at d * d + d. Returns how many edits led to `*reached`: the end of the
 * range, or where more than `most` are needed, the point that most elements are behind. */
static int32_t search(const struct matcher *m, struct range range, int32_t *rows, int32_t most,
                      struct point *reached) {
    int32_t width = (int32_t)(range.a_end - range.a_start);
    int32_t height = (int32_t)(range.b_end - range.b_start);
    const uint32_t *a = m->a + range.a_start;
    const uint32_t *b = m->b + range.b_start;
    *reached = (struct point){0, 0};
    for (int32_t d = 0; d <= most; d++) {
        int32_t *row = rows + (size_t)d * (size_t)d + d;
        const int32_t *last = d ? rows + (size_t)(d - 1) * (size_t)(d - 1) + (d - 1) : NULL;
        for (int32_t k = -d; k <= d; k += 2) {
            int32_t x = 0;
            if (d)
                x = k == -d || (k != d && last[k - 1] < last[k + 1]) ? last[k + 1]
                                                                     : last[k - 1] + 1;
            int32_t y = x - k;
            while (x < width && y < height && a[x] == b[y]) {
                x++;
                y++;
            }
            row[k] = x;
            bool inside = x <= width && y <= height;
            if (inside && d == most && x + y > reached->x + reached->y)
                *reached = (struct point){x, y};
            if (x == width && y == height) {
                *reached = (struct point){x, y};
                return d;
            }
        }
    }
    return most;
}

/* Searches piece by piece, each of which ends where EDITS_MAX edits have led. */
static int match_by_edits(struct matcher *m, struct range range) {
    uint64_t total = (uint64_t)(range.a_end - range.a_start) + (range.b_end - range.b_start);
    if (total > INT32_MAX / 2)
        return match_greedily(m, range);
    int32_t most = total < EDITS_MAX ? (int32_t)total : EDITS_MAX;
    struct arena_mark mark = arena_mark(m->arena);
    int32_t *rows = arena_array(m->arena, (size_t)(most + 1) * (size_t)(most + 1), sizeof *rows);
    if (!rows)
        return err_memory(m->err);
    for (int piece = 0; piece < PIECES_MAX; piece++) {
        struct point reached;
        int32_t edits = search(m, range, rows, most, &reached);
        if (reached.x == 0 && reached.y == 0)
            break;
        trace_back(m, range, rows, edits, reached);
        range.a_start += (uint32_t)reached.x;
        range.b_start += (uint32_t)reached.y;
        if (range.a_start == range.a_end || range.b_start == range.b_end)
            break;
    }
    arena_rewind(m->arena, mark);
    return match_greedily(m, range);
}

/* ---- Ranges ---- */

/* Matches what both ends have in common, and returns what is left. */
static struct range trim(struct matcher *m, struct range range) {
    while (range.a_start < range.a_end && range.b_start < range.b_end &&
           m->a[range.a_start] == m->b[range.b_start])
        m->source[range.b_start++] = range.a_start++;
    while (range.a_start < range.a_end && range.b_start < range.b_end &&
           m->a[range.a_end - 1] == m->b[range.b_end - 1])
        m->source[--range.b_end] = --range.a_end;
    return range;
}

static int match_range(struct matcher *m, struct range range, unsigned level);

/* Matches a chain of anchors and, between each two of them, the gap. The chain runs backwards. */
static int match_chain(struct matcher *m, struct range range, const struct anchor *anchors,
                       uint32_t last, unsigned level) {
    for (uint32_t at = last; at != NO_INDEX; at = anchors[at].previous) {
        const struct anchor *anchor = &anchors[at];
        struct range gap = {anchor->a + 1, range.a_end, anchor->b + 1, range.b_end};
        m->source[anchor->b] = anchor->a;
        if (match_range(m, gap, level + 1))
            return -1;
        range.a_end = anchor->a;
        range.b_end = anchor->b;
    }
    return match_range(m, range, level + 1);
}

static int match_range(struct matcher *m, struct range range, unsigned level) {
    range = trim(m, range);
    if (range.a_start == range.a_end || range.b_start == range.b_end)
        return 0;
    if (level == ANCHOR_LEVELS)
        return match_by_edits(m, range);
    struct arena_mark mark = arena_mark(m->arena);
    uint32_t most = range.b_end - range.b_start;
    struct anchor *anchors = arena_array(m->arena, most, sizeof *anchors);
    uint32_t *tails = arena_array(m->arena, most, sizeof *tails);
    if (!anchors || !tails)
        return err_memory(m->err);
    uint32_t count = find_anchors(m, range, anchors);
    int status = count ? match_chain(m, range, anchors, longest_chain(anchors, count, tails), level)
                       : match_by_edits(m, range);
    arena_rewind(m->arena, mark);
    return status;
}

/* ---- Canonical placement ----
 *
 * Within a run of equal elements (or a repeated group of them) a block that one side has more can
 * be inserted or removed at several places with one result. It goes to the last of them, so that
 * the same edit gives the same matches whatever surrounds it: two sides of a merge then agree.
 *
 * A gap between two matches holds R elements of `a` and I of `b`. Where R is not I, the last |R -
 * I| of the longer are the block (what is before them is replaced one for one). The block moves
 * behind the next match by matching that with the block's first element instead, which must be
 * equal. */

enum { SLIDES_PER_ELEMENT = 64 }; /* bounds repeats within repeats; ordinary text needs under 2 */

struct match {
    uint32_t a, b;
};

/* Slides the block of `size` elements of one side before match `k` as far as it goes. Returns the
 * steps taken. */
static uint64_t slide_block(const struct matcher *m, struct match *matches, uint32_t count,
                            uint32_t k, bool of_a, uint32_t size, bool all) {
    const uint32_t *symbols = of_a ? m->a : m->b;
    uint64_t steps = 0;
    while (k < count && size) {
        uint32_t *at = of_a ? &matches[k].a : &matches[k].b;
        if (symbols[*at - size] != symbols[*at])
            break;
        *at -= size;
        steps++;
        if (++k == count)
            break;
        /* What is now before the next match: the block, and what was there. */
        uint32_t removed = matches[k].a - matches[k - 1].a - 1;
        uint32_t inserted = matches[k].b - matches[k - 1].b - 1;
        if (!all && (of_a ? inserted : removed))
            break;
        size = of_a ? removed : inserted;
    }
    return steps;
}

/* Slides the surplus before match `k`; `all`: both blocks, where one of them can. */
static uint64_t slide_before(const struct matcher *m, struct match *matches, uint32_t count,
                             uint32_t k, bool all) {
    uint32_t removed = matches[k].a - (k ? matches[k - 1].a + 1 : 0);
    uint32_t inserted = matches[k].b - (k ? matches[k - 1].b + 1 : 0);
    if (all && removed && inserted) {
        uint64_t steps = slide_block(m, matches, count, k, true, removed, true) +
                         slide_block(m, matches, count, k, false, inserted, true);
        if (steps)
            return steps;
    }
    return removed > inserted ? slide_block(m, matches, count, k, true, removed - inserted, all)
                              : slide_block(m, matches, count, k, false, inserted - removed, all);
}

/* Slides all blocks, the last first, so that one that reaches another goes on with it. */
static int slide_blocks(struct matcher *m, uint32_t a_count, uint32_t b_count, bool all) {
    struct arena_mark mark = arena_mark(m->arena);
    struct match *matches = arena_array(m->arena, b_count, sizeof *matches);
    if (!matches)
        return err_memory(m->err);
    uint32_t count = 0;
    for (uint32_t j = 0; j < b_count; j++)
        if (m->source[j] != NO_INDEX)
            matches[count++] = (struct match){m->source[j], j};
    uint64_t left = SLIDES_PER_ELEMENT * ((uint64_t)a_count + b_count), steps = 0;
    uint64_t taken = 0;
    for (uint32_t k = count; k-- > 0 && taken < left; taken += steps)
        steps = slide_before(m, matches, count, k, all);
    if (taken) {
        for (uint32_t j = 0; j < b_count; j++)
            m->source[j] = NO_INDEX;
        for (uint32_t k = 0; k < count; k++)
            m->source[matches[k].b] = matches[k].a;
    }
    arena_rewind(m->arena, mark);
    return 0;
}

/* ---- Moves ---- */

/* Elements left over that occur once on each side have moved, and so have their equal neighbours:
 * the run is followed both ways. */
static int match_moves(struct matcher *m, struct sequence a, struct sequence b) {
    struct arena_mark mark = arena_mark(m->arena);
    bool *used = arena_alloc(m->arena, (size_t)a.count + 1);
    struct anchor *anchors = arena_array(m->arena, b.count, sizeof *anchors);
    if (!used || !anchors)
        return err_memory(m->err);
    memset(used, 0, a.count);
    for (uint32_t j = 0; j < b.count; j++)
        if (m->source[j] != NO_INDEX)
            used[m->source[j]] = true;
    uint32_t count = find_anchors(m, (struct range){0, a.count, 0, b.count}, anchors);
    for (uint32_t n = 0; n < count; n++) {
        uint32_t i = anchors[n].a, j = anchors[n].b;
        if (used[i] || m->source[j] != NO_INDEX)
            continue;
        while (i > 0 && j > 0 && !used[i - 1] && m->source[j - 1] == NO_INDEX &&
               m->a[i - 1] == m->b[j - 1]) {
            i--;
            j--;
        }
        for (; i < a.count && j < b.count && !used[i] && m->source[j] == NO_INDEX &&
               m->a[i] == m->b[j];
             i++, j++) {
            m->source[j] = i;
            used[i] = true;
        }
    }
    arena_rewind(m->arena, mark);
    return 0;
}

/* The elements of one side that have no match, and equal ones of the other that have none either.
 */
struct left_over {
    uint32_t *at, *symbols;
    uint32_t count;
};

static int open_left_over(struct matcher *m, uint32_t count, struct left_over *left) {
    left->at = arena_array(m->arena, count, sizeof *left->at);
    left->symbols = arena_array(m->arena, count, sizeof *left->symbols);
    left->count = 0;
    return left->at && left->symbols ? 0 : err_memory(m->err);
}

static void put_left_over(struct left_over *left, uint32_t at, uint32_t symbol) {
    left->at[left->count] = at;
    left->symbols[left->count++] = symbol;
}

static int find_left_over(struct matcher *m, struct sequence a, struct sequence b,
                          struct left_over *in_a, struct left_over *in_b) {
    bool *used = arena_alloc(m->arena, (size_t)a.count + 1);
    if (!used || open_left_over(m, a.count, in_a) || open_left_over(m, b.count, in_b))
        return err_memory(m->err);
    memset(used, 0, a.count);
    for (uint32_t j = 0; j < b.count; j++) {
        if (m->source[j] != NO_INDEX)
            used[m->source[j]] = true;
        else
            m->in_b[m->b[j]] = 1;
    }
    for (uint32_t i = 0; i < a.count; i++)
        if (!used[i] && m->in_b[m->a[i]]) {
            m->in_a[m->a[i]] = 1;
            put_left_over(in_a, i, m->a[i]);
        }
    for (uint32_t j = 0; j < b.count; j++)
        if (m->source[j] == NO_INDEX && m->in_a[m->b[j]])
            put_left_over(in_b, j, m->b[j]);
    for (uint32_t j = 0; j < b.count; j++)
        m->in_a[m->b[j]] = m->in_b[m->b[j]] = 0;
    return 0;
}

/* Matches elements that are repeated, and left over because others anchor an order in which they
 * are not: in the longest order of their own. Returns how many, or -1. */
static int64_t match_left_over(struct matcher *m, struct sequence a, struct sequence b) {
    struct arena_mark mark = arena_mark(m->arena);
    struct left_over in_a, in_b;
    if (find_left_over(m, a, b, &in_a, &in_b))
        return -1;
    struct matcher left = *m;
    left.a = in_a.symbols;
    left.b = in_b.symbols;
    left.source = arena_array(m->arena, in_b.count, sizeof *left.source);
    if (!left.source)
        return err_memory(m->err);
    for (uint32_t j = 0; j < in_b.count; j++)
        left.source[j] = NO_INDEX;
    struct sequence of_a = {in_a.symbols, in_a.count}, of_b = {in_b.symbols, in_b.count};
    if (match_range(&left, (struct range){0, in_a.count, 0, in_b.count}, 0) ||
        slide_blocks(&left, in_a.count, in_b.count, false) || match_moves(&left, of_a, of_b))
        return -1;
    int64_t matched = 0;
    for (uint32_t j = 0; j < in_b.count; j++)
        if (left.source[j] != NO_INDEX) {
            m->source[in_b.at[j]] = in_a.at[left.source[j]];
            matched++;
        }
    arena_rewind(m->arena, mark);
    return matched;
}

/* What one order leaves, the next may match. */
static int match_repeated(struct matcher *m, struct sequence a, struct sequence b) {
    int64_t matched = 1;
    for (int round = 0; round < REPEATED_ROUNDS && matched > 0; round++)
        matched = match_left_over(m, a, b);
    return matched < 0 ? -1 : 0;
}

int sequence_match(struct delta_arena *arena, struct sequence a, struct sequence b,
                   uint32_t alphabet, unsigned flags, uint32_t *source, struct delta_err *err) {
    struct arena_mark mark = arena_mark(arena);
    struct matcher m = {.arena = arena,
                        .a = a.symbols,
                        .b = b.symbols,
                        .source = source,
                        .in_a = arena_array(arena, alphabet, sizeof *m.in_a),
                        .in_b = arena_array(arena, alphabet, sizeof *m.in_b),
                        .where = arena_array(arena, alphabet, sizeof *m.where),
                        .err = err};
    if (!m.in_a || !m.in_b || !m.where)
        return err_memory(err);
    memset(m.in_a, 0, alphabet * sizeof *m.in_a);
    memset(m.in_b, 0, alphabet * sizeof *m.in_b);
    for (uint32_t s = 0; s < alphabet; s++)
        m.where[s] = NO_INDEX;
    for (uint32_t j = 0; j < b.count; j++)
        source[j] = NO_INDEX;
    int status = match_range(&m, (struct range){0, a.count, 0, b.count}, 0);
    if (status == 0 && flags & (SEQUENCE_REMOVE_FIRST | SEQUENCE_INSERT_FIRST))
        status = extreme_lcs(arena, a, b, flags & SEQUENCE_REMOVE_FIRST, source, err);
    else if (status == 0)
        status = slide_blocks(&m, a.count, b.count, flags & SEQUENCE_SLIDE_ALL);
    if (status == 0 && flags & SEQUENCE_MOVES)
        status = match_moves(&m, a, b);
    if (status == 0 && flags & SEQUENCE_REPEATED)
        status = match_repeated(&m, a, b);
    arena_rewind(arena, mark);
    return status;
}
