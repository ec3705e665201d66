#include "json/pattern.h"

#include "base/array.h"
#include "base/err.h"
#include "base/hash.h"

#include <string.h>

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

/* ---- The automaton ---- */

static bool same_member(const struct pointer *a, const struct pointer *b) {
    for (uint32_t i = 0; i < a->count && i < b->count; i++)
        if (!pointer_step_equal(&a->steps[i], &b->steps[i]))
            return false;
    return a->count == b->count;
}

static uint64_t member_hash(const struct pointer *member) {
    uint64_t hash = member->count;
    for (uint32_t i = 0; i < member->count; i++)
        hash = hash_mix(hash, hash_private(member->steps[i].text, member->steps[i].length, 0));
    return hash;
}

static uint64_t step_hash(enum pattern_kind kind, const struct pointer_step *step,
                          uint32_t parent) {
    return hash_mix(hash_private(step->text, step->length, kind), parent);
}

uint32_t pattern_child(const struct pointer_patterns *patterns, uint32_t parent,
                       enum pattern_kind kind, const struct pointer *member,
                       const struct pointer_step *step) {
    const struct pattern_state *states = patterns->states;
    TABLE_EACH(&patterns->steps, step_hash(kind, step, parent), i)
    if (states[i].parent == parent && states[i].kind == kind &&
        pointer_step_equal(&states[i].step, step) && same_member(&states[i].member, member))
        return i;
    return NO_INDEX;
}

/* Adds a child to the list of those that are tried one after another. Of those that select by the
 * same member there is one in it: the others are found by the value. */
static void list_step(struct pointer_patterns *patterns, struct pattern_state *above,
                      uint32_t added) {
    struct pattern_state *state = &patterns->states[added];
    if (state->kind == PATTERN_SELECT) {
        uint64_t hash = hash_mix(member_hash(&state->member), state->parent);
        patterns->selects = true;
        TABLE_EACH(&patterns->members, hash, i) {
            const struct pattern_state *other = &patterns->states[i];
            if (other->parent == state->parent && same_member(&other->member, &state->member))
                return;
        }
        table_put(&patterns->members, hash, added);
    }
    state->next = above->first;
    above->first = added;
}

/* The state after the step `read` from the state `parent`: one that another pattern has led to, or
 * a new one. */
static uint32_t add_step(struct pointer_patterns *patterns, uint32_t parent,
                         const struct pattern_state *read) {
    struct pattern_state *above = &patterns->states[parent];
    uint32_t added = pattern_child(patterns, parent, read->kind, &read->member, &read->step);
    if (added != NO_INDEX)
        return added;
    added = patterns->count++;
    struct pattern_state *state = &patterns->states[added];
    *state = *read;
    state->parent = parent;
    state->next = state->first = state->any = state->pattern = NO_INDEX;
    table_put(&patterns->steps, step_hash(read->kind, &read->step, parent), added);
    above->leads_on = true;
    if (read->kind == PATTERN_ANY) {
        above->any = added;
    } else if (read->kind == PATTERN_TEXT) {
        above->texts++;
        above->text = added;
    } else {
        list_step(patterns, above, added);
    }
    return added;
}

/* 1: not valid. */
static int read_pattern(struct delta_arena *arena, const struct pattern_source *source,
                        uint32_t number, struct pointer_patterns *patterns, struct delta_err *err) {
    uint32_t state = 0;
    if (source->length && source->text[0] != '/')
        return 1;
    for (size_t i = 0; i < source->length;) {
        size_t end = step_end(source->text, source->length, i + 1);
        struct pattern_state read;
        int status = read_step(arena, source->text + i + 1, end - i - 1, &read, err);
        if (status)
            return status;
        state = add_step(patterns, state, &read);
        i = end;
    }
    struct pattern_state *last = &patterns->states[state];
    if (last->pattern == NO_INDEX) {
        last->pattern = number;
        last->label = source->label;
    }
    return 0;
}

/* The states that `total` steps make at most, of which there is the first. */
static int open_patterns(struct delta_arena *arena, size_t total, struct pointer_patterns *out,
                         struct delta_err *err) {
    *out = (struct pointer_patterns){0};
    if (total >= UINT32_MAX / 4)
        return err_memory(err);
    size_t size = table_size(total);
    uint32_t *slots = arena_array(arena, 2 * size, sizeof *slots);
    out->states = arena_array(arena, total + 1, sizeof *out->states);
    if (!slots || !out->states)
        return err_memory(err);
    out->steps = table_in(slots, size);
    out->members = table_in(slots + size, size);
    out->states[0] = (struct pattern_state){
        .parent = NO_INDEX, .first = NO_INDEX, .any = NO_INDEX, .pattern = NO_INDEX};
    out->count = 1;
    return 0;
}

int pointer_patterns_compile(struct delta_arena *arena, const struct pattern_source *sources,
                             size_t count, struct pointer_patterns *out, struct delta_err *err) {
    size_t total = 0;
    *out = (struct pointer_patterns){0};
    if (!count)
        return 0;
    for (size_t i = 0; i < count; i++)
        total += count_steps(sources[i].text, sources[i].length);
    if (count >= NO_INDEX)
        return err_memory(err);
    struct pointer_patterns patterns;
    if (open_patterns(arena, total, &patterns, err))
        return -1;
    for (size_t i = 0; i < count; i++) {
        int status = read_pattern(arena, &sources[i], (uint32_t)i, &patterns, err);
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
    *out = patterns;
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
