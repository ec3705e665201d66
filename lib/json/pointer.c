#include "json/pointer.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

/* ---- Pointers ---- */

bool pointer_valid(const char *text, size_t length) {
    if (length && text[0] != '/')
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] == '~' && (i + 1 == length || (text[i + 1] != '0' && text[i + 1] != '1')))
            return false;
    return true;
}

static size_t count_steps(const char *text, size_t length) {
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += text[i] == '/';
    return count;
}

/* The step in `length` bytes of pointer text; "~1" is read before "~0" could make a new one. */
static int unescape(struct delta_arena *arena, const char *text, size_t length,
                    struct pointer_step *step, struct delta_err *err) {
    *step = (struct pointer_step){.text = text, .length = (uint32_t)length};
    if (!memchr(text, '~', length))
        return 0;
    char *plain = arena_alloc(arena, length);
    if (!plain)
        return err_memory(err);
    uint32_t used = 0;
    for (size_t i = 0; i < length; i++)
        plain[used++] = text[i] != '~' ? text[i] : text[++i] == '0' ? '~' : '/';
    *step = (struct pointer_step){.text = plain, .length = used};
    return 0;
}

int pointer_parse(struct delta_arena *arena, const char *text, size_t length, struct pointer *out,
                  struct delta_err *err) {
    size_t count = count_steps(text, length);
    struct pointer_step *steps = arena_array(arena, count, sizeof *steps);
    if (!steps || count > UINT32_MAX)
        return err_memory(err);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const char *start = text + at + 1;
        const char *slash = memchr(start, '/', length - at - 1);
        size_t bytes = (size_t)((slash ? slash : text + length) - start);
        if (unescape(arena, start, bytes, &steps[i], err))
            return -1;
        at += 1 + bytes;
    }
    *out = (struct pointer){.steps = steps, .count = (uint32_t)count};
    return 0;
}

bool pointer_index(const struct pointer_step *step, uint32_t *index) {
    if (step->length == 0 || (step->text[0] == '0' && step->length > 1))
        return false;
    uint64_t n = 0;
    for (uint32_t i = 0; i < step->length; i++) {
        unsigned digit = (unsigned char)step->text[i] - (unsigned)'0';
        if (digit > 9)
            return false;
        if (n < UINT32_MAX)
            n = n * 10 + digit;
    }
    *index = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
    return true;
}

void pointer_put_key(struct delta_buf *buf, const char *text, size_t length) {
    buf_put_char(buf, '/');
    size_t start = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '~' && text[i] != '/')
            continue;
        buf_put(buf, text + start, i - start);
        buf_put(buf, text[i] == '~' ? "~0" : "~1", 2);
        start = i + 1;
    }
    buf_put(buf, text + start, length - start);
}

void pointer_put_index(struct delta_buf *buf, uint64_t index) {
    char digits[21];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + index % 10);
    while (index /= 10);
    digits[--at] = '/';
    buf_put(buf, digits + at, sizeof digits - at);
}

/* ---- Patterns ---- */

static struct pattern_state state_of(const struct pointer_step *step) {
    if (step->length == 1 && step->text[0] == '*')
        return (struct pattern_state){.kind = PATTERN_ONE};
    if (step->length == 2 && memcmp(step->text, "**", 2) == 0)
        return (struct pattern_state){.kind = PATTERN_ANY};
    return (struct pattern_state){.kind = PATTERN_TEXT, .step = *step};
}

int pointer_patterns_compile(struct delta_arena *arena, const struct pattern_source *sources,
                             size_t count, struct pointer_patterns *out, struct delta_err *err) {
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        if (!pointer_valid(sources[i].text, sources[i].length))
            return err_set(err, DELTA_ERR_USAGE,
                           "'%.*s' is no JSON Pointer: it begins with /, and ~ is written ~0",
                           (int)(sources[i].length < 200 ? sources[i].length : 200),
                           sources[i].text);
        total += count_steps(sources[i].text, sources[i].length) + 1;
    }
    struct pattern_state *states = arena_array(arena, total, sizeof *states);
    if (!states || total > UINT32_MAX)
        return err_memory(err);
    uint32_t used = 0;
    for (size_t i = 0; i < count; i++) {
        struct pointer pointer;
        if (pointer_parse(arena, sources[i].text, sources[i].length, &pointer, err))
            return -1;
        for (uint32_t n = 0; n < pointer.count; n++)
            states[used++] = state_of(&pointer.steps[n]);
        states[used++] = (struct pattern_state){.kind = PATTERN_END, .label = sources[i].label};
    }
    *out = (struct pointer_patterns){.states = states, .count = used};
    return 0;
}

static uint64_t *level(const struct pointer_walk *walk, uint32_t depth) {
    return walk->sets + (size_t)depth * walk->words;
}

/* Adds a state, and those reached from it without a step: `**` may stand for none. */
static void enter(const struct pointer_walk *walk, uint64_t *set, uint32_t state) {
    for (;; state++) {
        set[state / 64] |= (uint64_t)1 << state % 64;
        if (walk->patterns->states[state].kind != PATTERN_ANY)
            break;
    }
}

void pointer_walk_open(struct pointer_walk *walk, const struct pointer_patterns *patterns) {
    *walk = (struct pointer_walk){.patterns = patterns};
    if (!patterns || !patterns->count)
        return;
    walk->words = (patterns->count + 63) / 64;
    walk->capacity = 32;
    walk->sets = calloc((size_t)walk->capacity * walk->words, sizeof *walk->sets);
    if (!walk->sets) {
        walk->failed = true;
        walk->words = 0;
        return;
    }
    for (uint32_t i = 0; i < patterns->count; i++)
        if (i == 0 || patterns->states[i - 1].kind == PATTERN_END)
            enter(walk, walk->sets, i);
}

void pointer_walk_close(struct pointer_walk *walk) {
    free(walk->sets);
    *walk = (struct pointer_walk){.failed = walk->failed};
}

/* An empty set for one level more; NULL when there is nothing to be tracked. */
static uint64_t *descend(struct pointer_walk *walk) {
    walk->depth++;
    if (!walk->words)
        return NULL;
    if (walk->depth == walk->capacity) {
        uint32_t capacity = 2 * walk->capacity;
        uint64_t *sets =
            reallocarray(walk->sets, (size_t)capacity * walk->words, sizeof *walk->sets);
        if (!sets) {
            walk->failed = true;
            walk->words = 0;
            return NULL;
        }
        walk->sets = sets;
        walk->capacity = capacity;
    }
    uint64_t *set = level(walk, walk->depth);
    memset(set, 0, walk->words * sizeof *set);
    return set;
}

/* Takes the step `text` from every state of the level above. */
static void advance(struct pointer_walk *walk, uint64_t *set, const char *text, uint32_t length) {
    const uint64_t *above = level(walk, walk->depth - 1);
    for (uint32_t word = 0; word < walk->words; word++) {
        for (uint64_t rest = above[word]; rest; rest &= rest - 1) {
            uint32_t i = word * 64 + (uint32_t)__builtin_ctzll(rest);
            const struct pattern_state *state = &walk->patterns->states[i];
            if (state->kind == PATTERN_ANY)
                enter(walk, set, i);
            else if (state->kind == PATTERN_ONE ||
                     (state->kind == PATTERN_TEXT && state->step.length == length &&
                      memcmp(state->step.text, text, length) == 0))
                enter(walk, set, i + 1);
        }
    }
}

void pointer_walk_key(struct pointer_walk *walk, const char *text, uint32_t length) {
    uint64_t *set = descend(walk);
    if (set)
        advance(walk, set, text, length);
}

static void advance_index(struct pointer_walk *walk, uint64_t *set, uint32_t index) {
    char digits[10];
    uint32_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + index % 10);
    while (index /= 10);
    advance(walk, set, digits + at, (uint32_t)sizeof digits - at);
}

void pointer_walk_index(struct pointer_walk *walk, uint32_t index) {
    uint64_t *set = descend(walk);
    if (set)
        advance_index(walk, set, index);
}

void pointer_walk_indices(struct pointer_walk *walk, uint32_t one, uint32_t other) {
    uint64_t *set = descend(walk);
    if (!set)
        return;
    advance_index(walk, set, one);
    advance_index(walk, set, other);
}

void pointer_walk_up(struct pointer_walk *walk) {
    walk->depth--;
}

const struct pattern_state *pointer_walk_match(const struct pointer_walk *walk) {
    for (uint32_t word = 0; word < walk->words; word++)
        for (uint64_t rest = level(walk, walk->depth)[word]; rest; rest &= rest - 1) {
            const struct pattern_state *state =
                &walk->patterns->states[word * 64 + (uint32_t)__builtin_ctzll(rest)];
            if (state->kind == PATTERN_END)
                return state;
        }
    return NULL;
}

bool pointer_walk_open_below(const struct pointer_walk *walk) {
    for (uint32_t word = 0; word < walk->words; word++)
        for (uint64_t rest = level(walk, walk->depth)[word]; rest; rest &= rest - 1)
            if (walk->patterns->states[word * 64 + (uint32_t)__builtin_ctzll(rest)].kind !=
                PATTERN_END)
                return true;
    return false;
}
