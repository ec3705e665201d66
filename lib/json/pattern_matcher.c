#include "json/pattern_matcher.h"

#include "base/array.h"
#include "base/hash.h"

#include <stdlib.h>

/* Backtracks to the last star only, so O(pattern * text). */
static bool glob_matches(const struct pointer_step *glob, const char *text, uint32_t length) {
    uint32_t g = 0, t = 0, star = NO_INDEX, resume = 0;
    while (t < length) {
        if (g < glob->length && glob->text[g] == PATTERN_STAR) {
            star = g++;
            resume = t;
        } else if (g < glob->length && glob->text[g] == text[t]) {
            g++;
            t++;
        } else if (star != NO_INDEX) {
            g = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (g < glob->length && glob->text[g] == PATTERN_STAR)
        g++;
    return g == glob->length;
}

/* What `[m=v]` compares with v; false for what has no such text. */
static bool text_of(const struct delta_value *value, struct pointer_step *text) {
    static const struct pointer_step words[] = {
        [DELTA_TRUE] = {"true", 4}, [DELTA_FALSE] = {"false", 5}, [DELTA_NULL] = {"null", 4}};
    switch (value->type) {
    case DELTA_STRING:
    case DELTA_NUMBER:
        *text = (struct pointer_step){value->text, value->length};
        return true;
    case DELTA_TRUE:
    case DELTA_FALSE:
    case DELTA_NULL:
        *text = words[value->type];
        return true;
    default:
        return false;
    }
}

/* ---- States ---- */

enum { FEW = 64 }; /* states that have their bits in one word */

static uint64_t *mark_of(struct pattern_matcher *matcher, uint32_t state) {
    return matcher->many ? &matcher->many[state / FEW] : &matcher->few;
}

static void fail(struct pattern_matcher *matcher) {
    matcher->failed = true;
    matcher->patterns = NULL;
    matcher->start = matcher->end = 0;
}

static bool push(struct pattern_matcher *matcher, uint32_t number) {
    if (matcher->end == matcher->capacity &&
        !array_grow(&matcher->stack, &matcher->capacity, matcher->end + 1, sizeof number)) {
        fail(matcher);
        return false;
    }
    matcher->stack[matcher->end++] = number;
    return true;
}

/* Adds a state to the level at hand, if it is not there, and those reached from it without a step:
 * `**` matches zero steps too. */
static void enter(struct pattern_matcher *matcher, uint32_t state) {
    for (; matcher->patterns && state != NO_INDEX; state = matcher->patterns->states[state].any) {
        uint64_t *mark = mark_of(matcher, state), bit = (uint64_t)1 << state % FEW;
        if (*mark & bit)
            continue;
        *mark |= bit;
        if (!push(matcher, state))
            return;
        matcher->marked_end = matcher->end;
    }
}

/* An empty level below the one at hand, which is marked; false when there is nothing to be
 * tracked. */
static bool descend(struct pattern_matcher *matcher) {
    matcher->depth++;
    if (!matcher->patterns)
        return false;
    for (size_t i = matcher->marked_start; i < matcher->marked_end; i++)
        *mark_of(matcher, matcher->stack[i]) = 0;
    matcher->marked_start = matcher->marked_end = 0;
    if (matcher->end >= NO_INDEX) {
        fail(matcher);
        return false;
    }
    if (!push(matcher, (uint32_t)matcher->start))
        return false;
    matcher->start = matcher->marked_start = matcher->marked_end = matcher->end;
    return true;
}

/* The states of the level above the one at hand: how many, from `*from` in the stack on. */
static size_t states_above(const struct pattern_matcher *matcher, size_t *from) {
    *from = matcher->stack[matcher->start - 1];
    return matcher->start - 1 - *from;
}

static const struct pattern_state *state_at(const struct pattern_matcher *matcher, size_t i) {
    return &matcher->patterns->states[matcher->stack[i]];
}

void pattern_matcher_open(struct pattern_matcher *matcher,
                          const struct pointer_patterns *patterns) {
    *matcher = (struct pattern_matcher){0};
    if (!patterns || !patterns->count)
        return;
    matcher->patterns = patterns;
    if (patterns->count > FEW) {
        matcher->many = calloc(patterns->count / FEW + 1, sizeof *matcher->many);
        if (!matcher->many) {
            fail(matcher);
            return;
        }
    }
    enter(matcher, 0);
}

void pattern_matcher_close(struct pattern_matcher *matcher) {
    free(matcher->stack);
    free(matcher->many);
    *matcher = (struct pattern_matcher){.failed = matcher->failed};
}

/* ---- Steps ---- */

static uint32_t child_by_text(const struct pointer_patterns *patterns, uint32_t parent,
                              const struct pointer_step *text) {
    static const struct pointer none = {0};
    const struct pattern_state *above = &patterns->states[parent];
    if (above->texts > 1)
        return pattern_child(patterns, parent, PATTERN_TEXT, &none, text);
    bool is = above->texts && pointer_step_equal(&patterns->states[above->text].step, text);
    return is ? above->text : NO_INDEX;
}

/* Takes the step `text` from every state of the level above. */
static void advance(struct pattern_matcher *matcher, const char *text, uint32_t length) {
    const struct pointer_step step = {text, length};
    size_t from, count = states_above(matcher, &from);
    for (size_t i = 0; i < count && matcher->patterns; i++) {
        uint32_t number = matcher->stack[from + i];
        const struct pattern_state *states = matcher->patterns->states, *state = &states[number];
        if (state->kind == PATTERN_ANY)
            enter(matcher, number);
        if (!state->leads_on)
            continue;
        enter(matcher, child_by_text(matcher->patterns, number, &step));
        for (uint32_t c = state->first; c != NO_INDEX; c = states[c].next)
            if (states[c].kind == PATTERN_ONE ||
                (states[c].kind == PATTERN_GLOB && glob_matches(&states[c].step, text, length)))
                enter(matcher, c);
    }
}

void pattern_matcher_key(struct pattern_matcher *matcher, const char *text, uint32_t length) {
    if (descend(matcher))
        advance(matcher, text, length);
}

static void advance_index(struct pattern_matcher *matcher, uint32_t index) {
    char digits[10];
    uint32_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + index % 10);
    while (index /= 10);
    advance(matcher, digits + at, (uint32_t)sizeof digits - at);
}

void pattern_matcher_index(struct pattern_matcher *matcher, uint32_t index) {
    if (descend(matcher))
        advance_index(matcher, index);
}

void pattern_matcher_indices(struct pattern_matcher *matcher, uint32_t one, uint32_t other) {
    if (!descend(matcher))
        return;
    advance_index(matcher, one);
    if (matcher->patterns)
        advance_index(matcher, other);
}

void pattern_matcher_any(struct pattern_matcher *matcher) {
    if (!descend(matcher))
        return;
    size_t from, count = states_above(matcher, &from);
    for (size_t i = 0; i < count && matcher->patterns; i++) {
        const struct pattern_state *state = state_at(matcher, from + i);
        const struct pattern_state *states = matcher->patterns->states;
        if (state->kind == PATTERN_ANY)
            enter(matcher, matcher->stack[from + i]);
        for (uint32_t c = state->first; c != NO_INDEX; c = states[c].next)
            if (states[c].kind == PATTERN_ONE)
                enter(matcher, c);
    }
}

/* The children of a state that select a value. */
static void select_value(struct pattern_matcher *matcher, uint32_t parent,
                         const struct delta_value *value) {
    const struct pattern_state *states = matcher->patterns->states;
    for (uint32_t c = states[parent].first; c != NO_INDEX && matcher->patterns;
         c = states[c].next) {
        const struct pointer *member = &states[c].member;
        struct pointer_step text;
        const struct delta_value *named =
            states[c].kind == PATTERN_SELECT ? pointer_find(member, value) : NULL;
        if (named && text_of(named, &text))
            enter(matcher, pattern_child(matcher->patterns, parent, PATTERN_SELECT, member, &text));
    }
}

void pattern_matcher_value(struct pattern_matcher *matcher, const struct delta_value *value) {
    if (!matcher->patterns || !matcher->patterns->selects || !value)
        return;
    size_t from, count = states_above(matcher, &from);
    for (size_t i = 0; i < count && matcher->patterns; i++)
        select_value(matcher, matcher->stack[from + i], value);
}

void pattern_matcher_up(struct pattern_matcher *matcher) {
    matcher->depth--;
    if (!matcher->patterns)
        return;
    size_t from, count = states_above(matcher, &from);
    matcher->start = from;
    matcher->end = from + count;
}

/* ---- What is known here ---- */

const struct pattern_state *pattern_matcher_match(const struct pattern_matcher *matcher) {
    const struct pattern_state *found = NULL;
    for (size_t i = matcher->start; i < matcher->end; i++) {
        const struct pattern_state *state = state_at(matcher, i);
        if (state->pattern != NO_INDEX && (!found || state->pattern < found->pattern))
            found = state;
    }
    return found;
}

bool pattern_matcher_may_match_below(const struct pattern_matcher *matcher) {
    for (size_t i = matcher->start; i < matcher->end; i++) {
        const struct pattern_state *state = state_at(matcher, i);
        if (state->leads_on || state->kind == PATTERN_ANY)
            return true;
    }
    return false;
}

/* In whichever order the states were reached. */
uint64_t pattern_matcher_hash(const struct pattern_matcher *matcher) {
    uint64_t sum = 0;
    for (size_t i = matcher->start; i < matcher->end; i++)
        sum += hash_mix(matcher->stack[i] + 1, 0);
    return sum;
}
