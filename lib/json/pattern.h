/* Patterns of JSON Pointers: which places of a value an option names. */
#ifndef JSON_PATTERN_H
#define JSON_PATTERN_H

#include "json/pointer.h"

/* A pattern is a pointer whose steps are each
 *
 *     text     that key or index; `\` before one of * [ ] = , \ makes it an ordinary character
 *     *        any one step
 *     **       any number of steps, or none
 *     *Time    a step that fits, each * being any number of characters
 *     [m=v]    any step to a value whose member m is v. m is a name, or a pointer when it begins
 *              with '/'; v is the text of a string, or a number, true, false or null as written
 */
enum pattern_kind {
    PATTERN_TEXT,
    PATTERN_GLOB,
    PATTERN_ONE,
    PATTERN_ANY,
    PATTERN_SELECT,
    PATTERN_END,
};

/* A state of the automaton that all patterns of a list make: what the next step must be. */
struct pattern_state {
    enum pattern_kind kind;
    struct pointer_step step; /* TEXT; GLOB, with a byte 0xff for each *; SELECT: the value */
    struct pointer member;    /* SELECT */
    const char *label;        /* END: what belongs to the pattern, or NULL */
};

/* Zero is the empty list, which matches nothing. */
struct pointer_patterns {
    struct pattern_state *states; /* pattern after pattern, each closed by an END */
    uint32_t count;
    bool selects; /* one has a step [m=v] */
};

/* What a list is made from. `label` is kept as it is and may be NULL. */
struct pattern_source {
    const char *text;
    size_t length;
    const char *label;
};

/* Compiles `count` patterns; texts and labels must stay. DELTA_ERR_USAGE for one that is not
 * valid. O(length). */
int pointer_patterns_compile(struct delta_arena *arena, const struct pattern_source *sources,
                             size_t count, struct pointer_patterns *out, struct delta_err *err);

/* The same of the public lists: without labels, and of arrays with their keys as labels. */
int pointer_patterns_of(struct delta_arena *arena, const struct delta_pointers *pointers,
                        struct pointer_patterns *out, struct delta_err *err);
int pointer_patterns_of_keys(struct delta_arena *arena, const struct delta_array_key *keys,
                             size_t count, struct pointer_patterns *out, struct delta_err *err);

/* Where a descent into a value is in the automaton: a set of states for each level. One step costs
 * O(states). A failed allocation sets `failed`, after which nothing matches; ask at the end. */
struct pattern_matcher {
    const struct pointer_patterns *patterns;
    uint64_t *sets;  /* `words` a level */
    size_t capacity; /* levels */
    uint32_t words, depth;
    bool failed;
};

/* At the root. `patterns` may be NULL or empty. Close it in any case. */
void pattern_matcher_open(struct pattern_matcher *matcher, const struct pointer_patterns *patterns);
void pattern_matcher_close(struct pattern_matcher *matcher);

/* One level down, and up again. */
void pattern_matcher_key(struct pattern_matcher *matcher, const char *text, uint32_t length);
void pattern_matcher_index(struct pattern_matcher *matcher, uint32_t index);
void pattern_matcher_up(struct pattern_matcher *matcher);

/* After any of these: the value that was entered, which `[m=v]` may select; both of its states,
 * where there are two. NULL is allowed. */
void pattern_matcher_value(struct pattern_matcher *matcher, const struct delta_value *value);

/* One level down into an element whose index is not known: only `*` and `**` match it. */
void pattern_matcher_any(struct pattern_matcher *matcher);

/* Down into an element that was at one index and is at another: what matches either. */
void pattern_matcher_indices(struct pattern_matcher *matcher, uint32_t one, uint32_t other);

/* The END of the first pattern that matches here, or NULL. */
const struct pattern_state *pattern_matcher_match(const struct pattern_matcher *matcher);

/* False when nothing below this place can match. */
bool pattern_matcher_may_match_below(const struct pattern_matcher *matcher);

/* A private hash of all that is known here: of what matches here, and may match below. */
uint64_t pattern_matcher_hash(const struct pattern_matcher *matcher);

#endif
