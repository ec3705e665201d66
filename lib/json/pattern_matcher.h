/* A descent into a value, and what patterns match on the way. */
#ifndef JSON_PATTERN_MATCHER_H
#define JSON_PATTERN_MATCHER_H

#include "json/pattern.h"

/* Which states of the automaton the place has reached, at each level of the descent. A step costs
 * O(states reached * their children but those by text), in which one state is reached by all
 * patterns that begin alike: 8,000 patterns without * and [] cost a look-up. A failed allocation
 * sets `failed`, after which nothing matches; ask at the end. */
struct pattern_matcher {
    const struct pointer_patterns *patterns; /* NULL: nothing matches */
    uint32_t *stack; /* level after level: where the one above begins, and the states reached */
    size_t capacity;
    size_t start, end;               /* the states of the level at hand */
    size_t marked_start, marked_end; /* those of the level that is marked */
    uint64_t few;                    /* a bit for each state, set for those marked: of up to 64, */
    uint64_t *many;                  /* or of more */
    uint32_t depth;
    bool failed;
};

/* At the root. `patterns` may be NULL or empty. Close it in any case. O(states / 64). */
void pattern_matcher_open(struct pattern_matcher *matcher, const struct pointer_patterns *patterns);
void pattern_matcher_close(struct pattern_matcher *matcher);

/* One level down, and up again. */
void pattern_matcher_key(struct pattern_matcher *matcher, const char *text, uint32_t length);
void pattern_matcher_index(struct pattern_matcher *matcher, uint32_t index);
void pattern_matcher_up(struct pattern_matcher *matcher);

/* After any step down and before another one: the value that was entered, which `[m=v]` may select;
 * both of its states, where there are two. NULL is allowed. */
void pattern_matcher_value(struct pattern_matcher *matcher, const struct delta_value *value);

/* One level down into an element whose index is not known: only `*` and `**` match it. */
void pattern_matcher_any(struct pattern_matcher *matcher);

/* Down into an element that was at one index and is at another: what matches either. */
void pattern_matcher_indices(struct pattern_matcher *matcher, uint32_t one, uint32_t other);

/* The state in which the first pattern that matches here ends, or NULL. */
const struct pattern_state *pattern_matcher_match(const struct pattern_matcher *matcher);

/* False when nothing below this place can match. */
bool pattern_matcher_may_match_below(const struct pattern_matcher *matcher);

/* A private hash of all that is known here: of what matches here, and may match below. */
uint64_t pattern_matcher_hash(const struct pattern_matcher *matcher);

#endif
