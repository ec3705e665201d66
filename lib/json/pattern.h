/* Patterns of JSON Pointers: which places of a value an option names. */
#ifndef JSON_PATTERN_H
#define JSON_PATTERN_H

#include "base/table.h"
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
    PATTERN_START, /* of all patterns */
    PATTERN_TEXT,
    PATTERN_GLOB,
    PATTERN_ONE,
    PATTERN_ANY,
    PATTERN_SELECT,
};

/* Instead of an unescaped * in the text of a step: a byte that UTF-8 does not have. */
#define PATTERN_STAR '\xff'

/* A state of the automaton that all patterns of a list make, a tree: the steps that lead to it from
 * its parent, which patterns that begin alike share. */
struct pattern_state {
    enum pattern_kind kind;
    struct pointer_step step; /* TEXT; GLOB, with PATTERN_STAR for each *; SELECT: the value */
    struct pointer member;    /* SELECT */
    uint32_t parent;
    uint32_t first;    /* of its children by GLOB and ONE, and by SELECT one for each member; */
    uint32_t next;     /* another one of its parent's */
    uint32_t any;      /* its child by ANY, in which one is as soon as here */
    uint32_t texts;    /* its children by TEXT: how many, */
    uint32_t text;     /* and one of them */
    uint32_t pattern;  /* the first that ends here */
    bool leads_on;     /* it has children */
    const char *label; /* what belongs to that pattern, or NULL */
};

/* Zero is the empty list, which matches nothing. */
struct pointer_patterns {
    struct pattern_state *states; /* the START first */
    uint32_t count;
    struct table steps;   /* the other states, by a hash of step and parent */
    struct table members; /* those by SELECT, one for each member */
    bool selects;         /* one has a step [m=v] */
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

/* The state that the step leads to from the state `parent`, or NO_INDEX; `member` has no steps but
 * for one that selects. O(1). */
uint32_t pattern_child(const struct pointer_patterns *patterns, uint32_t parent,
                       enum pattern_kind kind, const struct pointer *member,
                       const struct pointer_step *step);

#endif
