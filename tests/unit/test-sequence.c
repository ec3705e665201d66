/* Matching of sequences: what it may never do, and how near it comes to the longest match. */
#include "diff/sequence.h"
#include "diff/symbols.h"
#include "tests/unit/check.h"

#include "base/hash.h"

enum { MOST = 400 };

struct pair {
    uint32_t a[MOST], b[MOST];
    uint32_t a_count, b_count, alphabet;
};

/* `b` is `a` with some runs removed, inserted, moved; or something else altogether. */
static void make_pair(uint64_t *seed, struct pair *pair, uint32_t longest, uint32_t alphabet) {
    *pair = (struct pair){.alphabet = alphabet};
    pair->a_count = check_below(seed, longest + 1);
    for (uint32_t i = 0; i < pair->a_count; i++)
        pair->a[i] = check_below(seed, alphabet);
    if (check_below(seed, 4) == 0) {
        pair->b_count = check_below(seed, longest + 1);
        for (uint32_t j = 0; j < pair->b_count; j++)
            pair->b[j] = check_below(seed, alphabet);
        return;
    }
    uint32_t rate = 2 + check_below(seed, 20);
    for (uint32_t i = 0; i < pair->a_count && pair->b_count + 1 < MOST; i++) {
        uint32_t what = check_below(seed, rate);
        if (what == 0)
            continue;
        if (what == 1)
            pair->b[pair->b_count++] = check_below(seed, alphabet);
        pair->b[pair->b_count++] = pair->a[i];
    }
    if (pair->b_count > 4 && check_below(seed, 2)) { /* a run moves to the front */
        uint32_t from = 1 + check_below(seed, pair->b_count - 1);
        uint32_t count = 1 + check_below(seed, pair->b_count - from);
        uint32_t run[MOST];
        memcpy(run, pair->b + from, count * sizeof *run);
        memmove(pair->b + count, pair->b, from * sizeof *run);
        memcpy(pair->b, run, count * sizeof *run);
    }
}

/* Nothing matched that is not equal, nothing twice, nothing out of order without moves. Returns how
 * many were matched. */
static uint32_t check_match(const struct pair *pair, const uint32_t *source, bool moves) {
    bool used[MOST] = {false};
    uint32_t matched = 0, last = 0;
    for (uint32_t j = 0; j < pair->b_count; j++) {
        if (source[j] == NO_INDEX)
            continue;
        CHECK(source[j] < pair->a_count);
        if (source[j] >= pair->a_count)
            continue;
        CHECK(pair->a[source[j]] == pair->b[j]);
        CHECK(!used[source[j]]);
        CHECK(moves || matched == 0 || source[j] > last);
        used[source[j]] = true;
        last = source[j];
        matched++;
    }
    return matched;
}

static uint32_t longest_common(const struct pair *pair) {
    static uint32_t best[MOST + 1][MOST + 1];
    for (uint32_t i = 0; i <= pair->a_count; i++)
        for (uint32_t j = 0; j <= pair->b_count; j++) {
            if (i == 0 || j == 0)
                best[i][j] = 0;
            else if (pair->a[i - 1] == pair->b[j - 1])
                best[i][j] = best[i - 1][j - 1] + 1;
            else
                best[i][j] = best[i - 1][j] > best[i][j - 1] ? best[i - 1][j] : best[i][j - 1];
        }
    return best[pair->a_count][pair->b_count];
}

static uint32_t match(const struct pair *pair, bool moves, uint32_t *source) {
    struct delta_arena *arena = delta_arena_new();
    for (uint32_t j = 0; j < pair->b_count; j++)
        source[j] = 12345; /* all of it is to be filled */
    CHECK(sequence_match(arena, (struct sequence){pair->a, pair->a_count},
                         (struct sequence){pair->b, pair->b_count}, pair->alphabet, moves, source,
                         NULL) == 0);
    uint32_t matched = check_match(pair, source, moves);
    delta_arena_free(arena);
    return matched;
}

/* Without unique elements there are no anchors, and what Myers finds is the longest. */
static void short_ones_against_all_ways(void) {
    uint64_t seed = check_seed();
    uint64_t found = 0, possible = 0;
    for (int round = 0; round < check_rounds(30000); round++) {
        struct pair pair;
        uint32_t source[MOST];
        make_pair(&seed, &pair, 12, 1 + check_below(&seed, 6));
        uint32_t longest = longest_common(&pair);
        uint32_t in_order = match(&pair, false, source);
        uint32_t with_moves = match(&pair, true, source);
        CHECK(in_order <= longest);
        CHECK(with_moves >= in_order);
        found += in_order;
        possible += longest;
    }
    /* Anchors may miss a longer match; they do not miss many. */
    CHECK(found * 100 >= possible * 97);
}

static void no_unique_elements_the_longest_is_found(void) {
    uint64_t seed = check_seed();
    for (int round = 0; round < check_rounds(6000); round++) {
        struct pair pair, doubled;
        uint32_t source[MOST];
        make_pair(&seed, &pair, 10, 1 + check_below(&seed, 4));
        doubled = (struct pair){
            .alphabet = pair.alphabet, .a_count = 2 * pair.a_count, .b_count = 2 * pair.b_count};
        for (uint32_t i = 0; i < doubled.a_count; i++)
            doubled.a[i] = pair.a[i / 2];
        for (uint32_t j = 0; j < doubled.b_count; j++)
            doubled.b[j] = pair.b[j / 2];
        CHECK_EQ_INT(match(&doubled, false, source), longest_common(&doubled));
    }
}

static void long_ones(void) {
    uint64_t seed = check_seed();
    for (int round = 0; round < check_rounds(1500); round++) {
        struct pair pair;
        uint32_t source[MOST];
        make_pair(&seed, &pair, MOST / 2 - 1, 1 + check_below(&seed, 300));
        match(&pair, false, source);
        match(&pair, true, source);
    }
}

static void all_distinct_all_moves_found(void) {
    uint64_t seed = check_seed();
    for (int round = 0; round < check_rounds(1000); round++) {
        struct pair pair = {.alphabet = MOST};
        uint32_t source[MOST];
        pair.a_count = pair.b_count = 1 + check_below(&seed, MOST);
        for (uint32_t i = 0; i < pair.a_count; i++)
            pair.a[i] = pair.b[i] = i;
        for (uint32_t i = pair.b_count; i > 1; i--) {
            uint32_t other = check_below(&seed, i), held = pair.b[i - 1];
            pair.b[i - 1] = pair.b[other];
            pair.b[other] = held;
        }
        CHECK_EQ_INT(match(&pair, true, source), pair.a_count);
        CHECK_EQ_INT(match(&pair, false, source) >= 1, 1);
    }
}

/* Gaps so large that the search gives up are matched still. */
static void a_large_gap(void) {
    enum { LARGE = 20000 };
    struct delta_arena *arena = delta_arena_new();
    uint32_t *a = malloc(3 * LARGE * sizeof *a), *b = a + LARGE, *source = b + LARGE;
    uint64_t seed = check_seed();
    REQUIRE(a);
    for (uint32_t i = 0; i < LARGE; i++) {
        a[i] = check_below(&seed, 50);
        b[i] = check_below(&seed, 10) ? a[i] : check_below(&seed, 50);
    }
    CHECK(sequence_match(arena, (struct sequence){a, LARGE}, (struct sequence){b, LARGE}, 50, false,
                         source, NULL) == 0);
    uint32_t matched = 0, last = 0;
    for (uint32_t j = 0; j < LARGE; j++) {
        if (source[j] == NO_INDEX)
            continue;
        CHECK(source[j] < LARGE && a[source[j]] == b[j] && (!matched || source[j] > last));
        last = source[j];
        matched++;
    }
    CHECK(matched > LARGE / 2);
    free(a);
    delta_arena_free(arena);
}

static void symbols_name_what_is_equal(void) {
    struct symbols table = {0};
    for (uint64_t round = 0; round < 3; round++)
        for (uint64_t i = 0; i < 5000; i++) {
            /* all in seven slots at first */
            CHECK_EQ_INT(symbols_put(&table, i << 40 | i % 7), i);
        }
    CHECK_EQ_INT(table.count, 5000);
    symbols_free(&table);
    CHECK(!table.hashes.items && !table.table.slots && !table.count);
}

/* Texts made to share their start, their end, or all but their length are spread over the slots. */
static void slots_cannot_be_chosen(void) {
    enum { COUNT = 4096, SLOTS = 2 * COUNT, FULLEST = 64, KINDS = 4 };
    static char text[COUNT + 64];
    for (unsigned kind = 0; kind < KINDS; kind++) {
        static unsigned found[SLOTS];
        unsigned most = 0;
        memset(found, 0, sizeof found);
        for (uint64_t i = 0; i < COUNT; i++) {
            memset(text, 'a', sizeof text);
            memcpy(text + (kind == 0 ? 0 : kind == 1 ? 8 : 40), &i, kind < 3 ? sizeof i : 0);
            uint64_t hash = hash_private(text, kind < 2 ? 16 : kind == 2 ? 64 : i, 0);
            unsigned in_slot = ++found[hash % SLOTS];
            most = in_slot > most ? in_slot : most;
        }
        CHECK(most < FULLEST);
    }
}

/* The same loads can come from texts of different lengths: here of any two. */
static void lengths_count(void) {
    enum { LONGEST = 200 };
    char text[LONGEST];
    uint64_t hashes[LONGEST + 1];
    memset(text, 'a', sizeof text);
    for (unsigned i = 0; i <= LONGEST; i++) {
        hashes[i] = hash_private(text, i, 's');
        for (unsigned j = 0; j < i; j++)
            CHECK(hashes[i] != hashes[j]);
    }
    CHECK(hash_private("baaaaaaa", 8, 's') != hash_private("baaaaaaaa", 9, 's'));
    CHECK(hash_private("1", 1, 's') != hash_private("1", 1, 'n'));
}

/* A change of any byte changes the hash. */
static void every_byte_counts(void) {
    char text[200] = {0};
    for (unsigned length = 1; length <= sizeof text; length++) {
        uint64_t hash = hash_private(text, length, 's');
        for (unsigned i = 0; i < length; i++) {
            text[i] ^= 1;
            CHECK(hash_private(text, length, 's') != hash);
            text[i] ^= 1;
        }
    }
}

/* With moves and repeated elements nothing equal is left on both sides of a short pair, so that no
 * element is shown as one that was replaced with its equal. */
static void repeated_ones_match(void) {
    uint64_t seed = check_seed();
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct pair pair = {
        .a = {0, 1, 1, 2}, .b = {1, 3, 2, 0}, .a_count = 4, .b_count = 4, .alphabet = 4};
    for (int n = 0; n < 3000; n++) {
        uint32_t source[MOST], left_a[16] = {0};
        if (n)
            make_pair(&seed, &pair, 9, 2 + check_below(&seed, 4));
        int status = sequence_match(arena, (struct sequence){pair.a, pair.a_count},
                                    (struct sequence){pair.b, pair.b_count}, pair.alphabet,
                                    SEQUENCE_MOVES | SEQUENCE_REPEATED, source, &err);
        REQUIRE(status == 0);
        check_match(&pair, source, true);
        for (uint32_t i = 0; i < pair.a_count; i++)
            left_a[pair.a[i]]++;
        for (uint32_t j = 0; j < pair.b_count; j++)
            if (source[j] != NO_INDEX)
                left_a[pair.b[j]]--;
        for (uint32_t j = 0; j < pair.b_count; j++)
            CHECK(source[j] != NO_INDEX || left_a[pair.b[j]] == 0);
    }
    delta_arena_free(arena);
}

int main(void) {
    RUN(lengths_count);
    RUN(every_byte_counts);
    RUN(short_ones_against_all_ways);
    RUN(no_unique_elements_the_longest_is_found);
    RUN(long_ones);
    RUN(all_distinct_all_moves_found);
    RUN(repeated_ones_match);
    RUN(a_large_gap);
    RUN(symbols_name_what_is_equal);
    RUN(slots_cannot_be_chosen);
    return check_done();
}
