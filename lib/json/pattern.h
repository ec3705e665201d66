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

/* Where a walk down a value is in the automaton: a set of states for each level. One step costs
 * O(states). A failed allocation sets `failed`, after which nothing matches; ask at the end. */
struct pointer_walk {
    const struct pointer_patterns *patterns;
    uint64_t *sets; /* `words` a level */
    uint32_t words, depth, capacity;
    bool failed;
};

/* At the root. `patterns` may be NULL or empty. Close it in any case. */
void pointer_walk_open(struct pointer_walk *walk, const struct pointer_patterns *patterns);
void pointer_walk_close(struct pointer_walk *walk);

/* One level down, and up again. */
void pointer_walk_key(struct pointer_walk *walk, const char *text, uint32_t length);
void pointer_walk_index(struct pointer_walk *walk, uint32_t index);
void pointer_walk_up(struct pointer_walk *walk);

/* After any of these: the value that was entered, which `[m=v]` may select; both of its states,
 * where there are two. NULL is allowed. */
void pointer_walk_value(struct pointer_walk *walk, const struct delta_value *value);

/* One level down into an element whose index is not known: only `*` and `**` match it. */
void pointer_walk_any(struct pointer_walk *walk);

/* Down into an element that stood at one index and stands at another: what matches either. */
void pointer_walk_indices(struct pointer_walk *walk, uint32_t one, uint32_t other);

/* The END of the first pattern that matches here, or NULL. */
const struct pattern_state *pointer_walk_match(const struct pointer_walk *walk);

/* False when nothing below this place can match. */
bool pointer_walk_open_below(const struct pointer_walk *walk);

/* A private hash of all that is known here: of what matches here, and may match below. */
uint64_t pointer_walk_hash(const struct pointer_walk *walk);

#endif
