#include "json/pattern.h"

#include "base/array.h"
#include "base/err.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* Instead of an unescaped * in the text of a step: a byte that UTF-8 does not have. */
#define PATTERN_STAR '\xff'

/* ---- Reading them ---- */

static bool is_special(char c) {
    return c != '\0' && strchr("*[]=,\\", c) != NULL;
}

/* The end of the step that begins at `i`: the next '/', but for those in brackets. */
static size_t step_end(const char *text, size_t length, size_t i) {
    bool brackets = i < length && text[i] == '[';
    for (; i < length; i++) {
        if (text[i] == '\\')
            i++;
        else if (brackets && text[i] == ']')
            brackets = false;
        else if (!brackets && text[i] == '/')
            return i;
    }
    return length;
}

static size_t count_steps(const char *text, size_t length) {
    size_t count = 0;
    for (size_t i = 0; i < length; count++)
        i = step_end(text, length, i + 1);
    return count;
}

/* `length` bytes without their escapes, those of patterns and those of pointers; each unescaped *
 * as PATTERN_STAR, counted in `*stars`. False for an escape that does not exist. */
static bool unescape(const char *text, size_t length, char *out, struct pointer_step *step,
                     uint32_t *stars) {
    uint32_t used = 0;
    *stars = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '\\') {
            if (++i == length || !is_special(text[i]))
                return false;
            c = text[i];
        } else if (c == '~') {
            if (++i == length || (text[i] != '0' && text[i] != '1'))
                return false;
            c = text[i] == '0' ? '~' : '/';
        } else if (c == '*') {
            c = PATTERN_STAR;
            ++*stars;
        }
        out[used++] = c;
    }
    *step = (struct pointer_step){.text = out, .length = used};
    return true;
}

/* A part of `[m=v]`, in which * is an ordinary character. */
static bool unescape_plain(const char *text, size_t length, char *out, struct pointer_step *step) {
    uint32_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\\' && (++i == length || !is_special(text[i])))
            return false;
        out[used++] = text[i];
    }
    *step = (struct pointer_step){.text = out, .length = used};
    return true;
}

/* `[m=v]`. 1: not valid. */
static int read_select(struct delta_arena *arena, const char *text, size_t length, char *out,
                       struct pattern_state *state, struct delta_err *err) {
    size_t equals = 1;
    while (equals < length && text[equals] != '=')
        equals += text[equals] == '\\' ? 2 : 1;
    if (length < 3 || equals >= length - 1 || text[length - 1] != ']')
        return 1;
    struct pointer_step member;
    if (!unescape_plain(text + 1, equals - 1, out, &member) ||
        !unescape_plain(text + equals + 1, length - equals - 2, out + length, &state->step))
        return 1;
    state->kind = PATTERN_SELECT;
    if (member.length && member.text[0] == '/')
        return delta_pointer_valid(member.text, member.length)
                   ? pointer_parse(arena, member.text, member.length, &state->member, err)
                   : 1;
    struct pointer_step *only = arena_alloc(arena, sizeof *only);
    if (!only)
        return err_memory(err);
    *only = member;
    state->member = (struct pointer){.steps = only, .count = 1};
    return 0;
}

/* 1: not valid. */
static int read_step(struct delta_arena *arena, const char *text, size_t length,
                     struct pattern_state *state, struct delta_err *err) {
    char *out = arena_alloc(arena, 2 * length + 1);
    uint32_t stars;
    if (!out)
        return err_memory(err);
    *state = (struct pattern_state){.kind = PATTERN_TEXT};
    if (length && text[0] == '[')
        return read_select(arena, text, length, out, state, err);
    if (!unescape(text, length, out, &state->step, &stars))
        return 1;
    if (stars)
        state->kind = length == 1                                 ? PATTERN_ONE
                      : length == 2 && memcmp(text, "**", 2) == 0 ? PATTERN_ANY
                                                                  : PATTERN_GLOB;
    return 0;
}

/* 1: not valid. */
static int read_pattern(struct delta_arena *arena, const struct pattern_source *source,
                        struct pattern_state *states, uint32_t *used, struct delta_err *err) {
    if (source->length && source->text[0] != '/')
        return 1;
    for (size_t i = 0; i < source->length;) {
        size_t end = step_end(source->text, source->length, i + 1);
        int status = read_step(arena, source->text + i + 1, end - i - 1, &states[*used], err);
        if (status)
            return status;
        ++*used;
        i = end;
    }
    states[(*used)++] = (struct pattern_state){.kind = PATTERN_END, .label = source->label};
    return 0;
}

int pointer_patterns_compile(struct delta_arena *arena, const struct pattern_source *sources,
                             size_t count, struct pointer_patterns *out, struct delta_err *err) {
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += count_steps(sources[i].text, sources[i].length) + 1;
    struct pattern_state *states = arena_array(arena, total, sizeof *states);
    if (!states || total > UINT32_MAX)
        return err_memory(err);
    uint32_t used = 0;
    for (size_t i = 0; i < count; i++) {
        int status = read_pattern(arena, &sources[i], states, &used, err);
        if (status > 0)
            return err_set(err, DELTA_ERR_USAGE,
                           "invalid pattern '%.*s': expected steps that begin with '/', with ~0 "
                           "for '~', ~1 for '/', and '\\' before * [ ] = , \\ where they are "
                           "ordinary characters",
                           (int)(sources[i].length < 200 ? sources[i].length : 200),
                           sources[i].text);
        if (status)
            return -1;
    }
    *out = (struct pointer_patterns){.states = states, .count = used};
    for (uint32_t i = 0; i < used; i++)
        out->selects |= states[i].kind == PATTERN_SELECT;
    return 0;
}

int pointer_patterns_of(struct delta_arena *arena, const struct delta_pointers *pointers,
                        struct pointer_patterns *out, struct delta_err *err) {
    struct pattern_source *sources = arena_array(arena, pointers->count, sizeof *sources);
    if (!sources)
        return err_memory(err);
    for (size_t i = 0; i < pointers->count; i++)
        sources[i] = (struct pattern_source){.text = pointers->items[i],
                                             .length = strlen(pointers->items[i])};
    return pointer_patterns_compile(arena, sources, pointers->count, out, err);
}

int pointer_patterns_of_keys(struct delta_arena *arena, const struct delta_array_key *keys,
                             size_t count, struct pointer_patterns *out, struct delta_err *err) {
    struct pattern_source *sources = arena_array(arena, count, sizeof *sources);
    if (!sources)
        return err_memory(err);
    for (size_t i = 0; i < count; i++)
        sources[i] = (struct pattern_source){
            .text = keys[i].pointer, .length = strlen(keys[i].pointer), .label = keys[i].member};
    return pointer_patterns_compile(arena, sources, count, out, err);
}

/* ---- Matching ---- */

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

static bool step_is(const struct pointer_step *step, const char *text, uint32_t length) {
    return step->length == length && memcmp(step->text, text, length) == 0;
}

static bool selects(const struct pattern_state *state, const struct delta_value *value) {
    value = pointer_find(&state->member, value);
    if (!value)
        return false;
    switch (value->type) {
    case DELTA_STRING:
    case DELTA_NUMBER:
        return step_is(&state->step, value->text, value->length);
    case DELTA_TRUE:
        return step_is(&state->step, "true", 4);
    case DELTA_FALSE:
        return step_is(&state->step, "false", 5);
    case DELTA_NULL:
        return step_is(&state->step, "null", 4);
    default:
        return false;
    }
}

static uint64_t *level(const struct pattern_matcher *matcher, uint32_t depth) {
    return matcher->sets + (size_t)depth * matcher->words;
}

/* Adds a state, and those reached from it without a step: `**` matches zero steps too. */
static void enter(const struct pattern_matcher *matcher, uint64_t *set, uint32_t state) {
    for (;; state++) {
        set[state / 64] |= (uint64_t)1 << state % 64;
        if (matcher->patterns->states[state].kind != PATTERN_ANY)
            break;
    }
}

/* The set of the level at hand, empty; NULL when out of memory, after which nothing matches. */
static uint64_t *open_level(struct pattern_matcher *matcher) {
    size_t size = matcher->words * sizeof *matcher->sets;
    if (matcher->depth == matcher->capacity &&
        !array_grow(&matcher->sets, &matcher->capacity, matcher->capacity + 1, size)) {
        matcher->failed = true;
        matcher->words = 0;
        return NULL;
    }
    return memset(level(matcher, matcher->depth), 0, size);
}

void pattern_matcher_open(struct pattern_matcher *matcher,
                          const struct pointer_patterns *patterns) {
    *matcher = (struct pattern_matcher){.patterns = patterns};
    if (!patterns || !patterns->count)
        return;
    matcher->words = (patterns->count + 63) / 64;
    uint64_t *set = open_level(matcher);
    if (!set)
        return;
    for (uint32_t i = 0; i < patterns->count; i++)
        if (i == 0 || patterns->states[i - 1].kind == PATTERN_END)
            enter(matcher, set, i);
}

void pattern_matcher_close(struct pattern_matcher *matcher) {
    free(matcher->sets);
    *matcher = (struct pattern_matcher){.failed = matcher->failed};
}

/* An empty set for one level more; NULL when there is nothing to be tracked. */
static uint64_t *descend(struct pattern_matcher *matcher) {
    matcher->depth++;
    return matcher->words ? open_level(matcher) : NULL;
}

/* Takes the step `text` from every state of the level above. */
static void advance(struct pattern_matcher *matcher, uint64_t *set, const char *text,
                    uint32_t length) {
    const uint64_t *above = level(matcher, matcher->depth - 1);
    for (uint32_t word = 0; word < matcher->words; word++) {
        for (uint64_t rest = above[word]; rest; rest &= rest - 1) {
            uint32_t i = word * 64 + (uint32_t)__builtin_ctzll(rest);
            const struct pattern_state *state = &matcher->patterns->states[i];
            if (state->kind == PATTERN_ANY)
                enter(matcher, set, i);
            else if (state->kind == PATTERN_ONE ||
                     (state->kind == PATTERN_TEXT && step_is(&state->step, text, length)) ||
                     (state->kind == PATTERN_GLOB && glob_matches(&state->step, text, length)))
                enter(matcher, set, i + 1);
        }
    }
}

void pattern_matcher_key(struct pattern_matcher *matcher, const char *text, uint32_t length) {
    uint64_t *set = descend(matcher);
    if (set)
        advance(matcher, set, text, length);
}

static void advance_index(struct pattern_matcher *matcher, uint64_t *set, uint32_t index) {
    char digits[10];
    uint32_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + index % 10);
    while (index /= 10);
    advance(matcher, set, digits + at, (uint32_t)sizeof digits - at);
}

void pattern_matcher_index(struct pattern_matcher *matcher, uint32_t index) {
    uint64_t *set = descend(matcher);
    if (set)
        advance_index(matcher, set, index);
}

void pattern_matcher_indices(struct pattern_matcher *matcher, uint32_t one, uint32_t other) {
    uint64_t *set = descend(matcher);
    if (!set)
        return;
    advance_index(matcher, set, one);
    advance_index(matcher, set, other);
}

void pattern_matcher_any(struct pattern_matcher *matcher) {
    uint64_t *set = descend(matcher);
    if (!set)
        return;
    const uint64_t *above = level(matcher, matcher->depth - 1);
    for (uint32_t word = 0; word < matcher->words; word++)
        for (uint64_t rest = above[word]; rest; rest &= rest - 1) {
            uint32_t i = word * 64 + (uint32_t)__builtin_ctzll(rest);
            enum pattern_kind kind = matcher->patterns->states[i].kind;
            if (kind == PATTERN_ANY || kind == PATTERN_ONE)
                enter(matcher, set, i + (kind == PATTERN_ONE));
        }
}

void pattern_matcher_value(struct pattern_matcher *matcher, const struct delta_value *value) {
    if (!matcher->words || !value || !matcher->patterns->selects)
        return;
    const uint64_t *above = level(matcher, matcher->depth - 1);
    for (uint32_t word = 0; word < matcher->words; word++)
        for (uint64_t rest = above[word]; rest; rest &= rest - 1) {
            uint32_t i = word * 64 + (uint32_t)__builtin_ctzll(rest);
            if (matcher->patterns->states[i].kind == PATTERN_SELECT &&
                selects(&matcher->patterns->states[i], value))
                enter(matcher, level(matcher, matcher->depth), i + 1);
        }
}

void pattern_matcher_up(struct pattern_matcher *matcher) {
    matcher->depth--;
}

const struct pattern_state *pattern_matcher_match(const struct pattern_matcher *matcher) {
    for (uint32_t word = 0; word < matcher->words; word++)
        for (uint64_t rest = level(matcher, matcher->depth)[word]; rest; rest &= rest - 1) {
            const struct pattern_state *state =
                &matcher->patterns->states[word * 64 + (uint32_t)__builtin_ctzll(rest)];
            if (state->kind == PATTERN_END)
                return state;
        }
    return NULL;
}

bool pattern_matcher_may_match_below(const struct pattern_matcher *matcher) {
    for (uint32_t word = 0; word < matcher->words; word++)
        for (uint64_t rest = level(matcher, matcher->depth)[word]; rest; rest &= rest - 1)
            if (matcher->patterns->states[word * 64 + (uint32_t)__builtin_ctzll(rest)].kind !=
                PATTERN_END)
                return true;
    return false;
}

uint64_t pattern_matcher_hash(const struct pattern_matcher *matcher) {
    return matcher->words ? hash_private(level(matcher, matcher->depth),
                                         matcher->words * sizeof *matcher->sets, 0)
                          : 0;
}
