/* JSON Pointers (RFC 6901) and patterns of them. */
#ifndef JSON_POINTER_H
#define JSON_POINTER_H

#include "base/buf.h"
#include "json/value.h"

/* One reference token, unescaped. */
struct pointer_step {
    const char *text;
    uint32_t length;
};

struct pointer {
    const struct pointer_step *steps;
    uint32_t count;
};

/* True when `text` is empty or begins with '/', and every '~' in it begins "~0" or "~1". */
bool pointer_valid(const char *text, size_t length);

/* The steps of a valid pointer; they share `text` where nothing is escaped. Fails only for want of
 * memory. O(length). */
int pointer_parse(struct delta_arena *arena, const char *text, size_t length, struct pointer *out,
                  struct delta_err *err);

/* True when the step is an array index as RFC 6901 section 4 spells it: digits without a leading
 * zero. One that no array can have comes out as UINT32_MAX. */
bool pointer_index(const struct pointer_step *step, uint32_t *index);

/* Append "/" and the step, escaped as the RFC says (`~0`, `~1`) and otherwise as it is. */
void pointer_put_key(struct delta_buf *buf, const char *text, size_t length);
void pointer_put_index(struct delta_buf *buf, uint64_t index);

/* ---- Patterns: `*` is any one step, `**` any number of them, none too ---- */

enum pattern_kind { PATTERN_TEXT, PATTERN_ONE, PATTERN_ANY, PATTERN_END };

/* A state of the automaton that all patterns of a list make: what the next step must be. */
struct pattern_state {
    enum pattern_kind kind;
    struct pointer_step step; /* TEXT */
    const char *label;        /* END: what belongs to the pattern, or NULL */
};

/* Zero is the empty list, which matches nothing. */
struct pointer_patterns {
    struct pattern_state *states; /* pattern after pattern, each closed by an END */
    uint32_t count;
};

/* What a list is made from. `label` is kept as it is and may be NULL. */
struct pattern_source {
    const char *text;
    size_t length;
    const char *label;
};

/* Compiles `count` patterns; texts and labels must stay. DELTA_ERR_USAGE for one that is no
 * pointer. */
int pointer_patterns_compile(struct delta_arena *arena, const struct pattern_source *sources,
                             size_t count, struct pointer_patterns *out, struct delta_err *err);

/* Where a walk down a value stands in the automaton: a set of states for each level. One step costs
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

/* Down into an element that stood at one index and stands at another: what matches either. */
void pointer_walk_indices(struct pointer_walk *walk, uint32_t one, uint32_t other);

/* The END of the first pattern that matches here, or NULL. */
const struct pattern_state *pointer_walk_match(const struct pointer_walk *walk);

/* False when nothing below this place can match. */
bool pointer_walk_open_below(const struct pointer_walk *walk);

#endif
