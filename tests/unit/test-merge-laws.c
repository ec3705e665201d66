/* Laws 5 and 7 of merges, over random lists of things that have a name, against a merge by name
 * that is written here: no change is in another thing than the one it was made to, no thing that
 * both sides keep is lost or doubled, and further changes to what one side made are what the other
 * has. And over things without a name or an order, against their numbers; and over numbers that are
 * written in two ways, against the same in one. */
#include "tests/unit/check.h"
#include "tests/unit/spelled.h"

#include "diff/filter.h"
#include "merge/merge.h"

enum { ROUNDS = 4000, MEMBERS = 4, MOST = 40 };

/* How a list spells the names of its things. */
static const char *const spellings[] = {
    "\"id\":\"n%d\"",   "\"Key\":%d",
    "\"sku\":\"n%d\"",  "\"metadata\":{\"kind\":\"Pod\",\"name\":\"n%d\"}",
    "\"host\":\"n%d\"",
};
enum { SPELLINGS = sizeof spellings / sizeof *spellings };

struct thing {
    int name;
    int look; /* the name that it had at first: what a thing that was renamed in place looks like */
    int values[MEMBERS];
};

struct list {
    struct thing things[MOST];
    int count;
};

struct world {
    uint64_t seed;
    int names, values; /* that were given out */
};

static int below(struct world *world, int bound) {
    return (int)check_below(&world->seed, (uint32_t)bound);
}

static struct thing new_thing(struct world *world) {
    struct thing thing = {.name = ++world->names, .look = world->names};
    for (int m = 0; m < MEMBERS; m++)
        thing.values[m] = below(world, 3); /* alike, so that they do not identify */
    return thing;
}

static void insert(struct list *list, int at, struct thing thing) {
    memmove(&list->things[at + 1], &list->things[at],
            (size_t)(list->count - at) * sizeof *list->things);
    list->things[at] = thing;
    list->count++;
}

static struct thing take(struct list *list, int at) {
    struct thing thing = list->things[at];
    list->count--;
    memmove(&list->things[at], &list->things[at + 1],
            (size_t)(list->count - at) * sizeof *list->things);
    return thing;
}

static int find(const struct list *list, int name) {
    for (int i = 0; i < list->count; i++)
        if (list->things[i].name == name)
            return i;
    return -1;
}

static bool same_thing(const struct thing *a, const struct thing *b) {
    return a->name == b->name && memcmp(a->values, b->values, sizeof a->values) == 0;
}

/* One change of the list, but not to a thing that differs in the two other lists. */
static void change(struct world *world, struct list *list, const struct list *before,
                   const struct list *after) {
    int what = below(world, 16), at = list->count ? below(world, list->count) : 0;
    if (what < 4 || list->count == 0) {
        if (list->count < MOST / 2)
            insert(list, below(world, list->count + 1), new_thing(world));
        return;
    }
    const struct thing *thing = &list->things[at];
    if (before) {
        int was = find(before, thing->name), is = find(after, thing->name);
        if (was < 0 || is < 0 || !same_thing(&before->things[was], &after->things[is]))
            return;
    }
    if (what < 7) {
        take(list, at);
    } else if (what < 12) {
        list->things[at].values[below(world, MEMBERS)] = 1000 + ++world->values;
    } else if (what < 14) {
        struct thing moved = take(list, at);
        insert(list, below(world, list->count + 1), moved);
    } else if (what == 14) { /* another thing that looks the same is in its place */
        list->things[at].name = ++world->names;
    } else if (!before) { /* two things exchange their names */
        int other = below(world, list->count), name = list->things[at].name;
        list->things[at].name = list->things[other].name;
        list->things[other].name = name;
    }
}

static void put_list(const struct list *list, const char *spelling, struct delta_buf *out) {
    delta_buf_printf(out, "[");
    for (int i = 0; i < list->count; i++) {
        const struct thing *thing = &list->things[i];
        delta_buf_printf(out, "%s{\"on\":true,", i ? "," : "");
        delta_buf_printf(out, spelling, thing->name);
        for (int m = 0; m < MEMBERS; m++)
            delta_buf_printf(out, ",\"m%d\":%d", m, thing->values[m]);
        delta_buf_printf(out, "}");
    }
    delta_buf_printf(out, "]");
}

static const struct delta_value *spelled(struct delta_arena *arena, const struct list *list,
                                         const char *spelling) {
    struct delta_buf text = {0};
    struct delta_err err = {0};
    put_list(list, spelling, &text);
    const struct delta_value *value = delta_read(arena, text.data, text.length, NULL, &err);
    delta_buf_free(&text);
    CHECK_EQ_STR(err.text, "");
    return value;
}

/* The merge by name: the things of the result, in any order. False for a conflict. */
static bool merge_by_name(const struct list *base, const struct list sides[2], struct list *out) {
    out->count = 0;
    for (int i = 0; i < base->count; i++) {
        const struct thing *old = &base->things[i], *now[2];
        for (int s = 0; s < 2; s++) {
            int at = find(&sides[s], old->name);
            now[s] = at < 0 ? NULL : &sides[s].things[at];
        }
        if (now[0] && now[1]) {
            struct thing merged = *now[0];
            for (int m = 0; m < MEMBERS; m++) {
                int ours = now[0]->values[m], theirs = now[1]->values[m];
                if (ours == old->values[m])
                    merged.values[m] = theirs;
                else if (theirs != old->values[m] && theirs != ours)
                    return false;
            }
            out->things[out->count++] = merged;
        } else if ((now[0] || now[1]) && !same_thing(now[0] ? now[0] : now[1], old)) {
            return false;
        }
    }
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < sides[s].count; i++)
            if (find(base, sides[s].things[i].name) < 0 && find(out, sides[s].things[i].name) < 0)
                out->things[out->count++] = sides[s].things[i];
    return true;
}

/* Whether the value has the things of the list and no others, in any order. */
static bool has_things(struct delta_arena *arena, const struct delta_value *value,
                       const struct list *list, const char *spelling) {
    const struct delta_value *want = spelled(arena, list, spelling);
    size_t count = delta_value_count(value);
    bool all = count == delta_value_count(want);
    for (size_t i = 0; i < count && all; i++) {
        size_t found = 0;
        for (size_t j = 0; j < count; j++)
            found += delta_value_equal(delta_value_element(want, i), delta_value_element(value, j));
        all = found == 1;
    }
    return all;
}

struct round {
    struct delta_arena *arena;
    struct list base, sides[2];
    const char *spelling;
    const struct delta_value *values[3];
};

static void open_round(struct world *world, struct round *round) {
    *round =
        (struct round){.arena = delta_arena_new(), .spelling = spellings[below(world, SPELLINGS)]};
    for (int n = 3 + below(world, 9); n > 0; n--)
        round->base.things[round->base.count++] = new_thing(world);
    round->sides[0] = round->sides[1] = round->base;
}

static void spell_round(struct round *round) {
    round->values[0] = spelled(round->arena, &round->base, round->spelling);
    for (int s = 0; s < 2; s++)
        round->values[s + 1] = spelled(round->arena, &round->sides[s], round->spelling);
    REQUIRE(round->values[0] && round->values[1] && round->values[2]);
}

static const struct delta_value *merge(const struct round *round, bool exchanged,
                                       const struct delta_merge_options *options,
                                       size_t *conflicts) {
    struct delta_conflicts found;
    struct delta_err err = {0};
    const struct delta_value *merged =
        delta_merge(round->arena, round->values[0], round->values[exchanged ? 2 : 1],
                    round->values[exchanged ? 1 : 2], options, &found, &err);
    CHECK_EQ_STR(err.text, "");
    *conflicts = found.count;
    return merged;
}

static void show_round(const struct round *round, const struct delta_value *merged) {
    if (check_state.failures > 3) /* enough to look at */
        return;
    struct delta_buf text = {0};
    for (int i = 0; i < 3; i++) {
        delta_write(round->values[i], DELTA_CANONICAL, 0, &text, NULL);
        delta_buf_put(&text, "\n", 1);
    }
    delta_write(merged, DELTA_CANONICAL, 0, &text, NULL);
    printf("# %.*s\n", (int)text.length, text.data);
    delta_buf_free(&text);
}

static void close_round(struct round *round, const struct delta_value *merged, bool right) {
    CHECK(right);
    if (!right)
        show_round(round, merged);
    delta_arena_free(round->arena);
}

/* Law 7, and of law 5 that the sides can be exchanged. With the key given or inferred. */
static void no_change_is_in_another_thing(void) {
    uint64_t seed = check_seed();
    unsigned clean = 0, needless = 0;
    for (uint32_t n = 0; n < ROUNDS; n++) {
        struct world world = {.seed = seed + n};
        struct round round;
        struct list want;
        size_t conflicts, others;
        check_row("SEED=%" PRIu64 " round %u", seed, n);
        open_round(&world, &round);
        for (int s = 0; s < 2; s++)
            for (int count = 1 + below(&world, 3); count > 0; count--)
                change(&world, &round.sides[s], NULL, NULL);
        spell_round(&round);
        bool joins = merge_by_name(&round.base, round.sides, &want);
        const struct delta_value *merged = merge(&round, false, NULL, &conflicts);
        const struct delta_value *other = merge(&round, true, NULL, &others);
        REQUIRE(merged && other);
        CHECK(!conflicts == !others && (conflicts || delta_value_equal(merged, other)));
        bool right = conflicts || (joins && has_things(round.arena, merged, &want, round.spelling));
        close_round(&round, merged, right);
        clean += !conflicts;
        needless += conflicts && joins;
    }
    printf("# %u of %u merged, %u conflicts that a merge by name does not have\n", clean,
           (unsigned)ROUNDS, needless);
    CHECK(clean > ROUNDS / 3);
}

static int find_look(const struct list *list, int look) {
    for (int i = 0; i < list->count; i++)
        if (list->things[i].look == look)
            return i;
    return -1;
}

/* Whether theirs has two things, at these places of base, ours and theirs, in the order of the base
 * again that ours exchanged. */
static bool is_taken_back(const int one[3], const int other[3]) {
    for (int s = 0; s < 3; s++)
        if (one[s] < 0 || other[s] < 0)
            return false;
    return (one[0] < other[0]) != (one[1] < other[1]) && (one[0] < other[0]) == (one[2] < other[2]);
}

/* Whether theirs takes back a move of ours, of things known by name or by what they look like. */
static bool takes_back(const struct round *round) {
    const struct list *lists[3] = {&round->base, &round->sides[0], &round->sides[1]};
    int names[MOST][3], looks[MOST][3];
    for (int i = 0; i < round->base.count; i++)
        for (int s = 0; s < 3; s++) {
            names[i][s] = find(lists[s], round->base.things[i].name);
            looks[i][s] = find_look(lists[s], round->base.things[i].look);
        }
    for (int i = 0; i < round->base.count; i++)
        for (int j = i + 1; j < round->base.count; j++)
            if (is_taken_back(names[i], names[j]) || is_taken_back(looks[i], looks[j]))
                return true;
    return false;
}

/* Law 5: theirs is ours with further changes, to things that ours left as they were. */
static void further_changes_are_the_result(void) {
    uint64_t seed = check_seed();
    unsigned clean = 0;
    for (uint32_t n = 0; n < ROUNDS; n++) {
        struct world world = {.seed = seed + n};
        struct round round;
        size_t conflicts;
        check_row("SEED=%" PRIu64 " round %u", seed, n);
        open_round(&world, &round);
        for (int count = 1 + below(&world, 3); count > 0; count--)
            change(&world, &round.sides[0], NULL, NULL);
        round.sides[1] = round.sides[0];
        struct list ours = round.sides[0];
        for (int count = 1 + below(&world, 3); count > 0; count--)
            change(&world, &round.sides[1], &round.base, &ours);
        spell_round(&round);
        const struct delta_value *merged = merge(&round, n & 1, NULL, &conflicts);
        REQUIRE(merged);
        bool right = conflicts || takes_back(&round) || delta_value_equal(merged, round.values[2]);
        close_round(&round, merged, right);
        clean += !conflicts;
    }
    printf("# %u of %u merged\n", clean, (unsigned)ROUNDS);
    CHECK(clean > ROUNDS / 2);
}

/* ---- Where order does not count ---- */

enum { KINDS = 5, BAG_MAX = 12 };

/* Things of some kinds, some of them more than once, in any order. */
struct bag {
    int kinds[BAG_MAX];
    int count;
};

static struct bag new_bag(struct world *world) {
    struct bag bag = {0};
    for (int count = below(world, 7); count > 0; count--)
        bag.kinds[bag.count++] = below(world, KINDS);
    return bag;
}

/* Puts in or takes out up to two, and shuffles. */
static struct bag other_bag(struct world *world, struct bag bag) {
    for (int changes = below(world, 3); changes > 0; changes--) {
        if (bag.count && below(world, 2)) {
            int last = bag.kinds[--bag.count];
            bag.kinds[below(world, bag.count + 1)] = last;
        } else {
            bag.kinds[bag.count++] = below(world, KINDS);
        }
    }
    for (int i = bag.count; i > 1; i--) {
        int j = below(world, i), kind = bag.kinds[i - 1];
        bag.kinds[i - 1] = bag.kinds[j];
        bag.kinds[j] = kind;
    }
    return bag;
}

/* The bag as an array; the more that a spelling says, the more alike are its things. */
static const struct delta_value *spelled_bag(struct delta_arena *arena, const struct bag *bag,
                                             int spelling) {
    static const char *const bag_spellings[] = {
        "\"kind %d\"", "{\"kind\":%d}", "{\"kind\":%d,\"list\":[1,2,3],\"text\":\"some text\"}"};
    struct delta_buf text = {0};
    struct delta_err err = {0};
    delta_buf_printf(&text, "[");
    for (int i = 0; i < bag->count; i++) {
        delta_buf_printf(&text, "%s", i ? "," : "");
        delta_buf_printf(&text, bag_spellings[spelling], bag->kinds[i]);
    }
    delta_buf_printf(&text, "]");
    const struct delta_value *value = delta_read(arena, text.data, text.length, NULL, &err);
    delta_buf_free(&text);
    CHECK_EQ_STR(err.text, "");
    return value;
}

static int count_kind(const struct bag *bag, int kind) {
    int count = 0;
    for (int i = 0; i < bag->count; i++)
        count += bag->kinds[i] == kind;
    return count;
}

/* Whether so many things of one kind may be the result: as many as both sides have, or as one side
 * changed it; where both did, no fewer than one has and no more than both changes make. */
static bool may_result(int base, int ours, int theirs, int got) {
    if (ours == theirs || theirs == base)
        return got == ours;
    if (ours == base)
        return got == theirs;
    int fewer = ours < theirs ? ours : theirs, more = ours < theirs ? theirs : ours;
    int sum = ours + theirs - base;
    return got >= fewer && got <= (sum > more ? sum : more);
}

static int count_equal(const struct delta_value *array, const struct delta_value *element) {
    int count = 0;
    for (size_t i = 0; i < delta_value_count(array); i++)
        count += delta_value_equal(delta_value_element(array, i), element);
    return count;
}

static void without_an_order_nothing_is_lost_or_doubled(void) {
    const char *const root = "";
    const struct delta_merge_options options = {.unordered = {.items = &root, .count = 1}};
    uint64_t seed = check_seed();
    unsigned clean = 0;
    for (uint32_t n = 0; n < ROUNDS; n++) {
        struct world world = {.seed = seed + n};
        struct round round = {.arena = delta_arena_new()};
        struct bag bags[3] = {0};
        int spelling = below(&world, 3);
        size_t conflicts;
        check_row("SEED=%" PRIu64 " round %u", seed, n);
        bags[0] = new_bag(&world);
        bags[1] = other_bag(&world, bags[0]);
        bags[2] = other_bag(&world, bags[0]);
        for (int i = 0; i < 3; i++)
            round.values[i] = spelled_bag(round.arena, &bags[i], spelling);
        const struct delta_value *merged = merge(&round, false, &options, &conflicts);
        REQUIRE(merged);
        bool right = true;
        for (int kind = 0; kind < KINDS && !conflicts; kind++) {
            const struct bag one = {.kinds = {kind}, .count = 1};
            const struct delta_value *thing =
                delta_value_element(spelled_bag(round.arena, &one, spelling), 0);
            right &= may_result(count_kind(&bags[0], kind), count_kind(&bags[1], kind),
                                count_kind(&bags[2], kind), count_equal(merged, thing));
        }
        close_round(&round, merged, right);
        clean += !conflicts;
    }
    printf("# %u of %u merged\n", clean, (unsigned)ROUNDS);
    CHECK(clean > ROUNDS / 2);
}

/* ---- Where it does not count how numbers are written ---- */

/* Always in the same way, or in one of two, which are equally long: what is alike goes by size. */
static void put_number(struct world *world, bool same, int number, struct delta_buf *text) {
    delta_buf_printf(text, same || below(world, 2) ? "%d.0" : "%de0", number);
}

static const struct delta_value *spelled_numbers(struct world *world, bool same,
                                                 struct delta_arena *arena, const struct bag *bag) {
    struct delta_buf text = {0};
    struct delta_err err = {0};
    delta_buf_printf(&text, "[[0.0,1.0,2.0]"); /* of equal numbers the first one stands for all */
    for (int i = 0; i < bag->count; i++) {
        delta_buf_printf(&text, ",{\"n\":[\"x\",");
        put_number(world, same, bag->kinds[i] / 2, &text);
        delta_buf_printf(&text, "],\"text\":\"some text\",\"m\":");
        put_number(world, same, bag->kinds[i] % 2, &text);
        delta_buf_printf(&text, "}");
    }
    delta_buf_printf(&text, "]");
    const struct delta_value *value = delta_read(arena, text.data, text.length, NULL, &err);
    delta_buf_free(&text);
    CHECK_EQ_STR(err.text, "");
    return value;
}

/* Merged with `numeric`, states with numbers in any spelling are what they are in one. */
static void equal_numbers_are_one(void) {
    const char *const everywhere = "/**";
    uint64_t seed = check_seed();
    unsigned clean = 0;
    for (uint32_t n = 0; n < ROUNDS; n++) {
        struct world world = {.seed = seed + n};
        struct round round = {.arena = delta_arena_new()}, same = round;
        struct bag bags[3] = {0};
        struct delta_merge_options options = {.unordered = {.items = &everywhere, .count = n % 2}};
        struct delta_err err = {0};
        struct delta_filter filter = {.numeric = true};
        size_t conflicts, same_conflicts;
        check_row("SEED=%" PRIu64 " round %u", seed, n);
        bags[0] = new_bag(&world);
        bags[1] = other_bag(&world, bags[0]);
        bags[2] = other_bag(&world, bags[n % 3]);
        for (int i = 0; i < 3; i++) {
            round.values[i] = spelled_numbers(&world, false, round.arena, &bags[i]);
            same.values[i] = spelled_numbers(&world, true, round.arena, &bags[i]);
        }
        const struct delta_value *merged_same = merge(&same, false, &options, &same_conflicts);
        options.numeric = true;
        REQUIRE(pointer_patterns_of(round.arena, &options.unordered, &filter.unordered, &err) == 0);
        const struct delta_value *merged = merge(&round, false, &options, &conflicts);
        REQUIRE(merged && merged_same);
        const struct delta_value *left =
            delta_filter_apply(round.arena, &filter, merged_same, merged, &err);
        bool right = conflicts == same_conflicts && left && delta_value_equal(left, merged_same);
        close_round(&round, merged, right);
        clean += !conflicts;
    }
    printf("# %u of %u merged\n", clean, (unsigned)ROUNDS);
    CHECK(clean > ROUNDS / 3);
}

int main(void) {
    RUN(no_change_is_in_another_thing);
    RUN(further_changes_are_the_result);
    RUN(without_an_order_nothing_is_lost_or_doubled);
    RUN(equal_numbers_are_one);
    return check_done();
}
