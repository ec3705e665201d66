/* Lists of patterns beside a matcher that tries each of them by itself, as its words say. */
#include "tests/unit/check.h"

#include "json/pattern_matcher.h"

enum { PATTERNS = 7, STEPS = 4, DEPTH = 5, ROUNDS = 4000 };

/* Steps as they are typed: few, so that patterns begin alike. */
static const char *const words[] = {"a",  "b",  "1",     "*",     "**",
                                    "a*", "*b", "[m=x]", "[m=y]", "[/m/0=x]"};
enum { WORDS = sizeof words / sizeof *words };

struct list {
    uint32_t count, lengths[PATTERNS], steps[PATTERNS][STEPS];
    char texts[PATTERNS][64];
};

/* A place on the way down: its key or its indices, and its values before and after. */
struct place {
    const char *key; /* NULL: an index */
    uint32_t index, other;
    const char *values[2]; /* of its member m; NULL: there is none */
};

static bool selects(const struct place *place, const char *value) {
    for (int i = 0; i < 2; i++)
        if (place->values[i] && strcmp(place->values[i], value) == 0)
            return true;
    return false;
}

static bool takes_text(uint32_t word, const char *text) {
    size_t length = strlen(text);
    switch (word) {
    case 3:
        return true;
    case 5:
        return text[0] == 'a';
    case 6:
        return length && text[length - 1] == 'b';
    default:
        return strcmp(words[word], text) == 0;
    }
}

static bool takes(uint32_t word, const struct place *place) {
    char one[12], other[12];
    if (word >= 7)
        return word < 9 && selects(place, word == 7 ? "x" : "y");
    if (place->key)
        return takes_text(word, place->key);
    (void)snprintf(one, sizeof one, "%u", place->index);
    (void)snprintf(other, sizeof other, "%u", place->other);
    return takes_text(word, one) || takes_text(word, other);
}

/* Whether the first `count` steps lead down all the places. */
static bool leads(const uint32_t *steps, uint32_t count, const struct place *places,
                  uint32_t depth) {
    if (!count)
        return !depth;
    if (steps[count - 1] == 4)
        return leads(steps, count - 1, places, depth) ||
               (depth && leads(steps, count, places, depth - 1));
    return depth && takes(steps[count - 1], &places[depth - 1]) &&
           leads(steps, count - 1, places, depth - 1);
}

static void make_list(uint64_t *seed, struct list *list) {
    list->count = check_below(seed, PATTERNS + 1);
    for (uint32_t p = 0; p < list->count; p++) {
        char *text = list->texts[p];
        list->lengths[p] = check_below(seed, STEPS + 1);
        *text = '\0';
        for (uint32_t i = 0; i < list->lengths[p]; i++) {
            list->steps[p][i] = check_below(seed, WORDS);
            text += sprintf(text, "/%s", words[list->steps[p][i]]);
        }
    }
}

static struct place make_place(uint64_t *seed) {
    static const char *const keys[] = {"a", "b", "1", "ab", "c", "", NULL, NULL};
    static const char *const values[] = {"x", "y", "z", NULL};
    struct place place = {.key = keys[check_below(seed, 8)], .index = check_below(seed, 3)};
    place.other = check_below(seed, 2) ? place.index : check_below(seed, 3);
    for (int i = 0; i < 2; i++)
        place.values[i] = values[check_below(seed, 4)];
    return place;
}

static void step_down(struct delta_arena *arena, struct pattern_matcher *matcher,
                      const struct place *place) {
    if (place->key)
        pattern_matcher_key(matcher, place->key, (uint32_t)strlen(place->key));
    else if (place->index == place->other)
        pattern_matcher_index(matcher, place->index);
    else
        pattern_matcher_indices(matcher, place->index, place->other);
    for (int i = 0; i < 2; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, place->values[i] ? "{\"m\":\"%s\"}" : "[1]",
                       place->values[i] ? place->values[i] : "");
        pattern_matcher_value(matcher, delta_read(arena, text, strlen(text), NULL, NULL));
    }
}

static void check_place(const struct list *list, const struct pattern_matcher *matcher,
                        const struct place *places, uint32_t depth) {
    const char *first = NULL;
    bool below = false;
    for (uint32_t p = 0; p < list->count; p++) {
        const uint32_t *steps = list->steps[p];
        uint32_t length = list->lengths[p];
        if (!first && leads(steps, length, places, depth))
            first = list->texts[p];
        for (uint32_t i = 0; i < length; i++)
            below |= leads(steps, i, places, depth);
        below |= length && steps[length - 1] == 4 && leads(steps, length, places, depth);
    }
    const struct pattern_state *match = pattern_matcher_match(matcher);
    CHECK((match ? match->label : NULL) == first);
    CHECK(pattern_matcher_may_match_below(matcher) == below);
    CHECK(!matcher->patterns ||
          matcher->end - matcher->start <= matcher->patterns->count); /* each state once */
}

/* Walks down at random and up again, and compares at each place. */
static void walk(uint64_t *seed, struct delta_arena *arena, const struct list *list,
                 struct pattern_matcher *matcher) {
    struct place places[DEPTH];
    uint32_t depth = 0;
    uint64_t hashes[DEPTH + 1];
    for (int i = 0; i < 30; i++) {
        hashes[depth] = pattern_matcher_hash(matcher);
        check_place(list, matcher, places, depth);
        if (depth == DEPTH || (depth && check_below(seed, 3) == 0)) {
            pattern_matcher_up(matcher);
            CHECK(pattern_matcher_hash(matcher) == hashes[--depth]);
        } else {
            places[depth] = make_place(seed);
            step_down(arena, matcher, &places[depth++]);
        }
    }
}

static void matches_as_each_pattern_by_itself(void) {
    uint64_t seed = check_seed();
    for (int round = 0; round < ROUNDS; round++) {
        check_row("round %d", round);
        struct delta_arena *arena = delta_arena_new();
        struct pattern_source sources[PATTERNS];
        struct list list;
        make_list(&seed, &list);
        for (uint32_t p = 0; p < list.count; p++)
            sources[p] =
                (struct pattern_source){list.texts[p], strlen(list.texts[p]), list.texts[p]};
        struct pointer_patterns patterns;
        REQUIRE(pointer_patterns_compile(arena, sources, list.count, &patterns, NULL) == 0);
        struct pattern_matcher matcher;
        pattern_matcher_open(&matcher, &patterns);
        walk(&seed, arena, &list, &matcher);
        pattern_matcher_close(&matcher);
        delta_arena_free(arena);
    }
}

int main(void) {
    RUN(matches_as_each_pattern_by_itself);
    return check_done();
}
